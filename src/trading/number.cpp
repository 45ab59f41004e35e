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
/// value / divisor (divisor > 0), rounded as told.
inline std::int64_t divide_rounded(std::int64_t value, std::int64_t divisor, Rounding rounding) {
    const std::int64_t quotient = value / divisor, rest = value - quotient * divisor;
    if (rest > 0 && rounding == Rounding::up) return quotient + 1;
    if (rest < 0 && rounding == Rounding::down) return quotient - 1;
    return quotient;
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
    if (Number::fits_64(value.mantissa_) && Number::fits_64(step.mantissa())) {
        // Of a power of ten what has no finer digits is a multiple already.
        if (value.scale_ <= step.scale() && step.mantissa() == 1) return value;
        const auto mantissa = static_cast<std::int64_t>(value.mantissa_), of_step = static_cast<std::int64_t>(step.mantissa());
        std::int64_t units = mantissa, divisor = of_step;
        const bool fits = value.scale_ <= step.scale() ? !__builtin_mul_overflow(mantissa, Number::kPower[step.scale() - value.scale_], &units)
                                                       : !__builtin_mul_overflow(of_step, Number::kPower[value.scale_ - step.scale()], &divisor);
        if (fits && divisor > 0) return {__int128{divide_rounded(units, divisor, rounding)} * of_step, step.scale()};
    }
    const auto units = Decimal::quotient_mantissa({in_registers(value.mantissa_), value.scale_}, {step.mantissa(), step.scale()}, 0, rounding);
    if (!units) return Number::out_of_range();
    return Number{in_registers(*units), 0} * step;
}

Number divide_to_step(const Number& a, const Number& b, const Decimal& step) {
    // Rounding down twice is rounding down once, since a step is a whole number of units of the 18th fraction digit: a / (b step) is one division,
    // of 64 bits for most amounts. Where it has 64 bits, a / b is no larger than its dividend and so within the range.
    const int lift = b.scale_ + step.scale() - a.scale_;
    std::int64_t dividend = 0, divisor = 0;
    if (a.known_ && b.known_ && lift >= 0 && lift <= Decimal::kScaleMax && Number::fits_64(a.mantissa_) && Number::fits_64(b.mantissa_) && Number::fits_64(step.mantissa()) &&
        !__builtin_mul_overflow(static_cast<std::int64_t>(a.mantissa_), Number::kPower[lift], &dividend) &&
        !__builtin_mul_overflow(static_cast<std::int64_t>(b.mantissa_), static_cast<std::int64_t>(step.mantissa()), &divisor) && divisor > 0)
        return {__int128{divide_rounded(dividend, divisor, Rounding::down)} * step.mantissa(), step.scale()};
    return to_step(divide_down(a, b), step, Rounding::down);
}

Decimal percent(const Decimal& percent) { return percent * Decimal::from_parts(1, 2); }

}  // namespace bf::trading
