// Exact decimal numbers: what every amount and price is made of. No binary floating point, ever.
//
// A Decimal is mantissa / 10^scale with a 128-bit mantissa and a scale of 0 to 18, kept normalised (no trailing zeros), so equal
// numbers are equal bit by bit. It is built from text only. Arithmetic that can leave the range says so: `add`, `multiply` and
// `divide` return a Result; the operators are for operands that were bounded before and end the process if that was untrue.
#pragma once
#include "base/error.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf {

/// Where a result that needs more digits than there are goes. Named by direction, never "nearest".
enum class Rounding : std::uint8_t {
    down,  ///< Towards minus infinity.
    up,    ///< Towards plus infinity.
    towards_zero,
};

class Decimal {
public:
    static constexpr int kScaleMax = 18;
    static constexpr int kIntegerDigitsMax = 20;

    constexpr Decimal() = default;
    /// A whole number; for constants and counts.
    constexpr Decimal(std::int64_t whole) : mantissa_{whole} {}

    /// Plain decimals only: "-12.30" yes; "", ".", "1.", ".5", "1e-8", "1,5", "+1", " 1" no. At most 20 integer and 18 fraction digits.
    static Result<Decimal> parse(std::string_view text);
    /// As parse, and also "1.5E-4": for the exchanges that are known to send numbers in scientific form (KuCoin futures).
    static Result<Decimal> parse_scientific(std::string_view text);
    /// parse_scientific without a reason: for streams, where most numbers are short and every nanosecond counts.
    static std::optional<Decimal> read(std::string_view text);
    /// parse without a reason, likewise.
    static std::optional<Decimal> read_plain(std::string_view text);
    /// As read and read_plain, for text with 16 readable bytes from its beginning, whatever they are: as everything in a padded JSON text has.
    static std::optional<Decimal> read_padded(std::string_view text) { return text.size() <= kFew ? read(text) : read_long(text); }
    static std::optional<Decimal> read_plain_padded(std::string_view text) { return text.size() <= kFew ? read_plain(text) : read_plain_long(text); }
    /// mantissa / 10^scale. Scale 0 to 18; the mantissa within 38 digits.
    static Decimal from_parts(__int128 mantissa, int scale);

    /// Canonical text: "0.1", "-3", "0"; no exponent, no trailing zeros.
    [[nodiscard]] std::string to_string() const;
    /// Writes the canonical text into `out` (room for 64 characters) and returns its length: the allocation-free way.
    std::size_t write(char* out) const;
    /// Text with exactly `digits` fraction digits, rounded as told.
    [[nodiscard]] std::string to_fixed(int digits, Rounding rounding) const;

    [[nodiscard]] constexpr bool is_zero() const { return mantissa_ == 0; }
    [[nodiscard]] constexpr bool is_negative() const { return mantissa_ < 0; }
    [[nodiscard]] constexpr bool is_positive() const { return mantissa_ > 0; }
    /// No fraction digits.
    [[nodiscard]] constexpr bool is_whole() const { return scale_ == 0; }
    [[nodiscard]] constexpr __int128 mantissa() const { return mantissa_; }
    [[nodiscard]] constexpr int scale() const { return scale_; }

    static Result<Decimal> add(const Decimal& a, const Decimal& b);
    static Result<Decimal> subtract(const Decimal& a, const Decimal& b);
    /// Exact while 18 fraction digits hold the product, else rounded there.
    static Result<Decimal> multiply(const Decimal& a, const Decimal& b, Rounding rounding);
    /// Rounded at `digits` fraction digits (at most 18). Fails for a divisor of zero.
    static Result<Decimal> divide(const Decimal& a, const Decimal& b, int digits, Rounding rounding);
    // The same without a reason: for the trading decision, where every nanosecond counts.
    static std::optional<Decimal> sum(const Decimal& a, const Decimal& b);
    static std::optional<Decimal> product(const Decimal& a, const Decimal& b, Rounding rounding);
    static std::optional<Decimal> quotient(const Decimal& a, const Decimal& b, int digits, Rounding rounding);
    /// Parts of a number that need not be normalised: mantissa / 10^scale.
    struct Parts {
        __int128 mantissa;
        int scale;
    };
    /// The mantissa of a / b at `digits` fraction digits.
    static std::optional<__int128> quotient_mantissa(Parts a, Parts b, int digits, Rounding rounding);

    friend Decimal operator+(const Decimal& a, const Decimal& b) { return certain(sum(a, b)); }
    friend Decimal operator-(const Decimal& a, const Decimal& b) { return certain(sum(a, -b)); }
    friend Decimal operator-(const Decimal& a) { return {-a.mantissa_, a.scale_}; }
    /// Rounded down beyond 18 fraction digits.
    friend Decimal operator*(const Decimal& a, const Decimal& b) { return certain(product(a, b, Rounding::down)); }
    Decimal& operator+=(const Decimal& b) { return *this = *this + b; }
    Decimal& operator-=(const Decimal& b) { return *this = *this - b; }

    friend constexpr bool operator==(const Decimal&, const Decimal&) = default;
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

private:
    static const Decimal& certain(const std::optional<Decimal>& value) {
        BF_ASSERT(value.has_value());
        return *value;
    }
    /// Plain decimals of at most 18 characters, in one pass; nothing for others, which need not be wrong.
    static std::optional<Decimal> read_short(std::string_view text);
    /// A loop is through so many characters before all at once would be.
    static constexpr std::size_t kFew = 5;
    static std::optional<Decimal> read_long(std::string_view text);
    static std::optional<Decimal> read_plain_long(std::string_view text);

    constexpr Decimal(__int128 mantissa, int scale) : mantissa_{mantissa}, scale_{scale} {}
    __int128 mantissa_{0};
    int scale_{0};
};

/// The multiple of `step` (> 0) next to `value` in the given direction.
Decimal round_to_step(const Decimal& value, const Decimal& step, Rounding rounding);
/// Whether `value` is a whole multiple of `step` (> 0).
bool is_multiple_of(const Decimal& value, const Decimal& step);
inline Decimal abs(const Decimal& value) { return value.is_negative() ? -value : value; }

/// A literal that is known to be good: `"0.001"_d`.
inline Decimal operator""_d(const char* text, std::size_t size) { return Decimal::parse({text, size}).value(); }

}  // namespace bf
