#include "trading/liquidation.hpp"

namespace bf::trading {
namespace {

const Decimal kBuffer = Decimal::from_parts(5, 2);

}  // namespace

PositionSize PositionSize::of(const Number& notional, const Number& quantity, const Number& mark) {
    return {larger(notional, multiply_up(quantity, mark)), quantity};
}

const RiskTier* tier_of(const std::vector<RiskTier>& tiers, const PositionSize& size) {
    for (const auto& tier : tiers)
        if (size.in(tier) <= tier.up_to) return &tier;
    return nullptr;
}

std::optional<Decimal> maintenance_rate(const std::vector<RiskTier>& tiers, const PositionSize& size) {
    const auto* tier = tier_of(tiers, size);
    return tier == nullptr ? std::nullopt : std::optional{tier->maintenance_rate};
}

Number liquidation_price(const Position& position, const Decimal& maintenance_rate, const Decimal& taker_fee) {
    const Number rates = Number{maintenance_rate} + taker_fee;
    const Number cushion = divide_down(position.margin, position.quantity);
    if (position.direction == Direction::short_side) return divide_down(position.average + cushion, Number{1} + rates);
    const Number price = divide_up(position.average - cushion, Number{1} - rates);
    return price < 0 ? Number{} : price;
}

Number with_buffer(Direction direction, const Number& liquidation, const Number& average) {
    const auto towards_entry = direction == Direction::long_side ? Rounding::up : Rounding::down;
    return liquidation + Number::multiply(average - liquidation, kBuffer, towards_entry);
}

Number liquidation_distance(Direction direction, const Number& liquidation, const Decimal& mark) {
    return divide_down(direction == Direction::long_side ? Number{mark} - liquidation : liquidation - mark, mark);
}

}  // namespace bf::trading
