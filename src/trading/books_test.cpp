#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;

namespace {

constexpr auto kLong = Direction::long_side;
constexpr auto kShort = Direction::short_side;

struct Prices {
    std::initializer_list<const char*> fills;
    const char *average, *break_even, *take_profit;
};

void check_prices(const Books& books, const char* fee, const Prices& row) {
    CHECK(fixed(books.average()) == row.average);
    CHECK(fixed(books.break_even(Decimal::parse(fee).value())) == row.break_even);
    CHECK(fixed(books.take_profit(Decimal::parse(fee).value(), "0.01"_d)) == row.take_profit);
}

BookedFill fill(const char* price, const char* quantity, bool exit = false) {
    return {.exit = exit, .price = Decimal::parse(price).value(), .quantity = Decimal::parse(quantity).value(), .at = at(kNow)};
}

/// A positive decimal of a few digits, as prices and quantities are.
rc::Gen<Decimal> decimals(int digits_max, int scale_max) {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange<std::int64_t>(1, digits_max == 4 ? 10'000 : 100'000'000), rc::gen::inRange(0, scale_max + 1)),
                        [](const auto& pair) { return Decimal::from_parts(pair.first, pair.second); });
}

rc::Gen<std::vector<BookedFill>> entries() {
    const auto one = rc::gen::map(rc::gen::tuple(decimals(8, 4), decimals(4, 4), rc::gen::inRange<std::int64_t>(0, 50), rc::gen::inRange(0, 3),
                                                   rc::gen::inRange<std::int64_t>(0, 20)),
                                  [](const auto& drawn) {
                                      const auto& [price, quantity, fee, asset, when] = drawn;
                                      BookedFill out{.price = price, .quantity = quantity, .at = at(when)};
                                      out.fee.asset = static_cast<FeeAsset>(asset);
                                      // A base fee of at most 0.5 %.
                                      out.fee.amount = out.fee.asset == FeeAsset::base ? quantity * Decimal::from_parts(fee, 4) : Decimal::from_parts(fee, 3);
                                      out.fee.quote_value = Decimal::from_parts(fee, 2);
                                      return out;
                                  });
    return rc::gen::nonEmpty(rc::gen::container<std::vector<BookedFill>>(one));
}

}  // namespace

TEST_CASE("AT-D: the average, break-even and take-profit of the DCA example") {
    const Prices amount[] = {{{"100000"}, "100000.00", "100200.20", "101201.20"},
                             {{"100000", "95000"}, "97435.90", "97630.96", "98606.30"},
                             {{"100000", "95000", "90000"}, "94824.40", "95014.24", "95963.43"}};
    for (const auto& row : amount) check_prices(books_of_amount(kLong, row.fills, 1000, "0.001"), "0.001", row);
    const Prices quantity[] = {{{"100000"}, "100000.00", "100200.20", "101201.20"},
                               {{"100000", "95000"}, "97500.00", "97695.20", "98671.17"},
                               {{"100000", "95000", "90000"}, "95000.00", "95190.19", "96141.14"}};
    for (const auto& row : quantity) check_prices(books_of(kLong, row.fills, "0.01", "0.001"), "0.001", row);
    // AT-D4 and AT-D5: what 97,000 would make of it.
    CHECK(fixed(books_of_amount(kLong, {"100000", "95000", "90000", "97000"}, 1000, "0").average()) == "95359.10");
    CHECK(fixed(books_of(kLong, {"100000", "95000", "90000", "97000"}, "0.01", "0").average()) == "95500.00");
    CHECK(fixed(books_of_amount(kLong, {"100000", "95000", "97000"}, 1000, "0").average()) == "97290.16");
    CHECK(fixed(books_of(kLong, {"100000", "95000", "97000"}, "0.01", "0").average()) == "97333.33");
}

TEST_CASE("AT-R: the Recovery example's averages, break-evens and take-profits") {
    const Prices rows[] = {{{"3000"}, "3000.00", "3006.01", "3036.04"},
                           {{"3000", "2850"}, "2925.00", "2930.86", "2960.14"},
                           {{"3000", "2850", "2700"}, "2850.00", "2855.71", "2884.23"}};
    for (const auto& row : rows) check_prices(books_of(kLong, row.fills, "0.1", "0.001"), "0.001", row);
    CHECK(fixed(books_of_amount(kLong, {"3000", "2850"}, 300, "0").average()) == "2923.08");
    CHECK(fixed(books_of_amount(kLong, {"3000", "2850", "2700"}, 300, "0").average()) == "2844.73");
    CHECK(fixed(books_of_amount(kLong, {"3000", "2850", "2900"}, 300, "0").average()) == "2915.34");
    CHECK(fixed(books_of(kLong, {"3000", "2850", "2900"}, "0.1", "0").average()) == "2916.67");
    CHECK(fixed(books_of_amount(kLong, {"3000", "2850", "2700", "2900"}, 300, "0").average()) == "2858.35");
    CHECK(fixed(books_of(kLong, {"3000", "2850", "2700", "2900"}, "0.1", "0").average()) == "2862.50");
}

TEST_CASE("a fee taken in the coin leaves less to sell, and the break-even pays for it") {
    Books books{kLong, "0.0001"_d};
    for (const char* price : {"3000", "2850", "2700"}) {
        BookedFill each = fill(price, "0.1");
        each.fee = {FeeAsset::base, "0.0001"_d, {}};
        REQUIRE(books.add(each).has_value());
    }
    CHECK(books.sellable() == "0.2997"_d);
    CHECK(books.average().value() == 2850);
    CHECK(fixed(books.break_even("0.001"_d)) == "2855.71");
    CHECK(fixed(books.take_profit("0.001"_d, "0.01"_d)) == "2884.27");
    // With a coarser lot the dust stays in the cost.
    Books coarse{kLong, "0.001"_d};
    BookedFill one = fill("3000", "0.1");
    one.fee = {FeeAsset::base, "0.0001"_d, {}};
    REQUIRE(coarse.add(one).has_value());
    CHECK(coarse.sellable() == "0.099"_d);
    CHECK(coarse.held() == "0.0999"_d);
    CHECK(coarse.break_even("0"_d).value() == Decimal::divide(300, "0.099"_d, 18, Rounding::up).value());
}

TEST_CASE("a fee in a third coin costs what it was worth at fill time") {
    Books books{kLong, "0.0001"_d};
    BookedFill one = fill("3000", "0.1");
    one.fee = {FeeAsset::third, "0.02"_d, "0.24"_d};
    REQUIRE(books.add(one).has_value());
    CHECK(books.cost() == "300.24"_d);
    CHECK(books.sellable() == "0.1"_d);
    CHECK(books.fees_paid() == "0.24"_d);
}

TEST_CASE("AT-F: the short mirror") {
    const Prices rows[] = {{{"3000"}, "3000.00", "2996.40", "2966.42"},
                           {{"3000", "3150"}, "3075.00", "3071.31", "3040.58"},
                           {{"3000", "3150", "3300"}, "3150.00", "3146.22", "3114.74"}};
    for (const auto& row : rows) check_prices(books_of(kShort, row.fills, "0.1", "0.0006"), "0.0006", row);
    const Books before = books_of(kShort, {"3000", "3150", "3300"}, "0.1", "0.0006"), after = books_of(kShort, {"3000", "3150", "3300", "3100"}, "0.1", "0.0006");
    CHECK(after.average().value() == "3137.5"_d);
    BookedFill next = fill("3100", "0.1");
    next.fee = {FeeAsset::quote, "0.186"_d, "0.186"_d};
    Books::Sums sums;
    before.add_entry(sums, next.price, next.quantity, next.fee.amount);
    CHECK(sums.average().value() == after.average().value());
    CHECK(sums.cost.value() == after.cost());
    CHECK(sums.entered.value() == after.entered());
    CHECK(sums.held.value() == after.held());
    CHECK(sums.sellable.value() == after.sellable());
    CHECK(sums.notional.value() == after.notional());
    CHECK(sums.fees_paid.value() == after.fees_paid());
    CHECK(sums.realised.value() == after.realised());
    CHECK_FALSE(compare(before, sums, 0).any);
}

TEST_CASE("AT-G1: partial exits leave the average where it was") {
    Books books{kLong, 1};
    const auto book = [&books](const BookedFill& each) { REQUIRE(books.add(each).has_value()); };
    book(fill("8", "100"));
    book(fill("9", "100"));
    CHECK(books.average().value() == "8.5"_d);
    book(fill("10", "100", true));
    CHECK(books.realised() == 150);
    CHECK(books.average().value() == "8.5"_d);
    book(fill("11", "150"));
    CHECK(books.average().value() == 10);
    book(fill("12", "100", true));
    CHECK(books.realised() == 350);
    CHECK(books.average().value() == 10);
    book(fill("14", "150", true));
    CHECK(books.realised() == 950);
    CHECK(books.empty());
    CHECK(books.cost().is_zero());
    // 800 + 900 + 1650 were put in.
    CHECK(Decimal::divide(Decimal{950} * 100, 3350, 2, Rounding::up).value() == "28.36"_d);
}

TEST_CASE("funding moves break-even: paid makes it dearer, received cheaper; a short mirrors it") {
    for (const auto direction : {kLong, kShort}) {
        const Books none = books_of(direction, {"3000"}, "0.1", "0.0006");
        Books paid = none, received = none;
        REQUIRE(paid.add_funding(-1).has_value());
        REQUIRE(received.add_funding(1).has_value());
        const auto nearer = [&](const Books& a, const Books& b) {
            return direction == kLong ? a.break_even("0.0006"_d) < b.break_even("0.0006"_d) : a.break_even("0.0006"_d) > b.break_even("0.0006"_d);
        };
        CHECK(nearer(received, none));
        CHECK(nearer(none, paid));
        CHECK(received.unrealised(3000, "0.0006"_d).value() - none.unrealised(3000, "0.0006"_d).value() == 1);
    }
}

TEST_CASE("funding leaves with what is sold, and what is told after all was sold is realised at once") {
    Books books = books_of(kLong, {"3000"}, "0.4", "0");
    REQUIRE(books.add_funding(-4).has_value());
    REQUIRE(books.add(fill("3000", "0.1", true)).has_value());
    CHECK(books.realised() == -1);
    CHECK(books.funding() == -3);
    REQUIRE(books.add_funding(1).has_value());
    REQUIRE(books.add(fill("3000", "0.3", true)).has_value());
    CHECK(books.realised() == -3);
    CHECK(books.funding().is_zero());
    REQUIRE(books.add_funding("-0.5"_d).has_value());
    CHECK(books.realised() == "-3.5"_d);
    CHECK(books.funding().is_zero());
}

TEST_CASE("books refuse what can't be, and stay as they were") {
    Books books = books_of(kLong, {"3000"}, "0.1", "0.001");
    const Decimal cost = books.cost();
    CHECK_FALSE(books.add(fill("3000", "0.2", true)).has_value());  // more than held
    CHECK_FALSE(books.add(fill("99999999999999999999", "99999999999999999999")).has_value());
    BookedFill eaten = fill("3000", "0.1");
    eaten.fee = {FeeAsset::base, "0.1"_d, {}};
    CHECK_FALSE(books.add(eaten).has_value());
    CHECK_FALSE(books.add({.price = 0, .quantity = 1}).has_value());
    CHECK_FALSE(books.add({.price = 1, .quantity = -1}).has_value());
    CHECK(books.cost() == cost);
    CHECK(books.sellable() == "0.1"_d);
    CHECK_FALSE(Books{}.average().known());
    CHECK_FALSE(Books{}.break_even("0.001"_d).known());
}

TEST_CASE("law: fills in any order give the same books") {
    CHECK(rc::check("permutation", [](bool is_long) {
        auto fills = *entries();
        for (std::size_t i = 0; i < fills.size(); ++i) fills[i].sequence = i;
        const auto direction = is_long ? kLong : kShort;
        const auto once = Books::fold(direction, "0.0001"_d, fills);
        RC_PRE(once.has_value());
        for (auto at_most = *rc::gen::inRange<std::size_t>(0, 8); at_most > 0; --at_most)
            std::swap(fills[*rc::gen::inRange<std::size_t>(0, fills.size())], fills[*rc::gen::inRange<std::size_t>(0, fills.size())]);
        const auto again = Books::fold(direction, "0.0001"_d, fills);
        RC_ASSERT(again.has_value());
        RC_ASSERT(again->cost() == once->cost());
        RC_ASSERT(again->held() == once->held());
        RC_ASSERT(again->notional() == once->notional());
        RC_ASSERT(again->first_price() == once->first_price());
        RC_ASSERT(again->last_price() == once->last_price());
        RC_ASSERT(again->deepest_price() == once->deepest_price());
    }));
}

TEST_CASE("law: partial exits conserve money") {
    CHECK(rc::check("what came in equals what went out and what is still there", [](bool is_long) {
        const auto direction = is_long ? kLong : kShort;
        auto fills = *entries();
        // Quote fees only, so that every unit can be counted here by other means than the books'.
        for (auto& each : fills) each.fee.asset = FeeAsset::quote;
        auto books = Books::fold(direction, "0.0001"_d, fills);
        RC_PRE(books.has_value() && !books->empty());
        Decimal cash;  // what the account gained since the first fill
        for (const auto& each : fills) cash += (is_long ? -(each.price * each.quantity) : each.price * each.quantity) - each.fee.amount;
        RC_ASSERT((is_long ? -books->cost() : books->cost()) == cash);
        for (int exits = *rc::gen::inRange(1, 5); exits > 0 && !books->empty(); --exits) {
            const Decimal part = round_to_step(books->sellable() * Decimal::from_parts(*rc::gen::inRange<std::int64_t>(1, 101), 2), "0.0001"_d, Rounding::down);
            if (!part.is_positive()) break;
            const Decimal price = *decimals(8, 4), fee = Decimal::from_parts(*rc::gen::inRange<std::int64_t>(0, 50), 3);
            RC_ASSERT(books->add({.exit = true, .price = price, .quantity = part, .fee = {FeeAsset::quote, fee, fee}, .at = at(kNow)}).has_value());
            cash += (is_long ? price * part : -(price * part)) - fee;
            // Realised so far less the cost still bound is the cash, to the last digit.
            RC_ASSERT(books->realised() + (is_long ? -books->cost() : books->cost()) == cash);
        }
        if (books->empty()) RC_ASSERT(books->cost().is_zero() && books->notional().is_zero() && books->entered().is_zero());
    }));
}

TEST_CASE("law: selling at break-even loses nothing, and rounding to the tick never helps the trader's figure") {
    CHECK(rc::check("break-even", [](bool is_long) {
        const auto direction = is_long ? kLong : kShort;
        auto fills = *entries();
        for (auto& each : fills) each.fee.asset = FeeAsset::quote;
        const auto books = Books::fold(direction, "0.0001"_d, fills);
        RC_PRE(books.has_value() && !books->empty());
        const Decimal fee = Decimal::from_parts(*rc::gen::inRange<std::int64_t>(0, 30), 4);
        const Number even = books->break_even(fee);
        RC_PRE(even.known() && even > 0);
        // At the exact price something below the last digit may be missing; at the next tick away from loss nothing is.
        const Number tick = exit_tick(direction, even, "0.0001"_d);
        RC_ASSERT((is_long ? tick >= even : tick <= even));
        if (tick > 0) RC_ASSERT(books->unrealised(tick.value(), fee).value() >= Decimal::from_parts(-1, 15));
        const Number nearer = is_long ? tick - "0.0002"_d : tick + "0.0002"_d;
        if (nearer > 0) RC_ASSERT(books->unrealised(nearer.value(), fee) < 0);
    }));
}
