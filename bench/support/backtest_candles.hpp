// Seeded one-minute candles for benchmarks: a walk whose size changes from quiet to wild and back, in hundredths.
#pragma once
#include "backtest/candle_columns.hpp"

#include <algorithm>
#include <cstdint>

namespace bf::bench {

/// `wild`: how far a quarter of a minute goes at most, in millionths of the price, in a wild spell; a quiet one has a quarter of it. The price
/// is drawn back to where it began, by a 10,000th of the way a minute: so groups end, and a strategy has something to do all the time.
inline backtest::CandleColumns seeded_candles(std::size_t count, std::uint64_t seed, std::int64_t wild = 600) {
    backtest::CandleColumns columns;
    columns.interval = milliseconds{60'000};
    columns.price_digits = 2;
    columns.volume_digits = 0;
    columns.resize(count);
    std::uint64_t state = seed;
    // SplitMix64 (Steele, Lea, Flood 2014).
    const auto below = [&state](std::int64_t bound) {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::int64_t>((z ^ (z >> 31U)) % static_cast<std::uint64_t>(bound));
    };
    constexpr std::int64_t kCentre = 3'000'000, kBack = 40'000;
    std::int64_t price = kCentre, reach = wild / 4;
    for (std::size_t i = 0; i < count; ++i) {
        if (below(3'000) == 0) reach = wild * (1 + below(4)) / 4;
        const std::int64_t open = price;
        std::int64_t high = price, low = price;
        for (int quarter = 0; quarter < 4; ++quarter) {
            const std::int64_t most = std::max<std::int64_t>(1, price * reach / 1'000'000);
            price = std::clamp<std::int64_t>(price + (kCentre - price) / kBack + below(2 * most + 1) - most, 100'000, 100'000'000);
            high = std::max(high, price);
            low = std::min(low, price);
        }
        columns.time[i] = 1'577'836'800'000 + static_cast<std::int64_t>(i) * 60'000;
        columns.open[i] = static_cast<std::int32_t>(open);
        columns.high[i] = static_cast<std::int32_t>(high);
        columns.low[i] = static_cast<std::int32_t>(low);
        columns.close[i] = static_cast<std::int32_t>(price);
        columns.volume[i] = 1;
    }
    return columns;
}

}  // namespace bf::bench
