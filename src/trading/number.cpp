#include "trading/number.hpp"

namespace bf::trading {

namespace {

using Wide = __int128;
constexpr std::int64_t kPower[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000, 100'000'000'000,
                                   1'000'000'000'000, 10'000'000'000'000, 100'000'000'000'000, 1'000'000'000'000'000, 10'000'000'000'000'000,
                                   100'000'000'000'000'000, 1'000'000'000'000'000'000};
constexpr Wide kBound = Wide{kPower[18]} * kPower[18] * 100;  // 38 digits, as a Decimal has

/// Both fit 64 bits, so the product fits 128.
constexpr Wide times(Wide a, std::int64_t b) { return Wide{static_cast<std::int64_t>(a)} * b; }

}  // namespace

Number Number::add(const Number& a, const Number& b) {
    if (!a.known_ || !b.known_) return Number::out_of_range();
    const Number &fine = a.scale_ >= b.scale_ ? a : b, &coarse = a.scale_ >= b.scale_ ? b : a;
    // Two numbers of 64 bits, one of them lifted by at most 10^18, add up to less than the bound.
    if (fits_64(fine.mantissa_) && fits_64(coarse.mantissa_)) return {fine.mantissa_ + times(coarse.mantissa_, kPower[fine.scale_ - coarse.scale_]), fine.scale_};
    if (fine.scale_ != coarse.scale_ && !fits_64(coarse.mantissa_)) return Number{Decimal::sum(a.value(), b.value())};
    const Wide lifted = fine.scale_ == coarse.scale_ ? coarse.mantissa_ : times(coarse.mantissa_, kPower[fine.scale_ - coarse.scale_]);
    Number sum = fine;
    if (__builtin_add_overflow(fine.mantissa_, lifted, &sum.mantissa_) || sum.mantissa_ >= kBound || sum.mantissa_ <= -kBound)
        return Number{Decimal::sum(a.value(), b.value())};
    return sum;
}

Number Number::multiply_any(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    return Number{Decimal::product(a.value(), b.value(), rounding)};
}

Number Number::divide(const Number& a, const Number& b, Rounding rounding) {
    if (!a.known_ || !b.known_) return out_of_range();
    const auto mantissa = Decimal::quotient_mantissa({a.mantissa_, a.scale_}, {b.mantissa_, b.scale_}, Decimal::kScaleMax, rounding);
    if (!mantissa) return out_of_range();
    return {*mantissa, Decimal::kScaleMax};
}

std::strong_ordering Number::compare(const Number& a, const Number& b) {
    if (a.scale_ == b.scale_) return a.mantissa_ <=> b.mantissa_;
    const Number &fine = a.scale_ >= b.scale_ ? a : b, &coarse = a.scale_ >= b.scale_ ? b : a;
    if (!fits_64(coarse.mantissa_)) return a.value() <=> b.value();
    const Wide lifted = times(coarse.mantissa_, kPower[fine.scale_ - coarse.scale_]);
    return &fine == &a ? fine.mantissa_ <=> lifted : lifted <=> fine.mantissa_;
}

Number to_step(const Number& value, const Decimal& step, Rounding rounding) {
    if (!value.known_) return value;
    const auto units = Decimal::quotient_mantissa({value.mantissa_, value.scale_}, {step.mantissa(), step.scale()}, 0, rounding);
    if (!units) return Number::out_of_range();
    return Number{*units, 0} * step;
}

Decimal percent(const Decimal& percent) { return percent * Decimal::from_parts(1, 2); }

}  // namespace bf::trading
