// How fast a strategy runs over five years of one-minute candles: one full run with its trades and its curve, a sweep of a thousand variants,
// and DCA-REF-1 (docs/reference/benchmarks.md) held deal by deal against an integer loop. Beside them, in the same run, a bare loop of the
// reference's rules over the same candles. The candles are seeded and ours.
#include "backtest/sweep.hpp"
#include "backtest/trends.hpp"
#include "support/backtest_candles.hpp"
#include "support/dca_reference.hpp"
#include "support/measure.hpp"

#include <sys/resource.h>

#include <cstdlib>
#include <ctime>
#include <string>

using namespace bf;
using namespace bf::backtest;
namespace reference = bench::reference;
using bench::Goal;
using bench::Line;
using bench::Want;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kFiveYears = 2'629'440;
constexpr int kConfigurations = 100;

/// What the core gave us: others share it, and what they take is no time of ours.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

trading::Settings strategy() {
    const auto json = wire::Json::parse(R"({"name":"bench","connection":"Main","market":"spot","pairs":["BTC/USDT"],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit_pct":"50","connection_limit_pct":"100"},"entry":{"base_order":"100"},
        "add_on":{"trigger":"zone_only","max":5,"zone_step_pct":"1.5","zone_step_multiplier":"1.1","size_multiplier":"1.1"},
        "exit":{"take_profit_pct":"1.5"},"brake":{"drawdown_pct":"50"}})");
    return trading::read_settings(json->root()).value();
}

trading::InstrumentFacts instrument() { return {.price_step = "0.01"_d, .quantity_step = "0.00001"_d, .min_quantity = "0.00001"_d, .min_notional = 5}; }

void fail(const std::string& why) {
    std::fprintf(stderr, "bench_backtest: %s\n", why.c_str());
    std::exit(1);
}

void one_run(const Candles& candles, const CandleIndex& index) {
    const auto plan = make_plan(strategy(), instrument(), false);
    const auto begin = Clock::now();
    const auto trends = make_trends(candles, plan.generator);
    const double trends_s = seconds_since(begin);
    const Market market{candles, {}, &trends, 0, candles.size()};
    Report report;
    const auto configuration = reference::configuration(0);
    const auto all = bench::medians(
        [&] {
            const auto start = Clock::now();
            report = Run{plan, market, Detail::trades}.fast(index);
            return static_cast<double>(candles.size()) / seconds_since(start) / 1e6;
        },
        [&] {
            const auto start = Clock::now();
            bench::keep(reference::plain(candles, configuration));
            return static_cast<double>(candles.size()) / seconds_since(start) / 1e6;
        });
    // The reference way is too slow to take turns: once is enough to be held against.
    const auto start = Clock::now();
    const auto plain = Run{plan, market, Detail::trades}.plain();
    const double plain_s = seconds_since(start);
    if (const auto found = difference(plain, report); !found.empty()) fail("the fast run differs from the plain one: " + found);
    bench::print({"backtest_run", all[0], "Mcandles/s", 100, all[0] / 100, Goal{Want::at_least, 1}});
    bench::print({"backtest_run_beside_bare_loop", all[0], "Mcandles/s", all[1], all[0] / all[1], Goal{Want::at_least, 0.1}});
    std::printf(R"({"bench":"backtest_run_plain","value":%.3g,"unit":"Mcandles/s","baseline":null,"ratio":null})" "\n", static_cast<double>(candles.size()) / plain_s / 1e6);
    std::printf(R"({"bench":"backtest_run_size","value":%d,"unit":"fills","groups":%d,"recovery_groups":%d,"net_profit":"%s","looked_at":%zu,"baseline":null,"ratio":null})" "\n", report.fills, report.groups,
                report.recovery_groups, report.net_profit.to_string().c_str(), report.looked_at);
    std::printf(R"({"bench":"backtest_trends","value":%.3g,"unit":"ms","baseline":null,"ratio":null})" "\n", trends_s * 1e3);
}

/// `alone`: nothing but the sweep, for a profiler.
void sweep(const Candles& candles, const CandleIndex& index, bool alone) {
    const auto json = wire::Json::parse(R"({"add_on.zone_step_pct":{"from":"1","to":"5.5","step":"0.5"},"exit.take_profit_pct":{"from":"0.8","to":"2.6","step":"0.2"},
        "add_on.size_multiplier":{"from":"1","to":"1.9","step":"0.1"}})");
    const auto variants = Variants::make(strategy(), read_sweep(json->root()).value()).value();
    if (variants.size() != 1000) fail("the sweep has not a thousand variants");
    const SweepGround ground{candles, index, 0, candles.size(), make_plan(strategy(), instrument(), false), {}, false};
    const auto begin = cpu_seconds();
    const auto rows = run_sweep(variants, ground, 1);
    const double took = cpu_seconds() - begin;
    long fills = 0;
    for (const auto& row : rows) fills += row.fills;
    const double rate = static_cast<double>(candles.size()) * 1000 / took / 1e6;
    bench::print({"backtest_sweep", rate, "Mcandle-variants/s", 2000, rate / 2000, Goal{Want::at_least, 1}});
    bench::print({"backtest_sweep_1000", took, "s", 1.3, took / 1.3, Goal{Want::at_most, 1}});
    std::printf(R"({"bench":"backtest_sweep_size","value":%.0f,"unit":"fills a variant","baseline":null,"ratio":null})" "\n", static_cast<double>(fills) / 1000);
    if (alone) return;
    // Some against the plain way.
    const auto trends = make_trends(candles, strategy().generator);
    const Market market{candles, {}, &trends, 0, candles.size()};
    for (std::size_t at = 0; at < rows.size(); at += 250) {
        const auto plan = make_plan(*variants.settings(rows[at].variant), instrument(), false);
        const auto plain = Run{plan, market, Detail::totals}.plain();
        if (plain.net_profit != rows[at].net_profit || plain.max_drawdown != rows[at].max_drawdown || plain.fills != rows[at].fills) fail("a variant differs from its plain run");
    }
}

void dca_reference(const Candles& candles, const CandleIndex& index) {
    long deals = 0, fills = 0;
    double ours = 0, bare = 0;
    Decimal first_profit;
    for (int i = 0; i < kConfigurations; ++i) {
        const auto configuration = reference::configuration(i);
        auto start = Clock::now();
        const auto expected = reference::plain(candles, configuration);
        bare += seconds_since(start);
        start = Clock::now();
        const auto got = reference::fast(candles, index, configuration);
        ours += seconds_since(start);
        if (const auto found = reference::difference(expected, got); !found.empty()) fail("DCA-REF-1, configuration " + std::to_string(i) + ": " + found);
        deals += static_cast<long>(got.size());
        for (const auto& deal : got) fills += deal.fills;
        if (i == 0)
            for (const auto& deal : got) first_profit += Decimal::from_parts(deal.profit, 8);
    }
    const double each = static_cast<double>(candles.size()) * kConfigurations / 1e6;
    std::printf(R"({"bench":"dca_ref_1","value":%ld,"unit":"deals","fills":%ld,"configurations":%d,"profit_of_configuration_0":"%s","same_as_oracle":true,"baseline":null,"ratio":null})" "\n", deals,
                fills, kConfigurations, first_profit.to_string().c_str());
    bench::print({"dca_ref_1_fast", each / ours, "Mcandles/s", each / bare, bare / ours, Goal{Want::at_least, 1}});
}

}  // namespace

/// bench_backtest [run|sweep|dca|rows]: all, or one part; `rows` is the sweep without what it is held against.
int main(int argc, char** argv) {
    const std::string part = argc > 1 ? argv[1] : "";
    const auto table = bench::seeded_candles(kFiveYears, 20'250'115);
    const auto candles = table.view();
    const auto begin = Clock::now();
    const CandleIndex index{candles};
    std::printf(R"({"bench":"backtest_index","value":%.3g,"unit":"ms","baseline":null,"ratio":null})" "\n", seconds_since(begin) * 1e3);
    if (part.empty() || part == "run") one_run(candles, index);
    if (part.empty() || part == "sweep" || part == "rows") sweep(candles, index, part == "rows");
    if (part.empty() || part == "dca") dca_reference(candles, index);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
    bench::print({"backtest_memory", megabytes, "MB", 150, megabytes / 150, Goal{Want::at_most, 1}});
}
