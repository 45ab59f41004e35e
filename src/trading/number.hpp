// A number inside a calculation: exact like a Decimal, and it remembers when a step left the range an amount can have.
//
// What a user or an exchange may send (20 integer and 18 fraction digits) multiplies to more than a Decimal holds. Such a figure is no
// error to stop for: it is `out of range` from there on, every comparison with it fails, so the check it belongs to fails and no order
// is made. Rounding at the 18th fraction digit is named by the caller; `*` rounds down.
#pragma once
#include "money/decimal.hpp"

#include <optional>

namespace bf::trading {

class Number {
public:
    constexpr Number() = default;
    constexpr Number(const Decimal& value) : mantissa_{value.mantissa()}, scale_{value.scale()} {}
    constexpr Number(std::int64_t whole) : mantissa_{whole} {}
    constexpr Number(int whole) : mantissa_{whole} {}
    Number(const std::optional<Decimal>& value) : Number{value ? Number{*value} : out_of_range()} {}
    static constexpr Number out_of_range() {
        Number number;
        number.known_ = false;
        return number;
    }

    [[nodiscard]] bool known() const { return known_; }
    /// Ends the process when out of range: for figures that were asked `known` before.
    [[nodiscard]] Decimal value() const {
        BF_ASSERT(known_);
        return Decimal::from_parts(mantissa_, scale_);
    }
    [[nodiscard]] std::optional<Decimal> decimal() const { return known_ ? std::optional{value()} : std::nullopt; }

    friend Number operator+(const Number& a, const Number& b) {
        // Two of 64 bits, the common case, one of them lifted by at most 10^18, add up to less than the bound.
        if (!a.known_ || !b.known_ || !fits_64(a.mantissa_) || !fits_64(b.mantissa_)) return add(a, b);
        if (a.scale_ == b.scale_) return {a.mantissa_ + b.mantissa_, a.scale_};
        return a.scale_ > b.scale_ ? Number{a.mantissa_ + lifted(b, a.scale_), a.scale_} : Number{lifted(a, b.scale_) + b.mantissa_, b.scale_};
    }
    friend Number operator-(const Number& a, const Number& b) { return a + -b; }
    friend Number operator*(const Number& a, const Number& b) { return multiply(a, b, Rounding::down); }
    friend Number operator-(const Number& a) {
        Number negative = a;
        negative.mantissa_ = -a.mantissa_;
        return negative;
    }
    Number& operator+=(const Number& b) { return *this = *this + b; }
    Number& operator-=(const Number& b) { return *this = *this - b; }

    static Number multiply(const Number& a, const Number& b, Rounding rounding) {
        if (a.scale_ + b.scale_ <= Decimal::kScaleMax && a.known_ && b.known_ && fits_64(a.mantissa_) && fits_64(b.mantissa_))
            return {__int128{static_cast<std::int64_t>(a.mantissa_)} * static_cast<std::int64_t>(b.mantissa_), a.scale_ + b.scale_};
        return multiply_any(a, b, rounding);
    }
    /// At 18 fraction digits. Out of range for a divisor of zero.
    static Number divide(const Number& a, const Number& b, Rounding rounding);

    // False whenever a side is out of range.
    friend bool operator<(const Number& a, const Number& b) { return a.known_ && b.known_ && compare(a, b) < 0; }
    friend bool operator<=(const Number& a, const Number& b) { return a.known_ && b.known_ && compare(a, b) <= 0; }
    friend bool operator>(const Number& a, const Number& b) { return b < a; }
    friend bool operator>=(const Number& a, const Number& b) { return b <= a; }

    friend Number to_step(const Number& value, const Decimal& step, Rounding rounding);
    friend Number divide_to_step(const Number& a, const Number& b, const Decimal& step);

private:
    constexpr Number(__int128 mantissa, int scale) : mantissa_{mantissa}, scale_{scale} {}
    static constexpr bool fits_64(__int128 value) { return value == static_cast<std::int64_t>(value); }
    static Number add(const Number& a, const Number& b);
    static Number multiply_any(const Number& a, const Number& b, Rounding rounding);
    static std::strong_ordering compare(const Number& a, const Number& b) {
        if (a.scale_ == b.scale_) return a.mantissa_ <=> b.mantissa_;
        if (a.scale_ > b.scale_) return fits_64(b.mantissa_) ? a.mantissa_ <=> lifted(b, a.scale_) : a.value() <=> b.value();
        return fits_64(a.mantissa_) ? lifted(a, b.scale_) <=> b.mantissa_ : a.value() <=> b.value();
    }
    static constexpr std::int64_t kPower[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000, 100'000'000'000,
                                              1'000'000'000'000, 10'000'000'000'000, 100'000'000'000'000, 1'000'000'000'000'000, 10'000'000'000'000'000,
                                              100'000'000'000'000'000, 1'000'000'000'000'000'000};
    /// The mantissa (of 64 bits) at a finer scale.
    static __int128 lifted(const Number& number, int scale) { return __int128{static_cast<std::int64_t>(number.mantissa_)} * kPower[scale - number.scale_]; }
    // A Decimal's parts, trailing zeros not dropped: dropping them after each step would cost more than the steps do.
    __int128 mantissa_{0};
    int scale_{0};
    bool known_{true};
};

inline Number divide_down(const Number& a, const Number& b) { return Number::divide(a, b, Rounding::down); }
inline Number divide_up(const Number& a, const Number& b) { return Number::divide(a, b, Rounding::up); }
inline Number multiply_up(const Number& a, const Number& b) { return Number::multiply(a, b, Rounding::up); }
/// The multiple of `step` (> 0) next to `value`.
Number to_step(const Number& value, const Decimal& step, Rounding rounding);
/// to_step(divide_down(a, b), step, Rounding::down).
Number divide_to_step(const Number& a, const Number& b, const Decimal& step);
/// The smaller; out of range if either is.
inline Number smaller(const Number& a, const Number& b) { return a <= b ? a : b <= a ? b : Number::out_of_range(); }
inline Number larger(const Number& a, const Number& b) { return a >= b ? a : b >= a ? b : Number::out_of_range(); }
/// Percent as a factor: 20 becomes 0.2. Exact for up to 16 fraction digits.
Decimal percent(const Decimal& percent);

}  // namespace bf::trading
