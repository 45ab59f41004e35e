// Recorded funding rates: what longs paid shorts at each settlement, as an exchange published it.
//
// CSV with the header `time,rate`, times in Unix milliseconds or UTC, rates as factors (0.0001 is 0.01 %), or a monthly file of Binance (header
// `calc_time,funding_interval_hours,last_funding_rate`: data.binance.vision, fundingRate, read 2026-11-28).
#pragma once
#include "backtest/hand_csv.hpp"
#include "backtest/plan.hpp"

namespace bf::backtest {

/// More settlements than a year has hours for fifty years are no funding file.
inline constexpr std::size_t kFundingMax = 500'000;
/// No exchange is known to settle less often than that.
inline constexpr milliseconds kFarApart{std::chrono::hours{24}};

/// In time order. Fails with the line for another header, a row that is no settlement, a time that does not ascend, a rate beyond 10 %; and for a
/// file none of whose settlements lies in [from, to).
Result<std::vector<FundingRate>, FileError> read_funding(std::string_view text, Instant from, Instant to);

/// What the settlements leave out of the period; nothing if they reach from one end to the other.
std::optional<Note> funding_missing(std::span<const FundingRate> funding, Instant from, Instant to);

}  // namespace bf::backtest
