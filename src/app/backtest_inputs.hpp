// What `backfuture backtest` reads before it runs: settings, candles, instrument, signals, period and assumptions.
#pragma once
#include "app/backtest_command.hpp"
#include "backtest/candle_columns.hpp"
#include "backtest/candle_file.hpp"
#include "backtest/run.hpp"

#include <optional>

namespace bf::app {

struct Refusal {
    std::string error;
    std::string where;  ///< FILE, FILE:LINE, FILE:LINE: member, or the option.
};

/// Everything a run reads, kept for as long as it runs.
struct Inputs {
    trading::Settings settings;
    backtest::CandleColumns candles;         ///< Of a file.
    std::optional<backtest::CandleSet> set{};  ///< Stored ones.
    backtest::Candles view;
    std::vector<backtest::RecordedSignal> signals;
    std::vector<backtest::FundingRate> funding;
    backtest::TrendSeries trends;
    backtest::Plan plan;
    std::size_t first{0}, last{0};

    [[nodiscard]] backtest::Market market() const { return {view, signals, &trends, first, last}; }
};

Result<std::string, Refusal> read_file(const std::string& file);
/// `text`: what the file holds.
Unexpected<Refusal> at_member(const std::string& file, const std::string& text, const std::string& field, std::string sentence);
Unexpected<Refusal> no_json(const std::string& file, const std::string& text);
Result<void, Refusal> read_inputs(const BacktestOptions& options, Inputs& in);
/// Tells it, as JSON too if wanted, and gives the exit status.
int refuse(const Refusal& refusal, bool json);

/// `backtest --sweep`: all variants over what was read.
int sweep(const BacktestOptions& options, const Inputs& in);

}  // namespace bf::app
