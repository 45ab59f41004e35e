// `backfuture backtest`: a strategy over recorded candles, or a sweep of many variants of it. Talks to nothing; reads files, prints a report.
// Stored sets are read from their folder, as `candles` does, whether a server runs or not: a set is replaced whole, never changed in place.
#pragma once
#include <string>

namespace bf::app {

struct BacktestOptions {
    std::string candle_set, data;  ///< A stored set's name, and the data folder it is in; instead of a file.
    std::string settings_file, candles_file, instrument_file, signals_file, funding_file, sweep_file;
    std::string pair;
    std::string equity{"10000"};
    std::string fill{"conservative"};
    std::string from, to;  ///< Unix milliseconds or UTC; empty: all there is.
    std::string spread_bps{"0"}, slippage_bps{"0"};
    std::string funding_rate_pct;  ///< Empty: none was given, so that rates fetched beside a stored set count.
    std::string results_file;  ///< Of a sweep: rows as they come, and where a later start goes on.
    int threads{0};            ///< Of a sweep; 0: all there are.
    bool json{false};
};
int backtest(const BacktestOptions& options);

}  // namespace bf::app
