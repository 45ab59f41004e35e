// Candles from CSV: our own (`open_time_ms,open,high,low,close,volume`), the exchanges' public dumps of the same order (Binance's monthly
// klines with their twelve columns), with a header or without, times in seconds, milliseconds or microseconds.
//
// Two ways through a line give the same: a short one that takes what such files are made of at memory's pace, and a long one that takes
// quotes, blanks, exponents and says what is wrong. Everything is exact; docs/design/candles.md says what is refused.
#pragma once
#include "backtest/candle_fields.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bf::backtest {

enum class CandleFormat : std::uint8_t {
    own_csv,      ///< Six columns with the header of our own files.
    plain_csv,    ///< Six columns or more.
    binance_csv,  ///< Twelve columns.
    json_arrays,  ///< ccxt, freqtrade: [[time, open, high, low, close, volume], ...]
};

struct ReadCandles {
    CandleColumns columns;
    CandleFormat format{CandleFormat::plain_csv};
    TimeUnit unit{TimeUnit::milliseconds};
    bool header{false};
    std::uint64_t volumes_cut{0};  ///< So many had more decimals than a set keeps.
};

/// At least 64 zero bytes stand behind `bytes`. `name` is for the sentence that refuses, which begins with it and the line. Without an
/// interval it is what most of the first candles are apart.
Result<ReadCandles> read_candle_csv(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval = {});

/// What the files say of themselves: "Binance klines, CSV without a header, times in microseconds".
std::string describe(const ReadCandles& read);

}  // namespace bf::backtest
