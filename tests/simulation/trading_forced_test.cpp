// What an exchange does to a position by itself, under groups that are open: they end as liquidated with the result that the exchange tells, or go on
// with what is left.
#include "support/trading_floor.hpp"

#include <algorithm>

using namespace bf;
using test::kFutures;
using test::TradingFloor;
using trading::SignalKind;

namespace {

struct Floor : TradingFloor {
    explicit Floor(Options wanted) : TradingFloor{std::move(wanted)} {
        start();
        price(kFutures, "3000");
        add_strategy(R"({"name":"Ladder","connection":"Main","market":"futures","pairs":[")" + kFutures +
                     R"("],"directions":["long","short"],"risk_level":"low","margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
            "entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},"add_on":{"max":0},
            "exit":{"take_profit_pct":"1.0"},"recovery":{"adverse_move_pct":"50"},"futures":{"leverage":"5"}})");
        run(seconds{2});
    }
    [[nodiscard]] market::Symbol symbol() const { return *market::Symbol::parse(kFutures); }
    [[nodiscard]] std::vector<std::string> alarms(const std::string& code) const {
        std::vector<std::string> found;
        for (const auto& alarm : store.kept_alarms)
            if (alarm.document.find("\"" + code + "\"") != std::string::npos) found.push_back(alarm.document);
        return found;
    }
    [[nodiscard]] Decimal money() { return world->exchange(options.exchange)->futures_balance(truth(), "USDT").free; }
    [[nodiscard]] const simulator::Fill& last_fill() { return *truth().fills.back(); }
};

}  // namespace

TEST_CASE("a position that the exchange liquidates ends its group as liquidated, with the loss that the exchange tells") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        // Just beyond the liquidation price, and a gap far beyond the whole margin.
        for (const auto& [below, above, direction] : {std::tuple{"2405", "3595", trading::Direction::long_side}, {"2300", "3700", trading::Direction::long_side},
                                                      {"2405", "3595", trading::Direction::short_side}, {"2300", "3700", trading::Direction::short_side}}) {
            CAPTURE(exchange);
            CAPTURE(market::to_string(direction));
            CAPTURE(below);
            Floor floor{{.exchange = exchange, .market = market::Market::futures}};
            const auto before = floor.money();
            REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry, direction).outcome == "OPENED");
            const auto number = floor.only_group()->number();
            floor.price(kFutures, direction == trading::Direction::long_side ? below : above);
            REQUIRE(floor.last_fill().liquidation);
            floor.tell_fills(floor.symbol(), 2);
            floor.run(seconds{30});
            CHECK(floor.only_group() == nullptr);
            const auto& kept = floor.store.kept_groups.at(number).document;
            const auto group = wire::Json::parse(kept).value();
            CHECK(group["state"].text() == "LIQUIDATED");
            CHECK(group["close_reason"].text() == "liquidation");
            CHECK(group["fills"].at(1)["leg"].text() == "liquidation");
            // To the last unit what the account lost.
            CHECK(group["realised"].decimal().value().to_string() == (floor.money() - before).to_string());
            CHECK(floor.alarms("LIQUIDATED").size() == 1);
            CHECK(floor.alarms("FOREIGN_ORDER").empty());
            CHECK(floor.alarms("GROUP_DESYNC").empty());
            REQUIRE(!floor.held_told.empty());
            CHECK(floor.held_told.back().is_zero());
            CHECK(floor.troubles.empty());
        }
    }
}

TEST_CASE("a liquidation that happened while BackFuture was off, or that was told before a restart, counts once") {
    for (const bool told_before : {false, true}) {
        CAPTURE(told_before);
        Floor floor{{.market = market::Market::futures}};
        REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
        const auto number = floor.only_group()->number();
        if (!told_before) floor.kill();
        floor.price(kFutures, "2300");
        if (told_before) {
            floor.tell_fills(floor.symbol());
            floor.run(seconds{1});
            floor.kill();
        }
        floor.run(seconds{1});
        floor.start();
        floor.tell_fills(floor.symbol());
        floor.run(seconds{30});
        CHECK(floor.only_group() == nullptr);
        CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["state"].text() == "LIQUIDATED");
        CHECK(floor.alarms("LIQUIDATED").size() == 1);
        floor.kill();
        floor.start();
        floor.tell_fills(floor.symbol());
        floor.run(seconds{30});
        CHECK(floor.alarms("LIQUIDATED").size() == 1);
        CHECK(floor.alarms("FOREIGN_ORDER").empty());
    }
}

TEST_CASE("of a position that the exchange reduces by itself the rest goes on, and its exit is for the rest") {
    Floor floor{{.exchange = "mexc", .market = market::Market::futures}};
    REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
    const auto* group = floor.only_group();
    const auto held = group->facts().books.held();
    const auto taken = held - group->terms().limits.quantity_step;
    market::Fill fill;
    fill.id = "adl-1";
    fill.order_id = "adl-order";
    fill.symbol = floor.symbol();
    fill.native_symbol = "ETH_USDT";
    fill.side = market::Side::sell;
    fill.price = Decimal{3100};
    fill.quantity = taken;
    fill.fee = market::Amount{"USDT", Decimal{}};
    fill.at = floor.clock.wall();
    fill.forced = market::Forced::deleveraging;
    floor.money_polled = false;
    for (int i = 0; i < 2; ++i) floor.event([&](engine::Now now) { floor.trader().on_fill(now, "main", fill); });
    floor.run(seconds{5});
    REQUIRE(floor.only_group() == group);
    CHECK(group->facts().state == trading::GroupState::active);
    CHECK(group->facts().books.held() == held - taken);
    CHECK(group->facts().books.realised().is_positive());
    REQUIRE(group->exit().current() != nullptr);
    CHECK(group->exit().current()->working() == held - taken);
    CHECK(floor.alarms("DELEVERAGED").size() == 1);
    CHECK(floor.held_told == std::vector{held - taken});
}

TEST_CASE("of a position that is larger than the group the group bears its own part, and one of no group is told") {
    Floor floor{{.exchange = "mexc", .market = market::Market::futures}};
    REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
    const auto number = floor.only_group()->number();
    const auto held = floor.only_group()->facts().books.held();
    const auto realised_at = [&](const char* order, const Decimal& quantity) {
        market::Fill fill;
        fill.id = fill.order_id = order;
        fill.symbol = floor.symbol();
        fill.side = market::Side::sell;
        fill.price = Decimal{2400};
        fill.quantity = quantity;
        fill.fee = market::Amount{"USDT", Decimal{9}};
        fill.at = floor.clock.wall();
        fill.forced = market::Forced::liquidation;
        floor.event([&](engine::Now now) { floor.trader().on_fill(now, "main", fill); });
        floor.run(seconds{30});
    };
    floor.money_polled = false;
    realised_at("take-over", held + held + held);
    REQUIRE(floor.only_group() == nullptr);
    const auto group = wire::Json::parse(floor.store.kept_groups.at(number).document).value();
    // A third of the fee of what was taken.
    const auto entry_fee = group["fees"].decimal().value() - Decimal{3};
    CHECK(group["realised"].decimal() == held * Decimal{2400} - Decimal{3} - entry_fee - held * group["fills"].at(0)["price"].decimal().value());
    CHECK(floor.alarms("LIQUIDATED").size() == 1);
    realised_at("another", held);
    REQUIRE(floor.alarms("LIQUIDATED").size() == 2);
    CHECK(floor.alarms("LIQUIDATED")[1].find("It belonged to no group of BackFuture.") != std::string::npos);
}

TEST_CASE("what a person bought beside and made the group's own is liquidated with the rest") {
    Floor floor{{.exchange = "mexc", .market = market::Market::futures}};
    REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
    const auto* group = floor.only_group();
    const auto number = group->number();
    const auto held = group->facts().books.held();
    simulator::NewOrder more;
    more.symbol = floor.symbol();
    more.side = market::Side::buy;
    more.type = market::OrderType::market;
    more.quantity = held;
    more.leverage = 5;
    more.margin_mode = market::MarginMode::isolated;
    REQUIRE(floor.world->exchange("mexc")->place(floor.truth(), more).has_value());
    REQUIRE(floor.clock.run_until([&] { return group->difference().has_value(); }, seconds{60}));
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, number); }).has_value());
    CHECK(group->facts().books.held() == held + held);
    CHECK(floor.held_told == std::vector{held + held});
    floor.run(seconds{1});
    floor.price(kFutures, "2300");
    REQUIRE(floor.last_fill().liquidation);
    floor.tell_fills(floor.symbol());
    floor.run(seconds{30});
    REQUIRE(floor.only_group() == nullptr);
    const auto over = wire::Json::parse(floor.store.kept_groups.at(number).document).value();
    CHECK(over["state"].text() == "LIQUIDATED");
    CHECK(over["quantity"].decimal() == Decimal{});
    CHECK(floor.troubles.empty());
}
