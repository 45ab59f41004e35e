#include "money/decimal_bytes.hpp"

namespace bf {
namespace {

/// 10^38: the bound of a Decimal's mantissa.
constexpr __int128 mantissa_bound() {
    __int128 bound = 1;
    for (int i = 0; i < 38; ++i) bound *= 10;
    return bound;
}

}  // namespace

void write_decimal(ByteWriter& out, const Decimal& value) {
    const auto mantissa = static_cast<unsigned __int128>(value.mantissa());
    out.integer(static_cast<std::uint64_t>(mantissa));
    out.integer(static_cast<std::uint64_t>(mantissa >> 64));
    out.integer(static_cast<std::uint8_t>(value.scale()));
}

void read_decimal(ByteReader& in, Decimal& value) {
    const auto low = in.integer<std::uint64_t>();
    const auto high = in.integer<std::uint64_t>();
    const auto scale = in.integer<std::uint8_t>();
    const auto mantissa = static_cast<__int128>(static_cast<unsigned __int128>(high) << 64 | low);
    // Most amounts are short, and a division of 128 bits takes several times as long.
    const auto short_one = static_cast<std::int64_t>(low);
    const auto ends_in_zero = [&] { return mantissa == short_one ? (short_one & 1) == 0 && short_one % 10 == 0 : mantissa % 10 == 0; };
    const bool canonical = scale <= Decimal::kScaleMax && mantissa < mantissa_bound() && mantissa > -mantissa_bound() &&
                           (scale == 0 || !ends_in_zero());
    if (!canonical) return in.fail();
    value = Decimal::from_parts(mantissa, scale);
}

}  // namespace bf
