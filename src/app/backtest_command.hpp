// `backfuture backtest`: a strategy over recorded candles, or a sweep of many variants of it. Talks to nothing; reads files, prints a report.
#pragma once
#include <string>

namespace bf::app {

struct BacktestOptions {
    std::string settings_file, candles_file, instrument_file, signals_file, sweep_file;
    std::string pair;
    std::string equity{"10000"};
    std::string fill{"conservative"};
    std::string from, to;  ///< Unix milliseconds or UTC; empty: all there is.
    std::string spread_bps{"0"}, slippage_bps{"0"}, funding_rate_pct{"0"};
    bool json{false};
};
int backtest(const BacktestOptions& options);

}  // namespace bf::app
