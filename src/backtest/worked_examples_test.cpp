// The worked examples of the product as back-tests, figure by figure: the BTC ladder (AT-D), the ETH ladder with Recovery (AT-R). Take-profit 5 %, so
// that the ladder plays out; 1 % where the example's own target is the figure. Each runs both ways. What a back-test can't express: entry fees
// taken in coins (its fees are in quote).
#include "backtest/worked_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr const char* kAnyLot = "0.00000001";

/// 100,000, then down candle by candle to 95,000 and 90,000.
Series btc_falls() {
    Series series;
    series.flat("100000").add("100000", "100000", "95000", "95000").add("95000", "95000", "90000", "90000");
    return series;
}

}  // namespace

TEST_CASE("AT-D1 to AT-D3, AT-D6: averages, break-even and 1 % target after each fill, equal amounts and equal quantities") {
    struct Row {
        const char *why, *lot;
        std::array<const char*, 3> average, break_even, take_profit;
        const char *exit, *profit;
    };
    const Row rows[] = {
        {"1,000 USDT each", kAnyLot, {"100000.00", "97435.90", "94824.40"}, {"100200.20", "97630.96", "95014.24"}, {"101201.20", "98606.30", "95963.43"}, "95963.44", "30.00"},
        {"0.01 BTC each", "0.01", {"100000.00", "97500.00", "95000.00"}, {"100200.20", "97695.20", "95190.19"}, {"101201.20", "98671.17", "96141.14"}, "96141.15", "28.50"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Series series = btc_falls();
        series.add("90000", "97000", "90000", "97000");
        const Example example{.take_profit = "1"};
        const auto report = run_both(plan_of(example, row.lot), series.table.view(), signals_at(series, "BTC/USDT", {{0}}));
        REQUIRE(report.groups_detail.size() == 1);
        const auto& group = report.groups_detail[0];
        REQUIRE(group.fills.size() == 4);
        const std::array<const char*, 3> prices{"100000", "95000", "90000"};
        for (std::size_t i = 0; i < 3; ++i) {
            CAPTURE(i);
            CHECK(group.fills[i].price.to_string() == prices[i]);
            CHECK(fixed(group.fills[i].average) == row.average[i]);
            CHECK(fixed(group.fills[i].break_even) == row.break_even[i]);
            CHECK(fixed(group.fills[i].take_profit) == row.take_profit[i]);
        }
        // D-04: out with one percent, net of all fees, far below the first price; up to the tick.
        CHECK(group.fills[3].price.to_string() == row.exit);
        CHECK(group.reason == "take_profit");
        CHECK(fixed(group.profit) == row.profit);
    }
}

TEST_CASE("AT-D4, AT-D5: 97,000 on the way up is blocked, whether it would worsen the average or not") {
    struct Row {
        const char *why, *lot;
        bool falls_twice;
        const char* decisions;
        const char* average;  ///< Of what is held, before and after.
    };
    const Row rows[] = {
        {"1,000 USDT each, after 90,000", kAnyLot, true, "OPENED; ADDED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE", "94824.40"},
        {"0.01 BTC each, after 90,000", "0.01", true, "OPENED; ADDED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE", "95000.00"},
        {"1,000 USDT each, after 95,000: 0.15 % better", kAnyLot, false, "OPENED; ADDED; BLOCKED ADDON_OUT_OF_ZONE", "97435.90"},
        {"0.01 BTC each, after 95,000: 0.17 % better", "0.01", false, "OPENED; ADDED; BLOCKED ADDON_OUT_OF_ZONE", "97500.00"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Series series;
        series.flat("100000").add("100000", "100000", "95000", "95000");
        if (row.falls_twice) series.add("95000", "95000", "90000", "90000");
        series.flat("97000", 2);
        const auto report = run_both(plan_of(Example{}, row.lot), series.table.view(), signals_at(series, "BTC/USDT", {{0}, {series.table.time.size() - 1}}));
        CHECK(told(report) == row.decisions);
        REQUIRE(report.groups_detail.size() == 1);
        // Nothing was bought at 97,000: the group is as it was.
        const auto& group = report.groups_detail[0];
        CHECK(group.fills.size() == (row.falls_twice ? 3U : 2U));
        CHECK(fixed(group.fills.back().average) == row.average);
        CHECK(report.blocked.at("ADDON_OUT_OF_ZONE") == 1);
    }
}

TEST_CASE("three orders of 1,000 with 0.1 % of fees each: 3,003 of margin at most") {
    Series series = btc_falls();
    const auto report = run_both(plan_of(Example{}), series.table.view(), signals_at(series, "BTC/USDT", {{0}}));
    CHECK(fixed(report.max_margin_used) == "3003.00");
    CHECK(fixed(report.fees) == "3.00");
}

TEST_CASE("AT-R1 to AT-R4: the ETH ladder's averages, and 2,900 as the next purchase after each of its fills") {
    struct Row {
        const char *why, *lot;
        int fills;
        const char *average, *decisions;
    };
    const Row rows[] = {
        {"300 USDT each, after 3,000", kAnyLot, 1, "3000.00", "OPENED; BLOCKED ADDON_OUT_OF_ZONE"},
        {"300 USDT each, after 2,850", kAnyLot, 2, "2923.08", "OPENED; ADDED; BLOCKED ADDON_OUT_OF_ZONE"},
        {"300 USDT each, after 2,700", kAnyLot, 3, "2844.73", "OPENED; ADDED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE"},
        {"0.1 ETH each, after 3,000", "0.1", 1, "3000.00", "OPENED; BLOCKED ADDON_OUT_OF_ZONE"},
        {"0.1 ETH each, after 2,850", "0.1", 2, "2925.00", "OPENED; ADDED; BLOCKED ADDON_OUT_OF_ZONE"},
        {"0.1 ETH each, after 2,700", "0.1", 3, "2850.00", "OPENED; ADDED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE"},
    };
    const std::array<const char*, 3> prices{"3000", "2850", "2700"};
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Series series;
        for (int i = 0; i < row.fills; ++i) series.flat(prices[static_cast<std::size_t>(i)]);
        series.flat("2900", 2);
        const auto report = run_both(plan_of(Example{.base_order = "300", .pair = "ETH/USDT"}, row.lot), series.table.view(), signals_at(series, "ETH/USDT", {{0}, {series.table.time.size() - 2}}));
        CHECK(told(report) == row.decisions);
        REQUIRE(report.groups_detail.size() == 1);
        REQUIRE(report.groups_detail[0].fills.size() == static_cast<std::size_t>(row.fills));
        CHECK(fixed(report.groups_detail[0].fills.back().average) == row.average);
    }
}

TEST_CASE("AT-R: 0.1 ETH each with 0.1 % of fees and 1 % of target: break-even and target after each fill") {
    Series series;
    series.flat("3000").flat("2850").flat("2700").add("2700", "2890", "2700", "2880");
    const auto report = run_both(plan_of(Example{.base_order = "300", .pair = "ETH/USDT", .take_profit = "1"}, "0.1"), series.table.view(), signals_at(series, "ETH/USDT", {{0}}));
    const auto& group = report.groups_detail.at(0);
    REQUIRE(group.fills.size() == 4);
    const std::array<const char*, 3> even{"3006.01", "2930.86", "2855.71"}, target{"3036.04", "2960.14", "2884.23"};
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        CHECK(fixed(group.fills[i].break_even) == even[i]);
        CHECK(fixed(group.fills[i].take_profit) == target[i]);
    }
    CHECK(group.fills[3].price.to_string() == "2884.24");
}

TEST_CASE("AT-R4: in Recovery, which cautious thresholds begin at 2,700, 2,900 is blocked by its gate") {
    Series series;
    series.flat("3000").flat("2850").flat("2700", 3).flat("2900", 2);
    const Example cautious{.base_order = "300", .pair = "ETH/USDT", .recovery = R"("cautious":true,"target_pct":"5")"};
    const auto report = run_both(plan_of(cautious, "0.1"), series.table.view(), signals_at(series, "ETH/USDT", {{0}, {6}}));
    REQUIRE(report.groups_detail.size() == 1);
    CHECK(report.recovery_groups == 1);
    // 5.3 % below the average, for a minute.
    CHECK(report.groups_detail[0].recovery_trigger == "adverse_move");
    const auto& last = report.groups_detail[0].decisions.back();
    CHECK(last.primary == trading::Code::group_in_recovery);
    CHECK(std::find(last.failed.begin(), last.failed.end(), trading::Code::recovery_out_of_zone) != last.failed.end());
    // With normal ones it is no trouble yet.
    const auto normal = run_both(plan_of(Example{.base_order = "300", .pair = "ETH/USDT", .recovery = R"("enabled":true)"}, "0.1"), series.table.view(), signals_at(series, "ETH/USDT", {{0}}));
    CHECK(normal.recovery_groups == 0);
}

TEST_CASE("the ladder plays out and the group leaves with its five percent") {
    Series series;
    series.flat("100000").flat("95000").flat("90000").add("90000", "99760.21", "90000", "99000").add("99000", "100000", "98000", "99900");
    const auto report = run_both(plan_of(Example{}), series.table.view(), signals_at(series, "BTC/USDT", {{0}}));
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
