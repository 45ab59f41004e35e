#include "engine/orders.hpp"

#include "engine/orders_inside.hpp"

#include <algorithm>

namespace bf::engine {

// --- the face

Orders::Orders(std::uint64_t installation, std::uint64_t generation) : inside_{std::make_unique<Inside>(installation, generation)} {}
Orders::~Orders() = default;

void Orders::add_account(Now now, Account account) {
    inside_->caller.add(std::move(account));
    inside_->after(now);
}

void Orders::remove_account(Now now, std::string_view connection) {
    inside_->remove_account(now, connection);
    inside_->after(now);
}

Status Orders::replay(RecordKind kind, std::string_view payload) { return inside_->replay(kind, payload); }
Status Orders::end_replay() { return inside_->end_replay(); }

void Orders::reconcile(Now now) {
    for (auto& [number, one] : inside_->orders) inside_->reconcile(now, one);
    inside_->after(now);
}

void Orders::reconcile(Now now, std::string_view connection) {
    for (auto& [number, one] : inside_->orders)
        if (one.order.plan().connection == connection) inside_->reconcile(now, one);
    inside_->after(now);
}

OrderNumber Orders::submit(Now now, std::span<const OrderPlan> plans) {
    const auto first = inside_->submit(now, plans);
    inside_->after(now);
    return first;
}

std::uint64_t Orders::append(RecordKind kind, std::string payload) {
    inside_->effects.appends.push_back({++inside_->last_append, kind, std::move(payload)});
    return inside_->last_append;
}

void Orders::cancel(Now now, OrderNumber order) {
    const auto found = inside_->orders.find(order);
    if (found == inside_->orders.end()) return;
    inside_->cancel(now, found->second);
    inside_->after(now);
}

void Orders::on_durable(Now now, std::uint64_t append) {
    auto& in = *inside_;
    in.durable_to = std::max(in.durable_to, append);
    while (!in.not_durable.empty() && in.not_durable.front().first <= append) {
        const auto found = in.orders.find(in.not_durable.front().second);
        if (found != in.orders.end()) found->second.order.durable();
        in.not_durable.pop_front();
    }
    in.after(now);
}

void Orders::on_sent(Now now, std::uint64_t ticket) { inside_->caller.on_sent(now, ticket); }

void Orders::on_answer(Now now, std::uint64_t ticket, CallAnswer answer) {
    inside_->caller.on_answer(now, ticket, std::move(answer));
    inside_->after(now);
}

void Orders::on_order(Now now, std::string_view connection, const market::Order& report) {
    if (Tracked* one = inside_->match(connection, report.client_order_id, report.id)) inside_->merge(now, *one, report);
    else if (const auto* account = inside_->caller.find(connection)) inside_->stray(*account, report);
    inside_->after(now);
}

void Orders::on_fill(Now now, std::string_view connection, const market::Fill& fill) {
    if (Tracked* one = inside_->match(connection, fill.client_order_id, fill.order_id)) inside_->merge(now, *one, fill, FillSource::stream);
    else if (const auto* account = inside_->caller.find(connection)) inside_->stray(*account, fill);
    inside_->after(now);
}

void Orders::on_stream(Now now, std::string_view connection, bool live) {
    auto& in = *inside_;
    const bool was = in.live_streams.contains(connection);
    if (live == was) return;
    if (live) in.live_streams.emplace(connection);
    else in.live_streams.erase(in.live_streams.find(connection));
    // What was missed while it was down; and from now on nothing is told, so the polls begin.
    reconcile(now, connection);
}

void Orders::tick(Now now) {
    inside_->tick(now);
    inside_->after(now);
}

std::optional<microseconds> Orders::next_wake() const {
    auto next = inside_->caller.next_wake();
    const auto sooner = [&next](microseconds at) { next = next ? std::min(*next, at) : at; };
    if (!inside_->due.empty()) sooner(inside_->due.begin()->first);
    return next;
}

const Order* Orders::find(OrderNumber order) const {
    const auto found = inside_->orders.find(order);
    if (found != inside_->orders.end()) return &found->second.order;
    const auto* one = inside_->take_off_shelf(order);
    return one == nullptr ? nullptr : &one->order;
}

const Order* Orders::find(std::string_view client_id) const {
    const auto found = inside_->find_client_id(client_id);
    return found ? find(*found) : nullptr;
}

const Order* Orders::find_whole(OrderNumber order) const {
    const auto found = inside_->orders.find(order);
    return found == inside_->orders.end() ? nullptr : &found->second.order;
}

void Orders::each_whole(const std::function<void(const Order&)>& visit) const {
    for (const auto& [number, one] : inside_->orders) visit(one.order);
}

void Orders::each(const std::function<void(const Order&)>& visit, Instant since) const {
    each_whole([&](const Order& order) {
        if (order.intent().at >= since) visit(order);
    });
    for (const auto number : inside_->shelf.numbers())
        if (const auto* row = inside_->shelf.find(number); row != nullptr && row->at() >= since) visit(OrderShelf::read(*row));
}

void Orders::each(GroupNumber group, const std::function<void(const Order&)>& visit) const {
    const auto numbers = inside_->by_group.find(group);
    if (numbers == inside_->by_group.end()) return;
    for (const auto number : numbers->second) {
        if (const auto* row = inside_->shelf.find(number)) visit(OrderShelf::read(*row));
        else visit(inside_->orders.find(number)->second.order);
    }
}

std::size_t Orders::unfinished() const { return inside_->unfinished; }

void Orders::shelve(GroupNumber group, std::size_t keep, Instant since) {
    auto& in = *inside_;
    const auto numbers = in.by_group.find(group);
    if (numbers == in.by_group.end()) return;
    for (auto number = numbers->second.rbegin(); number != numbers->second.rend(); ++number) {
        const auto found = in.orders.find(*number);
        if (found == in.orders.end() || !in.may_be_shelved(found->second)) continue;
        if (keep > 0) --keep;
        else if (found->second.order.intent().at < since) in.put_on_shelf(found->second);
    }
}

void Orders::forget(GroupNumber group) {
    auto& in = *inside_;
    const auto numbers = in.by_group.find(group);
    if (numbers == in.by_group.end()) return;
    std::erase_if(numbers->second, [&in](OrderNumber number) {
        if (!in.is_finished(number)) return false;
        in.drop(number);
        return true;
    });
    if (numbers->second.empty()) in.by_group.erase(numbers);
}

void Orders::let_go(GroupNumber group) {
    auto& in = *inside_;
    const auto numbers = in.by_group.find(group);
    if (numbers == in.by_group.end()) return;
    for (const auto number : numbers->second) {
        if (!in.is_finished(number)) --in.unfinished;
        in.drop(number);
    }
    in.by_group.erase(numbers);
}

Effects& Orders::effects() { return inside_->effects; }
Caller& Orders::caller() { return inside_->caller; }

// --- wishes

/// What is sent for it, as the account takes it.
static exchange::Call call_of(const Intent& intent, const Account& account) {
    auto call = place_call(intent);
    call.account_mode = account.account_mode;
    call.site = account.site;
    call.key_version = account.key_version;
    return call;
}

Intent Orders::Inside::make_intent(Now now, const OrderPlan& plan) {
    Intent intent{plan, ++last_number, 0, {}, now.wall, {}};
    const auto* account = caller.find(plan.connection);
    const auto exchange = account == nullptr ? exchange::ExchangeId::mexc : account->exchange;
    auto& attempts_made = attempts_of(plan);
    attempts_made.order = intent.number;
    do {
        intent.attempt = ++attempts_made.last;
        const auto market = plan.symbol.is_futures() ? market::Market::futures : market::Market::spot;
        intent.client_id = ids.make(exchange, market, {plan.connection, plan.group, plan.leg, intent.attempt});
    } while (find_client_id(intent.client_id));
    if (account != nullptr) intent.digest = exchange::digest_of(plan.connection, call_of(intent, *account));
    return intent;
}

/// What is refused here, before anything is written or sent.
std::optional<Refusal> Orders::Inside::deny(const Intent& intent) const {
    using exchange::ProblemCode;
    using exchange::Remark;
    const auto& plan = intent.plan;
    const auto* account = caller.find(plan.connection);
    const auto denied = [](ProblemCode code, const char* word, Remark why) { return Refusal{code, word, exchange::say(why)}; };
    if (account == nullptr) return denied(ProblemCode::other, "no_connection", Remark::no_connection);
    const auto market = plan.symbol.is_futures() ? market::Market::futures : market::Market::spot;
    if (market != account->market) return denied(ProblemCode::invalid_symbol, "wrong_market", Remark::wrong_market);
    if (plan.stop_price && why_no_stop(account->exchange, market, account->account_mode))
        return denied(ProblemCode::other, "no_stop", Remark::no_stop);
    if (!plan.quantity.is_positive()) return denied(ProblemCode::below_min_size, "no_quantity", Remark::no_quantity);
    const auto& limits = plan.limits;
    if (limits.quantity_step.is_positive() && !is_multiple_of(plan.quantity, limits.quantity_step))
        return denied(ProblemCode::price_or_size_step, "quantity_step", Remark::off_quantity_step);
    if (plan.price && limits.price_step.is_positive() && !is_multiple_of(*plan.price, limits.price_step))
        return denied(ProblemCode::price_or_size_step, "price_step", Remark::off_price_step);
    if (plan.quantity < limits.min_quantity) return denied(ProblemCode::below_min_size, "min_quantity", Remark::below_minimum);
    if (auto checked = check_arguments(place_call(intent)); !checked) return Refusal{ProblemCode::other, "call", checked.error().detail};
    return std::nullopt;
}

OrderNumber Orders::Inside::submit(Now now, std::span<const OrderPlan> plans) {
    const auto first = last_number + 1;
    for (const auto& plan : plans) {
        auto intent = make_intent(now, plan);
        const auto number = intent.number;
        const auto denied = deny(intent);
        by_client_id.add(NameTable::hash(intent.client_id), number);
        by_group[plan.group].push_back(number);
        auto& one = orders.try_emplace(number, Order{std::move(intent)}).first->second;
        ++unfinished;
        if (denied) end_without(now, one, End::denied, *denied);
        else place(now, one);
    }
    return first;
}

void Orders::Inside::place(Now now, Tracked& one) {
    const auto& order = one.order;
    append(order.intent());
    one.append = last_append;
    not_durable.emplace_back(one.append, order.intent().number);
    const auto* account = account_of(one);
    auto call = call_of(order.intent(), *account);
    const auto urgency = lessens(order.plan().purpose) ? Urgency::exit : Urgency::entry;
    one.place_ticket = caller.ask(now, account->connection, *this,
                                  {urgency, std::move(call), tag_of(order.intent().number, Question::place), one.append, order.plan().send_within});
}

void Orders::Inside::cancel(Now now, Tracked& one) {
    if (one.order.finished() || one.order.end()) return;
    one.order.want_cancel();
    if (one.place_ticket != 0 && one.order.stage() < Stage::sent && caller.withdraw(one.place_ticket)) {
        one.place_ticket = 0;
        return end_without(now, one, End::denied, {exchange::ProblemCode::other, "withdrawn", exchange::say(exchange::Remark::withdrawn)});
    }
    one.cancel_after = microseconds{0};
    attend(now, one);
}

void Orders::Inside::reconcile(Now now, Tracked& one) {
    if (one.order.finished()) return;
    const auto* account = account_of(one);
    // Its placing is under way, or its connection is not here yet.
    if (account == nullptr || (one.place_ticket != 0 && one.order.stage() < Stage::unresolved)) return;
    if (one.order.stage() < Stage::unresolved) doubt(now, one, exchange::say(exchange::Remark::started_again));
    one.tries = 0;
    watch(now, one);
    // Of those that rest one list tells: what is not in it, or is filled further than booked, is asked for.
    const auto poll = polls.find(poll_key(one));
    if (poll != polls.end() && poll->second.resting.contains(one.order.intent().number)) {
        poll_at(poll->second, now.steady);
        if (!one.order.cancel_wanted()) return;
    }
    one.query_wanted = true;
    attend(now, one);
}

void Orders::Inside::remove_account(Now now, std::string_view connection) {
    if (caller.find(connection) == nullptr) return;
    for (auto& [number, one] : orders) {
        if (one.order.plan().connection != connection || one.order.finished()) continue;
        // What was not sent by now is not sent any more, signed or not (Performer).
        if (one.place_ticket != 0 && one.order.stage() < Stage::sent) {
            one.place_ticket = 0;
            end_without(now, one, End::denied, {exchange::ProblemCode::other, "withdrawn", exchange::say(exchange::Remark::connection_removed_first)});
            continue;
        }
        if (one.order.stage() < Stage::unresolved) {
            one.order.in_doubt();
            effects.observations.emplace_back(OrderUnresolved{number, exchange::say(exchange::Remark::connection_removed)});
        }
        one.place_ticket = one.cancel_ticket = one.ask_ticket = 0;
        rest(now, one, false);
        if (one.due) due.erase({*one.due, number});
        one.due.reset();
    }
    if (const auto stream = live_streams.find(connection); stream != live_streams.end()) live_streams.erase(stream);
    std::erase_if(unclaimed, [&](const auto& one) { return one.first == connection; });
    caller.remove(connection);
}

void Orders::Inside::tick(Now now) {
    while (!due.empty() && due.begin()->first <= now.steady) {
        const auto number = due.begin()->second;
        due.erase(due.begin());
        if ((number & kPollMark) != 0) {
            ask_poll(now, number & ~kPollMark);
            continue;
        }
        const auto found = orders.find(number);
        if (found == orders.end()) continue;
        found->second.due.reset();
        attend(now, found->second);
    }
}

}  // namespace bf::engine
