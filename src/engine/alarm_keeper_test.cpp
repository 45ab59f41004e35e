#include "engine/alarm_keeper.hpp"

#include "engine/trader.hpp"
#include "support/memory_trading_store.hpp"

#include <doctest/doctest.h>

using namespace bf;

namespace {
struct Bench final : engine::TraderListener {
    test::MemoryTradingStore store;
    engine::AlarmKeeper keeper{store, *this};
    std::vector<ports::StoredAlarm> told;
    std::vector<std::pair<std::int64_t, std::int64_t>> stored;
    std::vector<std::int64_t> lists;
    int troubles{0};
    std::chrono::microseconds steady{0};

    Bench() {
        keeper.on_stored([this](std::int64_t was, std::int64_t id) { stored.emplace_back(was, id); });
    }
    void on_alarm(const ports::StoredAlarm& alarm) override { told.push_back(alarm); }
    void on_alarms_stored(const ports::StoredAlarm& last) override { lists.push_back(last.id); }
    void on_trouble(const Error&) override { ++troubles; }
    [[nodiscard]] engine::Now now() const { return {Instant::from_ms(1'790'000'000'000) + std::chrono::duration_cast<milliseconds>(steady), steady}; }
    engine::AlarmKeeper::Kept raise(const std::string& document) { return keeper.raise(now(), {0, now().wall, false, document}); }
    void pass(std::chrono::seconds span) {
        steady += span;
        keeper.tick(now());
    }
};
}  // namespace

TEST_CASE("an alarm that the store takes is told once, with its number, and nothing waits") {
    Bench bench;
    const auto kept = bench.raise("a");
    CHECK(kept.stored);
    REQUIRE(bench.told.size() == 1);
    CHECK(bench.told[0].id == kept.id);
    CHECK(kept.id == 1);
    CHECK_FALSE(bench.keeper.next_wake().has_value());
    CHECK(bench.keeper.acknowledge(1).has_value());
}

TEST_CASE("one that the store does not take is told at once and seen, not acknowledged, and stored when it does: told no second time") {
    Bench bench;
    bench.raise("before");
    bench.store.full = true;
    const auto kept = bench.raise("a");
    bench.raise("b");
    CHECK_FALSE(kept.stored);
    CHECK(kept.id < 0);
    REQUIRE(bench.told.size() == 3);
    CHECK(bench.told[1].document == "a");
    CHECK(bench.told[1].id == kept.id);
    CHECK(bench.told[2].id != kept.id);
    CHECK(bench.troubles == 2);
    const auto seen = bench.keeper.alarms(10).value();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].document == "b");
    CHECK(seen[2].document == "before");
    CHECK(bench.keeper.alarms(2).value().size() == 2);
    CHECK(bench.keeper.acknowledge(kept.id).error().code == "alarm_not_kept");
    CHECK(bench.keeper.acknowledge(-99).error().kind == ErrorKind::not_found);

    REQUIRE(bench.keeper.next_wake().has_value());
    bench.pass(seconds{6});
    CHECK(bench.store.kept_alarms.size() == 1);
    bench.store.full = false;
    bench.pass(seconds{6});
    REQUIRE(bench.store.kept_alarms.size() == 3);
    CHECK(bench.stored.size() == 2);
    CHECK(bench.lists.size() == 1);
    CHECK(bench.told.size() == 3);
    CHECK(bench.troubles == 2);
    CHECK_FALSE(bench.keeper.next_wake().has_value());
    for (const auto& [was, id] : bench.stored) CHECK(bench.keeper.acknowledge(id).has_value());
}

TEST_CASE("what an alarm says beyond its first words waits as well, under its number") {
    Bench bench;
    auto alarm = ports::StoredAlarm{0, bench.now().wall, false, "1"};
    alarm.id = bench.raise("1").id;
    bench.store.full = true;
    alarm.document = "2";
    CHECK_FALSE(bench.keeper.amend(bench.now(), alarm).value().stored);
    alarm.document = "3";
    CHECK_FALSE(bench.keeper.amend(bench.now(), alarm).value().stored);
    CHECK(bench.told.back().document == "3");
    CHECK(bench.keeper.alarms(10).value().at(0).document == "3");
    CHECK(bench.keeper.acknowledge(alarm.id).error().code == "disk_full");
    bench.store.full = false;
    // Acknowledged before its turn: what was told is what is kept of it.
    CHECK(bench.keeper.acknowledge(alarm.id).has_value());
    CHECK(bench.store.kept_alarms.at(0).document == "3");
    CHECK(bench.store.kept_alarms.at(0).acknowledged);
    CHECK_FALSE(bench.keeper.amend(bench.now(), alarm).has_value());
}

TEST_CASE("no more than a hundred wait, the newest of them") {
    Bench bench;
    bench.store.full = true;
    for (int i = 0; i < 250; ++i) bench.raise(std::to_string(i));
    CHECK(bench.told.size() == 250);
    CHECK(bench.keeper.alarms(1'000).value().size() == 100);
    bench.store.full = false;
    bench.pass(seconds{6});
    REQUIRE(bench.store.kept_alarms.size() == 100);
    CHECK(bench.store.kept_alarms.back().document == "249");
}
