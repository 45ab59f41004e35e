#include "engine/account_merge.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::engine;
using market::OrderStatus;
using FillTaken = AccountMerge::FillTaken;

namespace {

constexpr AccountMerge::Steady at(int ms) { return milliseconds{ms}; }

market::Order order(const char* id, OrderStatus status, std::int64_t filled) {
    market::Order report;
    report.id = id;
    report.native_symbol = "BTCUSDT";
    report.status = status;
    report.filled = Decimal{filled};
    return report;
}
market::Fill fill(const char* id, bool with_fee) {
    market::Fill one;
    one.id = id;
    one.native_symbol = "BTCUSDT";
    one.at = Instant::from_ms(1'000'000);
    if (with_fee) one.fee = market::Amount{"USDT", Decimal{1}};
    return one;
}
market::Balance balance(const char* asset, std::int64_t free) { return {asset, Decimal{free}, Decimal{}, Decimal{free}}; }
market::Position position(const char* native, market::PositionSide side, std::int64_t quantity) {
    market::Position one;
    one.native_symbol = native;
    one.side = side;
    one.quantity = Decimal{quantity};
    return one;
}

}  // namespace

TEST_CASE("an order's knowledge only grows") {
    struct Row {
        const char* why;
        OrderStatus status;
        std::int64_t filled;
        bool taken;
    };
    const Row rows[] = {
        {"first heard of", OrderStatus::open, 0, true},
        {"the same again", OrderStatus::open, 0, false},
        {"a part filled", OrderStatus::partially_filled, 2, true},
        {"a late message of before that", OrderStatus::open, 0, false},
        {"another part", OrderStatus::partially_filled, 3, true},
        {"an overtaken part", OrderStatus::partially_filled, 2, false},
        {"a state nobody explains", OrderStatus::unknown, 3, false},
        {"the end, with the figure of before", OrderStatus::canceled, 2, true},
        {"the end again", OrderStatus::canceled, 3, false},
        {"open, long after the end", OrderStatus::open, 0, false},
        {"more was filled than the end said", OrderStatus::partially_filled, 4, true},
    };
    AccountMerge merge;
    int now = 0;
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(merge.take(order("1", row.status, row.filled), at(++now)) == row.taken);
    }
    CHECK(merge.open_orders().empty());
}

TEST_CASE("an open order that a later list lacks is gone; one heard of since the asking is not") {
    AccountMerge merge;
    merge.take(order("1", OrderStatus::open, 0), at(10));
    merge.take(order("2", OrderStatus::open, 0), at(30));
    const std::string native = "BTCUSDT", other = "ETHUSDT";
    merge.take_open({}, &other, at(40));
    CHECK(merge.open_orders().size() == 2);
    merge.take_open({}, &native, at(20));
    REQUIRE(merge.open_orders().size() == 1);
    CHECK(merge.open_orders().front().id == "2");
    // Its end is still told, a late "open" is not.
    CHECK_FALSE(merge.take(order("1", OrderStatus::open, 0), at(15)));
    CHECK(merge.take(order("1", OrderStatus::canceled, 0), at(25)));
    // A later list that has it again is right.
    merge.take_open({}, nullptr, at(50));
    CHECK(merge.open_orders().empty());
    CHECK(merge.take(order("2", OrderStatus::open, 0), at(60)));
    CHECK(merge.open_orders().size() == 1);
}

TEST_CASE("a fill is told once, and once more when its fee comes after it") {
    AccountMerge merge;
    CHECK(merge.take(fill("1", false), false, at(1)) == FillTaken::without_fee);
    CHECK(merge.take(fill("1", false), false, at(2)) == FillTaken::no);
    CHECK(merge.take(fill("1", true), true, at(3)) == FillTaken::complete);
    CHECK(merge.take(fill("1", true), false, at(4)) == FillTaken::no);
    CHECK(merge.take(fill("2", true), false, at(5)) == FillTaken::complete);
    CHECK(merge.take(fill("2", false), false, at(6)) == FillTaken::no);
    // The list of fills has the fee if there is one.
    CHECK(merge.take(fill("3", false), true, at(7)) == FillTaken::complete);
    auto nameless = fill("4", true);
    nameless.id.reset();
    CHECK(merge.take(nameless, true, at(8)) == FillTaken::no);
    auto elsewhere = fill("1", true);
    elsewhere.native_symbol = "ETHUSDT";
    CHECK(merge.take(elsewhere, true, at(9)) == FillTaken::complete);
}

TEST_CASE("a fill is forgotten only when no list shows it any more and no stream repeats it") {
    AccountMerge merge;
    merge.take(fill("1", true), true, at(0));
    const auto later = at(0) + AccountMerge::kRemember + at(1);
    merge.forget("BTCUSDT", Instant::from_ms(999'999), later);
    CHECK(merge.take(fill("1", true), true, at(1)) == FillTaken::no);
    merge.forget("BTCUSDT", Instant::from_ms(1'000'001), at(60'000));
    CHECK(merge.take(fill("1", true), true, at(2)) == FillTaken::no);
    merge.forget("BTCUSDT", Instant::from_ms(1'000'001), later + AccountMerge::kRemember);
    CHECK(merge.remembered() == 0);
}

TEST_CASE("a poll counts for what no event told since it was asked; what it lacks is nothing") {
    AccountMerge merge;
    CHECK(merge.take_list(std::vector{balance("USDT", 10), balance("BTC", 1)}, at(10)).changed);
    CHECK_FALSE(merge.take_list(std::vector{balance("USDT", 10), balance("BTC", 1)}, at(20)).changed);
    CHECK(merge.take(balance("USDT", 7), at(35)));
    CHECK_FALSE(merge.take(balance("USDT", 7), at(36)));
    // Asked at 30, answered after the event: it may show either.
    const auto crossed = merge.take_list(std::vector{balance("USDT", 10)}, at(30));
    CHECK(crossed.doubtful);
    CHECK(crossed.changed);
    CHECK(merge.balances()[0].free == Decimal{});
    CHECK(merge.balances()[1].free == Decimal{7});
    const auto settled = merge.take_list(std::vector{balance("USDT", 6)}, at(40));
    CHECK_FALSE(settled.doubtful);
    CHECK(merge.balances()[1].free == Decimal{6});
}

TEST_CASE("positions of both sides are apart; those that are gone are closed") {
    using market::PositionSide;
    AccountMerge merge;
    merge.take_list(std::vector{position("X", PositionSide::long_side, 5), position("X", PositionSide::short_side, 2)}, at(10));
    CHECK(merge.positions().size() == 2);
    CHECK(merge.take(position("X", PositionSide::short_side, 0), at(20)));
    CHECK(merge.positions().size() == 1);
    CHECK(merge.take_list(std::vector<market::Position>{}, at(30)).changed);
    CHECK(merge.positions().empty());
}

TEST_CASE("whatever two witnesses repeat, in whatever order: the end is known, each fill once") {
    rc::check([](std::uint32_t seed) {
        // An order's true course, told by two witnesses with repetitions in any order.
        const std::vector<market::Order> course{order("1", OrderStatus::open, 0), order("1", OrderStatus::partially_filled, 1), order("1", OrderStatus::partially_filled, 2),
                                                order("1", OrderStatus::filled, 3)};
        const std::vector<const char*> fills{"a", "b", "c"};
        std::vector<std::pair<int, bool>> told;
        for (int step = 0; step < 7; ++step)
            for (const bool list : {false, true}) told.insert(told.end(), *rc::gen::inRange<std::size_t>(1, 3), {step, list});
        for (std::size_t i = told.size(); i > 1; --i) std::swap(told[i - 1], told[(seed = seed * 1664525U + 1013904223U) % i]);
        AccountMerge merge;
        std::map<std::string, int> complete, without;
        int now = 0;
        Decimal filled;
        for (const auto& [step, list] : told) {
            ++now;
            if (step < 4) {
                const auto& report = course[static_cast<std::size_t>(step)];
                if (!merge.take(report, at(now))) continue;
                RC_ASSERT(*report.filled >= filled);
                filled = *report.filled;
                continue;
            }
            const auto* id = fills[static_cast<std::size_t>(step - 4)];
            const auto taken = merge.take(fill(id, list), list, at(now));
            if (taken == FillTaken::complete) ++complete[id];
            if (taken == FillTaken::without_fee) ++without[id];
        }
        RC_ASSERT(merge.open_orders().empty());
        RC_ASSERT(complete.size() == fills.size());
        for (const auto& [id, times] : complete) RC_ASSERT(times == 1 && without[id] <= 1);
    });
}
