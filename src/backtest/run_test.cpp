// What a run assumes of the market: the way through a candle, when a resting order fills, what orders that take pay, funding, liquidation.
#include "backtest/backtest_fixture.hpp"
#include "backtest/signal_file.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

const char* const kSpot = R"({"name":"test","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"margin":{"group_limit_pct":"100","connection_limit_pct":"100"},
    "entry":{"base_order":"300"},"add_on":{"trigger":"zone_only","max":3,"zone_step_pct":"5"},"exit":{"take_profit_pct":"1"},"fees":{"maker_pct":"0.05","taker_pct":"0.1"})";

std::string spot(const char* more = "") { return std::string{kSpot} + more + "}"; }

std::string futures(const char* direction, const char* more = "") {
    return std::string{R"({"name":"test","connection":"Main","market":"futures","pairs":["ETH/USDT:USDT"],"directions":[")"} + direction + R"("],
        "margin":{"group_limit_pct":"100","connection_limit_pct":"100"},"entry":{"base_order":"60"},"add_on":{"trigger":"off"},"exit":{"take_profit_pct":"5"},"recovery":{"enabled":false},
        "fees":{"maker_pct":"0.02","taker_pct":"0.06"},"futures":{"leverage":"5","min_liq_distance_pct":"0","liquidation_guard_pct":"0"})" + more + "}";
}

trading::InstrumentFacts tiered() {
    auto out = fine_instrument();
    out.risk_tiers = {{1'000'000, "0.005"_d}};
    return out;
}

/// One entry at the open of the first candle, by a signal: what follows is the market's.
std::vector<RecordedSignal> one_entry(const Series& series, const char* pair, const char* direction) {
    const auto line = R"({"strategy":"test","pair":")" + std::string{pair} + R"(","direction":")" + direction + R"(","kind":"entry","time":)" + std::to_string(series.table.time[0]) + "}";
    return read_signals(line, series.table.view()).value();
}

Report run(const std::string& settings, const Series& series, const char* direction = "long", FillModel fill = FillModel::conservative,
           const trading::InstrumentFacts& instrument = fine_instrument(), const std::function<void(Plan&)>& change = {}) {
    auto plan = plan_of(settings, instrument, true);
    plan.assumptions.fill = fill;
    if (change) change(plan);
    return run_both(plan, series.table.view(), one_entry(series, plan.pair.c_str(), direction));
}

}  // namespace

TEST_CASE("a resting exit fills when the price goes through it; with touch, when it is reached") {
    // Break-even and 1 %: 3036.03604 -> 3036.04, up to the tick.
    Series touched;
    touched.flat("3000").add("3000", "3036.04", "3000", "3010");
    CHECK(run(spot(), touched).closed == 0);
    const auto kind = run(spot(), touched, "long", FillModel::touch);
    REQUIRE(kind.closed == 1);
    CHECK(kind.groups_detail[0].fills[1].price.to_string() == "3036.04");
    Series through;
    through.flat("3000").add("3000", "3036.05", "3000", "3010");
    const auto report = run(spot(), through);
    REQUIRE(report.closed == 1);
    const auto& exit = report.groups_detail[0].fills[1];
    CHECK(exit.price.to_string() == "3036.04");
    CHECK(exit.liquidity == market::Liquidity::maker);
    // 0.1 sold at 3036.04: the maker's fee of 0.05 %.
    CHECK(exit.fee.to_string() == "0.151802");
    CHECK(report.net_profit.to_string() == "3.152198");
}

TEST_CASE("the adverse extreme comes first: what falls far enough is bought before anything is sold") {
    Series series;
    series.flat("3000").add("3000", "3050", "2850", "2990").flat("2990");
    const auto report = run(spot(), series);
    REQUIRE(report.fills >= 2);
    CHECK(report.groups_detail[0].fills[1].kind == FillKind::add_on);
    CHECK(report.groups_detail[0].fills[1].price == 2850);
    CHECK(report.groups_detail[0].fills[1].at.ms() <= series.table.time[2]);
}

TEST_CASE("an exit that an add-on moved fills in the same candle only when the close is beyond it") {
    Series above;
    above.flat("3000").add("3000", "3000", "2850", "2975").flat("2975");
    const auto closed = run(spot(), above);
    REQUIRE(closed.closed == 1);
    CHECK(closed.groups_detail[0].closed_at == Instant::from_ms(above.table.time[2]));
    Series below;
    below.flat("3000").add("3000", "3000", "2850", "2900").flat("2900");
    CHECK(run(spot(), below).closed == 0);
}

TEST_CASE("a gap is filled where the price is: a stop lower, an add-on in the zone it jumped to, an exit at its own price") {
    Series fall;
    fall.flat("3000").add("2700", "2720", "2690", "2700");
    const auto bought = run(spot(), fall);
    const auto& fills = bought.groups_detail[0].fills;
    REQUIRE(fills.size() == 2);
    CHECK(fills[1].price == 2700);
    CHECK(fills[1].zone == 2);
    Series rise;
    rise.flat("3000").add("3100", "3120", "3050", "3060");
    const auto sold = run(spot(), rise);
    REQUIRE(sold.closed == 1);
    CHECK(sold.groups_detail[0].fills[1].price.to_string() == "3036.04");
}

TEST_CASE("a hard stop sells at its price, below it after a gap, and comes before everything the candle did later") {
    const std::string stop = R"({"name":"test","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"margin":{"group_limit_pct":"100","connection_limit_pct":"100"},
        "entry":{"base_order":"300"},"add_on":{"trigger":"off"},"exit":{"take_profit_pct":"1","hard_stop_pct":"4"}})";
    Series series;
    series.flat("3000").add("3000", "3100", "2800", "3050");
    const auto report = run(stop, series);
    REQUIRE(report.closed == 1);
    CHECK(report.groups_detail[0].reason == "hard_stop");
    CHECK(report.groups_detail[0].fills[1].price == 2880);
    Series gap;
    gap.flat("3000").add("2800", "2850", "2790", "2800");
    CHECK(run(stop, gap).groups_detail[0].fills[1].price == 2800);
}

TEST_CASE("spread and slippage make every order that takes dearer, and an order beyond its allowed slippage waits and expires") {
    Series series;
    series.flat("3000", 3);
    const auto report = run(spot(), series, "long", FillModel::conservative, fine_instrument(), [](Plan& plan) {
        plan.assumptions.spread = "0.001"_d;
        plan.assumptions.slippage = "0.0005"_d;
    });
    // Ask 3,001.5, and 0.05 % beyond it.
    CHECK(report.groups_detail[0].fills[0].price.to_string() == "3003.01");
    Series longer;
    longer.flat("3000", 10);
    const auto none = run(spot(), longer, "long", FillModel::conservative, fine_instrument(), [](Plan& plan) { plan.assumptions.slippage = "0.003"_d; });
    CHECK(none.groups == 0);
    CHECK(none.blocked.at("SIGNAL_EXPIRED") == 1);
}

TEST_CASE("liquidation takes the margin and no more, where the exchange's formula puts it") {
    Series series;
    series.flat("3000").add("3000", "3000", "2413", "2500");
    const auto report = run(futures("long"), series, "long", FillModel::conservative, tiered());
    REQUIRE(report.closed == 1);
    const auto& group = report.groups_detail[0];
    // 0.1 at 3,000 with 60 of margin: 2,413.52 in the product's table.
    CHECK(group.fills[0].liquidation_price.has_value());
    CHECK(fixed(*group.fills[0].liquidation_price) == "2413.52");
    CHECK(group.reason == "liquidated");
    CHECK(group.state == trading::GroupState::liquidated);
    CHECK(report.liquidations == 1);
    // Margin 60 and the entry's fee of 0.18.
    CHECK(report.net_profit.to_string() == "-60.18");
    Series not_yet;
    not_yet.flat("3000").add("3000", "3000", "2414", "2500");
    CHECK(run(futures("long"), not_yet, "long", FillModel::conservative, tiered()).closed == 0);
}

TEST_CASE("the liquidation guard closes before the exchange does") {
    Series series;
    series.flat("3000").add("3000", "3000", "2413", "2500");
    std::string guarded = futures("long");
    guarded.replace(guarded.find(R"("liquidation_guard_pct":"0")"), 27, R"("liquidation_guard_pct":"3")");
    const auto report = run(guarded, series, "long", FillModel::conservative, tiered());
    REQUIRE(report.closed == 1);
    CHECK(report.groups_detail[0].reason == "liquidation_guard");
    // 2,413.52 / 0.97, down to the tick.
    CHECK(report.groups_detail[0].fills[1].price.to_string() == "2488.16");
}

TEST_CASE("a short is the mirror") {
    Series series;
    series.flat("3000").add("3000", "3100", "2850", "2860").add("2860", "2900", "2840", "2850");
    const auto report = run(futures("short"), series, "short", FillModel::conservative, tiered());
    REQUIRE(report.closed == 1);
    const auto& group = report.groups_detail[0];
    CHECK(group.direction == trading::Direction::short_side);
    CHECK(group.fills[0].side == market::Side::sell);
    CHECK(group.fills[1].side == market::Side::buy);
    CHECK(group.reason == "take_profit");
    CHECK(report.net_profit >= Decimal{15});
}

TEST_CASE("funding is paid at its hours by who holds then, and moves the exit") {
    Series series{milliseconds{3'600'000}};
    series.flat("3000", 10);
    const auto report = run(futures("long"), series, "long", FillModel::conservative, tiered(), [](Plan& plan) { plan.assumptions.funding_rate = "0.0001"_d; });
    // One settlement, at eight: 0.1 * 3,000 * 0.01 %.
    CHECK(report.funding.to_string() == "-0.03");
    CHECK(report.groups_detail[0].funding.to_string() == "-0.03");
    const auto received = run(futures("short"), series, "short", FillModel::conservative, tiered(), [](Plan& plan) { plan.assumptions.funding_rate = "0.0001"_d; });
    CHECK(received.funding.to_string() == "0.03");
}

TEST_CASE("the open group counts in the net profit as if it were closed at the end") {
    Series series;
    series.flat("3000").flat("2900", 2);
    const auto report = run(spot(), series);
    CHECK(report.closed == 0);
    // 0.1: bought for 300.3, worth 290 less 0.29.
    CHECK(report.open_profit.to_string() == "-10.59");
    CHECK(report.net_profit == report.open_profit);
    CHECK(report.final_equity.to_string() == "9989.41");
    // By closes: from 9,999.7 after the entry's fee there is no peak above 10,000.
    CHECK(report.max_drawdown.to_string() == "10.59");
}

TEST_CASE("nobody sends signals: a group is opened at each close in which none is open, and the text says so") {
    Series series;
    series.flat("3000").add("3000", "3040", "3000", "3040").flat("3040");
    const auto plan = plan_of(spot());
    const auto report = run_both(plan, series.table.view());
    CHECK(plan.entries == Entries::immediate);
    REQUIRE(report.groups == 2);
    CHECK(report.groups_detail[0].opened_at.ms() == series.table.time[1]);
    CHECK(report.groups_detail[1].opened_at == *report.groups_detail[0].closed_at);
}

TEST_CASE("a refused wish is told once and tried again an hour later") {
    Series series;
    series.flat("3000", 150);
    auto poor = plan_of(spot());
    poor.equity = 100;
    const auto report = run_both(poor, series.table.view());
    CHECK(report.groups == 0);
    CHECK(report.decisions.at("BLOCKED") == 1);
}

TEST_CASE("recorded signals are judged at the next price that is known: the open if they come with it, else the close") {
    Series series;
    series.add("3000", "3010", "2990", "3005").add("3005", "3020", "3000", "3015");
    const auto plan = plan_of(spot(), fine_instrument(), true);
    const auto price_of = [&](std::int64_t time) {
        const auto line = R"({"strategy":"test","pair":"ETH/USDT","direction":"long","kind":"entry","time":)" + std::to_string(time) + "}";
        const auto report = run_both(plan, series.table.view(), read_signals(line, series.table.view()).value());
        return report.groups == 0 ? std::string{} : report.groups_detail[0].fills[0].price.to_string();
    };
    CHECK(price_of(series.table.time[0]) == "3000");
    CHECK(price_of(series.table.time[0] + 1) == "3005");
    CHECK(price_of(series.table.time[1]) == "3005");
    CHECK(price_of(series.table.time[1] + 30'000) == "3015");
    CHECK(price_of(series.now()) == "");
}

TEST_CASE("a file of signals says which line is wrong, and repeated ones are known") {
    Series series;
    series.flat("3000", 3);
    const std::string good = R"({"id":"a","strategy":"test","pair":"ETH/USDT","direction":"long","kind":"entry","time":1735689600000})";
    const auto bad = read_signals(good + "\n\n{\"id\":\"b\"}\n", series.table.view());
    REQUIRE(!bad);
    CHECK(bad.error().line == 3);
    const auto twice = read_signals(good + "\n" + good + "\n", series.table.view()).value();
    REQUIRE(twice.size() == 2);
    CHECK(!twice[0].seen_before);
    CHECK(twice[1].seen_before);
}
