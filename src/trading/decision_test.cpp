#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>
#include <functional>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;
using exchange::Ternary;

TEST_CASE("AT-D4, AT-D5: 97,000 after 100,000, 95,000, 90,000 and after 100,000, 95,000") {
    for (const bool equal_amount : {true, false}) {
        Scene scene;
        scene.settings = settings_of(R"({"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low",
            "margin":{"group_limit":"50000","connection_limit_pct":"100","group_limit_pct":"100"},"entry":{"base_order":"1000"},"exit":{"take_profit_pct":"5"}})");
        scene.instrument.quantity_step = "0.00000001"_d;
        scene.price("97000");
        scene.holding({"100000"});
        const auto fills = [&](std::initializer_list<const char*> prices) {
            scene.group->books = equal_amount ? books_of_amount(Direction::long_side, prices, 1000, "0.001") : books_of(Direction::long_side, prices, "0.01", "0.001");
            scene.group->add_ons = scene.group->deepest_zone = static_cast<int>(prices.size()) - 1;
        };
        fills({"100000", "95000", "90000"});
        const auto blocked = scene.decide();
        CHECK(summary(blocked) == "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
        CHECK(fixed(blocked.before->average) == (equal_amount ? "94824.40" : "95000.00"));
        fills({"100000", "95000"});
        CHECK(summary(scene.decide()) == "BLOCKED ADDON_OUT_OF_ZONE");
    }
}

TEST_CASE("AT-R1 to AT-R4: the Recovery example") {
    Scene scene;
    const auto opened = scene.price("3000").decide();
    CHECK(summary(opened) == "OPENED");
    CHECK(opened.order->side == market::Side::buy);
    CHECK(opened.order->quantity == "0.1"_d);
    CHECK(opened.order->price == "3006"_d);  // 0.20 % slippage
    CHECK(fixed(opened.after->break_even) == "3006.01");
    CHECK(opened.after->exit_price.value() == "3036.04"_d);
    CHECK_FALSE(opened.before.has_value());

    const auto first = scene.holding({"3000"}).price("2850").decide();
    CHECK(summary(first) == "ADDED");
    CHECK(first.used_zone == 1);
    CHECK(first.order->quantity == "0.1052"_d);  // 300 at 2,850, down to the lot
    scene.settings.entry.base_order = 285;       // so that 0.1 is bought
    const auto exact = scene.holding({"3000"}).decide();
    CHECK(fixed(exact.after->average) == "2925.00");
    CHECK(fixed(exact.after->take_profit) == "2960.14");
    CHECK(exact.after->exit_price.value() == "2960.14"_d);

    const auto second = scene.holding({"3000", "2850"}).price("2700").decide();
    CHECK(summary(second) == "ADDED");
    CHECK(second.used_zone == 2);

    scene.holding({"3000", "2850", "2700"}).price("2900");
    const auto blocked = scene.decide();
    CHECK(summary(blocked) == "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
    CHECK(blocked.before->average.value() == 2850);
    CHECK_FALSE(blocked.order.has_value());
    CHECK_FALSE(blocked.after.has_value());
    scene.group->state = GroupState::recovery;
    const auto recovering = scene.decide();
    CHECK(recovering.primary == Code::group_in_recovery);
    CHECK(summary(recovering) == "BLOCKED GROUP_IN_RECOVERY+RECOVERY_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE+ADDON_COOLDOWN");
    // After 3,000 alone, 2,900 is better but in no zone; after 2,850 too.
    CHECK(summary(scene.holding({"3000"}).decide()) == "BLOCKED ADDON_OUT_OF_ZONE");
    CHECK(summary(scene.holding({"3000", "2850"}).decide()) == "BLOCKED ADDON_OUT_OF_ZONE");
}

TEST_CASE("AT-S: a BTC-like signal, check by check") {
    struct Row { const char* why; std::function<void(Scene&)> change; const char* expected; };
    const Row rows[] = {
        {"S1 status error", [](Scene& s) { s.connection.status = ConnectionStatus::error; }, "BLOCKED CONNECTION_NOT_READY"},
        {"S1 draft", [](Scene& s) { s.connection.status = ConnectionStatus::draft; }, "BLOCKED CONNECTION_NOT_READY"},
        {"S1 disabled", [](Scene& s) { s.connection.status = ConnectionStatus::disabled; }, "BLOCKED CONNECTION_NOT_READY"},
        {"S2", [](Scene& s) { s.settings.allow_long = false, s.settings.allow_short = true; }, "BLOCKED DIRECTION_NOT_ALLOWED"},
        {"S3", [](Scene& s) { s.account.used = 19'800; }, "BLOCKED MARGIN_TOTAL_EXCEEDED+CAPITAL_RESERVED"},
        {"S4", [](Scene&) {}, "OPENED"},
        {"S5", [](Scene& s) { s.holding({"3000"}).price("2850"); }, "ADDED"},
        {"S6", [](Scene& s) { s.holding({"3000"}).price("2950"); }, "BLOCKED ADDON_OUT_OF_ZONE"},
        {"S7", [](Scene& s) { s.holding({"3000"}).price("2850").group->add_ons = 3; }, "BLOCKED ADDON_LIMIT_REACHED"},
        {"S8 too near to the deepest fill", [](Scene& s) { s.holding({"3000"}, GroupState::recovery).price("2850"); }, "BLOCKED GROUP_IN_RECOVERY+RECOVERY_OUT_OF_ZONE+ADDON_COOLDOWN"},
        {"S10", [](Scene& s) { s.connection.answers = false; }, "WAITING EXCHANGE_UNAVAILABLE"},
        {"S10 degraded", [](Scene& s) { s.connection.status = ConnectionStatus::degraded; }, "WAITING EXCHANGE_UNAVAILABLE"},
        {"S11", [](Scene& s) { s.seen_before = true; }, "BLOCKED SIGNAL_DUPLICATE"},
        {"S12", [](Scene& s) { s.settings.allow_long = false, s.settings.allow_short = true, s.enabled = false, s.account.brake = true; }, "BLOCKED STRATEGY_DISABLED+DIRECTION_NOT_ALLOWED+BRAKE_ACTIVE"},
        {"S13", [](Scene& s) { s.signal.time = at(kNow - 300'001); }, "BLOCKED SIGNAL_EXPIRED"},
        {"S13 exactly as old as allowed", [](Scene& s) { s.signal.time = at(kNow - 300'000); }, "OPENED"},
        {"S13 its own lag is shorter", [](Scene& s) { s.signal.max_lag = seconds{1}, s.signal.time = at(kNow - 1001); }, "BLOCKED SIGNAL_EXPIRED"},
        {"S13 its own lag is longer: does not count", [](Scene& s) { s.signal.max_lag = seconds{900}, s.signal.time = at(kNow - 300'001); }, "BLOCKED SIGNAL_EXPIRED"},
        {"30 s in the future", [](Scene& s) { s.signal.time = at(kNow + 30'000); }, "OPENED"},
        {"further in the future", [](Scene& s) { s.signal.time = at(kNow + 30'001); }, "BLOCKED SIGNAL_EXPIRED"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Scene scene;
        row.change(scene);
        CHECK(summary(scene.decide()) == row.expected);
    }
}

TEST_CASE("S3 tells used, needed and limit") {
    Scene scene;
    scene.account.used = 19'800;
    const auto decision = scene.decide();
    const auto* verdict = decision.find(Code::margin_total_exceeded);
    REQUIRE(verdict != nullptr);
    CHECK(verdict->limit.number.value() == 20'000);                // 20 % of 100,000
    CHECK(decision.order_margin.value() == "300.9006"_d);          // 0.1 at 3,006 with 0.1 %
    CHECK(verdict->actual.number.value() == "20100.9006"_d);
}

TEST_CASE("what the signer would refuse is told with how much it is and how much may be, in both languages") {
    Scene scene;
    scene.use = UseBounds{.value = 100};
    auto decision = scene.decide();
    const auto* verdict = decision.find(Code::policy_denied);
    REQUIRE(verdict != nullptr);
    CHECK(verdict->actual.number.value() == "300.6"_d);  // 0.1 at the limit price of 3,006
    CHECK(verdict->limit.number.value() == 100);
    CHECK(sentence(decision, scene.signal, Language::en) == "Blocked: the order's value of 300.6 is more than the connection's limit of 100.");
    CHECK(sentence(decision, scene.signal, Language::nl) == "Geblokkeerd: de waarde van de order van 300,6 is meer dan de limiet van de verbinding van 100.");
    scene.use = UseBounds{.closed = UseRule::symbol};
    CHECK(sentence(scene.decide(), scene.signal, Language::en) == "Blocked: ETH/USDT is not among the pairs of the connection's limits.");
    scene.futures().use = UseBounds{.value = 1000, .leverage = 3};
    CHECK(sentence(scene.decide(), scene.signal, Language::en) == "Blocked: the leverage of 5 is more than the connection's limit of 3.");
    // Not known is neither yes nor no, and stops nothing.
    scene.use = UseBounds{.known = false};
    decision = scene.decide();
    CHECK(summary(decision) == "OPENED");
    CHECK(decision.find(Code::policy_denied)->result == CheckResult::unknown);
}

TEST_CASE("stage 1 and 2: every reason") {
    struct Row { std::function<void(Scene&)> change; const char* expected; };
    const Row rows[] = {
        {[](Scene& s) { s.token_known = false; }, "BLOCKED SIGNAL_UNAUTHENTIC"},
        {[](Scene& s) { s.malformed = FieldError{"time", Fault::missing, {}}; }, "BLOCKED SIGNAL_MALFORMED"},
        {[](Scene& s) { s.signal.strategy = "other"; }, "BLOCKED STRATEGY_UNKNOWN"},
        {[](Scene& s) { s.signal.pair = "BTC/USDT"; }, "BLOCKED PAIR_NOT_ENABLED"},
        {[](Scene& s) { s.seen_before = true, s.signal.pair = "BTC/USDT", s.enabled = false; }, "BLOCKED SIGNAL_DUPLICATE+PAIR_NOT_ENABLED"},
        {[](Scene& s) { s.signal.kind = SignalKind::add; }, "BLOCKED NO_OPEN_GROUP"},
        {[](Scene& s) { s.signal.kind = SignalKind::exit; }, "BLOCKED NO_OPEN_GROUP"},
        {[](Scene& s) { s.enabled = false; }, "BLOCKED STRATEGY_DISABLED"},
        {[](Scene& s) { s.mode = Mode::no_new_groups; }, "BLOCKED MODE_NO_ENTRIES"},
        {[](Scene& s) { s.mode = Mode::no_new_groups, s.holding({"3000"}).price("2850"); }, "ADDED"},
        {[](Scene& s) { s.mode = Mode::exit_only, s.holding({"3000"}).price("2850"); }, "BLOCKED MODE_NO_ENTRIES"},
        {[](Scene& s) { s.mode = Mode::close_now; }, "BLOCKED MODE_NO_ENTRIES"},
        // Nothing else is said while nothing is traded; what no rule would ever take is refused as ever.
        {[](Scene& s) { s.held = true; }, "WAITING TRADING_HELD"},
        {[](Scene& s) { s.held = true, s.enabled = false, s.connection.frozen = true; }, "WAITING TRADING_HELD"},
        {[](Scene& s) { s.held = true, s.holding({"3000"}).price("2850"); }, "WAITING TRADING_HELD"},
        {[](Scene& s) { s.held = true, s.holding({"3000"}).signal.kind = SignalKind::exit; }, "WAITING TRADING_HELD"},
        {[](Scene& s) { s.held = true, s.seen_before = true; }, "BLOCKED SIGNAL_DUPLICATE"},
        {[](Scene& s) { s.connection.frozen = true; }, "BLOCKED CONNECTION_FROZEN"},
        {[](Scene& s) { s.disk_low = true; }, "BLOCKED DISK_LOW"},
        {[](Scene& s) { s.disk_low = true, s.holding({"3000"}).price("2850"); }, "BLOCKED DISK_LOW"},
        {[](Scene& s) { s.connection.tested_at = at(kNow - 86'400'001); }, "WAITING CONNECTION_PROOF_STALE"},
        {[](Scene& s) { s.connection.tested_at = at(kNow - 86'400'000); }, "OPENED"},
        {[](Scene& s) { s.connection.tested_at.reset(); }, "WAITING CONNECTION_PROOF_STALE"},
        {[](Scene& s) { s.connection.spot_trade = Ternary::unknown; }, "WAITING CONNECTION_PROOF_STALE"},
        {[](Scene& s) { s.connection.spot_trade = Ternary::no; }, "BLOCKED NO_TRADE_PERMISSION"},
        {[](Scene& s) { s.connection.read = Ternary::no; }, "BLOCKED NO_TRADE_PERMISSION"},
        {[](Scene& s) { s.connection.futures_trade = Ternary::no; }, "OPENED"},
        {[](Scene& s) { s.futures().connection.futures_trade = Ternary::no; }, "BLOCKED FUTURES_NOT_PERMITTED"},
        {[](Scene& s) { s.futures().connection.spot_trade = Ternary::no; }, "OPENED"},
        {[](Scene& s) { s.connection.withdraw = Ternary::yes; }, "BLOCKED WITHDRAW_ENABLED"},
        {[](Scene& s) { s.connection.withdraw = Ternary::yes, s.connection.withdraw_confirmed = true; }, "BLOCKED WITHDRAW_ENABLED"},
        {[](Scene& s) { s.connection.withdraw = Ternary::unknown; }, "BLOCKED WITHDRAW_UNCONFIRMED"},
        {[](Scene& s) { s.connection.withdraw = Ternary::unknown, s.connection.withdraw_confirmed = true; }, "OPENED"},
        {[](Scene& s) { s.connection.transfer = Ternary::yes; }, "BLOCKED TRANSFER_ENABLED"},
        {[](Scene& s) { s.connection.transfer = Ternary::yes, s.connection.transfer_waived = true; }, "OPENED"},
        {[](Scene& s) { s.connection.egress_as_proven = false; }, "BLOCKED EGRESS_CHANGED"},
        {[](Scene& s) { s.connection.key_lives_long_enough = false; }, "BLOCKED KEY_EXPIRES_SOON"},
        {[](Scene& s) { s.settings.add_on.max = 11; }, "BLOCKED SETTINGS_INVALID"},
        {[](Scene& s) { s.settings.add_on.max = 11, s.quote.confirmed_at = at(kNow - 6000); }, "BLOCKED SETTINGS_INVALID+PRICE_STALE"},
        {[](Scene& s) { s.connection.withdraw = Ternary::yes, s.connection.tested_at.reset(); }, "BLOCKED WITHDRAW_ENABLED+CONNECTION_PROOF_STALE"},
    };
    int index = 0;
    for (const Row& row : rows) {
        CAPTURE(index++);
        Scene scene;
        row.change(scene);
        CHECK(summary(scene.decide()) == row.expected);
    }
}

TEST_CASE("stage 3: every reason") {
    struct Row { std::function<void(Scene&)> change; const char* expected; };
    const auto opposite = [](Scene& s, const char* price) {
        Scene other = s;
        other.signal.direction = Direction::short_side;
        other.holding({price});
        s.opposite = other.group;
    };
    const Row rows[] = {
        {[](Scene& s) { s.instrument.tradable = false; }, "WAITING INSTRUMENT_HALTED"},
        {[](Scene& s) { s.instrument.quantity_step = 0; }, "WAITING INSTRUMENT_HALTED"},
        {[](Scene& s) { s.quote.confirmed_at = at(kNow - 5001); }, "WAITING PRICE_STALE"},
        {[](Scene& s) { s.quote.confirmed_at = at(kNow - 5000); }, "OPENED"},
        {[](Scene& s) { s.quote.bid = 0; }, "WAITING PRICE_STALE"},
        {[](Scene& s) { s.quote.bid = 3001; }, "WAITING PRICE_STALE"},
        {[](Scene& s) { s.quote.bid = 2985; }, "OPENED"},  // exactly 0.50 %
        {[](Scene& s) { s.quote.bid = "2984.99"_d; }, "WAITING SPREAD_TOO_WIDE"},
        {[](Scene& s) { s.quote.bid = 3000; }, "OPENED"},
        {[](Scene& s) { s.quote.expected_slippage = "0.0021"_d; }, "WAITING SPREAD_TOO_WIDE"},
        {[](Scene& s) { s.quote.expected_slippage = "0.002"_d; }, "OPENED"},
        {[](Scene& s) { s.holding({"3000"}).price("2850").group->of_other_strategy = true; }, "BLOCKED GROUP_OF_OTHER_STRATEGY"},
        {[&](Scene& s) { opposite(s.futures(), "3100"); }, "BLOCKED OPPOSITE_GROUP_OPEN"},
        {[&](Scene& s) { opposite(s.futures(), "3100"), s.settings.on_opposite = OnOpposite::close_if_profit; }, "CLOSED"},
        {[&](Scene& s) { opposite(s.futures(), "3000"), s.settings.on_opposite = OnOpposite::close_if_profit; }, "BLOCKED OPPOSITE_GROUP_OPEN"},
        {[&](Scene& s) { opposite(s.futures(), "3100"), s.settings.on_opposite = OnOpposite::close_if_profit, s.opposite->order_in_flight = true; }, "WAITING ORDER_IN_FLIGHT"},
        {[&](Scene& s) { opposite(s.futures(), "3100"), s.settings.on_opposite = OnOpposite::hedge; }, "BLOCKED SETTINGS_INVALID+OPPOSITE_GROUP_OPEN"},
        {[](Scene& s) { s.holding({"3000"}).price("2850").group->order_in_flight = true; }, "WAITING ORDER_IN_FLIGHT"},
        {[](Scene& s) { s.holding({"3000"}, GroupState::closing).price("2850"); }, "WAITING ORDER_IN_FLIGHT"},
        {[](Scene& s) { s.holding({"3000"}, GroupState::opening).group->books = Books{Direction::long_side, "0.0001"_d}; }, "WAITING ORDER_IN_FLIGHT"},
        {[](Scene& s) { s.holding({"3000"}).group->books = Books{Direction::long_side, "0.0001"_d}; }, "WAITING ORDER_IN_FLIGHT"},
        {[](Scene& s) { s.holding({"3000"}, GroupState::desync).price("2850"); }, "WAITING GROUP_DESYNC"},
        {[](Scene& s) { s.holding({"3000"}, GroupState::desync).price("2950"); }, "BLOCKED ADDON_OUT_OF_ZONE+GROUP_DESYNC"},
        {[](Scene& s) { s.holding({"3000"}, GroupState::closed); }, "OPENED"},
        {[](Scene& s) { s.settings.add_on.trigger = AddOnTrigger::off, s.holding({"3000"}).price("2850"); }, "BLOCKED ADDON_OFF"},
        {[](Scene& s) { s.holding({"3000", "2850"}).price("2850"); }, "BLOCKED ADDON_ZONE_USED"},
        {[](Scene& s) { s.holding({"3000"}).price("2400"); }, "BLOCKED ADDON_OUT_OF_ZONE"},
        {[](Scene& s) { s.settings.add_on.on_entry_signal = false, s.holding({"3000"}).price("2850"); }, "BLOCKED GROUP_ALREADY_OPEN"},
        {[](Scene& s) { s.settings.add_on.on_entry_signal = false, s.signal.kind = SignalKind::add, s.holding({"3000"}).price("2850"); }, "ADDED"},
        {[](Scene& s) { s.holding({"3000"}).price("2550"); }, "ADDED"},  // straight into zone 3
    };
    int index = 0;
    for (const Row& row : rows) {
        CAPTURE(index++);
        Scene scene;
        row.change(scene);
        CHECK(summary(scene.decide()) == row.expected);
    }
}

TEST_CASE("stage 4: every reason, and equality with a limit is allowed") {
    struct Row { std::function<void(Scene&)> change; const char* expected; };
    const Row rows[] = {
        {[](Scene& s) { s.settings.allow_short = true, s.signal.direction = Direction::short_side; }, "BLOCKED SHORT_NOT_SUPPORTED"},
        {[](Scene& s) { s.account.brake = true; }, "BLOCKED BRAKE_ACTIVE"},
        {[](Scene& s) { s.holding({"3000"}).price("2850"), s.settings.add_on.cooldown_s = 9001; }, "WAITING ADDON_COOLDOWN"},
        {[](Scene& s) { s.holding({"3000"}).price("2850"), s.settings.add_on.cooldown_s = 9000; }, "ADDED"},
        {[](Scene& s) { s.settings.add_on.min_improvement_pct = 3, s.holding({"3000"}).price("2850"); }, "BLOCKED ADDON_IMPROVEMENT_TOO_SMALL"},
        {[](Scene& s) { s.account.open_groups = 3; }, "BLOCKED TOO_MANY_GROUPS"},
        {[](Scene& s) { s.account.open_groups = 2; }, "OPENED"},
        {[](Scene& s) { s.settings.entry.pair_cooldown_s = 60, s.last_group_closed_at = at(kNow - 59'999); }, "WAITING PAIR_COOLDOWN"},
        {[](Scene& s) { s.settings.entry.pair_cooldown_s = 60, s.last_group_closed_at = at(kNow - 60'000); }, "OPENED"},
        {[](Scene& s) { s.instrument.min_quantity = "0.1001"_d; }, "BLOCKED ORDER_BELOW_MINIMUM"},
        {[](Scene& s) { s.instrument.min_quantity = "0.1"_d; }, "OPENED"},
        {[](Scene& s) { s.instrument.min_notional = 301; }, "BLOCKED ORDER_BELOW_MINIMUM"},
        {[](Scene& s) { s.instrument.min_notional = "239.77"_d; }, "BLOCKED ORDER_BELOW_MINIMUM"},  // 0.0999 sold at the far edge, 2,400, is 239.76
        {[](Scene& s) { s.instrument.min_notional = "239.76"_d; }, "OPENED"},
        {[](Scene& s) { s.settings.exit.hard_stop_pct = 10, s.instrument.min_notional = "269.73"_d; }, "OPENED"},
        {[](Scene& s) { s.settings.entry.base_order = "0.1"_d; }, "BLOCKED ORDER_BELOW_MINIMUM"},
        {[](Scene& s) { s.instrument.max_quantity = "0.0999"_d; }, "BLOCKED ORDER_ABOVE_MAXIMUM"},
        {[](Scene& s) { s.instrument.max_notional = 299; }, "BLOCKED ORDER_ABOVE_MAXIMUM"},
        {[](Scene& s) { s.settings.margin.recovery_reserve_pct = 0, s.settings.margin.group_limit = "300.9006"_d; }, "OPENED"},
        {[](Scene& s) { s.settings.margin.recovery_reserve_pct = 0, s.settings.margin.group_limit = "300.9005"_d; }, "BLOCKED MARGIN_GROUP_EXCEEDED"},
        {[](Scene& s) { s.settings.margin.group_limit = 376; }, "BLOCKED MARGIN_GROUP_EXCEEDED"},  // 80 % of it
        {[](Scene& s) { s.settings.margin.strategy_limit = 1000, s.account.strategy_used = "699.0994"_d; }, "OPENED"},
        {[](Scene& s) { s.settings.margin.strategy_limit = 1000, s.account.strategy_used = "699.0995"_d; }, "BLOCKED MARGIN_STRATEGY_EXCEEDED"},
        {[](Scene& s) { s.holding({"3000"}).price("2850"), s.account.used = 20'000; }, "BLOCKED MARGIN_TOTAL_EXCEEDED"},
        // Ladder 4 x 300.3 and reserve 1,000: 2,201.2.
        {[](Scene& s) { s.account.reserved = "17798.8"_d; }, "OPENED"},
        {[](Scene& s) { s.account.reserved = "17798.9"_d; }, "BLOCKED CAPITAL_RESERVED"},
        {[](Scene& s) { s.account.free = 5000, s.account.reserved = 4800; }, "BLOCKED CAPITAL_RESERVED"},
        {[](Scene& s) { s.account.free = 302; }, "BLOCKED BALANCE_INSUFFICIENT"},
        {[](Scene& s) { s.account.free = "302.405103"_d; }, "OPENED"},  // exactly 0.5 % more
        {[](Scene& s) { s.account.free = 200, s.settings.allow_shrink = true; }, "OPENED"},
        {[](Scene& s) { s.account.free = 3, s.settings.allow_shrink = true; }, "BLOCKED ORDER_BELOW_MINIMUM"},
        // 0.1 at the limit price of 3,006: what the signer will count it as.
        {[](Scene& s) { s.use = UseBounds{.value = "300.6"_d}; }, "OPENED"},
        {[](Scene& s) { s.use = UseBounds{.value = "300.5999"_d}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.use = UseBounds{.closed = UseRule::symbol, .value = 1000}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.use = UseBounds{.known = false, .closed = UseRule::symbol}; }, "OPENED"},
        // The limit price of 3,006 is 0.2017 % above the middle of bid and ask.
        {[](Scene& s) { s.use = UseBounds{.value = 1000, .price_band = "0.00202"_d}; }, "OPENED"},
        {[](Scene& s) { s.use = UseBounds{.value = 1000, .price_band = "0.00201"_d}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.holding({"3000"}).price("2850"), s.use = UseBounds{.value = 200}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.futures().use = UseBounds{.value = 1000, .leverage = 5}; }, "OPENED"},
        {[](Scene& s) { s.futures().use = UseBounds{.value = 1000, .leverage = 4}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.futures().signal.direction = Direction::short_side, s.use = UseBounds{.value = 1000, .leverage = 5, .price_band = "0.0019"_d}; }, "BLOCKED POLICY_DENIED"},
        {[](Scene& s) { s.futures().leverage = LeverageFacts{.leverage = 3}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().leverage = LeverageFacts{.leverage = 5}; }, "OPENED"},
        {[](Scene& s) { s.futures().leverage = LeverageFacts{.leverage = 5, .margin_mode = market::MarginMode::cross}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().leverage = LeverageFacts{.leverage = 5, .position_mode = market::PositionMode::hedge}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { static const Said kNo{"no", "nee"}; s.futures().leverage = LeverageFacts{.leverage = 0, .refused = &kNo}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().instrument.max_leverage = 4; }, "BLOCKED LEVERAGE_MISMATCH"},
        // What the symbol takes is not what a position of this size takes.
        {[](Scene& s) { s.futures().instrument.risk_tiers = {{1'000'000, "0.005"_d, Decimal{4}}}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().instrument.risk_tiers = {{1'000'000, "0.005"_d, Decimal{5}}}; }, "OPENED"},
        {[](Scene& s) { s.futures().instrument.risk_tiers = {{299, "0.005"_d, Decimal{50}}, {1'000'000, "0.01"_d, Decimal{4}}}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().instrument.risk_tiers = {{"0.0999"_d, "0.005"_d, Decimal{50}, true}, {100, "0.01"_d, Decimal{4}, true}}; }, "BLOCKED LEVERAGE_MISMATCH"},
        {[](Scene& s) { s.futures().instrument.risk_tiers = {{"0.05"_d, "0.005"_d, Decimal{50}, true}}; }, "BLOCKED ORDER_ABOVE_MAXIMUM"},
        {[](Scene& s) { s.futures("10"); }, "BLOCKED LIQUIDATION_TOO_CLOSE"},
        {[](Scene& s) { s.futures("5").instrument.risk_tiers.clear(); }, "OPENED"},
        {[](Scene& s) { s.futures("5").instrument.risk_tiers.clear(), s.tiers_required = true; }, "WAITING LIQUIDATION_TOO_CLOSE"},
        {[](Scene& s) { s.futures("5").instrument.risk_tiers = {{299, "0.005"_d}}; }, "BLOCKED ORDER_ABOVE_MAXIMUM"},
        {[](Scene& s) { s.futures("5").signal.direction = Direction::short_side; }, "OPENED"},
    };
    int index = 0;
    for (const Row& row : rows) {
        CAPTURE(index++);
        Scene scene;
        row.change(scene);
        const auto decision = scene.decide();
        CHECK(summary(decision) == row.expected);
        CHECK(decision.order.has_value() == !decision.primary.has_value());
    }
}

TEST_CASE("a shrunk order fits what is free with its margin, in whole lots") {
    Scene scene;
    scene.account.free = 200;
    scene.settings.allow_shrink = true;
    const auto decision = scene.decide();
    REQUIRE(decision.order.has_value());
    CHECK(decision.order->quantity == "0.0661"_d);  // 200 / 1.005 / 3,009.006
    CHECK(decision.order_margin * "1.005"_d <= 200);
}

TEST_CASE("the recovery gate") {
    struct Row { const char* why; std::function<void(Scene&)> change; const char* expected; };
    // Deepest fill 2,700: the gate opens from 7.5 % below it, 2,497.50.
    const Row rows[] = {
        {"all passes", [](Scene&) {}, "ADDED"},
        {"a tick too high", [](Scene& s) { s.price("2497.51"); }, "BLOCKED GROUP_IN_RECOVERY+RECOVERY_OUT_OF_ZONE"},
        {"off", [](Scene& s) { s.settings.recovery.add_on_mode = RecoveryAddOns::off; }, "BLOCKED GROUP_IN_RECOVERY+RECOVERY_ADDON_OFF"},
        {"manual, but a signal", [](Scene& s) { s.settings.recovery.add_on_mode = RecoveryAddOns::manual; }, "BLOCKED GROUP_IN_RECOVERY+RECOVERY_ADDON_OFF"},
        {"manual by hand", [](Scene& s) { s.settings.recovery.add_on_mode = RecoveryAddOns::manual, s.signal.source = SignalSource::manual; }, "ADDED"},
        {"budget used", [](Scene& s) { s.group->recovery_add_ons = 1; }, "BLOCKED GROUP_IN_RECOVERY+RECOVERY_ADDON_LIMIT"},
        {"too soon: waits", [](Scene& s) { s.settings.recovery.cooldown_s = 8000; }, "WAITING ADDON_COOLDOWN"},
        {"candle falls: waits", [](Scene& s) { s.last_candle = market::Candle{at(0), 2500, 2510, 2480, "2499.9"_d, {}}; }, "WAITING MARKET_FALLING"},
        {"candle stands", [](Scene& s) { s.last_candle = market::Candle{at(0), 2500, 2510, 2480, 2500, {}}; }, "ADDED"},
        {"improvement too small", [](Scene& s) { s.settings.recovery.min_improvement_pct = 10; }, "BLOCKED GROUP_IN_RECOVERY+ADDON_IMPROVEMENT_TOO_SMALL"},
        {"a check of stage 2 failed before it", [](Scene& s) { s.enabled = false, s.group->recovery_add_ons = 1; }, "BLOCKED STRATEGY_DISABLED+GROUP_IN_RECOVERY+RECOVERY_ADDON_LIMIT"},
        {"stage 2 alone", [](Scene& s) { s.enabled = false; }, "BLOCKED STRATEGY_DISABLED"},
        {"a stage 4 check of the gate", [](Scene& s) { s.account.brake = true; }, "BLOCKED GROUP_IN_RECOVERY+BRAKE_ACTIVE"},
        {"balance", [](Scene& s) { s.account.free = 10; }, "BLOCKED GROUP_IN_RECOVERY+BALANCE_INSUFFICIENT"},
        {"no room at all", [](Scene& s) { s.settings.margin.group_limit = 855; }, "BLOCKED GROUP_IN_RECOVERY+ORDER_BELOW_MINIMUM+MARGIN_GROUP_EXCEEDED"},
        {"used add-ons and zones don't count here", [](Scene& s) { s.group->add_ons = 3, s.group->deepest_zone = 3; }, "ADDED"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Scene scene;
        scene.settings.recovery.cooldown_s = 3600;
        scene.holding({"3000", "2850", "2700"}, GroupState::recovery).price("2497.5");
        scene.group->base_order = 300;
        row.change(scene);
        CHECK(summary(scene.decide()) == row.expected);
    }
}

TEST_CASE("a recovery add-on uses the reserve, and no more than the group limit leaves") {
    Scene scene;
    scene.settings.recovery.cooldown_s = 3600;
    scene.settings.margin.group_limit = 1000;  // 855.855 used
    scene.holding({"3000", "2850", "2700"}, GroupState::recovery).price("2490");
    const auto decision = scene.decide();
    REQUIRE(summary(decision) == "ADDED");
    CHECK(decision.is_recovery_add_on);
    CHECK(decision.used_zone == 0);
    CHECK(decision.order->quantity == "0.0577"_d);  // (1000 - 855.855) / (2,494.98 x 1.001)
    CHECK(Number{"855.855"_d} + decision.order_margin <= 1000);
    // The exit is the recovery target's.
    CHECK(decision.after->take_profit < decision.before->take_profit);
    CHECK(fixed(decision.before->take_profit) == "2864.26");  // (855.855 + 0.3 % of 855) / (0.3 x 0.999)
}

TEST_CASE("AT-P1, AT-P2, AT-S9: PRO takes the new idea, the old group stays untouched") {
    Scene scene, there;
    scene.settings.recovery.pro_connection = "Pro";
    scene.holding({"3000", "2850", "2700"}, GroupState::recovery).price("2900");
    there.price("2900");
    scene.pro = &there;
    const Books before = scene.group->books;
    const auto opened = scene.decide();
    CHECK(summary(opened) == "OPENED");
    CHECK(opened.via == Via::pro);
    CHECK_FALSE(opened.before.has_value());
    CHECK(opened.after->state == GroupState::active);
    CHECK(scene.group->books.average().value() == before.average().value());
    CHECK(scene.group->books.cost() == before.cost());
    // AT-P2: PRO over its own limit; nothing on main.
    there.account.used = 20'000;
    const auto over = scene.decide();
    CHECK(over.via == Via::pro);
    CHECK(over.primary == Code::margin_total_exceeded);
    there.account.used = 0;
    // An add-on request belongs to the old group.
    scene.signal.kind = SignalKind::add;
    CHECK(scene.decide().via == Via::main);
    CHECK(scene.decide().primary == Code::group_in_recovery);
    scene.signal.kind = SignalKind::entry;
    // A signal from before the old group entered Recovery is no separate trend.
    scene.group->recovery_since = at(kNow);
    CHECK(scene.decide().via == Via::main);
    scene.group->recovery_since = at(kNow - 5000);
    CHECK(scene.decide().via == Via::pro);
    // What counts is when it came in, where that is known: neither an idea that was long on its way nor a sender's clock makes it old or new.
    scene.signal.time = at(kNow - 6000);
    CHECK(scene.decide().via == Via::main);
    scene.received = at(kNow - 4000);
    CHECK(scene.decide().via == Via::pro);
    scene.signal.time = at(kNow - 1000);
    scene.received = at(kNow - 5001);
    CHECK(scene.decide().via == Via::main);
    scene.received.reset();
    // An active old group keeps its own signals.
    scene.group->state = GroupState::active;
    CHECK(scene.decide().via == Via::main);
}

TEST_CASE("an exit signal closes in profit, and at a loss only if told so; nothing of stage 2 can stop it") {
    Scene scene;
    scene.holding({"3000"}).price("3007");
    scene.signal.kind = SignalKind::exit;
    const auto closed = scene.decide();
    CHECK(summary(closed) == "CLOSED");
    CHECK(closed.order->side == market::Side::sell);
    CHECK(closed.order->type == market::OrderType::market);
    CHECK(closed.order->quantity == "0.1"_d);
    CHECK(closed.order->price == "3000.89"_d);  // 3,006.90 less 0.20 %, up to the tick
    CHECK(closed.after->state == GroupState::closed);
    scene.enabled = false;
    scene.mode = Mode::close_now;
    scene.connection.status = ConnectionStatus::error;
    scene.connection.withdraw = Ternary::yes;
    CHECK(summary(scene.decide()) == "CLOSED");
    scene.price("3006");  // the bid is 3,005.90, break-even 3,006.01
    CHECK(summary(scene.decide()) == "BLOCKED EXIT_AT_LOSS");
    scene.settings.exit.allow_loss_exit = true;
    CHECK(summary(scene.decide()) == "CLOSED");
    scene.group->order_in_flight = true;
    CHECK(summary(scene.decide()) == "WAITING ORDER_IN_FLIGHT");
    scene.group->order_in_flight = false;
    scene.group->state = GroupState::desync;
    CHECK(summary(scene.decide()) == "WAITING GROUP_DESYNC");
    // What a close would leave is not known either: nothing is final yet.
    scene.settings.exit.allow_loss_exit = false;
    CHECK(summary(scene.decide()) == "WAITING GROUP_DESYNC");
    CHECK(scene.decide().find(Code::exit_at_loss)->result == CheckResult::unknown);
    scene.group->state = GroupState::active;
    scene.group->order_in_flight = true;
    CHECK(summary(scene.decide()) == "WAITING ORDER_IN_FLIGHT");
    scene.settings.exit.allow_loss_exit = true;
    scene.group->order_in_flight = false;
    scene.group->state = GroupState::recovery;
    CHECK(summary(scene.decide()) == "CLOSED");
    scene.group->of_other_strategy = true;
    CHECK(summary(scene.decide()) == "BLOCKED NO_OPEN_GROUP");
}

TEST_CASE("an exit waits ten seconds for a price of now and then goes by the last one, but ends at no loss by it; without any it waits") {
    Scene scene;
    scene.holding({"3000"}).price("3007");
    scene.signal.kind = SignalKind::exit;
    const auto told = scene.quote.confirmed_at;
    scene.quote.confirmed_at = at(kNow - 5001);
    // A price of now is asked for; one that does not come delays no exit any longer than a close.
    scene.received = at(kNow - 9999);
    const auto waits = scene.decide();
    CHECK(summary(waits) == "WAITING PRICE_STALE");
    CHECK(waits.find(Code::exit_at_loss)->result == CheckResult::unknown);
    CHECK_FALSE(waits.order);
    scene.received = at(kNow - 10'000);
    CHECK(summary(scene.decide()) == "CLOSED");
    scene.received.reset();
    CHECK(summary(scene.decide()) == "CLOSED");
    // That it was at a loss by the old price ends no signal.
    scene.price("2900");
    const auto lost = scene.decide();
    CHECK(summary(lost) == "WAITING PRICE_STALE");
    CHECK(lost.find(Code::exit_at_loss)->result == CheckResult::unknown);
    // Who closes at a loss as well needs no price; without any there is nothing to go by.
    scene.settings.exit.allow_loss_exit = true;
    CHECK(summary(scene.decide()) == "CLOSED");
    scene.priced = false;
    CHECK(summary(scene.decide()) == "WAITING EXCHANGE_UNAVAILABLE");
    scene.settings.exit.allow_loss_exit = false;
    CHECK(summary(scene.decide()) == "WAITING EXCHANGE_UNAVAILABLE");
    scene.priced = true;
    scene.quote.confirmed_at = told;
    CHECK(summary(scene.decide()) == "BLOCKED EXIT_AT_LOSS");
}

TEST_CASE("an exit reaches the PRO group too") {
    Scene scene, there;
    scene.pro = &there;
    scene.signal.kind = SignalKind::exit;
    there.holding({"2900"}).price("3000");
    const auto decision = scene.decide();
    CHECK(summary(decision) == "CLOSED");
    CHECK(decision.via == Via::pro);
}

TEST_CASE("4.3: a base order made from the limit opens, and low's fees leave 99.90") {
    Scene scene;
    scene.settings = settings_of(R"({"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low"})");
    scene.account = {.free = 10'000, .equity = 10'000};
    const auto decision = scene.decide();
    CHECK(summary(decision) == "OPENED");
    CHECK(fixed(decision.order_size) == "99.90");
    CHECK(decision.order->quantity == "0.0333"_d);
    // Three whole ladders of 5 % fit the 20 %; so does a fourth, which the group count forbids.
    scene.account.used = 500, scene.account.reserved = 1000;
    CHECK(summary(scene.decide()) == "OPENED");
    scene.account.reserved = "1000.01"_d;
    CHECK(summary(scene.decide()) == "BLOCKED CAPITAL_RESERVED");
}

TEST_CASE("margin is counted at the order's own price; unrealised profit raises no limit") {
    Scene scene;
    scene.settings = settings_of(R"({"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low","entry":{"base_order":"300"},
        "margin":{"group_limit_pct":"10","recovery_reserve_pct":"0","connection_limit_pct":"100"}})");
    scene.account.equity = 20'000;
    scene.holding({"3000"}).price("2850");
    CHECK(summary(scene.decide()) == "ADDED");
    scene.group->equity_at_start = 6000;  // limit 600; 300.3 used and 300.7 needed
    const auto decision = scene.decide();
    CHECK(summary(decision) == "BLOCKED MARGIN_GROUP_EXCEEDED");
    CHECK(decision.find(Code::margin_group_exceeded)->limit.number.value() == 600);
}

TEST_CASE("decided for the order alone it is the same decision, with the checks that stop") {
    for (const char* price : {"3000", "2850", "2700", "2400", "2497.5"}) {
        for (const auto state : {GroupState::active, GroupState::recovery, GroupState::desync}) {
            Scene scene;
            scene.settings.recovery.cooldown_s = 3600;
            scene.holding({"3000", "2850", "2700"}, state).price(price);
            const Rules rules = make_rules(scene.settings);
            DecisionInput input{.signal = scene.signal, .rules = rules, .now = at(kNow), .main = scene.route(rules), .detail = Detail::decided};
            Decision bare;
            decide(input, bare);
            const auto told = scene.decide();
            CHECK(summary(bare) == summary(told));
            CHECK(bare.worsens == told.worsens);
            CHECK(bare.worsens.has_value() == (told.find(Code::addon_worsens_average) != nullptr));
            CHECK_FALSE(bare.before.has_value());
            REQUIRE(bare.order.has_value() == told.order.has_value());
            if (bare.order) {
                CHECK(bare.order->price == told.order->price);
                CHECK(bare.order->quantity == told.order->quantity);
                CHECK(bare.used_zone == told.used_zone);
                CHECK(bare.order_size == told.order_size);
            }
            const auto stopping = [](const Decision& decision) {
                std::vector<std::tuple<Code, int, CheckResult, Stop>> out;
                for (const auto& verdict : decision.verdicts())
                    if (verdict.stop != Stop::none) out.emplace_back(verdict.code, verdict.stage, verdict.result, verdict.stop);
                return out;
            };
            CHECK(stopping(bare) == stopping(told));
        }
    }
}

TEST_CASE("what the exchange has not told yet forbids nothing: the decision waits, unless an earlier stage decided") {
    Decision decision;
    Scene scene;
    scene.price("1");
    scene.account.free = scene.account.equity = Decimal{};
    const Rules rules = make_rules(scene.settings);
    const auto decided = [&](const Scene& of) {
        decide({.signal = of.signal, .rules = rules, .now = at(kNow), .main = of.route(rules)}, decision);
        decision.await_facts();
        return std::pair{decision.outcome, decision.primary};
    };
    decide({.signal = scene.signal, .rules = rules, .now = at(kNow), .main = scene.route(rules)}, decision);
    REQUIRE(decision.outcome == Outcome::blocked);
    CHECK(decided(scene) == std::pair{Outcome::waiting, std::optional{Code::exchange_unavailable}});
    CHECK_FALSE(decision.order.has_value());
    for (const auto& verdict : decision.verdicts()) CHECK(verdict.stage <= 2);
    scene.signal.time = at(kNow - 3'600'000);
    CHECK(decided(scene) == std::pair{Outcome::blocked, std::optional{Code::signal_expired}});
}
