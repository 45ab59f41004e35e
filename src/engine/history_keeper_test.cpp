#include "engine/history_keeper.hpp"

#include "engine/trader.hpp"
#include "support/memory_trading_store.hpp"

#include <doctest/doctest.h>

using namespace bf;

namespace {
struct Bench final : engine::TraderListener {
    test::MemoryTradingStore store;
    engine::HistoryKeeper keeper{store, *this};
    std::vector<std::pair<std::int64_t, std::int64_t>> stored;
    int troubles{0}, told{0};
    std::chrono::microseconds steady{0};

    Bench() {
        keeper.on_stored([this](std::int64_t was, std::int64_t id) { stored.emplace_back(was, id); });
    }
    void on_history_stored() override { ++told; }
    void on_trouble(const Error&) override { ++troubles; }
    static ports::StoredGroup group(std::uint64_t number, std::string document = "{}") {
        return {number, "s1", "main", Instant::from_ms(1'000), Instant::from_ms(2'000 + static_cast<std::int64_t>(number)), std::move(document)};
    }
    std::int64_t decide(const std::string& document, std::int64_t signal, bool final = true, std::int64_t id = 0, const std::string& outcome = "BLOCKED") {
        return keeper.keep({id, Instant::from_ms(5'000 + signal), signal, "s1", "ETH/USDT", outcome, 0, document}, final);
    }
    void pass(std::chrono::seconds span) {
        for (auto left = span * 5; left.count() > 0; left -= std::chrono::seconds{1}) {
            steady += std::chrono::milliseconds{200};
            keeper.tick({Instant{}, steady});
        }
    }
    /// What the store has, in the order in which it was given.
    [[nodiscard]] std::string kept() const {
        std::string all;
        for (const auto& [id, row] : store.kept_decisions) all += row.document;
        return all;
    }
    [[nodiscard]] std::string listed(const ports::DecisionQuery& query = {}) const {
        std::string all;
        const auto found = keeper.decisions(query).value();
        for (const auto& row : found) all += row.document;
        return all;
    }
    [[nodiscard]] std::vector<std::uint64_t> groups(std::uint64_t before = 0, int limit = 50) const {
        std::vector<std::uint64_t> numbers;
        const auto found = keeper.closed_groups("", "", before, limit).value();
        for (const auto& row : found) numbers.push_back(row.number);
        return numbers;
    }
};
using Numbers = std::vector<std::uint64_t>;
}  // namespace

TEST_CASE("what the store takes is there at once, and nothing waits") {
    Bench bench;
    bench.keeper.keep(Bench::group(1));
    CHECK(bench.decide("a", 1) == 1);
    CHECK(bench.store.kept_groups.size() == 1);
    CHECK_FALSE(bench.keeper.unkept().any());
    CHECK_FALSE(bench.keeper.next_wake().has_value());
}

TEST_CASE("what the store does not take is in the lists, and written in its order, each once, when it does") {
    Bench bench;
    bench.keeper.keep(Bench::group(1));
    bench.decide("a", 1);
    bench.store.full = true;
    for (const std::uint64_t number : {2U, 3U}) bench.keeper.keep(Bench::group(number));
    const auto b = bench.decide("b", 2), c = bench.decide("c", 3, false, 0, "OPENED"), d = bench.decide("d", 4);
    CHECK(b < 0);
    CHECK(bench.troubles == 1);
    CHECK(bench.keeper.unkept().groups == 2);
    CHECK(bench.keeper.unkept().decisions == 3);
    CHECK(bench.keeper.has_decision_of(3));
    CHECK(bench.groups() == Numbers{3, 2, 1});
    CHECK(bench.groups(3, 1) == Numbers{2});
    CHECK(bench.keeper.group(2).value().has_value());
    CHECK(bench.listed() == "dcba");
    CHECK(bench.listed({.limit = 2}) == "dc");
    CHECK(bench.listed({.before = c, .limit = 2}) == "ba");
    CHECK(bench.listed({.before = b}) == "a");
    CHECK(bench.listed({.outcome = "OPENED"}) == "c");
    CHECK(bench.keeper.decision(c).value()->document == "c");
    // What is said of it later is said of that one.
    CHECK(bench.decide("C", 3, false, c, "BLOCKED") == c);
    // And of one that the store has.
    CHECK(bench.decide("A", 1, true, 1) == 1);
    CHECK(bench.listed() == "dCbA");
    bench.pass(std::chrono::seconds{20});
    CHECK(bench.kept() == "a");
    CHECK(bench.troubles == 1);

    bench.store.full = false;
    bench.pass(std::chrono::seconds{6});
    CHECK(bench.kept() == "AbCd");
    CHECK(bench.store.kept_groups.size() == 3);
    CHECK_FALSE(bench.keeper.unkept().any());
    CHECK(bench.told == 1);
    CHECK(bench.stored == std::vector<std::pair<std::int64_t, std::int64_t>>{{b, 2}, {c, 3}, {d, 4}});
    CHECK(bench.listed() == "dCbA");
    // A page that was opened before still finds it, and who speaks of it under that number means it.
    CHECK(bench.keeper.decision(c).value()->id == 3);
    CHECK(bench.decide("x", 3, true, c) == 3);
    CHECK(bench.kept() == "Abxd");
}

TEST_CASE("one that the store may have taken when it broke off stands there once") {
    Bench bench;
    bench.store.breaks_off = true;
    const auto told = bench.decide("a", 1, false, 0, "OPENED");
    CHECK(told < 0);
    CHECK(bench.decide("A", 1, false, told) == told);
    bench.store.full = true;
    bench.pass(std::chrono::seconds{10});
    bench.store.full = false;
    bench.pass(std::chrono::seconds{6});
    CHECK(bench.kept() == "A");
    CHECK(bench.stored == std::vector<std::pair<std::int64_t, std::int64_t>>{{told, 1}});
}

TEST_CASE("one that is refused for what it says keeps no other from being stored") {
    Bench bench;
    bench.store.refused = "b";
    bench.store.full = true;
    for (const auto* document : {"a", "b", "c", "d"}) bench.decide(document, 1);
    bench.store.full = false;
    bench.pass(std::chrono::seconds{6});
    CHECK(bench.kept() == "acd");
    CHECK(bench.keeper.unkept().decisions == 1);
    bench.decide("e", 1);
    bench.pass(std::chrono::seconds{6});
    CHECK(bench.kept() == "acde");
    bench.store.refused.reset();
    bench.pass(std::chrono::seconds{6});
    CHECK(bench.kept() == "acdeb");
}

TEST_CASE("what waits is bounded: decisions go before groups, the oldest first, and that is counted and told once") {
    Bench bench;
    bench.store.full = true;
    const std::string mega(1'000'000, 'x');
    for (int i = 0; i < 8; ++i) bench.decide(mega, i + 1);
    for (std::uint64_t number = 1; number <= 6; ++number) bench.keeper.keep(Bench::group(number, mega));
    CHECK(bench.keeper.unkept().decisions == 8);
    CHECK_FALSE(bench.keeper.lost_anew());
    for (std::uint64_t number = 7; number <= 10; ++number) bench.keeper.keep(Bench::group(number, mega));
    CHECK(bench.keeper.unkept().groups == 10);
    CHECK(bench.keeper.unkept().decisions == 6);
    CHECK(bench.keeper.unkept().lost_decisions == 2);
    CHECK(bench.keeper.lost_anew());
    CHECK_FALSE(bench.keeper.has_decision_of(2));
    CHECK(bench.keeper.has_decision_of(3));
    for (std::uint64_t number = 11; number <= 20; ++number) bench.keeper.keep(Bench::group(number, mega));
    CHECK(bench.keeper.unkept().decisions == 0);
    CHECK(bench.keeper.unkept().groups == 16);
    CHECK(bench.keeper.unkept().lost_groups == 4);
    CHECK_FALSE(bench.keeper.lost_anew());
    bench.store.full = false;
    bench.pass(std::chrono::seconds{20});
    CHECK(bench.store.kept_groups.size() == 16);
    CHECK(bench.store.kept_groups.begin()->first == 5);
    CHECK(bench.keeper.unkept().lost_groups == 4);
}

TEST_CASE("many that wait are written a few at a time") {
    Bench bench;
    bench.store.full = true;
    for (std::uint64_t number = 1; number <= 95; ++number) bench.keeper.keep(Bench::group(number));
    bench.store.full = false;
    bench.steady += std::chrono::seconds{6};
    bench.keeper.tick({Instant{}, bench.steady});
    CHECK(bench.store.kept_groups.size() == 10);
    CHECK(*bench.keeper.next_wake() < bench.steady + std::chrono::seconds{1});
    bench.pass(std::chrono::seconds{4});
    CHECK(bench.store.kept_groups.size() == 95);
}
