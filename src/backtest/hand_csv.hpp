// Candles somebody made by hand, to see what a strategy does with prices of their own: our CSV (`open_time_ms,open,high,low,close,volume`), whose
// times only have to ascend. They need not stand on whole minutes nor in a year that had a market, as a kept set's must; a back-test needs no more.
#pragma once
#include "backtest/candle_columns.hpp"

#include <string_view>

namespace bf::backtest {

/// What is wrong with a file; `line` 1 is its first, 0 stands for the file as a whole.
struct FileError {
    std::size_t line{0};
    std::string sentence;
};

inline constexpr std::string_view kHandHeader = "open_time_ms,open,high,low,close,volume";

/// Fails for a wrong header, a row that is no candle (a price of zero, a high below its low), a time that does not ascend, and prices whose
/// digits don't fit the columns. The interval is the shortest distance of two candles; missing ones are gaps.
Result<CandleColumns, FileError> read_hand_csv(std::string_view text);

}  // namespace bf::backtest
