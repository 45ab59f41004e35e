// Which trend of a pair is meant, and what is told of it (trend_feed.hpp tells, the trader hears).
#pragma once
#include "trading/settings.hpp"

namespace bf::engine {

/// A pair and the numbers it is looked at with.
struct TrendKey {
    market::Symbol symbol;
    market::Interval interval{market::Interval::m15};
    int fast{0}, slow{0};
    Decimal quiet_factor{};

    static TrendKey of(const market::Symbol& symbol, const trading::GeneratorSettings& settings) {
        return {symbol, settings.interval, settings.fast, settings.slow, settings.quiet_factor};
    }
    [[nodiscard]] bool has(const trading::GeneratorSettings& numbers) const {
        return interval == numbers.interval && fast == numbers.fast && slow == numbers.slow && quiet_factor == numbers.quiet_factor;
    }
    friend auto operator<=>(const TrendKey&, const TrendKey&) = default;
};

struct TrendNews {
    TrendKey key;
    std::optional<bool> uncertain_for_long, uncertain_for_short;  ///< Nothing until there are candles enough.
    std::optional<trading::Direction> signal{};
    market::Candle candle;  ///< The last one that closed.
};

}  // namespace bf::engine
