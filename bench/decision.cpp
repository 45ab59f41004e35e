// What a decision costs, from facts to verdicts and order: an entry, an add-on on spot and on futures, a blocked add-on, a group in
// Recovery. Counts allocations too: after the first decision there must be none. As much is kept as the order needs; "told" has every check
// with what it compared and the figures before and after, as people read them.
//
// Prints {"bench","value","unit","baseline","ratio"}, one object a line; the baseline is the goal, the ratio value to goal.
#include "support/allocations.hpp"
#include "trading/trading_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;
using bench::allocations;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kBatch = 10, kBatches = 20000;
constexpr double kGoalNs = 1000;

void measure(const char* name, const Scene& scene, Detail detail = Detail::decided) {
    const Rules rules = make_rules(scene.settings);
    DecisionInput input{.signal = scene.signal, .rules = rules, .now = at(kNow), .main = scene.route(rules), .detail = detail};
    Decision decision;
    decide(input, decision);
    const auto before = allocations.load();
    std::vector<double> times;
    times.reserve(kBatches);
    const auto reserved = allocations.load() - before;
    for (int batch = 0; batch < kBatches; ++batch) {
        const auto begin = Clock::now();
        for (int i = 0; i < kBatch; ++i) {
            decide(input, decision);
            // Keeps the compiler from deciding once for all.
            asm volatile("" : : "r"(&decision), "r"(&input) : "memory");
        }
        times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / kBatch);
    }
    const auto allocated = allocations.load() - before - reserved;
    std::sort(times.begin(), times.end());
    const double p50 = times[times.size() / 2], p99 = times[times.size() * 99 / 100];
    std::printf(R"({"bench":"decision_%s_p50","value":%.0f,"unit":"ns","baseline":%.0f,"ratio":%.2f})" "\n", name, p50, kGoalNs, p50 / kGoalNs);
    std::printf(R"({"bench":"decision_%s_p99","value":%.0f,"unit":"ns","baseline":%.0f,"ratio":%.2f})" "\n", name, p99, 5 * kGoalNs, p99 / (5 * kGoalNs));
    std::printf(R"({"bench":"decision_%s_allocations","value":%zu,"unit":"count","baseline":0,"ratio":null})" "\n", name, allocated);
}

}  // namespace

int main() {
    Scene scene;
    measure("opens", scene);
    measure("adds", Scene{}.holding({"3000"}).price("2850"));
    measure("adds_told", Scene{}.holding({"3000"}).price("2850"), Detail::told);
    measure("blocks", Scene{}.holding({"3000", "2850", "2700"}).price("2900"));
    measure("in_recovery", Scene{}.holding({"3000", "2850", "2700"}, GroupState::recovery).price("2900"));
    measure("adds_futures", Scene{}.futures("3").holding({"3000"}).price("2850"));
}
