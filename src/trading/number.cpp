#include "trading/number.hpp"

namespace bf::trading {

namespace {

using Wide = __int128;
/// The number in two registers. Left to itself the compiler copies one that was just written in halves as a whole, for which the processor waits
/// until both are in its cache: longer than the division that made it took.
inline Wide in_registers(Wide number) {
    asm("" : "+r"(number));
    return number;
}
constexpr Wide kBound = Wide{1'000'000'000'000'000'000} * 1'000'000'000'000'000'000 * 100;  // 38 digits, as a Decimal has

}  // namespace

Number Number::add(const Number& a, const Number& b) {
    if (!a.known_ || !b.known_) return Number::out_of_range();
    const Number &fine = a.scale_ >= b.scale_ ? a : b, &coarse = a.scale_ >= b.scale_ ? b : a;
    if (fine.scale_ != coarse.scale_ && !fits_64(coarse.mantissa_)) return Number{Decimal::sum(a.value(), b.value())};
    const Wide other = fine.scale_ == coarse.scale_ ? coarse.mantissa_ : lifted(coarse, fine.scale_);
    Number sum = fine;
    if (__builtin_add_overflow(fine.mantissa_, other, &sum.mantissa_) || sum.mantissa_ >= kBound || sum.mantissa_ <= -kBound)
        return Number{Decimal::sum(a.value(), b.value())};
    return sum;
}

Number Number::multiply_any(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    return Number{Decimal::product(a.value(), b.value(), rounding)};
}

Number Number::divide(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    const auto mantissa = Decimal::quotient_mantissa({in_registers(a.mantissa_), a.scale_}, {in_registers(b.mantissa_), b.scale_}, Decimal::kScaleMax, rounding);
    if (!mantissa) return out_of_range();
    return {in_registers(*mantissa), Decimal::kScaleMax};
}

Number to_step(const Number& value, const Decimal& step, Rounding rounding) {
    if (!value.known_) return value;
    const auto units = Decimal::quotient_mantissa({in_registers(value.mantissa_), value.scale_}, {step.mantissa(), step.scale()}, 0, rounding);
    if (!units) return Number::out_of_range();
    return Number{in_registers(*units), 0} * step;
}

Decimal percent(const Decimal& percent) { return percent * Decimal::from_parts(1, 2); }

}  // namespace bf::trading
