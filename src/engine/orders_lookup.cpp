// The next question about an order, and when.
#include "engine/orders_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using exchange::Operation;

constexpr milliseconds kFirstLook{300};      ///< After an order that ends at once was taken: its end should be there.
constexpr milliseconds kBackOff{400};        ///< Doubles with each question that brought nothing.
constexpr milliseconds kBackOffMax{10'000};
constexpr milliseconds kPollLive{30'000};    ///< While the stream tells everything.
constexpr milliseconds kPollAlone{5'000};
constexpr milliseconds kSlack{60'000};       ///< Between our clock and the exchange's, when fills are asked for since a moment.

milliseconds back_off(int tries) { return std::min(kBackOffMax, kBackOff * (1 << std::min(tries, 8))); }

/// One that waits for its trigger rests, whatever it becomes.
bool ends_at_once(const Order& order) {
    const auto& plan = order.plan();
    return !order.waits() && (plan.type == market::OrderType::market || plan.time_in_force != market::TimeInForce::gtc);
}

}  // namespace

void Orders::Inside::look_at(Tracked& one, microseconds at) {
    const auto number = one.order.intent().number;
    if (one.due) {
        if (*one.due <= at) return;
        due.erase({*one.due, number});
    }
    one.due = at;
    due.emplace(at, number);
}

/// Looks at the order now, or sees to it that it is looked at in time.
void Orders::Inside::watch(Now now, Tracked& one) {
    const auto& order = one.order;
    rest(now, one, order.stage() == Stage::open && !order.end() && !ends_at_once(order) && account_of(one) != nullptr);
    if (order.finished()) {
        if (one.due) due.erase({*one.due, order.intent().number});
        one.due.reset();
        return;
    }
    if (order.stage() < Stage::unresolved || account_of(one) == nullptr) return;
    if (one.ask_ticket != 0 && (one.cancel_ticket != 0 || !order.cancel_wanted())) return;
    const bool urgent = order.fills_missing() || one.query_wanted || order.stage() == Stage::unresolved;
    if (urgent) look_at(one, one.tries == 0 ? now.steady : now.steady + microseconds{back_off(one.tries - 1)});
    else if (ends_at_once(order)) look_at(one, now.steady + microseconds{one.tries == 0 ? kFirstLook : back_off(one.tries)});
    if (order.cancel_wanted() && !order.end() && one.cancel_ticket == 0) look_at(one, std::max(now.steady, one.cancel_after));
}

void Orders::Inside::attend(Now now, Tracked& one) {
    const auto& order = one.order;
    const auto* account = account_of(one);
    if (order.finished() || account == nullptr) return;
    // Cancelled while its placing has no answer, although a stream may have told of it already.
    if (order.cancel_wanted() && order.stage() == Stage::open && !order.end() && one.cancel_ticket == 0 && one.cancel_after <= now.steady) ask_cancel(now, one);
    if (one.ask_ticket != 0 || order.stage() < Stage::unresolved) return;
    if (order.stage() == Stage::unresolved || one.probe != Probe::query) return ask_probe(now, one);
    if (order.fills_missing()) return ask_fills(now, one, true);
    if (order.end()) return;
    if (one.query_wanted || ends_at_once(order)) return ask_probe(now, one);
    watch(now, one);
}

void Orders::Inside::ask_cancel(Now now, Tracked& one) {
    const auto* account = account_of(one);
    auto call = account->call(Operation::cancel_order, one.order.plan().symbol);
    if (one.order.exchange_id()) call.order_id = one.order.exchange_id();
    else call.client_order_id = one.order.intent().client_id;
    one.cancel_ticket = caller.ask(now, account->connection, *this, {Urgency::cancel, std::move(call), tag_of(one.order.intent().number, Question::cancel), 0, {}});
}

void Orders::Inside::ask_probe(Now now, Tracked& one) {
    const auto* account = account_of(one);
    const auto number = one.order.intent().number;
    const auto rules = rules_of(account->exchange, account->market);
    one.asked_at = now.steady;
    one.query_wanted = false;
    if (one.probe == Probe::query && !one.order.exchange_id() && rules.lookup == Lookup::none) one.probe = Probe::open_orders;
    auto call = account->call(Operation::order, one.order.plan().symbol);
    switch (one.probe) {
        case Probe::query:
            if (one.order.exchange_id()) call.order_id = one.order.exchange_id();
            else call.client_order_id = one.order.intent().client_id;
            one.ask_ticket = caller.ask(now, account->connection, *this, {Urgency::lookup, std::move(call), tag_of(number, Question::query), 0, {}});
            return;
        case Probe::open_orders:
        case Probe::stops:
            call.operation = one.probe == Probe::stops ? Operation::open_stops : Operation::open_orders;
            call.limit = kOpenOrdersPage;
            if (one.list_page > 1) call.page = one.list_page;
            one.ask_ticket = caller.ask(now, account->connection, *this, {Urgency::lookup, std::move(call), tag_of(number, Question::open_orders), 0, {}});
            return;
        case Probe::fills: return ask_fills(now, one, one.order.exchange_id().has_value());
        case Probe::strangers:
            if (one.strangers.empty()) return conclude(now, one);
            call.order_id = one.strangers.back();
            one.ask_ticket = caller.ask(now, account->connection, *this, {Urgency::lookup, std::move(call), tag_of(number, Question::stranger), 0, {}});
            return;
    }
}

void Orders::Inside::ask_fills(Now now, Tracked& one, bool of_this_order) {
    const auto* account = account_of(one);
    one.asked_at = now.steady;
    auto call = account->call(Operation::fills, one.order.plan().symbol);
    if (of_this_order && one.order.exchange_id()) {
        call.order_id = one.order.exchange_id();
    } else {
        // Made under a clock that was ahead: nobody knows when, and from a time to come no exchange lists anything.
        const auto at = one.order.intent().at;
        const auto first = at <= now.wall ? at - kSlack : now.wall - rules_for(one).fills_reach + 2 * kSlack;
        one.fills_since = std::max(one.fills_since, first);
        call.since = one.fills_since;
    }
    call.limit = kPageMax;
    one.ask_ticket = caller.ask(now, account->connection, *this, {Urgency::lookup, std::move(call), tag_of(one.order.intent().number, Question::fills), 0, {}});
}

/// It is nowhere: not by its name, not open, no fill.
void Orders::Inside::conclude(Now now, Tracked& one) {
    one.probe = Probe::query;
    one.fills_since = {};
    if (one.order.stage() != Stage::unresolved) {
        // It said once that more was filled than it lists now: not something to settle on.
        if (one.order.fills_missing()) return failed(now, one, exchange::unreadable("an order gone before all of its fills were listed"));
        const auto before = one.order.stage();
        return tell(now, one, one.order.forgotten(), before);
    }
    const auto rules = rules_for(one);
    if (now.wall - one.order.intent().at > rules.fills_reach) {
        // Its fills could lie further back than the exchange lists them.
        trouble(one, {exchange::ProblemCode::other, "too_old", exchange::say(exchange::Remark::too_old)});
        one.tries = kTroubleTries;
        return look_at(one, now.steady + microseconds{kBackOffMax * 6});
    }
    end_without(now, one, End::absent, {exchange::ProblemCode::order_not_found, "absent", exchange::say(exchange::Remark::absent)});
}

void Orders::Inside::failed(Now now, Tracked& one, const exchange::Problem& problem) {
    ++one.tries;
    if (problem.code == exchange::ProblemCode::rate_limited)
        caller.pause(now, one.order.plan().connection, seconds{problem.retry_after_s.value_or(2)});
    if (one.tries >= kTroubleTries && one.order.stage() == Stage::unresolved) trouble(one, refusal_of(problem));
    one.query_wanted = true;
    look_at(one, now.steady + microseconds{back_off(one.tries)});
}

/// Whether the order belongs to those its connection and symbol are polled for.
void Orders::Inside::rest(Now now, Tracked& one, bool resting) {
    const auto key = poll_key(one);
    const auto number = one.order.intent().number;
    if (one.polled && (!resting || *one.polled != key)) {
        const auto old = polls.find(*one.polled);
        one.polled.reset();
        old->second.resting.erase(number);
        if (old->second.resting.empty()) {
            due.erase({old->second.due, old->second.id | kPollMark});
            polls_by_id.erase(old->second.id);
            polls.erase(old);
        }
    }
    if (!resting || one.polled) return;
    auto found = polls.find(key);
    if (found == polls.end()) {
        found = polls.try_emplace(key, Poll{++last_poll, {}, 0, now.steady, {}}).first;
        polls_by_id.emplace(last_poll, key);
        poll_at(found->second, now.steady + microseconds{kPollAlone});
    }
    found->second.resting.insert(number);
    one.polled = key;
}

/// While one is out, its answer sees to the next.
void Orders::Inside::poll_at(Poll& poll, microseconds at) {
    due.erase({poll.due, poll.id | kPollMark});
    poll.due = at;
    if (poll.ticket == 0) due.emplace(at, poll.id | kPollMark);
}

void Orders::Inside::ask_poll(Now now, std::uint64_t id) {
    const auto key = polls_by_id.find(id);
    if (key == polls_by_id.end()) return;
    const auto& [connection, symbol, stops] = key->second;
    auto& poll = polls.find(key->second)->second;
    const auto* account = caller.find(connection);
    poll.due = now.steady + microseconds{live_streams.contains(connection) ? kPollLive : kPollAlone};
    if (account == nullptr) return poll_at(poll, poll.due);
    auto call = account->call(stops ? Operation::open_stops : Operation::open_orders, symbol);
    call.limit = kOpenOrdersPage;
    if (poll.page > 1) call.page = poll.page;
    else poll.asked_at = now.steady;
    poll.ticket = caller.ask(now, connection, *this, {Urgency::poll, std::move(call), tag_of(id, Question::poll), 0, {}});
}

}  // namespace bf::engine
