#include "engine/exit_keeper.hpp"

#include "trading/facts.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;
/// A close that found nobody to trade with goes on no faster than this. A price that runs away under it is followed at this pace; doubles
/// when so many rounds brought nothing: nobody is there.
constexpr milliseconds kNextRound{500};
constexpr int kQuickRounds = 20;
constexpr milliseconds kNextRoundMax{60'000};

Decimal lots_of(const Decimal& quantity, const InstrumentLimits& limits) {
    return limits.quantity_step.is_positive() ? round_to_step(quantity, limits.quantity_step, Rounding::down) : quantity;
}

}  // namespace

void ExitKeeper::rest_at(const Price& price) {
    if (mode_ != Mode::rest || price_ != price.decimal()) pauses_.skip();
    mode_ = Mode::rest;
    price_ = price.decimal();
}

void ExitKeeper::close() {
    if (mode_ != Mode::close) again();
    mode_ = Mode::close;
}

void ExitKeeper::again() {
    pauses_.again();
    empty_rounds_ = 0;
}

void ExitKeeper::no_price_came() {
    price_until_.reset();
    waited_ = true;
}

void ExitKeeper::quote(const std::optional<Price>& best, PriceAge age) {
    best_ = best;
    age_ = age;
    if (age == PriceAge::current) {
        if (waited_) again();
        price_until_.reset();
        waited_ = false;
    }
    // At a price that is as far away as a close may go there are others to trade with.
    const bool moved = best_ && tried_at_ && abs(best_->decimal() - tried_at_->decimal()) > tried_at_->decimal() * terms_.slippage.decimal();
    if (moved && empty_rounds_ > kQuickRounds) again();
}

void ExitKeeper::nothing() { mode_ = Mode::nothing; }

bool ExitKeeper::sellable(const Decimal& price, const Decimal& quantity, const InstrumentLimits& limits) {
    if (!price.is_positive() || !quantity.is_positive() || quantity < limits.min_quantity) return false;
    // Worth more than there are numbers for: no minimum is above that.
    const auto worth = Decimal::product(price, quantity, Rounding::down);
    return !worth || *worth >= limits.min_notional;
}

Decimal ExitKeeper::part_of(const Decimal& quantity, const Decimal& price, const InstrumentLimits& limits) {
    auto most = quantity;
    if (limits.max_quantity.is_positive()) most = std::min(most, limits.max_quantity);
    if (limits.max_notional.is_positive() && price.is_positive())
        if (const auto worth = Decimal::divide(limits.max_notional, price, Decimal::kScaleMax, Rounding::down)) most = std::min(most, *worth);
    if (most == quantity) return quantity;
    most = lots_of(most, limits);
    // What is left must be an order, too.
    if (!sellable(price, quantity - most, limits)) most = lots_of(quantity * Decimal::from_parts(5, 1), limits);
    return sellable(price, most, limits) ? most : quantity;
}

bool ExitKeeper::fits(const InstrumentLimits& limits) const {
    const auto want = wanted();
    return want && sellable(want->price, lots_of(held_, limits), limits);
}

/// What should be at the exchange now, minima aside; nothing when nothing is wanted or a close has no price to go through.
std::optional<ExitKeeper::Wanted> ExitKeeper::wanted() const {
    const bool sells = terms_.side == market::Side::sell;
    const auto& limits = terms_.limits;
    Wanted want;
    want.quantity = lots_of(held_, limits);
    if (mode_ == Mode::rest) {
        // Never for less than was asked.
        want.price = limits.price_step.is_positive() ? round_to_step(price_, limits.price_step, sells ? Rounding::up : Rounding::down) : price_;
    } else if (mode_ == Mode::close && best_) {
        const auto& best = best_->decimal();
        const auto give = best * terms_.slippage.decimal();
        want.price = sells ? best - give : best + give;
        // Within the bound, but through the best price all the same when a step is wider than it.
        if (limits.price_step.is_positive()) want.price = round_to_step(want.price, limits.price_step, sells ? Rounding::up : Rounding::down);
        want.price = sells ? std::min(want.price, best) : std::max(want.price, best);
        want.through = true;
    } else {
        return std::nullopt;
    }
    want.quantity = part_of(want.quantity, want.price, limits);
    return want;
}

void ExitKeeper::act(Now now) {
    // The pause is over even if nothing can be placed now: a moment that has passed must not ask to be looked at for ever.
    const bool pausing = pauses_.holds(now);
    if (price_until_ && *price_until_ <= now.steady) no_price_came();
    const auto want = wanted();
    if (const Order* order = current()) {
        // Its last fills are on their way to whoever keeps the books: what is held is not known before.
        if (order->finished()) return;
        const auto& plan = order->plan();
        const bool rests = plan.time_in_force == market::TimeInForce::gtc;
        // What goes through the book ends by itself. What rests as wanted, stays, be its rest too small to be placed anew; `working` shrinks
        // with its fills as `held` does.
        if (!rests) return;
        // Of more than one order may carry, a part rests until it is gone: its place among others at the price is kept.
        const bool enough = want && (order->working() == want->quantity || (order->working() < want->quantity && want->quantity < lots_of(held_, terms_.limits)));
        const bool fits = want && !want->through && plan.price == want->price && enough;
        // A fill that is told and not booked yet makes the two differ for a moment: then the books are waited for.
        if (fits || order->fills_missing() || order->end()) return;
        if (!order->cancel_wanted()) orders_.cancel(now, *current_);
        return;
    }
    if (!want || !sellable(want->price, want->quantity, terms_.limits) || pausing) return;
    if (want->through && age_ == PriceAge::old) {
        if (!waited_) {
            if (!price_until_) price_until_ = now.steady + microseconds{trading::kPriceAwaited};
            return;
        }
        empty_rounds_ = std::max(empty_rounds_, kQuickRounds);
    }
    place(now, *want);
}

void ExitKeeper::place(Now now, const Wanted& wanted) {
    if (wanted.through) tried_at_ = best_;
    OrderPlan plan;
    plan.connection = terms_.connection;
    plan.symbol = terms_.symbol;
    plan.side = terms_.side;
    plan.type = market::OrderType::limit;
    plan.quantity = wanted.quantity;
    plan.price = wanted.price;
    plan.time_in_force = wanted.through ? market::TimeInForce::ioc : market::TimeInForce::gtc;
    plan.purpose = wanted.through ? Purpose::close : Purpose::exit;
    plan.group = terms_.group;
    plan.leg = wanted.through ? terms_.close_leg : terms_.exit_leg;
    plan.limits = terms_.limits;
    if (terms_.symbol.is_futures()) {
        plan.reduce_only = true;
        plan.margin_mode = terms_.margin_mode;
        plan.position_mode = terms_.position_mode;
        plan.leverage = terms_.leverage;
    }
    current_ = orders_.submit(now, plan);
}

void ExitKeeper::on(Now now, const Observation& observation) {
    if (const auto* accepted = std::get_if<OrderAccepted>(&observation); accepted != nullptr && accepted->order == current_) {
        pauses_.accepted(now);
        refusal_.reset();
    }
    const auto* finished = std::get_if<OrderFinished>(&observation);
    if (finished == nullptr || finished->order != current_) return;
    const Order* order = current();
    current_.reset();
    const bool refused = finished->end == End::refused || finished->end == End::rejected || finished->end == End::denied;
    if (refused && finished->refusal && finished->refusal->exchange_code != "withdrawn") {
        refusal_ = finished->refusal;
        empty_rounds_ = 0;
        return pauses_.refused(now, *finished);
    }
    if (mode_ == Mode::close && finished->filled.is_zero()) return pauses_.wait(now, kNextRound, empty_rounds_++ - kQuickRounds, kNextRoundMax);
    const bool ended_there = finished->end == End::canceled || finished->end == End::expired;
    const bool rested = order != nullptr && order->plan().time_in_force == market::TimeInForce::gtc && !order->cancel_wanted();
    if (rested && ended_there && finished->filled.is_zero()) pauses_.taken_back(now);
}

const Order* ExitKeeper::current() const { return current_ ? orders_.find(*current_) : nullptr; }

ExitKeeper::State ExitKeeper::state() const {
    if (const Order* order = current()) return order->stage() == Stage::unresolved ? State::unresolved : State::working;
    if (mode_ == Mode::nothing) return State::idle;
    const auto want = wanted();
    if (want && !sellable(want->price, want->quantity, terms_.limits)) return State::too_small;
    return State::waiting;
}

bool ExitKeeper::lacks_price() const { return mode_ == Mode::close && (!best_ || age_ == PriceAge::old) && !closed(); }

std::optional<microseconds> ExitKeeper::next_wake() const {
    const auto& retry = pauses_.until();
    if (!retry || !price_until_) return retry ? retry : price_until_;
    return std::min(*retry, *price_until_);
}

bool ExitKeeper::closed() const {
    if (current() != nullptr) return false;
    return held_.is_zero() || state() == State::too_small;
}

}  // namespace bf::engine
