// Candles of a market that never was, for whoever wants to try a backtest before getting real ones: the same from the same seed on every
// machine (integers only). It has calm and wild weeks, falls deep enough for a ladder to play out, and misses an hour now and then, as
// real sets do.
#pragma once
#include "backtest/candle_file.hpp"

namespace bf::backtest {

inline constexpr std::int64_t kExampleFrom = 1'609'459'200'000;  ///< 2021-01-01
inline constexpr std::size_t kExampleMinutes = 2'629'440;        ///< To 2026-01-01: five years.
inline constexpr std::uint64_t kExampleSeed = 1;

/// "example-spot-ETH-USDT-1m": no exchange's name, so that nobody takes it for one's market.
CandleKey example_key();
std::string example_source(std::uint64_t seed);
CandleColumns example_candles(std::uint64_t seed = kExampleSeed, std::int64_t from = kExampleFrom, std::size_t minutes = kExampleMinutes);

}  // namespace bf::backtest
