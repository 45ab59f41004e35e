// The limits of one connection: what is allowed, what is refused and why; and as a law: nothing that is allowed exceeds a limit, no exit is refused
// for an amount.
#include "signer/policy_fixture.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;
using ports::FreezeLevel;

TEST_CASE("each limit refuses what exceeds it, and says which") {
    struct Row {
        const char* why;
        const char* said;  // A part of the sentence; empty: signed.
        std::function<SignItem(Bench&)> item;
    };
    const Row rows[] = {
        {"within all", "", [](Bench& b) { return b.buy(5); }},
        {"value of an order", "limit of 1000", [](Bench& b) { return b.buy("10.01"_d); }},
        {"at the limit", "", [](Bench& b) { return b.buy(10); }},
        {"a cheap price does not make it small", "limit of 1000", [](Bench& b) { return b.buy("10.01"_d, Decimal{1}); }},
        {"without a price", "without a price", [](Bench& b) { return b.buy("5.01"_d, std::nullopt); }},
        {"without a price, small", "", [](Bench& b) { return b.buy(5, std::nullopt); }},
        {"a market order that names a price all the same", "without a price", [](Bench& b) { auto i = b.buy("5.01"_d); i.call.type = market::OrderType::market; return i; }},
        {"dearer than the band", "more than 10 %", [](Bench& b) { return b.buy(1, "110.01"_d); }},
        {"at the band", "", [](Bench& b) { return b.buy(1, Decimal{110}); }},
        {"cheaper than the band harms nobody", "", [](Bench& b) { return b.buy(1, Decimal{10}); }},
        {"a sale of the user's own coins below the band", "more than 10 %", [](Bench& b) { return b.sell(1, "89.99"_d); }},
        {"a sale of the user's own coins counts", "limit of 1000", [](Bench& b) { return b.sell(11); }},
        {"another quote", "no amounts in BTC", [](Bench& b) { return b.order(Side::buy, 1, Decimal{100}, "ETH/BTC"); }},
        {"the other market", "other market", [](Bench& b) { return b.order(Side::buy, 1, Decimal{100}, "BTC/USDT:USDT"); }},
        {"no price told", "last 60 seconds", [](Bench& b) { auto i = b.buy(1); i.reference.reset(); return i; }},
        {"an old price", "last 60 seconds", [](Bench& b) { auto i = b.buy(1); i.reference->at = b.now - milliseconds{60'001}; return i; }},
        {"a price of a minute ago", "", [](Bench& b) { auto i = b.buy(1); i.reference->at = b.now - milliseconds{60'000}; return i; }},
        {"a price of the future", "last 60 seconds", [](Bench& b) { auto i = b.buy(1); i.reference->at = b.now + milliseconds{2'001}; return i; }},
        {"reduce only means nothing on spot", "limit of 1000", [](Bench& b) { auto i = b.buy(11); i.call.reduce_only = true; return i; }},
        {"a quote quantity", "without a price", [](Bench& b) { auto i = b.buy(1, std::nullopt); i.call.quantity.reset(); i.call.quote_quantity = "500.01"_d; return i; }},
        {"a test order is an order: on MEXC its signature fits one", "limit of 1000", [](Bench& b) { auto i = b.buy(11); i.call.operation = Operation::test_order; return i; }},
        {"reading", "", [](Bench& b) { auto i = b.buy(1); i.call.operation = Operation::open_orders; i.call.quantity.reset(); return i; }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        Bench bench;
        const auto said = bench.ask(row.item(bench));
        CAPTURE(said);
        CHECK(said.empty() == (*row.said == '\0'));
        CHECK(holds(said, row.said));
    }
}

TEST_CASE("futures: leverage, settings, symbols, a contract size that shrinks") {
    auto limits = tight(Market::futures);
    limits.symbols = std::vector{*market::Symbol::parse("BTC/USDT:USDT"), *market::Symbol::parse("ETH/USDT:USDT")};
    Bench bench{limits};
    auto order = bench.order(Side::sell, 1, Decimal{100}, "BTC/USDT:USDT");
    order.call.leverage = 5;
    CHECK(bench.ask(order).empty());
    order.call.leverage = 6;
    CHECK(holds(bench.ask(order), "leverage of 6"));
    CHECK(holds(bench.ask(bench.order(Side::buy, 1, Decimal{100}, "SOL/USDT:USDT")), "not among the symbols"));
    auto set = bench.order(Side::buy, 1, {}, "ETH/USDT:USDT");
    set.call.operation = Operation::set_leverage;
    set.call.leverage = 5;
    CHECK(bench.ask(set).empty());
    set.call.leverage = 6;
    CHECK(holds(bench.ask(set), "leverage of 6"));
    set.call.leverage = 1;
    set.call.symbol = market::Symbol::parse("SOL/USDT:USDT");
    CHECK(holds(bench.ask(set), "not among the symbols"));

    auto contracts = bench.order(Side::buy, 1, Decimal{100}, "ETH/USDT:USDT");
    contracts.call.contract_size = "0.1"_d;
    CHECK(bench.ask(contracts).empty());
    // A tenth of the size is ten times the contracts: 1,001 USDT in truth.
    contracts.call.quantity = "1.001"_d;
    contracts.call.contract_size = "0.01"_d;
    CHECK(holds(bench.ask(contracts), "limit of 1000"));
    contracts.call.quantity = "0.9"_d;
    CHECK(bench.ask(contracts).empty());
    CHECK(bench.policy.state().symbols.at(*contracts.call.symbol).quantity == Decimal{10});
}

TEST_CASE("the reference moves at most 2 % a minute, whatever is told, and stands while nothing is") {
    Bench bench{tight(Market::futures)};
    const auto told = [&](const Decimal& price) {
        auto item = bench.order(Side::buy, "0.001"_d, Decimal{1}, "BTC/USDT:USDT");
        item.reference = ports::PriceReference{price, bench.now};
        (void)bench.ask(item);
        return bench.policy.state().symbols.at(*item.call.symbol).reference->price;
    };
    CHECK(told(100) == Decimal{100});
    CHECK(told(200) == Decimal{100});
    bench.now = bench.now + seconds{30};
    CHECK(told(200) == "100.99"_d);
    bench.now = bench.now + seconds{30};
    CHECK(told(50) == Decimal{100});
    bench.now = bench.now + std::chrono::minutes{60};
    CHECK(told(50) == Decimal{50});
    // A price of before says nothing, and no step back of the clock lets it move.
    bench.now = bench.now - seconds{50};
    CHECK(told(60) == Decimal{50});

    CHECK(rc::check("no minute moves it by more than 2 %", [] {
        Bench one{tight(Market::futures)};
        std::vector<std::pair<Instant, Decimal>> seen;
        const auto steps = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(0, 20'000));
        for (const int step : steps) {
            one.now = one.now + milliseconds{step};
            auto item = one.order(Side::buy, "0.001"_d, Decimal{1}, "BTC/USDT:USDT");
            item.reference = ports::PriceReference{Decimal{*rc::gen::inRange(1, 1000)}, one.now};
            (void)one.ask(item);
            const auto price = one.policy.state().symbols.at(*item.call.symbol).reference->price;
            for (const auto& [at, before] : seen) {
                if (one.now - at > seconds{60}) continue;
                RC_ASSERT(price <= before * "1.02"_d);
                RC_ASSERT(price >= before * "0.98"_d);
            }
            seen.emplace_back(one.now, price);
        }
    }));
}

TEST_CASE("who is silent for long can't let the price fall to nothing, and so buy on paper what is sold as an exit") {
    Bench bench;
    REQUIRE(bench.ask(bench.buy(1)).empty());
    bench.now = bench.now + std::chrono::hours{1};
    const auto nothing = "0.00000001"_d;
    auto paper = bench.buy(1'000'000, nothing);
    paper.reference = ports::PriceReference{nothing, bench.now};
    CHECK(holds(bench.ask(paper), "the order's value"));
    CHECK(bench.policy.state().symbols.at(*paper.call.symbol).reference->price > Decimal{45});
    // What the user holds besides is sold within the amounts, as any order.
    CHECK(holds(bench.ask(bench.sell(1000, {})), "the order's value"));
    CHECK(bench.ask(bench.sell(1)).empty());
}

TEST_CASE("a raise waits, a lowering does not, and a freeze drops what waits") {
    Bench bench;
    auto wider = tight();
    wider.values["USDT"].order = 2000;
    wider.orders_a_minute = 5;
    bench.policy.set_limits(wider, bench.now);
    CHECK(bench.policy.state().limits.values.at("USDT").order == Decimal{1000});
    CHECK(bench.policy.state().limits.orders_a_minute == 5);
    REQUIRE(bench.policy.tell(bench.now).raise);
    CHECK(bench.policy.tell(bench.now).raise->due == bench.now + std::chrono::hours{1});
    bench.now = bench.now + std::chrono::hours{1} - milliseconds{1};
    CHECK(holds(bench.ask(bench.buy(11)), "limit of 1000"));
    bench.now = bench.now + milliseconds{1};
    CHECK(bench.ask(bench.buy(11)).empty());
    // A shorter wait is a raise too.
    auto sooner = wider;
    sooner.raise_delay = seconds{60};
    sooner.values["USDT"].order = 2500;
    bench.policy.set_limits(sooner, bench.now);
    bench.now = bench.now + std::chrono::minutes{59};
    CHECK(holds(bench.ask(bench.buy(21)), "limit of 2000"));
    bench.policy.freeze(FreezeLevel::entries);
    bench.policy.freeze(FreezeLevel::none);
    bench.now = bench.now + std::chrono::hours{2};
    CHECK(holds(bench.ask(bench.buy(21)), "limit of 2000"));
}

TEST_CASE("what a crash leaves unsaid counts as used, and the engine can still name it") {
    Bench bench;
    REQUIRE(bench.ask(bench.buy(5)).empty());  // Needs a write of its own: nothing was covered.
    REQUIRE(bench.writes == 1);
    REQUIRE(bench.keep());
    const auto lost = bench.buy(4);
    REQUIRE(bench.ask(lost).empty());  // Covered by the last write, in no store.
    const auto used = bench.policy.tell(bench.now).used.at(0);
    bench.restart();
    const auto after = bench.policy.tell(bench.now).used.at(0);
    CHECK(after.hour >= used.hour);
    CHECK(after.day >= used.day);
    CHECK(after.exposure >= used.exposure);
    // All of it may have been bought, so all of it may be sold.
    bench.policy.freeze(FreezeLevel::entries);
    CHECK(bench.ask(bench.sell(9)).empty());
    // Once it is named it stays when the rest is given up.
    bench.settle(lost, 4);
    bench.now = bench.now + std::chrono::hours{25};
    CHECK(bench.ask(bench.sell(9)).empty());
    CHECK(holds(bench.ask(bench.sell("9.1"_d)), "frozen"));
    CHECK(bench.exposure() == Decimal{500});
}

TEST_CASE("what a division leaves behind is counted and not told") {
    Bench bench;
    const auto whole = bench.buy(3, Decimal{100});
    REQUIRE(bench.ask(whole).empty());
    bench.settle(whole, 3);
    bench.now = bench.now + milliseconds{1'234};
    // The reference follows by a part of 2 % a minute, and what is counted by it has many digits.
    auto dear = bench.buy("0.007"_d, Decimal{100});
    dear.reference->price = "123.456789"_d;
    REQUIRE(bench.ask(dear).empty());
    bench.settle(dear, "0.007"_d);
    const auto sale = bench.sell("1.003"_d);
    REQUIRE(bench.ask(sale).empty());
    bench.settle(sale, "1.003"_d, true);
    const auto used = bench.policy.tell(bench.now).used.at(0);
    for (const auto& told : {used.hour, used.day, used.exposure}) CHECK(told.scale() <= 8);
    // 300 and 0.007 times 100.040722; less 1.003 of 3.007: rounded up, never down.
    CHECK(used.hour == "300.70028506"_d);
    CHECK(used.exposure == "200.40018998"_d);

    bench.now = bench.now + milliseconds{7'654'321};
    auto far = bench.buy("0.01"_d, Decimal{200});
    far.reference->price = "100.7"_d;
    REQUIRE(holds(bench.ask(far), "is more than 10 % from 100.7, which follows"));
    far.reference->price = Decimal{200};
    far.reference->at = bench.now = bench.now + milliseconds{1'237};
    const auto why = bench.ask(far);
    const auto from = why.find(" from "), comma = why.find(", which follows");
    REQUIRE(comma != std::string::npos);
    CHECK(Decimal::parse(why.substr(from + 6, comma - from - 6)).value().scale() <= 8);
}

TEST_CASE("an order that can't be written down is not signed; an exit needs no disk") {
    Bench bench{tight(Market::futures)};
    bench.disk_full = true;
    CHECK(holds(bench.ask(bench.order(Side::buy, 1, Decimal{100}, "BTC/USDT:USDT")), "could not be written down"));
    CHECK(bench.exposure().is_zero());
    CHECK(bench.ask(bench.reduce(Side::sell, 1000)).empty());
    bench.disk_full = false;
    CHECK(bench.ask(bench.order(Side::buy, 1, Decimal{100}, "BTC/USDT:USDT")).empty());
}

TEST_CASE("amounts at the end of what can be counted are refused; none ends the process") {
    Bench bench;
    auto spends = bench.order(Side::buy, 1, std::nullopt);
    spends.call.quantity.reset();
    spends.call.quote_quantity = "59999999999999999999.9"_d;
    CHECK(bench.ask(spends) == "the order's figures leave the range of amounts");
    auto item = bench.buy("99999999999999999999"_d, "0.000000000000000001"_d);
    item.reference = ports::PriceReference{"0.000000000000000001"_d, bench.now};
    CHECK(bench.ask(item) == "the order's figures leave the range of amounts");
}

TEST_CASE("limits in doubt open nothing and let everything out") {
    Bench bench;
    bench.policy.doubt_age();
    CHECK(holds(bench.ask(bench.buy(1)), "confirmed"));
    CHECK(bench.ask(bench.sell(1000)).empty());
    bench.policy.trust();
    CHECK(bench.ask(bench.buy(1)).empty());
}

namespace {

/// What a caller may do next.
struct Move {
    enum class Kind { buy, sell, sell_held, settle_buy, settle_sell, held, wait, restart, write } kind;
    int quantity, price, reference, wait_s;
};

rc::Gen<Move> any_move() {
    return rc::gen::construct<Move>(rc::gen::element(Move::Kind::buy, Move::Kind::buy, Move::Kind::buy, Move::Kind::sell, Move::Kind::sell_held, Move::Kind::settle_buy,
                                                     Move::Kind::settle_sell, Move::Kind::held, Move::Kind::wait, Move::Kind::restart, Move::Kind::write),
                                    rc::gen::inRange(1, 1500), rc::gen::inRange(50, 160), rc::gen::inRange(80, 125), rc::gen::inRange(0, 2000));
}

struct Signed {
    Instant at;
    Decimal value;
};
Decimal sum_since(const std::vector<Signed>& all, Instant since) {
    Decimal sum;
    for (const auto& one : all)
        if (one.at > since) sum += one.value;
    return sum;
}

}  // namespace

TEST_CASE("no sequence of calls that are signed exceeds a limit, over restarts too; no exit is refused for an amount") {
    CHECK(rc::check("limits hold", [] {
        Bench bench;
        RC_ASSERT(bench.keep().has_value());
        bool restarted = false;
        const auto limits = bench.policy.state().limits;
        const auto& caps = limits.values.at("USDT");
        std::vector<Signed> all;
        Decimal bought;
        std::vector<SignItem> buys, sells;
        for (const auto& move : *rc::gen::container<std::vector<Move>>(80, any_move())) {
            const auto quantity = Decimal::from_parts(move.quantity, 2);
            switch (move.kind) {
                case Move::Kind::buy: {
                    auto item = bench.buy(quantity, move.price == 150 ? std::nullopt : std::optional{Decimal{move.price}});
                    item.reference->price = Decimal{move.reference};
                    const bool known = bench.policy.state().symbols.contains(*item.call.symbol);
                    if (!bench.ask(item).empty()) break;
                    const auto reference = bench.policy.state().symbols.at(*item.call.symbol).reference->price;
                    RC_ASSERT(known || reference == item.reference->price);
                    const auto value = quantity * std::max(item.call.price.value_or(reference), reference);
                    RC_ASSERT(value <= caps.order);
                    if (item.call.price) RC_ASSERT(*item.call.price <= reference * (Decimal{1} + limits.price_band));
                    else RC_ASSERT(value <= caps.market_order);
                    all.push_back({bench.now, value});
                    RC_ASSERT(bench.exposure() <= caps.exposure);
                    bought += quantity;
                    buys.push_back(item);
                    break;
                }
                case Move::Kind::sell: {
                    // The user's own coins: counted like any order.
                    auto item = bench.order(Side::sell, quantity, Decimal{move.price}, "ETH/USDT");
                    if (!bench.ask(item).empty()) break;
                    const auto reference = bench.policy.state().symbols.at(*item.call.symbol).reference->price;
                    const auto value = *item.call.quantity * std::max(*item.call.price, reference);
                    RC_ASSERT(value <= caps.order);
                    all.push_back({bench.now, value});
                    break;
                }
                case Move::Kind::sell_held: {
                    const auto found = bench.policy.state().symbols.find(*market::Symbol::parse("BTC/USDT"));
                    if (found == bench.policy.state().symbols.end() || !found->second.quantity.is_positive()) break;
                    RC_ASSERT(restarted || found->second.quantity <= bought);
                    auto item = bench.sell(found->second.quantity, Decimal{200});
                    const auto said = bench.ask(item);
                    RC_ASSERT(said.empty() || holds(said, "more exits within a minute"));
                    if (said.empty()) sells.push_back(item);
                    break;
                }
                case Move::Kind::settle_buy:
                    if (!buys.empty()) bench.settle(buys[static_cast<std::size_t>(move.quantity) % buys.size()], quantity);
                    break;
                case Move::Kind::settle_sell:
                    if (!sells.empty()) bench.settle(sells[static_cast<std::size_t>(move.quantity) % sells.size()], quantity, true);
                    break;
                case Move::Kind::held: bench.policy.hold_at_most({"c", *market::Symbol::parse("BTC/USDT"), quantity}); break;
                case Move::Kind::wait: bench.now = bench.now + seconds{move.wait_s}; break;
                case Move::Kind::write: RC_ASSERT(bench.keep().has_value()); break;
                // Whatever was signed since the last write must count: nothing comes back by a crash.
                case Move::Kind::restart:
                    bench.restart();
                    restarted = true;
                    break;
            }
            RC_ASSERT(sum_since(all, bench.now - std::chrono::hours{1}) <= caps.hour);
            RC_ASSERT(sum_since(all, bench.now - std::chrono::hours{24}) <= caps.day);
            std::int64_t within = 0;
            for (const auto& one : all) within += one.at > bench.now - seconds{60} ? 1 : 0;
            RC_ASSERT(within <= limits.orders_a_minute);
        }
    }));
}
