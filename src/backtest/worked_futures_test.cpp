// The futures table of the product (AT-F) as back-tests: 0.1 ETH a fill, isolated, taker 0.06 %, maintenance 0.5 %, long and short.
#include "backtest/report_json.hpp"
#include "backtest/worked_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

/// `margin` times leverage buys 0.1 of the coin at each price of the ladder, in steps of 0.1.
Example futures(const char* direction, const char* leverage_and_more, const char* margin) {
    return {.base_order = margin, .pair = "ETH/USDT:USDT", .market = "futures", .directions = direction, .futures = leverage_and_more, .fee = "0.06"};
}

}  // namespace

TEST_CASE("AT-F: average, margin and liquidation price of a long ladder at leverage 3, 5 and 10") {
    struct Row {
        const char *why, *futures, *base;
        std::array<const char*, 3> margin, liquidation;
    };
    // Margin: notional / leverage, and the fee of the way out (0.06 % of 300, 585, 855).
    const Row rows[] = {
        {"leverage 3", R"("leverage":3,"min_liq_distance_pct":"0","liquidation_guard_pct":"0")", "100", {"100.18", "195.351", "285.513"}, {"2011.26", "1960.98", "1910.70"}},
        {"leverage 5", R"("leverage":5,"min_liq_distance_pct":"0","liquidation_guard_pct":"0")", "60", {"60.18", "117.351", "171.513"}, {"2413.52", "2353.18", "2292.84"}},
        {"leverage 10", R"("leverage":10,"min_liq_distance_pct":"0","liquidation_guard_pct":"0")", "30", {"30.18", "58.851", "86.013"}, {"2715.21", "2647.33", "2579.44"}},
    };
    const std::array<const char*, 3> price{"3000", "2850", "2700"}, average{"3000.00", "2925.00", "2850.00"};
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Series series;
        series.flat("3000").flat("2850").flat("2700");
        const auto report = run_both(plan_of(futures(R"("long")", row.futures, row.base), "0.1"), series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0}}));
        CHECK(report.liquidations == 0);
        REQUIRE(report.groups_detail.size() == 1);
        const auto& fills = report.groups_detail[0].fills;
        REQUIRE(fills.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CAPTURE(i);
            CHECK(fills[i].price.to_string() == price[i]);
            CHECK(fills[i].quantity.to_string() == "0.1");
            CHECK(fixed(fills[i].average) == average[i]);
            CHECK(fills[i].margin_used.to_string() == row.margin[i]);
            REQUIRE(fills[i].liquidation_price.has_value());
            CHECK(fixed(*fills[i].liquidation_price) == row.liquidation[i]);
        }
    }
}

TEST_CASE("AT-F1: at leverage 10 a blocked add-on means liquidation before zone 2, and the report says that such a strategy can't be switched on") {
    const char* ten = R"("leverage":10,"min_liq_distance_pct":"0","liquidation_guard_pct":"0")";
    Series series;
    series.flat("3000").add("3000", "3000", "2700", "2700");
    auto blocked = futures(R"("long")", ten, "30");
    blocked.trigger = "off";
    const auto lost = run_both(plan_of(blocked, "0.1"), series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0}}));
    REQUIRE(lost.groups_detail.size() == 1);
    CHECK(lost.groups_detail[0].reason == "liquidated");
    // The margin of 30 and the entry's fee of 0.18.
    CHECK(lost.net_profit.to_string() == "-30.18");
    Series not_yet;
    not_yet.flat("3000").add("3000", "3000", "2715.22", "2716");
    CHECK(run_both(plan_of(blocked, "0.1"), not_yet.table.view(), signals_at(not_yet, "ETH/USDT:USDT", {{0}})).liquidations == 0);
    // Bought in zones 1 and 2 it lives through the same candle.
    const auto plan = plan_of(futures(R"("long")", ten, "30"), "0.1");
    const auto lives = run_both(plan, series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0}}));
    CHECK(lives.liquidations == 0);
    CHECK(lives.fills == 3);
    const auto notes = notes_of(plan, lives);
    const auto refused = std::count_if(notes.begin(), notes.end(), [](const auto& note) { return note.code == "not_switched_on"; });
    CHECK(refused == 1);
    // The reason inside it is said in the reader's language, with its numbers; the report's own sentence stays English.
    auto dutch = plan;
    dutch.language = trading::Language::nl;
    for (const auto& note : notes_of(dutch, lives))
        if (note.code == "not_switched_on") CHECK(note.values.at(0).text.starts_with("als sommige bijkopen geblokkeerd zijn, zou de ladder bij "));
    // Leverage 3 passes.
    const auto three = plan_of(futures(R"("long")", R"("leverage":3)", "100"), "0.1");
    for (const auto& note : notes_of(three, lives)) CHECK(note.code != "not_switched_on");
}

TEST_CASE("AT-F, the short mirror: averages, break-even, target, liquidation; a fourth short that worsens the average is blocked") {
    Series series;
    series.flat("3000").flat("3150").flat("3300").flat("3115", 2);
    // 66 of margin at leverage 5 sell 0.11, 0.104 and 0.1: 0.1 each.
    auto example = futures(R"("short")", R"("leverage":5,"min_liq_distance_pct":"0","liquidation_guard_pct":"0")", "66");
    example.take_profit = "1";
    const auto report = run_both(plan_of(example, "0.1"), series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0, "short"}, {3, "short"}}));
    REQUIRE(report.groups_detail.size() == 1);
    const auto& group = report.groups_detail[0];
    REQUIRE(group.fills.size() == 3);
    const std::array<const char*, 3> average{"3000.00", "3075.00", "3150.00"}, even{"2996.40", "3071.31", "3146.22"}, target{"2966.42", "3040.58", "3114.74"},
        liquidation{"3579.95", "3669.45", "3758.95"};
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        CHECK(fixed(group.fills[i].average) == average[i]);
        CHECK(fixed(group.fills[i].break_even) == even[i]);
        CHECK(fixed(group.fills[i].take_profit) == target[i]);
        CHECK(fixed(*group.fills[i].liquidation_price) == liquidation[i]);
    }
    CHECK(told(report) == "OPENED; ADDED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
    // Down to the tick, and through it.
    Series falls;
    falls.flat("3000").flat("3150").flat("3300").add("3300", "3300", "3114.74", "3120").add("3120", "3120", "3114.73", "3120");
    const auto left = run_both(plan_of(example, "0.1"), falls.table.view(), signals_at(falls, "ETH/USDT:USDT", {{0, "short"}}));
    REQUIRE(left.closed == 1);
    CHECK(left.groups_detail[0].fills[3].price.to_string() == "3114.74");
    CHECK(left.groups_detail[0].closed_at->ms() == falls.now());
}
