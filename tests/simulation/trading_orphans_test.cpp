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
                floor.kill();
                floor.run(seconds{1});
                floor.start();
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
