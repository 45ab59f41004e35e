#include "trading/number.hpp"

namespace bf::trading {

Number operator+(const Number& a, const Number& b) {
    if (!a.known_ || !b.known_) return Number::out_of_range();
    return Number{Decimal::sum(a.value_, b.value_)};
}

Number operator-(const Number& a) { return a.known_ ? Number{-a.value_} : a; }

Number operator-(const Number& a, const Number& b) {
    if (!a.known_ || !b.known_) return Number::out_of_range();
    return Number{Decimal::sum(a.value_, -b.value_)};
}

Number Number::multiply(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    return Number{Decimal::product(a.value_, b.value_, rounding)};
}

Number Number::divide(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    return Number{Decimal::quotient(a.value_, b.value_, Decimal::kScaleMax, rounding)};
}

Number to_step(const Number& value, const Decimal& step, Rounding rounding) {
    if (!value.known()) return value;
    const auto units = Decimal::quotient(value.value(), step, 0, rounding);
    if (!units) return Number::out_of_range();
    return Number{Decimal::product(*units, step, rounding)};
}

Decimal percent(const Decimal& percent) { return percent * Decimal::from_parts(1, 2); }

}  // namespace bf::trading
