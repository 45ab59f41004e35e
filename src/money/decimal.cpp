#include "money/decimal.hpp"

#include "base/digits.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace bf {
namespace {

using Wide = __int128;
using UWide = unsigned __int128;

constexpr std::array<Wide, 39> powers_of_ten() {
    std::array<Wide, 39> powers{};
    powers[0] = 1;
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}
constexpr auto kPower = powers_of_ten();
/// 38 digits: below this every mantissa lies, with room for one addition in 128 bits.
constexpr Wide kMantissaBound = kPower[38];

constexpr Wide power(int exponent) { return kPower[static_cast<std::size_t>(exponent)]; }
/// Most numbers do, and arithmetic on them is several times cheaper.
constexpr bool fits_64(Wide value) { return value == static_cast<std::int64_t>(value); }
constexpr bool in_range(Wide mantissa) { return mantissa < kMantissaBound && mantissa > -kMantissaBound; }
Unexpected<Error> out_of_range() { return bad_input("a number has more digits than an amount can have"); }

UWide magnitude(Wide value) { return value < 0 ? UWide(0) - static_cast<UWide>(value) : static_cast<UWide>(value); }

/// value / divisor (divisor > 0), rounded as told.
Wide divide_rounded(Wide value, Wide divisor, Rounding rounding) {
    const Wide quotient = value / divisor;
    const Wide rest = value - quotient * divisor;
    if (rest > 0 && rounding == Rounding::up) return quotient + 1;
    if (rest < 0 && rounding == Rounding::down) return quotient - 1;
    return quotient;
}

/// An unsigned 256-bit number, for products before they are cut to 18 fraction digits.
struct U256 {
    UWide high{0};
    UWide low{0};
};

U256 multiply_wide(UWide a, UWide b) {
    constexpr UWide kMask = std::numeric_limits<std::uint64_t>::max();
    const UWide al = a & kMask, ah = a >> 64, bl = b & kMask, bh = b >> 64;
    const UWide ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    const UWide middle = (ll >> 64) + (lh & kMask) + (hl & kMask);
    return {hh + (lh >> 64) + (hl >> 64) + (middle >> 64), (ll & kMask) | (middle << 64)};
}

/// One digit of base 2^64: (high:low) / divisor, the divisor's top bit set and high (128 bits) below it. Updates high to the rest.
/// The estimate from the leading digits is at most two too large (Knuth, The Art of Computer Programming 2, 4.3.1).
std::uint64_t next_digit(UWide& high, std::uint64_t low, UWide divisor) {
    constexpr UWide kDigitMax = std::numeric_limits<std::uint64_t>::max();
    const UWide top = divisor >> 64, bottom = divisor & kDigitMax;
    UWide digit = std::min(high / top, kDigitMax);
    UWide rest = high - digit * top;
    while (rest <= kDigitMax && digit * bottom > (rest << 64 | low)) {
        --digit;
        rest += top;
    }
    // Modulo 2^128 this is exact: the true rest is smaller than the divisor.
    high = (high << 64 | low) - digit * divisor;
    return static_cast<std::uint64_t>(digit);
}

/// value / divisor, which must be above value.high: so the quotient fits 128 bits. Sets `rest`.
UWide divide_wide(U256 value, UWide divisor, UWide& rest) {
    if (value.high == 0) {
        const UWide quotient = value.low / divisor;
        rest = value.low - quotient * divisor;
        return quotient;
    }
    const auto top = static_cast<std::uint64_t>(divisor >> 64);
    const int shift = top != 0 ? std::countl_zero(top) : 64 + std::countl_zero(static_cast<std::uint64_t>(divisor));
    divisor <<= shift;
    if (shift > 0) {
        value.high = value.high << shift | value.low >> (128 - shift);
        value.low <<= shift;
    }
    UWide high = value.high;
    const UWide first = next_digit(high, static_cast<std::uint64_t>(value.low >> 64), divisor);
    const UWide second = next_digit(high, static_cast<std::uint64_t>(value.low), divisor);
    rest = high >> shift;
    return first << 64 | second;
}

/// |value| / divisor with a sign, rounded; nothing when it leaves the range. (By reference: what was just written in parts is not copied whole.)
std::optional<Wide> finish(const U256& value, UWide divisor, bool negative, Rounding rounding) {
    if (value.high >= divisor) return std::nullopt;
    UWide rest = 0;
    UWide quotient = divide_wide(value, divisor, rest);
    const bool away = rest != 0 && ((rounding == Rounding::up && !negative) || (rounding == Rounding::down && negative));
    if (quotient >= static_cast<UWide>(kMantissaBound)) return std::nullopt;
    if (away && ++quotient == static_cast<UWide>(kMantissaBound)) return std::nullopt;
    const Wide result = static_cast<Wide>(quotient);
    return negative ? -result : result;
}

struct Aligned {
    Wide a, b;
    int scale;
};

/// Both mantissas at the larger of the two scales.
std::optional<Aligned> align(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale(), b.scale());
    const auto lift = [scale](const Decimal& value, Wide& out) {
        if (value.scale() == scale) {
            out = value.mantissa();
            return true;
        }
        // Two factors of 64 bits have a product that always fits, and 10^18 is such a factor.
        if (fits_64(value.mantissa())) {
            out = Wide{static_cast<std::int64_t>(value.mantissa())} * static_cast<std::int64_t>(power(scale - value.scale()));
            return in_range(out);
        }
        const Wide factor = power(scale - value.scale());
        return !__builtin_mul_overflow(value.mantissa(), factor, &out) && in_range(out);
    };
    Aligned aligned{0, 0, scale};
    if (!lift(a, aligned.a) || !lift(b, aligned.b)) return std::nullopt;
    return aligned;
}

/// Digits of an unsigned number, written so that they end at `end`; returns where they begin.
char* write_digits(UWide value, char* end) {
    while (value > std::numeric_limits<std::uint64_t>::max()) {
        *--end = static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    }
    auto small = static_cast<std::uint64_t>(value);
    for (; small >= 100; small /= 100) write_pair(end -= 2, small % 100);
    if (small >= 10) {
        write_pair(end -= 2, small);
        return end;
    }
    *--end = static_cast<char>('0' + small);
    return end;
}

struct Parsed {
    Wide mantissa;
    int scale;
};

/// Sign, digits, optional point and digits. Trailing fraction zeros are dropped before they are counted.
Result<Parsed> parse_plain(std::string_view text, int scale_max) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    const auto point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return bad_input("not a plain decimal number");
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (whole.size() > Decimal::kIntegerDigitsMax) return out_of_range();
    if (fraction.size() > static_cast<std::size_t>(scale_max)) return out_of_range();
    Wide mantissa = 0;
    for (const auto part : {whole, fraction}) {
        for (const char c : part) {
            if (c < '0' || c > '9') return bad_input("not a plain decimal number");
            mantissa = mantissa * 10 + (c - '0');
        }
    }
    return Parsed{negative ? -mantissa : mantissa, static_cast<int>(fraction.size())};
}

/// The digits without zeros at the end of a fraction; false for what is no plain number, or a longer one.
bool read_many(std::string_view text, Digits& digits) {
    if (!read_digits(text, digits)) return false;
    if (text.back() == '0')
        for (; digits.fraction > 0 && digits.number % 10 == 0; --digits.fraction) digits.number /= 10;
    return true;
}

}  // namespace

Decimal Decimal::from_parts(Wide mantissa, int scale) {
    BF_ASSERT(scale >= 0 && scale <= kScaleMax);
    // A number of n trailing zeros is a multiple of 2^n: an odd one, every second, has none to drop.
    if (!fits_64(mantissa)) {
        BF_ASSERT(in_range(mantissa));
        while (scale > 0 && !fits_64(mantissa) && (mantissa & 1) == 0) {
            const Wide tenth = mantissa / 10;
            if (tenth * 10 != mantissa) return Decimal{mantissa, scale};
            mantissa = tenth;
            --scale;
        }
        if (!fits_64(mantissa)) return Decimal{mantissa, scale};
    }
    if (mantissa == 0) return {};
    auto small = static_cast<std::int64_t>(mantissa);
    const auto drop = [&small, &scale](int zeros, std::int64_t power_of_ten) {
        while (scale >= zeros && small % power_of_ten == 0) {
            small /= power_of_ten;
            scale -= zeros;
        }
    };
    if (scale > 0 && (small & 1) == 0) {
        if ((small & 0xff) == 0) drop(8, 100'000'000);
        if ((small & 0x7) == 0) drop(3, 1000);
        drop(1, 10);
    }
    return Decimal{small, scale};
}

Result<Decimal> Decimal::parse(std::string_view text) {
    BF_TRY(const auto parsed, parse_plain(text, kScaleMax));
    return from_parts(parsed.mantissa, parsed.scale);
}

Result<Decimal> Decimal::parse_scientific(std::string_view text) {
    const auto mark = text.find_first_of("eE");
    if (mark == std::string_view::npos) return parse(text);
    std::string_view exponent_text = text.substr(mark + 1);
    if (!exponent_text.empty() && exponent_text.front() == '+') exponent_text.remove_prefix(1);
    if (exponent_text.empty() || exponent_text.size() > 3) return bad_input("not a decimal number");
    int exponent = 0;
    const bool shrinks = exponent_text.front() == '-';
    if (shrinks) exponent_text.remove_prefix(1);
    if (exponent_text.empty()) return bad_input("not a decimal number");
    for (const char c : exponent_text) {
        if (c < '0' || c > '9') return bad_input("not a decimal number");
        exponent = exponent * 10 + (c - '0');
    }
    BF_TRY(const auto parsed, parse_plain(text.substr(0, mark), kScaleMax));
    if (parsed.mantissa == 0) return Decimal{};
    int scale = shrinks ? parsed.scale + exponent : parsed.scale - exponent;
    Wide mantissa = parsed.mantissa;
    for (; scale < 0; ++scale)
        if (__builtin_mul_overflow(mantissa, Wide{10}, &mantissa) || !in_range(mantissa)) return out_of_range();
    for (; scale > 0 && mantissa % 10 == 0; --scale) mantissa /= 10;
    if (scale > kScaleMax || magnitude(mantissa / power(scale)) >= static_cast<UWide>(power(kIntegerDigitsMax))) return out_of_range();
    return from_parts(mantissa, scale);
}

std::optional<Decimal> Decimal::read_short(std::string_view text) {
    // Up to 18 characters fit a 64-bit mantissa.
    constexpr std::size_t kShort = 18;
    if (text.size() > kShort) return std::nullopt;
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    const auto digit = [&] { return at != end && static_cast<unsigned char>(*at - '0') < 10; };
    std::int64_t mantissa = 0;
    const char* const whole = at;
    for (; digit(); ++at) mantissa = mantissa * 10 + (*at - '0');
    if (at == whole) return std::nullopt;
    int scale = 0;
    if (at != end && *at == '.') {
        const char* const fraction = ++at;
        for (; digit(); ++at) mantissa = mantissa * 10 + (*at - '0');
        if (at == fraction) return std::nullopt;
        scale = static_cast<int>(at - fraction);
    }
    if (at != end) return std::nullopt;
    // That there is nothing to drop the last character tells without a division.
    if (end[-1] == '0')
        for (; scale > 0 && mantissa % 10 == 0; --scale) mantissa /= 10;
    return Decimal{negative ? -mantissa : mantissa, scale};
}

std::optional<Decimal> Decimal::read_long(std::string_view text) {
    Digits digits;
    if (!read_many(text, digits)) return read(text);
    return Decimal{static_cast<std::int64_t>(digits.number), digits.fraction};
}

std::optional<Decimal> Decimal::read_plain_long(std::string_view text) {
    Digits digits;
    if (!read_many(text, digits)) return read_plain(text);
    return Decimal{static_cast<std::int64_t>(digits.number), digits.fraction};
}

std::optional<Decimal> Decimal::read(std::string_view text) {
    auto number = read_short(text);
    if (!number)
        if (const auto careful = parse_scientific(text)) number = *careful;
    return number;
}

std::optional<Decimal> Decimal::read_plain(std::string_view text) {
    auto number = read_short(text);
    if (!number)
        if (const auto careful = parse(text)) number = *careful;
    return number;
}

std::size_t Decimal::write(char* out) const {
    // Both parts are moved in pieces of a fixed size, whatever stands behind them: 39 digits at most, and `out` has room.
    constexpr std::size_t kDigits = 48, kPiece = 24;
    char digits[kDigits + kPiece];
    char* const end = digits + kDigits;
    char* begin = write_digits(magnitude(mantissa_), end);
    // "0.05" has fewer digits than its scale: leading zeros are made.
    while (end - begin <= scale_) *--begin = '0';
    char* to = out;
    if (mantissa_ < 0) *to++ = '-';
    const auto whole = static_cast<std::size_t>(end - begin) - static_cast<std::size_t>(scale_);
    std::memcpy(to, begin, kPiece);
    if (whole > kPiece) std::memcpy(to + kPiece, begin + kPiece, whole - kPiece);
    to += whole;
    if (scale_ > 0) {
        *to++ = '.';
        std::memcpy(to, end - scale_, kPiece);
        to += scale_;
    }
    return static_cast<std::size_t>(to - out);
}

std::string Decimal::to_string() const {
    char text[64];
    return {text, write(text)};
}

std::string Decimal::to_fixed(int digits, Rounding rounding) const {
    BF_ASSERT(digits >= 0 && digits <= kScaleMax);
    Decimal rounded = *this;
    if (scale_ > digits) rounded = from_parts(divide_rounded(mantissa_, power(scale_ - digits), rounding), digits);
    std::string text = rounded.to_string();
    if (digits == 0) return text;
    if (rounded.scale_ == 0) text += '.';
    text.append(static_cast<std::size_t>(digits - rounded.scale_), '0');
    return text;
}

std::optional<Decimal> Decimal::sum(const Decimal& a, const Decimal& b) {
    if (b.mantissa_ == 0) return a;
    if (a.mantissa_ == 0) return b;
    const auto aligned = align(a, b);
    Wide sum = 0;
    if (!aligned || __builtin_add_overflow(aligned->a, aligned->b, &sum) || !in_range(sum)) return std::nullopt;
    return from_parts(sum, aligned->scale);
}

std::optional<Decimal> Decimal::product(const Decimal& a, const Decimal& b, Rounding rounding) {
    const int scale = a.scale_ + b.scale_;
    Wide product = 0;
    if (fits_64(a.mantissa_) && fits_64(b.mantissa_)) {
        product = Wide{static_cast<std::int64_t>(a.mantissa_)} * static_cast<std::int64_t>(b.mantissa_);
        if (scale <= kScaleMax) return from_parts(product, scale);
        return from_parts(divide_rounded(product, power(scale - kScaleMax), rounding), kScaleMax);
    }
    if (!__builtin_mul_overflow(a.mantissa_, b.mantissa_, &product) && in_range(product)) {
        if (scale <= kScaleMax) return from_parts(product, scale);
        return from_parts(divide_rounded(product, power(scale - kScaleMax), rounding), kScaleMax);
    }
    const int cut = std::max(0, scale - kScaleMax);
    const auto mantissa = finish(multiply_wide(magnitude(a.mantissa_), magnitude(b.mantissa_)), static_cast<UWide>(power(cut)),
                                 (a.mantissa_ < 0) != (b.mantissa_ < 0), rounding);
    if (!mantissa) return std::nullopt;
    return from_parts(*mantissa, scale - cut);
}

std::optional<Wide> Decimal::quotient_mantissa(Parts a, Parts b, int digits, Rounding rounding) {
    BF_ASSERT(digits >= 0 && digits <= kScaleMax);
    if (b.mantissa == 0) return std::nullopt;
    // a/b at `digits` places = a.m * 10^(digits + b.scale) / (b.m * 10^a.scale); common powers cancel.
    const int lift = digits + b.scale - a.scale;
    if (lift >= 0 && lift <= kScaleMax && b.mantissa > 0 && fits_64(a.mantissa) && fits_64(b.mantissa)) {
        const Wide numerator = Wide{static_cast<std::int64_t>(a.mantissa)} * static_cast<std::int64_t>(power(lift));
        return divide_rounded(numerator, b.mantissa, rounding);
    }
    const U256 numerator = multiply_wide(magnitude(a.mantissa), static_cast<UWide>(power(std::max(0, lift))));
    const U256 denominator = multiply_wide(magnitude(b.mantissa), static_cast<UWide>(power(std::max(0, -lift))));
    if (denominator.high != 0) return std::nullopt;
    return finish(numerator, denominator.low, (a.mantissa < 0) != (b.mantissa < 0), rounding);
}

std::optional<Decimal> Decimal::quotient(const Decimal& a, const Decimal& b, int digits, Rounding rounding) {
    const auto mantissa = quotient_mantissa({a.mantissa_, a.scale_}, {b.mantissa_, b.scale_}, digits, rounding);
    if (!mantissa) return std::nullopt;
    return from_parts(*mantissa, digits);
}

Result<Decimal> Decimal::add(const Decimal& a, const Decimal& b) {
    if (const auto value = sum(a, b)) return *value;
    return out_of_range();
}

Result<Decimal> Decimal::subtract(const Decimal& a, const Decimal& b) { return add(a, -b); }

Result<Decimal> Decimal::multiply(const Decimal& a, const Decimal& b, Rounding rounding) {
    if (const auto value = product(a, b, rounding)) return *value;
    return out_of_range();
}

Result<Decimal> Decimal::divide(const Decimal& a, const Decimal& b, int digits, Rounding rounding) {
    if (b.is_zero()) return bad_input("division by zero");
    if (const auto value = quotient(a, b, digits, rounding)) return *value;
    return out_of_range();
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.scale_ == b.scale_) return a.mantissa_ <=> b.mantissa_;
    if (fits_64(a.mantissa_) && fits_64(b.mantissa_)) {
        const auto lifted = [](const Decimal& value, int scale) {
            return Wide{static_cast<std::int64_t>(value.mantissa_)} * static_cast<std::int64_t>(power(scale - value.scale_));
        };
        const int scale = std::max(a.scale_, b.scale_);
        return lifted(a, scale) <=> lifted(b, scale);
    }
    const Wide whole_a = a.mantissa_ / power(a.scale_), whole_b = b.mantissa_ / power(b.scale_);
    if (whole_a != whole_b) return whole_a <=> whole_b;
    // Equal whole parts: the fractions at 18 digits always fit.
    const auto fraction = [](const Decimal& value) {
        return value.mantissa_ % power(value.scale_) * power(Decimal::kScaleMax - value.scale_);
    };
    return fraction(a) <=> fraction(b);
}

Decimal round_to_step(const Decimal& value, const Decimal& step, Rounding rounding) {
    BF_ASSERT(step.is_positive());
    return Decimal::divide(value, step, 0, rounding).value() * step;
}

bool is_multiple_of(const Decimal& value, const Decimal& step) { return round_to_step(value, step, Rounding::towards_zero) == value; }

}  // namespace bf
