// Which figures of an exchange's reply can be counted with at all.
#pragma once
#include "money/decimal.hpp"

namespace bf::engine {

/// Less than `kTooMuch`, which is more than anybody holds or trades, of anything. What is below can be multiplied by a price that makes it no
/// more, and added up, without end; what is not leaves the range of exact numbers, whose operators end the process.
inline constexpr std::int64_t kTooMuch = 100'000'000'000'000'000;

inline bool can_be_counted(const Decimal& amount) { return amount < Decimal{kTooMuch} && amount > Decimal{-kTooMuch}; }
/// A figure that is not told harms nobody.
inline bool can_be_counted(const std::optional<Decimal>& amount) { return !amount || can_be_counted(*amount); }

}  // namespace bf::engine
