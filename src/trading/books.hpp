// A group's books: what was bought, what it cost with every fee, what is still held, and the prices that follow from it.
//
//   long:  C = sum(p q + quote fee)   what was paid          short: R = sum(p q - quote fee)   what was received
//   average = N / entered quantity (no fees; an exit does not move it)
//   break-even and take-profit pay for entry fees, the expected exit fee, funding and dust; prices are rounded away from loss.
//
// Fixed size, no allocation. Fills are booked once each; `fold` books a list in the order the exchange executed them, so the order they
// arrived in does not matter. An exit takes its share of cost with it: what is moved and what stays add up to what was there, exactly.
// Divisions are carried to 18 fraction digits and rounded against the trader.
#pragma once
#include "trading/facts.hpp"
#include "trading/number.hpp"

#include <span>

namespace bf::trading {

/// The fee of a fill. `quote_value` is its worth in quote units at fill time: the amount itself for a quote fee.
enum class FeeAsset : std::uint8_t { quote, base, third };
struct FillFee {
    FeeAsset asset{FeeAsset::quote};
    Decimal amount{};       ///< In units of its asset. Negative: a rebate.
    Decimal quote_value{};  ///< Of a third asset; ignored otherwise.
};

/// One execution of a group's order, as the exchange reported it. Quantity in base units, on futures too.
struct BookedFill {
    bool exit{false};
    Decimal price;     ///< > 0
    Decimal quantity;  ///< > 0, gross.
    FillFee fee{};
    Instant at{};
    std::uint64_t sequence{0};  ///< Breaks ties of `at`: the order of the exchange's trade ids, or of arrival.
};

class Books {
public:
    Books() = default;
    /// Dust is what can't be sold: the held quantity below a multiple of `quantity_step`. Futures have none.
    Books(Direction direction, Decimal quantity_step) : direction_{direction}, quantity_step_{quantity_step} {}

    /// Fails, and leaves the books unchanged, when a sum leaves the range, a price or quantity is not positive, a base fee takes all that
    /// was bought, or an exit is larger than what is held.
    Status add(const BookedFill& fill);
    /// What an entry would leave behind, unrounded and not taken over: for looking ahead.
    struct Sums {
        Number cost, entered, held, sellable, notional, fees_paid, realised;
        [[nodiscard]] bool known() const;
        [[nodiscard]] Number average() const { return sellable > 0 ? divide_down(notional, entered) : Number::out_of_range(); }
    };
    /// Of a fill at `price` (> 0) of `quantity` (> 0) that pays `fee` in quote.
    void add_entry(Sums& out, const Decimal& price, const Number& quantity, const Number& fee) const { add_entry(out, price, {quantity, quantity, fee, fee}); }
    /// The average that is reckoned with becomes another one: the entry notional and the cost (of a short the proceeds) move by `worth`.
    Status move_notional(const Decimal& worth);
    Status add_funding(const Decimal& received);  ///< Negative: paid. Realised at once when all has left already.
    /// The same books whatever order `fills` stand in.
    static Result<Books> fold(Direction direction, const Decimal& quantity_step, std::span<const BookedFill> fills);

    [[nodiscard]] Direction direction() const { return direction_; }
    [[nodiscard]] const Decimal& quantity_step() const { return quantity_step_; }
    [[nodiscard]] bool is_long() const { return direction_ == Direction::long_side; }
    /// Entered and still held, before base fees: sum(q), scaled down by exits.
    [[nodiscard]] const Decimal& entered() const { return entered_; }
    /// Held after base fees, exact.
    [[nodiscard]] const Decimal& held() const { return held_; }
    /// Q: what an exit order may carry, `held` rounded down to the lot.
    [[nodiscard]] const Decimal& sellable() const { return sellable_; }
    /// N: entry notional of what is still held, no fees.
    [[nodiscard]] const Decimal& notional() const { return notional_; }
    /// C of a long, R of a short.
    [[nodiscard]] const Decimal& cost() const { return cost_; }
    [[nodiscard]] const Decimal& funding() const { return funding_; }
    /// Proceeds minus moved cost of all exits so far, with their share of fees and funding.
    [[nodiscard]] const Decimal& realised() const { return realised_; }
    [[nodiscard]] const Decimal& fees_paid() const { return fees_paid_; }  ///< All fees in quote worth, for reports.
    /// Nothing that could be sold is held; dust may be.
    [[nodiscard]] bool empty() const { return !sellable_.is_positive(); }

    [[nodiscard]] const Decimal& first_price() const { return first_price_; }
    [[nodiscard]] const Decimal& last_price() const { return last_price_; }
    /// The entry fill deepest against the group: lowest of a long, highest of a short.
    [[nodiscard]] const Decimal& deepest_price() const { return deepest_price_; }
    [[nodiscard]] Instant first_at() const { return first_at_; }
    [[nodiscard]] Instant last_entry_at() const { return last_entry_at_; }

    // All out of range while nothing is held.
    [[nodiscard]] Number average() const;
    /// Unrounded; `exit_fee` is a factor.
    [[nodiscard]] Number break_even(const Decimal& exit_fee) const { return exit_prices(exit_fee, Decimal{}).break_even; }
    /// The price at which `target` (of N) is left after everything.
    [[nodiscard]] Number take_profit(const Decimal& exit_fee, const Decimal& target) const;
    /// Break-even and take-profit together, for less than twice the work.
    struct ExitPrices {
        Number break_even, take_profit;
    };
    [[nodiscard]] ExitPrices exit_prices(const Decimal& exit_fee, const Decimal& target) const;
    /// What closing at `mark` would leave, in quote units.
    [[nodiscard]] Number unrealised(const Decimal& mark, const Decimal& exit_fee) const;

private:
    [[nodiscard]] Number exit_worth() const;
    [[nodiscard]] Number exit_quantity(const Decimal& exit_fee) const;
    [[nodiscard]] Number at_target(const Number& quantity, const Decimal& target) const;
    /// What is bought, what of it is held, and its fee as a cost in quote and in quote worth.
    struct Entry {
        const Number &quantity, &received, &quote_fee, &fee_worth;
    };
    void add_entry(Sums& out, const Decimal& price, const Entry& entry) const;
    [[nodiscard]] bool book_entry(const BookedFill& fill);
    [[nodiscard]] bool book_exit(const BookedFill& fill);
    [[nodiscard]] bool keep(const Sums& sums);
    [[nodiscard]] Number sellable_of(const Number& held) const;

    Direction direction_{Direction::long_side};
    Decimal quantity_step_{};
    Decimal entered_{}, held_{}, sellable_{}, notional_{}, cost_{}, funding_{}, realised_{}, fees_paid_{};
    Decimal first_price_{}, last_price_{}, deepest_price_{};
    Instant first_at_{}, last_entry_at_{};
};

/// Long exit prices go up to the tick, short ones down: away from loss.
Number exit_tick(Direction direction, const Number& price, const Decimal& price_step);
/// How much nearer to the market the break-even gets with more books: (before - after) / before for a long, mirrored for a short. Negative:
/// worse. For telling; whether it is enough is decided undivided:
Number improvement(Direction direction, const Number& break_even_before, const Number& break_even_after);
struct Improvement {
    bool any{false};     ///< > 0
    bool enough{false};  ///< >= least
};
Improvement compare(const Books& before, const Books::Sums& after, const Decimal& least);

}  // namespace bf::trading
