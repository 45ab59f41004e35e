// The fields of a candle as they stand in somebody's file: numbers, times and their units, and what is wrong with them in words.
#pragma once
#include "backtest/candle_builder.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace bf::backtest {

inline constexpr std::array<std::string_view, 6> kCandleFields{"open_time_ms", "open", "high", "low", "close", "volume"};

enum class TimeUnit : std::uint8_t { seconds, milliseconds, microseconds };
std::string_view to_string(TimeUnit unit);
/// The unit a number of that size is a time in; nothing for one that is none of the years 1973 to 5138.
std::optional<TimeUnit> unit_of(std::int64_t time);
/// In milliseconds; nothing when it is none whole, or beyond all times.
std::optional<std::int64_t> to_ms(std::int64_t time, TimeUnit unit);
/// What most of these times are apart; nothing for fewer than two of them.
std::optional<milliseconds> usual_step(std::span<const std::int64_t> times_ms);

/// Without blanks and quotes around it.
std::string_view unquoted(std::string_view field);
/// In quotes, short, with nothing in it that a terminal would act on.
std::string shown(std::string_view field);
// What is wrong with a field comes as the rest of a sentence: "the open is empty".
/// Not negative, at most 18 digits and 18 decimals; plain or with an exponent.
Result<WrittenNumber, std::string> read_number(std::string_view field, std::string_view name);
/// As it was written, in whatever unit.
Result<std::int64_t, std::string> read_time(std::string_view field);
/// In milliseconds, of a time in the unit of those before it.
Result<std::int64_t, std::string> read_time_as(std::string_view field, TimeUnit unit);

}  // namespace bf::backtest
