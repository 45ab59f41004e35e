// What is done by hand at the exchange while strategies run, over the four simulated products with the real feeds: how soon it is noticed, and
// that it can't spend the exchange's budget, however much of it there is.
#include "support/storm.hpp"

using namespace bf;
using namespace bf::test;
using std::chrono::minutes;

namespace {

/// docs/design/trader.md, "A difference": ten seconds that it must last, the ways, and a look more when an order of the group was on its way.
constexpr milliseconds kDifferenceNoticed{20'000};
/// An order or fill of somebody else's, where the stream tells it.
constexpr milliseconds kStrangerNoticed{2'000};
constexpr milliseconds kMoneyNoticed{45'000};

/// One connection with one strategy and an open group whose exit rests.
struct House : StormHouse {
    explicit House(const StormProduct& product) : StormHouse{7, {StormLine{"c1", "Main", product, Decimal{20'000}}}, true} {
        transport->keep_sent = true;
        for (const char* base : kBases) set_price(product, base, price(product, base));
        REQUIRE(begin());
        clock.run_for(seconds{5});
        ask_prices();
        const auto json = wire::Json::parse(Storm::settings_of(line(), "Main", 1, {"ETH"})).value();
        auto settings = trading::read_settings(json.root());
        REQUIRE(settings.has_value());
        const auto added = event([&](engine::Now now, engine::Trader& trader) { return trader.add_strategy(now, *settings, "hash"); });
        REQUIRE(added.has_value());
        const auto id = (*added)->id;
        clock.run_for(seconds{5});
        REQUIRE(event([&](engine::Now now, engine::Trader& trader) { return trader.enable(now, id); }).has_value());
        trading::Signal signal;
        signal.strategy = settings->name;
        signal.pair = settings->pairs[0];
        signal.direction = trading::Direction::long_side;
        signal.kind = SignalKind::entry;
        signal.source = trading::SignalSource::manual;
        signal.time = clock.wall();
        event([&](engine::Now now, engine::Trader& trader) { static_cast<void>(trader.receive(now, *trader.find_strategy(id), signal)); });
        REQUIRE(clock.run_until([&] { return exit() != nullptr; }, seconds{30}));
        REQUIRE(clock.run_until([&] { return life->feeds.at("c1")->money().is_sure(); }, minutes{4}));
        // The regular polls are over, the next ones far away.
        clock.run_for(seconds{5});
        REQUIRE(store.alarm_counts.empty());
    }
    const StormLine& line() { return lines[0]; }
    simulator::Account& account() { return truth(lines[0]); }
    void ask_prices() {
        poll_quote(lines[0].product, "ETH");
        clock.after(seconds{1}, [this] { ask_prices(); });
    }
    simulator::Order* exit() {
        for (auto* order : account().orders)
            if (order->is_open() && order->request.time_in_force == market::TimeInForce::gtc) return order;
        return nullptr;
    }
    [[nodiscard]] bool is_futures() const { return lines[0].product.market == market::Market::futures; }
    std::uint64_t told(const char* code) { return store.alarm_counts.contains(code) ? store.alarm_counts.at(code) : 0; }
    /// The user takes the exit away and sells a part at the market.
    void sell_by_hand() {
        advance();
        auto* resting = exit();
        simulator::NewOrder sale;
        sale.symbol = resting->instrument->symbol;
        sale.side = resting->request.side;
        sale.type = market::OrderType::market;
        sale.quantity = round_to_step(resting->remaining() * Decimal::from_parts(4, 1), resting->instrument->quantity_step, Rounding::down);
        sale.reduce_only = resting->request.reduce_only;
        REQUIRE(exchange(lines[0].product).cancel(account(), *resting).has_value());
        REQUIRE(exchange(lines[0].product).place(account(), sale).has_value());
    }
    void trade_by_hand(const char* base, market::Side side) {
        advance();
        const auto& instrument = *exchange(lines[0].product).find(symbol(lines[0].product, base));
        simulator::NewOrder order;
        order.symbol = instrument.symbol;
        order.side = side;
        order.type = market::OrderType::market;
        order.quantity = round_to_step(Decimal::divide(Decimal{30}, price(lines[0].product, base), 12, Rounding::down).value(), instrument.quantity_step, Rounding::up);
        static_cast<void>(exchange(lines[0].product).place(account(), order));
    }
};

}  // namespace

TEST_CASE("a sale by hand is noticed within seconds: the stranger's order at once, the difference as soon as it may count") {
    for (const auto& product : kStormProducts) {
        const std::string name = std::string{product.exchange} + (product.market == market::Market::spot ? " spot" : " futures");
        CAPTURE(name);
        House house{product};
        const auto began = house.clock.steady();
        house.sell_by_hand();
        CHECK(house.clock.run_until([&] { return house.told("FOREIGN_ORDER") > 0; }, kStrangerNoticed));
        CHECK(house.clock.run_until([&] { return house.told("GROUP_DESYNC") > 0; }, kDifferenceNoticed));
        MESSAGE(name, ": the difference was told after ", (house.clock.steady() - began).count() / 1000, " ms");
        CHECK(house.told("GROUP_DESYNC") == 1);
        // It was a trade: no money is missing.
        house.clock.run_for(seconds{120});
        CHECK(house.told("MONEY_LEFT") == 0);
        CHECK(house.told("MONEY_ARRIVED") == 0);
        CHECK(house.complaints.empty());
    }
}

TEST_CASE("a withdrawal by hand is an alarm, a deposit a notice, whatever the group does meanwhile") {
    for (const auto& product : kStormProducts) {
        const std::string name = std::string{product.exchange} + (product.market == market::Market::spot ? " spot" : " futures");
        CAPTURE(name);
        House house{product};
        house.advance();
        REQUIRE(house.exchange(product).move_money(house.account(), product.market, "USDT", Decimal{-1'000}).has_value());
        CHECK(house.clock.run_until([&] { return house.told("MONEY_LEFT") > 0; }, kMoneyNoticed));
        CHECK(house.told("MONEY_LEFT") == 1);
        CHECK(house.told("FOREIGN_ORDER") == 0);
        house.advance();
        REQUIRE(house.exchange(product).move_money(house.account(), product.market, "USDT", Decimal{500}).has_value());
        CHECK(house.clock.run_until([&] { return house.told("MONEY_ARRIVED") > 0; }, kMoneyNoticed));
        CHECK(house.told("MONEY_LEFT") == 1);
    }
}

TEST_CASE("a flood of trades by hand costs a bounded number of questions and leaves the exits their room") {
    for (const auto& product : kStormProducts) {
        const std::string name = std::string{product.exchange} + (product.market == market::Market::spot ? " spot" : " futures");
        CAPTURE(name);
        House house{product};
        auto& pace = *house.paces.at(product.exchange);
        const auto count = [&] { return house.transport->sent.size(); };
        const auto before = count();
        house.clock.run_for(seconds{60});
        const auto quiet = count() - before;
        const auto began = count();
        milliseconds longest{0};
        for (int i = 0; i < 600; ++i) {
            house.trade_by_hand("SOL", i % 2 == 0 ? market::Side::buy : market::Side::sell);
            house.clock.run_for(milliseconds{100});
            longest = std::max(longest, pace.wait(house.clock.steady(), exchange::Operation::cancel_order, product.market, connection::Pace::Share::whole));
        }
        const auto flooded = count() - began;
        MESSAGE(name, ": ", flooded, " requests in the flood's minute, ", quiet, " in a quiet one");
        // Balances, positions and the fills of one pair, each at most every four seconds; the fills in pages of a hundred.
        CHECK(flooded <= quiet + 45 + 60);
        CHECK(longest.count() == 0);
        for (const auto& one : house.transport->sent) CHECK(one.status != 429);
        CHECK(house.told("MONEY_LEFT") == 0);
    }
}
