// How candle sets are spoken of: lengths of candles ("1m"), and moments as people read and write them (UTC).
#pragma once
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::backtest {

/// "1s", "1m", "3m", ... "1d": the lengths a set may have. Weeks and months begin on no multiple of themselves and are none of them.
std::optional<milliseconds> parse_interval(std::string_view text);
/// As parse_interval reads it; any other length as "61000 ms".
std::string interval_text(milliseconds interval);
[[nodiscard]] bool is_known_interval(milliseconds interval);

/// "2024-01-31 00:05", with seconds and milliseconds where there are any.
std::string moment_text(std::int64_t ms);
/// Unix milliseconds, "2024-01-31", or ISO-8601 in UTC ("2024-01-31T00:05Z", "2024-01-31 00:05:00").
std::optional<std::int64_t> parse_moment(std::string_view text);

/// What a packed file does that is too large, as the rest of a sentence.
std::string unpacks_to_more_than(std::uint64_t bytes);

}  // namespace bf::backtest
