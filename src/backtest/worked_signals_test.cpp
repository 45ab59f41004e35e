// The signal example (AT-S) and Recovery's (AT-P) as back-tests. A back-test has one connection, which is good, and asks nobody over a network; so
// AT-S1, AT-S10 (connection, exchange unavailable) and AT-S9, AT-P1 to AT-P3 (PRO's second connection) are decided in trading's own tests only.
#include "backtest/worked_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;
using std::chrono::minutes;

namespace {

Series eth(std::initializer_list<const char*> prices) {
    Series series;
    for (const char* price : prices) series.flat(price);
    return series;
}

Example on_signals() { return {.base_order = "300", .pair = "ETH/USDT", .trigger = "signal_and_zone"}; }

}  // namespace

TEST_CASE("AT-S: what becomes of signals") {
    Example low_limit = on_signals(), one_add_on = on_signals(), shorts = on_signals(), recovery = on_signals();
    low_limit.connection_limit = "0.25";  // 250 of 100,000
    one_add_on.max = 1;
    shorts.market = "futures";
    shorts.pair = "ETH/USDT:USDT";
    shorts.directions = R"("short")";
    recovery.recovery = R"("cautious":true,"target_pct":"5","add_on_mode":"off")";
    struct Row {
        const char* why;
        Example example;
        Series series;
        std::vector<Said> said;
        const char* told;
    };
    const Row rows[] = {
        {"AT-S2 a long for a strategy of shorts", shorts, eth({"3000"}), {{0}}, "BLOCKED DIRECTION_NOT_ALLOWED"},
        {"AT-S3 300 and its fee against a limit of 250", low_limit, eth({"3000"}), {{0}}, "BLOCKED MARGIN_TOTAL_EXCEEDED+CAPITAL_RESERVED"},
        {"AT-S4 all pass, no group", on_signals(), eth({"3000"}), {{0}}, "OPENED"},
        {"AT-S5 a group, a free zone, a better average", on_signals(), eth({"3000", "2850"}), {{0}, {1}}, "OPENED; ADDED"},
        {"AT-S5 no signal, no purchase", on_signals(), eth({"3000", "2850"}), {{0}}, "OPENED"},
        {"AT-S6 a group, no zone", on_signals(), eth({"3000", "2900"}), {{0}, {1}}, "OPENED; BLOCKED ADDON_OUT_OF_ZONE"},
        // As many zones as add-ons: with settings that stay, the price is in a used zone or past the ladder as well.
        {"AT-S7 the only add-on is used, in its zone", one_add_on, eth({"3000", "2850", "2850"}), {{0}, {1}, {2}}, "OPENED; ADDED; BLOCKED ADDON_ZONE_USED+ADDON_LIMIT_REACHED"},
        {"AT-S7 the only add-on is used, past the ladder", one_add_on, eth({"3000", "2850", "2700"}), {{0}, {1}, {2}}, "OPENED; ADDED; BLOCKED ADDON_OUT_OF_ZONE+ADDON_LIMIT_REACHED"},
        {"AT-S8 in Recovery, no PRO, its add-ons off", recovery, eth({"3000", "2800", "2800", "2800"}), {{0}, {3}}, "OPENED; BLOCKED GROUP_IN_RECOVERY+RECOVERY_ADDON_OFF+RECOVERY_OUT_OF_ZONE+ADDON_COOLDOWN"},
        {"AT-S11 the same id twice", on_signals(), eth({"3000", "2850"}), {{0, "long", "a"}, {1, "long", "a"}}, "OPENED; BLOCKED SIGNAL_DUPLICATE"},
        {"AT-S11 another id", on_signals(), eth({"3000", "2850"}), {{0, "long", "a"}, {1, "long", "b"}}, "OPENED; ADDED"},
        {"AT-S12 two checks at once: the first in stage order leads, both are listed", on_signals(), eth({"3000"}), {{0, "short"}}, "BLOCKED DIRECTION_NOT_ALLOWED+SHORT_NOT_SUPPORTED"},
        {"AT-S13 five minutes old when the next price is known", on_signals(), eth({"3000"}).gap(10).flat("3000"), {{1, "long", "", minutes{5}}}, "OPENED"},
        {"AT-S13 a millisecond older", on_signals(), eth({"3000"}).gap(10).flat("3000"), {{1, "long", "", minutes{5} + milliseconds{1}}}, "BLOCKED SIGNAL_EXPIRED"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto signals = signals_at(row.series, row.example.pair, row.said);
        CHECK(told(run_both(plan_of(row.example), row.series.table.view(), signals)) == row.told);
    }
}

TEST_CASE("AT-S3: the refusal says what is used, what is needed and the limit") {
    Example example = on_signals();
    example.connection_limit = "0.25";
    Series series = eth({"3000"});
    const auto report = run_both(plan_of(example), series.table.view(), signals_at(series, "ETH/USDT", {{0}}));
    REQUIRE(report.decisions_outside.size() == 1);
    const auto json = wire::Json::parse(report.decisions_outside[0].json);
    const auto checks = json->root()["verdicts"];
    bool found = false;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const auto check = checks.at(i);
        if (check["code"].text() != "MARGIN_TOTAL_EXCEEDED") continue;
        found = true;
        CHECK(std::string{check["actual"].text().value_or("")} == "300.9006");  // 0.1 at 3,006, the limit price, and the fee
        CHECK(std::string{check["limit"].text().value_or("")} == "250");
    }
    CHECK(found);
}

TEST_CASE("AT-P4: a group in Recovery leaves at its recovery exit, to the cent; the next signal opens a group of its own") {
    Series series = eth({"3000", "2850", "2700", "2700", "2700"});
    series.add("2700", "2864.28", "2700", "2860").flat("2860", 2);
    Example cautious{.base_order = "300", .pair = "ETH/USDT", .recovery = R"("cautious":true)"};
    const auto report = run_both(plan_of(cautious, "0.1"), series.table.view(), signals_at(series, "ETH/USDT", {{0}, {7}}));
    REQUIRE(report.groups_detail.size() == 2);
    const auto& old = report.groups_detail[0];
    CHECK(old.reason == "recovery_exit");
    // 0.3 for 855 and 0.855 of fees: (855.855 + 0.3 % of 855) / (0.3 * 0.999) = 2,864.264..., up to the tick.
    CHECK(old.fills.back().price.to_string() == "2864.27");
    CHECK(old.profit.to_string() == "2.566719");
    const auto& next = report.groups_detail[1];
    REQUIRE(next.fills.size() == 1);
    CHECK(next.fills[0].price == 2860);
    CHECK(fixed(next.fills[0].average) == "2860.00");
    CHECK(!next.recovery_since);
}

TEST_CASE("AT-P5: the price returns and the group stays in Recovery, unless auto-release is on and it was calm for half an hour") {
    Series series = eth({"3000", "2850", "2850", "2850"});
    series.flat("2990", 40);
    for (const bool release : {false, true}) {
        CAPTURE(release);
        Example example{.base_order = "300", .pair = "ETH/USDT", .trigger = "off"};
        example.recovery = release ? R"("cautious":true,"adverse_move_pct":"5","target_pct":"5","auto_release":true)" : R"("cautious":true,"adverse_move_pct":"5","target_pct":"5")";
        const auto report = run_both(plan_of(example), series.table.view(), signals_at(series, "ETH/USDT", {{0}}));
        REQUIRE(report.groups_detail.size() == 1);
        const auto& group = report.groups_detail[0];
        REQUIRE(group.recovery_since.has_value());
        CHECK(group.recovery_trigger == "adverse_move");
        CHECK(!group.closed_at);
        CHECK(group.state == (release ? trading::GroupState::active : trading::GroupState::recovery));
        // Calm from the first close at 2,990 on.
        const auto calm_since = Instant::from_ms(series.table.time[4]);
        if (release) CHECK(*group.recovery_since + group.in_recovery == calm_since + minutes{30});
    }
}
