#include "engine/order.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::engine;
using market::OrderStatus;

namespace {

constexpr Instant kNow = Instant::from_ms(1'790'000'000'000);

Intent intent_of(const char* quantity) {
    OrderPlan plan;
    plan.connection = "c1";
    plan.symbol = {"BTC", "USDT", ""};
    plan.quantity = Decimal::parse(quantity).value();
    plan.price = "60000"_d;
    return {plan, 1, 1, "bf1aa", kNow};
}
market::Order report(OrderStatus status, const char* filled = nullptr) {
    market::Order order;
    order.id = "X1";
    order.client_order_id = "bf1aa";
    order.side = market::Side::buy;
    order.status = status;
    if (filled != nullptr) order.filled = Decimal::parse(filled).value();
    return order;
}
market::Fill fill(const char* trade, const char* quantity, bool with_fee = true) {
    market::Fill fill;
    fill.id = trade;
    fill.order_id = "X1";
    fill.side = market::Side::buy;
    fill.price = "60000"_d;
    fill.quantity = Decimal::parse(quantity).value();
    if (with_fee) fill.fee = market::Amount{"USDT", "0.1"_d};
    return fill;
}
Order open_order(const char* quantity) {
    Order order{intent_of(quantity)};
    order.durable();
    order.sent();
    order.take(report(OrderStatus::open, "0"));
    return order;
}

}  // namespace

TEST_CASE("an order goes from planned to finished; it holds its whole quantity until its end is known") {
    Order order{intent_of("2")};
    CHECK(order.stage() == Stage::planned);
    CHECK(order.working() == "2"_d);
    order.durable();
    order.sent();
    CHECK(order.stage() == Stage::sent);
    auto change = order.take(report(OrderStatus::open, "0"));
    CHECK(change.appeared);
    CHECK(order.stage() == Stage::open);
    change = order.take(fill("T1", "0.5"), FillSource::stream, kNow);
    CHECK((change.booked && !change.finished));
    CHECK(order.working() == "1.5"_d);
    change = order.take(report(OrderStatus::canceled, "0.5"));
    CHECK(change.finished);
    CHECK(order.end() == End::canceled);
    CHECK(order.working().is_zero());
}

TEST_CASE("figures beyond all that is ever traded are puzzling and booked nowhere; none ends the process") {
    auto order = open_order("2");
    const char* most = "99999999999999999999.999999999999999999";
    CHECK(order.take(report(OrderStatus::partially_filled, most)).puzzling);
    CHECK(order.working() * "60000.1"_d == "120000.2"_d);
    for (const char* trade : {"T1", "T2"}) {
        const auto change = order.take(fill(trade, most), FillSource::query, kNow);
        CHECK(change.puzzling);
        CHECK_FALSE(change.booked);
    }
    auto dear = fill("T3", "1");
    dear.price = Decimal::parse(most).value();
    CHECK(order.take(dear, FillSource::stream, kNow).puzzling);
    auto costly = fill("T4", "1");
    costly.fee->amount = Decimal::parse(most).value();
    CHECK(order.take(costly, FillSource::stream, kNow).puzzling);
    CHECK(order.booked().is_zero());
    CHECK(order.take(fill("T5", "2"), FillSource::query, kNow).finished);
}

TEST_CASE("it is not finished before all that the exchange says was filled is booked") {
    auto order = open_order("2");
    CHECK_FALSE(order.take(report(OrderStatus::filled, "2")).finished);
    CHECK(order.fills_missing());
    CHECK(order.working() == "2"_d);
    CHECK_FALSE(order.take(fill("T1", "1.5"), FillSource::query, kNow).finished);
    CHECK_FALSE(order.take(fill("T1", "1.5"), FillSource::stream, kNow).booked);
    CHECK(order.take(fill("T2", "0.5"), FillSource::query, kNow).finished);
    CHECK(order.end() == End::filled);
    CHECK(order.fills().size() == 2);
}

TEST_CASE("all of it booked is an end by itself, whoever would have said so") {
    auto order = open_order("1");
    CHECK(order.take(fill("T1", "1"), FillSource::query, kNow).finished);
    CHECK(order.end() == End::filled);
}

TEST_CASE("a stream's fill without its fee is a hint that there is more, and is booked from the list of fills") {
    auto order = open_order("1");
    const auto change = order.take(fill("T1", "0.4", false), FillSource::stream, kNow);
    CHECK_FALSE(change.booked);
    CHECK(order.fills_missing());
    CHECK(order.take(fill("T1", "0.4"), FillSource::query, kNow).booked);
    CHECK_FALSE(order.fills_missing());
    order.take(fill("T1", "0.4", false), FillSource::stream, kNow);
    CHECK_FALSE(order.fills_missing());
}

TEST_CASE("old news changes nothing: not the end, not what was filled") {
    auto order = open_order("1");
    order.take(fill("T1", "0.4"), FillSource::query, kNow);
    order.take(report(OrderStatus::canceled, "0.4"));
    REQUIRE(order.finished());
    for (const auto& old : {report(OrderStatus::open, "0"), report(OrderStatus::partially_filled, "0.4"), report(OrderStatus::canceled, "0.4")}) {
        const auto change = order.take(old);
        CHECK((!change.finished && !change.reopened && !change.appeared));
        CHECK(order.finished());
        CHECK(order.end() == End::canceled);
    }
}

TEST_CASE("an end that does not say how much was filled ends nothing") {
    auto order = open_order("1");
    const auto change = order.take(report(OrderStatus::canceled));
    CHECK(change.vague);
    CHECK_FALSE(order.end().has_value());
}

TEST_CASE("a fill that comes after the end was settled reopens the order until its books are right again") {
    auto order = open_order("1");
    order.take(report(OrderStatus::canceled, "0"));
    REQUIRE(order.finished());
    auto change = order.take(report(OrderStatus::canceled, "0.3"));
    CHECK(change.reopened);
    CHECK_FALSE(order.finished());
    change = order.take(fill("T1", "0.3"), FillSource::query, kNow);
    CHECK((change.booked && change.finished));
}

TEST_CASE("an order called absent that shows itself after all is there") {
    Order order{intent_of("1")};
    order.sent();
    order.in_doubt();
    CHECK(order.stage() == Stage::unresolved);
    order.end_without(End::absent, {});
    const auto change = order.take(report(OrderStatus::open, "0"));
    CHECK(change.appeared);
    CHECK(order.stage() == Stage::open);
    CHECK_FALSE(order.end().has_value());
}

TEST_CASE("what can't be true together is said and not believed") {
    auto order = open_order("1");
    auto other = report(OrderStatus::filled, "1");
    other.id = "X2";
    CHECK(order.take(other).puzzling);
    CHECK_FALSE(order.end().has_value());
    auto sell = fill("T1", "1");
    sell.side = market::Side::sell;
    CHECK(order.take(sell, FillSource::query, kNow).puzzling);
    CHECK(order.booked().is_zero());
    CHECK(order.take(report(OrderStatus::open, "2")).puzzling);
}

TEST_CASE("the exchange's word that it is nowhere ends an order with what is booked") {
    auto order = open_order("1");
    order.take(fill("T1", "0.3"), FillSource::query, kNow);
    CHECK(order.forgotten().finished);
    CHECK(order.end() == End::canceled);
    CHECK(order.booked() == "0.3"_d);
}

TEST_CASE("any order, loss and repetition of what is told ends in the same books once everything was asked for") {
    const bool held = rc::check([] {
        // The truth: parts of 100 that were filled, and whether the rest was cancelled.
        const auto parts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 30));
        std::vector<market::Fill> fills;
        std::vector<market::Order> reports{report(OrderStatus::open, "0")};
        int total = 0;
        for (const int part : parts) {
            if (total + part > 100) break;
            total += part;
            fills.push_back(fill(("T" + std::to_string(fills.size())).c_str(), std::to_string(part).c_str()));
            reports.push_back(report(total == 100 ? OrderStatus::filled : OrderStatus::partially_filled, std::to_string(total).c_str()));
        }
        const bool canceled = total < 100 && *rc::gen::arbitrary<bool>();
        if (canceled) reports.push_back(report(OrderStatus::canceled, std::to_string(total).c_str()));

        // What is told of it: any of it, any number of times, in any order.
        Order order{intent_of("100")};
        order.sent();
        const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
        Decimal booked;
        for (const int step : steps) {
            Order::Change change;
            const auto at = static_cast<std::size_t>(step / 4);
            if (step % 4 == 0 || fills.empty()) {
                change = order.take(reports[at % reports.size()]);
            } else {
                auto one = fills[at % fills.size()];
                if (step % 4 == 1) one.fee.reset();
                change = order.take(one, step % 4 == 3 ? FillSource::query : FillSource::stream, kNow);
            }
            RC_ASSERT(!change.puzzling);
            RC_ASSERT(change.booked == (order.booked() > booked));
            booked = order.booked();
            RC_ASSERT(booked <= Decimal{total});
            RC_ASSERT(order.filled() <= Decimal{total});
            RC_ASSERT(!order.finished() || booked == Decimal{total});
        }
        // Then it is asked for.
        order.take(reports.back());
        for (const auto& one : fills) order.take(one, FillSource::query, kNow);
        RC_ASSERT(order.booked() == Decimal{total});
        RC_ASSERT(order.fills().size() == fills.size());
        RC_ASSERT(order.finished() == (canceled || total == 100));
    });
    CHECK(held);
}

TEST_CASE("a trigger order waits while it is open, and fires by its mark, by a fill, or by what was said to be filled") {
    const auto waiting = [] {
        auto intent = intent_of("1");
        intent.plan.type = market::OrderType::market;
        intent.plan.price.reset();
        intent.plan.stop_price = "58000"_d;
        Order order{intent};
        order.durable();
        order.sent();
        CHECK_FALSE(order.waits());
        order.take(report(OrderStatus::open, "0"));
        CHECK(order.waits());
        return order;
    };
    auto marked = waiting();
    auto seen = report(OrderStatus::open, "0");
    seen.triggered = false;
    CHECK_FALSE(marked.take(seen).triggered);
    seen.triggered = true;
    CHECK(marked.take(seen).triggered);
    CHECK_FALSE(marked.waits());
    CHECK_FALSE(marked.take(seen).triggered);
    // Old news does not make it wait again.
    seen.triggered = false;
    marked.take(seen);
    CHECK_FALSE(marked.waits());

    auto filled = waiting();
    const auto change = filled.take(fill("T1", "1"), FillSource::query, kNow);
    CHECK((change.triggered && change.booked && change.finished));

    auto hinted = waiting();
    CHECK(hinted.take(fill("T1", "0.4", false), FillSource::stream, kNow).triggered);

    auto told = waiting();
    CHECK(told.take(report(OrderStatus::partially_filled, "0.4")).triggered);

    auto back = waiting();
    CHECK(back.take(report(OrderStatus::canceled, "0")).finished);
    CHECK_FALSE(back.triggered());
    CHECK_FALSE(back.waits());

    auto plain = open_order("1");
    CHECK_FALSE(plain.waits());
    CHECK_FALSE(plain.take(fill("T1", "1"), FillSource::query, kNow).triggered);
}
