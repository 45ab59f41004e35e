#include "backtest/trends.hpp"

#include "trading/trend.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

/// A spell in which something is true, while it is being found out.
struct Spell {
    std::vector<TrendSeries::Span>& spans;
    void add(std::size_t from, std::size_t to) {
        if (from >= to) return;
        if (!spans.empty() && spans.back().to >= from)
            spans.back().to = std::max(spans.back().to, to);
        else
            spans.push_back({from, to});
    }
};

/// The first candle from `from` on that opens at or after `time`. It is near, so the search goes out from there.
std::size_t candle_at(const Candles& candles, std::int64_t time, std::size_t from) {
    std::size_t reach = 1;
    while (from + reach < candles.size() && candles.time[from + reach] < time) reach *= 2;
    const auto begin = candles.time.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = candles.time.begin() + static_cast<std::ptrdiff_t>(std::min(from + reach + 1, candles.size()));
    return static_cast<std::size_t>(std::lower_bound(begin, end, time) - candles.time.begin());
}

}  // namespace

bool can_follow(const Candles& candles, const trading::GeneratorSettings& settings) {
    return candles.interval.count() > 0 && trading::length_of(settings.interval).count() % candles.interval.count() == 0;
}

TrendSeries make_trends(const Candles& candles, const trading::GeneratorSettings& settings) {
    TrendSeries out;
    if (!can_follow(candles, settings)) return out;
    const auto length = trading::length_of(settings.interval).count();
    trading::Trend trend{settings};
    Spell for_long{out.uncertain_for_long}, for_short{out.uncertain_for_short};
    const auto price = [&](std::int32_t ticks) { return (trading::Number{ticks} * candles.tick).value(); };
    for (std::size_t from = 0; from < candles.size();) {
        const auto open_time = candles.time[from] - candles.time[from] % length;
        const std::size_t to = candle_at(candles, open_time + length, from);
        std::int32_t high = candles.high[from], low = candles.low[from];
        // Apart, so that the compiler takes several at once.
        for (std::size_t i = from; i < to; ++i) high = std::max(high, candles.high[i]);
        for (std::size_t i = from; i < to; ++i) low = std::min(low, candles.low[i]);
        const market::Candle candle{Instant::from_ms(open_time), price(candles.open[from]), price(high), price(low), price(candles.close[to - 1]), std::nullopt};
        // Not over yet when the data ends: nobody knows it.
        if (to == candles.size() && candles.time[to - 1] + candles.interval.count() < open_time + length) break;
        const auto cross = trend.close(candle);
        if (cross) out.crosses.push_back({*cross, candle, Instant::from_ms(open_time + length), to});
        // It holds until the next one closes, but no longer than three more would take: what was not told again says nothing about now.
        const auto next_end = to < candles.size() ? candles.time[to] - candles.time[to] % length + length : 0;
        const std::size_t until = candle_at(candles, std::min(next_end, open_time + 4 * length + 1), to);
        if (trend.uncertain_for(trading::Direction::long_side).value_or(false)) for_long.add(to, until);
        if (trend.uncertain_for(trading::Direction::short_side).value_or(false)) for_short.add(to, until);
        from = to;
    }
    return out;
}

std::vector<RecordedSignal> generator_signals(const TrendSeries& trends, const Plan& plan) {
    std::vector<RecordedSignal> out;
    for (const auto& cross : trends.crosses) {
        if (!trading::wants_trend(plan.rules.protection, cross.direction)) continue;
        out.push_back({trading::trend_signal(plan.rules.name, plan.pair, cross.direction, cross.candle, cross.at), false, cross.known});
    }
    return out;
}

}  // namespace bf::backtest
