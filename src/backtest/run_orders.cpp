// Decisions and what their orders do to the group and the account.
#include "backtest/run.hpp"
#include "trading/margin.hpp"
#include "trading/report.hpp"
#include "trading/zones.hpp"

#include <algorithm>

namespace bf::backtest {

using trading::Number;
using trading::Outcome;

// --- what a decision sees

trading::AccountFacts Run::account(const trading::Quote& quote) const {
    trading::AccountFacts facts;
    facts.equity = track_.worth_at(quote.mark);
    facts.free = plan_.equity + realised_;
    facts.brake = track_.brakes(plain_);
    if (!group_) return facts;
    const auto& books = group_->books;
    if (plan_.rules.market == market::Market::spot)
        facts.free -= books.cost();
    else
        facts.free = (Number{facts.free} - books.fees_paid() + books.funding() - trading::divide_up(books.notional(), group_->shape.leverage)).value();
    facts.used = facts.strategy_used = trading::margin_used(plan_.rules.market, *group_, plan_.rules.fees.taker).decimal().value_or(facts.equity);
    facts.open_groups = 1;
    return facts;
}

void Run::judge(const trading::Signal& signal, bool seen_before, const trading::Quote& quote) {
    connection_.tested_at = now_;
    trading::DecisionInput input{.signal = signal, .rules = plan_.rules, .seen_before = seen_before, .now = now_,
        .main = {.connection = connection_, .instrument = plan_.instrument, .quote = quote, .fees = plan_.rules.fees, .account = account(quote),
                 .last_group_closed_at = closed_at_}};
    if (group_) (group_->direction() == signal.direction ? input.main.group : input.main.opposite) = &*group_;
    if (detail_ != Detail::explained) input.detail = trading::Detail::decided;
    if (group_ && group_->state == trading::GroupState::recovery) input.last_candle = last_candle();
    trading::decide(input, decision_);
}

std::optional<market::Candle> Run::last_candle() const {
    const std::size_t next = closed_ ? at_ + 1 : at_;
    if (next == 0) return std::nullopt;
    const std::size_t last = next - 1;
    const auto of = [&](const auto& column) { return price_of(column[last]); };
    return market::Candle{Instant::from_ms(candles_.time[last]), of(candles_.open), of(candles_.high), of(candles_.low), of(candles_.close), std::nullopt};
}

bool Run::decide(const trading::Signal& signal, std::string_view source, bool seen_before, bool told, const trading::Quote& quote) {
    judge(signal, seen_before, quote);
    const bool in_its_way = group_ && group_->direction() == signal.direction && signal.kind != trading::SignalKind::exit;
    if (in_its_way && !seen_before && !told && decision_.worsens) {
        worsening_.note(*decision_.worsens, now_);
        bounds_known_ = false;
    }
    if (decision_.outcome != Outcome::waiting || !told) note(signal, source, quote);
    if (decision_.outcome == Outcome::waiting) return false;
    act(signal, quote);
    return true;
}

// --- what is kept of it

void Run::note(const trading::Signal& signal, std::string_view source, const trading::Quote& quote) {
    ++report_.decisions[trading::to_string(decision_.outcome)];
    if (decision_.outcome == Outcome::blocked && decision_.primary) ++report_.blocked[trading::to_string(*decision_.primary)];
    if (!keeps()) return;
    DecisionRecord record{now_, signal.kind, source, decision_.outcome, decision_.primary, {}, trading::entry_price(quote, signal.direction), {}};
    for (const auto& verdict : decision_.verdicts())
        if (verdict.stop != trading::Stop::none) record.failed.push_back(verdict.code);
    if (detail_ == Detail::explained) {
        wire::JsonWriter out{record.json};
        trading::write_json(out, decision_, signal, plan_.language);
    }
    if (group_ || decision_.outcome == Outcome::opened)
        facts_.decisions.push_back(std::move(record));
    else if (report_.decisions_outside.size() < kOutsideMax)
        report_.decisions_outside.push_back(std::move(record));
}

void Run::record_fill(FillKind kind, const trading::BookedFill& fill, market::Liquidity liquidity, int zone) {
    ++report_.fills;
    const Number used = trading::margin_used(plan_.rules.market, *group_, plan_.rules.fees.taker);
    const Decimal margin = used.decimal().value_or(Decimal{});
    facts_.margin_max = std::max(facts_.margin_max, margin);
    report_.max_margin_used = std::max(report_.max_margin_used, margin);
    if (!keeps()) return;
    const auto& books = group_->books;
    const bool buys = books.is_long() != fill.exit;
    FillRecord record{fill.at, kind, buys ? market::Side::buy : market::Side::sell, liquidity, fill.price, fill.quantity, fill.fee.amount, zone};
    const auto prices = books.exit_prices(plan_.rules.fees.taker, group_->target());
    record.average = books.average();
    record.break_even = prices.break_even;
    record.take_profit = prices.take_profit;
    if (!fill.exit) {
        if (const auto rests = trading::resting_exit(*group_, plan_.rules.fees, plan_.instrument)) record.exit_price = rests->price;
        record.liquidation_price = group_->exchange_liquidation;
        record.margin_used = margin;
    }
    facts_.fills.push_back(std::move(record));
}

// --- what it does

void Run::act(const trading::Signal& signal, const trading::Quote& quote) {
    switch (decision_.outcome) {
        case Outcome::opened: {
            const auto equity = track_.worth_at(quote.mark);
            group_ = trading::new_group(signal.direction, plan_.rules.shape, decision_.order_size, equity, plan_.instrument.quantity_step);
            group_->state = trading::GroupState::active;
            watch_ = {};
            worsening_ = {};
            zone_asked_ = 0;
            facts_.number = ++report_.groups;
            facts_.direction = signal.direction;
            facts_.opened_at = now_;
            return fill_entry(FillKind::entry, quote);
        }
        case Outcome::added: return fill_entry(decision_.is_recovery_add_on ? FillKind::recovery_add_on : FillKind::add_on, quote);
        case Outcome::closed: return close(quote, decision_.closes_opposite ? "opposite_signal" : "exit_signal");
        case Outcome::blocked:
        case Outcome::waiting: return;
    }
}

void Run::fill_entry(FillKind kind, const trading::Quote& quote) {
    const auto& order = *decision_.order;
    trading::BookedFill fill{.price = pricing_.entry_fill(quote, group_->direction(), order.price), .quantity = order.quantity, .at = now_};
    const Decimal fee = trading::multiply_up(Number{fill.price} * fill.quantity, plan_.rules.fees.taker).value();
    fill.fee = {trading::FeeAsset::quote, fee, fee};
    // The checks passed what the sums can hold.
    BF_ASSERT(group_->books.add(fill).has_value());
    group_->add_ons += kind == FillKind::add_on ? 1 : 0;
    group_->recovery_add_ons += kind == FillKind::recovery_add_on ? 1 : 0;
    group_->deepest_zone = std::max(group_->deepest_zone, decision_.used_zone);
    if (plan_.rules.market == market::Market::futures) {
        // The exchange tells its liquidation price with the position.
        group_->exchange_liquidation.reset();
        trading::Route route{.connection = connection_, .instrument = plan_.instrument, .quote = quote, .fees = plan_.rules.fees};
        if (const auto price = trading::figures_of(plan_.rules, *group_, route).liquidation) group_->exchange_liquidation = price->decimal();
    }
    if (detail_ == Detail::explained) {
        facts_.zone_edges.clear();
        for (int k = 1; k <= group_->shape.add_ons + 1; ++k) facts_.zone_edges.push_back(trading::zone_edge(*group_, k));
        facts_.deepest_zone = group_->deepest_zone;
    }
    record_fill(kind, fill, market::Liquidity::taker, decision_.used_zone);
    regroup(quote);
}

void Run::regroup(const trading::Quote& quote) {
    levels_known_ = bounds_known_ = false;
    zone_known_.reset();
    zones_.lay(*group_);
    exit_ = trading::resting_exit(*group_, plan_.rules.fees, plan_.instrument);
    // No order can carry it: it is sold for what there is.
    if (!exit_) return close(quote, "dust");
    const bool touch = plan_.assumptions.fill == FillModel::touch;
    if (is_long())
        exit_tick_ = to_ticks(exit_->price, touch ? Rounding::up : Rounding::down) + (touch ? 0 : 1);
    else
        exit_tick_ = to_ticks(exit_->price, touch ? Rounding::down : Rounding::up) - (touch ? 0 : 1);
    exit_moved_ = exit_moved_ || in_leg_;
    const auto& books = group_->books;
    const Number base = Number{plan_.equity} + realised_ + books.funding() + (is_long() ? -Number{books.cost()} : Number{books.cost()});
    track_.hold(base.value(), is_long() ? books.sellable() : -books.sellable());
}

void Run::close(const trading::Quote& quote, std::string_view reason) {
    const Decimal price = pricing_.exit_fill(quote, group_->direction());
    const Decimal fee = trading::multiply_up(Number{price} * group_->books.sellable(), plan_.rules.fees.taker).value();
    book_exit(price, fee, market::Liquidity::taker);
    end(reason);
}

void Run::take_profit() {
    const Decimal price = exit_->price;
    const bool recovers = group_->state == trading::GroupState::recovery;
    const Decimal fee = trading::multiply_up(Number{price} * group_->books.sellable(), plan_.rules.fees.maker).value();
    book_exit(price, fee, market::Liquidity::maker);
    end(recovers ? "recovery_exit" : "take_profit");
}

/// The exchange takes the position over where its margin is used up: what was put in is gone, and no more than that.
void Run::liquidate() {
    const auto& books = group_->books;
    const Number cushion = trading::divide_down(trading::divide_down(books.notional(), group_->shape.leverage), books.sellable());
    const Number gone = is_long() ? books.average() - cushion : books.average() + cushion;
    const Number price = to_step(trading::larger(gone, plan_.instrument.price_step), plan_.instrument.price_step, is_long() ? Rounding::down : Rounding::up);
    book_exit(price > 0 ? price.value() : plan_.instrument.price_step, Decimal{}, market::Liquidity::taker);
    ++report_.liquidations;
    end("liquidated");
}

void Run::book_exit(const Decimal& price, const Decimal& fee, market::Liquidity liquidity) {
    trading::BookedFill fill{.exit = true, .price = price, .quantity = group_->books.sellable(), .fee = {trading::FeeAsset::quote, fee, fee}, .at = now_};
    BF_ASSERT(group_->books.add(fill).has_value());
    record_fill(FillKind::exit, fill, liquidity, 0);
}

void Run::end(std::string_view reason) {
    const auto& books = group_->books;
    realised_ += books.realised();
    report_.fees += books.fees_paid();
    facts_.profit = books.realised();
    facts_.closed_at = now_;
    facts_.reason = reason;
    ++report_.closed;
    group_->state = reason == "liquidated" ? trading::GroupState::liquidated : trading::GroupState::closed;
    closed_at_ = now_;
    conclude_group();
    group_.reset();
    exit_.reset();
    enter_told_.reset();
    levels_known_ = bounds_known_ = false;
    zone_known_.reset();
    track_.hold(plan_.equity + realised_, Decimal{});
}

void Run::conclude_group() {
    facts_.state = group_->state;
    facts_.add_ons = group_->add_ons;
    facts_.recovery_add_ons = group_->recovery_add_ons;
    facts_.fees = group_->books.fees_paid();
    if (group_->recovery_since) facts_.in_recovery += now_ - *group_->recovery_since;
    report_.in_recovery += facts_.in_recovery;
    report_.longest_group = std::max(report_.longest_group, now_ - facts_.opened_at);
    if (report_.worst_group == 0 || facts_.profit < report_.worst_result) {
        report_.worst_group = facts_.number;
        report_.worst_result = facts_.profit;
    }
    if (keeps()) report_.groups_detail.push_back(std::move(facts_));
    facts_ = {};
}

}  // namespace bf::backtest
