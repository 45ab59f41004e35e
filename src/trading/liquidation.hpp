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

/// Of the first tier that reaches up to `notional`; nothing without tiers, or when the position is larger than the last of them.
std::optional<Decimal> maintenance_rate(const std::vector<RiskTier>& tiers, const Number& notional);

/// Rounded towards the entry. Not below zero: a long whose margin covers its whole price can't be liquidated.
Number liquidation_price(const Position& position, const Decimal& maintenance_rate, const Decimal& taker_fee);
/// Moved 5 % of its distance towards the entry: what the checks measure with.
Number with_buffer(Direction direction, const Number& liquidation, const Number& average);
/// (mark - liquidation) / mark for a long, mirrored for a short: a factor, negative when mark is beyond it.
Number liquidation_distance(Direction direction, const Number& liquidation, const Decimal& mark);

}  // namespace bf::trading
