// What is built on orders: exits kept equal to what is wanted, closes through the book, futures settings before the first entry, and the
// exchanges' limits; over the four simulated products.
#include "engine/exit_keeper.hpp"
#include "engine/futures_setup.hpp"
#include "support/order_judge.hpp"

using namespace bf;
using namespace bf::test;
using engine::End;
using engine::ExitKeeper;
using engine::FuturesSetup;
using engine::Purpose;
using engine::Stage;
using market::Market;
using market::Side;
using market::TimeInForce;

namespace {

/// One group that holds something, and its exit.
struct Held : Floor {
    Judge judge{*this};
    std::optional<ExitKeeper> keeper;
    Decimal held{};

    explicit Held(const Product& product, std::uint64_t seed = 8) : Floor{{.exchange = product.exchange, .market = product.market, .seed = seed}} {
        heard = [this](const engine::Observation& one) {
            if (const auto* filled = std::get_if<engine::OrderFilled>(&one)) count(*life->orders.find(filled->order), filled->fill);
            if (!keeper) return;
            keeper->hold(held);
            keeper->on(now(), one);
            keeper->act(now());
        };
        start();
        run(seconds{2});
        price("BTC", "60000");
    }
    void count(const engine::Order& order, const engine::BookedFill& fill) {
        if (order.plan().side == Side::sell) held -= fill.quantity;
        else held += fill.quantity - (fill.fee && fill.fee->asset == "BTC" ? fill.fee->amount : Decimal{});
    }
    void buy(const char* quantity) {
        const auto number = submit(plan("BTC", Side::buy, Decimal::parse(quantity).value(), "60600"_d, TimeInForce::ioc, 1));
        REQUIRE(run_until([&] { return life->orders.find(number)->finished(); }, seconds{20}));
    }
    void keep() {
        ExitKeeper::Terms terms{.connection = kConnection, .symbol = symbol("BTC"), .side = Side::sell, .group = 1, .exit_leg = 10, .close_leg = 11,
                                .limits = engine::InstrumentLimits::of(instrument(symbol("BTC"))), .margin_mode = {}, .position_mode = {}, .leverage = {},
                                .slippage = Ratio{"0.005"_d}};
        if (options.market == Market::futures) {
            terms.margin_mode = market::MarginMode::isolated;
            terms.position_mode = market::PositionMode::one_way;
            terms.leverage = 5;
        }
        keeper.emplace(life->orders, terms);
        keeper->hold(held);
    }
    void want(const std::function<void(ExitKeeper&)>& change) {
        event([&] {
            change(*keeper);
            keeper->act(now());
        });
    }
    /// The exits at the exchange.
    std::vector<const simulator::Order*> resting() {
        std::vector<const simulator::Order*> found;
        for (const auto* order : truth().orders)
            if (order->request.side == Side::sell && order->is_open()) found.push_back(order);
        return found;
    }
    /// Until exactly one exit rests, at that price, for that quantity; never meanwhile more than is held.
    bool rests(const Decimal& at, const Decimal& quantity) {
        return run_until([&] {
            Decimal out;
            for (const auto* order : resting()) out += order->remaining();
            CHECK(out <= held);
            const auto& now = resting();
            return now.size() == 1 && now[0]->request.price == at && now[0]->remaining() == quantity && keeper->state() == ExitKeeper::State::working;
        }, seconds{60});
    }
    Decimal lots(const Decimal& quantity) { return round_to_step(quantity, simulated("BTC").quantity_step, Rounding::down); }
};

}  // namespace

TEST_CASE("one exit rests at the wanted price for all that is held, and follows price, add-ons and fills") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Held floor{product};
        floor.buy("0.05");
        floor.keep();
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
        CHECK(floor.rests("61000"_d, floor.lots(floor.held)));
        for (const auto* order : floor.resting()) CHECK(order->request.reduce_only == (product.market == Market::futures));
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61200"_d}); });
        CHECK(floor.rests("61200"_d, floor.lots(floor.held)));
        floor.buy("0.03");
        CHECK(floor.rests("61200"_d, floor.lots(floor.held)));
        const auto before = floor.truth().orders.size();
        const auto held_before = floor.held;
        floor.trade("BTC", "buy", "61200", "0.02");
        REQUIRE(floor.run_until([&] { return floor.held < held_before; }, seconds{60}));
        CHECK(floor.rests("61200"_d, floor.lots(floor.held)));
        floor.run(seconds{5});
        CHECK_MESSAGE(floor.truth().orders.size() == before, "a part filled is no reason to replace the rest");
        floor.trade("BTC", "buy", "61200", "0.2");
        CHECK(floor.run_until([&] { return floor.keeper->closed(); }, seconds{60}));
        CHECK(floor.lots(floor.held).is_zero());
        floor.judge.settle();
    }
}

TEST_CASE("the exit survives lost answers, cancels that cross with fills, and a restart") {
    for (const auto& product : kProducts) {
        for (const char* fault : {"lost_reply", "timeout", "unavailable", "rate_limit", "reset", "malformed"}) {
            CAPTURE(product.exchange);
            CAPTURE(to_string(product.market));
            CAPTURE(fault);
            Held floor{product, 9};
            floor.buy("0.05");
            floor.keep();
            floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
            CHECK(floor.rests("61000"_d, floor.lots(floor.held)));
            floor.fault(fault, R"(,"count":3)");
            floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61500"_d}); });
            floor.run(milliseconds{7});
            floor.trade("BTC", "buy", "61000", "0.01");
            for (int i = 0; i < 200 && floor.resting().empty(); ++i) {
                floor.run(milliseconds{500});
                floor.want([](ExitKeeper&) {});
            }
            for (int i = 0; i < 100; ++i) {
                floor.run(milliseconds{500});
                floor.want([](ExitKeeper&) {});
            }
            CHECK(floor.rests("61500"_d, floor.lots(floor.held)));
            floor.judge.settle();
        }
    }
}

TEST_CASE("a close goes through the book until nothing that can be sold is left") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Held floor{product};
        floor.buy("0.05");
        floor.keep();
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
        CHECK(floor.rests("61000"_d, floor.lots(floor.held)));
        floor.want([](ExitKeeper& keeper) { keeper.close(); });
        floor.run(seconds{3});
        CHECK_MESSAGE(floor.keeper->state() == ExitKeeper::State::waiting, "a close waits for a price to go through");
        CHECK(floor.resting().empty());
        for (int i = 0; i < 60 && !floor.keeper->closed(); ++i) {
            // The market falls away under it: what went through the first price finds nobody at it.
            if (i == 0) floor.price("BTC", "58000");
            floor.want([&](ExitKeeper& keeper) { keeper.quote(Price{i == 0 ? "60000"_d : floor.exchange().market(floor.simulated("BTC")).best_bid()}); });
            floor.run(seconds{1});
        }
        CHECK(floor.keeper->closed());
        CHECK(floor.held < floor.simulated("BTC").min_quantity);
        for (const auto* order : floor.truth().orders)
            if (order->request.side == Side::sell) CHECK(order->request.type == market::OrderType::limit);
        floor.judge.settle();
    }
}

TEST_CASE("more than one order may carry leaves in several, at rest and in a close, and nothing that could be sold stays") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Held floor{product, 12};
        floor.buy("0.1");
        auto listed = floor.simulated("BTC");
        const bool by_value = product.market == Market::spot && product.exchange == std::string{"mexc"};
        if (by_value) listed.max_notional = "1830"_d;  // 0.03 at the price that is wanted.
        else listed.max_quantity = "0.03"_d;
        floor.exchange().list(listed);
        auto& told = floor.instruments.at(listed.native);
        told.max_quantity = by_value ? std::nullopt : std::optional{listed.max_quantity};
        told.max_notional = by_value ? std::optional{listed.max_notional} : std::nullopt;
        floor.keep();
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
        CHECK(floor.rests("61000"_d, "0.03"_d));
        floor.trade("BTC", "buy", "61000", "0.01");
        REQUIRE(floor.run_until([&] { return floor.lots(floor.held) < "0.095"_d; }, seconds{60}));
        CHECK(floor.rests("61000"_d, "0.02"_d));
        floor.run(seconds{5});
        CHECK(floor.rests("61000"_d, "0.02"_d));
        floor.trade("BTC", "buy", "61000", "0.02");
        REQUIRE(floor.run_until([&] { return floor.lots(floor.held) < "0.08"_d; }, seconds{60}));
        CHECK(floor.rests("61000"_d, "0.03"_d));
        floor.want([](ExitKeeper& keeper) { keeper.close(); });
        for (int i = 0; i < 60 && !floor.keeper->closed(); ++i) {
            floor.want([&](ExitKeeper& keeper) { keeper.quote(Price{floor.exchange().market(floor.simulated("BTC")).best_bid()}); });
            floor.run(seconds{1});
        }
        CHECK(floor.keeper->closed());
        for (const auto* order : floor.truth().orders)
            if (order->request.side == Side::sell) CHECK(*order->request.quantity <= "0.031"_d);
        CHECK(floor.lots(floor.held).is_zero());
        CHECK_FALSE(floor.keeper->refusal());
        floor.judge.settle();
    }
}

TEST_CASE("a part of an exit leaves no rest behind that is too small to be sold") {
    const auto part = [](const char* quantity, const char* most) {
        const engine::InstrumentLimits limits{.quantity_step = "0.01"_d, .min_quantity = "0.1"_d, .min_notional = 10, .max_quantity = Decimal::parse(most).value()};
        return ExitKeeper::part_of(Decimal::parse(quantity).value(), Decimal{100}, limits);
    };
    CHECK(part("1", "2") == Decimal{1});
    CHECK(part("5", "2") == Decimal{2});
    CHECK(part("2.05", "2") == "1.02"_d);
    CHECK(part("0.15", "0.001") == "0.15"_d);  // No order is that small: the exchange's own figures can't both be kept.
}

TEST_CASE("what is too small to sell is told, not tried again and again") {
    Held floor{kProducts[0]};
    floor.buy("0.0001");
    floor.keep();
    floor.held = "0.0000001"_d;
    floor.keeper->hold(floor.held);
    floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
    CHECK(floor.keeper->state() == ExitKeeper::State::too_small);
    CHECK(floor.keeper->closed());
    CHECK(floor.resting().empty());
}

TEST_CASE("a refused exit is tried again after pauses that grow, and says why") {
    Held floor{kProducts[2]};
    floor.buy("0.001");
    floor.keep();
    floor.held = Decimal{50};  // Far more than the account has.
    floor.keeper->hold(floor.held);
    floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
    for (int i = 0; i < 120; ++i) {
        floor.run(milliseconds{500});
        floor.want([](ExitKeeper&) {});
    }
    REQUIRE(floor.keeper->refusal().has_value());
    CHECK(floor.keeper->refusal()->code == exchange::ProblemCode::insufficient_balance);
    CHECK(floor.keeper->state() == ExitKeeper::State::waiting);
    int tries = 0;
    for (const auto& one : floor.transport->sent) tries += one.method == wire::Method::post && one.path == "/api/v1/hf/orders" ? 1 : 0;
    CHECK(tries >= 5);
    CHECK(tries <= 9);
}

TEST_CASE("an exit that the exchange takes and ends by itself is placed anew after pauses that grow; another one goes at once") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Held floor{product};
        floor.buy("0.05");
        floor.keep();
        const auto place_of = [&] { return floor.truth().orders.size(); };
        const auto end_all = [&](seconds span) {
            const auto before = place_of();
            for (int i = 0; i < span.count() * 4; ++i) {
                floor.run(milliseconds{250});
                for (const auto* order : floor.resting()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
                floor.want([](ExitKeeper&) {});
            }
            return static_cast<int>(place_of() - before);
        };
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61000"_d}); });
        const auto placed = end_all(seconds{120});
        CHECK(placed >= 4);
        CHECK(placed <= 9);
        CHECK(floor.keeper->taken_back_in_row() >= 4);
        CHECK(end_all(seconds{240}) <= 6);
        // What is wanted is another order than the one that was ended: it goes at once, whatever pause there is.
        REQUIRE(floor.run_until([&] { return floor.keeper->current() == nullptr; }, seconds{90}));
        auto before = place_of();
        floor.want([](ExitKeeper& keeper) { keeper.rest_at(Price{"61100"_d}); });
        CHECK(floor.run_until([&] { return place_of() > before; }, seconds{2}));
        CHECK(floor.rests("61100"_d, floor.lots(floor.held)));
        end_all(seconds{60});
        REQUIRE(floor.run_until([&] { return floor.keeper->current() == nullptr; }, seconds{90}));
        before = place_of();
        floor.buy("0.01");
        floor.want([](ExitKeeper&) {});
        CHECK(floor.run_until([&] { return place_of() > before + 1; }, seconds{3}));
        // One that stood for long was there: what ends it is answered as if it were the first.
        end_all(seconds{60});
        CHECK(floor.run_until([&] { floor.want([](ExitKeeper&) {}); return floor.resting().size() == 1; }, seconds{90}));
        floor.run(std::chrono::minutes{6});
        for (const auto* order : floor.resting()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        before = place_of();
        CHECK(floor.run_until([&] { floor.want([](ExitKeeper&) {}); return place_of() > before; }, seconds{45}));
        CHECK(floor.keeper->taken_back_in_row() == 1);
        floor.judge.settle();
    }
}

TEST_CASE("futures settings are read, set where they differ, and read again before the first entry") {
    for (const auto& product : kProducts) {
        if (product.market == Market::spot) continue;
        for (const auto mode : {market::MarginMode::isolated, market::MarginMode::cross}) {
            for (const char* fault : {"", "unavailable", "rate_limit"}) {
                CAPTURE(product.exchange);
                CAPTURE(to_string(mode));
                CAPTURE(fault);
                Floor floor{{.exchange = product.exchange, .market = product.market, .seed = 11}};
                floor.start();
                floor.run(seconds{2});
                if (*fault != 0) floor.fault(fault, R"(,"count":2)");
                FuturesSetup setup{floor.life->orders.caller(), {Floor::kConnection, floor.symbol("ETH"), mode, 7}};
                floor.event([&] { setup.start(floor.now()); });
                REQUIRE(floor.run_until([&] { return setup.state() != FuturesSetup::State::running; }, seconds{60}));
                CAPTURE((setup.refusal() ? setup.refusal()->words : std::string{}));
                CHECK(setup.state() == FuturesSetup::State::ready);
                CHECK(setup.position_mode() == market::PositionMode::one_way);
                const auto& instrument = floor.simulated("ETH");
                if (setup.margin_mode_read()) CHECK(floor.truth().margin_mode(instrument) == mode);
                CHECK(setup.margin_mode_read() == (std::string_view{product.exchange} == "kucoin"));
                const bool kept = std::string_view{product.exchange} == "mexc" || mode == market::MarginMode::cross;
                CHECK(setup.leverage_read() == kept);
                if (kept) CHECK(floor.exchange().leverage(floor.truth(), instrument) == 7);
            }
        }
    }
}

TEST_CASE("with a position open, futures settings are compared and never changed under it") {
    for (const auto& product : kProducts) {
        if (product.market == Market::spot) continue;
        CAPTURE(product.exchange);
        Held floor{product, 12};
        floor.buy("0.05");
        struct Row { market::MarginMode mode; std::int64_t leverage; FuturesSetup::State state; };
        for (const Row& row : {Row{market::MarginMode::isolated, 5, FuturesSetup::State::ready}, Row{market::MarginMode::isolated, 9, FuturesSetup::State::failed},
                               Row{market::MarginMode::cross, 5, FuturesSetup::State::failed}}) {
            CAPTURE(row.leverage);
            FuturesSetup setup{floor.life->orders.caller(), {Floor::kConnection, floor.symbol("BTC"), row.mode, row.leverage}};
            floor.event([&] { setup.start(floor.now()); });
            REQUIRE(floor.run_until([&] { return setup.state() != FuturesSetup::State::running; }, seconds{60}));
            CHECK(setup.state() == row.state);
            if (row.state == FuturesSetup::State::failed) CHECK_FALSE(setup.refusal()->words.empty());
            CHECK(floor.exchange().leverage(floor.truth(), floor.simulated("BTC")) != 9);
        }
    }
}

TEST_CASE("a burst of orders stays within the exchange's limits, and cancels pass the entries that wait") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Floor floor{{.exchange = product.exchange, .market = product.market, .seed = 13, .limits = true}};
        Judge judge{floor};
        floor.start();
        floor.run(seconds{12});
        floor.price("BTC", "60000");
        const auto first = floor.submit(floor.plan("BTC", Side::buy, "0.01"_d, "59000"_d, TimeInForce::gtc, 1));
        REQUIRE(floor.run_until([&] { return floor.life->orders.find(first)->stage() == Stage::open; }, seconds{20}));
        std::vector<engine::OrderPlan> plans;
        for (engine::GroupNumber group = 2; group < 62; ++group) plans.push_back(floor.plan("BTC", Side::buy, "0.002"_d, "59000"_d, TimeInForce::gtc, group));
        floor.event([&] { floor.life->orders.submit(floor.now(), plans); });
        floor.cancel(first);
        const auto begun = floor.clock.steady();
        REQUIRE(floor.run_until([&] { return floor.life->orders.find(first)->finished(); }, seconds{30}));
        CHECK(floor.clock.steady() - begun < seconds{3});
        REQUIRE(floor.run_until([&] {
            std::size_t open = 0;
            floor.life->orders.each([&](const engine::Order& order) { open += order.stage() == Stage::open ? 1U : 0U; });
            return open == 60;
        }, seconds{90}));
        for (const auto& one : floor.transport->sent) CHECK(one.status == 200);
        judge.settle();
    }
}

TEST_CASE("reconciling twice changes nothing, in one life and over several") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Held floor{product, 14};
        floor.buy("0.05");
        const auto resting = floor.submit(floor.plan("BTC", Side::buy, "0.04"_d, "59000"_d, TimeInForce::gtc, 2));
        floor.run(seconds{2});
        floor.trade("BTC", "sell", "59000", "0.01");
        floor.run(seconds{2});
        const auto state = [&] {
            std::string text;
            floor.life->orders.each([&](const engine::Order& order) {
                text += order.intent().client_id + ' ' + std::string{to_string(order.stage())} + ' ' + order.booked().to_string() + ' ' + order.exchange_id().value_or("-") + '\n';
            });
            return text;
        };
        const auto first = state();
        const auto bytes = floor.judge.read(false).bytes;
        for (int i = 0; i < 3; ++i) {
            floor.event([&] { floor.life->orders.reconcile(floor.now()); });
            floor.event([&] { floor.life->orders.reconcile(floor.now()); });
            floor.run(seconds{10});
            CHECK(state() == first);
            floor.kill();
            floor.start();
            floor.run(seconds{10});
            CHECK(state() == first);
        }
        CHECK_MESSAGE(floor.judge.read(false).bytes == bytes, "nothing was written that was known");
        CHECK(floor.life->orders.find(resting)->booked() == "0.01"_d);
        CHECK(floor.truth().orders.size() == 2);
    }
}

TEST_CASE("an order that is not ours is told once") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Floor floor{{.exchange = product.exchange, .market = product.market, .seed = 15}};
        floor.start();
        floor.run(seconds{2});
        floor.price("BTC", "60000");
        int strays = 0;
        floor.heard = [&](const engine::Observation& one) { strays += std::holds_alternative<engine::StrayOrder>(one) ? 1 : 0; };
        floor.submit(floor.plan("BTC", Side::buy, "0.01"_d, "59000"_d, TimeInForce::gtc, 1));
        simulator::NewOrder order;
        order.symbol = floor.symbol("BTC");
        order.quantity = "0.02"_d;
        order.price = "58000"_d;
        order.client_order_id = "by-hand";
        order.leverage = 3;
        REQUIRE(floor.exchange().place(floor.truth(), order).has_value());
        floor.run(seconds{70});
        CHECK(strays == 1);
    }
}

TEST_CASE("an order of another connection of the same wallet is no stranger's") {
    Floor floor{{.exchange = "kucoin", .market = Market::spot, .seed = 16}};
    floor.start();
    floor.run(seconds{2});
    floor.price("BTC", "60000");
    int strays = 0;
    floor.heard = [&](const engine::Observation& one) { strays += std::holds_alternative<engine::StrayOrder>(one) ? 1 : 0; };
    const auto name_wallets = [&](std::optional<std::string> mine, std::optional<std::string> others) {
        floor.event([&] {
            auto account = *floor.life->orders.caller().find(Floor::kConnection);
            account.id = std::move(mine);
            floor.life->orders.add_account(floor.now(), account);
            account.connection = "another";
            account.id = std::move(others);
            floor.life->orders.add_account(floor.now(), account);
        });
    };
    name_wallets("165000001", "165000001");
    const auto number = floor.submit(floor.plan("BTC", Side::buy, "0.01"_d, "59000"_d, TimeInForce::gtc, 1));
    floor.run(seconds{2});
    const auto* order = floor.life->orders.find(number);
    REQUIRE(order->exchange_id());
    market::Order report;
    report.id = order->exchange_id();
    report.status = market::OrderStatus::open;
    market::Fill fill;
    fill.id = "77";
    fill.order_id = order->exchange_id();
    const auto told_elsewhere = [&] {
        floor.event([&] { floor.life->orders.on_order(floor.now(), "another", report); });
        floor.event([&] { floor.life->orders.on_fill(floor.now(), "another", fill); });
    };
    told_elsewhere();
    CHECK(strays == 0);
    // Another account's, or nobody knows whose: it is one.
    name_wallets("165000001", "165000002");
    told_elsewhere();
    CHECK(strays == 1);
    name_wallets({}, {});
    report.id = "0123456789abcdef01234567";
    told_elsewhere();
    CHECK(strays == 2);
}
