// Where in the candles a price is reached: the lowest low, the highest high and the range of closes of every block of 64 candles and of
// every 64 blocks, so that millions of candles in which nothing can happen are passed by looking at a few thousand numbers.
#pragma once
#include "backtest/candles.hpp"

#include <limits>
#include <vector>

namespace bf::backtest {

class CandleIndex {
public:
    static constexpr std::size_t kBlock = 64;

    explicit CandleIndex(const Candles& candles);

    /// The first candle in [from, to) whose low is at or below `low` or whose high is at or above `high`; `to` if there is none.
    [[nodiscard]] std::size_t next(std::size_t from, std::size_t to, std::int32_t low, std::int32_t high) const;

    struct Range {
        std::int32_t low{std::numeric_limits<std::int32_t>::max()};
        std::int32_t high{std::numeric_limits<std::int32_t>::min()};
    };
    /// Of the closes in [from, to).
    [[nodiscard]] Range closes(std::size_t from, std::size_t to) const;

    /// How far a close fell at most below an earlier one, and from where: the first such place.
    struct Fall {
        std::int64_t depth{0};
        std::int32_t from{0};
    };
    /// Of the closes in [from, to). `rises`: how far one rose above an earlier one, which is what a short loses.
    [[nodiscard]] Fall deepest(std::size_t from, std::size_t to, bool rises) const;

private:
    struct Level {
        std::vector<std::int32_t> low, high, close_low, close_high;
        std::vector<Fall> fall, rise;
    };
    static Level of_candles(const Candles& candles);
    static Level of_blocks(const Level& blocks);
    Candles candles_;
    Level blocks_, heaps_;  ///< Of 64 candles; of 64 blocks.
};

inline constexpr std::int32_t kNoLow = std::numeric_limits<std::int32_t>::min();   ///< No price is at or below it.
inline constexpr std::int32_t kNoHigh = std::numeric_limits<std::int32_t>::max();  ///< No price is at or above it: prices stay below.

}  // namespace bf::backtest
