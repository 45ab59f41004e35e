// The candles of one pair as columns of integers, however they got there: what a back-test reads and the candle store maps.
#pragma once
#include "base/time.hpp"
#include "money/decimal.hpp"

#include <cstdint>
#include <span>

namespace bf::backtest {

/// Views of equal length; who hands them out keeps the memory. Open times ascend strictly and are multiples of `interval`; a missing
/// multiple is a gap, never an invented candle. low <= open, close <= high; every price is above zero.
struct Candles {
    milliseconds interval{};              ///< 60,000 for one-minute candles.
    Decimal tick;                         ///< What a price's 1 is worth in quote units: price = value * tick, exactly.
    Decimal lot;                          ///< What a volume's 1 is worth in base units.
    std::span<const std::int64_t> time;   ///< When each opened, Unix milliseconds.
    std::span<const std::int32_t> open, high, low, close;  ///< In ticks.
    std::span<const std::int64_t> volume;                  ///< In lots.

    [[nodiscard]] std::size_t size() const { return time.size(); }
};

}  // namespace bf::backtest
