// Our side of bench/peers: the candles everybody runs over, and how long the back-tester takes for the strategy that the peers run, in the same run as they.
//
//   bench_peers candles COUNT FILE [REACH]           writes seeded one-minute candles as CSV; REACH: how wild, in millionths
//   bench_peers run COUNT STRATEGY INSTRUMENT        one run with its trades and its curve, and the index it needs of the candles: seconds, groups, fills
//   bench_peers sweep COUNT STRATEGY INSTRUMENT      a thousand variants, without the lists, on one thread, and the index
#include "backtest/sweep.hpp"
#include "support/backtest_candles.hpp"
#include "support/measure.hpp"
#include "trading/instrument.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

using namespace bf;
using namespace bf::backtest;

namespace {

constexpr std::uint64_t kSeed = 20'250'115;

/// Zone step, target and size of the thousand: the loops of the peers run the same.
constexpr const char* kSweep = R"({"add_on.zone_step_pct":{"from":"1","to":"5.5","step":"0.5"},"exit.take_profit_pct":{"from":"0.8","to":"2.6","step":"0.2"},
    "add_on.size_multiplier":{"from":"1","to":"1.9","step":"0.1"}})";

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "bench_peers: %s\n", why.c_str());
    std::exit(64);
}

std::string text_of(const char* file) {
    std::ifstream in{file};
    if (!in) fail(std::string{file} + " can't be read");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

template <class Read>
auto read(const char* file, const Read& read_json) {
    const auto json = wire::Json::parse(text_of(file));
    if (!json) fail(std::string{file} + " is no JSON");
    auto value = read_json(json->root());
    if (!value) fail(std::string{file} + ": " + trading::sentence_with_field(value.error(), trading::Language::en));
    return std::move(*value);
}

/// Of the processor: what others take of the machine is no time of ours, nor of the peers, who count the same.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void write_candles(const Candles& candles, const char* file) {
    std::FILE* out = std::fopen(file, "w");
    if (out == nullptr) fail(std::string{file} + " can't be written");
    std::fputs("open_time_ms,open,high,low,close,volume\n", out);
    const auto price = [out](std::int32_t ticks) { std::fprintf(out, ",%d.%02d", ticks / 100, ticks % 100); };
    for (std::size_t i = 0; i < candles.size(); ++i) {
        std::fprintf(out, "%lld", static_cast<long long>(candles.time[i]));
        for (const auto ticks : {candles.open[i], candles.high[i], candles.low[i], candles.close[i]}) price(ticks);
        std::fputs(",1\n", out);
    }
    if (std::fclose(out) != 0) fail(std::string{file} + " can't be written");
}

void run(const Candles& candles, const Plan& plan) {
    std::vector<double> seconds;
    Report report;
    for (int round = 0; round < 5; ++round) {
        const double begin = cpu_seconds();
        const CandleIndex index{candles};
        const Market market{candles, {}, nullptr, 0, candles.size()};
        report = Run{plan, market, Detail::trades}.fast(index);
        seconds.push_back(cpu_seconds() - begin);
    }
    std::printf(R"({"seconds":%.6g,"groups":%d,"fills":%d,"net_profit":"%s"})" "\n", bench::median(std::move(seconds)), report.groups, report.fills, report.net_profit.to_string().c_str());
}

void sweep(const Candles& candles, const trading::Settings& settings, const Plan& plan) {
    const auto json = wire::Json::parse(kSweep);
    const auto variants = Variants::make(settings, read_sweep(json->root()).value()).value();
    const double begin = cpu_seconds();
    const CandleIndex index{candles};
    const SweepGround ground{candles, index, 0, candles.size(), plan, {}, false};
    const auto rows = run_sweep(variants, ground, 1);
    const double took = cpu_seconds() - begin;
    long fills = 0;
    for (const auto& row : rows) fills += row.fills;
    std::printf(R"({"seconds":%.6g,"variants":%zu,"fills":%ld})" "\n", took, rows.size(), fills);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (argc < 4) fail("candles COUNT FILE, or run|sweep COUNT STRATEGY INSTRUMENT");
    const long count = std::strtol(argv[2], nullptr, 10);
    if (count < 1'000 || count > 10'000'000) fail("1,000 to 10,000,000 candles");
    const long reach = what == "candles" && argc > 4 ? std::strtol(argv[4], nullptr, 10) : 600;
    if (reach < 4 || reach > 100'000) fail("a reach of 4 to 100,000 millionths");
    const auto table = bench::seeded_candles(static_cast<std::size_t>(count), kSeed, reach);
    const auto candles = table.view();
    if (what == "candles") return write_candles(candles, argv[3]), 0;
    if (argc < 5) fail("the instrument's file is missing");
    const auto settings = read(argv[3], [](wire::JsonValue json) { return trading::read_settings(json); });
    const auto instrument = read(argv[4], [](wire::JsonValue json) { return trading::read_instrument(json); });
    auto plan = make_plan(settings, instrument, false);
    plan.assumptions.fill = FillModel::touch;
    if (what == "run") return run(candles, plan), 0;
    if (what == "sweep") return sweep(candles, settings, plan), 0;
    fail("candles, run or sweep");
}
