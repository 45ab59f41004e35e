// Candles as the contract's CSV has them: `open_time_ms,open,high,low,close,volume`, oldest first. Text in, columns out; which line is wrong
// is told with what is wrong with it.
#pragma once
#include "backtest/candles.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

/// What is wrong with a file; `line` 1 is its first, 0 stands for the file as a whole.
struct FileError {
    std::size_t line{0};
    std::string sentence;
};

/// Columns with the memory behind them.
struct CandleTable {
    milliseconds interval{60'000};
    Decimal tick{1}, lot{1};
    std::vector<std::int64_t> time;
    std::vector<std::int32_t> open, high, low, close;
    std::vector<std::int64_t> volume;

    [[nodiscard]] Candles view() const { return {interval, tick, lot, time, open, high, low, close, volume}; }
};

/// Fails for a wrong header, a row that is no candle (a price of zero, a high below its low), a time that does not ascend, and prices whose
/// digits don't fit the columns. The interval is the shortest distance of two candles; missing ones are gaps.
Result<CandleTable, FileError> read_csv(std::string_view text);

}  // namespace bf::backtest
