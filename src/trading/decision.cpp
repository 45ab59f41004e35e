// The order of the decision, stage 1 and 2, and exits. Stages 3 and 4 are in checks.cpp.
#include "trading/decision.hpp"

#include "trading/checks.hpp"
#include "trading/exits.hpp"
#include "trading/liquidation.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

constexpr std::array<std::string_view, 4> kModes{"normal", "no_new_groups", "exit_only", "close_now"};
constexpr std::array<std::string_view, 5> kOutcomes{"OPENED", "ADDED", "BLOCKED", "WAITING", "CLOSED"};
constexpr std::array<std::string_view, 3> kResults{"pass", "fail", "unknown"};
constexpr std::chrono::hours kProofAge{24};

const Group* open_or_null(const Group* group) { return group != nullptr && group->is_open() ? group : nullptr; }

}  // namespace

std::string_view to_string(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }
std::string_view to_string(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }
std::string_view to_string(CheckResult result) { return kResults[static_cast<std::size_t>(result)]; }

std::optional<Mode> parse_mode(std::string_view text) {
    const auto* const at = std::find(kModes.begin(), kModes.end(), text);
    if (at == kModes.end()) return std::nullopt;
    return static_cast<Mode>(at - kModes.begin());
}

void Decision::clear() {
    outcome = Outcome::blocked;
    primary.reset();
    via = Via::main;
    closes_opposite = false;
    order.reset();
    order_size = {};
    order_margin = {};
    zone = {};
    used_zone = 0;
    is_recovery_add_on = false;
    worsens.reset();
    before.reset();
    after.reset();
    count_ = 0;
}

Verdict& Decision::next() {
    BF_ASSERT(count_ < kVerdictsMax);
    return verdicts_[count_++];
}

void Decision::fail_at(std::size_t index) {
    BF_ASSERT(index < count_);
    verdicts_[index].result = CheckResult::fail;
    verdicts_[index].stop = stop_of(verdicts_[index].code);
}

void Decision::await_facts() {
    std::size_t kept = 0;
    while (kept < count_ && verdicts_[kept].stage <= 2) ++kept;
    if (kept == count_) return;
    count_ = kept;
    order.reset();
    worsens.reset();
    before.reset();
    after.reset();
    closes_opposite = false;
    const auto decided = std::find_if(verdicts().begin(), verdicts().end(), [](const auto& verdict) { return verdict.stop == Stop::block; });
    outcome = decided != verdicts().end() ? Outcome::blocked : Outcome::waiting;
    if (decided != verdicts().end()) {
        primary = decided->code;
        return;
    }
    primary = Code::exchange_unavailable;
    for (std::size_t i = 0; i < count_; ++i)
        if (verdicts_[i].code == Code::exchange_unavailable && verdicts_[i].stop == Stop::none) {
            verdicts_[i].result = CheckResult::unknown;
            verdicts_[i].stop = Stop::wait;
        }
}

void Decision::refuse(Code code, const Number& actual, const Number& limit) {
    Verdict& verdict = next();
    verdict = {.code = code, .stage = 4, .result = CheckResult::fail, .stop = Stop::block, .actual = actual, .limit = limit};
    outcome = Outcome::blocked;
    primary = code;
    order.reset();
    after.reset();
}

const Verdict* Decision::find(Code code) const {
    const Verdict* found = nullptr;
    for (const auto& verdict : verdicts())
        if (verdict.code == code && (found == nullptr || found->stop == Stop::none)) found = &verdict;
    return found;
}

bool Decision::failed(Code code) const {
    const auto* verdict = find(code);
    return verdict != nullptr && verdict->stop != Stop::none;
}

Verdict& Checks::push(Code code, int stage, bool passed) {
    Verdict& verdict = out_.next();
    verdict.code = code;
    verdict.stage = static_cast<std::uint8_t>(stage);
    verdict.result = passed ? CheckResult::pass : CheckResult::fail;
    verdict.stop = passed ? Stop::none : stop_of(code);
    verdict.rule = UseRule::none;
    failed_ = failed_ || !passed;
    return verdict;
}

void Checks::unknown(Code code, Stop stop, const Figure& actual, const Figure& limit) {
    if (stop == Stop::none && !told()) return;
    Verdict& verdict = push(code, stage_of(code), true);
    put(verdict.actual, actual);
    put(verdict.limit, limit);
    verdict.result = CheckResult::unknown;
    verdict.stop = stop;
    failed_ = failed_ || stop != Stop::none;
}

bool Checks::failed_with(Stop stop, std::size_t from) const {
    const auto verdicts = out_.verdicts().subspan(from);
    return std::any_of(verdicts.begin(), verdicts.end(), [stop](const Verdict& verdict) { return verdict.stop == stop; });
}

bool Checks::signal() {
    check(Code::signal_unauthentic, in_.token_known);
    check(Code::signal_malformed, in_.malformed == nullptr, in_.malformed == nullptr ? Figure{} : Figure{in_.malformed});
    if (!in_.token_known || in_.malformed != nullptr) return false;
    check(Code::signal_duplicate, !in_.seen_before);
    const milliseconds age = in_.now - in_.signal.time;
    const seconds most = max_lag(in_.signal, protection());
    check(Code::signal_expired, age <= most && -age <= kSignalFutureMax, seconds_begun(age), seconds_begun(most));
    const auto& named = in_.signal.strategy;
    check(Code::strategy_unknown, named == in_.rules.name || (!in_.strategy_id.empty() && named == in_.strategy_id), std::string_view{named}, std::string_view{in_.rules.name});
    const auto& pairs = in_.rules.pairs;
    check(Code::pair_not_enabled, std::find(pairs.begin(), pairs.end(), in_.signal.pair) != pairs.end(), std::string_view{in_.signal.pair});
    return !failed_with(Stop::block);
}

bool Checks::held() {
    // What the other checks would go by may be long past: they are made when somebody has confirmed it.
    if (in_.held) unknown(Code::trading_held, Stop::wait);
    return in_.held;
}

void Checks::enter(const Route& route, Via via) {
    route_ = &route;
    out_.via = via;
    group_ = open_or_null(route.group);
    opposite_ = open_or_null(route.opposite);
}

void Checks::connection() {
    check(Code::strategy_disabled, in_.strategy_enabled);
    const bool entries = in_.mode == Mode::normal || (in_.mode == Mode::no_new_groups && (adds() || in_.signal.kind == SignalKind::add));
    check(Code::mode_no_entries, entries, to_string(in_.mode));
    if (in_.disk_low) check(Code::disk_low, false);
    const auto& proof = route_->connection;
    const bool ready = proof.status == ConnectionStatus::connected || proof.status == ConnectionStatus::degraded;
    check(Code::connection_not_ready, ready, to_string(proof.status), to_string(ConnectionStatus::connected));
    check(Code::connection_frozen, !proof.frozen);
    if (proof.status == ConnectionStatus::degraded || !proof.answers)
        unknown(Code::exchange_unavailable, Stop::wait, to_string(proof.status));
    else
        check(Code::exchange_unavailable, true);
    rights();
    check(Code::egress_changed, proof.egress_as_proven);
    check(Code::key_expires_soon, proof.key_lives_long_enough);
    if (const auto& invalid = in_.rules.invalid)
        check(Code::settings_invalid, false, std::string_view{invalid->field}, Figure{&*invalid});
    else
        check(Code::settings_invalid, true);
}

void Checks::rights() {
    using exchange::Ternary;
    const auto& proof = route_->connection;
    const Ternary trade = spot() ? proof.spot_trade : proof.futures_trade;
    const bool told = proof.read != Ternary::unknown && trade != Ternary::unknown;
    if (!told)
        check(Code::connection_proof_stale, false, exchange::to_string(Ternary::unknown), exchange::to_string(Ternary::yes));
    else if (!proof.tested_at)
        check(Code::connection_proof_stale, false, "never", seconds_begun(kProofAge));
    else
        check(Code::connection_proof_stale, in_.now - *proof.tested_at <= kProofAge, seconds_begun(in_.now - *proof.tested_at), seconds_begun(kProofAge));
    const Code missing = spot() ? Code::no_trade_permission : Code::futures_not_permitted;
    if (told || proof.read == Ternary::no || trade == Ternary::no)
        check(missing, proof.read == Ternary::yes && trade == Ternary::yes, exchange::to_string(proof.read == Ternary::no ? proof.read : trade), exchange::to_string(Ternary::yes));
    else
        unknown(missing, Stop::none, exchange::to_string(Ternary::unknown), exchange::to_string(Ternary::yes));
    if (proof.withdraw == Ternary::unknown)
        unknown(Code::withdraw_enabled, Stop::none, exchange::to_string(proof.withdraw), exchange::to_string(Ternary::no));
    else
        check(Code::withdraw_enabled, proof.withdraw == Ternary::no, exchange::to_string(proof.withdraw), exchange::to_string(Ternary::no));
    check(Code::withdraw_unconfirmed, proof.withdraw != Ternary::unknown || proof.withdraw_confirmed, exchange::to_string(proof.withdraw));
    if (proof.transfer == Ternary::unknown && !proof.transfer_waived)
        unknown(Code::transfer_enabled, Stop::none, exchange::to_string(proof.transfer), exchange::to_string(Ternary::no));
    else
        check(Code::transfer_enabled, proof.transfer != Ternary::yes || proof.transfer_waived, exchange::to_string(proof.transfer), exchange::to_string(Ternary::no));
}

bool Checks::conclude_failure() {
    if (!failed_) return false;
    for (const Stop stop : {Stop::block, Stop::wait}) {
        for (const auto& verdict : out_.verdicts()) {
            if (verdict.stop != stop) continue;
            out_.outcome = stop == Stop::block ? Outcome::blocked : Outcome::waiting;
            out_.primary = verdict.code;
            return true;
        }
    }
    return false;
}

void Checks::close(const Group& group) {
    const auto direction = group.direction();
    const Number price = exit_limit(route_->quote, direction, protection().max_slippage, route_->instrument.price_step);
    const auto side = group.books.is_long() ? market::Side::sell : market::Side::buy;
    out_.order = OrderPlan{side, market::OrderType::market, price.decimal().value_or(exit_price(route_->quote, direction)), group.books.sellable(), !spot()};
    out_.outcome = Outcome::closed;
    if (!told()) return;
    GroupFigures after;
    after.state = GroupState::closed;
    after.average = after.break_even = after.take_profit = after.exit_price = Number::out_of_range();
    out_.after = after;
}

/// What a close would leave. It is not known while an order may change what is held, or while the exchange says that it is not held.
void Checks::result_of_exit() {
    if (failed_ || group_->books.empty()) {
        if (failed_) unknown(Code::exit_at_loss, Stop::none);
        return;
    }
    const Number result = group_->books.unrealised(trigger_price(in_.rules.market, route_->quote, group_->direction()), route_->fees.taker);
    const milliseconds age = in_.now - route_->quote.confirmed_at;
    if (age > kPriceAge && !protection().allow_loss_exit) {
        // An exit is always attempted: a price of now is asked for, and if none comes, the last one decides. That it would have left a loss then is not final.
        const bool asked_for = in_.received && in_.now - *in_.received < kPriceAwaited;
        if (asked_for || !(result >= 0)) {
            unknown(Code::price_stale, Stop::wait, seconds_begun(age), whole_seconds(kPriceAge));
            return unknown(Code::exit_at_loss, Stop::none);
        }
    }
    check(Code::exit_at_loss, result >= 0 || protection().allow_loss_exit, result, 0);
}

void Checks::exit(const Route& route, Via via) {
    enter(route, via);
    const bool ours = group_ != nullptr && !group_->of_other_strategy;
    // An opening group holds nothing yet: its order in flight is told instead.
    const bool something = ours && (!group_->books.empty() || group_->state == GroupState::opening || group_->order_in_flight);
    check(Code::no_open_group, something);
    if (!something) {
        static_cast<void>(conclude_failure());
        return;
    }
    if (told()) out_.before = figures_of(in_.rules, *group_, route);
    const bool busy = group_->order_in_flight || group_->state == GroupState::opening || group_->state == GroupState::closing;
    if (busy)
        unknown(Code::order_in_flight, Stop::wait, to_string(group_->state));
    else
        check(Code::order_in_flight, true, to_string(group_->state));
    if (group_->state == GroupState::desync)
        unknown(Code::group_desync, Stop::wait, to_string(group_->state));
    else
        check(Code::group_desync, true, to_string(group_->state));
    if (!failed_ && !route.priced) unknown(Code::exchange_unavailable, Stop::wait, to_string(route.connection.status));
    result_of_exit();
    if (!conclude_failure()) close(*group_);
}

GroupFigures figures_of(const Rules& rules, const Group& group, const Route& route) {
    const Books& books = group.books;
    const Decimal& fee = route.fees.taker;
    GroupFigures out;
    out.state = group.state;
    out.average = books.average();
    const auto prices = books.exit_prices(fee, group.target());
    out.break_even = prices.break_even;
    out.price_step = route.instrument.price_step;
    out.take_profit = prices.take_profit;
    out.exit_price = exit_tick(group.direction(), out.take_profit, route.instrument.price_step);
    out.margin_used = margin_used(rules.market, group, fee);
    if (books.empty()) return out;
    out.zone = zone_of(group, entry_price(route.quote, group.direction()));
    if (rules.market != market::Market::futures) return out;
    if (group.exchange_liquidation) {
        out.liquidation = *group.exchange_liquidation;
    } else if (const auto rate = maintenance_rate(route.instrument.risk_tiers, PositionSize::of(books.notional(), books.sellable(), route.quote.mark))) {
        const Number margin = group.exchange_margin ? Number{*group.exchange_margin} : divide_down(books.notional(), group.shape.leverage);
        out.liquidation = liquidation_price({group.direction(), out.average, books.sellable(), margin}, *rate, fee);
    }
    return out;
}

void decide_exit(const DecisionInput& input, const Route& route, Via via, Decision& decision) {
    decision.clear();
    Checks checks{input, decision};
    if (checks.signal() && !checks.held())
        checks.exit(route, via);
    else
        checks.conclude_entry();
}

void decide(const DecisionInput& input, Decision& decision) {
    const Group* main_group = open_or_null(input.main.group);
    if (input.signal.kind == SignalKind::exit) {
        const bool on_pro = main_group == nullptr && input.pro != nullptr && open_or_null(input.pro->group) != nullptr;
        return decide_exit(input, on_pro ? *input.pro : input.main, on_pro ? Via::pro : Via::main, decision);
    }
    decision.clear();
    Checks checks{input, decision};
    if (checks.signal() && !checks.held()) {
        const Via via = input.for_pro && input.pro != nullptr ? Via::pro : route(input.signal, input.received.value_or(input.signal.time), main_group, input.pro != nullptr);
        checks.enter(via == Via::pro ? *input.pro : input.main, via);
        checks.connection();
        checks.market();
        checks.risk();
    }
    checks.conclude_entry();
}

}  // namespace bf::trading
