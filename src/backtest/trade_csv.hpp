// Trades as CSV, folded to candles while they are read: the public dumps of Binance (`aggTrades` and `trades`, of spot and futures, with a header or
// without), and any file whose header names a time, a price and a quantity, as ccxt's trades and our own `time_ms,price,quantity` do.
// Source: github.com/binance/binance-public-data, README, "AggTrades" and "Trades" (read 2026-11-28); which of its files have headers: its issues 246, 278
// and 283 (read 2026-11-29).
#pragma once
#include "backtest/pieces.hpp"
#include "backtest/trade_records.hpp"

namespace bf::backtest {

/// Whether the first line is one of trades; of a file's beginning. What is neither these nor candles is told by who reads candles.
bool looks_like_trades(std::string_view bytes);

/// Holds a piece and a line in memory. `name` is for the sentence that refuses, which begins with it and the line. Fails for what TradeRecords refuses,
/// a line that is cut off, and where `pieces` fails.
Result<ReadTrades> read_trade_csv(Pieces pieces, const std::string& name, milliseconds interval);

}  // namespace bf::backtest
