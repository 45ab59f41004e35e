// Trades as CSV, folded to candles while they are read: the public dumps of Binance (`aggTrades` and `trades`, of spot and futures, with a header or
// without), and any file whose header names a time, a price and a quantity, as ccxt's trades and our own `time_ms,price,quantity` do.
//
// The fold is exact: a candle's open is its first trade, its close the last one, its volume the sum of all. A second in which nobody traded has no
// candle; where the trades are numbered without a hole it is known to be empty, and said so. A file that begins or ends within a candle gives that one
// of the trades it has.
// Source: github.com/binance/binance-public-data, README, "AggTrades" and "Trades" (read 2026-11-28).
#pragma once
#include "backtest/candle_fields.hpp"
#include "backtest/candle_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

struct ReadTrades {
    CandleColumns columns;
    std::string format;  ///< "Binance aggregate trades, CSV without a header, times in milliseconds, 1000 trades folded to candles of 1s"
    std::uint64_t trades{0}, volumes_cut{0};
    /// From the first trade to the last of numbers that follow each other: a candle that is missing in between is empty.
    std::vector<Span> whole;
    /// Numbers of the first and the last trade; nothing where trades have none.
    std::optional<std::int64_t> first_id, last_id;
};

/// Whether the first line is one of trades. What is neither these nor candles is told by who reads candles.
bool looks_like_trades(std::string_view bytes);

/// `name` is for the sentence that refuses, which begins with it and the line. Fails for time going backwards, a trade that is there twice, a price or
/// quantity that is none, units that change, a line that is cut off.
Result<ReadTrades> read_trade_csv(std::string_view bytes, const std::string& name, milliseconds interval);

}  // namespace bf::backtest
