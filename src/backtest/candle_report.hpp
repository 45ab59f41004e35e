// Sets as JSON: the same on the command line and over REST (docs/reference/rest.md has the shapes).
#pragma once
#include "backtest/candle_import.hpp"
#include "backtest/candle_shelf.hpp"
#include "wire/json_writer.hpp"

namespace bf::backtest {

/// {"id","exchange","market","pair","interval","source","candles","first","last","price_step","volume_step","gaps","missing","bytes",
/// "problem":null,"funding"}; of one that can't be read the id and the problem.
void write_set(wire::JsonWriter& out, const CandleShelf::Listed& set);
inline void write_set(wire::JsonWriter& out, const CandleSetInfo& info) { write_set(out, {info.key.id(), info, {}, {}}); }
/// [{"from","to","missing","empty_at_exchange"}], the longest `most` of them, in order of time.
void write_gaps(wire::JsonWriter& out, std::vector<Gap> gaps, std::size_t most);
/// [{"file","format","candles","first","last","volumes_cut"}]
void write_notes(wire::JsonWriter& out, const std::vector<ImportNote>& notes);

/// "binance spot BTC/USDT 1m, 44640 candles from 2024-01-01 00:00 to 2024-01-31 23:59, no gaps"
std::string tell_set(const CandleSetInfo& info);
/// "5475 funding rates from 2024-01-01 08:00 to 2024-01-31 16:00"
std::string tell_funding(const KeptFunding& funding);
std::string tell_note(const ImportNote& note);

}  // namespace bf::backtest
