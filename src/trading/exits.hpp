// How a group ends: the exit order that must rest at the exchange, the hard stop, the liquidation guard.
//
// The target is net of entry fees, expected exit fee and funding; Recovery's is lower, so that the group leaves early. Prices are rounded
// away from loss. Nothing here closes at a loss except what the user set (hard stop) or what would otherwise be liquidated (guard).
#pragma once
#include "trading/group.hpp"
#include "trading/reason.hpp"

namespace bf::trading {

/// The limit order that should rest for the group now.
struct RestingExit {
    market::Side side{market::Side::sell};
    Decimal price;
    Decimal quantity;  ///< The sellable quantity.
    friend bool operator==(const RestingExit&, const RestingExit&) = default;
};
/// Nothing while nothing can be sold: below the lot, `min_quantity` or `min_notional` at its own price. Funding and fills move it.
std::optional<RestingExit> resting_exit(const Group& group, const FeeRates& fees, const InstrumentFacts& instrument);

/// Where a stop for the whole quantity rests, rounded so that it acts no later; nothing when none is set.
std::optional<Decimal> hard_stop_price(const Group& group, const Protection& protection, const Decimal& price_step);

/// HARD_STOP or LIQUIDATION_GUARD when one of them says to close at market now. `mark` on futures, best bid (long) or ask on spot.
std::optional<Code> forced_close(const Group& group, const Protection& protection, const Decimal& mark, const InstrumentFacts& instrument);

/// The price that triggers look at: mark on futures, on spot what a close would get.
const Decimal& trigger_price(market::Market market, const Quote& quote, Direction direction);

/// A remainder no order can carry: the group is closed with it.
bool is_below_minimum(const Group& group, const InstrumentFacts& instrument, const Decimal& price);

}  // namespace bf::trading
