#include "simulator/core/exchange.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::simulator;

namespace {

const Instant kStart = Instant::from_ms(1'700'000'000'000);
const Symbol kSpot{"BTC", "USDT", {}};
const Symbol kPerpetual{"BTC", "USDT", "USDT"};

Profile profile() {
    Profile profile;
    profile.id = "toy";
    Instrument spot;
    spot.symbol = kSpot;
    spot.native = "BTC-USDT";
    spot.start_price = Decimal{50'000};
    spot.price_step = "0.1"_d;
    spot.quantity_step = "0.00001"_d;
    spot.min_quantity = "0.00001"_d;
    spot.min_notional = "5"_d;
    spot.maker_fee = "0.001"_d;
    spot.taker_fee = "0.002"_d;
    Instrument futures = spot;
    futures.symbol = kPerpetual;
    futures.native = "XBTUSDTM";
    futures.quantity_step = futures.min_quantity = futures.contract_size = "0.001"_d;
    futures.min_notional = {};
    futures.maker_fee = "0.0002"_d;
    futures.taker_fee = "0.0006"_d;
    futures.max_leverage = 100;
    futures.maintenance_rate = "0.005"_d;
    Instrument closed = spot;
    closed.symbol = {"XRP", "USDT", {}};
    closed.native = "XRP-USDT";
    closed.api_tradable = false;
    profile.instruments = {spot, futures, closed};
    profile.order_id = [](Market market, std::uint64_t n) { return (market == Market::spot ? "s" : "f") + std::to_string(n); };
    profile.trade_id = [](Market, std::uint64_t n) { return std::to_string(n); };
    profile.make_key = [](Key& key, Random& random) { key.key = std::to_string(random.next()); };
    return profile;
}

struct Bench {
    Exchange exchange{profile(), 7, kStart};
    Account& account(const char* usdt = "10000", const char* btc = "1") {
        Exchange::NewKey request;
        request.balances = {{"USDT", Decimal::parse(usdt).value()}, {"BTC", Decimal::parse(btc).value()}};
        return *exchange.find_account(exchange.create_key(request).account);
    }
    void price(const Symbol& symbol, const char* text) { exchange.set_price(*exchange.find(symbol), Decimal::parse(text).value()); }
};

NewOrder limit(const Symbol& symbol, Side side, const char* quantity, const char* price) {
    NewOrder order;
    order.symbol = symbol;
    order.side = side;
    order.quantity = Decimal::parse(quantity).value();
    order.price = Decimal::parse(price).value();
    return order;
}

NewOrder market_order(const Symbol& symbol, Side side, const char* quantity) {
    NewOrder order;
    order.symbol = symbol;
    order.side = side;
    order.type = OrderType::market;
    order.quantity = Decimal::parse(quantity).value();
    return order;
}

bool conserved(const Exchange& exchange) {
    const auto ledger = exchange.ledger();
    std::map<std::string, Decimal> sum = ledger.accounts;
    for (const auto* part : {&ledger.fees, &ledger.house})
        for (const auto& [asset, amount] : *part) sum[asset] += amount;
    for (const auto& [asset, amount] : sum) {
        const auto granted = ledger.granted.find(asset);
        if (amount != (granted == ledger.granted.end() ? Decimal{} : granted->second)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("a seeded history of 1,500 closed candles stands at start, and the same seed makes the same") {
    Exchange one{profile(), 3, kStart}, same{profile(), 3, kStart}, other{profile(), 4, kStart};
    const auto& candles = one.market(one.instruments()[0]).candles();
    REQUIRE(candles.size() == 1501);
    for (std::size_t i = 0; i + 1 < candles.size(); ++i) {
        CHECK(candles[i].low <= std::min(candles[i].open, candles[i].close));
        CHECK(candles[i].high >= std::max(candles[i].open, candles[i].close));
        CHECK(candles[i + 1].open_time - candles[i].open_time == milliseconds{60'000});
    }
    CHECK(candles.back().open_time <= kStart);
    CHECK(candles.back().close == same.market(same.instruments()[0]).candles().back().close);
    CHECK(candles.back().close != other.market(other.instruments()[0]).candles().back().close);
}

TEST_CASE("candles go on as time passes and fold to wider ones") {
    Bench bench;
    bench.exchange.advance(kStart + milliseconds{10 * 60'000});
    const auto& market = bench.exchange.market(bench.exchange.instruments()[0]);
    CHECK(market.candles().size() == 1511);
    const auto hours = market.candles(60, Instant{}, bench.exchange.now());
    CHECK(hours.size() >= 25);
    CHECK(hours.back().open_time.ms() % 3'600'000 == 0);
    CHECK(hours[1].open == market.candles(1, hours[1].open_time, hours[1].open_time).front().open);
}

TEST_CASE("a price that was set stands and fills the resting orders it reaches") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kSpot, "50000");
    const Order* order = *bench.exchange.place(account, limit(kSpot, Side::buy, "0.1", "49000"));
    CHECK(order->status == OrderStatus::open);
    CHECK(account.spot["USDT"].locked == "4909.8"_d);  // 4900 and the taker fee, should it take.
    bench.exchange.advance(kStart + milliseconds{60'000});
    CHECK(order->status == OrderStatus::open);
    CHECK(bench.exchange.market(*order->instrument).last() == Decimal{50'000});
    bench.price(kSpot, "48999.9");
    CHECK(order->status == OrderStatus::filled);
    CHECK(order->average() == Decimal{49'000});
    CHECK(order->fee == "4.9"_d);  // Maker.
    CHECK(account.spot["USDT"].free == "5095.1"_d);
    CHECK(account.spot["USDT"].locked.is_zero());
    CHECK(account.spot["BTC"].free == "1.1"_d);
    CHECK(conserved(bench.exchange));
}

TEST_CASE("market orders take the levels, pay the taker fee and leave nothing resting") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kSpot, "50000");
    const Order* order = *bench.exchange.place(account, market_order(kSpot, Side::buy, "0.1"));
    CHECK(order->status == OrderStatus::filled);
    CHECK(order->average() == Decimal{50'000});  // Who buys pays the price that was set.
    CHECK(order->fee == order->filled_quote * "0.002"_d);
    NewOrder in_quote = market_order(kSpot, Side::buy, "1");
    in_quote.quantity.reset();
    in_quote.quote_quantity = "1000"_d;
    order = *bench.exchange.place(account, in_quote);
    CHECK(order->status == OrderStatus::filled);
    CHECK(order->filled_quote <= "1000"_d);
    CHECK(order->filled_quote > "999"_d);
    CHECK(account.spot["USDT"].locked.is_zero());
    CHECK(conserved(bench.exchange));
}

TEST_CASE("a printed trade fills part of a resting order") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kSpot, "50000");
    const Order* order = *bench.exchange.place(account, limit(kSpot, Side::buy, "0.1", "49000"));
    bench.exchange.print_trade(*order->instrument, Side::sell, "48999"_d, "0.04"_d);
    CHECK(order->status == OrderStatus::partially_filled);
    CHECK(order->filled == "0.04"_d);
    bench.exchange.print_trade(*order->instrument, Side::sell, "49000.1"_d, "1"_d);
    CHECK(order->filled == "0.04"_d);
    REQUIRE(bench.exchange.cancel(account, *order).has_value());
    CHECK(order->status == OrderStatus::canceled);
    CHECK(order->canceled == "0.06"_d);
    CHECK(bench.exchange.cancel(account, *order).error() == Refusal::order_finished);
    CHECK(account.spot["USDT"].locked.is_zero());
    CHECK(conserved(bench.exchange));
}

TEST_CASE("post-only, immediate-or-cancel and fill-or-kill keep their promises") {
    Bench bench;
    Account& account = bench.account("1000000000", "1000");
    bench.price(kSpot, "50000");
    NewOrder order = limit(kSpot, Side::buy, "0.1", "50001");
    order.post_only = true;
    CHECK((*bench.exchange.place(account, order))->status == OrderStatus::canceled);
    order = limit(kSpot, Side::buy, "100", "50000.1");
    order.time_in_force = TimeInForce::ioc;
    const Order* partly = *bench.exchange.place(account, order);
    CHECK(partly->status == OrderStatus::canceled);
    CHECK(partly->filled.is_positive());
    CHECK(partly->filled + partly->canceled == Decimal{100});
    order.time_in_force = TimeInForce::fok;
    const Order* killed = *bench.exchange.place(account, order);
    CHECK(killed->status == OrderStatus::canceled);
    CHECK(killed->filled.is_zero());
}

TEST_CASE("what the exchange refuses") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kSpot, "50000");
    bench.price(kPerpetual, "50000");
    NewOrder twice = limit(kSpot, Side::buy, "0.01", "40000");
    twice.client_order_id = "a";
    REQUIRE(bench.exchange.place(account, twice).has_value());
    NewOrder reduce = limit(kPerpetual, Side::sell, "0.001", "50000");
    reduce.reduce_only = true;
    NewOrder crossed = limit(kPerpetual, Side::buy, "0.001", "50000");
    crossed.margin_mode = MarginMode::cross;
    NewOrder hedged = limit(kPerpetual, Side::buy, "0.001", "50000");
    hedged.slot = PositionSlot::long_only;
    NewOrder geared = limit(kPerpetual, Side::buy, "0.001", "50000");
    geared.leverage = 101;
    struct Row { const char* why; NewOrder order; Refusal refusal; };
    const Row rows[] = {
        {"no such pair", limit({"ABC", "USDT", {}}, Side::buy, "1", "1"), Refusal::unknown_symbol},
        {"closed pair", limit({"XRP", "USDT", {}}, Side::buy, "1", "1"), Refusal::not_open_to_api},
        {"price off the grid", limit(kSpot, Side::buy, "0.01", "40000.05"), Refusal::price_step},
        {"quantity off the grid", limit(kSpot, Side::buy, "0.000015", "40000"), Refusal::quantity_step},
        {"too small", limit(kSpot, Side::buy, "0.000001", "40000"), Refusal::below_min_quantity},
        {"worth too little", limit(kSpot, Side::buy, "0.0001", "40000"), Refusal::below_min_notional},
        {"absurd price", limit(kSpot, Side::buy, "0.01", "60000"), Refusal::price_out_of_band},
        {"no money", limit(kSpot, Side::buy, "1", "40000"), Refusal::insufficient_balance},
        {"no coins", limit(kSpot, Side::sell, "2", "60000"), Refusal::insufficient_balance},
        {"more than anybody has", limit(kSpot, Side::buy, "99999999999999999999", "40000"), Refusal::insufficient_balance},
        {"a price beyond counting", limit(kSpot, Side::sell, "0.01", "99999999999999999999.9"), Refusal::insufficient_balance},
        {"contracts beyond counting", limit(kPerpetual, Side::buy, "99999999999999999999.999999999999999999", "50000"), Refusal::insufficient_balance},
        {"client id used", twice, Refusal::duplicate_client_id},
        {"nothing to reduce", reduce, Refusal::nothing_to_reduce},
        {"another margin mode", crossed, Refusal::margin_mode_mismatch},
        {"another position mode", hedged, Refusal::position_mode_mismatch},
        {"too much leverage", geared, Refusal::leverage_out_of_range},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto answer = bench.exchange.place(account, row.order);
        REQUIRE(!answer.has_value());
        CHECK(answer.error() == row.refusal);
    }
}

TEST_CASE("a futures position opens, grows, shrinks and closes with exact profit") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000.1");
    NewOrder open = limit(kPerpetual, Side::buy, "0.1", "50000");
    open.leverage = 5;
    const Order* order = *bench.exchange.place(account, open);
    CHECK(account.futures["USDT"].locked == "1003"_d);  // 5000 / 5 and 5000 * 0.0006.
    bench.price(kPerpetual, "50000");
    REQUIRE(order->status == OrderStatus::filled);
    REQUIRE(account.positions.size() == 1);
    CHECK(account.positions[0].entry_price() == Decimal{50'000});
    CHECK(account.positions[0].margin == Decimal{1000});
    CHECK(account.futures["USDT"].free == "8999"_d);  // Maker fee 1.
    CHECK(account.futures["USDT"].locked.is_zero());
    bench.price(kPerpetual, "51000");
    CHECK(bench.exchange.futures_balance(account, "USDT").unrealized_pnl == Decimal{100});
    order = *bench.exchange.place(account, market_order(kPerpetual, Side::sell, "0.04"));
    CHECK(order->realized_pnl == "39.996"_d);  // Sold at 50999.9.
    CHECK(account.positions[0].quantity == "0.06"_d);
    CHECK(account.positions[0].margin == Decimal{600});
    NewOrder close;
    close.symbol = kPerpetual;
    close.type = OrderType::market;
    close.close_position = true;
    REQUIRE(bench.exchange.place(account, close).has_value());
    CHECK(account.positions.empty());
    CHECK(conserved(bench.exchange));
}

TEST_CASE("an order bigger than the position turns it round in one-way mode") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000");
    REQUIRE(bench.exchange.place(account, market_order(kPerpetual, Side::buy, "0.05")).has_value());
    const Order* order = *bench.exchange.place(account, market_order(kPerpetual, Side::sell, "0.08"));
    CHECK(order->status == OrderStatus::filled);
    REQUIRE(account.positions.size() == 1);
    CHECK(account.positions[0].side == PositionSide::short_side);
    CHECK(account.positions[0].quantity == "0.03"_d);
    CHECK(conserved(bench.exchange));
}

TEST_CASE("hedge mode holds a long and a short side by side") {
    Bench bench;
    Account& account = bench.account();
    REQUIRE(bench.exchange.set_position_mode(account, PositionMode::hedge).has_value());
    bench.price(kPerpetual, "50000");
    NewOrder order = market_order(kPerpetual, Side::buy, "0.02");
    order.slot = PositionSlot::long_only;
    REQUIRE(bench.exchange.place(account, order).has_value());
    order.side = Side::sell;
    order.slot = PositionSlot::short_only;
    REQUIRE(bench.exchange.place(account, order).has_value());
    CHECK(account.positions.size() == 2);
    order.side = Side::sell;
    order.slot = PositionSlot::long_only;
    REQUIRE(bench.exchange.place(account, order).has_value());
    CHECK(account.positions.size() == 1);
    CHECK(bench.exchange.place(account, order).error() == Refusal::nothing_to_reduce);
    CHECK(bench.exchange.set_position_mode(account, PositionMode::one_way).error() == Refusal::position_or_orders_open);
}

TEST_CASE("an isolated position is liquidated at its price and costs its margin, no more") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000");
    NewOrder order = market_order(kPerpetual, Side::buy, "0.1");
    order.leverage = 10;
    const Decimal before = account.futures["USDT"].free;
    REQUIRE(bench.exchange.place(account, order).has_value());
    const Decimal free = account.futures["USDT"].free;
    const Decimal at = account.positions[0].liquidation_price();
    CHECK(at > Decimal{45'000});
    CHECK(at < Decimal{45'500});
    bench.price(kPerpetual, (round_to_step(at, "0.1"_d, Rounding::up) + "0.1"_d).to_string().c_str());
    CHECK(account.positions.size() == 1);
    SUBCASE("just below") { bench.price(kPerpetual, round_to_step(at, "0.1"_d, Rounding::down).to_string().c_str()); }
    SUBCASE("a gap far below") { bench.price(kPerpetual, "30000"); }
    CHECK(account.positions.empty());
    CHECK(account.futures["USDT"].free == free);
    CHECK(account.orders.back()->liquidation);
    // What its fills say was gained, lost and paid is what the account has less.
    CHECK(account.futures["USDT"].free - before == account.fills.back()->realized_pnl - account.fills.front()->fee - account.fills.back()->fee);
    CHECK(conserved(bench.exchange));
}

TEST_CASE("funding is paid at its hours by mark value") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000");
    REQUIRE(bench.exchange.place(account, market_order(kPerpetual, Side::buy, "0.1")).has_value());
    const Instant at = bench.exchange.next_funding();
    CHECK(at.ms() % (8 * 3'600'000) == 0);
    const Decimal rate = bench.exchange.funding_rate(*bench.exchange.find(kPerpetual));
    bench.exchange.advance(at - milliseconds{1});
    CHECK(account.funding.empty());
    bench.exchange.advance(at);
    REQUIRE(account.funding.size() == 1);
    CHECK(account.funding[0].amount == -(Decimal{5000} * rate));
    CHECK(conserved(bench.exchange));
}

TEST_CASE("a path is played step by step and its last price stands") {
    Bench bench;
    const Instrument& instrument = *bench.exchange.find(kSpot);
    bench.exchange.play(instrument, {{kStart + milliseconds{1500}, "50100"_d}, {kStart + milliseconds{2500}, "50200"_d}});
    bench.exchange.advance(kStart + milliseconds{2000});
    CHECK(bench.exchange.market(instrument).price() == "50100"_d);
    bench.exchange.advance(kStart + milliseconds{60'000});
    CHECK(bench.exchange.market(instrument).price() == "50200"_d);
}

NewOrder stop(Side side, const char* quantity, const char* price, Trigger::Of of = Trigger::Of::mark) {
    NewOrder order = market_order(kPerpetual, side, quantity);
    order.reduce_only = true;
    order.leverage = 5;
    order.trigger = Trigger{of, side == Side::sell ? Trigger::Way::at_or_below : Trigger::Way::at_or_above, Decimal::parse(price).value()};
    return order;
}

TEST_CASE("a stop waits off the book without money, fires at its price by its kind, and closes what is held") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000");
    CHECK(bench.exchange.place(account, stop(Side::sell, "0.1", "48000")).error() == Refusal::nothing_to_reduce);
    NewOrder open = market_order(kPerpetual, Side::buy, "0.1");
    open.leverage = 5;
    REQUIRE(bench.exchange.place(account, open).has_value());
    const Decimal free = account.futures["USDT"].free;
    const Order* order = *bench.exchange.place(account, stop(Side::sell, "0.1", "48000"));
    CHECK(order->waiting);
    CHECK(order->is_open());
    CHECK(account.futures["USDT"].free == free);
    // Of the last trade, not of the mark: a stranger's print reaches it, the mark alone does not.
    const Order* last = *bench.exchange.place(account, stop(Side::sell, "0.04", "48500", Trigger::Of::last));
    bench.price(kPerpetual, "48000.1");
    CHECK(order->waiting);
    SUBCASE("the mark reaches it in a gap: sold at what there is, and no more than is held") {
        CHECK(last->triggered);  // A price that is set is the last one, too.
        CHECK(last->status == OrderStatus::filled);
        bench.price(kPerpetual, "47000");
        CHECK(order->triggered);
        CHECK(order->status == OrderStatus::canceled);
        CHECK(order->filled == "0.06"_d);
        CHECK(order->average() < Decimal{47'000});
        CHECK(account.positions.empty());
    }
    SUBCASE("taken back it never fires") {
        REQUIRE(bench.exchange.cancel(account, *order).has_value());
        bench.price(kPerpetual, "40500");
        CHECK_FALSE(order->triggered);
        CHECK(order->filled.is_zero());
        CHECK(bench.exchange.cancel(account, *order).error() == Refusal::order_finished);
    }
    SUBCASE("fired when nothing is held any more it ends with nothing") {
        REQUIRE(bench.exchange.place(account, market_order(kPerpetual, Side::sell, "0.06")).has_value());
        REQUIRE(account.positions.empty());
        CHECK(order->waiting);
        bench.price(kPerpetual, "47000");
        CHECK(order->status == OrderStatus::canceled);
        CHECK(order->filled.is_zero());
    }
    SUBCASE("held back it fires when it is let go") {
        bench.exchange.hold_stops(true);
        bench.price(kPerpetual, "47000");
        CHECK(order->waiting);
        bench.exchange.hold_stops(false);
        CHECK(order->status == OrderStatus::canceled);
        CHECK(order->filled == "0.06"_d);
    }
    CHECK(conserved(bench.exchange));
}

TEST_CASE("a stop whose price has been reached already fires at once; there is a most of them") {
    Bench bench;
    Account& account = bench.account();
    bench.price(kPerpetual, "50000");
    NewOrder open = market_order(kPerpetual, Side::sell, "0.1");
    open.leverage = 5;
    REQUIRE(bench.exchange.place(account, open).has_value());
    const Order* due = *bench.exchange.place(account, stop(Side::buy, "0.01", "49000"));
    CHECK(due->status == OrderStatus::filled);
    for (std::size_t i = 0; i < bench.exchange.profile().stops_max; ++i) REQUIRE(bench.exchange.place(account, stop(Side::buy, "0.01", "51000")).has_value());
    CHECK(bench.exchange.place(account, stop(Side::buy, "0.01", "51000")).error() == Refusal::too_many_stops);
    bench.price(kPerpetual, "51000");
    CHECK(account.positions.empty());
    CHECK(conserved(bench.exchange));
}

TEST_CASE("the law: whatever is ordered, money is conserved and nothing is negative") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        Exchange exchange{profile(), seed, kStart};
        std::vector<Account*> accounts;
        for (int i = 0; i < 3; ++i) {
            Exchange::NewKey request;
            request.balances = {{"USDT", "10000"_d}, {"BTC", "0.5"_d}};
            request.mode = i == 2 ? AccountMode::unified : AccountMode::classic;
            accounts.push_back(exchange.find_account(exchange.create_key(request).account));
        }
        (void)exchange.set_position_mode(*accounts[1], PositionMode::hedge);
        Instant now = kStart;
        for (int step = 0; step < 600; ++step) {
            Account& account = *accounts[static_cast<std::size_t>(random.between(0, 2))];
            const Instrument& instrument = exchange.instruments()[static_cast<std::size_t>(random.between(0, 1))];
            NewOrder order;
            order.symbol = instrument.symbol;
            order.side = random.between(0, 1) == 0 ? Side::buy : Side::sell;
            order.type = random.between(0, 3) == 0 ? OrderType::market : OrderType::limit;
            order.quantity = instrument.quantity_step * Decimal{random.between(1, instrument.is_futures() ? 60 : 20'000)};
            const Decimal price = exchange.market(instrument).price() * Decimal::from_parts(random.between(990, 1010), 3);
            if (order.type == OrderType::limit) order.price = round_to_step(price, instrument.price_step, Rounding::down);
            order.time_in_force = static_cast<TimeInForce>(random.between(0, 2));
            order.post_only = random.between(0, 9) == 0;
            order.leverage = static_cast<int>(random.between(1, 50));
            if (instrument.is_futures() && account.position_mode == PositionMode::hedge)
                order.slot = random.between(0, 1) == 0 ? PositionSlot::long_only : PositionSlot::short_only;
            if (instrument.is_futures() && random.between(0, 4) == 0) {
                const auto at = round_to_step(price, instrument.price_step, Rounding::down);
                order.trigger = Trigger{static_cast<Trigger::Of>(random.between(0, 2)), static_cast<Trigger::Way>(random.between(0, 1)), at};
                order.reduce_only = random.between(0, 1) == 0;
            }
            (void)exchange.place(account, order);
            if (random.between(0, 4) == 0 && !account.orders.empty()) (void)exchange.cancel(account, *account.orders.back());
            if (random.between(0, 9) == 0) exchange.print_trade(instrument, order.side, price, "0.05"_d);
            if (random.between(0, 40) == 0) exchange.set_price(instrument, round_to_step(price * "0.97"_d, "0.1"_d, Rounding::down));
            now = now + milliseconds{random.between(0, 3'600'000 / 20)};
            exchange.advance(now);
            REQUIRE(conserved(exchange));
        }
        for (const auto* account : accounts)
            for (const auto* order : account->orders)
                if (!order->is_open()) CHECK(order->locked.is_zero());
    }
}
