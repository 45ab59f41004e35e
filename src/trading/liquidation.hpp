// The liquidation price before the trade: isolated margin, linear contracts.
//
//   long = (A - M/Q) / (1 - (mmr + taker))      short = (A + M/Q) / (1 + (mmr + taker))        M: position margin, Q: quantity
//
// An estimate for deciding; once the exchange reports one, that is preferred. The maintenance rate is the one of the position's size in the
// exchange's risk tiers; without tiers there is no estimate, never a guess.
#pragma once
#include "trading/facts.hpp"
#include "trading/number.hpp"

namespace bf::trading {

struct Position {
    Direction direction{Direction::long_side};
    Number average;
    Number quantity;
    Number margin;
};

/// How large a position is, in both units tiers are counted in.
struct PositionSize {
    Number value;     ///< Quote units.
    Number quantity;  ///< Base units.

    /// At entry or at `mark`, whichever is more: exchanges go by the mark, and a short's value grows as it loses.
    static PositionSize of(const Number& notional, const Number& quantity, const Number& mark);
    [[nodiscard]] const Number& in(const RiskTier& tier) const { return tier.by_quantity ? quantity : value; }
};

/// The first tier that reaches up to the size; null without tiers, or when the position is larger than the last of them.
const RiskTier* tier_of(const std::vector<RiskTier>& tiers, const PositionSize& size);
/// Of that tier.
std::optional<Decimal> maintenance_rate(const std::vector<RiskTier>& tiers, const PositionSize& size);

/// Rounded towards the entry. Not below zero: a long whose margin covers its whole price can't be liquidated.
Number liquidation_price(const Position& position, const Decimal& maintenance_rate, const Decimal& taker_fee);
/// Moved 5 % of its distance towards the entry: what the checks measure with.
Number with_buffer(Direction direction, const Number& liquidation, const Number& average);
/// (mark - liquidation) / mark for a long, mirrored for a short: a factor, negative when mark is beyond it.
Number liquidation_distance(Direction direction, const Number& liquidation, const Decimal& mark);

}  // namespace bf::trading
