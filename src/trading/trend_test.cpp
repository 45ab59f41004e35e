#include "trading/brake.hpp"
#include "trading/trend.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;

namespace {

market::Candle candle(int index, const Decimal& close, const Decimal& half_range = 1) {
    return {Instant::from_ms(index * 60'000LL), close, close + half_range, close - half_range, close, {}};
}

}  // namespace

TEST_CASE("the brake: more than the limit below the window's peak") {
    DrawdownBrake brake{"0.1"_d, std::chrono::hours{24}};
    CHECK_FALSE(brake.active());
    const auto hour = [](int h) { return Instant::from_ms(h * 3'600'000LL); };
    brake.note(10'000, hour(1));
    brake.note(9'000, hour(2));
    CHECK_FALSE(brake.active());  // exactly the limit
    brake.note("8999.99"_d, hour(3));
    CHECK(brake.active());
    brake.moved(-1000);  // a withdrawal is no loss
    CHECK(brake.drawdown().value() == Decimal::divide("1000.01"_d, 9000, 18, Rounding::down).value());
    brake.note(8'000, hour(24));
    CHECK(brake.active());
    brake.note(8'000, hour(26));  // the peak has left the window
    CHECK_FALSE(brake.active());
}

TEST_CASE("the generator: one signal for each cross, none before there are candles enough") {
    Trend trend{{.enabled = true, .interval = market::Interval::m15, .fast = 2, .slow = 4}};
    int index = 0;
    const auto close = [&](std::int64_t price) { return trend.close(candle(index++, price)); };
    for (const auto price : {100, 99, 98}) CHECK_FALSE(close(price).has_value());
    CHECK(trend.side() == Trend::Side::unknown);
    CHECK_FALSE(trend.uncertain_for(Direction::long_side).has_value());
    CHECK_FALSE(close(97).has_value());  // the first side is no cross
    CHECK(trend.side() == Trend::Side::down);
    CHECK(trend.uncertain_for(Direction::long_side) == true);
    CHECK(trend.uncertain_for(Direction::short_side) == false);
    CHECK_FALSE(close(98).has_value());
    CHECK(close(101) == Direction::long_side);
    CHECK_FALSE(close(103).has_value());
    // The same candle again, as streams repeat it, changes nothing.
    CHECK_FALSE(trend.close(candle(index - 1, 1)).has_value());
    CHECK(trend.side() == Trend::Side::up);
    CHECK_FALSE(close(102).has_value());
    CHECK(close(100) == Direction::short_side);
    CHECK_FALSE(close(90).has_value());
}

TEST_CASE("a wild market gives no signal and is uncertain either way") {
    Trend trend{{.enabled = true, .interval = market::Interval::m15, .fast = 2, .slow = 4, .quiet_factor = 2}};
    int index = 0;
    for (int i = 0; i < 60; ++i) trend.close(candle(index++, Decimal{1000} - i));
    CHECK(trend.uncertain_for(Direction::short_side) == false);
    // Fourteen candles with six times the range.
    for (int i = 0; i < 14; ++i) trend.close(candle(index++, Decimal{900} - i, 6));
    CHECK(trend.uncertain_for(Direction::short_side) == true);
    CHECK_FALSE(trend.close(candle(index++, 2000, 6)).has_value());
    CHECK(trend.side() == Trend::Side::up);
}

TEST_CASE("intervals and candles against a group") {
    CHECK(candles_of_30_days(market::Interval::m15) == 2880);
    CHECK(candles_of_30_days(market::Interval::d1) == 30);
    const market::Candle falling{{}, 100, 101, 98, 99, {}};
    CHECK(is_against(falling, Direction::long_side));
    CHECK_FALSE(is_against(falling, Direction::short_side));
}
