#include "engine/order.hpp"

#include "engine/countable.hpp"
#include "exchange/remark.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

bool is_countable(const market::Fill& fill) {
    const auto value = Decimal::product(*fill.price, *fill.quantity, Rounding::up);
    return can_be_counted(*fill.price) && can_be_counted(*fill.quantity) && value && can_be_counted(*value) && (!fill.fee || can_be_counted(fill.fee->amount));
}

}  // namespace

std::string_view to_string(Stage value) {
    switch (value) {
        case Stage::planned: return "planned";
        case Stage::durable: return "durable";
        case Stage::sent: return "sent";
        case Stage::unresolved: return "unresolved";
        case Stage::open: return "open";
        case Stage::finished: return "finished";
    }
    return "planned";
}

std::string_view to_string(End value) {
    switch (value) {
        case End::filled: return "filled";
        case End::canceled: return "canceled";
        case End::expired: return "expired";
        case End::rejected: return "rejected";
        case End::refused: return "refused";
        case End::denied: return "denied";
        case End::absent: return "absent";
    }
    return "filled";
}

Decimal Order::working() const {
    if (finished()) return {};
    const Decimal most = end_ ? filled() : std::max(intent_.plan.quantity, filled());
    return most - booked_;
}

void Order::durable() {
    if (stage_ == Stage::planned) stage_ = Stage::durable;
}
void Order::sent() {
    if (stage_ < Stage::sent) stage_ = Stage::sent;
}
void Order::in_doubt() {
    if (stage_ < Stage::open) stage_ = Stage::unresolved;
}

/// The exchange shows it, whatever was concluded before.
void Order::appear() {
    if (ended_without()) {
        end_.reset();
        refusal_.reset();
        stage_ = Stage::open;
    }
    if (stage_ < Stage::open) stage_ = Stage::open;
}

/// An order without a trigger never does.
void Order::fire(Change& change) {
    if (triggered_ || !plan().stop_price) return;
    triggered_ = change.triggered = true;
}

void Order::end_without(End end, Refusal refusal) {
    end_ = end;
    refusal_ = std::move(refusal);
    stage_ = Stage::finished;
}

bool Order::has_fill(std::string_view trade_id) const {
    return std::any_of(fills_.begin(), fills_.end(), [trade_id](const BookedFill& fill) { return fill.trade_id == trade_id; });
}

Order::Change Order::settle(Change change) {
    // All that was ordered is booked: it ended, whoever says so first. An order counted in contracts can't be filled beyond its quantity.
    if (!end_ && booked_ >= intent_.plan.quantity) end_ = End::filled;
    const bool done = end_ && reported_ <= booked_;
    if (done && stage_ != Stage::finished) {
        stage_ = Stage::finished;
        change.finished = true;
    } else if (!done && stage_ == Stage::finished) {
        stage_ = Stage::open;
        change.reopened = true;
    }
    return change;
}

Order::Change Order::take(const market::Order& report) {
    using Status = market::OrderStatus;
    Change change;
    const bool other_id = report.id && exchange_id_ && *report.id != *exchange_id_;
    const bool other_thing = (report.side && *report.side != intent_.plan.side) || (report.symbol && *report.symbol != intent_.plan.symbol);
    const bool beyond_all = report.filled && !can_be_counted(*report.filled);
    if (other_id || other_thing || beyond_all) {
        change.puzzling = true;
        return change;
    }
    change.appeared = stage_ < Stage::open || ended_without();
    appear();
    if (report.id) exchange_id_ = report.id;
    if (report.filled) reported_ = std::max(reported_, *report.filled);
    if (report.triggered == true || reported_.is_positive()) fire(change);
    if (!end_ && report.status) {
        switch (*report.status) {
            case Status::filled:
                end_ = End::filled;
                if (!report.filled) reported_ = std::max(reported_, intent_.plan.quantity);
                break;
            case Status::canceled:
            case Status::expired:
                if (!report.filled) change.vague = true;
                else end_ = *report.status == Status::canceled ? End::canceled : End::expired;
                break;
            case Status::rejected: end_ = End::rejected; break;
            case Status::open:
            case Status::partially_filled:
            case Status::unknown: break;
        }
    }
    if (reported_ > intent_.plan.quantity) change.puzzling = true;
    return settle(change);
}

Order::Change Order::take(const market::Fill& fill, FillSource source, Instant now) {
    Change change;
    const bool countable = fill.id && fill.price && fill.quantity && fill.quantity->is_positive();
    const bool other_thing = (fill.side && *fill.side != intent_.plan.side) || (fill.order_id && exchange_id_ && *fill.order_id != *exchange_id_);
    const bool beyond_all = countable && !is_countable(fill);
    if (!countable || other_thing || beyond_all) {
        change.puzzling = other_thing || beyond_all;
        return change;
    }
    change.appeared = stage_ < Stage::open || ended_without();
    appear();
    fire(change);
    if (fill.order_id && !exchange_id_) exchange_id_ = fill.order_id;
    if (has_fill(*fill.id)) return settle(change);
    if (source == FillSource::stream && !fill.fee) {
        // A hint: it says that there is more than was booked, and the list of fills will say what.
        reported_ = std::max(reported_, booked_ + *fill.quantity);
        return settle(change);
    }
    fills_.push_back({*fill.id, *fill.price, *fill.quantity, fill.fee, fill.liquidity, fill.at.value_or(now)});
    booked_ += *fill.quantity;
    change.booked = true;
    if (booked_ > intent_.plan.quantity) change.puzzling = true;
    return settle(change);
}

Order::Change Order::forgotten() {
    if (!end_) end_ = End::canceled;
    reported_ = booked_;
    return settle({});
}

void Order::restore_accepted(std::string exchange_id) {
    appear();
    exchange_id_ = std::move(exchange_id);
}

void Order::restore_fill(const BookedFill& fill) {
    if (has_fill(fill.trade_id)) return;
    appear();
    stage_ = Stage::open;
    triggered_ = plan().stop_price.has_value();
    fills_.push_back(fill);
    booked_ += fill.quantity;
}

void Order::restore_finished(End end) {
    end_ = end;
    stage_ = Stage::finished;
}

std::string words_of(const std::optional<Refusal>& refusal, exchange::Language language) {
    if (!refusal) return {};
    if (exchange::is_remark(refusal->words)) return exchange::clause(refusal->words, language);
    auto words = exchange::describe({.code = refusal->code}, {.exchange_name = {}, .language = language}).title;
    if (!refusal->exchange_code.empty()) words += " (" + refusal->exchange_code + ")";
    if (!refusal->words.empty()) words += ": " + exchange::clause(refusal->words, language);
    return words;
}

}  // namespace bf::engine
