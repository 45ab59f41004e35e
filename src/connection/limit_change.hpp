// What differs between two sets of limits, for a connection's history: kept without words, told in the reader's language.
#pragma once
#include "exchange/problem.hpp"
#include "ports/use_limits.hpp"

namespace bf::connection {

/// `order.USDT=1000>100;symbols=all>3`, in a fixed order; empty when they are the same. Holds no word of a language.
std::string limit_change(const ports::UseLimits& before, const ports::UseLimits& after);
/// "the largest order in USDT: 1000 → 100; …". What is not known here is told as it is kept.
std::string tell_limit_change(std::string_view kept, exchange::Language language);

/// "2026-11-28 19:25 UTC": the same in every language, and good for a sentence that is kept.
std::string utc_minute(Instant at);

}  // namespace bf::connection
