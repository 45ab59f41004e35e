// Merging what the exchange tells into the orders' books, and telling the engine and the journal what that changed.
#include "engine/orders_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr std::size_t kUnclaimedMax = 1'000;
/// How many ended ones of ours: far more than end in the minutes for which lists tell of them again, and a checkpoint holds them all.
constexpr std::size_t kPastMax = 5'000;

bool is_live(const market::Order& report) {
    return report.status == market::OrderStatus::open || report.status == market::OrderStatus::partially_filled;
}

}  // namespace

exchange::Problem problem_of(const Error& error) {
    const auto code = error.kind == ErrorKind::unreachable ? exchange::ProblemCode::exchange_unavailable : exchange::ProblemCode::other;
    return {.code = code, .exchange_code = error.code, .exchange_message = error.detail, .fate = error.fate};
}

exchange::Problem problem_of(const exchange::CallError& error) {
    return {.code = exchange::ProblemCode::other, .exchange_code = std::string{to_string(error.kind)}, .exchange_message = error.detail, .fate = Fate::not_sent};
}

Refusal refusal_of(const exchange::Problem& problem) { return {problem.code, problem.exchange_code, problem.exchange_message}; }

OrderRules Orders::Inside::rules_for(const Tracked& one) const {
    const auto* account = account_of(one);
    return rules_of(account->exchange, account->market);
}

void Orders::Inside::append(Record record) {
    Append entry{++last_append, kind_of(record), {}};
    write_record(entry.payload, record);
    effects.appends.push_back(std::move(entry));
}

Tracked* Orders::Inside::match(std::string_view connection, const std::optional<std::string>& client_id, const std::optional<std::string>& exchange_id) {
    const auto tracked = [&](OrderNumber number) -> Tracked* {
        auto* one = take_off_shelf(number);
        if (const auto found = orders.find(number); found != orders.end()) one = &found->second;
        if (one == nullptr || one->order.plan().connection != connection) return nullptr;
        // What was never written down was never sent: the name is another's.
        return one->order.end() == End::denied && one->append == 0 && !one->order.exchange_id() ? nullptr : one;
    };
    if (client_id)
        if (const auto number = find_client_id(*client_id)) return tracked(*number);
    if (exchange_id)
        if (const auto number = find_exchange_id(connection, *exchange_id)) return tracked(*number);
    return nullptr;
}

/// From now on only the exchange ends it.
void Orders::Inside::doubt(Now now, Tracked& one, std::string why) {
    if (one.order.stage() >= Stage::unresolved) return;
    one.order.in_doubt();
    const auto rules = rules_for(one);
    one.probe = Probe::query;
    one.tries = 0;
    one.proof_from = now.steady + microseconds{rules.request_life + rules.shows_late};
    effects.observations.emplace_back(OrderUnresolved{one.order.intent().number, std::move(why)});
    watch(now, one);
}

void Orders::Inside::end_without(Now now, Tracked& one, End end, Refusal refusal) {
    one.order.end_without(end, refusal);
    --unfinished;
    const auto number = one.order.intent().number;
    // One that was never written down needs no end in the journal.
    if (one.append != 0 || end == End::absent) append(FinishedRecord{number, end, one.order.booked()});
    effects.observations.emplace_back(OrderFinished{number, end, one.order.booked(), std::move(refusal)});
    watch(now, one);
}

void Orders::Inside::merge(Now now, Tracked& one, const market::Order& report) {
    const auto before = one.order.stage();
    const bool had_id = one.order.exchange_id().has_value();
    const auto change = one.order.take(report);
    if (!had_id && one.order.exchange_id()) append(AcceptedRecord{one.order.intent().number, *one.order.exchange_id()});
    tell(now, one, change, before);
}

void Orders::Inside::merge(Now now, Tracked& one, const market::Fill& fill, FillSource source) {
    const auto before = one.order.stage();
    const bool had_id = one.order.exchange_id().has_value();
    const auto change = one.order.take(fill, source, now.wall);
    if (!had_id && one.order.exchange_id()) append(AcceptedRecord{one.order.intent().number, *one.order.exchange_id()});
    // A fill says that it is there, not how it stands.
    if (change.appeared) one.query_wanted = true;
    tell(now, one, change, before);
}

void Orders::Inside::tell(Now now, Tracked& one, const Order::Change& change, Stage before) {
    const auto& order = one.order;
    const auto number = order.intent().number;
    // Called finished before, and taken up again by what was told now.
    if (before == Stage::finished && (change.finished || !order.finished())) ++unfinished;
    if (change.appeared) {
        one.appeared_at = now.steady;
        one.tries = 0;
        one.probe = Probe::query;
        if (before == Stage::unresolved) effects.observations.emplace_back(OrderResolved{number});
        else effects.observations.emplace_back(OrderAccepted{number});
    }
    if (change.triggered) {
        one.tries = 0;
        effects.observations.emplace_back(OrderTriggered{number});
    }
    if (order.exchange_id()) note_exchange_id(number, order.plan().connection, *order.exchange_id());
    if (change.booked) {
        one.tries = 0;
        append(FillRecord{number, order.fills().back()});
        effects.observations.emplace_back(OrderFilled{number, order.fills().back(), order.booked()});
    }
    if (change.puzzling) trouble(one, {exchange::ProblemCode::other, "puzzling", exchange::say(exchange::Remark::puzzling)});
    if (change.vague) one.query_wanted = true;
    if (change.finished) {
        --unfinished;
        append(FinishedRecord{number, *order.end(), order.booked()});
        effects.observations.emplace_back(OrderFinished{number, *order.end(), order.booked(), order.refusal()});
    }
    watch(now, one);
}

void Orders::Inside::trouble(Tracked& one, Refusal what) {
    if (one.told_trouble) return;
    one.told_trouble = true;
    effects.observations.emplace_back(OrderTrouble{one.order.intent().number, std::move(what)});
}

bool Orders::Inside::is_of_sibling(const Account& account, const std::optional<std::string>& client_id, const std::string& exchange_id) {
    const auto connections = caller.sharing(account);
    return std::any_of(connections.begin() + 1, connections.end(), [&](const std::string& other) {
        return past.contains({other, exchange_id}) || match(other, client_id, exchange_id) != nullptr;
    });
}

/// An order that no intent of ours belongs to. Told once, while it is open.
void Orders::Inside::stray(const Account& account, const market::Order& report) {
    // Of an order of the exchange's own its fills tell.
    if (!report.id || report.forced || !is_live(report) || is_of_sibling(account, report.client_order_id, *report.id) || !is_news(account.connection, *report.id)) return;
    const bool ours = report.client_order_id && ids.is_ours(account.exchange, account.market, *report.client_order_id);
    effects.observations.emplace_back(StrayOrder{account.connection, report.native_symbol, *report.id, report.client_order_id.value_or(""), ours});
}

bool Orders::Inside::one_is_nameless(const Account& account) const {
    const auto connections = caller.sharing(account);
    return std::any_of(orders.begin(), orders.end(), [&](const auto& entry) {
        const auto& order = entry.second.order;
        return !order.finished() && !order.exchange_id() && std::find(connections.begin(), connections.end(), order.plan().connection) != connections.end();
    });
}

/// One that names no fee is a stream's hint only: the list of fills has it.
void Orders::Inside::force(const Account& account, const market::Fill& fill) {
    const bool countable = fill.id && fill.symbol && fill.side && fill.price && fill.price->is_positive() && fill.quantity && fill.quantity->is_positive() && fill.fee;
    if (countable) effects.observations.emplace_back(PositionForced{account.connection, fill});
}

/// A fill that no order of ours belongs to; as long as one of ours may be it that is on its way there, it waits.
void Orders::Inside::stray(const Account& account, const market::Fill& fill) {
    if (fill.forced) return force(account, fill);
    if (!fill.order_id || is_of_sibling(account, fill.client_order_id, *fill.order_id)) return;
    if (!fill.client_order_id && one_is_nameless(account)) {
        if (unclaimed.size() >= kUnclaimedMax) unclaimed.pop_front();
        unclaimed.emplace_back(account.connection, fill);
        return;
    }
    if (!is_news(account.connection, *fill.order_id)) return;
    const bool ours = fill.client_order_id && ids.is_ours(account.exchange, account.market, *fill.client_order_id);
    effects.observations.emplace_back(StrayOrder{account.connection, fill.native_symbol, *fill.order_id, fill.client_order_id.value_or(""), ours});
}

/// Whoever told them tells each once: a stranger's must not be forgotten because an order of ours was on its way just then.
void Orders::Inside::look_at_unclaimed() {
    for (auto left = unclaimed.size(); left > 0; --left) {
        auto one = std::move(unclaimed.front());
        unclaimed.pop_front();
        const auto* account = caller.find(one.first);
        // One of ours is asked for by its own order.
        if (account != nullptr && match(one.first, one.second.client_order_id, one.second.order_id) == nullptr) stray(*account, one.second);
    }
}

void Orders::Inside::note_past(const std::string& connection, const std::string& exchange_id) {
    if (!past.emplace(connection, exchange_id).second) return;
    past_in_order.emplace_back(connection, exchange_id);
    if (past_in_order.size() <= kPastMax) return;
    past.erase(past_in_order.front());
    past_in_order.pop_front();
}

bool Orders::Inside::is_news(const std::string& connection, const std::string& exchange_id) {
    return !past.contains({connection, exchange_id}) && foreign.tell(connection, exchange_id);
}

}  // namespace bf::engine
