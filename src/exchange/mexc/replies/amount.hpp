// Amounts of MEXC's with more fraction digits than a Decimal holds: its fees have 19 ("0.0003998377369698171" in the reference's own
// sample). What is beyond the 18th is rounded by name, fees up and anything else towards zero: never in our favour.
#pragma once
#include "money/decimal.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bf::exchange::mexc {

/// A plain decimal with any number of fraction digits; nothing for anything else.
inline std::optional<Decimal> parse_amount(std::string_view text, Rounding rounding = Rounding::towards_zero) {
    if (const auto exact = Decimal::read_plain(text)) return exact;
    const auto point = text.find('.');
    if (point == std::string_view::npos || text.size() - point - 1 <= Decimal::kScaleMax) return std::nullopt;
    const auto kept = text.substr(0, point + 1 + Decimal::kScaleMax), rest = text.substr(kept.size());
    if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    auto amount = Decimal::parse(kept);
    if (!amount) return std::nullopt;
    const bool exact = rest.find_first_not_of('0') == std::string_view::npos, negative = text.front() == '-';
    const auto unit = Decimal::from_parts(1, Decimal::kScaleMax);
    if (!exact && rounding == Rounding::up && !negative) amount = Decimal::add(*amount, unit);
    if (!exact && rounding == Rounding::down && negative) amount = Decimal::subtract(*amount, unit);
    return amount ? std::optional{*amount} : std::nullopt;
}

}  // namespace bf::exchange::mexc
