#include "trading/number.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::trading;

namespace {

/// Of up to `digits` digits, `scale_max` of them behind the point.
Decimal any_decimal(int digits, int scale_max, bool signs) {
    __int128 mantissa = 0;
    for (int i = *rc::gen::inRange(0, digits + 1); i > 0; --i) mantissa = mantissa * 10 + *rc::gen::inRange(0, 10);
    return Decimal::from_parts(signs && *rc::gen::arbitrary<bool>() ? -mantissa : mantissa, *rc::gen::inRange(0, scale_max + 1));
}

}  // namespace

TEST_CASE("a step is the same step by whatever way it is found") {
    CHECK(rc::check("to_step is round_to_step", [] {
        const auto value = any_decimal(20, 18, true), step = any_decimal(20, 18, false);
        const auto rounding = *rc::gen::element(Rounding::down, Rounding::up, Rounding::towards_zero);
        RC_PRE(step.is_positive());
        const auto units = Decimal::quotient(value, step, 0, rounding);
        const auto expected = units ? Decimal::product(*units, step, Rounding::down) : std::nullopt;
        RC_ASSERT(to_step(value, step, rounding).decimal() == expected);
    }));
    CHECK(rc::check("and of a number that carries zeros at its end", [] {
        const auto value = any_decimal(12, 8, true), step = any_decimal(6, 8, false);
        RC_PRE(step.is_positive());
        const Number zeros = Number{value} + Decimal::from_parts(1, 9) - Decimal::from_parts(1, 9);
        for (const auto rounding : {Rounding::down, Rounding::up, Rounding::towards_zero})
            RC_ASSERT(to_step(zeros, step, rounding).value() == to_step(value, step, rounding).value());
    }));
}

TEST_CASE("one division to a step is two, also where one of them leaves the range") {
    CHECK(rc::check([] {
        const auto a = any_decimal(20, 18, true), b = any_decimal(20, 18, true), step = any_decimal(20, 18, false);
        RC_PRE(step.is_positive());
        RC_ASSERT(divide_to_step(a, b, step).decimal() == to_step(divide_down(a, b), step, Rounding::down).decimal());
    }));
    CHECK(divide_to_step(300, "2999.99"_d, "0.0001"_d).value() == "0.1"_d);
    CHECK(divide_to_step(300, "3000.01"_d, "0.0001"_d).value() == "0.0999"_d);
    CHECK(divide_to_step(-300, "3000.01"_d, "0.0001"_d).value() == "-0.1"_d);
    CHECK(divide_to_step(0, "3000.01"_d, "0.0001"_d).value() == 0);
    CHECK_FALSE(divide_to_step(1, 0, "0.0001"_d).known());
    CHECK_FALSE(divide_to_step(Number::out_of_range(), 1, "0.0001"_d).known());
    // 9 * 10^20 is more than an amount can be, though no more than one step of it is asked for.
    CHECK_FALSE(divide_to_step(900, "0.000000000000000001"_d, "9000000000000000000"_d).known());
}
