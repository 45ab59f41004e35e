#include "engine/instrument_facts.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("a spot pair that is closed to API keys is not traded; a contract that is only marked so is tried") {
    market::Instrument instrument;
    instrument.price_step = "0.01"_d;
    instrument.quantity_step = "0.0001"_d;
    instrument.tradable = true;
    CHECK(engine::facts_of(instrument).tradable);
    instrument.api_tradable = false;
    CHECK_FALSE(engine::facts_of(instrument).tradable);
    // As MEXC's own example lists BTC_USDT, which it trades through the API.
    instrument.market = market::Market::futures;
    CHECK(engine::facts_of(instrument).tradable);
    instrument.tradable = false;
    CHECK_FALSE(engine::facts_of(instrument).tradable);
}

TEST_CASE("a most of zero is none, and blocks no order") {
    market::Instrument instrument;
    instrument.max_quantity = "0"_d;
    instrument.max_notional = "2000000"_d;
    CHECK_FALSE(engine::facts_of(instrument).max_quantity.has_value());
    CHECK(engine::facts_of(instrument).max_notional == "2000000"_d);
}
