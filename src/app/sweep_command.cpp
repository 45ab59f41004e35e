#include "app/backtest_inputs.hpp"
#include "app/exit_code.hpp"
#include "backtest/report_json.hpp"
#include "backtest/sweep.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>
#include <unistd.h>

namespace bf::app {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// What makes rows of two starts rows of the same sweep.
class Fingerprint {
public:
    void add(std::string_view text) {
        // FNV-1a: it tells apart what somebody changed, nothing more is asked of it.
        for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
        hash_ = (hash_ ^ text.size()) * 0x100000001B3U;
    }
    template <class T>
    void add(std::span<const T> column) {
        add(std::string_view{reinterpret_cast<const char*>(column.data()), column.size_bytes()});
    }
    [[nodiscard]] std::string text() const { return std::to_string(hash_); }

private:
    std::uint64_t hash_{0xCBF29CE484222325U};
};

std::string fingerprint(const BacktestOptions& options, const Inputs& in, std::string_view sweep) {
    Fingerprint print;
    std::string settings;
    wire::JsonWriter out{settings};
    trading::write_json(out, in.settings);
    print.add(settings);
    print.add(sweep);
    for (const auto* text : {&options.equity, &options.fill, &options.spread_bps, &options.slippage_bps, &options.funding_rate_pct, &in.plan.pair}) print.add(*text);
    const auto& instrument = in.plan.instrument;
    for (const auto& value : {instrument.price_step, instrument.quantity_step, instrument.min_quantity, instrument.min_notional, in.view.tick}) print.add(value.to_string());
    for (const auto& tier : instrument.risk_tiers) print.add(tier.up_to.to_string() + '/' + tier.maintenance_rate.to_string());
    print.add(std::to_string(in.first) + '-' + std::to_string(in.last));
    for (const auto& one : in.funding) print.add(std::to_string(one.at.ms()) + '*' + one.rate.to_string());
    for (const auto& one : in.signals) print.add(trading::duplicate_key(one.signal) + std::to_string(one.signal.time.ms()));
    print.add(in.view.time);
    for (const auto column : {in.view.open, in.view.high, in.view.low, in.view.close}) print.add(column);
    return print.text();
}

/// Rows on the disk, one a line behind a line that says of which sweep.
class Results {
public:
    Result<void, Refusal> open(const std::string& path, const std::string& print, const backtest::Variants& variants) {
        std::string first;
        wire::JsonWriter{first}.begin_object().member("sweep", print).member("variants", variants.size()).end_object();
        std::size_t whole = 0;
        if (std::ifstream in{path, std::ios::binary}; in) {
            std::string line;
            while (std::getline(in, line) && !in.eof()) {
                if (whole == 0 && line != first) return Unexpected{Refusal{"holds the rows of another sweep: give another name, or remove it", path}};
                if (whole > 0) {
                    const auto json = wire::Json::parse(line);
                    auto row = json ? backtest::read_row(json->root(), variants) : std::nullopt;
                    // Its rest was being written when the last start ended.
                    if (!row) break;
                    rows.push_back(std::move(*row));
                }
                whole += line.size() + 1;
            }
        }
        file_.reset(std::fopen(path.c_str(), whole == 0 ? "w" : "r+"));
        if (!file_) return Unexpected{Refusal{"the file can't be written", path}};
        if (ftruncate(fileno(file_.get()), static_cast<off_t>(whole)) != 0 || std::fseek(file_.get(), 0, SEEK_END) != 0) return Unexpected{Refusal{"the file can't be written", path}};
        if (whole == 0) put(first);
        return {};
    }
    /// False when the disk takes no more.
    bool put(const std::string& line) {
        if (!file_) return true;
        return std::fputs(line.c_str(), file_.get()) >= 0 && std::fputc('\n', file_.get()) != EOF && std::fflush(file_.get()) == 0;
    }
    std::vector<backtest::SweepRow> rows{};

private:
    File file_{};
};

void write_walk(wire::JsonWriter& out, const Inputs& in, const std::vector<backtest::WalkStep>& steps) {
    const auto time = [&](std::size_t candle) { return candle < in.view.size() ? in.view.time[candle] : in.view.time.back() + in.view.interval.count(); };
    out.key("walk_forward").begin_array();
    for (const auto& step : steps) {
        out.begin_object().member("fit_from", time(step.fit_from)).member("fit_to", time(step.fit_to)).member("test_to", time(step.test_to)).member("best_variant", step.best);
        out.member("fit_profit", step.fit_profit).member("test_profit", step.test_profit).member("test_rank", step.test_rank).end_object();
    }
    out.end_array();
}

void print_json(const Inputs& in, const backtest::Variants& variants, const std::vector<backtest::SweepRow>& rows, const std::vector<backtest::WalkStep>& steps) {
    std::string json;
    wire::JsonWriter out{json};
    const auto invalid = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return !row.valid; });
    out.begin_object().member("strategy", in.plan.rules.name).member("pair", in.plan.pair).member("variants", variants.size()).member("grid", std::to_string(backtest::grid_size(variants.spec())));
    out.member("tried", rows.size()).member("out_of_range", invalid).key("rows").begin_array();
    for (const auto& row : rows) backtest::write_row(out, variants, row);
    out.end_array().key("front").begin_array();
    for (const auto& row : rows)
        if (row.front) out.number(static_cast<std::int64_t>(row.variant));
    out.end_array();
    write_walk(out, in, steps);
    out.key("not_known").begin_array();
    for (const auto& sentence : backtest::limits_of(in.plan)) out.text(sentence);
    out.end_array().end_object();
    std::puts(json.c_str());
}

std::string money(const Decimal& amount) { return amount.to_fixed(2, Rounding::down); }

void print_table(const Inputs& in, const backtest::Variants& variants, const std::vector<backtest::SweepRow>& rows, const std::vector<backtest::WalkStep>& steps) {
    std::printf("%s on %s: %s variants\n\n%14s %14s %7s %7s  \n", in.plan.rules.name.c_str(), in.plan.pair.c_str(), backtest::with_commas(rows.size()).c_str(), "net profit", "deepest fall", "groups", "fills");
    for (const auto& row : rows) {
        std::string settings;
        const auto values = variants.values(row.variant);
        for (std::size_t i = 0; i < values.size(); ++i) settings += (i == 0 ? "" : ", ") + variants.spec().ranges[i].path + " " + std::string{values[i]};
        if (!row.valid)
            std::printf("%14s %14s %7s %7s  %s\n", "out of range", "", "", "", settings.c_str());
        else
            std::printf("%14s %14s %7d %7d %s%s\n", money(row.net_profit).c_str(), money(row.max_drawdown).c_str(), row.groups, row.fills, row.front ? "*" : " ", settings.c_str());
    }
    std::puts("\n* in front: no variant has both more profit and a smaller fall.");
    for (const auto& step : steps)
        std::printf("Chosen on a piece with %s, variant %zu came to %s on the next one (number %zu there).\n", money(step.fit_profit).c_str(), step.best, money(step.test_profit).c_str(), step.test_rank);
    std::printf("\nOf %s variants the best is the luckiest, too: the more are tried, the better the best looks, without being better.\n", backtest::with_commas(rows.size()).c_str());
    for (const auto& sentence : backtest::limits_of(in.plan)) std::printf("- %s\n", sentence.c_str());
}

}  // namespace

int sweep(const BacktestOptions& options, const Inputs& in) {
    const auto text = read_file(options.sweep_file);
    if (!text) return refuse(text.error(), options.json);
    const auto json = wire::Json::parse(*text);
    if (!json) return refuse({"is no JSON document: " + json.error().detail, options.sweep_file}, options.json);
    auto spec = backtest::read_sweep(json->root());
    if (!spec) return refuse(at_member(options.sweep_file, spec.error()).error, options.json);
    const auto variants = backtest::Variants::make(in.settings, std::move(*spec));
    if (!variants) return refuse(at_member(options.sweep_file, variants.error()).error, options.json);
    Results results;
    if (!options.results_file.empty())
        if (auto opened = results.open(options.results_file, fingerprint(options, in, *text), *variants); !opened) return refuse(opened.error(), options.json);
    std::fprintf(stderr, "%s variants over %s candles%s.\n", backtest::with_commas(variants->size()).c_str(), backtest::with_commas(in.last - in.first).c_str(),
                 results.rows.empty() ? "" : (", " + backtest::with_commas(results.rows.size()) + " done before").c_str());
    const backtest::CandleIndex index{in.view};
    const backtest::SweepGround ground{in.view, index, in.first, in.last, in.plan, in.signals, in.plan.entries == backtest::Entries::signals};
    const unsigned threads = options.threads > 0 ? static_cast<unsigned>(options.threads) : std::max(1U, std::thread::hardware_concurrency());
    bool kept = true;
    const auto rows = backtest::run_sweep(*variants, ground, threads, std::move(results.rows), [&](const backtest::SweepRow& row) {
        std::string line;
        wire::JsonWriter out{line};
        backtest::write_row(out, *variants, row);
        return kept = results.put(line);
    });
    if (!kept) {
        std::fprintf(stderr, "%s: the disk takes no more rows. What is there is whole; start again when there is room.\n", options.results_file.c_str());
        return kFailed;
    }
    const auto steps = backtest::walk_forward(rows, ground, variants->spec().pieces);
    options.json ? print_json(in, *variants, rows, steps) : print_table(in, *variants, rows, steps);
    return kDone;
}

}  // namespace bf::app
