// What a price of a candle means for an order: bid and ask around it, and what an order that takes would really pay.
#pragma once
#include "backtest/plan.hpp"
#include "trading/decision.hpp"

namespace bf::backtest {

class Pricing {
public:
    explicit Pricing(const Plan& plan);

    /// The candle's price with half the spread on each side, rounded to the tick away from it; it is the mark, too.
    [[nodiscard]] trading::Quote quote(const Decimal& price, Instant at) const;
    /// The candle's price at which an entry's best price is this one. Unrounded.
    [[nodiscard]] trading::Number price_for_entry(const trading::Number& best, trading::Direction direction) const;
    /// What an entry that takes pays: the best price and the slippage, never beyond its limit.
    [[nodiscard]] Decimal entry_fill(const trading::Quote& quote, trading::Direction direction, const Decimal& limit) const;
    /// What a close gets.
    [[nodiscard]] Decimal exit_fill(const trading::Quote& quote, trading::Direction direction) const;

private:
    [[nodiscard]] Decimal worsened(const Decimal& price, bool upwards) const;
    Decimal step_, half_spread_, slippage_;
};

}  // namespace bf::backtest
