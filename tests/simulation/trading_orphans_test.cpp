// A connection is removed while groups are open on it: nothing more is asked or done for them, people are told, and they end when their person
// lets them go, with no price made up for what they held.
#include "support/trading_floor.hpp"

#include <algorithm>

using namespace bf;
using test::kFutures;
using test::kProducts;
using test::kSpot;
using test::TradingFloor;
using trading::SignalKind;

namespace {

struct Floor : TradingFloor {
    explicit Floor(Options wanted = {}) : TradingFloor{std::move(wanted)}, pair{options.market == market::Market::spot ? kSpot : kFutures} {
        start();
        price(pair, "3000");
        add_strategy(settings("Main"));
        run(seconds{2});
    }
    [[nodiscard]] std::string settings(const std::string& connection) const {
        const bool futures = pair == kFutures;
        return R"({"name":"Ladder","connection":")" + connection + R"(","market":")" + (futures ? "futures" : "spot") + R"(","pairs":[")" + pair +
               R"("],"directions":["long"],"risk_level":"low","margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
            "entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},"exit":{"take_profit_pct":"1.0","hard_stop_pct":"30"})" +
               (futures ? R"(,"futures":{"leverage":"2"}})" : "}");
    }
    engine::GroupNumber open() {
        REQUIRE(signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        run(seconds{5});
        return only_group()->number();
    }
    void check_closed_in_profit(engine::GroupNumber number) {
        CHECK(trader().find_group(number) == nullptr);
        const auto kept = wire::Json::parse(store.kept_groups.at(number).document).value();
        CHECK(kept["close_reason"].text() == "take_profit");
        CHECK(kept["realised"].decimal()->is_positive());
    }
    template <class Act>
    Status act(Act&& what) {
        return event([&](engine::Now now) { return what(now, trader()); });
    }
    [[nodiscard]] int alarms(const std::string& code) const {
        return static_cast<int>(std::count_if(store.kept_alarms.begin(), store.kept_alarms.end(), [&](const auto& alarm) { return alarm.document.find('"' + code + '"') != std::string::npos; }));
    }
    [[nodiscard]] std::vector<const simulator::Order*> open_orders() {
        std::vector<const simulator::Order*> open;
        for (const auto* order : truth().orders)
            if (order->is_open()) open.push_back(order);
        return open;
    }
    std::string pair;
};

}  // namespace

TEST_CASE("a connection is removed under an open group: nothing is asked for it any more, a restart knows it, and it ends when it is let go") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}};
        const auto number = floor.open();
        const auto resting = floor.open_orders();
        REQUIRE_FALSE(resting.empty());
        const auto held = floor.only_group()->facts().books.held();
        CHECK_FALSE(floor.act([&](auto now, auto& trader) { return trader.let_go(now, number); }).has_value());

        floor.remove_connection("main");
        floor.run(seconds{1});
        const auto asked = floor.signer.asked, orders = floor.truth().orders.size();
        floor.run(std::chrono::minutes{10});
        CHECK(floor.signer.asked == asked);
        CHECK(floor.truth().orders.size() == orders);
        CHECK(floor.alarms("CONNECTION_REMOVED") == 1);
        CHECK(floor.store.kept_alarms.back().document.find(held.to_string() + " ETH") != std::string::npos);
        for (const auto& refused : {floor.act([&](auto now, auto& trader) { return trader.close(now, number, "user"); }), floor.act([&](auto now, auto& trader) { return trader.put_in_recovery(now, number); }),
                                    floor.act([&](auto now, auto& trader) { return trader.adopt_difference(now, number); })}) {
            REQUIRE_FALSE(refused.has_value());
            CHECK(refused.error().code == "connection_removed");
        }
        floor.event([&](engine::Now now) { floor.trader().set_mode(now, trading::Mode::close_now); });
        floor.event([&](engine::Now now) { floor.trader().set_mode(now, trading::Mode::normal); });
        CHECK(floor.troubles.empty());

        for (const bool from_checkpoint : {false, true}) {
            if (from_checkpoint) {
                floor.restart_from_checkpoint();
            } else {
                floor.run(seconds{1});
                floor.begin_again();
            }
            floor.event([&](engine::Now now) { floor.trader().on_connection_removed(now, "main"); });
            floor.run(std::chrono::minutes{2});
            const auto* group = floor.trader().find_group(number);
            REQUIRE(group != nullptr);
            REQUIRE(group->orphaned().has_value());
            CHECK(group->orphaned()->fact("name") == "Main");
            CHECK(group->facts().books.held() == held);
            CHECK(floor.signer.asked == asked);
            CHECK(floor.alarms("CONNECTION_REMOVED") == 1);
        }
        const auto strategy = floor.trader().find_strategy("Ladder")->id;
        REQUIRE_FALSE(floor.event([&](engine::Now) { return floor.trader().remove_strategy(strategy); }).has_value());

        REQUIRE(floor.act([&](auto now, auto& trader) { return trader.let_go(now, number); }).has_value());
        floor.run(seconds{2});
        CHECK(floor.trader().find_group(number) == nullptr);
        CHECK(floor.trader().orders().unfinished() == 0);
        const auto kept = wire::Json::parse(floor.store.kept_groups.at(number).document).value();
        CHECK(kept["close_reason"].text() == "let_go");
        CHECK(kept["quantity"].decimal() == held);
        CHECK(kept["realised"].decimal() == Decimal{});
        CHECK(kept["orphaned"]["connection"].text() == "Main");
        CHECK(kept["orphaned"]["exchange"].text() == name);
        // What rests there was touched by nobody.
        CHECK(floor.open_orders() == resting);
        REQUIRE(floor.event([&](engine::Now) { return floor.trader().remove_strategy(strategy); }).has_value());
        for (const bool from_checkpoint : {false, true}) {
            if (from_checkpoint) {
                floor.restart_from_checkpoint();
            } else {
                floor.kill();
                floor.run(seconds{1});
                floor.start();
            }
            CHECK(floor.trader().groups().empty());
            CHECK(floor.trader().orders().unfinished() == 0);
        }
        CHECK(floor.open_orders() == resting);
    }
}

TEST_CASE("an entry whose fate is unknown when its connection goes: the LIVE list says that it never became known, and nothing of it is looked up") {
    Floor floor;
    floor.transport->instead = [](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        const bool places = request.method == wire::Method::post && request.target.find("/hf/orders") != std::string::npos;
        return places ? std::optional{Result<wire::Response>{Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}}}} : std::nullopt;
    };
    const auto id = floor.trader().find_strategy("Ladder")->id;
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().receive(now, *floor.trader().find_strategy(id), {.strategy = id, .pair = kSpot, .time = floor.clock.wall()}); }).has_value());
    const auto is_unknown = [&] { return floor.trader().orders().unfinished() == 1 && floor.store.kept_decisions.rbegin()->second.outcome == "WAITING"; };
    REQUIRE(floor.clock.run_until(is_unknown, seconds{5}));
    floor.remove_connection("main");
    floor.run(seconds{1});
    const auto asked = floor.signer.asked;
    floor.run(std::chrono::minutes{5});
    CHECK(floor.signer.asked == asked);
    REQUIRE(floor.only_group() != nullptr);
    const auto number = floor.only_group()->number();
    REQUIRE(floor.act([&](auto now, auto& trader) { return trader.let_go(now, number); }).has_value());
    CHECK(floor.trader().orders().unfinished() == 0);
    const auto& decision = floor.store.kept_decisions.rbegin()->second;
    CHECK(decision.outcome == "BLOCKED");
    CHECK(decision.document.find("never became known") != std::string::npos);
    CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["orders"].at(0)["status"].text() == "unresolved");
}

TEST_CASE("an entry that had not left when its connection went never leaves, and its group ends with nothing") {
    Floor floor;
    floor.journal.sync_takes = seconds{2};
    const auto id = floor.trader().find_strategy("Ladder")->id;
    const auto orders = floor.truth().orders.size();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().receive(now, *floor.trader().find_strategy(id), {.strategy = id, .pair = kSpot, .time = floor.clock.wall()}); }).has_value());
    REQUIRE(floor.clock.run_until([&] { return floor.only_group() != nullptr; }, seconds{5}));
    floor.remove_connection("main");
    floor.run(seconds{30});
    CHECK(floor.truth().orders.size() == orders);
    CHECK(floor.trader().groups().empty());
    REQUIRE(floor.store.kept_groups.size() == 1);
    CHECK(wire::Json::parse(floor.store.kept_groups.begin()->second.document).value()["close_reason"].text() == "not_filled");
}

TEST_CASE("after a group was orphaned its strategy goes on with another connection, before and after the group is let go") {
    Floor floor{{.pro = true}};
    const auto number = floor.open();
    floor.remove_connection("main");
    const auto id = floor.trader().find_strategy("Ladder")->id;
    auto settings = floor.trader().find_strategy(id)->settings;
    settings.connection = "Pro";
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().change_strategy(now, id, settings); }).has_value());
    CHECK(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    REQUIRE(floor.only_group("pro") != nullptr);
    REQUIRE(floor.act([&](auto now, auto& trader) { return trader.let_go(now, number); }).has_value());
    // An exit signal finds the group that is there.
    floor.price(kSpot, "3010");
    CHECK(floor.signal("Ladder", kSpot, SignalKind::exit).outcome == "CLOSED");
    CHECK(floor.only_group("pro") == nullptr);
}

TEST_CASE("a removal that the process did not live to be told of is told at the next start") {
    Floor floor;
    const auto number = floor.open();
    floor.kill();
    floor.remove_connection("main");
    floor.start();
    CHECK_FALSE(floor.trader().find_group(number)->orphaned().has_value());
    floor.event([&](engine::Now now) { floor.trader().on_connection_removed(now, "main"); });
    CHECK(floor.trader().find_group(number)->orphaned().has_value());
    CHECK(floor.alarms("CONNECTION_REMOVED") == 1);
    REQUIRE(floor.act([&](auto now, auto& trader) { return trader.let_go(now, number); }).has_value());
    CHECK(floor.trader().groups().empty());
}

TEST_CASE("a removed connection is here again, of the same account: its group goes on with its own orders, and none is placed twice") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}};
        const auto number = floor.open();
        const auto resting = floor.open_orders();
        const auto orders = floor.truth().orders.size();
        const auto held = floor.only_group()->facts().books.held();
        floor.remove_connection("main");
        floor.run(std::chrono::minutes{30});
        REQUIRE(floor.trader().left_behind().size() == 1);
        CHECK(floor.trader().left_behind()[0].groups == 1);

        floor.connect_again("main");
        floor.run(seconds{30});
        CHECK(floor.trader().left_behind().empty());
        CHECK(floor.alarms("GROUPS_TAKEN_UP") == 1);
        CHECK_FALSE(floor.trader().find_group(number)->orphaned().has_value());
        CHECK_FALSE(floor.trader().find_group(number)->difference().has_value());
        CHECK(floor.trader().find_group(number)->facts().books.held() == held);
        CHECK(floor.open_orders() == resting);
        CHECK(floor.truth().orders.size() == orders);
        for (const bool from_checkpoint : {false, true}) {
            if (from_checkpoint) {
                floor.restart_from_checkpoint();
            } else {
                floor.kill();
                floor.run(seconds{1});
                floor.start();
            }
            floor.run(seconds{30});
            CHECK_FALSE(floor.trader().find_group(number)->orphaned().has_value());
            CHECK(floor.alarms("GROUPS_TAKEN_UP") == 1);
            CHECK(floor.open_orders() == resting);
        }
        floor.price(pair, "3200");
        floor.run(seconds{30});
        floor.check_closed_in_profit(number);
        CHECK(floor.truth().orders.size() == orders);
        CHECK(floor.troubles.empty());
    }
}

TEST_CASE("what happened to a group while its connection was removed is booked once, at the exchange's prices, when it is here again") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}};
        const auto number = floor.open();
        floor.remove_connection("main");
        floor.run(seconds{5});
        floor.price(pair, "3200");
        floor.run(std::chrono::minutes{5});
        const auto orders = floor.truth().orders.size();
        floor.price(pair, "3000");
        floor.run(std::chrono::minutes{5});
        CHECK(floor.trader().find_group(number)->orphaned().has_value());

        floor.connect_again("main");
        floor.run(seconds{30});
        floor.check_closed_in_profit(number);
        CHECK(floor.truth().orders.size() == orders);
    }
}

TEST_CASE("what was sold by hand while the connection was removed is a difference when it is here again, and nothing is sold for it") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}};
        const auto number = floor.open();
        floor.remove_connection("main");
        floor.run(seconds{5});
        auto& exchange = *floor.world->exchange(name);
        for (const auto* order : floor.open_orders()) static_cast<void>(exchange.cancel(floor.truth(), *order));
        simulator::NewOrder sale;
        sale.symbol = *market::Symbol::parse(pair);
        sale.side = market::Side::sell;
        sale.type = market::OrderType::market;
        sale.quantity = floor.trader().find_group(number)->facts().books.held();
        REQUIRE(exchange.place(floor.truth(), sale).has_value());
        floor.run(seconds{5});
        const auto orders = floor.truth().orders.size();
        floor.connect_again("main");
        floor.run(seconds{40});
        const auto* group = floor.trader().find_group(number);
        REQUIRE(group != nullptr);
        REQUIRE(group->difference().has_value());
        CHECK(group->difference()->found.is_zero());
        CHECK(floor.truth().orders.size() == orders);
    }
}

TEST_CASE("a key of another account takes nothing up, and no order is asked for with it") {
    Floor floor{{.pro = true}};
    const auto number = floor.open();
    floor.remove_connection("main");
    floor.run(seconds{5});
    const auto other = floor.accounts.at("pro");
    floor.remove_connection("pro");
    const auto asked = floor.signer.signed_operations.size();
    floor.connect_again("main", other);
    floor.run(std::chrono::minutes{2});
    CHECK(floor.trader().find_connection("main") == nullptr);
    CHECK(std::none_of(floor.signer.signed_operations.begin() + static_cast<std::ptrdiff_t>(asked), floor.signer.signed_operations.end(), [](auto operation) {
        return operation == exchange::Operation::order || operation == exchange::Operation::open_orders || operation == exchange::Operation::fills;
    }));
    CHECK(floor.trader().find_group(number)->orphaned().has_value());
    CHECK(floor.alarms("GROUPS_TAKEN_UP") == 0);
}

TEST_CASE("an entry whose fate was unknown when its connection was removed is asked for when it is here again, and booked or over") {
    for (const bool arrived : {true, false}) {
        CAPTURE(arrived);
        Floor floor;
        const auto id = floor.trader().find_strategy("Ladder")->id;
        if (arrived) floor.admin("faults", R"({"exchange":"kucoin","fault":"lost_reply","path":"/hf/orders","count":1})");
        floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            const bool places = request.method == wire::Method::post && request.target.find("/hf/orders") != std::string::npos;
            if (!places || arrived) return std::nullopt;
            return Result<wire::Response>{Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}}};
        };
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().receive(now, *floor.trader().find_strategy(id), {.strategy = id, .pair = kSpot, .time = floor.clock.wall()}); }).has_value());
        REQUIRE(floor.clock.run_until([&] { return floor.only_group() != nullptr; }, seconds{5}));
        floor.run(milliseconds{20});
        const auto number = floor.only_group()->number();
        floor.remove_connection("main");
        floor.transport->instead = {};
        floor.run(std::chrono::minutes{10});
        CHECK(floor.trader().orders().unfinished() == 1);
        const auto sent = floor.truth().orders.size();
        floor.connect_again("main");
        floor.run(std::chrono::minutes{2});
        if (arrived) {
            REQUIRE(floor.trader().find_group(number) != nullptr);
            CHECK(floor.trader().find_group(number)->facts().books.held().is_positive());
            CHECK(floor.open_orders().size() == 1);
        } else {
            CHECK(floor.trader().find_group(number) == nullptr);
            CHECK(floor.truth().orders.size() == sent);
            CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["close_reason"].text() == "not_filled");
        }
    }
}

TEST_CASE("a hard stop that waited at the exchange and fired while the connection was removed closes its group when it is here again") {
    Floor floor{{.market = market::Market::futures}};
    const auto number = floor.open();
    floor.remove_connection("main");
    floor.run(seconds{5});
    floor.price(kFutures, "1900");
    floor.run(std::chrono::minutes{2});
    floor.connect_again("main");
    floor.run(std::chrono::minutes{1});
    CHECK(floor.trader().find_group(number) == nullptr);
    const auto kept = wire::Json::parse(floor.store.kept_groups.at(number).document).value();
    CHECK(kept["close_reason"].text() == "hard_stop");
    CHECK(kept["realised"].decimal()->is_negative());
    CHECK(floor.open_orders().empty());
}
