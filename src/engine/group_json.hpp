// A group as JSON, for the API and as what is kept of it when it is over. Only facts: names and sentences are their reader's.
#pragma once
#include "engine/trader.hpp"
#include "wire/json_writer.hpp"

namespace bf::engine {

/// The members of an object that has begun: all but names, fills, orders and decisions.
void write_group(wire::JsonWriter& out, const Trader& trader, const LiveGroup& group);
/// "fills" and "orders" as members.
void write_group_details(wire::JsonWriter& out, const Trader& trader, const LiveGroup& group);
/// What the store keeps of one that is over.
ports::StoredGroup closed_row(const Trader& trader, const LiveGroup& group);

/// {"maker_pct","taker_pct"} as a value; null for null.
void write_fees(wire::JsonWriter& out, const trading::FeeRates* rates);

}  // namespace bf::engine
