#include "simulator/core/types.hpp"

#include <algorithm>
#include <array>

namespace bf::simulator {
namespace {

constexpr int kPriceDigits = 10;  ///< Of derived prices: averages, liquidation.
constexpr std::array<std::string_view, 5> kPermissions{"read", "spot", "futures", "transfer", "withdraw"};

Decimal quotient(const Decimal& a, const Decimal& b) { return Decimal::divide(a, b, kPriceDigits, Rounding::down).value(); }

}  // namespace

std::string_view to_string(Permission value) { return kPermissions[static_cast<std::size_t>(value)]; }

std::optional<Permission> parse_permission(std::string_view text) {
    const auto at = std::find(kPermissions.begin(), kPermissions.end(), text);
    if (at == kPermissions.end()) return std::nullopt;
    return static_cast<Permission>(at - kPermissions.begin());
}

Decimal Instrument::contracts(const Decimal& quantity) const {
    return Decimal::divide(quantity, contract_size, 8, Rounding::down).value();
}

const market::RiskTier* Instrument::tier_of(const Decimal& quantity, const Decimal& price) const {
    for (const auto& tier : risk_tiers)
        if ((tier.unit == market::RiskTier::Unit::quantity ? quantity : quantity * price) <= tier.up_to) return &tier;
    return nullptr;
}

const Decimal& Instrument::maintenance_of(const Decimal& quantity, const Decimal& price) const {
    if (risk_tiers.empty()) return maintenance_rate;
    const auto* tier = tier_of(quantity, price);
    return (tier != nullptr ? *tier : risk_tiers.back()).maintenance_rate;
}

Decimal Position::entry_price() const { return quantity.is_zero() ? Decimal{} : quotient(entry_cost, quantity); }

Decimal Position::unrealized_pnl(const Decimal& mark) const {
    const Decimal value = mark * quantity;
    return side == PositionSide::long_side ? value - entry_cost : entry_cost - value;
}

Decimal Position::maintenance_margin(const Decimal& mark) const { return mark * quantity * instrument->maintenance_of(quantity, mark); }

// margin + pnl(P) = rate * P * quantity, solved for P with the rate of the size it was entered at.
Decimal Position::liquidation_price() const {
    if (quantity.is_zero()) return {};
    const Decimal one{1};
    const Decimal& rate = instrument->maintenance_of(quantity, entry_price());
    if (side == PositionSide::long_side) {
        const Decimal borrowed = entry_cost - margin;
        return borrowed.is_positive() ? quotient(borrowed, quantity * (one - rate)) : Decimal{};
    }
    return quotient(entry_cost + margin, quantity * (one + rate));
}

Decimal Position::bankruptcy_price() const {
    if (quantity.is_zero()) return {};
    if (side == PositionSide::short_side) return quotient(entry_cost + margin, quantity);
    const Decimal borrowed = entry_cost - margin;
    return borrowed.is_positive() ? quotient(borrowed, quantity) : Decimal{};
}

Decimal Order::average() const { return filled.is_zero() ? Decimal{} : quotient(filled_quote, filled); }

const Wallet& Account::wallet(Market market, const std::string& asset) const {
    static const Wallet kEmpty{};
    const auto& all = market == Market::futures && mode == AccountMode::classic ? futures : spot;
    const auto at = all.find(asset);
    return at == all.end() ? kEmpty : at->second;
}

MarginMode Account::margin_mode(const Instrument& instrument) const {
    const auto at = margin_modes.find(instrument.index);
    return at == margin_modes.end() ? MarginMode::isolated : at->second;
}

const Position* Account::position(const Instrument& instrument, PositionSlot slot) const {
    for (const auto& position : positions)
        if (position.instrument == &instrument && position.slot == slot) return &position;
    return nullptr;
}

}  // namespace bf::simulator
