#include "app/backtest_inputs.hpp"
#include "app/exit_code.hpp"
#include "backtest/report_json.hpp"
#include "server/sweep_file.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace bf::app {
namespace {

void print_json(const Inputs& in, const backtest::Variants& variants, const std::vector<backtest::SweepRow>& rows, const std::vector<backtest::WalkStep>& steps) {
    std::string json;
    wire::JsonWriter out{json};
    const auto invalid = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return !row.valid; });
    out.begin_object().member("strategy", in.plan.rules.name).member("pair", in.plan.pair).member("variants", variants.size()).member("grid", std::to_string(backtest::grid_size(variants.spec())));
    out.member("tried", rows.size()).member("out_of_range", invalid).key("rows").begin_array();
    for (const auto& row : rows) backtest::write_row(out, variants, row);
    out.end_array().key("funding_told");
    backtest::write(out, in.plan.assumptions.funding_told);
    out.key("front").begin_array();
    for (const auto& row : rows)
        if (row.front) out.number(static_cast<std::int64_t>(row.variant));
    out.end_array();
    out.key("walk_forward");
    backtest::write_walk(out, variants, in.view, steps);
    backtest::write_notes(out, "not_known", backtest::limits_of(in.plan));
    out.end_object();
    std::puts(json.c_str());
}

void print_table(const Inputs& in, const backtest::Variants& variants, const std::vector<backtest::SweepRow>& rows, const std::vector<backtest::WalkStep>& steps) {
    std::printf("%s on %s: %s variants\n\n%14s %14s %7s %7s  \n", in.plan.rules.name.c_str(), in.plan.pair.c_str(), backtest::with_commas(rows.size()).c_str(), "net profit", "deepest fall", "groups", "fills");
    for (const auto& row : rows) {
        std::string settings;
        const auto values = variants.values(row.variant);
        for (std::size_t i = 0; i < values.size(); ++i) settings += (i == 0 ? "" : ", ") + variants.spec().ranges[i].path + " " + std::string{values[i]};
        if (!row.valid)
            std::printf("%14s %14s %7s %7s  %s\n", "out of range", "", "", "", settings.c_str());
        else
            std::printf("%14s %14s %7d %7d %s%s\n", backtest::shown(row.net_profit).c_str(), backtest::shown(row.max_drawdown).c_str(), row.groups, row.fills, row.front ? "*" : " ", settings.c_str());
    }
    std::puts("\n* in front: no variant has both more profit and a smaller fall.");
    for (const auto& step : steps)
        std::printf("Chosen on a piece with %s, variant %zu came to %s on the next one (number %zu there).\n", backtest::shown(step.fit_profit).c_str(), step.best, backtest::shown(step.test_profit).c_str(), step.test_rank);
    std::printf("\nOf %s variants the best is the luckiest, too: the more are tried, the better the best looks, without being better.\n", backtest::with_commas(rows.size()).c_str());
    if (const auto& told = in.plan.assumptions.funding_told) std::printf("- %s\n", told->text.c_str());
    for (const auto& note : backtest::limits_of(in.plan)) std::printf("- %s\n", note.text.c_str());
}

}  // namespace

int sweep(const BacktestOptions& options, const Inputs& in) {
    const auto text = read_file(options.sweep_file);
    if (!text) return refuse(text.error(), options.json);
    const auto json = wire::Json::parse(*text);
    if (!json) return refuse(no_json(options.sweep_file, *text).error, options.json);
    auto spec = backtest::read_sweep(json->root());
    if (!spec) return refuse(at_member(options.sweep_file, *text, spec.error().field, spec.error().sentence).error, options.json);
    const auto variants = backtest::Variants::make(in.settings, std::move(*spec));
    if (!variants) return refuse(at_member(options.sweep_file, *text, variants.error().field, variants.error().sentence).error, options.json);
    const backtest::CandleIndex index{in.view};
    const backtest::SweepGround ground{in.view, index, in.first, in.last, in.plan, in.signals, in.plan.entries == backtest::Entries::signals};
    std::optional<server::SweepFile> file;
    if (!options.results_file.empty()) {
        auto opened = server::SweepFile::open(options.results_file, server::sweep_fingerprint(in.settings, variants->spec(), ground), *variants);
        if (!opened && opened.error().kind == ErrorKind::conflict) return refuse({"holds the rows of another sweep: give another name, or remove it", options.results_file}, options.json);
        if (!opened) return refuse({"the file can't be written", options.results_file}, options.json);
        file = std::move(*opened);
    }
    auto done = file ? std::move(file->rows) : std::vector<backtest::SweepRow>{};
    std::fprintf(stderr, "%s variants over %s candles%s.\n", backtest::with_commas(variants->size()).c_str(), backtest::with_commas(in.last - in.first).c_str(),
                 done.empty() ? "" : (", " + backtest::with_commas(done.size()) + " done before").c_str());
    const unsigned threads = options.threads > 0 ? static_cast<unsigned>(options.threads) : std::max(1U, std::thread::hardware_concurrency());
    bool kept = true;
    const auto rows = backtest::run_sweep(*variants, ground, threads, std::move(done), [&](const backtest::SweepRow& row) { return kept = !file || file->put(*variants, row); });
    if (!kept) {
        std::fprintf(stderr, "%s: the disk takes no more rows. What is there is whole; start again when there is room.\n", options.results_file.c_str());
        return kFailed;
    }
    const auto steps = backtest::walk_forward(rows, ground, variants->spec().pieces);
    options.json ? print_json(in, *variants, rows, steps) : print_table(in, *variants, rows, steps);
    return kDone;
}

}  // namespace bf::app
