// Whole strategies in bad weather. docs/design/simulation.md tells what is judged.
#include "support/number_in.hpp"
#include "support/storm_keys.hpp"

#include <ctime>

using namespace bf;
using namespace bf::test;

namespace {

struct Totals {
    std::uint64_t faults{0}, deaths{0}, orders{0}, fills{0}, groups{0}, add_ons{0}, recoveries{0}, forced{0}, desyncs{0}, averages{0}, too_small{0}, orphans{0}, let_go{0}, checkpoints{0};
    std::uint64_t limits_met{0}, records{0}, requests{0}, signals{0};
    std::int64_t bot_seconds{0}, simulated_seconds{0};
    std::map<std::string, std::uint64_t> outcomes, alarms;
    void add(Storm& storm, seconds span) {
        faults += storm.faults();
        deaths += storm.deaths;
        orders += storm.judge.exchange_orders;
        fills += storm.judge.fills_read;
        groups += storm.judge.groups_read;
        add_ons += storm.judge.add_ons_read;
        recoveries += storm.judge.recoveries_read;
        forced += storm.judge.forced_read;
        desyncs += storm.judge.desyncs_read;
        averages += storm.judge.averages_read;
        too_small += storm.judge.too_small_read;
        orphans += storm.judge.orphans_read;
        let_go += storm.judge.let_go_read;
        checkpoints += storm.judge.checkpoints_read;
        limits_met += storm.store.limits_met;
        records += storm.judge.records_read;
        requests += storm.requests;
        signals += static_cast<std::uint64_t>(storm.delivered);
        simulated_seconds += span.count();
        bot_seconds += span.count() * static_cast<std::int64_t>(storm.bots.size());
        for (const auto& [name, count] : storm.store.outcomes) outcomes[name] += count;
        for (const auto& [name, count] : storm.store.alarm_counts) alarms[name] += count;
    }
};

std::string list_of(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [name, count] : counts) text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + name;
    return text;
}

/// BF_STORM_SEED: the first seed; BF_STORM_RUNS: so many seeds, instead of as many as make `bot_days`. Each storm is also seen by `look`.
template <class Storm>
Totals run_storms(std::uint64_t bot_days, const std::function<void(Storm&)>& look = {}) {
    const auto first = number_in("BF_STORM_SEED", 1), runs = number_in("BF_STORM_RUNS", 0);
    const seconds span{number_in("BF_STORM_SECONDS", 3 * 3600)};
    Totals totals;
    const auto began = std::clock();
    for (std::uint64_t run = 0; runs > 0 ? run < runs : totals.bot_seconds < static_cast<std::int64_t>(bot_days) * 86'400; ++run) {
        const auto seed = first + run;
        INFO("replay: BF_STORM_SEED=", seed, " BF_STORM_RUNS=1 test_strategies_storm");
        Storm storm{seed};
        for (seconds done{0}; done < span && storm.complaints.empty(); done += seconds{60}) storm.run(seconds{60});
        if (storm.complaints.empty()) storm.end();
        totals.add(storm, span);
        if (look) look(storm);
        for (const auto& complaint : storm.complaints) FAIL_CHECK(complaint);
        REQUIRE(storm.complaints.empty());
    }
    const auto took = std::max<std::int64_t>(1, (std::clock() - began) * 1000 / CLOCKS_PER_SEC);
    const auto lived = totals.bot_seconds / 86'400;
    MESSAGE(lived, " bot-days, ", totals.faults, " faults, ", totals.deaths, " deaths; ", totals.signals, " signals, ", totals.groups, " groups, ", totals.add_ons, " add-ons, ", totals.recoveries,
            " recoveries, ", totals.forced, " liquidations, ", totals.desyncs, " differences, ", totals.averages, " in averages, ", totals.too_small, " too small, ", totals.orphans, " orphaned, ", totals.let_go, " let go, ", totals.checkpoints, " checkpoints, ", totals.limits_met,
            " stopped by their limit, ", totals.orders, " orders, ", totals.fills, " fills, ", totals.records, " records, ", totals.requests, " requests; ", took, " ms of one core: ",
            totals.simulated_seconds * 1000 / took, " times real time, ", totals.bot_seconds * 1000 / took, " for each strategy");
    MESSAGE("decided: ", list_of(totals.outcomes));
    MESSAGE("alarms: ", list_of(totals.alarms));
    return totals;
}

}  // namespace

// BF_STORM_BOT_DAYS: how many to run.
TEST_CASE("a storm over strategies: whatever goes wrong, the exchange's record and the journal tell one story") {
    const auto totals = run_storms<Storm>(number_in("BF_STORM_BOT_DAYS", repeats(1000, 20)));
    CHECK(totals.faults > 0);
    CHECK(totals.deaths > 0);
    CHECK(totals.add_ons > 0);
    CHECK(totals.recoveries > 0);
    CHECK(totals.forced > 0);
    CHECK(totals.desyncs > 0);
    CHECK(totals.too_small > 0);
    CHECK(totals.checkpoints > 0);
    CHECK(totals.limits_met > 0);
}

// BF_STORM_KEY_DAYS: how many bot-days to run.
TEST_CASE("a storm over keys: they are replaced, put back and deleted, and connections removed under open groups, while strategies trade and processes die") {
    std::uint64_t removed = 0, rotated = 0, refused = 0, rolled_back = 0;
    const auto totals = run_storms<KeyStorm>(number_in("BF_STORM_KEY_DAYS", std::min<std::uint64_t>(150, number_in("BF_STORM_BOT_DAYS", repeats(150, 20)))), [&](KeyStorm& storm) {
        removed += storm.kept->removed;
        rotated += storm.kept->rotated;
        refused += storm.kept->refused;
        rolled_back += storm.kept->rolled_back;
    });
    MESSAGE(rotated, " keys replaced, ", refused, " refused, ", rolled_back, " put back; ", removed, " connections removed");
    CHECK(rotated > 0);
    CHECK(refused > 0);
    CHECK(rolled_back > 0);
    CHECK(removed > 0);
    CHECK(totals.deaths > 0);
    CHECK(totals.orphans > 0);
    CHECK(totals.let_go > 0);
}

TEST_CASE("the same seed gives the same bytes, another one others") {
    const auto run = [](std::uint64_t seed) {
        Storm storm{seed};
        storm.run(Storm::minutes_of(40));
        storm.end();
        return std::tuple{storm.judge.hash, storm.judge.records_read, storm.requests, storm.steps};
    };
    const auto once = run(42);
    CHECK(once == run(42));
    CHECK(once != run(43));
}
