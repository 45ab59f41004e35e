// Trades as a JSON list, folded to candles while they are read: objects as ccxt's `fetchTrades` and the exchanges' own answers have them (whatever of their
// members is called as a column of a CSV of trades), or lists as freqtrade keeps them: [timestamp, id, type, side, price, amount, cost]. Numbers are
// taken as the text that stands there.
// Source: docs.ccxt.com, "Trade structure"; freqtrade, constants.py, DEFAULT_TRADES_COLUMNS (read 2026-11-29).
#pragma once
#include "backtest/pieces.hpp"
#include "backtest/trade_records.hpp"

namespace bf::backtest {

/// Whether the list's first element is a trade; of a file's beginning.
bool looks_like_json_trades(std::string_view bytes);

/// Holds a piece and a trade in memory. Sentences begin with `name` and say which trade, counted from 1. Fails for what TradeRecords refuses, a list
/// that is cut off, an element that is no trade or larger than 64 KiB, and where `pieces` fails.
Result<ReadTrades> read_trade_json(Pieces pieces, const std::string& name, milliseconds interval);

}  // namespace bf::backtest
