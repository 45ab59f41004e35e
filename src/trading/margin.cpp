#include "trading/margin.hpp"

namespace bf::trading {
namespace {

/// What one unit of an order's size costs with its fees: 1 + fee on spot; on futures the size is margin and pays fees of L times itself.
Number cost_of_one(market::Market market, const Decimal& leverage, const Decimal& taker_fee) {
    return market == market::Market::spot ? Number{1} + taker_fee : Number{1} + Number{2} * taker_fee * leverage;
}

std::optional<Number> limit_of(const std::optional<Decimal>& absolute, const std::optional<Decimal>& share, const Decimal& equity) {
    if (!share) return absolute ? std::optional{Number{*absolute}} : std::nullopt;
    // Of an account that owes more than it has there is no share: a size below zero would be told as one.
    const Number part = equity.is_negative() ? Number{} : Number{*share} * equity;
    return absolute ? smaller(*absolute, part) : part;
}

Number recovery_reserve(const Protection& protection, const Decimal& equity) {
    const auto limit = group_limit(protection, equity);
    return limit ? *limit * protection.recovery_reserve : Number{};
}

}  // namespace

Number margin_needed(market::Market market, const Number& notional, const Decimal& leverage, const Decimal& taker_fee) {
    if (market == market::Market::spot) return multiply_up(notional, Number{1} + taker_fee);
    return divide_up(notional, leverage) + multiply_up(notional, Number{2} * taker_fee);
}

Number margin_used(market::Market market, const Group& group, const Decimal& taker_fee) {
    if (market == market::Market::spot) return Number{group.books.cost()} + multiply_up(group.open_entries, Number{1} + taker_fee);
    // Entry fees of what is held are paid; what is left to pay is its exit, and both ways of what may still fill.
    Number position = divide_up(group.books.notional(), group.shape.leverage);
    if (group.exchange_margin) position = larger(position, *group.exchange_margin);
    return position + multiply_up(group.books.notional(), taker_fee) + margin_needed(market, group.open_entries, group.shape.leverage, taker_fee);
}

Decimal equity_basis(const Decimal& equity, const Group* group) {
    return group != nullptr && group->equity_at_start ? std::min(equity, *group->equity_at_start) : equity;
}

std::optional<Number> group_limit(const Protection& protection, const Decimal& equity) {
    return limit_of(protection.group_limit, protection.group_limit_share, equity);
}

std::optional<Number> connection_limit(const Protection& protection, const Decimal& equity) {
    return limit_of(std::nullopt, protection.connection_limit_share, equity);
}

Number base_order(const Rules& rules, const Decimal& taker_fee, const Decimal& equity) {
    if (rules.base_order) return *rules.base_order;
    const auto limit = group_limit(rules.protection, equity);
    if (!limit) return Number::out_of_range();
    return divide_down(*limit * (Number{1} - rules.protection.recovery_reserve), multiply_up(cost_of_one(rules.market, rules.shape.leverage, taker_fee), rules.shape.sizes));
}

Number rungs_cost(market::Market market, const Shape& shape, const Number& base, const Decimal& taker_fee, int from) {
    Number factors = from == 0 ? Number{shape.sizes} : Number{};
    for (int k = from; from > 0 && k <= shape.add_ons; ++k) factors += shape.size[static_cast<std::size_t>(k)];
    return multiply_up(base * factors, cost_of_one(market, shape.leverage, taker_fee));
}

Number still_reserved(const Rules& rules, const Group& group, const Decimal& taker_fee, const Decimal& equity) {
    Number reserved;
    if (group.state != GroupState::recovery) {
        // A lowered maximum frees what it will never let be bought.
        Shape shape = group.shape;
        shape.add_ons = std::min(shape.add_ons, rules.protection.add_ons_max);
        if (group.used() < shape.add_ons) reserved = rungs_cost(rules.market, shape, group.base_order, taker_fee, group.used() + 1);
    }
    if (group.recovery_add_ons < rules.protection.recovery.budget) reserved += recovery_reserve(rules.protection, equity_basis(equity, &group));
    return reserved;
}

Number quantity_for(const Number& size, const Decimal& leverage, const Decimal& price, const Decimal& quantity_step) {
    return divide_to_step(size * leverage, price, quantity_step);
}

const Decimal& entry_price(const Quote& quote, Direction direction) { return direction == Direction::long_side ? quote.ask : quote.bid; }
const Decimal& exit_price(const Quote& quote, Direction direction) { return direction == Direction::long_side ? quote.bid : quote.ask; }

Number entry_limit(const Quote& quote, Direction direction, const Decimal& max_slippage, const Decimal& price_step) {
    if (direction == Direction::long_side) return to_step(Number{quote.ask} * (Number{1} + max_slippage), price_step, Rounding::down);
    return to_step(multiply_up(quote.bid, Number{1} - max_slippage), price_step, Rounding::up);
}

Number exit_limit(const Quote& quote, Direction direction, const Decimal& max_slippage, const Decimal& price_step) {
    return entry_limit(quote, direction == Direction::long_side ? Direction::short_side : Direction::long_side, max_slippage, price_step);
}

}  // namespace bf::trading
