// A candle, step by step. What decides is in trading/; what an order does is in run_orders.cpp.
#include "backtest/run.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

/// A wish to enter at once that was refused by a rule is looked at again so much later.
constexpr milliseconds kWishAgain{std::chrono::hours{1}};
/// More prices than this are not visited inside one candle: there are ten zones, a stop and a liquidation.
constexpr int kVisitsMax = 64;

trading::ConnectionFacts good_connection() {
    trading::ConnectionFacts facts;
    facts.status = trading::ConnectionStatus::connected;
    facts.read = facts.spot_trade = facts.futures_trade = exchange::Ternary::yes;
    facts.withdraw = facts.transfer = exchange::Ternary::no;
    return facts;
}

}  // namespace

Run::Run(const Plan& plan, const Market& market, Detail detail)
    : plan_{plan}, market_{market}, candles_{market.candles}, detail_{detail}, pricing_{plan}, connection_{good_connection()},
      track_{market.candles, plan, market.first, market.last, detail != Detail::totals} {}

void Run::begin() {
    const Instant start = Instant::from_ms(candles_.time[market_.first]);
    const auto before = [&](const RecordedSignal& one) { return one.candle < market_.first || one.signal.time < start; };
    next_signal_ = static_cast<std::size_t>(std::find_if_not(market_.signals.begin(), market_.signals.end(), before) - market_.signals.begin());
    const auto every = plan_.assumptions.funding_every.count();
    next_funding_ = Instant::from_ms((start.ms() / every + 1) * every);
    track_.hold(plan_.equity, Decimal{});
    wish_.strategy = plan_.rules.name;
    wish_.pair = plan_.pair;
    wish_.direction = plan_.rules.protection.allow_long ? trading::Direction::long_side : trading::Direction::short_side;
    wish_.source = trading::SignalSource::generator;
}

Report Run::plain() {
    plain_ = true;
    begin();
    for (std::size_t candle = market_.first; candle < market_.last; ++candle) {
        levels_known_ = false;
        step(candle);
    }
    return finish();
}

Report Run::fast(const CandleIndex& index) {
    plain_ = false;
    index_ = &index;
    begin();
    for (std::size_t candle = market_.first; candle < market_.last;) {
        const std::size_t next = quiet_until(candle, index);
        // On their way while the stretch before it is counted: columns far apart, nothing of which is near.
        if (next < market_.last)
            for (const void* at : {static_cast<const void*>(&candles_.time[next]), static_cast<const void*>(&candles_.open[next]), static_cast<const void*>(&candles_.close[next])})
                __builtin_prefetch(at);
        track_.close(candle, next, index);
        if (next == market_.last) break;
        step(next);
        candle = next + 1;
    }
    return finish();
}

void Run::step(std::size_t candle) {
    at_ = candle;
    ++report_.looked_at;
    opens_ = Instant::from_ms(candles_.time[candle]);
    closes_ = opens_ + candles_.interval;
    exit_moved_ = false;
    closed_ = false;
    open_moment();
    if (group_) adverse_leg();
    if (group_) favourable_leg();
    close_moment();
}

void Run::open_moment() {
    now_ = opens_;
    const std::int32_t open = candles_.open[at_];
    settle_funding();
    if (group_) {
        // Through its target already: it was sold before anything else could happen.
        if (fills_exit(open))
            take_profit();
        else
            look_at(price_of(open));
    }
    if (next_signal_ < market_.signals.size() && market_.signals[next_signal_].signal.time <= opens_) take_signals(true, pricing_.quote(price_of(open), now_));
}

void Run::adverse_leg() {
    in_leg_ = true;
    const bool falls = is_long();
    const Decimal extreme = price_of(falls ? candles_.low[at_] : candles_.high[at_]);
    Decimal from = price_of(candles_.open[at_]);
    for (int visits = 0; group_ && visits < kVisitsMax; ++visits) {
        const auto level = next_level(from);
        if (!level || (falls ? *level < extreme : *level > extreme)) break;
        from = falls ? std::min(from, *level) : std::max(from, *level);
        now_ = std::clamp(std::max(now_, group_->books.last_entry_at() + plan_.rules.protection.cooldown), opens_, closes_);
        look_at(from);
    }
    in_leg_ = false;
}

void Run::favourable_leg() {
    const std::int32_t extreme = is_long() ? candles_.high[at_] : candles_.low[at_];
    const bool only_close = exit_moved_ && plan_.assumptions.fill == FillModel::conservative;
    if (!fills_exit(only_close ? candles_.close[at_] : extreme)) return;
    now_ = closes_;
    take_profit();
}

void Run::close_moment() {
    now_ = closes_;
    closed_ = true;
    if (plain_)
        track_.close(at_);
    else
        track_.close(at_, at_ + 1, *index_);
    const bool signals = next_signal_ < market_.signals.size() && market_.signals[next_signal_].signal.time < closes_;
    const bool wishes = plan_.entries == Entries::immediate && !group_ && now_ >= enter_after_;
    if (!group_ && !signals && !wishes && pending_.empty()) return;
    const auto quote = pricing_.quote(price_of(candles_.close[at_]), now_);
    if (group_ && !recovery_is_quiet()) watch_recovery();
    if (group_) look_at(quote.mark);
    now_ = closes_;
    retry_pending(quote);
    if (signals) take_signals(false, quote);
    enter_at_once(quote);
}

/// What live does at every price: what must close closes, a zone the price came into is asked for.
void Run::look_at(const Decimal& price) {
    const auto quote = pricing_.quote(price, now_);
    if (is_liquidated(quote.mark)) return liquidate();
    const auto& rules = plan_.rules;
    const auto& trigger = trading::trigger_price(rules.market, quote, group_->direction());
    if (const auto forced = trading::forced_close(*group_, rules.protection, trigger, plan_.instrument))
        return close(quote, *forced == trading::Code::hard_stop ? "hard_stop" : "liquidation_guard");
    const auto zone = zones_.to_ask(rules.protection, quote, zone_asked_);
    if (!zone) return;
    zone_asked_ = *zone;
    bounds_known_ = false;
    auto signal = trading::zone_signal(rules.name, plan_.pair, group_->direction(), now_);
    if (!decide(signal, "zone", false, false, quote)) pending_.push_back({std::move(signal), "zone", false});
}

void Run::settle_funding() {
    if (plan_.rules.market != market::Market::futures) return;
    const auto pay = [this](Instant at, const Decimal& rate) {
        if (!group_ || rate.is_zero() || group_->books.first_at() >= at) return;
        const Decimal mark = price_of(candles_.open[at_]);
        const auto value = trading::multiply_up(trading::multiply_up(group_->books.held(), mark), rate).value();
        const Decimal received = is_long() ? -value : value;
        if (!group_->books.add_funding(received)) return;
        facts_.funding += received;
        report_.funding += received;
        regroup(pricing_.quote(mark, now_));
    };
    const auto& recorded = plan_.assumptions.funding;
    for (; next_rate_ < recorded.size() && recorded[next_rate_].at <= opens_; ++next_rate_) pay(recorded[next_rate_].at, recorded[next_rate_].rate);
    const auto every = plan_.assumptions.funding_every;
    if (!recorded.empty() || plan_.assumptions.funding_rate.is_zero()) return;
    if (!group_ && next_funding_ <= opens_) next_funding_ = Instant::from_ms((opens_.ms() / every.count() + 1) * every.count());
    for (; next_funding_ <= opens_; next_funding_ = next_funding_ + every) pay(next_funding_, plan_.assumptions.funding_rate);
}

void Run::take_signals(bool at_open, const trading::Quote& quote) {
    for (; next_signal_ < market_.signals.size(); ++next_signal_) {
        const auto& recorded = market_.signals[next_signal_];
        const Instant time = recorded.signal.time;
        if (at_open ? time > opens_ : time >= closes_) return;
        trading::Signal signal = recorded.signal;
        // When inside the candle it came isn't lost time: what the price was then can't be told before the close.
        if (!at_open && time > opens_) signal.time = now_;
        const auto source = trading::to_string(signal.source);
        if (!decide(signal, source, recorded.seen_before, false, quote)) pending_.push_back({std::move(signal), source, recorded.seen_before});
    }
}

void Run::retry_pending(const trading::Quote& quote) {
    for (std::size_t i = 0; i < pending_.size();) {
        if (decide(pending_[i].signal, pending_[i].source, pending_[i].seen_before, true, quote))
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
}

void Run::enter_at_once(const trading::Quote& quote) {
    if (plan_.entries != Entries::immediate || group_ || !pending_.empty() || now_ < enter_after_) return;
    wish_.time = now_;
    judge(wish_, false, quote);
    const bool opened = decision_.outcome == trading::Outcome::opened;
    // One wish that lasts: it is told when its answer changes.
    if (opened || decision_.primary != enter_told_) note(wish_, "immediate", quote);
    enter_told_ = decision_.primary;
    if (opened) return act(wish_, quote);
    if (decision_.primary == trading::Code::pair_cooldown && closed_at_)
        enter_after_ = *closed_at_ + plan_.rules.protection.pair_cooldown;
    else if (decision_.outcome == trading::Outcome::blocked)
        enter_after_ = now_ + kWishAgain;
}

bool Run::uncertain(std::size_t candle, trading::Direction direction) const {
    if (market_.trends == nullptr) return false;
    const auto& spans = market_.trends->uncertain_for(direction);
    const auto after = std::upper_bound(spans.begin(), spans.end(), candle, [](std::size_t at, const auto& span) { return at < span.from; });
    return after != spans.begin() && candle < (after - 1)->to;
}

trading::RecoveryInput Run::recovery_input(const trading::Quote& quote, Instant now, bool uncertain) const {
    return trading::recovery_input(*group_, plan_.rules, quote, plan_.rules.fees.taker, track_.worth_at(quote.mark), worsening_.in_row(now), uncertain, now);
}

/// Twice a candle: a trigger that did not hold at the better extreme did not hold all the time.
void Run::watch_recovery() {
    const bool uncertain_now = uncertain(at_, group_->direction());
    const std::int32_t better = is_long() ? candles_.high[at_] : candles_.low[at_];
    const Instant earlier = std::max(opens_, group_->books.last_entry_at());
    for (const auto& [ticks, at] : {std::pair{better, earlier}, std::pair{candles_.close[at_], closes_}}) {
        const auto quote = pricing_.quote(price_of(ticks), at);
        const auto outcome = watch_.evaluate(recovery_input(quote, at, uncertain_now));
        now_ = at;
        if (outcome.step == trading::RecoveryStep::enter && group_->state == trading::GroupState::active)
            enter_recovery(outcome.trigger.value_or(trading::Trigger::user), quote);
        else if (outcome.step == trading::RecoveryStep::release && group_->state == trading::GroupState::recovery)
            leave_recovery(outcome.figures, quote);
        if (!group_) return;
    }
}

void Run::enter_recovery(trading::Trigger trigger, const trading::Quote& quote) {
    group_->state = trading::GroupState::recovery;
    group_->recovery_since = now_;
    if (!facts_.recovery_since) {
        ++report_.recovery_groups;
        facts_.recovery_since = now_;
        facts_.recovery_trigger = trading::to_string(trigger);
    }
    regroup(quote);
}

void Run::leave_recovery(const trading::TriggerFigures& figures, const trading::Quote& quote) {
    watch_.released(figures);
    facts_.in_recovery += now_ - *group_->recovery_since;
    group_->state = trading::GroupState::active;
    group_->recovery_since.reset();
    regroup(quote);
}

Report Run::finish() {
    auto& out = report_;
    const std::size_t last = market_.last - 1;
    now_ = Instant::from_ms(candles_.time[last]) + candles_.interval;
    out.interval = candles_.interval;
    out.from = Instant::from_ms(candles_.time[market_.first]);
    out.to = now_;
    out.candles = market_.last - market_.first;
    out.first_price = price_of(candles_.open[market_.first]);
    const auto slots = (candles_.time[last] - candles_.time[market_.first]) / candles_.interval.count() + 1;
    out.gaps = static_cast<std::size_t>(slots) - out.candles;
    out.start_equity = plan_.equity;
    if (group_) {
        const auto quote = pricing_.quote(price_of(candles_.close[last]), now_);
        out.open_profit = group_->books.unrealised(trading::exit_price(quote, group_->direction()), plan_.rules.fees.taker).value();
        out.fees += group_->books.fees_paid();
        facts_.profit = out.open_profit;
        conclude_group();
    }
    out.realised = realised_;
    out.net_profit = realised_ + out.open_profit;
    out.final_equity = plan_.equity + out.net_profit;
    track_.finish(now_, out.final_equity);
    out.max_drawdown = track_.deepest_fall();
    if (track_.fell_from().is_positive()) out.max_drawdown_share = trading::divide_down(out.max_drawdown, track_.fell_from()).value();
    out.equity = track_.take_curve();
    return std::move(report_);
}

}  // namespace bf::backtest
