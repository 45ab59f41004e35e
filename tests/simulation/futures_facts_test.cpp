// What futures trading knows besides orders and prices, over the simulated exchanges: risk tiers as each exchange tells them, and funding in
// a group's books, each payment once, to the last unit.
#include "support/trading_floor.hpp"

using namespace bf;
using test::TradingFloor;
using trading::SignalKind;

namespace {

const std::string kPair = "ETH/USDT:USDT";

std::string settings(const std::string& direction = "long", const std::string& leverage = "2", const std::string& base = "300") {
    return R"({"name":"Ladder","connection":"Main","market":"futures","pairs":[")" + kPair + R"("],"directions":[")" + direction + R"("],"risk_level":"low",
        "margin":{"group_limit":"100000000","group_limit_pct":"100","connection_limit_pct":"100"},
        "entry":{"base_order":")" + base + R"(","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
        "add_on":{"max":1,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":"5.0","allow_loss_exit":true},"futures":{"leverage":)" + leverage + R"(,"margin_mode":"isolated"}})";
}

struct Floor : TradingFloor {
    explicit Floor(const std::string& exchange, const std::string& balances = R"({"USDT":"10000"})")
        : TradingFloor{{.exchange = exchange, .market = market::Market::futures, .balances = balances}} {}

    void open(trading::Direction direction = trading::Direction::long_side) {
        REQUIRE(signal("Ladder", kPair, SignalKind::entry, direction).outcome == "OPENED");
        REQUIRE(only_group() != nullptr);
    }
    void charge(const std::string& rate, const std::string& pair = kPair) {
        admin("funding", R"({"exchange":")" + options.exchange + R"(","symbol":")" + pair + R"(","rate":")" + rate + "\"}");
    }
    /// The private stream breaks and comes back: all is asked for again.
    void reconnect() {
        admin("faults", R"({"exchange":")" + options.exchange + R"(","fault":"drop_stream","count":1})");
        run(seconds{10});
    }
    Decimal charged() {
        Decimal sum;
        for (const auto& one : truth().funding)
            if (one.instrument->symbol.to_string() == kPair) sum += one.amount;
        return sum;
    }
    int asked_for_funding() {
        const auto all = admin("requests?exchange=" + options.exchange, "", wire::Method::get);
        int count = 0;
        for (std::size_t at = all.find("funding"); at != std::string::npos; at = all.find("funding", at + 1)) ++count;
        return count;
    }
    wire::Json closed(engine::GroupNumber number) { return wire::Json::parse(store.kept_groups.at(number).document).value(); }
};

}  // namespace

TEST_CASE("risk tiers are those the exchange tells, in its own unit, and a leverage they don't leave is refused before any order") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Floor floor{exchange, R"({"USDT":"1000000000"})"};
        floor.start();
        floor.price(kPair, "3000");
        floor.add_strategy(settings());
        floor.run(seconds{2});
        const auto symbol = *market::Symbol::parse(kPair);
        const auto* market = floor.trader().market_of(floor.id, symbol);
        REQUIRE(market != nullptr);
        const auto& known = market->instrument;
        REQUIRE(known.has_value());
        const auto& told = floor.world->exchange(exchange)->find(symbol)->risk_tiers;
        REQUIRE(known->risk_tiers.size() == told.size());
        REQUIRE(told.size() > 4);
        for (std::size_t i = 0; i < told.size(); ++i) {
            CHECK(known->risk_tiers[i].up_to == told[i].up_to);
            CHECK(known->risk_tiers[i].maintenance_rate == told[i].maintenance_rate);
            CHECK(known->risk_tiers[i].max_leverage == told[i].max_leverage);
            CHECK(known->risk_tiers[i].by_quantity == (exchange == "mexc"));
        }
        // A ladder that ends in the last tier, with more leverage than that tier takes.
        const auto& last = told.back();
        const auto& before = told[told.size() - 2];
        const auto one_too_many = *last.max_leverage + Decimal{1};
        REQUIRE(one_too_many <= *before.max_leverage);
        // Two orders of the same sum, the second 5 % deeper: twice the value, 2.05 times the quantity.
        const auto middle = (before.up_to + last.up_to) * "0.5"_d;
        const auto whole = exchange == "mexc" ? middle * Decimal{3000} : middle, orders = exchange == "mexc" ? "2.05"_d : Decimal{2};
        const auto base = Decimal::divide(whole, orders * one_too_many, 0, Rounding::down).value();
        auto changed = wire::Json::parse(settings("long", one_too_many.to_string(), base.to_string())).value();
        const auto read = trading::read_settings(changed.root());
        REQUIRE(read.has_value());
        const auto id = floor.trader().find_strategy("Ladder")->id;
        const auto change = [&] { return floor.event([&](engine::Now now) { return floor.trader().change_strategy(now, id, *read); }); };
        CHECK_FALSE(change().has_value());  // While it is switched on.
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().disable(now, id); }).has_value());
        REQUIRE(change().has_value());
        bool told_so = false;
        for (const auto& problem : floor.trader().problems(*floor.trader().find_strategy(id))) told_so = told_so || problem.code == trading::Code::leverage_mismatch;
        CHECK(told_so);
        CHECK(floor.truth().orders.empty());
    }
}

TEST_CASE("an account's equity is the exchange's: what positions hold is in it, and what they have won or lost counts once") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Floor floor{exchange};
        floor.start();
        floor.price(kPair, "3000");
        floor.add_strategy(settings());
        floor.run(seconds{2});
        floor.open();
        for (const auto* price : {"2900", "3080"}) {
            floor.price(kPair, price);
            floor.run(seconds{70});
            const auto truth = floor.world->exchange(exchange)->futures_balance(floor.truth(), "USDT");
            REQUIRE(!truth.unrealized_pnl.is_zero());
            REQUIRE(truth.position_margin.is_positive());
            CHECK(floor.trader().equity_of(*floor.trader().find_connection("main"), "USDT") == truth.equity());
        }
    }
}

TEST_CASE("funding: what is charged is in the books once, over reconnects, a restart and further polls; the result is the wallet's, to the last unit") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        for (const auto direction : {trading::Direction::long_side, trading::Direction::short_side}) {
            CAPTURE(exchange);
            CAPTURE(market::to_string(direction));
            Floor floor{exchange};
            floor.start();
            floor.price(kPair, "3000");
            floor.add_strategy(settings(std::string{market::to_string(direction)}));
            floor.open(direction);
            const auto number = floor.only_group()->number();
            floor.charge("0.000123");
            floor.charge("0.01", "BTC/USDT:USDT");
            floor.reconnect();
            REQUIRE(floor.truth().funding.size() == 1);
            CHECK(floor.only_group()->funding() == floor.charged());
            CHECK(floor.only_group()->facts().books.funding() == floor.charged());
            CHECK(floor.charged().is_negative() == (direction == trading::Direction::long_side));
            floor.reconnect();
            CHECK(floor.only_group()->funding() == floor.charged());
            // An add-on between two payments, and a payment while the process is dead.
            floor.price(kPair, direction == trading::Direction::long_side ? "2848" : "3152");
            CHECK(floor.signal("Ladder", kPair, SignalKind::entry, direction).outcome == "ADDED");
            floor.charge("-0.00071");
            floor.reconnect();
            CHECK(floor.only_group()->funding() == floor.charged());
            floor.kill();
            floor.run(seconds{5});
            floor.charge("0.00009");
            floor.run(seconds{5});
            floor.start();
            floor.run(seconds{10});
            REQUIRE(floor.truth().funding.size() == 3);
            REQUIRE(floor.only_group() != nullptr);
            CHECK(floor.only_group()->funding() == floor.charged());
            floor.kill();
            floor.start();
            floor.run(seconds{10});
            floor.reconnect();
            CHECK(floor.only_group()->funding() == floor.charged());
            floor.price(kPair, direction == trading::Direction::long_side ? "3010" : "2990");
            CHECK(floor.signal("Ladder", kPair, SignalKind::exit, direction).outcome == "CLOSED");
            floor.run(seconds{10});
            REQUIRE(floor.only_group() == nullptr);
            CHECK(floor.closed(number)["funding"].decimal() == floor.charged());
            const auto wallet = floor.truth().wallet(simulator::Market::futures, "USDT");
            CHECK(wallet.locked.is_zero());
            CHECK(floor.closed(number)["realised"].decimal() == wallet.free - Decimal{10'000});
            CHECK(floor.troubles.empty());
        }
    }
}

TEST_CASE("funding at its hour: found by one question after it, also when the group has closed meanwhile") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        for (const bool closes : {false, true}) {
            CAPTURE(exchange);
            CAPTURE(closes);
            Floor floor{exchange};
            const auto hour = floor.world->exchange(exchange)->next_funding();
            floor.run(hour - floor.clock.wall() - milliseconds{120'000});
            floor.start();
            floor.price(kPair, "3000");
            floor.add_strategy(settings());
            floor.open();
            const auto number = floor.only_group()->number();
            const auto asked = floor.asked_for_funding();
            floor.run(hour - floor.clock.wall() + milliseconds{3'000});
            REQUIRE(floor.truth().funding.size() == 1);
            CHECK_FALSE(floor.charged().is_zero());
            if (closes) {
                CHECK(floor.signal("Ladder", kPair, SignalKind::exit).outcome == "CLOSED");
                floor.run(seconds{5});
                CHECK(floor.truth().positions.empty());
                REQUIRE(floor.only_group() != nullptr);
                CHECK(floor.only_group()->facts().state == trading::GroupState::closing);
            }
            floor.run(seconds{80});
            CHECK(floor.asked_for_funding() - asked == 1);
            if (closes) {
                REQUIRE(floor.only_group() == nullptr);
                CHECK(floor.closed(number)["funding"].decimal() == floor.charged());
                CHECK(floor.closed(number)["close_reason"].text() == "exit_signal");
                CHECK(floor.closed(number)["realised"].decimal() == floor.truth().wallet(simulator::Market::futures, "USDT").free - Decimal{10'000});
            } else {
                CHECK(floor.only_group()->funding() == floor.charged());
            }
        }
    }
}

TEST_CASE("funding of a position that is no group's is nobody's") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Floor floor{exchange};
        floor.start();
        floor.price(kPair, "3000");
        floor.add_strategy(settings());
        simulator::NewOrder own;
        own.symbol = *market::Symbol::parse(kPair);
        own.type = market::OrderType::market;
        own.quantity = "0.5"_d;
        own.leverage = 2;
        REQUIRE(floor.world->exchange(exchange)->place(floor.truth(), own).has_value());
        floor.charge("0.001");
        own.side = market::Side::sell;
        own.reduce_only = true;
        REQUIRE(floor.world->exchange(exchange)->place(floor.truth(), own).has_value());
        REQUIRE_FALSE(floor.charged().is_zero());
        floor.run(seconds{3});
        floor.open();
        floor.reconnect();
        CHECK(floor.only_group()->funding().is_zero());
        floor.charge("0.0002");
        floor.reconnect();
        CHECK(floor.only_group()->funding() == floor.truth().funding.back().amount);
    }
}

TEST_CASE("of a position that is partly the user's own the group takes its share") {
    Floor floor{"kucoin"};
    floor.start();
    floor.price(kPair, "3000");
    floor.add_strategy(settings());
    floor.open();
    const auto held = floor.only_group()->facts().books.held();
    simulator::NewOrder own;
    own.symbol = *market::Symbol::parse(kPair);
    own.type = market::OrderType::market;
    own.quantity = held * Decimal{2};
    own.leverage = 2;
    REQUIRE(floor.world->exchange("kucoin")->place(floor.truth(), own).has_value());
    floor.charge("0.0003");
    floor.reconnect();
    REQUIRE(floor.charged().is_negative());
    CHECK(floor.only_group()->funding() == Decimal::divide(floor.charged(), 3, 18, Rounding::down).value());
}

TEST_CASE("an exchange that can't be asked keeps no group open: after ten minutes it ends with what is known, and says so") {
    Floor floor{"mexc"};
    const auto hour = floor.world->exchange("mexc")->next_funding();
    floor.run(hour - floor.clock.wall() - milliseconds{60'000});
    floor.start();
    floor.price(kPair, "3000");
    floor.add_strategy(settings());
    floor.open();
    const auto number = floor.only_group()->number();
    floor.admin("faults", R"({"exchange":"mexc","fault":"unavailable","path":"/api/v1/private/position/funding_records"})");
    floor.run(hour - floor.clock.wall() + milliseconds{3'000});
    CHECK(floor.signal("Ladder", kPair, SignalKind::exit).outcome == "CLOSED");
    floor.run(seconds{540});
    REQUIRE(floor.only_group() != nullptr);
    floor.run(seconds{90});
    CHECK(floor.only_group() == nullptr);
    CHECK(floor.closed(number)["funding"].decimal() == Decimal{});
    CHECK(floor.store.kept_alarms.back().document.find("FUNDING_UNKNOWN") != std::string::npos);
}

TEST_CASE("margin that a person adds by hand counts in the estimate of liquidation and in what the group uses, over a restart, too") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        Floor floor{exchange};
        floor.start();
        floor.price(kPair, "3000");
        floor.add_strategy(settings());
        floor.run(seconds{2});
        floor.open();
        auto& position = floor.truth().positions.at(0);
        const auto used = [&] { return floor.trader().figures_of(*floor.only_group()).margin_used.value(); };
        CHECK(floor.only_group()->facts().exchange_margin == position.margin);
        const auto before = used();
        const auto add = [&](const Decimal& amount) {
            position.margin += amount;
            REQUIRE(floor.world->exchange(exchange)->move_money(floor.truth(), market::Market::futures, "USDT", -amount).has_value());
            floor.run(seconds{3});
        };
        add(Decimal{120});
        CHECK(floor.only_group()->facts().exchange_margin == position.margin);
        CHECK(used() == before + Decimal{120});
        CHECK(floor.trader().capital().of_connection("main", "USDT").used == used());
        floor.begin_again();
        floor.run(seconds{2});
        CHECK(floor.only_group()->facts().exchange_margin == position.margin);
        // A position that is not the group's alone has a margin that is not, either.
        simulator::NewOrder more;
        more.symbol = *market::Symbol::parse(kPair);
        more.side = market::Side::buy;
        more.type = market::OrderType::market;
        more.quantity = floor.only_group()->facts().books.held();
        REQUIRE(floor.world->exchange(exchange)->place(floor.truth(), more).has_value());
        floor.run(seconds{3});
        CHECK_FALSE(floor.only_group()->facts().exchange_margin.has_value());
        CHECK(used() == before);
    }
}

TEST_CASE("an average of the exchange's that is not what the group's orders paid: nothing is added until a person adopts or ignores it") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        for (const bool adopts : {true, false}) {
            CAPTURE(exchange);
            CAPTURE(adopts);
            Floor floor{exchange};
            floor.start();
            floor.price(kPair, "3000");
            floor.add_strategy(settings());
            floor.run(seconds{2});
            floor.open();
            const auto told = [&] {
                return std::count_if(floor.alarms_told.begin(), floor.alarms_told.end(), [](const auto& one) { return one.document.find("GROUP_DESYNC") != std::string::npos; });
            };
            const auto state = [&] { return floor.only_group()->facts().state; };
            const auto books = [&]() -> const trading::Books& { return floor.only_group()->facts().books; };
            auto& position = floor.truth().positions.at(0);
            const auto cost = position.entry_cost;
            const auto off_by = [&](const Decimal& price) { position.entry_cost = cost + position.quantity * price; };
            const auto step = floor.only_group()->limits().price_step;
            off_by(step);
            floor.run(std::chrono::minutes{1});
            CHECK(told() == 0);
            off_by(step * Decimal{2});
            floor.run(seconds{8});
            CHECK(told() == 0);
            CHECK(state() == trading::GroupState::active);
            floor.run(seconds{6});
            CHECK(told() == 1);
            CHECK(state() == trading::GroupState::desync);
            CHECK_FALSE(floor.only_group()->difference().has_value());
            // It agrees again by itself.
            position.entry_cost = cost;
            floor.run(seconds{10});
            CHECK(state() == trading::GroupState::active);
            off_by(-step * Decimal{100});
            floor.run(seconds{15});
            CHECK(told() == 2);
            const auto before = books().average().value(), target = floor.trader().figures_of(*floor.only_group()).take_profit.value();
            floor.price(kPair, "2840");
            const auto id = floor.trader().find_strategy("Ladder")->id;
            REQUIRE(floor.event([&](engine::Now now) { return floor.trader().receive(now, *floor.trader().find_strategy(id), {.strategy = id, .pair = kPair, .time = floor.clock.wall()}); }).has_value());
            floor.run(seconds{2});
            CHECK(floor.store.kept_decisions.rbegin()->second.outcome == "WAITING");
            CHECK(floor.store.kept_decisions.rbegin()->second.document.find(R"("primary":"GROUP_DESYNC")") != std::string::npos);
            floor.begin_again();
            floor.run(seconds{2});
            CHECK(state() == trading::GroupState::desync);
            const auto number = floor.only_group()->number();
            REQUIRE(floor.event([&](engine::Now now) { return adopts ? floor.trader().adopt_difference(now, number) : floor.trader().ignore_difference(now, number); }).has_value());
            // What waited for it is decided now, and the averages are compared from there.
            floor.run(std::chrono::minutes{1});
            CHECK(state() == trading::GroupState::active);
            CHECK(floor.only_group()->facts().add_ons == 1);
            CHECK(told() == 2);
            const auto first = floor.only_group()->fills().at(0), second = floor.only_group()->fills().at(1);
            const auto own = Decimal::divide(first.price * first.quantity + second.price * second.quantity, first.quantity + second.quantity, 8, Rounding::down).value();
            CHECK(before == first.price);
            CHECK(abs(books().average().value() - own) < (adopts ? step * Decimal{100} : step));
            CHECK(abs(books().average().value() - own) > (adopts ? step * Decimal{10} : Decimal{-1}));
            CHECK(floor.trader().figures_of(*floor.only_group()).take_profit.value() < target);
            floor.begin_again();
            floor.run(std::chrono::minutes{1});
            CHECK(told() == 2);
            CHECK(state() == trading::GroupState::active);
            CHECK_FALSE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, number); }).has_value());
        }
    }
}
