#include "app/command_line.hpp"

#include "app/backtest_command.hpp"
#include "app/candles_command.hpp"

namespace bf::app {

void add_backtest(CommandLine& line) {
    const auto options = std::make_shared<BacktestOptions>();
    auto* command = line.app().add_subcommand("backtest", "What a strategy would have done over recorded candles, with every fill and decision");
    command->add_option("--settings", options->settings_file, "The strategy's settings, a JSON file")->required();
    command->add_option("--candles", options->candles_file, "A CSV file: open_time_ms,open,high,low,close,volume; or a stored set with --set");
    command->add_option("--set", options->candle_set, "Stored candles instead of a file, as `candles list` names them: binance-spot-BTC-USDT-1m");
    add_data(command, options->data, "Data folder of --set");
    command->add_option("--instrument", options->instrument_file, "Steps and minima, as in a case of explain; else prices in the candles' own steps, 0.01 at most, and no minima");
    command->add_option("--equity", options->equity, "Money at the start; 10000 if not given");
    command->add_option("--signals", options->signals_file, "Recorded signals, one JSON object a line");
    command->add_option("--fill", options->fill, "conservative or touch: when a resting exit counts as filled");
    command->add_option("--from", options->from, "First candle: Unix milliseconds or UTC");
    command->add_option("--to", options->to, "Candles before this: Unix milliseconds or UTC");
    command->add_option("--pair", options->pair, "Which of the strategy's pairs the candles are of; else its first");
    command->add_option("--spread-bps", options->spread_bps, "Ask minus bid, in hundredths of a percent of the price");
    command->add_option("--slippage-bps", options->slippage_bps, "What orders that take pay beyond the best price, likewise");
    command->add_option("--funding-rate-pct", options->funding_rate_pct, "Futures: paid by longs every eight hours, in percent; else what was fetched with a stored set");
    command->add_option("--funding", options->funding_file, "Futures: recorded rates, a CSV file: time,rate");
    command->add_option("--sweep", options->sweep_file, "Settings to vary and their values, a JSON file; prints a row for each variant");
    command->add_option("--results", options->results_file, "Of a sweep: keeps each row as it comes; started again it goes on from there");
    command->add_option("--threads", options->threads, "Of a sweep; all processors if not given")->check(CLI::Range(1, 1024));
    add_json(command, options->json);
    line.does(command, [options] {
        if (options->data.empty()) options->data = default_data();
        return backtest(*options);
    });
}

void add_candles(CommandLine& line) {
    const auto options = std::make_shared<CandlesOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, int (*enter)(const CandlesOptions&)) { return line.part(parent, name, help, options, enter); };
    auto* command = line.app().add_subcommand("candles", "Candles for backtests: bring your own, download them, look after them");
    command->require_subcommand(1);
    auto* import = part(command, "import", "Add files to a set: CSV, monthly kline dumps (zip, gz or csv), JSON arrays of ccxt and freqtrade; trades (CSV, JSON) become candles of 1s", candles_import);
    import->add_option("files", options->files, "The files, in any order")->required();
    import->add_option("--exchange", options->exchange, "Whose candles they are, for instance binance")->required();
    import->add_option("--market", options->market, "spot or futures")->required();
    import->add_option("--pair", options->pair, "For instance BTC/USDT")->required();
    import->add_option("--interval", options->interval, "1m, 5m, 1h, ...; else what the files say, 1s for trades");
    import->add_flag("--replace", options->replace, "Where the set has other candles for the same time, the files' stand");
    import->add_flag("--confined", options->confined)->group("");
    import->add_option("--asked", options->asked)->group("");
    import->add_option("--source", options->source)->group("");
    part(command, "list", "All sets", candles_list);
    part(command, "show", "One set and its gaps", candles_show)->add_option("id", options->id, "As `list` names it")->required();
    part(command, "verify", "Read sets and check every byte and candle", candles_verify)->add_option("ids", options->ids, "As `list` names them; all if none is named");
    part(command, "remove", "Remove a set", candles_remove)->add_option("id", options->id, "As `list` names it")->required();
    auto* exported = part(command, "export", "A set, or a part of it, as CSV", candles_export);
    exported->add_option("id", options->id, "As `list` names it")->required();
    exported->add_option("--out", options->out, "A new file; standard output if not given");
    auto* download = part(command, "download", "Have the running server fetch candles from a connection's exchange", candles_download);
    download->add_option("--connection", options->connection, "The connection's name")->required();
    download->add_option("--pair", options->pair, "For instance BTC/USDT")->required();
    download->add_option("--interval", options->interval, "1m, 5m, 15m, 1h, 4h or 1d")->required();
    for (auto* one : {exported, download}) {
        one->add_option("--from", options->from, "First candle: 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds")->required(one == download);
        one->add_option("--to", options->to, "Candles before this, likewise; all if not given");
    }
    auto* sample = part(command, "sample", "Make five years of example candles, the same from the same seed", candles_sample);
    sample->add_option("--seed", options->seed, "1 if not given")->check(check_seed);
    sample->add_flag("--confined", options->confined)->group("");
}

}  // namespace bf::app
