// How much money is committed, how much an order would commit, the limits, and how large the next order is.
//
// Spot counts cost still held, futures margin plus the fees not paid yet. Limits compare what is used after the order; equality is
// allowed. A limit that is lowered below what is used closes nothing. Unrealised profit raises no limit while a group lives.
#pragma once
#include "trading/group.hpp"

namespace bf::trading {

/// notional (1 + fee) on spot; notional / L + notional * 2 * fee on futures. Rounded up.
Number margin_needed(market::Market market, const Number& notional, const Decimal& leverage, const Decimal& taker_fee);
/// What a group has committed, its open entry orders included.
Number margin_used(market::Market market, const Group& group, const Decimal& taker_fee);

/// min(equity now, equity when the group opened).
Decimal equity_basis(const Decimal& equity, const Group* group);
/// min(absolute, share of equity); nothing when neither is set.
std::optional<Number> group_limit(const Protection& protection, const Decimal& equity);
std::optional<Number> connection_limit(const Protection& protection, const Decimal& equity);

/// The base order: as set, else from the group limit so that the whole ladder with fees fits beside the recovery reserve. Quote without
/// fee, on futures margin. Rounded down. Out of range when neither base order nor group limit is there.
Number base_order(const Rules& rules, const Decimal& taker_fee, const Decimal& equity);
/// What rungs `from` to K of a ladder cost with fees. `from` 0 is the first entry.
Number rungs_cost(market::Market market, const Shape& shape, const Number& base, const Decimal& taker_fee, int from);
/// The margin a group's remaining plan may still take: unused rungs and the unspent recovery reserve. What the capital ledger holds back.
Number still_reserved(const Rules& rules, const Group& group, const Decimal& taker_fee, const Decimal& equity);

/// Quantity that `size` (quote, on futures margin) buys at `price`, rounded down to the lot.
Number quantity_for(const Number& size, const Decimal& leverage, const Decimal& price, const Decimal& quantity_step);

/// The best price the order takes: ask for a long entry, bid for a short one.
const Decimal& entry_price(const Quote& quote, Direction direction);
/// What a close gets: bid for a long, ask for a short.
const Decimal& exit_price(const Quote& quote, Direction direction);
/// The limit an entry order is sent with: the best price and the slippage, rounded to the tick towards the best price.
Number entry_limit(const Quote& quote, Direction direction, const Decimal& max_slippage, const Decimal& price_step);
/// The worst price a close accepts.
Number exit_limit(const Quote& quote, Direction direction, const Decimal& max_slippage, const Decimal& price_step);

}  // namespace bf::trading
