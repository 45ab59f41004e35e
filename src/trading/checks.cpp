// Stages 3 and 4: where the price and the group stand, what the order would be, and whether limits, balance and liquidation allow it.
#include "trading/checks.hpp"

#include "trading/exits.hpp"
#include "trading/liquidation.hpp"
#include "trading/trend.hpp"

namespace bf::trading {
namespace {

const Decimal kBalanceMargin = Decimal::from_parts(1005, 3);  // 0.5 % above what is needed
const Decimal kRecoveryDepth = Decimal::from_parts(15, 1);    // zone steps below the deepest fill

Number in_percent(const Number& factor) { return factor * 100; }
Figure zone_figure(Zone zone) { return zone.past() ? Figure{"past"} : zone.in_zone() ? Figure{zone.number} : Figure{"none"}; }

}  // namespace

// ---- stage 3

void Checks::market() {
    const Quote& quote = route_->quote;
    const bool priced = quote.bid.is_positive() && quote.bid <= quote.ask && quote.mark.is_positive();
    // An instrument without steps is one whose rules are not known: nothing can be rounded, so nothing is sent.
    const bool stepped = route_->instrument.price_step.is_positive() && route_->instrument.quantity_step.is_positive();
    usable_ = priced && stepped && !in_.rules.invalid;
    check(Code::instrument_halted, route_->instrument.tradable && stepped);
    this->quote(priced);
    other_groups();
    if (group_ != nullptr && told()) out_.before = figures_of(in_.rules, *group_, *route_);
    if (closes_opposite_) return;
    make_plan();
    if (group_ == nullptr || !usable_ || group_->books.empty()) return;
    if (group_->state == GroupState::recovery)
        gate();
    else
        zones();
}

void Checks::quote(bool priced) {
    const Quote& quote = route_->quote;
    const milliseconds age = in_.now - quote.confirmed_at;
    if (age > kPriceAge || !priced)
        unknown(Code::price_stale, Stop::wait, seconds_begun(age), whole_seconds(kPriceAge));
    else
        check(Code::price_stale, true, seconds_begun(age), whole_seconds(kPriceAge));
    if (!usable_) return;
    // Of the price that would be paid; undivided, so that a spread of exactly the limit passes.
    const Decimal& best = entry_price(quote, in_.signal.direction);
    const Number spread = Number{quote.ask} - quote.bid;
    const Number most = protection().max_spread, slip = protection().max_slippage;
    const bool slips = quote.expected_slippage && Number{*quote.expected_slippage} > slip;
    const bool passed = spread <= most * best && !slips;
    if (!told()) return check(Code::spread_too_wide, passed);
    const Number worst = slips ? Number{*quote.expected_slippage} : divide_up(spread, best);
    check(Code::spread_too_wide, passed, in_percent(worst), in_percent(slips ? slip : most));
}

void Checks::other_groups() {
    check(Code::group_of_other_strategy, group_ == nullptr || !group_->of_other_strategy);
    if (in_.signal.kind == SignalKind::add) check_at(3, Code::no_open_group, group_ != nullptr);
    if (opposite_ != nullptr) {
        const Number result = opposite_->books.unrealised(trigger_price(in_.rules.market, route_->quote, opposite_->direction()), route_->fees.taker);
        const bool ours = !opposite_->of_other_strategy;
        closes_opposite_ = usable_ && ours && protection().on_opposite == OnOpposite::close_if_profit && result >= 0;
        check(Code::opposite_group_open, closes_opposite_, result, 0);
    } else {
        check(Code::opposite_group_open, true);
    }
    const Group* busy = closes_opposite_ ? opposite_ : group_;
    if (busy == nullptr) {
        check(Code::order_in_flight, true);
        return check(Code::group_desync, true);
    }
    // An open group that holds nothing waits for its first fill, or for what becomes of its last.
    if (busy->order_in_flight || busy->books.empty() || busy->state == GroupState::opening || busy->state == GroupState::closing)
        unknown(Code::order_in_flight, Stop::wait, to_string(busy->state));
    else
        check(Code::order_in_flight, true, to_string(busy->state));
    if (busy->state == GroupState::desync)
        unknown(Code::group_desync, Stop::wait, to_string(busy->state));
    else
        check(Code::group_desync, true, to_string(busy->state));
}

void Checks::zones() {
    check(Code::addon_off, protection().trigger != AddOnTrigger::off);
    // The price that would be paid against where the next zone begins.
    const Zone zone = out_.zone;
    const Decimal& best = entry_price(route_->quote, group_->direction());
    const int next = size_index(*group_, Zone{});
    if (!zone.in_zone() || told()) check(Code::addon_out_of_zone, zone.in_zone(), best, zone.past() ? Figure{far_edge(*group_)} : Figure{zone_edge(*group_, std::max(next, 1))});
    if (zone.in_zone()) check(Code::addon_zone_used, zone.number > group_->deepest_zone, zone_figure(zone), group_->deepest_zone);
    check(Code::group_already_open, in_.signal.kind != SignalKind::entry || protection().on_entry_signal);
}

void Checks::gate() {
    // Listed first, failed at the end if anything of the gate or after it blocks.
    gate_at_ = out_.verdicts().size();
    put(push(Code::group_in_recovery, stage_of(Code::group_in_recovery), true).actual, to_string(group_->state));
    const auto& recovery = protection().recovery;
    const bool manual = in_.signal.source == SignalSource::manual;
    const bool allowed = recovery.add_ons == RecoveryAddOns::signal || (recovery.add_ons == RecoveryAddOns::manual && manual);
    check(Code::recovery_addon_off, allowed);
    check(Code::recovery_addon_limit, group_->recovery_add_ons < recovery.budget, group_->recovery_add_ons, recovery.budget);
    const Number away = Number{group_->shape.step} * kRecoveryDepth;
    const Decimal& best = entry_price(route_->quote, group_->direction());
    const bool is_long = group_->books.is_long();
    const Number threshold = Number{group_->books.deepest_price()} * (is_long ? Number{1} - away : Number{1} + away);
    check(Code::recovery_out_of_zone, is_long ? Number{best} <= threshold : Number{best} >= threshold, best, threshold);
    improvement(recovery.min_improvement);
    cooldown(recovery.cooldown);
    if (in_.last_candle) check(Code::market_falling, !is_against(*in_.last_candle, group_->direction()), in_.last_candle->close, in_.last_candle->open);
}

// ---- the order

void Checks::make_plan() {
    if (!usable_ || (group_ == nullptr && in_.signal.kind == SignalKind::add) || (group_ != nullptr && group_->books.empty())) return;
    const auto direction = in_.signal.direction;
    const Decimal& best = entry_price(route_->quote, direction);
    plan_.there = true;
    plan_.recovery = group_ != nullptr && group_->state == GroupState::recovery;
    plan_.leverage = shape().leverage;
    plan_.equity = equity_basis(route_->account.equity, group_);
    plan_.group_limit = group_limit(protection(), plan_.equity);
    plan_.limit_price = entry_limit(route_->quote, direction, protection().max_slippage, route_->instrument.price_step);
    if (group_ != nullptr) out_.zone = out_.before ? out_.before->zone : zone_of(*group_, best);
    plan_size();
    if (plan_.recovery) plan_recovery_size();
    if (protection().allow_shrink) shrink_to_balance();
    plan_.notional = plan_.quantity * best;
    plan_.margin = margin_needed(in_.rules.market, plan_.quantity * plan_.limit_price, plan_.leverage, route_->fees.taker);
    out_.order_size = plan_.size.known() ? plan_.size.value() : Decimal{};
    out_.order_margin = plan_.margin;
    if (!(plan_.quantity > 0)) return;
    plan_.fee = multiply_up(plan_.notional, route_->fees.taker);
    if (!plan_.fee.known()) return;
    if (group_ != nullptr)
        group_->books.add_entry(plan_.after, best, plan_.quantity, plan_.fee);
    else
        empty_books().add_entry(plan_.after, best, plan_.quantity, plan_.fee);
    plan_.after_known = plan_.after.known();
}

Books Checks::empty_books() const { return {in_.signal.direction, spot() ? route_->instrument.quantity_step : Decimal{}}; }

Books Checks::books_after() const {
    Books books = group_ != nullptr ? group_->books : empty_books();
    const Decimal fee = plan_.fee.value();
    BF_ASSERT(books.add({.price = entry_price(route_->quote, in_.signal.direction), .quantity = plan_.quantity.value(), .fee = {FeeAsset::quote, fee, fee}, .at = in_.now})
                  .has_value());
    return books;
}

void Checks::plan_size() {
    const Decimal& best = entry_price(route_->quote, in_.signal.direction);
    if (group_ == nullptr)
        plan_.size = base_order(in_.rules, route_->fees.taker, plan_.equity);
    else
        plan_.size = Number{group_->base_order} * shape().size[static_cast<std::size_t>(plan_.recovery ? shape().add_ons : size_index(*group_, out_.zone))];
    plan_.quantity = quantity_for(plan_.size, plan_.leverage, best, route_->instrument.quantity_step);
}

/// min(size(K), what the group limit leaves, divided among the recovery add-ons that are left).
void Checks::plan_recovery_size() {
    const auto& limit = plan_.group_limit;
    const int left = protection().recovery.budget - group_->recovery_add_ons;
    if (!limit || left <= 0) return;
    const Number room = *limit - margin_used(in_.rules.market, *group_, route_->fees.taker);
    const Number of_one = margin_needed(in_.rules.market, plan_.limit_price, plan_.leverage, route_->fees.taker);
    const Number most = to_step(larger(divide_down(room, of_one * left), 0), route_->instrument.quantity_step, Rounding::down);
    plan_.quantity = smaller(plan_.quantity, most);
}

void Checks::shrink_to_balance() {
    const Number of_one = margin_needed(in_.rules.market, plan_.limit_price, plan_.leverage, route_->fees.taker);
    Number spendable = divide_down(route_->account.free, kBalanceMargin);
    if (group_ == nullptr) spendable = smaller(spendable, Number{route_->account.free} - route_->account.reserved);
    const Number most = to_step(larger(divide_down(spendable, of_one), 0), route_->instrument.quantity_step, Rounding::down);
    plan_.quantity = smaller(plan_.quantity, most);
}

/// The lowest price at which the plan may have to sell what the order bought (of a short: buy back, which is at its take-profit).
Number Checks::lowest_exit() const {
    const Decimal& best = entry_price(route_->quote, in_.signal.direction);
    if (in_.signal.direction == Direction::short_side) return books_after().take_profit(route_->fees.taker, shape().target);
    if (protection().hard_stop) return plan_.after.average() * (Number{1} - *protection().hard_stop);
    const Number far = group_ != nullptr ? far_edge(*group_) : zone_edge(shape(), in_.signal.direction, best, shape().add_ons + 1);
    return smaller(far, best);
}

// ---- stage 4

void Checks::risk() {
    if (closes_opposite_) return;
    const bool is_long = in_.signal.direction == Direction::long_side;
    check(Code::direction_not_allowed, is_long ? protection().allow_long : protection().allow_short, market::to_string(in_.signal.direction));
    check(Code::short_not_supported, is_long || !spot());
    check(Code::brake_active, !route_->account.brake);
    if (!plan_.there) return;
    if (group_ == nullptr) {
        opening();
    } else if (!plan_.recovery) {
        check(Code::addon_limit_reached, group_->add_ons < protection().add_ons_max, group_->add_ons, protection().add_ons_max);
        cooldown(protection().cooldown);
        improvement(protection().min_improvement);
    }
    order_limits();
    margins();
    if (!spot()) futures();
    use();
}

/// As the signer will: at the dearer of the order's own price and the price of the moment, rounded against the order.
void Checks::use() {
    const auto& bounds = route_->use;
    if (bounds && !bounds->known) return unknown(Code::policy_denied, Stop::none);
    if (!bounds) return check(Code::policy_denied, true);
    const auto denied = [this](UseRule rule, const Figure& actual, const Figure& limit) {
        Verdict& verdict = push(Code::policy_denied, stage_of(Code::policy_denied), false);
        put(verdict.actual, actual);
        put(verdict.limit, limit);
        verdict.rule = rule;
    };
    if (bounds->closed != UseRule::none) return denied(bounds->closed, std::string_view{in_.signal.pair}, Figure{});
    if (!spot() && plan_.leverage > bounds->leverage) return denied(UseRule::leverage, plan_.leverage, bounds->leverage);
    const Number now = (Number{route_->quote.bid} + route_->quote.ask) * Decimal::from_parts(5, 1);
    const Number value = multiply_up(plan_.quantity, larger(plan_.limit_price, now));
    if (!(value <= bounds->value)) return denied(UseRule::value, value, bounds->value);
    if (bounds->left && !(value <= bounds->left->value)) return denied(bounds->left->of, value, bounds->left->value);
    const bool buys = in_.signal.direction == Direction::long_side;
    const Number bound = buys ? now * (Number{1} + bounds->price_band) : multiply_up(now, Number{1} - bounds->price_band);
    if (!(buys ? plan_.limit_price <= bound : plan_.limit_price >= bound)) return denied(UseRule::price, plan_.limit_price, bound);
    check(Code::policy_denied, true, value, bounds->value);
}

void Checks::improvement(const Decimal& least) {
    if (!plan_.after_known || group_->books.empty()) return;
    const auto compared = compare(group_->books, plan_.after, least);
    out_.worsens = !compared.any;
    if (compared.any && compared.enough && !told()) return;
    Figure better;
    if (told()) {
        const Decimal& fee = route_->fees.taker;
        const Number now = out_.before ? out_.before->break_even : group_->books.break_even(fee);
        better = in_percent(trading::improvement(group_->direction(), now, books_after().break_even(fee)));
    }
    check(Code::addon_worsens_average, compared.any, better, 0);
    if (compared.any) check(Code::addon_improvement_too_small, compared.enough, better, in_percent(least));
}

void Checks::cooldown(seconds least) {
    const milliseconds since = in_.now - group_->books.last_entry_at();
    check(Code::addon_cooldown, since >= least, whole_seconds(since), whole_seconds(least));
}

void Checks::opening() {
    check(Code::too_many_groups, route_->account.open_groups < protection().max_open_groups, route_->account.open_groups, protection().max_open_groups);
    const seconds least = protection().pair_cooldown;
    if (!route_->last_group_closed_at) return check(Code::pair_cooldown, true, {}, whole_seconds(least));
    const milliseconds since = in_.now - *route_->last_group_closed_at;
    check(Code::pair_cooldown, since >= least, whole_seconds(since), whole_seconds(least));
}

void Checks::order_limits() {
    const auto& rules = route_->instrument;
    const Number& quantity = plan_.quantity;
    if (quantity.known()) {
        const Number sold = quantity * (Number{1} - route_->fees.taker) * (plan_.after_known ? lowest_exit() : Number::out_of_range());
        const bool enough = quantity > 0 && quantity >= rules.min_quantity;
        const bool bought = plan_.notional >= rules.min_notional || !plan_.notional.known();
        const bool sellable = !plan_.after_known || sold >= rules.min_notional || !sold.known();
        if (!enough)
            check(Code::order_below_minimum, false, quantity, rules.min_quantity);
        else
            check(Code::order_below_minimum, bought && sellable, bought && !sellable ? sold : plan_.notional, rules.min_notional);
    }
    PositionSize whole{plan_.notional, quantity};
    if (!spot() && group_ != nullptr) whole = {plan_.notional + group_->books.notional(), quantity + group_->books.held()};
    const auto& tiers = rules.risk_tiers;
    if (rules.max_quantity && !(quantity <= *rules.max_quantity)) return check(Code::order_above_maximum, false, quantity, *rules.max_quantity);
    if (rules.max_notional && !(plan_.notional <= *rules.max_notional)) return check(Code::order_above_maximum, false, plan_.notional, *rules.max_notional);
    if (!spot() && !tiers.empty() && !(whole.in(tiers.back()) <= tiers.back().up_to))
        return check(Code::order_above_maximum, false, whole.in(tiers.back()), tiers.back().up_to);
    // What has more digits than an amount can have is more than any exchange takes.
    const bool countable = plan_.notional.known() && plan_.margin.known() && plan_.limit_price > 0 && (plan_.after_known || quantity <= 0);
    check(Code::order_above_maximum, countable, plan_.notional);
}

void Checks::margins() {
    const auto& account = route_->account;
    const auto& need = plan_.margin;
    const auto limited = [this](Code code, const Number& used, const std::optional<Number>& limit) {
        const bool passed = !limit || used <= *limit;
        if (!passed || told()) check(code, passed, used, limit ? Figure{*limit} : Figure{});
    };
    const Number used = group_ != nullptr ? margin_used(in_.rules.market, *group_, route_->fees.taker) : Number{};
    auto of_group = plan_.group_limit;
    if (of_group && !plan_.recovery) of_group = *of_group * (Number{1} - protection().recovery_reserve);
    limited(Code::margin_group_exceeded, used + need, of_group);
    const auto& strategy = protection().strategy_limit;
    if (strategy || told()) limited(Code::margin_strategy_exceeded, Number{account.strategy_used} + need, strategy ? std::optional{Number{*strategy}} : std::nullopt);
    limited(Code::margin_total_exceeded, Number{account.used} + need, connection_limit(protection(), plan_.equity));
    if (group_ == nullptr) capital();
    const Number needed = multiply_up(need, kBalanceMargin);
    check(Code::balance_insufficient, Number{account.free} >= needed, account.free, needed);
}

void Checks::capital() {
    const auto& account = route_->account;
    const auto& limit = plan_.group_limit;
    const auto total = connection_limit(protection(), plan_.equity);
    const Number ladder = rungs_cost(in_.rules.market, shape(), plan_.size, route_->fees.taker, 0) + (limit ? *limit * protection().recovery_reserve : Number{});
    const Number committed = Number{account.used} + account.reserved + ladder;
    if (total && !(committed <= *total)) return check(Code::capital_reserved, false, committed, *total);
    const Number unreserved = Number{account.free} - account.reserved;
    if (!(unreserved >= plan_.margin)) return check(Code::capital_reserved, false, plan_.margin, unreserved);
    check(Code::capital_reserved, true, committed, total ? Figure{*total} : Figure{});
}

void Checks::futures() {
    const auto& set = route_->leverage;
    const auto size = plan_.after_known ? PositionSize::of(plan_.after.notional, plan_.after.sellable, route_->quote.mark) : PositionSize{};
    const auto* tier = plan_.after_known ? tier_of(route_->instrument.risk_tiers, size) : nullptr;
    // A larger position may have less leverage than the symbol.
    auto most = route_->instrument.max_leverage;
    if (tier != nullptr && tier->max_leverage && (!most || *tier->max_leverage < *most)) most = tier->max_leverage;
    const bool as_set = !set || (set->leverage == plan_.leverage && set->margin_mode == market::MarginMode::isolated && set->position_mode == market::PositionMode::one_way);
    const bool possible = !most || plan_.leverage <= *most;
    if (possible && set && set->refused != nullptr)
        check(Code::leverage_mismatch, false, set->refused, plan_.leverage);
    else if (!as_set && set->leverage == plan_.leverage)
        check(Code::leverage_mismatch, false, set->margin_mode == market::MarginMode::isolated ? market::to_string(set->position_mode) : market::to_string(set->margin_mode),
              set->margin_mode == market::MarginMode::isolated ? market::to_string(market::PositionMode::one_way) : market::to_string(market::MarginMode::isolated));
    else
        check(Code::leverage_mismatch, as_set && possible, !possible ? *most : set ? set->leverage : plan_.leverage, plan_.leverage);
    const Number least = in_percent(protection().min_liquidation_distance);
    if (tier == nullptr) return unknown(Code::liquidation_too_close, route_->tiers_required ? Stop::wait : Stop::none, {}, least);
    Number margin = divide_down(plan_.after.notional, plan_.leverage);
    // More than planned if a person added to it, less if they took from it or funding did.
    if (group_ != nullptr && group_->exchange_margin) margin = Number{*group_->exchange_margin} + divide_down(plan_.notional, plan_.leverage);
    const auto direction = in_.signal.direction;
    const Number average = plan_.after.average();
    const Number liquidation = liquidation_price({direction, average, plan_.after.sellable, margin}, tier->maintenance_rate, route_->fees.taker);
    const Number distance = liquidation_distance(direction, with_buffer(direction, liquidation, average), route_->quote.mark);
    check(Code::liquidation_too_close, distance >= protection().min_liquidation_distance, in_percent(distance), least);
}

// ---- the outcome

void Checks::conclude_entry() {
    if (gate_at_ && failed_with(Stop::block, *gate_at_)) out_.fail_at(*gate_at_);
    if (conclude_failure()) return;
    if (closes_opposite_) {
        out_.closes_opposite = true;
        if (told()) out_.before = figures_of(in_.rules, *opposite_, *route_);
        return close(*opposite_);
    }
    fill_order();
}

void Checks::fill_order() {
    // Every figure below went through a check that fails when it is out of range.
    const bool is_long = in_.signal.direction == Direction::long_side;
    out_.outcome = group_ != nullptr ? Outcome::added : Outcome::opened;
    out_.order = OrderPlan{is_long ? market::Side::buy : market::Side::sell, market::OrderType::limit, plan_.limit_price.value(), plan_.quantity.value(), false};
    out_.is_recovery_add_on = plan_.recovery;
    if (group_ != nullptr && !plan_.recovery) out_.used_zone = out_.zone.number;
    if (!told()) return;
    Group after;
    if (group_ != nullptr) {
        after = *group_;
        after.exchange_liquidation.reset();
        if (after.exchange_margin) after.exchange_margin = (Number{*after.exchange_margin} + divide_down(plan_.notional, plan_.leverage)).decimal();
    } else {
        after.state = GroupState::active;
        after.shape = in_.rules.shape;
    }
    after.books = books_after();
    out_.after = figures_of(in_.rules, after, *route_);
}

}  // namespace bf::trading
