// What comes again or late: a delivery that waited through a restart, fills of a group that is over, a signal whose end could not be kept.
#include "support/trading_floor.hpp"

#include <algorithm>

using namespace bf;
using test::TradingFloor;

namespace {

constexpr const char* kPair = "ETH/USDT";
constexpr const char* kSettings = R"({"name":"Ladder","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low",
    "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},"entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
    "add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},"exit":{"take_profit_pct":"1.0"}})";

/// `and_die`: the process ends when the signal is kept and nothing is decided about it yet.
std::int64_t deliver(TradingFloor& floor, const std::string& id, bool and_die = false) {
    const auto& strategy = *floor.trader().find_strategy("Ladder");
    trading::Signal signal;
    signal.strategy = strategy.id;
    signal.pair = kPair;
    signal.time = floor.clock.wall();
    signal.id = id;
    if (and_die) {
        const auto number = floor.trader().receive({floor.clock.wall(), floor.clock.steady()}, strategy, signal).value();
        floor.kill();
        return number;
    }
    return floor.event([&](engine::Now now) { return floor.trader().receive(now, strategy, signal); }).value();
}

std::ptrdiff_t buys(TradingFloor& floor) {
    const auto& orders = floor.truth().orders;
    return std::count_if(orders.begin(), orders.end(), [](const auto* order) { return order->request.side == market::Side::buy; });
}

/// The LIVE entries of a signal.
std::vector<ports::StoredDecision> entries_of(TradingFloor& floor, std::int64_t signal) {
    std::vector<ports::StoredDecision> found;
    for (const auto& [id, entry] : floor.store.kept_decisions)
        if (entry.signal == signal) found.push_back(entry);
    return found;
}

/// A ladder at 3,000, and one alert for it.
void open_a_group(TradingFloor& floor) {
    floor.start();
    floor.price(kPair, "3000");
    floor.add_strategy(kSettings);
    deliver(floor, "alert-1");
    floor.run(seconds{5});
}

}  // namespace

TEST_CASE("a second delivery of a signal that waits through a restart is still the second") {
    TradingFloor floor{{}};
    open_a_group(floor);
    REQUIRE(floor.trader().groups().size() == 1);
    // Where it would be bought again if it were new.
    floor.price(kPair, "2848");
    const auto second = deliver(floor, "alert-1", true);
    REQUIRE(entries_of(floor, second).empty());
    floor.run(seconds{2});
    floor.start();
    floor.run(seconds{10});
    CHECK(buys(floor) == 1);
    const auto entries = entries_of(floor, second);
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().outcome == "BLOCKED");
    CHECK_MESSAGE(entries.front().document.find("SIGNAL_DUPLICATE") != std::string::npos, entries.front().document);
}

TEST_CASE("a group that closed while the clock was ahead keeps its pair closed no longer than the strategy's pause") {
    TradingFloor floor{{}};
    open_a_group(floor);
    REQUIRE(floor.trader().groups().size() == 1);
    // While the fills of its exit are on their way: the exchange tells nothing to a time that is so far off.
    bool ahead = false;
    floor.transport->tampered = [&](const wire::Request& request, wire::Response&) {
        if (request.target.find("/fills") != std::string::npos && !std::exchange(ahead, true)) floor.clock.step_wall(std::chrono::hours{72});
    };
    floor.price(kPair, "3100");
    REQUIRE(floor.clock.run_until([&] { return floor.trader().groups().empty(); }, seconds{20}));
    REQUIRE(ahead);
    floor.clock.step_wall(-std::chrono::hours{72});
    floor.run(seconds{5});
    deliver(floor, "alert-2");
    floor.run(seconds{10});
    CHECK(floor.trader().groups().size() == 1);
}

TEST_CASE("fills of a closed group's orders that are told late are no stranger's, after a restart neither") {
    TradingFloor floor{{}};
    open_a_group(floor);
    const auto* group = floor.only_group();
    REQUIRE(group != nullptr);
    // As a list tells of it that carries no names of ours.
    market::Fill late;
    floor.trader().orders().each(group->number(), [&](const engine::Order& order) {
        if (order.fills().empty()) return;
        late.id = order.fills().front().trade_id;
        late.order_id = order.exchange_id();
        late.symbol = order.plan().symbol;
        late.native_symbol = "ETH-USDT";
        late.side = order.plan().side;
        late.price = order.fills().front().price;
        late.quantity = order.fills().front().quantity;
    });
    REQUIRE(late.order_id);
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, group->number(), "user"); }).has_value());
    floor.run(seconds{20});
    REQUIRE(floor.trader().groups().empty());
    const auto alarms = [&] {
        return std::count_if(floor.store.kept_alarms.begin(), floor.store.kept_alarms.end(), [](const auto& alarm) { return alarm.document.find("FOREIGN_ORDER") != std::string::npos; });
    };
    const auto tell = [&] { floor.event([&](engine::Now now) { floor.trader().on_fill(now, "main", late); }); };
    tell();
    CHECK(alarms() == 0);
    floor.kill();
    floor.run(seconds{1});
    floor.start();
    tell();
    CHECK(alarms() == 0);
    // Nor when only a checkpoint knows of it.
    floor.restart_from_checkpoint();
    tell();
    CHECK(alarms() == 0);
    // A stranger's is one all the same.
    late.order_id = "somebody-elses";
    tell();
    CHECK(alarms() == 1);
}

TEST_CASE("a signal that was acted on while the store was full is not acted on again, whatever a checkpoint lets go of") {
    TradingFloor floor{{}};
    floor.start();
    floor.price(kPair, "3000");
    floor.add_strategy(kSettings);
    const auto number = deliver(floor, "alert-1");
    floor.store.full = true;
    floor.run(seconds{5});
    REQUIRE(floor.trader().groups().size() == 1);
    for (int i = 0; i < 4; ++i) {
        floor.life->performer.checkpoint();
        floor.run(seconds{1});
    }
    // Where it would be bought again.
    floor.price(kPair, "2848");
    floor.kill();
    floor.run(seconds{1});
    floor.store.full = false;
    floor.start();
    floor.run(seconds{10});
    CHECK(buys(floor) == 1);
    const auto entries = entries_of(floor, number);
    REQUIRE(entries.size() == 1);
    CHECK_MESSAGE(entries.front().outcome == "OPENED", entries.front().document);
}

TEST_CASE("a group that closes, and what is decided, while the store takes nothing: it is listed meanwhile, and kept when the store takes it, or at the next start") {
    for (const bool dies : {false, true}) {
        CAPTURE(dies);
        TradingFloor floor{{}};
        floor.start();
        floor.price(kPair, "3000");
        floor.add_strategy(kSettings);
        deliver(floor, "alert-1");
        floor.run(seconds{5});
        REQUIRE(floor.only_group() != nullptr);
        const auto number = floor.only_group()->number();
        floor.price(kPair, "2848");
        const auto added = deliver(floor, "alert-2");
        floor.store.full = true;
        floor.run(seconds{5});
        REQUIRE(buys(floor) == 2);
        floor.price(kPair, "3100");
        floor.run(seconds{10});
        CHECK(floor.trader().groups().empty());
        CHECK(floor.store.kept_groups.empty());
        CHECK(entries_of(floor, added).empty());
        const auto& history = floor.trader().history();
        const auto waits = history.closed_groups("", "", 0, 10).value();
        REQUIRE(waits.size() == 1);
        CHECK(waits.front().number == number);
        const auto newest = history.decisions({.limit = 10}).value();
        REQUIRE(newest.size() == 2);
        CHECK(newest.front().id < 0);
        CHECK(newest.front().outcome == "ADDED");
        CHECK_FALSE(floor.trader().checkpoint_due(200'001));
        CHECK(floor.trader().checkpoint_due(1'000'001));
        if (dies) floor.kill();
        floor.run(seconds{1});
        floor.store.full = false;
        if (dies) floor.start();
        floor.run(seconds{10});
        REQUIRE(floor.store.kept_groups.size() == 1);
        const auto& kept = floor.store.kept_groups.at(number);
        CHECK(kept.closed == waits.front().closed);
        CHECK(kept.opened == waits.front().opened);
        CHECK(kept.strategy == waits.front().strategy);
        // Word for word what it would have been, as far as an earlier life's journal goes.
        const auto then = wire::Json::parse(waits.front().document).value(), now = wire::Json::parse(kept.document).value();
        for (const auto* name : {"close_reason", "realised", "fees", "quantity", "closed_at", "opened_at", "state"}) {
            CAPTURE(name);
            CHECK(now[name].text() == then[name].text());
            CHECK(now[name].decimal() == then[name].decimal());
        }
        CHECK(now["fills"].size() == then["fills"].size());
        CHECK(now["orders"].size() == then["orders"].size());
        CHECK(now["fills"].size() >= 3);
        const auto entries = entries_of(floor, added);
        REQUIRE(entries.size() == 1);
        CHECK(entries.front().outcome == "ADDED");
        CHECK(entries.front().group == number);
        CHECK(floor.store.kept_decisions.size() == 2);
        CHECK_FALSE(floor.trader().history().unkept().any());
        CHECK(floor.trader().checkpoint_due(200'001));
        CHECK(floor.store.unsettled_signals().value().empty());
        // Each once, also over one more start.
        floor.store.kept_groups.at(number).document = "as it is";
        floor.begin_again();
        floor.run(seconds{10});
        CHECK(floor.store.kept_groups.at(number).document == "as it is");
        CHECK(floor.store.kept_decisions.size() == 2);
    }
}

TEST_CASE("after a restart the orders of an earlier life are asked for at once, however long the private stream takes") {
    TradingFloor floor{{}};
    floor.start();
    floor.price(kPair, "3000");
    floor.add_strategy(kSettings);
    REQUIRE(floor.signal("Ladder", kPair, trading::SignalKind::entry).outcome == "OPENED");
    REQUIRE(floor.only_group()->exit().current() != nullptr);
    floor.kill();
    floor.price(kPair, "3200");
    floor.transport->socket_refused = [](const std::string&) { return true; };
    floor.money_polled = false;
    floor.start();
    floor.run(seconds{3});
    CHECK(floor.only_group() == nullptr);
}
