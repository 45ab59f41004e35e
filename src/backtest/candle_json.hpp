// Candles from the JSON arrays that ccxt gives and freqtrade keeps: [[time, open, high, low, close, volume], ...], numbers or texts of
// numbers, in any spacing; what stands behind the sixth is left out. Read as it lies, row by row: five years as a tree would take
// gigabytes.
#pragma once
#include "backtest/candle_csv.hpp"

namespace bf::backtest {

/// At least 64 zero bytes stand behind `bytes`. Sentences name the row, which is what such a file has instead of lines.
Result<ReadCandles> read_candle_json(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval = {});

}  // namespace bf::backtest
