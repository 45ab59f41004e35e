#include "trading/books.hpp"

#include <algorithm>
#include <vector>

namespace bf::trading {
namespace {

/// What a fee is worth in quote units at the fill's own price.
Number fee_worth(const BookedFill& fill) {
    switch (fill.fee.asset) {
        case FeeAsset::quote: return fill.fee.amount;
        case FeeAsset::base: return multiply_up(fill.fee.amount, fill.price);
        case FeeAsset::third: return fill.fee.quote_value;
    }
    return Number::out_of_range();
}

}  // namespace

Status Books::add(const BookedFill& fill) {
    if (!fill.price.is_positive() || !fill.quantity.is_positive()) return bad_input("a fill's price and quantity are more than zero");
    if (fill.exit && fill.quantity > held_) return bad_input("an exit fill is larger than what the group holds");
    if (!fill.exit && is_long() && fill.fee.asset == FeeAsset::base && fill.fee.amount >= fill.quantity)
        return bad_input("a fee takes all that the fill bought");
    if (!(fill.exit ? book_exit(fill) : book_entry(fill))) return bad_input("the group's sums have more digits than an amount can have");
    return {};
}

Number Books::sellable_of(const Number& held) const { return quantity_step_.is_positive() ? to_step(held, quantity_step_, Rounding::down) : held; }

bool Books::Sums::known() const {
    return cost.known() && entered.known() && held.known() && sellable.known() && notional.known() && fees_paid.known() && realised.known();
}

/// Takes the sums over if none of them left the range; else nothing is changed.
bool Books::keep(const Sums& sums) {
    if (!sums.known()) return false;
    cost_ = sums.cost.value();
    entered_ = sums.entered.value();
    held_ = sums.held.value();
    sellable_ = sums.sellable.value();
    notional_ = sums.notional.value();
    fees_paid_ = sums.fees_paid.value();
    realised_ = sums.realised.value();
    return true;
}

// Written where they stay, one by one: sums that are returned are copied as a whole just after they were written in halves.
void Books::add_entry(Sums& out, const Decimal& price, const Entry& entry) const {
    const Number bought = price * entry.quantity;
    out.cost = is_long() ? Number{cost_} + (multiply_up(price, entry.quantity) + entry.quote_fee) : Number{cost_} + (bought - entry.quote_fee);
    out.entered = Number{entered_} + entry.quantity;
    out.held = Number{held_} + entry.received;
    out.sellable = sellable_of(out.held);
    out.notional = Number{notional_} + bought;
    out.fees_paid = Number{fees_paid_} + entry.fee_worth;
    out.realised = realised_;
}

bool Books::book_entry(const BookedFill& fill) {
    const bool first = entered_.is_zero() && first_price_.is_zero();
    // A fee in the coin itself is paid by holding less of it; it is no cost in quote besides.
    const bool takes_coins = is_long() && fill.fee.asset == FeeAsset::base;
    const Number quantity = fill.quantity, worth = fee_worth(fill);
    Sums sums;
    add_entry(sums, fill.price, {quantity, takes_coins ? quantity - fill.fee.amount : quantity, takes_coins ? Number{} : worth, worth});
    if (!keep(sums)) return false;
    if (first) {
        first_price_ = deepest_price_ = fill.price;
        first_at_ = fill.at;
    }
    last_price_ = fill.price;
    last_entry_at_ = std::max(last_entry_at_, fill.at);
    deepest_price_ = is_long() ? std::min(deepest_price_, fill.price) : std::max(deepest_price_, fill.price);
    return true;
}

bool Books::book_exit(const BookedFill& fill) {
    // Against Q, so that the last lot takes the cost of the dust with it.
    const bool all = fill.quantity >= sellable_;
    const auto share = [&](const Decimal& whole, Rounding rounding) {
        return all ? Number{whole} : Number::divide(Number::multiply(whole, fill.quantity, rounding), sellable_, rounding);
    };
    const Number worth = fee_worth(fill);
    const Number moved_cost = share(cost_, is_long() ? Rounding::up : Rounding::down);
    const Number moved_funding = share(funding_, Rounding::down);
    const Number moved_notional = share(notional_, Rounding::down), moved_quantity = share(entered_, Rounding::down);
    const Number gained = is_long() ? Number{fill.price} * fill.quantity - worth - moved_cost
                                    : moved_cost - multiply_up(fill.price, fill.quantity) - worth;
    const Number funding = Number{funding_} - moved_funding, held = Number{held_} - fill.quantity;
    if (!funding.known() || !keep({Number{cost_} - moved_cost, Number{entered_} - moved_quantity, held, sellable_of(held), Number{notional_} - moved_notional,
                                   Number{fees_paid_} + worth, Number{realised_} + gained + moved_funding}))
        return false;
    funding_ = funding.value();
    return true;
}

Status Books::add_funding(const Decimal& received) {
    // With nothing held there is no exit left that could take it along.
    Decimal& place = empty() && held_.is_zero() && !first_price_.is_zero() ? realised_ : funding_;
    const Number sum = Number{place} + received;
    if (!sum.known()) return bad_input("the group's funding has more digits than an amount can have");
    place = sum.value();
    return {};
}

Status Books::move_notional(const Decimal& worth) {
    const Number notional = Number{notional_} + worth, cost = Number{cost_} + worth;
    if (!notional.known() || !cost.known() || !(notional > 0)) return bad_input("the group's entry can't be worth so much");
    notional_ = notional.value();
    cost_ = cost.value();
    return {};
}

Result<Books> Books::fold(Direction direction, const Decimal& quantity_step, std::span<const BookedFill> fills) {
    std::vector<BookedFill> in_order{fills.begin(), fills.end()};
    std::sort(in_order.begin(), in_order.end(), [](const BookedFill& a, const BookedFill& b) { return a.at != b.at ? a.at < b.at : a.sequence < b.sequence; });
    Books books{direction, quantity_step};
    for (const auto& fill : in_order) BF_TRY_VOID(books.add(fill));
    return books;
}

Number Books::average() const { return empty() ? Number::out_of_range() : divide_down(notional_, entered_); }

// (C - Fund + t N) / (Q (1 - fx)), mirrored (R + Fund - t N) / (Q (1 + fx)).
Number Books::exit_worth() const { return is_long() ? Number{cost_} - funding_ : Number{cost_} + funding_; }

Number Books::exit_quantity(const Decimal& exit_fee) const {
    return is_long() ? Number{sellable_} * (Number{1} - exit_fee) : multiply_up(sellable_, Number{1} + exit_fee);
}

Number Books::at_target(const Number& quantity, const Decimal& target) const {
    const Number wanted = multiply_up(target, notional_);
    return Number::divide(is_long() ? exit_worth() + wanted : exit_worth() - wanted, quantity, is_long() ? Rounding::up : Rounding::down);
}

Number Books::take_profit(const Decimal& exit_fee, const Decimal& target) const {
    return empty() ? Number::out_of_range() : at_target(exit_quantity(exit_fee), target);
}

Books::ExitPrices Books::exit_prices(const Decimal& exit_fee, const Decimal& target) const {
    if (empty()) return {Number::out_of_range(), Number::out_of_range()};
    const Number quantity = exit_quantity(exit_fee);
    const Number even = Number::divide(exit_worth(), quantity, is_long() ? Rounding::up : Rounding::down);
    return {even, target.is_zero() ? even : at_target(quantity, target)};
}

Number Books::unrealised(const Decimal& mark, const Decimal& exit_fee) const {
    if (empty()) return Number::out_of_range();
    if (is_long()) return Number{sellable_} * mark * (Number{1} - exit_fee) - cost_ + funding_;
    return Number{cost_} - multiply_up(multiply_up(sellable_, mark), Number{1} + exit_fee) + funding_;
}

Number exit_tick(Direction direction, const Number& price, const Decimal& price_step) {
    return to_step(price, price_step, direction == Direction::long_side ? Rounding::up : Rounding::down);
}

Number improvement(Direction direction, const Number& break_even_before, const Number& break_even_after) {
    const bool is_long = direction == Direction::long_side;
    return divide_down(is_long ? break_even_before - break_even_after : break_even_after - break_even_before, break_even_before);
}

Improvement compare(const Books& before, const Books::Sums& after, const Decimal& least) {
    // break-even = worth / Q times a factor of the exit fee, which cancels out of the comparison of two of them. An entry leaves the funding as it was.
    const auto worth = [&before](const Number& cost) { return before.is_long() ? cost - before.funding() : cost + before.funding(); };
    const Number then = worth(before.cost()) * after.sellable, now = worth(after.cost) * before.sellable();
    if (before.is_long()) return {now < then, now <= then * (Number{1} - least)};
    return {now > then, now >= then * (Number{1} + least)};
}

}  // namespace bf::trading
