// Which candles need not be looked at: those in which the price stays away from everything the strategy waits for. A bound may be too near,
// then a candle is looked at for nothing; it may never be too far.
#include "backtest/run_inside.hpp"

#include <algorithm>
#include <limits>

namespace bf::backtest {

using trading::Number;

namespace {

const Decimal kHalf = Decimal::from_parts(5, 1);

}  // namespace

std::size_t Run::next_time(std::size_t candle) const {
    std::size_t next = market_.last;
    if (next_signal_ < market_.signals.size()) next = std::min(next, market_.signals[next_signal_].candle);
    if (!group_) {
        if (plan_.entries != Entries::immediate) return std::max(next, candle);
        if (enter_after_ <= Instant::from_ms(candles_.time[candle]) + candles_.interval) return candle;
        return std::max(std::min(next, candle_of(candles_, enter_after_ - milliseconds{1}, candle)), candle);
    }
    if (plan_.rules.market == market::Market::futures) {
        const auto& recorded = plan_.assumptions.funding;
        if (next_rate_ < recorded.size())
            next = std::min(next, candle_of(candles_, recorded[next_rate_].at, candle));
        else if (recorded.empty() && !plan_.assumptions.funding_rate.is_zero())
            next = std::min(next, candle_of(candles_, std::max(next_funding_, Instant::from_ms(candles_.time[candle])), candle));
    }
    return std::max(next, candle);
}

/// Prices may lie between the instrument's steps: everything short of the next step towards the market counts as there.
void Run::bound_adverse(const Decimal& level) {
    const Decimal& step = plan_.instrument.price_step;
    if (is_long())
        bounds_.low = std::max(bounds_.low, to_ticks(level + step, Rounding::up) - 1);
    else
        bounds_.high = std::min(bounds_.high, to_ticks(std::max(level - step, Decimal{}), Rounding::down) + 1);
}

void Run::bound_favourable(std::int32_t ticks) {
    if (is_long())
        bounds_.high = std::min(bounds_.high, ticks);
    else
        bounds_.low = std::max(bounds_.low, ticks);
}

void Run::bound_recovery(const trading::Quote& quote, Instant now) {
    const auto& protection = plan_.rules.protection;
    const auto limits = trading::thresholds(protection, group_->shape);
    const auto from = [&](const Number& average, const Number& share) {
        return is_long() ? average * (Number{1} - share) : trading::multiply_up(average, Number{1} + share);
    };
    const auto nearer = [&](const Number& a, const Number& b) { return is_long() ? trading::larger(a, b) : trading::smaller(a, b); };
    if (group_->state == trading::GroupState::recovery) {
        // Calm is possible only this side of half the way.
        if (protection.recovery.auto_release) {
            const auto half = from(group_->books.average(), Number{limits.adverse_move} * kHalf).decimal().value_or(quote.mark);
            bound_favourable(is_long() ? to_ticks(half, Rounding::down) : to_ticks(half, Rounding::up));
        }
        return;
    }
    if (!protection.recovery.enabled) return;
    const auto input = recovery_input(quote, now, false);
    // What share of the equity the limit is goes with the price; it only ever falls on the adverse way.
    const trading::TriggerLook look{input, true};
    const auto& figures = look.always();
    const auto away = [&](const Number& share) { return from(look.average(), share); };
    const auto holds = [&](bool uncertain) {
        return [this, &look, now, uncertain](const Decimal& price) {
            const auto at = pricing_.quote(price, now);
            const auto limit = trading::group_limit(plan_.rules.protection, trading::equity_basis(track_.worth_at(at.mark), &*group_));
            return look.held_under(limit, trading::trigger_price(plan_.rules.market, at, group_->direction()), trading::entry_price(at, group_->direction()), uncertain) != 0;
        };
    };
    const Number far = pricing_.price_for_entry(zones_.edge(group_->shape.add_ons + 1), group_->direction());
    const bool used_up = limits.add_ons > 0 && figures.used_add_ons >= limits.add_ons;
    const bool full = figures.load >= limits.margin_share;
    Number guess = nearer(away(limits.adverse_move), far);
    if (used_up || full) guess = nearer(guess, group_->books.break_even(plan_.rules.fees.taker));
    if (const auto level = bound_where(guess, holds(false))) bound_adverse(*level);
    bounds_.when_uncertain = market_.trends != nullptr && !market_.trends->uncertain_for(group_->direction()).empty();
    if (!bounds_.when_uncertain) return;
    const auto half = bound_where(nearer(guess, away(Number{limits.adverse_move} * kHalf)), holds(true));
    const Decimal& step = plan_.instrument.price_step;
    bounds_.when_uncertain = half.has_value();
    if (half) bounds_.uncertain = is_long() ? to_ticks(*half + step, Rounding::up) - 1 : to_ticks(std::max(*half - step, Decimal{}), Rounding::down) + 1;
}

void Run::find_bounds(std::size_t candle) {
    const Decimal last = price_of(candles_.close[candle - 1]);
    const Instant now = Instant::from_ms(candles_.time[candle - 1]) + candles_.interval;
    // Zones that are used bound nothing: among them the price comes and goes.
    const int zone = plan_.rules.protection.trigger == trading::AddOnTrigger::zone_only ? std::max(zone_at(last), group_->deepest_zone) : 0;
    if (bounds_known_ && bounds_.zone == zone) return;
    bounds_ = {};
    bounds_.zone = zone;
    bounds_known_ = true;
    const auto quote = pricing_.quote(last, now);
    bound_favourable(exit_tick_);
    if (const auto level = next_level(last)) bound_adverse(*level);
    // On its way back the price may come into zones it has jumped over.
    if (zone > group_->deepest_zone + 1)
        if (const auto edge = zones_.edge(zone).decimal()) {
            const auto price = pricing_.price_for_entry(*edge, group_->direction()).decimal().value_or(*edge);
            const Decimal& step = plan_.instrument.price_step;
            bound_favourable(is_long() ? to_ticks(std::max(price - step, Decimal{}), Rounding::down) : to_ticks(price + step, Rounding::up));
        }
    bound_recovery(quote, now);
}

std::size_t Run::next_uncertain(std::size_t from, std::size_t to, const CandleIndex& index) {
    const auto& spans = market_.trends->uncertain_for(group_->direction());
    auto span = std::upper_bound(spans.begin(), spans.end(), from, [](std::size_t at, const auto& one) { return at < one.to; });
    while (span != spans.end()) {
        from = std::max(from, span->from);
        if (from >= to) return to;
        const std::size_t hit = is_long() ? index.next(from, to, bounds_.uncertain, kNoHigh) : index.next(from, to, kNoLow, bounds_.uncertain);
        if (hit >= to) return to;
        if (hit < span->to) return hit;
        span = std::upper_bound(span, spans.end(), hit, [](std::size_t at, const auto& one) { return at < one.to; });
        from = hit;
    }
    return to;
}

/// No trigger holds at this candle's close, and none is remembered: evaluating would change nothing.
bool Run::recovery_is_quiet() {
    if (plain_ || group_->state != trading::GroupState::active || !watch_.at_rest()) return false;
    if (!plan_.rules.protection.recovery.enabled) return true;
    find_bounds(at_ + 1);
    const std::int32_t close = candles_.close[at_];
    const auto within = [&](std::int32_t low, std::int32_t high) { return is_long() ? close > low : close < high; };
    if (!within(bounds_.low, bounds_.high)) return false;
    return !bounds_.when_uncertain || within(bounds_.uncertain, bounds_.uncertain) || !uncertain(at_, group_->direction());
}

std::size_t Run::quiet_until(std::size_t candle, const CandleIndex& index) {
    // The first candle is where everything begins.
    if (!pending_.empty() || candle == market_.first) return candle;
    const std::size_t until = next_time(candle);
    if (!group_ || until == candle) return until;
    const bool watches = group_->state == trading::GroupState::active && plan_.rules.protection.recovery.enabled;
    const bool may_leave = group_->state == trading::GroupState::recovery && plan_.rules.protection.recovery.auto_release;
    if ((watches && !watch_.at_rest()) || (may_leave && watch_.calms())) return candle;
    find_bounds(candle);
    // Most of the time the price is in no zone that is still free, and the question need not be put.
    const Decimal last = price_of(candles_.close[candle - 1]);
    if (plan_.rules.protection.trigger == trading::AddOnTrigger::zone_only && zone_at(last) > group_->deepest_zone &&
        zones_.to_ask(plan_.rules.protection, pricing_.quote(last, now_), zone_asked_))
        return candle;
    std::size_t next = index.next(candle, until, bounds_.low, bounds_.high);
    if (bounds_.when_uncertain && next > candle) next = next_uncertain(candle, next, index);
    return next;
}

}  // namespace bf::backtest
