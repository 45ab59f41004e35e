// What is not known yet when a process begins, and what it must not forget of its last life; what two connections of one wallet share.
#include "support/ladder.hpp"

#include <algorithm>

using namespace bf;
using test::kFutures;
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
        // Its take-profit is out of the way of what these tests do with the price.
        auto far = wish;
        far.take_profit = "9.0";
        add_strategy(settings(far));
        run(seconds{2});
    }
    [[nodiscard]] trading::GroupState state() { return only_group()->facts().state; }
    void fall_into_recovery() {
        REQUIRE(signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        price(pair, "2700");
        run(seconds{80});
        REQUIRE(state() == trading::GroupState::recovery);
    }
    [[nodiscard]] std::string last_reason() {
        REQUIRE_FALSE(store.kept_groups.empty());
        const auto document = wire::Json::parse(store.kept_groups.rbegin()->second.document).value();
        return std::string{document["close_reason"].text().value_or("?")};
    }
    std::string pair;
};

}  // namespace

TEST_CASE("an exit signal that comes before the first price of a life waits for it, and is decided by that") {
    Floor profit;
    REQUIRE(profit.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    profit.price(kSpot, "3100");
    profit.begin_again();
    const auto closed = profit.signal("Ladder", kSpot, SignalKind::exit);
    CHECK_MESSAGE(closed.outcome == "CLOSED", closed.document);

    Floor loss{{.market = market::Market::futures}, {.pair = kFutures, .direction = "short"}};
    REQUIRE(loss.signal("Ladder", kFutures, SignalKind::entry, trading::Direction::short_side).outcome == "OPENED");
    loss.price(kFutures, "3100");
    loss.begin_again();
    const auto kept = loss.signal("Ladder", kFutures, SignalKind::exit, trading::Direction::short_side);
    CHECK_MESSAGE(kept.outcome == "BLOCKED", kept.document);
    CHECK_MESSAGE(kept.document.find(R"("primary":"EXIT_AT_LOSS")") != std::string::npos, kept.document);
    REQUIRE(loss.only_group() != nullptr);
}

TEST_CASE("a ladder that is liquidated before its end opens nothing, though nobody could tell so when it was set") {
    Floor floor{{.market = market::Market::futures}, {.pair = kFutures}};
    floor.begin_again();
    auto deadly = floor.trader().find_strategy("Ladder")->settings;
    deadly.futures.leverage = Decimal{5};
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().change_strategy(now, floor.trader().find_strategy("Ladder")->id, deadly).has_value(); }));
    floor.run(seconds{5});
    const auto blocked = floor.signal("Ladder", kFutures, SignalKind::entry);
    CHECK(blocked.outcome == "BLOCKED");
    CHECK_MESSAGE(blocked.document.find(R"("primary":"LADDER_LIQUIDATES_EARLY")") != std::string::npos, blocked.document);
    CHECK(floor.trader().groups().empty());
}

TEST_CASE("a close does not wait for ever for a price of now: after ten seconds the last one does, where somebody is there") {
    Floor floor;
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{5});
    floor.prices_told = false;
    floor.run(seconds{7});
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, floor.only_group()->number(), "user"); }).has_value());
    floor.run(seconds{8});
    CHECK(floor.only_group() != nullptr);
    floor.run(seconds{5});
    CHECK(floor.only_group() == nullptr);
}

TEST_CASE("an exit signal waits for a price of now as long as a close, ten seconds, and its close does not wait once more") {
    Floor floor;
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    floor.price(kSpot, "3100");
    floor.run(seconds{5});
    floor.prices_told = false;
    floor.run(seconds{7});
    const auto sent = floor.clock.wall();
    const auto closed = floor.signal("Ladder", kSpot, SignalKind::exit);
    CHECK_MESSAGE(closed.outcome == "CLOSED", closed.document);
    CHECK(closed.at - sent >= seconds{10});
    CHECK(floor.clock.wall() - sent < seconds{15});
    CHECK(floor.only_group() == nullptr);
}

TEST_CASE("a release from Recovery Mode outlives the process: what was true then stays silent until it gets worse") {
    Floor floor{{}, {.adverse = "5"}};
    floor.fall_into_recovery();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().release(now, floor.only_group()->number()); }).has_value());
    floor.run(seconds{80});
    REQUIRE(floor.state() == trading::GroupState::active);
    floor.begin_again();
    floor.run(seconds{150});
    CHECK(floor.state() == trading::GroupState::active);
    floor.restart_from_checkpoint();
    floor.run(seconds{150});
    CHECK(floor.state() == trading::GroupState::active);
    floor.price(kSpot, "2620");
    floor.run(seconds{80});
    CHECK(floor.state() == trading::GroupState::recovery);
}

TEST_CASE("a release while no price is known silences what is true when one is told") {
    Floor floor{{}, {.adverse = "5"}};
    floor.fall_into_recovery();
    floor.begin_again();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().release(now, floor.only_group()->number()); }).has_value());
    floor.run(seconds{150});
    CHECK(floor.state() == trading::GroupState::active);
}

TEST_CASE("a group whose first entry was refused says so, and lets no pair rest, after a restart neither") {
    Floor floor{{}, {.pair_cooldown = "86400"}};
    const auto symbol = *market::Symbol::parse(kSpot);
    auto listed = *floor.world->exchange("kucoin")->find(symbol);
    const auto least = std::exchange(listed.min_notional, Decimal{1'000'000});
    floor.world->exchange("kucoin")->list(listed);
    const auto refused = floor.signal("Ladder", kSpot, SignalKind::entry);
    REQUIRE_MESSAGE(refused.document.find(R"("primary":"ORDER_REJECTED")") != std::string::npos, refused.document);
    floor.run(seconds{5});
    REQUIRE(floor.trader().groups().empty());
    REQUIRE(floor.last_reason() == "refused");
    listed.min_notional = least;
    floor.world->exchange("kucoin")->list(listed);
    floor.begin_again();
    floor.run(std::chrono::minutes{61});
    const auto opened = floor.signal("Ladder", kSpot, SignalKind::entry);
    CHECK_MESSAGE(opened.outcome == "OPENED", opened.document);
}

TEST_CASE("a group whose coins were sold by hand ends as what it was: adopted, not as a take-profit") {
    Floor floor;
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    auto& exchange = *floor.world->exchange("kucoin");
    const auto held = floor.only_group()->facts().books.held();
    for (const auto* order : floor.truth().orders)
        if (order->is_open()) static_cast<void>(exchange.cancel(floor.truth(), *order));
    simulator::NewOrder sale;
    sale.symbol = *market::Symbol::parse(kSpot);
    sale.side = market::Side::sell;
    sale.type = market::OrderType::market;
    sale.quantity = held;
    REQUIRE(exchange.place(floor.truth(), sale).has_value());
    floor.run(seconds{60});
    REQUIRE(floor.only_group() != nullptr);
    REQUIRE(floor.only_group()->difference().has_value());
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, floor.only_group()->number()); }).has_value());
    floor.run(seconds{5});
    REQUIRE(floor.trader().groups().empty());
    CHECK(floor.last_reason() == "adopted");
}

TEST_CASE("what one connection's group bought is no loss of another connection of the same wallet") {
    Floor floor{{.pro = true}};
    for (const auto* name : {"main", "pro"}) {
        auto state = *floor.trader().find_connection(name);
        state.account.id = "165000001";
        state.account_id = "165000001";
        floor.event([&](engine::Now now) { floor.trader().on_connection(now, state); });
    }
    floor.money_polled = false;
    floor.run(seconds{1});
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto spent = floor.only_group()->facts().books.notional();
    const auto left = Decimal{10'000} - spent;
    for (const auto* name : {"main", "pro"})
        floor.event([&](engine::Now now) { floor.trader().on_balances(now, name, {{"USDT", left, Decimal{0}, std::nullopt}, {"ETH", floor.only_group()->facts().books.held(), Decimal{0}, std::nullopt}}, true); });
    for (const auto* name : {"main", "pro"}) {
        const auto equity = floor.trader().equity_of(*floor.trader().find_connection(name), "USDT");
        REQUIRE(equity.has_value());
        CHECK(abs(*equity - Decimal{10'000}) < Decimal{5});
    }
}

TEST_CASE("coins whose price was not taken from the account's money yet are no profit to fall from") {
    Floor floor;
    floor.run(std::chrono::minutes{6});
    floor.money_polled = false;
    floor.run(seconds{1});
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    // So long that a sample of it would be kept.
    floor.run(std::chrono::minutes{11});
    const auto& connection = *floor.trader().find_connection("main");
    REQUIRE(floor.trader().equity_of(connection, "USDT").value() > Decimal{10'200});
    for (const auto& sample : floor.trader().equity_history(connection, "USDT")) CHECK(sample.equity < Decimal{10'005});
    const auto left = Decimal{10'000} - floor.only_group()->facts().books.notional();
    floor.event([&](engine::Now now) { floor.trader().on_balances(now, "main", {{"USDT", left, Decimal{0}, std::nullopt}, {"ETH", floor.only_group()->facts().books.held(), Decimal{0}, std::nullopt}}, true); });
    const auto before = floor.trader().equity_history(connection, "USDT").size();
    floor.run(std::chrono::minutes{6});
    // From then on it is looked at again.
    CHECK(floor.trader().equity_history(connection, "USDT").size() > before);
    for (const auto& sample : floor.trader().equity_history(connection, "USDT")) CHECK(sample.equity < Decimal{10'005});
}

TEST_CASE("what the signer's limits would refuse is blocked with the figures before a group is made, an order written down or anything sent") {
    for (const auto market : {market::Market::spot, market::Market::futures}) {
        const bool futures = market == market::Market::futures;
        CAPTURE(futures);
        Floor floor{{.market = market}, {.pair = futures ? kFutures : kSpot, .base = futures ? "150" : "300"}};
        const auto told = [&](const std::function<void(ports::LimitState&)>& change) {
            ports::LimitState state{ports::default_limits(market), {}, {}, {}, {}};
            change(state);
            floor.event([&](engine::Now now) { floor.trader().on_limits(now, "main", state); });
        };
        const auto asked = [&] { return floor.admin("requests?exchange=kucoin", "", wire::Method::get); };
        const auto leverage_calls = [&] {
            const auto all = asked();
            return all.find("getMarginMode") != std::string::npos || all.find("/orders") != std::string::npos;
        };
        const auto refused = [&](const std::string& code, const std::string& words) {
            const auto entry = floor.signal("Ladder", floor.pair, SignalKind::entry);
            CHECK_MESSAGE(entry.outcome == "BLOCKED", entry.document);
            CHECK_MESSAGE(entry.document.find(R"("primary":")" + code + '"') != std::string::npos, entry.document);
            CHECK_MESSAGE(entry.document.find(words) != std::string::npos, entry.document);
            CHECK(floor.trader().groups().empty());
            CHECK(floor.store.kept_groups.empty());
            CHECK(floor.trader().orders().last_number() == 0);
            CHECK(floor.truth().orders.empty());
        };
        REQUIRE_FALSE(leverage_calls());
        told([](auto& state) { state.limits.values.at("USDT").order = Decimal{100}; });
        refused("POLICY_DENIED", "is more than the connection's limit of 100.");
        // One that is more than all of an hour can't be signed, whatever of it is used.
        told([](auto& state) { state.limits.values.at("USDT").hour = Decimal{90}; });
        refused("POLICY_DENIED", "is more than the connection's limit of 90.");
        told([](auto& state) { state.limits.symbols.emplace(); });
        refused("POLICY_DENIED", floor.pair + " is not among the pairs of the connection's limits.");
        told([](auto& state) { state.findings.push_back(ports::LimitFinding::rolled_back); });
        refused("POLICY_DENIED", "the connection's limits are lost or older than they were");
        told([](auto& state) { state.freeze = ports::FreezeLevel::entries; });
        refused("CONNECTION_FROZEN", "the connection is frozen");
        if (futures) {
            told([](auto& state) { state.limits.leverage = 1; });
            refused("POLICY_DENIED", "the leverage of 2 is more than the connection's limit of 1.");
        }
        CHECK_FALSE(leverage_calls());
        // What was told long ago, and a raise that may hold by now, stand against nothing: the signer judges.
        told([](auto& state) { state.limits.values.at("USDT").order = Decimal{100}; });
        floor.run(std::chrono::minutes{3});
        CHECK(floor.signal("Ladder", floor.pair, SignalKind::entry).outcome == "OPENED");
        const auto entry_orders = floor.trader().orders().last_number();
        told([](auto& state) { state.limits.values.at("USDT").order = Decimal{100}; });
        floor.price(floor.pair, "2840");
        const auto add_on = floor.signal("Ladder", floor.pair, SignalKind::entry);
        CHECK_MESSAGE(add_on.document.find(R"("primary":"POLICY_DENIED")") != std::string::npos, add_on.document);
        CHECK(floor.trader().orders().last_number() == entry_orders);
        CHECK(floor.only_group()->facts().add_ons == 0);
        told([&](auto& state) {
            state.raise = ports::LimitState::Raise{state.limits, floor.clock.wall() - seconds{1}};
            state.limits.values.at("USDT").order = Decimal{100};
        });
        CHECK(floor.signal("Ladder", floor.pair, SignalKind::entry).outcome == "ADDED");
    }
}

TEST_CASE("an order for which nothing is left of the hour, the day or what may be open is blocked before a group is made, by what the signer tells at that moment") {
    struct Row { const char* why; Decimal hour, day, exposure; const char *outcome, *told; };
    // The order is worth a little more than 300; each limit is 1,000.
    const Row rows[] = {
        {"the hour", 800, 0, 0, "BLOCKED", "is more than what is left of the connection's limit for an hour (200)."},
        {"the day", 100, 900, 0, "BLOCKED", "is more than what is left of the connection's limit for a day (100)."},
        {"what is open, of which more is than may be", 100, 900, 1200, "BLOCKED", "is more than what is left of the connection's limit for what is open (0)."},
        {"enough of each", 600, 600, 600, "OPENED", "Opened"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Floor floor;
        ports::LimitState state{ports::default_limits(market::Market::spot), {}, {}, {}, {}};
        auto& most = state.limits.values.at("USDT");
        most.hour = most.day = most.exposure = 1'000;
        int asked = 0;
        const auto tell = [&] { floor.event([&](engine::Now now) { floor.trader().on_limits(now, "main", state); }); };
        floor.limits_wanted = [&](const std::string&) {
            ++asked;
            floor.clock.after(milliseconds{1}, tell);
        };
        // Told a while ago, when all of it was used up. That alone stops nothing.
        state.used = {{"USDT", Decimal{1'000}, Decimal{1'000}, Decimal{1'000}}};
        tell();
        floor.run(seconds{10});
        state.used = {{"USDT", row.hour, row.day, row.exposure}};
        const auto decided = floor.signal("Ladder", kSpot, SignalKind::entry);
        CHECK(asked == 1);
        CHECK_MESSAGE(decided.outcome == row.outcome, decided.document);
        CHECK_MESSAGE(decided.document.find(row.told) != std::string::npos, decided.document);
        const bool opened = decided.outcome == "OPENED";
        CHECK(floor.trader().groups().empty() == !opened);
        CHECK((floor.trader().orders().last_number() == 0) == !opened);
    }
}

TEST_CASE("an entry for which there is room by the signer's last word, less what was ordered since, asks nobody; one that gets no answer goes to the signer") {
    Floor floor;
    ports::LimitState state{ports::default_limits(market::Market::spot), {}, {}, {}, {}};
    auto& most = state.limits.values.at("USDT");
    most.hour = most.day = most.exposure = 500;
    int asked = 0;
    floor.limits_wanted = [&](const std::string&) { ++asked; };
    floor.event([&](engine::Now now) { floor.trader().on_limits(now, "main", state); });
    floor.run(seconds{5});
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    CHECK(asked == 0);
    floor.price(kSpot, "2840");
    const auto sent = floor.clock.wall();
    CHECK(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "ADDED");
    CHECK(asked == 1);
    CHECK(floor.clock.wall() - sent < seconds{6});
}

TEST_CASE("a zone whose add-on the signer's limits kept out is asked for again when they are others") {
    Floor floor{{}, {.trigger = "zone_only"}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    const auto told = [&](const Decimal& order) {
        ports::LimitState state{ports::default_limits(market::Market::spot), {}, {}, {}, {}};
        state.limits.values.at("USDT").order = order;
        floor.event([&](engine::Now now) { floor.trader().on_limits(now, "main", state); });
    };
    told(Decimal{100});
    floor.price(kSpot, "2840");
    floor.run(seconds{30});
    CHECK(floor.only_group()->facts().add_ons == 0);
    told(Decimal{1000});
    floor.run(seconds{30});
    CHECK(floor.only_group()->facts().add_ons == 1);
}

TEST_CASE("a zone whose add-on found nothing left of the hour is asked for again every ten minutes, until the hour is over") {
    Floor floor{{}, {.trigger = "zone_only"}};
    REQUIRE(floor.signal("Ladder", kSpot, SignalKind::entry).outcome == "OPENED");
    ports::LimitState state{ports::default_limits(market::Market::spot), {}, {}, {}, {}};
    state.limits.values.at("USDT").hour = 1'000;
    const auto tell = [&] { floor.event([&](engine::Now now) { floor.trader().on_limits(now, "main", state); }); };
    floor.limits_wanted = [&](const std::string&) { floor.clock.after(milliseconds{1}, tell); };
    state.used = {{"USDT", Decimal{990}, Decimal{990}, Decimal{990}}};
    tell();
    floor.price(kSpot, "2840");
    const auto wait = [&](std::chrono::minutes span) {
        for (auto left = span; left.count() > 0; --left) {
            floor.run(std::chrono::minutes{1});
            tell();
            floor.price(kSpot, "2840");
        }
    };
    wait(std::chrono::minutes{25});
    CHECK(floor.only_group()->facts().add_ons == 0);
    const auto& decided = floor.store.kept_decisions;
    CHECK(std::count_if(decided.begin(), decided.end(), [](const auto& one) { return one.second.document.find("left of the connection's limit for an hour") != std::string::npos; }) == 3);
    state.used = {{"USDT", Decimal{0}, Decimal{990}, Decimal{990}}};
    wait(std::chrono::minutes{11});
    CHECK(floor.only_group()->facts().add_ons == 1);
}
