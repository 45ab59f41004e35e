// The domain's words as JSON in the stable shapes: what `wire parse`, `check` and the API print. Absent fields are null.
#pragma once
#include "market/types.hpp"
#include "wire/json_writer.hpp"

namespace bf::market {

void write_json(wire::JsonWriter& out, const Balance& balance);
void write_json(wire::JsonWriter& out, const Instrument& instrument);
void write_json(wire::JsonWriter& out, const Ticker& ticker);
void write_json(wire::JsonWriter& out, const Candle& candle);
void write_json(wire::JsonWriter& out, const Order& order);
void write_json(wire::JsonWriter& out, const Fill& fill);
void write_json(wire::JsonWriter& out, const Position& position);

template <class T>
void write_json(wire::JsonWriter& out, const std::vector<T>& list) {
    out.begin_array();
    for (const auto& item : list) write_json(out, item);
    out.end_array();
}

}  // namespace bf::market
