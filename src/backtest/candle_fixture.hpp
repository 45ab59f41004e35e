// For tests and benchmarks of candles: seeded markets, and texts with room behind them as a reader wants.
#pragma once
#include "backtest/candle_csv.hpp"

#include <random>
#include <string>
#include <string_view>

namespace bf::backtest::test {

inline constexpr std::int64_t kStart = 1'704'067'200'000;  // 2024-01-01 00:00

/// A text and zeros behind it.
class Text {
public:
    Text(std::string text) : text_{std::move(text)}, size_{text_.size()} { text_.append(64, '\0'); }
    Text(const char* text) : Text{std::string{text}} {}
    [[nodiscard]] std::string_view view() const { return std::string_view{text_}.substr(0, size_); }

private:
    std::string text_;
    std::size_t size_;
};

/// A market that walks, from a seed. `gap` in a thousand candles are missing.
inline CandleColumns random_candles(std::uint64_t seed, std::size_t count, int gap = 0, int price_digits = 2, int volume_digits = 5, milliseconds interval = milliseconds{60'000}) {
    std::mt19937_64 dice{seed};
    const auto below = [&dice](std::uint64_t bound) { return static_cast<std::int64_t>(dice() % bound); };
    CandleColumns columns;
    columns.interval = interval;
    columns.price_digits = price_digits;
    columns.volume_digits = volume_digits;
    columns.resize(count);
    std::int64_t at = kStart, price = 4'200'000;
    for (std::size_t i = 0; i < count; ++i, at += interval.count()) {
        while (below(1000) < gap) at += interval.count();
        const auto close = std::clamp<std::int64_t>(price + below(2001) - 1000, 1000, 2'000'000'000);
        columns.time[i] = at;
        columns.open[i] = static_cast<std::int32_t>(price);
        columns.close[i] = static_cast<std::int32_t>(close);
        columns.high[i] = static_cast<std::int32_t>(std::max(price, close) + below(500));
        columns.low[i] = static_cast<std::int32_t>(std::max<std::int64_t>(1, std::min(price, close) - below(500)));
        columns.volume[i] = below(100'000'000);
        price = close;
    }
    return columns;
}

/// The same candles, in steps of the same worth.
inline bool equal(const Candles& a, const Candles& b) {
    const auto same = [](const auto& x, const auto& y) { return std::equal(x.begin(), x.end(), y.begin(), y.end()); };
    return a.interval == b.interval && a.tick == b.tick && a.lot == b.lot && same(a.time, b.time) && same(a.open, b.open) && same(a.high, b.high) && same(a.low, b.low) &&
           same(a.close, b.close) && same(a.volume, b.volume);
}

}  // namespace bf::backtest::test
