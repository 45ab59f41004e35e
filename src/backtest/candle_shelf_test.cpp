#include "backtest/candle_shelf.hpp"

#include "backtest/candle_fixture.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

TEST_CASE("the funding rates fetched beside candles go with the last of the pair's sets") {
    const bf::test::Scratch scratch;
    CandleShelf shelf{scratch.path().string()};
    const auto keep = [&](const std::string& market, const std::string& pair, milliseconds interval) {
        const CandleKey key{"kucoin", market, pair, interval};
        REQUIRE(shelf.put({.key = key, .source = "a test"}, random_candles(1, 10, 0, 2, 5, interval).view()));
        return key.id();
    };
    constexpr milliseconds kMinute{60'000}, kHour{3'600'000};
    const auto minutes = keep("futures", "ETH/USDT:USDT", kMinute), hours = keep("futures", "ETH/USDT:USDT", kHour);
    const auto other = keep("futures", "BTC/USDT:USDT", kMinute), spot = keep("spot", "ETH/USDT", kMinute);
    const auto rates = [&](const std::string& id) { return funding_path(shelf.folder(), id); };
    const std::vector<FundingRate> paid{{Instant::from_ms(kStart), Decimal::from_parts(1, 4)}};
    for (const auto& id : {minutes, other}) REQUIRE(keep_funding(rates(id), paid));
    CHECK(rates(minutes) == rates(hours));
    const auto there = [&](const std::string& id) { return std::filesystem::exists(rates(id)); };

    CHECK(shelf.remove(spot));
    CHECK(there(minutes));
    // Hours of the pair are left, and a run on them counts the rates.
    CHECK(shelf.remove(minutes));
    CHECK(there(hours));
    CHECK(shelf.open(hours).value().info().count == 10);
    // One that is not there takes nothing along.
    CHECK(shelf.remove(minutes).error().code == "no_candles");
    CHECK(there(hours));
    // Nor does one that can't be read stand in the way.
    std::ofstream{shelf.path_of(hours), std::ios::trunc} << "spoiled";
    CHECK(shelf.remove(hours));
    CHECK(!there(hours));
    CHECK(there(other));
    CHECK(shelf.list().value().size() == 1);
}

TEST_CASE("seconds beside a set are told of where they reach over the period") {
    const bf::test::Scratch scratch;
    CandleShelf shelf{scratch.path().string()};
    const CandleKey minutes{"binance", "spot", "BTC/USDT", milliseconds{60'000}}, seconds{"binance", "spot", "BTC/USDT", milliseconds{1'000}};
    REQUIRE(shelf.put({.key = minutes, .source = "a test"}, random_candles(1, 100).view()));
    const auto minute = [](std::int64_t at) { return kStart + at * 60'000; };
    CHECK(!shelf.seconds_beside(minutes, minute(0), minute(100)));
    // Twenty minutes of seconds.
    REQUIRE(shelf.put({.key = seconds, .source = "a test"}, random_candles(1, 1'200, 0, 2, 5, milliseconds{1'000}).view()));
    CHECK(shelf.seconds_beside(minutes, minute(0), minute(20)) == "binance-spot-BTC-USDT-1s");
    CHECK(shelf.seconds_beside(minutes, minute(5), minute(20)) == "binance-spot-BTC-USDT-1s");
    CHECK(!shelf.seconds_beside(minutes, minute(-2), minute(20)));
    CHECK(!shelf.seconds_beside(minutes, minute(5), minute(22)));
    CHECK(!shelf.seconds_beside(seconds, minute(0), minute(20)));
}
