#include "backtest/pricing.hpp"

#include <algorithm>

namespace bf::backtest {

using trading::Number;

Pricing::Pricing(const Plan& plan)
    : step_{plan.instrument.price_step}, half_spread_{plan.assumptions.spread * Decimal::from_parts(5, 1)}, slippage_{plan.assumptions.slippage} {}

trading::Quote Pricing::quote(const Decimal& price, Instant at) const {
    trading::Quote quote{price, price, price, at, std::nullopt};
    if (slippage_.is_positive()) quote.expected_slippage = slippage_;
    if (half_spread_.is_zero()) return quote;
    quote.ask = to_step(trading::multiply_up(price, Number{1} + half_spread_), step_, Rounding::up).value();
    const auto bid = to_step(Number{price} * (Number{1} - half_spread_), step_, Rounding::down);
    // A price of a few ticks: half a spread below it there may be none.
    quote.bid = bid > 0 ? bid.value() : price;
    return quote;
}

Number Pricing::price_for_entry(const Number& best, trading::Direction direction) const {
    if (half_spread_.is_zero()) return best;
    return trading::divide_down(best, direction == trading::Direction::long_side ? Number{1} + half_spread_ : Number{1} - half_spread_);
}

Decimal Pricing::worsened(const Decimal& price, bool upwards) const {
    if (slippage_.is_zero()) return price;
    if (upwards) return to_step(trading::multiply_up(price, Number{1} + slippage_), step_, Rounding::up).value();
    const auto lower = to_step(Number{price} * (Number{1} - slippage_), step_, Rounding::down);
    return lower > 0 ? lower.value() : price;
}

Decimal Pricing::entry_fill(const trading::Quote& quote, trading::Direction direction, const Decimal& limit) const {
    const bool buys = direction == trading::Direction::long_side;
    const auto& best = trading::entry_price(quote, direction);
    const auto price = worsened(best, buys);
    // Data of another market may lie between our ticks, where the limit was rounded to the wrong side of the best price.
    return buys ? std::min(price, std::max(limit, best)) : std::max(price, std::min(limit, best));
}

Decimal Pricing::exit_fill(const trading::Quote& quote, trading::Direction direction) const {
    return worsened(trading::exit_price(quote, direction), direction == trading::Direction::short_side);
}

}  // namespace bf::backtest
