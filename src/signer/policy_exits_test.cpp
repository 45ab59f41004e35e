// Exits under the limits of one connection: what gets out whatever is used up or frozen, and what passes itself off as an exit and does not.
#include "signer/policy_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;
using ports::FreezeLevel;

TEST_CASE("an exit is outside of all amounts, symbols, switches and the first level of freezing") {
    Bench bench{tight(Market::futures)};
    auto nothing = ports::no_limits();
    bench.policy.set_limits(nothing, bench.now);
    bench.policy.freeze(FreezeLevel::entries);
    CHECK(bench.ask(bench.reduce(Side::sell, 100'000)).empty());
    CHECK(bench.ask(bench.reduce(Side::buy, 100'000, std::nullopt)).empty());
    // Who does not say how positions are held may open one with it.
    auto unsaid = bench.reduce(Side::sell, 100'000);
    unsaid.call.position_mode.reset();
    CHECK(holds(bench.ask(unsaid), "frozen"));
    auto stop = bench.reduce(Side::sell, 100'000, std::nullopt);
    stop.call.operation = Operation::place_stop;
    stop.call.stop_price = Decimal{1};
    CHECK(bench.ask(stop).empty());
    auto entry = bench.order(Side::buy, "0.001"_d, Decimal{100}, "BTC/USDT:USDT");
    CHECK(holds(bench.ask(entry), "frozen"));
    bench.policy.freeze(FreezeLevel::everything);
    CHECK(holds(bench.ask(bench.reduce(Side::sell, 1)), "nothing is signed"));
    auto read = bench.reduce(Side::sell, 1);
    read.call.operation = Operation::open_orders;
    CHECK(holds(bench.ask(read), "nothing is signed"));
}

TEST_CASE("on spot what signed buys can have filled may be sold, however often it is tried") {
    Bench bench;
    const auto first = bench.buy(6), second = bench.buy(4);
    REQUIRE(bench.ask(first).empty());
    REQUIRE(bench.ask(second).empty());
    bench.policy.freeze(FreezeLevel::entries);
    for (int i = 0; i < 20; ++i) CHECK(bench.ask(bench.sell(10)).empty());
    CHECK(holds(bench.ask(bench.sell("10.0001"_d)), "frozen"));
    // What is known of the orders makes it less, never more.
    bench.settle(second, "1.5"_d);
    CHECK(bench.ask(bench.sell("7.5"_d)).empty());
    CHECK(holds(bench.ask(bench.sell("7.6"_d)), "frozen"));
    const auto out = bench.sell("7.5"_d);
    REQUIRE(bench.ask(out).empty());
    bench.settle(out, 5, true);
    CHECK(bench.ask(bench.sell("2.5"_d)).empty());
    CHECK(holds(bench.ask(bench.sell("2.6"_d)), "frozen"));
    // A fill that was heard of late.
    bench.settle(second, 2);
    CHECK(bench.ask(bench.sell(3)).empty());
    bench.settle(second, 400);
    CHECK(bench.ask(bench.sell(5)).empty());
    CHECK(holds(bench.ask(bench.sell("5.1"_d)), "frozen"));
}

TEST_CASE("no order of telling what was filled makes more sellable than was bought") {
    Bench bench;
    const auto in = bench.buy(10);
    REQUIRE(bench.ask(in).empty());
    const SignItem out[] = {bench.sell(10), bench.sell(10), bench.sell(10)};
    for (const auto& one : out) REQUIRE(bench.ask(one).empty());
    const auto held = [&] { return bench.policy.state().symbols.at(*in.call.symbol).quantity; };
    for (const auto& one : out) bench.settle(one, 10, true);
    CHECK(held().is_zero());
    for (const auto& one : out) bench.settle(one, 0, true);
    CHECK(held() <= Decimal{10});
    bench.settle(in, 0);
    for (const auto& one : out) bench.settle(one, 10, true);
    bench.settle(in, 10);
    for (const auto& one : out) bench.settle(one, 0, true);
    CHECK(held() <= Decimal{10});
}

TEST_CASE("what left without an order of ours is open no more; what orders on their way may fill is") {
    Bench bench;
    const auto first = bench.buy(6), second = bench.buy(4);
    REQUIRE(bench.ask(first).empty());
    bench.settle(first, 6);
    REQUIRE(bench.ask(second).empty());
    const auto hold = [&](const Decimal& quantity) { bench.policy.hold_at_most({"c", *first.call.symbol, quantity}); };
    // The other pairs' are not these.
    bench.policy.hold_at_most({"c", *market::Symbol::parse("ETH/USDT"), 0});
    hold(100);
    CHECK(bench.exposure() == Decimal{1000});
    // A fee was taken in coins, the rest sold by hand; the second order has not ended.
    hold("0.5"_d);
    CHECK(bench.exposure() == Decimal{450});
    CHECK(bench.ask(bench.sell("4.5"_d)).empty());
    bench.policy.freeze(FreezeLevel::entries);
    CHECK(holds(bench.ask(bench.sell("4.6"_d)), "frozen"));
    bench.settle(second, 0);
    CHECK(bench.exposure() == Decimal{50});
    hold(0);
    CHECK(bench.exposure().is_zero());
    // Told again that it was filled, it can put there no more than it could.
    bench.settle(second, 4);
    bench.settle(first, 6);
    CHECK(bench.policy.state().symbols.at(*first.call.symbol).quantity == Decimal{4});
}

TEST_CASE("an exit keeps to its own band, and without news to where the price can have gone") {
    Bench bench{tight(Market::futures)};
    CHECK(bench.ask(bench.reduce(Side::sell, 1, Decimal{50})).empty());
    CHECK(holds(bench.ask(bench.reduce(Side::sell, 1, "49.9"_d)), "exit's price"));
    CHECK(bench.ask(bench.reduce(Side::sell, 1, Decimal{900})).empty());
    CHECK(bench.ask(bench.reduce(Side::buy, 1, Decimal{150})).empty());
    CHECK(holds(bench.ask(bench.reduce(Side::buy, 1, "150.1"_d)), "exit's price"));
    auto silent = bench.reduce(Side::sell, 1, "49.9"_d);
    silent.reference.reset();
    CHECK(holds(bench.ask(silent), "exit's price"));
    bench.now = bench.now + seconds{60};
    CHECK(bench.ask(silent).empty());
    // Of a symbol nothing was ever told of a limit price can't be judged.
    auto unknown = bench.reduce(Side::sell, 1);
    unknown.call.symbol = market::Symbol::parse("NEW/USDT:USDT");
    unknown.reference.reset();
    CHECK(holds(bench.ask(unknown), "none is known"));
}

TEST_CASE("exits have a lane of their own: entries never take their room") {
    Bench bench{tight(Market::futures)};
    for (int i = 0; i < 10; ++i) REQUIRE(bench.ask(bench.order(Side::buy, "0.1"_d, Decimal{100}, "BTC/USDT:USDT")).empty());
    CHECK(holds(bench.ask(bench.order(Side::buy, "0.1"_d, Decimal{100}, "BTC/USDT:USDT")), "within a minute"));
    for (int i = 0; i < 60; ++i) CHECK(bench.ask(bench.reduce(Side::sell, 1)).empty());
    CHECK(holds(bench.ask(bench.reduce(Side::sell, 1)), "more exits within a minute"));
    bench.now = bench.now + seconds{61};
    CHECK(bench.ask(bench.reduce(Side::sell, 1)).empty());
    CHECK(bench.ask(bench.order(Side::buy, "0.1"_d, Decimal{100}, "BTC/USDT:USDT")).empty());
}
