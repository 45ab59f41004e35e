#include "engine/order_evidence.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;
using exchange::ProblemCode;

namespace {

const OrderEvidence::Key kEth{Venue{exchange::ExchangeId::mexc}, market::Symbol{"ETH", "USDT", {}}};
const Instant kNoon = Instant::from_ms(1'790'000'000'000);
constexpr milliseconds kHour{std::chrono::hours{1}};

const Evidence& of(const OrderEvidence& all, OrderForm form) { return (*all.find(kEth.venue, kEth.symbol))[static_cast<std::size_t>(form)]; }

}  // namespace

TEST_CASE("orders have four forms") {
    OrderPlan plan;
    CHECK(form_of(plan) == OrderForm::limit);
    plan.time_in_force = market::TimeInForce::ioc;
    CHECK(form_of(plan) == OrderForm::immediate);
    plan.type = market::OrderType::market;
    CHECK(form_of(plan) == OrderForm::market);
    plan.stop_price = Decimal{1};
    CHECK(form_of(plan) == OrderForm::stop);
}

TEST_CASE("a refusal holds for its form until an order of that form is taken, or for a week; it forbids for an hour") {
    OrderEvidence all;
    const Refusal closed{ProblemCode::symbol_not_tradable, "10007", "symbol not support api"};
    CHECK(all.find(kEth.venue, kEth.symbol) == nullptr);
    CHECK(all.note_accepted(kEth, OrderForm::limit, kNoon));
    CHECK(all.note_refused(kEth, OrderForm::immediate, kNoon, closed));
    CHECK_FALSE(of(all, OrderForm::limit).holds());
    CHECK(of(all, OrderForm::immediate).holds());
    CHECK(of(all, OrderForm::immediate).is_closed());
    all.age(kNoon + kHour);
    CHECK(of(all, OrderForm::immediate).is_closed());
    all.age(kNoon + kHour + seconds{1});
    CHECK_FALSE(of(all, OrderForm::immediate).is_closed());
    all.age(kNoon + kHour * 24 * 7);
    CHECK(of(all, OrderForm::immediate).holds());
    all.age(kNoon + kHour * 24 * 7 + seconds{1});
    CHECK_FALSE(of(all, OrderForm::immediate).holds());
    CHECK(of(all, OrderForm::immediate).refused->why == closed);
    // Refused anew, then taken.
    CHECK(all.note_refused(kEth, OrderForm::immediate, kNoon + kHour * 200, closed));
    CHECK(of(all, OrderForm::immediate).holds());
    CHECK(all.note_accepted(kEth, OrderForm::immediate, kNoon + kHour * 201));
    CHECK_FALSE(of(all, OrderForm::immediate).holds());
}

TEST_CASE("a refusal that was noted by a clock that was ahead forbids for an hour all the same") {
    OrderEvidence all;
    CHECK(all.note_refused(kEth, OrderForm::limit, kNoon + kHour * 72, {ProblemCode::symbol_not_tradable, "10007", "symbol not support api"}));
    all.age(kNoon);
    CHECK(of(all, OrderForm::limit).is_closed());
    all.age(kNoon + kHour + seconds{1});
    CHECK_FALSE(of(all, OrderForm::limit).is_closed());
}

TEST_CASE("the same again is written once an hour; what speaks of money, size or the moment is no evidence") {
    OrderEvidence all;
    const Refusal other{ProblemCode::other, "30018", "no market orders here"};
    CHECK(all.note_refused(kEth, OrderForm::market, kNoon, other));
    CHECK_FALSE(of(all, OrderForm::market).is_closed());
    CHECK_FALSE(all.note_refused(kEth, OrderForm::market, kNoon + seconds{60}, other));
    CHECK(all.note_refused(kEth, OrderForm::market, kNoon + kHour, other));
    CHECK(all.note_accepted(kEth, OrderForm::limit, kNoon));
    CHECK_FALSE(all.note_accepted(kEth, OrderForm::limit, kNoon + seconds{60}));
    CHECK(all.note_accepted(kEth, OrderForm::limit, kNoon + kHour));
    for (const auto code : {ProblemCode::insufficient_balance, ProblemCode::below_min_size, ProblemCode::rate_limited, ProblemCode::invalid_key})
        CHECK_FALSE(all.note_refused(kEth, OrderForm::limit, kNoon + kHour * 2, {code, "1", "no"}));
    CHECK_FALSE(of(all, OrderForm::limit).refused.has_value());
}

TEST_CASE("what is written comes back; the later record counts") {
    OrderEvidence all;
    all.note_accepted(kEth, OrderForm::stop, kNoon);
    const auto earlier = all.to_record(kEth, OrderForm::stop);
    all.note_refused(kEth, OrderForm::stop, kNoon + kHour, {ProblemCode::other, "300012", "said \"no\""});
    OrderEvidence back;
    REQUIRE(back.restore(earlier).has_value());
    CHECK_FALSE(of(back, OrderForm::stop).refused.has_value());
    std::size_t count = 0;
    all.each([&](const OrderEvidence::Key& key, OrderForm form) {
        ++count;
        REQUIRE(back.restore(all.to_record(key, form)).has_value());
    });
    CHECK(count == 1);
    CHECK(of(back, OrderForm::stop).accepted == kNoon);
    CHECK(of(back, OrderForm::stop).refused->why == Refusal{ProblemCode::other, "300012", "said \"no\""});
    CHECK(of(back, OrderForm::stop).holds());
    CHECK_FALSE(back.restore("{}").has_value());
}
