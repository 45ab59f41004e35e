// What the candles' trend says at each moment, computed once for all runs over them: when the built-in generator sends a signal, and in which
// candles the market counts as uncertain for a group.
//
// The closed candles of the generator's interval are put together from the ones that are there. What one says is known from the open of the
// first candle after its end: never earlier.
#pragma once
#include "backtest/plan.hpp"

namespace bf::backtest {

struct TrendSeries {
    struct Span {
        std::size_t from, to;  ///< Candles.
        friend bool operator==(const Span&, const Span&) = default;
    };
    struct Cross {
        trading::Direction direction;
        market::Candle candle;  ///< Of the generator's interval.
        Instant at;             ///< Its end.
        std::size_t known;      ///< The first candle that opens at or after it.
    };
    std::vector<Span> uncertain_for_long{}, uncertain_for_short{};
    std::vector<Cross> crosses{};

    [[nodiscard]] const std::vector<Span>& uncertain_for(trading::Direction direction) const {
        return direction == trading::Direction::long_side ? uncertain_for_long : uncertain_for_short;
    }
};

/// Whether candles of this length can be put together to the generator's interval.
bool can_follow(const Candles& candles, const trading::GeneratorSettings& settings);
TrendSeries make_trends(const Candles& candles, const trading::GeneratorSettings& settings);
/// The generator's signals for a strategy, as if they had been recorded.
std::vector<RecordedSignal> generator_signals(const TrendSeries& trends, const Plan& plan);

}  // namespace bf::backtest
