#include "trading/recovery.hpp"

#include "trading/exits.hpp"
#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;

namespace {

/// A group under watch, at a price that stands until it is changed.
struct Watched {
    Scene scene{};
    RecoveryWatch watch{};
    const char* mark{"3000"};
    std::optional<bool> uncertain{};
    int worsening{0};

    RecoveryWatch::Outcome at_second(std::int64_t second) {
        const Rules rules = make_rules(scene.settings);
        const Decimal price = Decimal::parse(mark).value();
        return watch.evaluate({.group = *scene.group, .protection = rules.protection, .mark = price, .entry_price = price, .taker_fee = rules.fees.taker,
                               .used = margin_used(rules.market, *scene.group, rules.fees.taker), .limit = group_limit(rules.protection, 100'000),
                               .worsening_in_row = worsening, .market_uncertain = uncertain, .now = at(kNow + second * 1000)});
    }
    /// Held for 60 s from `from` on: what makes it enter.
    std::string enters(std::int64_t from) {
        if (at_second(from).step != RecoveryStep::stay || at_second(from + 59).step != RecoveryStep::stay) return "too early";
        const auto outcome = at_second(from + 60);
        return outcome.step == RecoveryStep::enter ? std::string{to_string(*outcome.trigger)} : "stays";
    }
};

Watched watched(std::initializer_list<const char*> fills, const char* mark) {
    Watched out;
    out.scene.holding(fills);
    out.mark = mark;
    return out;
}

}  // namespace

TEST_CASE("(c) goes by the settings and the equity of now; equity that has grown since the group began raises nothing") {
    Scene scene;
    scene.holding({"3000"});
    scene.group->equity_at_start = 10'000;
    scene.settings.margin.group_limit.reset();
    scene.settings.margin.group_limit_pct = 4;
    const auto full = [&](const char* equity) {
        const Rules rules = make_rules(scene.settings);
        const Quote quote{.bid = 2990, .ask = "2990.1"_d, .mark = 2990, .confirmed_at = at(kNow)};
        const auto figures = look(recovery_input(*scene.group, rules, quote, rules.fees.taker, Decimal::parse(equity).value(), 0, std::nullopt, at(kNow)));
        return (unsigned{figures.held} >> static_cast<unsigned>(Trigger::margin_used) & 1U) != 0;
    };
    // 300.3 are used: 75 % of 400.4.
    CHECK(full("10000"));
    CHECK(full("20000"));
    scene.group->equity_at_start = 20'000;
    CHECK(full("10010"));
    CHECK_FALSE(full("10010.1"));
    CHECK_FALSE(full("20000"));
    // Nothing is left of the account, and of the limit.
    CHECK(full("0"));
    CHECK(full("-5"));
    scene.settings.margin.group_limit_pct = 2;
    CHECK(full("20000"));
    scene.settings.margin.group_limit_pct = 4;
    scene.settings.margin.group_limit = 350;
    CHECK(full("20000"));
}

TEST_CASE("4.2: each trigger, at its threshold and just before it") {
    struct Row { const char* why; std::initializer_list<const char*> fills; const char* mark; void (*change)(Watched&); const char* expected; };
    const auto cautious = [](Watched& w) { w.scene.settings.recovery.cautious = true; };
    const Row rows[] = {
        {"(a) exactly 8 %", {"3000"}, "2760", nullptr, "adverse_move"},
        {"(a) just under", {"3000"}, "2760.01", nullptr, "stays"},
        {"(a) cautious 5 %", {"3000"}, "2850", cautious, "adverse_move"},
        {"(a) high's 12 % stays wide", {"3000"}, "2760", [](Watched& w) { w.scene.settings.risk_level = RiskLevel::high, w.scene.settings.add_on.zone_step_pct = 5; }, "stays"},
        {"(a) past the ladder, whatever the percentage", {"3000"}, "2400", [](Watched& w) { w.scene.settings.recovery.adverse_move_pct = 50; }, "adverse_move"},
        {"equal quantity at -15 %: 8.1 %", {"3000", "2850", "2700", "2550"}, "2550", nullptr, "adverse_move"},
        {"(b) the ladder used, under break-even", {"3000", "2850", "2700", "2550"}, "2700", nullptr, "add_ons_used"},
        {"(b) above break-even", {"3000", "2850", "2700", "2550"}, "2790", nullptr, "stays"},
        {"(b) two of three", {"3000", "2850", "2700"}, "2700", nullptr, "stays"},
        {"(b) cautious: two of three; (a) at 5.3 % comes first", {"3000", "2850", "2700"}, "2700", cautious, "adverse_move"},
        {"(b) cautious: two of three, 5 % not reached", {"3000", "2850", "2700"}, "2720", cautious, "add_ons_used"},
        {"(b) a jump into zone 3 counts as three", {"3000", "2850"}, "2850", [](Watched& w) { w.scene.group->deepest_zone = 3; }, "add_ons_used"},
        {"(c) 75 % of the limit", {"3000"}, "2990", [](Watched& w) { w.scene.settings.margin.group_limit = "400.4"_d; }, "margin_used"},
        {"(c) just under", {"3000"}, "2990", [](Watched& w) { w.scene.settings.margin.group_limit = "400.5"_d; }, "stays"},
        {"(c) above break-even", {"3000"}, "3010", [](Watched& w) { w.scene.settings.margin.group_limit = "400.4"_d; }, "stays"},
        {"(d) three in a row with (a) at half", {"3000"}, "2880", [](Watched& w) { w.worsening = 3; }, "worsening"},
        {"(d) without (a) at half", {"3000"}, "2880.01", [](Watched& w) { w.worsening = 3; }, "stays"},
        {"(d) two are not enough", {"3000"}, "2880", [](Watched& w) { w.worsening = 2; }, "stays"},
        {"(e) uncertain with (a) at half", {"3000"}, "2880", [](Watched& w) { w.uncertain = true; }, "uncertain"},
        {"(e) uncertain alone", {"3000"}, "2900", [](Watched& w) { w.uncertain = true; }, "stays"},
        {"off", {"3000"}, "2700", [](Watched& w) { w.scene.settings.recovery.enabled = false; }, "stays"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Watched group = watched(row.fills, row.mark);
        if (row.change != nullptr) row.change(group);
        group.scene.group->shape = make_rules(group.scene.settings).shape;
        CHECK(group.enters(0) == row.expected);
    }
}

TEST_CASE("a group whose own zones are used up is used up, though the settings allow more add-ons by now") {
    Watched group = watched({"3000", "2850", "2700", "2550"}, "2700");
    REQUIRE(group.scene.group->shape.add_ons == 3);
    group.scene.settings.add_on.max = 5;
    CHECK(group.enters(0) == "add_ons_used");
    group.scene.group->state = GroupState::recovery;
    group.scene.settings.recovery.auto_release = true;
    group.mark = "2990";
    CHECK(group.at_second(100).step == RecoveryStep::stay);
    CHECK(group.at_second(3700).step == RecoveryStep::stay);
}

TEST_CASE("a trigger must hold at every evaluation; the user's switch acts at once") {
    Watched group = watched({"3000"}, "2760");
    CHECK(group.at_second(0).step == RecoveryStep::stay);
    group.mark = "2770";
    CHECK(group.at_second(30).step == RecoveryStep::stay);
    group.mark = "2760";
    CHECK(group.enters(40) == "adverse_move");
    Watched by_hand = watched({"3000"}, "3000");
    by_hand.scene.settings.recovery.enabled = false;
    by_hand.watch.put_in_recovery();
    const auto outcome = by_hand.at_second(0);
    CHECK(outcome.step == RecoveryStep::enter);
    CHECK(outcome.trigger == Trigger::user);
}

TEST_CASE("a clock that was ahead and is set back delays what must hold by no more than its own time") {
    Watched group = watched({"3000"}, "2760");
    CHECK(group.at_second(72 * 3'600).step == RecoveryStep::stay);
    CHECK(group.enters(0) == "adverse_move");
    Watched calm = watched({"3000"}, "3000");
    calm.scene.settings.recovery.auto_release = true;
    calm.scene.group->state = GroupState::recovery;
    CHECK(calm.at_second(72 * 3'600).step == RecoveryStep::stay);
    CHECK(calm.at_second(0).step == RecoveryStep::stay);
    CHECK(calm.at_second(1'799).step == RecoveryStep::stay);
    CHECK(calm.at_second(1'800).step == RecoveryStep::release);
}

TEST_CASE("AT-P5: the price returns and the group stays, unless auto-release is on and it was calm for 30 minutes") {
    Watched group = watched({"3000"}, "2760");
    REQUIRE(group.enters(0) == "adverse_move");
    group.scene.group->state = GroupState::recovery;
    group.mark = "2990";
    CHECK(group.at_second(100).step == RecoveryStep::stay);
    CHECK(group.at_second(10'000).step == RecoveryStep::stay);
    group.scene.settings.recovery.auto_release = true;
    CHECK(group.at_second(20'000).step == RecoveryStep::stay);
    CHECK(group.at_second(20'000 + 1799).step == RecoveryStep::stay);
    group.mark = "2880";  // half of the threshold again: the half hour starts anew
    CHECK(group.at_second(21'800).step == RecoveryStep::stay);
    group.mark = "2990";
    CHECK(group.at_second(22'000).step == RecoveryStep::stay);
    CHECK(group.at_second(22'000 + 1800).step == RecoveryStep::release);
}

TEST_CASE("a group with all its add-ons used is not released by itself") {
    Watched group = watched({"3000", "2850", "2700", "2550"}, "2990");
    group.scene.group->state = GroupState::recovery;
    group.scene.settings.recovery.auto_release = true;
    CHECK(group.at_second(0).step == RecoveryStep::stay);
    CHECK(group.at_second(3600).step == RecoveryStep::stay);
}

TEST_CASE("what held at a release is silent until it was false once, or it got two points worse") {
    Watched group = watched({"3000"}, "2760");
    REQUIRE(group.enters(0) == "adverse_move");
    group.watch.released(group.at_second(61).figures);
    CHECK(group.enters(100) == "stays");
    group.mark = "2700.1";  // 9.997 %
    CHECK(group.enters(300) == "stays");
    group.mark = "2700";  // two points
    CHECK(group.enters(500) == "adverse_move");
    group.watch.released(group.at_second(600).figures);
    group.mark = "2800";
    CHECK(group.at_second(700).step == RecoveryStep::stay);
    group.mark = "2760";
    CHECK(group.enters(800) == "adverse_move");
}

TEST_CASE("a row of worsening signals ends with another decision, and after a day") {
    WorseningCount count;
    for (int i = 0; i < 3; ++i) count.note(true, at(kNow + i));
    CHECK(count.in_row(at(kNow + 10)) == 3);
    CHECK(count.in_row(at(kNow + 86'400'001)) == 2);
    CHECK(count.in_row(at(kNow + 90'000'000)) == 0);
    count.note(false, at(kNow + 20));
    CHECK(count.in_row(at(kNow + 20)) == 0);
}

TEST_CASE("AT-P4 and exits: the recovery target is lower, and what rests follows the state") {
    Scene scene;
    scene.holding({"3000", "2850", "2700"});
    const FeeRates fees{"0.001"_d, "0.001"_d};
    const auto active = resting_exit(*scene.group, fees, scene.instrument);
    REQUIRE(active.has_value());
    // (855.855 + 8.55) / 0.2997 = 2,884.234...
    CHECK(*active == RestingExit{market::Side::sell, "2884.24"_d, "0.3"_d});
    scene.group->state = GroupState::recovery;
    const auto recovering = resting_exit(*scene.group, fees, scene.instrument);
    CHECK(recovering->price == "2864.27"_d);
    // Nothing an exchange would take: no order.
    InstrumentFacts coarse = scene.instrument;
    coarse.min_notional = 1000;
    CHECK_FALSE(resting_exit(*scene.group, fees, coarse).has_value());
    CHECK(is_below_minimum(*scene.group, coarse, 2884));
    Scene mirrored;
    mirrored.futures().signal.direction = Direction::short_side;
    mirrored.holding({"3000", "3150", "3300"});
    CHECK(resting_exit(*mirrored.group, {"0.0006"_d, "0.0006"_d}, mirrored.instrument)->price == "3114.74"_d);  // 3,114.741... down
}

TEST_CASE("hard stop from the average, and the liquidation guard") {
    Scene scene;
    scene.holding({"3000", "2850"});
    Protection protection = make_rules(scene.settings).protection;
    CHECK_FALSE(hard_stop_price(*scene.group, protection, "0.01"_d).has_value());
    CHECK_FALSE(forced_close(*scene.group, protection, 1, scene.instrument).has_value());
    protection.hard_stop = "0.1"_d;
    CHECK(hard_stop_price(*scene.group, protection, "0.01"_d) == "2632.5"_d);
    CHECK_FALSE(forced_close(*scene.group, protection, "2632.51"_d, scene.instrument).has_value());
    CHECK(forced_close(*scene.group, protection, "2632.5"_d, scene.instrument) == Code::hard_stop);
    protection.hard_stop.reset();
    scene.group->exchange_liquidation = 2425;
    CHECK_FALSE(forced_close(*scene.group, protection, "2500.01"_d, scene.instrument).has_value());
    CHECK(forced_close(*scene.group, protection, 2500, scene.instrument) == Code::liquidation_guard);  // exactly 3 %
    const Quote quote{.bid = 1, .ask = 3, .mark = 2};
    CHECK(trigger_price(market::Market::futures, quote, Direction::long_side) == 2);
    CHECK(trigger_price(market::Market::spot, quote, Direction::long_side) == 1);
    CHECK(trigger_price(market::Market::spot, quote, Direction::short_side) == 3);
}
