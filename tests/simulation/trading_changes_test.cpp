// What changes under open groups: the exchange's steps and minima, the account's own settings, the strategy's; and what a person does with several
// groups at once.
#include "support/ladder.hpp"

#include <algorithm>

using namespace bf;
using test::kFutures;
using test::kProducts;
using test::kSpot;
using test::TradingFloor;
using test::ladder::settings;
using test::ladder::Wishes;
using trading::SignalKind;

namespace {

struct Floor : TradingFloor {
    explicit Floor(Options wanted = {}, const Wishes& wish = {}) : TradingFloor{std::move(wanted)}, pair{wish.pair} {
        start();
        price(pair, "3000");
        add_strategy(settings(wish));
        run(seconds{2});
    }
    [[nodiscard]] market::Symbol symbol() const { return *market::Symbol::parse(pair); }
    simulator::Exchange& exchange() { return *world->exchange(options.exchange); }
    /// The exchange changes what it takes, and tells so in its list.
    void relist(const std::function<void(simulator::Instrument&)>& change) {
        auto listed = *exchange().find(symbol());
        change(listed);
        exchange().list(listed);
        for (auto& [native, one] : instruments) {
            if (one.symbol != symbol()) continue;
            one.price_step = listed.price_step;
            one.quantity_step = listed.quantity_step;
            one.min_quantity = listed.min_quantity;
            one.min_notional = listed.min_notional;
            one.max_quantity = listed.max_quantity.is_positive() ? std::optional{listed.max_quantity} : std::nullopt;
            one.max_notional = listed.max_notional.is_positive() ? std::optional{listed.max_notional} : std::nullopt;
            event([&, told = one](engine::Now now) { trader().on_instrument(now, id, told, engine::facts_of(told)); });
        }
    }
    /// A pair that the exchange did not have.
    std::string list_pair(const std::string& pair_name, const std::string& native, const std::string& at) {
        auto listed = *exchange().find(*market::Symbol::parse(kSpot));
        listed.symbol = *market::Symbol::parse(pair_name);
        listed.native = native;
        listed.start_price = Decimal::parse(at).value();
        if (listed.start_price < Decimal{1}) listed.price_step = listed.min_notional = "0.000001"_d;
        exchange().list(listed);
        auto told = std::find_if(instruments.begin(), instruments.end(), [](const auto& one) { return one.second.symbol == *market::Symbol::parse(kSpot); })->second;
        told.symbol = listed.symbol;
        told.native_symbol = native;
        told.price_step = listed.price_step;
        told.min_notional = listed.min_notional;
        instruments[native] = told;
        event([&](engine::Now now) { trader().on_instrument(now, id, told, engine::facts_of(told)); });
        price(pair_name, at);
        run(seconds{2});
        return pair_name;
    }
    [[nodiscard]] bool alarmed(const std::string& code) {
        return std::any_of(store.kept_alarms.begin(), store.kept_alarms.end(), [&](const auto& alarm) { return alarm.document.find("\"" + code + "\"") != std::string::npos; });
    }
    Decimal bought() {
        Decimal sum;
        for (const auto* fill : truth().fills) sum += fill->order->request.side == market::Side::buy ? fill->quantity : Decimal{};
        return sum;
    }
    std::string pair;
};

}  // namespace

TEST_CASE("an exchange that changes a pair's price step under an open group: it is still added to and still got out") {
    for (const auto& [name, pair] : kProducts) {
        for (const bool coarser : {false, true}) {
            CAPTURE(name);
            CAPTURE(pair);
            CAPTURE(coarser);
            Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}, {.pair = pair}};
            REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
            floor.relist([&](simulator::Instrument& one) { one.price_step = one.price_step * (coarser ? "10"_d : "0.1"_d); });
            floor.price(pair, "2846.3");
            const auto added = floor.signal("Ladder", pair, SignalKind::entry);
            CHECK_MESSAGE(added.outcome == "ADDED", added.document);
            REQUIRE(floor.only_group() != nullptr);
            CHECK(floor.only_group()->facts().add_ons == 1);
            CHECK(floor.only_group()->exit().current() != nullptr);
            const auto number = floor.only_group()->number();
            REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
            floor.run(seconds{20});
            CHECK(floor.only_group() == nullptr);
            CHECK_FALSE(floor.alarmed("EXIT_REFUSED"));
        }
    }
}

TEST_CASE("a lot that grows under an open group: what it can carry is sold, the rest is dust, and the group ends") {
    Floor floor{{}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.relist([](simulator::Instrument& one) { one.quantity_step = one.min_quantity = "0.03"_d; });
    floor.run(seconds{3});
    floor.price(kSpot, "3060");
    floor.run(seconds{10});
    CHECK(floor.only_group() == nullptr);
    CHECK_FALSE(floor.alarmed("EXIT_REFUSED"));
}

TEST_CASE("a minimum that rises above an open group: it does not end, people are told once with figures, and it goes on when the minimum falls") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        const bool futures = pair == kFutures;
        Floor floor{{.exchange = name, .market = futures ? market::Market::futures : market::Market::spot}, {.pair = pair}};
        REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        floor.run(seconds{3});
        const auto number = floor.only_group()->number();
        const auto held = floor.only_group()->facts().books.sellable();
        const auto first = *floor.exchange().find(floor.symbol());
        const auto count = [&] {
            return std::count_if(floor.store.kept_alarms.begin(), floor.store.kept_alarms.end(), [](const auto& alarm) { return alarm.document.find("\"BELOW_MINIMUM\"") != std::string::npos; });
        };
        // Its exit was placed under the old minimum and is left alone; the exchange loses it, and no other is taken.
        floor.relist([&](simulator::Instrument& one) { futures ? one.min_quantity = "2"_d : one.min_notional = "400"_d; });
        for (auto* order : floor.truth().orders)
            if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        floor.run(std::chrono::minutes{5});
        REQUIRE(floor.trader().find_group(number) != nullptr);
        CHECK(floor.only_group()->facts().state == trading::GroupState::active);
        CHECK(floor.only_group()->exit().current() == nullptr);
        CHECK(count() == 1);
        const auto& told = floor.store.kept_alarms.back().document;
        CHECK_MESSAGE(told.find(held.to_string() + " ETH") != std::string::npos, told);
        CHECK_MESSAGE(told.find(futures ? "below 2 ETH" : "400 USDT") != std::string::npos, told);
        floor.kill();
        floor.run(seconds{1});
        floor.start();
        floor.run(std::chrono::minutes{2});
        CHECK(count() == 1);
        REQUIRE(floor.only_group() != nullptr);
        // Closing it by hand can't be done either, and does not end it.
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
        floor.run(std::chrono::minutes{1});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->facts().state == trading::GroupState::closing);
        CHECK(count() == 1);
        floor.relist([&](simulator::Instrument& one) { one = first; });
        floor.run(seconds{20});
        CHECK(floor.only_group() == nullptr);
        CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["close_reason"].text() == "user");
        CHECK_FALSE(floor.alarmed("EXIT_REFUSED"));
        CHECK_FALSE(floor.alarmed("DUST"));
    }
}

TEST_CASE("the most that an exchange takes in one order: no entry above it is sent, and a group that is larger than it gets out all the same") {
    for (const auto& [name, pair] : kProducts) {
        CAPTURE(name);
        CAPTURE(pair);
        const bool futures = pair == kFutures;
        Floor floor{{.exchange = name, .market = futures ? market::Market::futures : market::Market::spot}, {.pair = pair}};
        REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        floor.run(seconds{3});
        const auto number = floor.only_group()->number();
        const auto held = floor.only_group()->facts().books.sellable();
        REQUIRE(held >= "0.05"_d);
        floor.relist([&](simulator::Instrument& one) { futures ? one.max_quantity = round_to_step(held * "0.4"_d, one.quantity_step, Rounding::down) : one.max_notional = held * 3000 * "0.4"_d; });
        floor.run(seconds{3});
        floor.price(pair, "2846.3");
        const auto added = floor.signal("Ladder", pair, SignalKind::entry);
        CHECK_MESSAGE(added.outcome == "BLOCKED", added.document);
        CHECK_MESSAGE(added.document.find(R"("primary":"ORDER_ABOVE_MAXIMUM")") != std::string::npos, added.document);
        for (auto* order : floor.truth().orders)
            if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        floor.run(std::chrono::minutes{1});
        floor.price(pair, "3100");
        floor.run(std::chrono::minutes{1});
        CHECK(floor.only_group() == nullptr);
        CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["close_reason"].text() == "take_profit");
        CHECK_FALSE(floor.alarmed("EXIT_REFUSED"));
    }
}

TEST_CASE("a close at a price at which the group is worth less than the minimum waits for a better one; who does not want to wait lets it go") {
    for (const bool waits : {true, false}) {
        CAPTURE(waits);
        Floor floor;
        floor.relist([](simulator::Instrument& one) { one.min_notional = "200"_d; });
        floor.run(seconds{1});
        REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
        const auto number = floor.only_group()->number();
        CHECK_FALSE(floor.event([&](engine::Now now) { return floor.trader().let_go(now, number); }).has_value());
        floor.price(kSpot, "1900");
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
        floor.run(seconds{30});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.alarmed("BELOW_MINIMUM"));
        if (waits) {
            floor.price(kSpot, "2100");
            floor.run(seconds{10});
            CHECK(floor.only_group() == nullptr);
            CHECK(floor.truth().spot.at("ETH").free < "0.001"_d);
            continue;
        }
        const auto held = floor.only_group()->facts().books.held();
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().let_go(now, number); }).has_value());
        CHECK(floor.only_group() == nullptr);
        const auto kept = wire::Json::parse(floor.store.kept_groups.at(number).document).value();
        CHECK(kept["close_reason"].text() == "let_go");
        CHECK(kept["quantity"].decimal() == held);
        CHECK(kept["realised"].decimal() == Decimal{});
        CHECK(floor.truth().spot.at("ETH").free == held);
    }
}

TEST_CASE("what a sale leaves below the exchange's own minimum is dust as ever") {
    Floor floor;
    floor.relist([](simulator::Instrument& one) { one.min_notional = "200"_d; });
    floor.run(seconds{1});
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{2});
    const auto* exit = floor.only_group()->exit().current();
    REQUIRE(exit != nullptr);
    const auto number = floor.only_group()->number();
    floor.exchange().print_trade(*floor.exchange().find(floor.symbol()), market::Side::buy, *exit->plan().price, "0.05"_d);
    floor.run(seconds{20});
    CHECK(floor.only_group() == nullptr);
    CHECK(wire::Json::parse(floor.store.kept_groups.at(number).document).value()["close_reason"].text() == "take_profit");
    CHECK_FALSE(floor.alarmed("BELOW_MINIMUM"));
}

TEST_CASE("a minimum that falls under an open group") {
    Floor floor{{}};
    floor.relist([](simulator::Instrument& one) { one.min_notional = "200"_d; });
    floor.run(seconds{1});
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.relist([](simulator::Instrument& one) { one.min_notional = "1"_d; });
    // A stranger takes a part of the exit: the rest could not have been sold before.
    floor.run(seconds{2});
    const auto* exit = floor.only_group()->exit().current();
    REQUIRE(exit != nullptr);
    floor.exchange().print_trade(*floor.exchange().find(floor.symbol()), market::Side::buy, *exit->plan().price, "0.05"_d);
    floor.run(seconds{5});
    REQUIRE(floor.only_group() != nullptr);
    REQUIRE(floor.only_group()->exit().current() != nullptr);
    CHECK(floor.only_group()->exit().current()->working() == floor.only_group()->facts().books.sellable());
    const auto number = floor.only_group()->number();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
    floor.run(seconds{10});
    CHECK(floor.only_group() == nullptr);
    CHECK(floor.truth().spot.at("ETH").free < "0.001"_d);
}

TEST_CASE("a PRO group's zones ask for add-ons of that group, and never for one of the group in Recovery Mode") {
    Floor floor{{.pro = true}, {.trigger = "zone_only", .take_profit = "30", .more_recovery = R"(,"pro_connection":"Pro","add_on_budget":1,"cooldown_s":0)"}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto number = floor.only_group()->number();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().put_in_recovery(now, number); }).has_value());
    floor.price(kSpot, "2995");
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto* pro = floor.only_group("pro");
    REQUIRE(pro != nullptr);
    // Its first zone; of the old group it is farther than one and a half steps below its deepest fill only at the second.
    floor.price(kSpot, "2840");
    floor.run(seconds{5});
    CHECK(pro->facts().add_ons == 1);
    floor.price(kSpot, "2690");
    floor.run(seconds{5});
    CHECK(pro->facts().add_ons == 2);
    REQUIRE(floor.only_group() != nullptr);
    CHECK(floor.only_group()->facts().recovery_add_ons == 0);
    // The old one ends: the new one goes on.
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
    floor.run(seconds{5});
    floor.price(kSpot, "2540");
    floor.run(seconds{5});
    CHECK(pro->facts().add_ons == 3);
}

TEST_CASE("a zone that was asked for in vain is asked for again when the price comes into it again") {
    Floor floor{{}, {.trigger = "zone_only", .take_profit = "30"}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto id = floor.trader().find_strategy("Ladder")->id;
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().set_mode(now, id, trading::Mode::exit_only); }).has_value());
    floor.price(kSpot, "2840");
    floor.run(seconds{5});
    CHECK(floor.only_group()->facts().add_ons == 0);
    floor.price(kSpot, "2950");
    floor.run(std::chrono::minutes{5});
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().set_mode(now, id, trading::Mode::normal); }).has_value());
    floor.price(kSpot, "2840");
    floor.run(seconds{5});
    CHECK(floor.only_group()->facts().add_ons == 1);
}

TEST_CASE("an account whose settings could not be read for a moment is asked again, not given up") {
    for (const std::string name : {"kucoin", "mexc"}) {
        CAPTURE(name);
        Floor floor{{.exchange = name, .market = market::Market::futures}, {.pair = kFutures}};
        const std::string path = name == "kucoin" ? "getPositionMode" : "position_mode";
        int refused = 0;
        floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            if (request.target.find(path) == std::string::npos) return std::nullopt;
            ++refused;
            return wire::Response{503, {}, "unavailable"};
        };
        const auto id = floor.trader().find_strategy("Ladder")->id;
        const auto number = floor.event([&](engine::Now now) {
            trading::Signal signal{.strategy = id, .pair = kFutures, .time = floor.clock.wall()};
            return floor.trader().receive(now, *floor.trader().find_strategy(id), std::move(signal));
        }).value();
        const auto told = [&] {
            ports::StoredDecision last;
            for (const auto& [key, decision] : floor.store.kept_decisions)
                if (decision.signal == number) last = decision;
            return last;
        };
        floor.run(seconds{30});
        CHECK(refused > 0);
        CHECK(told().outcome == "WAITING");
        CHECK_MESSAGE(told().document.find("EXCHANGE_UNAVAILABLE") != std::string::npos, told().document);
        floor.transport->instead = {};
        floor.run(seconds{15});
        CHECK_MESSAGE(told().outcome == "OPENED", told().document);
        CHECK(floor.only_group() != nullptr);
    }
}

TEST_CASE("each group's account settings are read before its first entry, also those of the second group") {
    for (const std::string name : {"kucoin", "mexc"}) {
        CAPTURE(name);
        Floor floor{{.exchange = name, .market = market::Market::futures}, {.pair = kFutures}};
        REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
        floor.price(kFutures, "3060");
        floor.run(seconds{10});
        REQUIRE(floor.only_group() == nullptr);
        // The user trades in hedge mode from now on.
        REQUIRE(floor.exchange().set_position_mode(floor.truth(), market::PositionMode::hedge).has_value());
        const auto orders = floor.truth().orders.size();
        const auto refused = floor.signal("Ladder", kFutures, SignalKind::entry);
        CHECK(refused.outcome == "BLOCKED");
        CHECK(wire::Json::parse(refused.document).value()["primary"].text() == "LEVERAGE_MISMATCH");
        CHECK(floor.truth().orders.size() == orders);
        CHECK(floor.only_group() == nullptr);
        // And back.
        REQUIRE(floor.exchange().set_position_mode(floor.truth(), market::PositionMode::one_way).has_value());
        floor.run(std::chrono::minutes{2});
        const auto opened = floor.signal("Ladder", kFutures, SignalKind::entry);
        CHECK_MESSAGE(opened.outcome == "OPENED", opened.document);
    }
}

TEST_CASE("a position that was turned round by hand is not the group's, however large it is") {
    for (const std::string name : {"kucoin", "mexc"}) {
        CAPTURE(name);
        Floor floor{{.exchange = name, .market = market::Market::futures}, {.pair = kFutures}};
        REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
        const auto held = floor.only_group()->facts().books.held();
        for (const auto* order : floor.truth().orders)
            if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        simulator::NewOrder sale;
        sale.symbol = floor.symbol();
        sale.side = market::Side::sell;
        sale.type = market::OrderType::market;
        sale.quantity = held + held;
        REQUIRE(floor.exchange().place(floor.truth(), sale).has_value());
        floor.run(seconds{60});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->facts().state == trading::GroupState::desync);
        CHECK(floor.alarmed("GROUP_DESYNC"));
    }
}

TEST_CASE("an exit signal finds the strategy's group where it is, though the strategy trades elsewhere by now") {
    Floor floor{{.pro = true}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto* strategy = floor.trader().find_strategy("Ladder");
    auto elsewhere = strategy->settings;
    elsewhere.connection = "Pro";
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().change_strategy(now, strategy->id, elsewhere).has_value(); }));
    floor.price(kSpot, "3015");
    const auto closed = floor.signal("Ladder", kSpot, SignalKind::exit);
    CHECK_MESSAGE(closed.outcome == "CLOSED", closed.document);
    floor.run(seconds{5});
    CHECK(floor.trader().groups().empty());
}

TEST_CASE("an enabled strategy is not changed into a ladder that is liquidated before its end") {
    Floor floor{{.market = market::Market::futures}, {.pair = kFutures}};
    const auto* strategy = floor.trader().find_strategy("Ladder");
    auto deadly = strategy->settings;
    deadly.futures.leverage = Decimal{10};
    const auto refused = floor.event([&](engine::Now now) -> Status {
        auto changed = floor.trader().change_strategy(now, strategy->id, deadly);
        if (!changed) return Unexpected{changed.error()};
        return {};
    });
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "LADDER_LIQUIDATES_EARLY");
    CHECK(floor.trader().find_strategy("Ladder")->settings.futures.leverage == Decimal{2});
}

TEST_CASE("coins that two groups share and that are gone are taken from one of them, not from both") {
    Floor floor{{.balances = R"({"USDT":"10000","USDC":"10000"})"}};
    const auto dollar = floor.list_pair("ETH/USDC", "ETH-USDC", "3000");
    auto other = settings({.pair = dollar});
    other.replace(other.find("Ladder"), 6, "Dollar");
    floor.add_strategy(other);
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    REQUIRE(floor.signal("Dollar", dollar, SignalKind::entry).outcome == "OPENED");
    std::vector<const engine::LiveGroup*> groups;
    Decimal held;
    for (const auto& [number, group] : floor.trader().groups()) {
        groups.push_back(group.get());
        held += group->facts().books.held();
    }
    REQUIRE(groups.size() == 2);
    floor.money_polled = false;
    floor.run(seconds{1});
    const auto there = held - "0.05"_d;
    for (int i = 0; i < 2; ++i) {
        floor.event([&](engine::Now now) {
            const std::optional<Decimal> none;
            floor.trader().on_balances(now, "main", {{"USDT", Decimal{9000}, Decimal{0}, none}, {"USDC", Decimal{9000}, Decimal{0}, none}, {"ETH", Decimal{0}, there, none}}, true);
        });
        floor.run(seconds{11});
    }
    for (const auto* group : groups) REQUIRE(group->difference().has_value());
    const auto adopt = [&](const engine::LiveGroup* group) {
        return floor.event([&, number = group->number()](engine::Now now) { return floor.trader().adopt_difference(now, number); });
    };
    CHECK(adopt(groups[0]).has_value());
    // What was missing is accounted for: the other group lacks nothing.
    CHECK(adopt(groups[1]).error().code == "no_difference");
    CHECK(groups[0]->facts().books.held() + groups[1]->facts().books.held() == there);
    CHECK(groups[1]->facts().state == trading::GroupState::active);
}

TEST_CASE("what groups hold in one money takes nothing of another's") {
    Floor floor{{.balances = R"({"USDT":"10000","BTC":"1"})"}};
    const auto pair = floor.list_pair("ETH/BTC", "ETH-BTC", "0.05");
    auto other = settings({.pair = pair, .base = "0.01"});
    other.replace(other.find("Ladder"), 6, "Coins2");
    const std::string limit = R"("group_limit":"2000")";
    other.replace(other.find(limit), limit.size(), R"("group_limit":"0.1")");
    floor.add_strategy(other);
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto opened = floor.signal("Coins2", pair, SignalKind::entry);
    CHECK_MESSAGE(opened.outcome == "OPENED", opened.document);
    CHECK(floor.trader().capital().of_connection("main", "BTC").used < "0.02"_d);
    CHECK(floor.trader().capital().of_connection("main", "USDT").used > Decimal{200});
}

TEST_CASE("two connections of one account do not open beside each other on one contract") {
    Floor floor{{.market = market::Market::futures, .pro = true}, {.pair = kFutures}};
    for (const auto* name : {"main", "pro"}) {
        auto state = *floor.trader().find_connection(name);
        state.account.id = "165000001";
        state.account_id = "165000001";
        floor.event([&](engine::Now now) { floor.trader().on_connection(now, state); });
    }
    auto other = settings({.pair = kFutures, .direction = "short"});
    other.replace(other.find("Ladder"), 6, "Second");
    other.replace(other.find(R"("connection":"Main")"), 19, R"("connection":"Pro")");
    floor.add_strategy(other);
    REQUIRE(floor.signal("Ladder", kFutures, SignalKind::entry).outcome == "OPENED");
    // In one-way mode the exchange would net the two.
    const auto blocked = floor.signal("Second", kFutures, SignalKind::entry, trading::Direction::short_side);
    CHECK(blocked.outcome == "BLOCKED");
    CHECK_MESSAGE(blocked.document.find("OPPOSITE_GROUP_OPEN") != std::string::npos, blocked.document);
}

TEST_CASE("a withdrawal is no loss: it does not pause entries, after a restart neither") {
    Floor floor{{}};
    floor.run(std::chrono::minutes{6});
    const auto id = floor.trader().find_strategy("Ladder")->id;
    const auto active = [&] {
        const auto* connection = floor.trader().find_connection("main");
        return floor.trader().brake_of(*connection, "USDT", floor.trader().find_strategy(id)->rules.protection)->active();
    };
    const auto before = floor.clock.wall();
    REQUIRE(floor.exchange().move_money(floor.truth(), market::Market::spot, "USDT", "-5000"_d).has_value());
    floor.run(std::chrono::minutes{1});
    CHECK(active());
    floor.event([&](engine::Now now) { floor.trader().on_unexplained(now, "main", {"USDT", "-5000"_d, before, now.wall}); });
    floor.run(std::chrono::minutes{1});
    CHECK_FALSE(active());
    floor.kill();
    floor.run(seconds{1});
    floor.start();
    floor.run(std::chrono::minutes{1});
    CHECK_FALSE(active());
    floor.restart_from_checkpoint();
    floor.run(std::chrono::minutes{1});
    CHECK_FALSE(active());
}

TEST_CASE("when a part was sold by hand, the exit rests for what is there, and a close sells it, whatever the user decides about the rest") {
    for (const auto& [name, pair] : kProducts) {
        for (const bool ignored : {false, true}) {
            CAPTURE(name);
            CAPTURE(pair);
            CAPTURE(ignored);
            Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}, {.pair = pair}};
            REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
            const auto number = floor.only_group()->number();
            const auto held = floor.only_group()->facts().books.held();
            for (const auto* order : floor.truth().orders)
                if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
            simulator::NewOrder sale;
            sale.symbol = floor.symbol();
            sale.side = market::Side::sell;
            sale.type = market::OrderType::market;
            sale.quantity = "0.04"_d;
            REQUIRE(floor.exchange().place(floor.truth(), sale).has_value());
            floor.run(std::chrono::minutes{2});
            const auto* group = floor.trader().find_group(number);
            REQUIRE(group != nullptr);
            REQUIRE(group->difference().has_value());
            if (ignored) {
                REQUIRE(floor.event([&](engine::Now now) { return floor.trader().ignore_difference(now, number); }).has_value());
                floor.run(seconds{30});
            }
            const auto left = round_to_step(held - *sale.quantity, group->terms().limits.quantity_step, Rounding::down);
            REQUIRE(group->exit().current() != nullptr);
            CHECK(group->exit().current()->stage() == engine::Stage::open);
            CHECK(group->exit().current()->working() == left);
            // It is sold at the take-profit, or at once when it is to be closed; the group ends when its user settled the rest.
            REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
            floor.run(seconds{30});
            if (pair == kSpot) CHECK(floor.truth().spot.at("ETH").total() < "0.001"_d);
            else CHECK(floor.truth().positions.empty());
            CHECK((floor.trader().find_group(number) == nullptr) == ignored);
            if (ignored) continue;
            REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, number); }).has_value());
            floor.run(seconds{10});
            CHECK(floor.trader().find_group(number) == nullptr);
        }
    }
}

TEST_CASE("coins that come back after their lack was ignored are sold with the others") {
    Floor floor{{}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto* group = floor.only_group();
    const auto number = group->number();
    const auto held = group->facts().books.held();
    for (const auto* order : floor.truth().orders)
        if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
    REQUIRE(floor.exchange().move_money(floor.truth(), market::Market::spot, "ETH", "-0.04"_d).has_value());
    floor.run(std::chrono::minutes{2});
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().ignore_difference(now, number); }).has_value());
    floor.run(seconds{30});
    CHECK(group->exit().current()->working() < held - "0.03"_d);
    REQUIRE(floor.exchange().move_money(floor.truth(), market::Market::spot, "ETH", "0.04"_d).has_value());
    floor.run(seconds{30});
    CHECK(group->exit().current()->working() == group->facts().books.sellable());
    floor.price(kSpot, "3060");
    floor.run(seconds{10});
    CHECK(floor.only_group() == nullptr);
    CHECK(floor.truth().spot.at("ETH").total() < "0.001"_d);
}

TEST_CASE("an exit that the exchange does not take any more is tried ever more rarely, and at once when its list, its connection or its user says something new") {
    for (const auto& [name, pair] : {kProducts[0], kProducts[3]}) {
        CAPTURE(name);
        CAPTURE(pair);
        Floor floor{{.exchange = name, .market = pair == kSpot ? market::Market::spot : market::Market::futures}, {.pair = pair}};
        REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        floor.run(seconds{3});
        const auto number = floor.only_group()->number();
        const auto tries = [&] {
            int made = 0;
            floor.trader().orders().each(number, [&](const engine::Order&) { ++made; });
            return made;
        };
        auto listed = *floor.exchange().find(floor.symbol());
        listed.api_tradable = false;
        floor.exchange().list(listed);
        for (auto* order : floor.truth().orders)
            if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        floor.run(std::chrono::hours{2});
        auto before = tries();
        CHECK(before >= 14);
        CHECK(before <= 24);
        const auto tried = [&] {
            floor.run(seconds{3});
            const auto now = tries();
            const bool any = now > before;
            floor.run(std::chrono::minutes{40});
            before = tries();
            floor.run(seconds{5});
            return any;
        };
        floor.event([&](engine::Now now) { floor.trader().on_connection(now, *floor.trader().find_connection("main")); });
        CHECK(tried());
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().set_frozen(now, "main", true); }).has_value());
        CHECK(tried());
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
        CHECK(tried());
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, number, "user"); }).has_value());
        CHECK(tried());
        listed.api_tradable = true;
        for (const bool open : {false, true}) {
            if (open) floor.exchange().list(listed);
            for (auto& [native, one] : floor.instruments) {
                if (one.symbol != floor.symbol()) continue;
                one.tradable = open;
                floor.event([&, told = one](engine::Now now) { floor.trader().on_instrument(now, floor.id, told, engine::facts_of(told)); });
            }
            if (!open) CHECK(tried());
        }
        floor.run(seconds{4});
        CHECK(floor.trader().find_group(number) == nullptr);
    }
}

TEST_CASE("ended orders without a fill leave a long group's way, are known by both names, and count again when something is told of one after all") {
    Floor floor{{}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{3});
    const auto number = floor.only_group()->number();
    std::vector<engine::OrderNumber> exits;
    for (int i = 0; i < 120; ++i) {
        exits.push_back(floor.only_group()->exit().current()->intent().number);
        for (auto* order : floor.truth().orders)
            if (order->is_open()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        REQUIRE(floor.clock.run_until([&] { const auto* now = floor.only_group()->exit().current(); return now == nullptr || now->intent().number > exits.back(); }, seconds{30}));
        // News of the connection ends the pause after an exit that the exchange ended.
        floor.event([&](engine::Now now) { floor.trader().on_connection(now, *floor.trader().find_connection("main")); });
        REQUIRE(floor.clock.run_until([&] { const auto* now = floor.only_group()->exit().current(); return now != nullptr && now->intent().number > exits.back() && now->exchange_id(); }, seconds{30}));
    }
    CHECK(floor.only_group()->orders().size() > 120);
    floor.run(std::chrono::minutes{62});
    const auto& group = *floor.only_group();
    CHECK(group.orders().size() < 60);
    CHECK(floor.trader().orders().find_whole(exits.front()) == nullptr);
    CHECK(floor.trader().orders().find_whole(exits.back()) != nullptr);
    std::vector<engine::Order> all;
    floor.trader().orders().each(number, [&](const engine::Order& order) { all.push_back(order); });
    CHECK(all.size() == 122);
    const auto shelved = [&](std::size_t which) { return *std::find_if(all.begin(), all.end(), [&](const auto& order) { return order.intent().number == exits[which]; }); };
    for (const bool by_our_name : {true, false}) {
        const auto order = shelved(by_our_name ? 3 : 7);
        const auto held = group.facts().books.held();
        market::Fill fill;
        fill.id = by_our_name ? "late1" : "late2";
        fill.symbol = floor.symbol();
        fill.side = market::Side::sell;
        fill.price = order.plan().price;
        fill.quantity = "0.01"_d;
        fill.fee = market::Amount{"USDT", "0.03"_d};
        fill.at = floor.clock.wall();
        if (by_our_name) fill.client_order_id = order.intent().client_id;
        fill.order_id = order.exchange_id();
        if (!by_our_name) REQUIRE(fill.order_id);
        floor.event([&](engine::Now now) { floor.trader().on_fill(now, "main", fill); });
        CHECK(group.facts().books.held() == held - "0.01"_d);
        CHECK(floor.trader().orders().find_whole(order.intent().number) != nullptr);
    }
    CHECK_FALSE(floor.alarmed("FOREIGN_ORDER"));
    const auto held = group.facts().books.held();
    for (const bool from_checkpoint : {false, true}) {
        if (from_checkpoint) {
            floor.restart_from_checkpoint();
        } else {
            floor.run(seconds{1});
            floor.begin_again();
        }
        floor.run(seconds{3});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->facts().books.held() == held);
    }
}

TEST_CASE("everything is to be closed now: it is, though the process died before the groups' own records, and after a restored state was confirmed") {
    Floor floor{{}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto id = floor.trader().find_strategy("Ladder")->id;
    const auto close_now = [&] { return floor.event([&](engine::Now now) { return floor.trader().set_mode(now, id, trading::Mode::close_now); }); };
    SUBCASE("the journal lost it") {
        REQUIRE(close_now().has_value());
        floor.kill();
        floor.run(seconds{1});
        floor.start();
    }
    SUBCASE("nothing was to be done yet") {
        floor.trader().hold();
        REQUIRE(close_now().has_value());
        floor.run(seconds{5});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->closing_why().empty());
        floor.event([&](engine::Now now) { floor.trader().release_hold(now); });
    }
    floor.run(seconds{20});
    CHECK(floor.only_group() == nullptr);
    CHECK(floor.truth().spot.at("ETH").total() < "0.001"_d);
}
