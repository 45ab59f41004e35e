// The worked examples of the product as back-tests: take-profit 5 %, so that the ladder plays out.
#include "backtest/backtest_fixture.hpp"
#include "backtest/signal_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

std::string settings(const char* pair, const char* base_order, const char* more = "") {
    return std::string{R"({"name":"example","connection":"Main","market":"spot","pairs":[")"} + pair + R"("],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit_pct":"100","connection_limit_pct":"100"},"entry":{"base_order":")" + base_order + R"("},"add_on":{"trigger":"zone_only","max":3,"cooldown_s":0},
        "exit":{"take_profit_pct":"5"})" + more + "}";
}

std::vector<RecordedSignal> entry_signals(const Series& series, const char* pair, std::initializer_list<std::size_t> at) {
    std::string lines;
    for (const auto candle : at)
        lines += R"({"strategy":"example","pair":")" + std::string{pair} + R"(","direction":"long","kind":"entry","time":)" + std::to_string(series.table.time[candle]) + "}\n";
    return read_signals(lines, series.table.view()).value();
}

}  // namespace

TEST_CASE("the page's BTC ladder: averages, break-even and the blocked purchase on the way up") {
    Series series;
    series.flat("100000").add("100000", "100000", "95000", "95000").add("95000", "95000", "90000", "90000").add("90000", "97000", "90000", "97000").flat("97000");
    auto plan = plan_of(settings("BTC/USDT", "1000"), fine_instrument(), true);
    plan.equity = 100'000;
    const auto signals = entry_signals(series, "BTC/USDT", {0, 4});
    const auto report = run_both(plan, series.table.view(), signals);
    REQUIRE(report.groups_detail.size() == 1);
    const auto& group = report.groups_detail[0];
    REQUIRE(group.fills.size() == 3);
    const std::array<const char*, 3> prices{"100000", "95000", "90000"}, averages{"100000.00", "97435.90", "94824.40"}, even{"100200.20", "97630.96", "95014.24"};
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        CHECK(group.fills[i].price.to_string() == prices[i]);
        CHECK(fixed(group.fills[i].average) == averages[i]);
        CHECK(fixed(group.fills[i].break_even) == even[i]);
    }
    REQUIRE(group.decisions.size() == 4);
    CHECK(summary(group.decisions[0]) == "OPENED");
    CHECK(summary(group.decisions[1]) == "ADDED");
    CHECK(summary(group.decisions[2]) == "ADDED");
    CHECK(summary(group.decisions[3]) == "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
    CHECK(report.blocked.at("ADDON_OUT_OF_ZONE") == 1);
    CHECK(fixed(report.max_margin_used) == "3003.00");
}

TEST_CASE("one add-on only: at 97,000 the average would get better, and the purchase is blocked all the same") {
    Series series;
    series.flat("100000").add("100000", "100000", "95000", "95000").flat("97000");
    auto plan = plan_of(settings("BTC/USDT", "1000"), fine_instrument(), true);
    plan.equity = 100'000;
    const auto report = run_both(plan, series.table.view(), entry_signals(series, "BTC/USDT", {0, 2}));
    const auto& decisions = report.groups_detail.at(0).decisions;
    REQUIRE(decisions.size() == 3);
    CHECK(summary(decisions[2]) == "BLOCKED ADDON_OUT_OF_ZONE");
}

TEST_CASE("the page's ETH ladder with 0.1 each: 2,900 is blocked, in Recovery by its gate") {
    Series series;
    series.flat("3000").flat("2850").flat("2700").flat("2900", 2);
    trading::InstrumentFacts instrument = fine_instrument();
    instrument.quantity_step = "0.1"_d;  // 300 buys 0.1 at each of the three prices.
    auto plan = plan_of(settings("ETH/USDT", "300"), instrument, true);
    const auto report = run_both(plan, series.table.view(), entry_signals(series, "ETH/USDT", {0, 3}));
    const auto& group = report.groups_detail.at(0);
    REQUIRE(group.fills.size() == 3);
    CHECK(fixed(group.fills[1].average) == "2925.00");
    CHECK(fixed(group.fills[2].average) == "2850.00");
    CHECK(fixed(group.fills[2].break_even) == "2855.71");
    CHECK(summary(group.decisions.back()) == "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
    // Cautious: 5.3 % below the average is a trigger, and lasts a minute.
    Series longer;
    longer.flat("3000").flat("2850").flat("2700", 3).flat("2900", 2);
    auto cautious = plan_of(settings("ETH/USDT", "300", R"(,"recovery":{"cautious":true,"target_pct":"5"})"), instrument, true);
    const auto careful = run_both(cautious, longer.table.view(), entry_signals(longer, "ETH/USDT", {0, 6}));
    REQUIRE(careful.groups_detail.size() == 1);
    CHECK(careful.recovery_groups == 1);
    CHECK(careful.groups_detail[0].recovery_trigger == "adverse_move");
    const auto& last = careful.groups_detail[0].decisions.back();
    CHECK(last.primary == trading::Code::group_in_recovery);
    CHECK(std::find(last.failed.begin(), last.failed.end(), trading::Code::recovery_out_of_zone) != last.failed.end());
}

TEST_CASE("the ladder plays out and the group leaves with its five percent") {
    Series series;
    series.flat("100000").flat("95000").flat("90000").add("90000", "99760.21", "90000", "99000").add("99000", "100000", "98000", "99900");
    auto plan = plan_of(settings("BTC/USDT", "1000", R"(,"recovery":{"enabled":false})"), fine_instrument(), true);
    plan.equity = 100'000;
    const auto report = run_both(plan, series.table.view(), entry_signals(series, "BTC/USDT", {0}));
    const auto& group = report.groups_detail.at(0);
    REQUIRE(group.fills.size() == 4);
    const auto& exit = group.fills[3];
    // (C + 5 % of N) / (Q (1 - fee)), up to the tick. The candle that only touched it did not fill it.
    CHECK(exit.price == *group.fills[2].exit_price);
    CHECK(exit.price.to_string() == "99760.21");
    CHECK(exit.at.ms() == series.now());
    CHECK(exit.liquidity == market::Liquidity::maker);
    CHECK(group.reason == "take_profit");
    // Net of every fee it is at least five percent of what was bought for.
    CHECK(fixed(group.profit) == "150.00");
    CHECK(report.net_profit == group.profit);
    CHECK(report.final_equity == Decimal{100'000} + group.profit);
}
