#include "exchange/call.hpp"

#include <doctest/doctest.h>

using namespace bf;
using exchange::Call;
using exchange::check_arguments;

TEST_CASE("a symbol's parts can't smuggle in what its text could not hold") {
    const market::Symbol symbols[] = {{"BTC", "USDT:USDT", ""}, {"BTC/ETH", "USDT", ""}, {"BTC", "", ""}, {"", "USDT", ""}, {"btc", "USDT", ""},
                                      {"BTC&x=1", "USDT", ""}, {"BTC", "USDT", "US/DT"}, {std::string(21, 'A'), "USDT", ""}};
    for (const auto& symbol : symbols) {
        CAPTURE(symbol.to_string());
        Call call;
        call.operation = exchange::Operation::ticker;
        call.market = symbol.is_futures() ? market::Market::futures : market::Market::spot;
        call.symbol = symbol;
        REQUIRE_FALSE(check_arguments(call).has_value());
        CHECK(check_arguments(call).error().argument == "symbol");
    }
}
