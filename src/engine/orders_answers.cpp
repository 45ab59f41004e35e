// What the answers to questions about orders mean.
#include "engine/orders_inside.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using exchange::Asked;
using exchange::Problem;
using exchange::ProblemCode;
using exchange::Remark;

constexpr milliseconds kAfterCancel{200};      ///< Until the end of a cancelled order should be there to be read.
constexpr milliseconds kCancelAgain{3'000};    ///< A cancel that was taken and did nothing.

/// Whether a refusal of an order proves that the exchange has no such order.
bool is_proof(const Problem& problem, const OrderRules& rules) {
    if (problem.fate != Fate::refused) return false;
    switch (problem.code) {
        case ProblemCode::exchange_unavailable:
        case ProblemCode::duplicate_client_order_id:  // Our names are used once: an earlier copy of the request arrived.
        case ProblemCode::order_not_found: return false;
        case ProblemCode::rate_limited: return rules.overload_is_refusal;
        default: return true;
    }
}

/// What a page of open orders says about those that are not on it.
enum class Rest : std::uint8_t { none, next_page, out_of_reach };
Rest rest_of(const Account& account, const std::vector<market::Order>& page, std::int64_t number) {
    if (static_cast<std::int64_t>(page.size()) < kOpenOrdersPage) return Rest::none;
    switch (long_list_of(account.exchange, account.market, account.account_mode)) {
        case LongList::whole: return Rest::none;
        case LongList::numbered: return number < kOpenOrdersPagesMax ? Rest::next_page : Rest::out_of_reach;
        case LongList::cut_off: return Rest::out_of_reach;
    }
    return Rest::out_of_reach;
}

}  // namespace

void Orders::Inside::on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) {
    const auto question = static_cast<Question>(tag & 7U);
    if (question == Question::poll) return polled(now, tag >> 3, call, answer);
    const auto found = orders.find(tag >> 3);
    if (found == orders.end()) return;
    auto& one = found->second;
    const Asked asked{call, now.wall, account_of(one)->instruments};
    if (question == Question::place) one.place_ticket = 0;
    else if (question == Question::cancel) one.cancel_ticket = 0;
    else one.ask_ticket = 0;
    switch (question) {
        case Question::place: return placed(now, one, asked, answer);
        case Question::cancel: return canceled(now, one, asked, answer);
        case Question::query: return queried(now, one, asked, answer);
        case Question::stranger: return stranger_queried(now, one, asked, answer);
        case Question::open_orders: return listed(now, one, asked, answer);
        case Question::fills: return fills_listed(now, one, asked, answer);
        case Question::poll: return;
    }
}

void Orders::Inside::on_sent(Now, std::uint64_t tag) {
    const auto found = orders.find(tag >> 3);
    if (found != orders.end() && static_cast<Question>(tag & 7U) == Question::place) found->second.order.sent();
}

void Orders::Inside::on_expired(Now now, std::uint64_t tag) {
    const auto found = orders.find(tag >> 3);
    if (found == orders.end()) return;
    found->second.place_ticket = 0;
    end_without(now, found->second, End::denied, {ProblemCode::rate_limited, "rate_budget", exchange::say(Remark::no_room)});
}

void Orders::Inside::placed(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto& account = *account_of(one);
    auto placed = read(account, &exchange::Replies::placed, asked, answer);
    if (placed) {
        market::Order report;
        report.id = std::move(placed->id);
        const bool known = one.order.stage() >= Stage::open && (!report.id || one.order.exchange_id() == report.id);
        if (one.order.finished() || known) return watch(now, one);
        return merge(now, one, report);
    }
    const auto& problem = placed.error();
    if (problem.code == ProblemCode::rate_limited) caller.pause(now, account.connection, seconds{problem.retry_after_s.value_or(2)});
    // The stream told of it already: whatever this answer says, it is there.
    if (one.order.stage() >= Stage::open) {
        one.query_wanted = true;
        return watch(now, one);
    }
    // Signer and network say "refused" or "not sent" of what never reached the exchange.
    const bool ours = !std::holds_alternative<wire::Response>(answer);
    if (ours && problem.fate != Fate::unknown) return end_without(now, one, End::denied, refusal_of(problem));
    if (!ours && is_proof(problem, rules_for(one))) return end_without(now, one, End::refused, refusal_of(problem));
    doubt(now, one, problem.exchange_message.empty() ? std::string{to_string(problem.code)} : problem.exchange_message);
}

void Orders::Inside::canceled(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto& account = *account_of(one);
    if (one.order.finished()) return;
    const auto taken = read(account, &exchange::Replies::canceled, asked, answer);
    one.query_wanted = true;
    one.tries = 0;
    if (taken) {
        one.cancel_after = now.steady + microseconds{kCancelAgain};
        return look_at(one, now.steady + microseconds{kAfterCancel});
    }
    const auto& problem = taken.error();
    if (problem.code == ProblemCode::rate_limited) caller.pause(now, account.connection, seconds{problem.retry_after_s.value_or(2)});
    const bool already_gone = problem.code == ProblemCode::order_not_found;
    const bool passing = problem.fate != Fate::refused || problem.code == ProblemCode::rate_limited || problem.code == ProblemCode::exchange_unavailable ||
                         problem.code == ProblemCode::maintenance;
    if (!already_gone && !passing) trouble(one, refusal_of(problem));
    one.cancel_after = now.steady + microseconds{milliseconds{500} * (1 << std::min(one.cancel_tries++, 5))};
    attend(now, one);
}

void Orders::Inside::queried(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto report = read(*account_of(one), &exchange::Replies::order, asked, answer);
    if (one.order.finished()) return;
    if (report) {
        const bool other_name = report->client_order_id && to_lower(*report->client_order_id) != to_lower(one.order.intent().client_id);
        if (other_name) {
            trouble(one, {ProblemCode::other, "other_name", exchange::say(Remark::another_order)});
            return failed(now, one, exchange::unreadable("another order"));
        }
        one.probe = Probe::query;
        ++one.tries;
        merge(now, one, *report);
        // A cancel that was taken ends it soon.
        if (!one.order.finished() && one.order.cancel_wanted() && !one.order.end()) {
            one.query_wanted = true;
            watch(now, one);
        }
        return;
    }
    if (report.error().code != ProblemCode::order_not_found) return failed(now, one, report.error());
    const auto rules = rules_for(one);
    const bool unresolved = one.order.stage() == Stage::unresolved;
    const auto proof_from = unresolved ? one.proof_from : one.appeared_at + microseconds{rules.shows_late};
    if (one.asked_at < proof_from) {
        failed(now, one, report.error());
        // At the latest when silence begins to say something.
        return look_at(one, std::max(now.steady, proof_from));
    }
    one.probe = Probe::open_orders;
    attend(now, one);
}

void Orders::Inside::stranger_queried(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto& account = *account_of(one);
    const auto report = read(account, &exchange::Replies::order, asked, answer);
    if (!report && report.error().code != ProblemCode::order_not_found) return failed(now, one, report.error());
    if (!one.strangers.empty()) one.strangers.pop_back();
    Tracked* owner = report ? match(account.connection, report->client_order_id, std::nullopt) : nullptr;
    if (owner != nullptr) merge(now, *owner, *report);
    else foreign.note(account.connection, *asked.call.order_id);
    if (owner == &one) one.strangers.clear();
    if (!one.order.finished()) attend(now, one);
}

std::set<OrderNumber> Orders::Inside::take_list(Now now, const Account& account, const std::vector<market::Order>& reports) {
    std::set<OrderNumber> seen;
    for (const auto& report : reports) {
        Tracked* mine = match(account.connection, report.client_order_id, report.id);
        if (mine == nullptr) {
            stray(account, report);
            continue;
        }
        seen.insert(mine->order.intent().number);
        // A list may be older than what ended it since.
        if (!mine->order.finished()) merge(now, *mine, report);
    }
    return seen;
}

void Orders::Inside::listed(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto& account = *account_of(one);
    const auto reports = read(account, &exchange::Replies::open_orders, asked, answer);
    const auto page = std::exchange(one.list_page, 1);
    const bool again = std::exchange(one.list_again, false);
    if (!reports) return failed(now, one, reports.error());
    const auto seen = take_list(now, account, *reports);
    if (one.order.finished()) return;
    if (seen.contains(one.order.intent().number)) {
        one.probe = Probe::query;
        return watch(now, one);
    }
    switch (rest_of(account, *reports, page)) {
        case Rest::none: break;
        case Rest::next_page:
            one.list_page = page + 1;
            one.list_again = again;
            return ask_probe(now, one);
        case Rest::out_of_reach: return failed(now, one, exchange::unreadable("more open orders than one page holds"));
    }
    // While pages are read one after the other an order may move from one not read yet to one that was: absent is what is missing twice.
    if (page > 1 && !again) {
        one.list_again = true;
        return ask_probe(now, one);
    }
    one.probe = one.probe == Probe::open_orders && one.order.plan().stop_price ? Probe::stops : Probe::fills;
    one.fills_since = {};
    attend(now, one);
}

void Orders::Inside::polled(Now now, std::uint64_t id, const exchange::Call& call, CallAnswer& answer) {
    const auto key = polls_by_id.find(id);
    if (key == polls_by_id.end()) return;
    const auto found = polls.find(key->second);
    auto& poll = found->second;
    poll.ticket = 0;
    poll_at(poll, poll.due);
    const auto& account = *caller.find(found->first.connection);
    const auto reports = read(account, &exchange::Replies::open_orders, {call, now.wall, account.instruments}, answer);
    if (!reports) {
        poll.page = 1;
        poll.seen.clear();
        if (reports.error().code == ProblemCode::rate_limited) caller.pause(now, account.connection, seconds{reports.error().retry_after_s.value_or(2)});
        return;
    }
    const auto asked_at = poll.asked_at;
    const auto resting = poll.resting;
    const bool more = rest_of(account, *reports, poll.page) == Rest::next_page;
    auto before = std::exchange(poll.seen, {});
    poll.page = more ? poll.page + 1 : 1;
    // From here on the poll may be gone: its last order may have ended.
    auto seen = take_list(now, account, *reports);
    seen.merge(before);
    if (more) {
        const auto still = polls_by_id.find(id);
        if (still == polls_by_id.end()) return;
        auto& again = polls.find(still->second)->second;
        again.seen = std::move(seen);
        poll_at(again, now.steady);
        return;
    }
    for (const auto number : resting) {
        const auto order = orders.find(number);
        if (order == orders.end() || seen.contains(number) || order->second.appeared_at >= asked_at) continue;
        order->second.query_wanted = true;
        order->second.tries = 0;
        watch(now, order->second);
    }
}

/// What to do about a page of fills: nothing when it is not full; else what follows is asked for, as long as the list can be read on:
/// some list the newest first, and what is older than a page is then out of reach.
Orders::Inside::Page Orders::Inside::next_page(Now now, Tracked& one, const std::vector<market::Fill>& page) {
    if (static_cast<std::int64_t>(page.size()) < kPageMax) return Page::whole;
    const auto first = page.front().at.value_or(Instant{}), last = page.back().at.value_or(Instant{});
    if (last < first || last <= one.fills_since) return Page::cut_off;
    one.fills_since = last;
    ask_fills(now, one, false);
    return Page::read_on;
}

void Orders::Inside::fills_listed(Now now, Tracked& one, const Asked& asked, CallAnswer& answer) {
    const auto& account = *account_of(one);
    auto fills = read(account, &exchange::Replies::fills, asked, answer);
    if (!fills) return failed(now, one, fills.error());
    const auto& order = one.order;
    for (auto& fill : *fills) {
        if (!fill.order_id) fill.order_id = asked.call.order_id;
        if (Tracked* owner = match(account.connection, fill.client_order_id, fill.order_id)) {
            merge(now, *owner, fill, FillSource::query);
            continue;
        }
        const bool is_nameless = fill.order_id && !fill.client_order_id && !fill.forced;
        const bool could_be = order.stage() == Stage::unresolved && is_nameless && (!fill.side || *fill.side == order.plan().side);
        if (!could_be || foreign.contains(account.connection, *fill.order_id)) continue;
        if (std::find(one.strangers.begin(), one.strangers.end(), *fill.order_id) == one.strangers.end()) one.strangers.push_back(*fill.order_id);
    }
    if (order.finished()) return;
    const auto page = next_page(now, one, *fills);
    if (page == Page::read_on) return;
    if (one.probe == Probe::fills) {
        // Silence of a list that was not read whole proves nothing, unless the order's name alone does.
        if (page == Page::cut_off && rules_for(one).lookup != Lookup::always) {
            trouble(one, {ProblemCode::other, "fills_page", exchange::say(Remark::fills_too_many)});
            return failed(now, one, exchange::unreadable("more fills than one page holds"));
        }
        one.probe = Probe::strangers;
        return attend(now, one);
    }
    one.fills_since = {};
    if (order.fills_missing()) {
        ++one.tries;
        if (one.tries >= kTroubleTries) trouble(one, {ProblemCode::other, "fills_missing", exchange::say(Remark::fills_missing)});
    }
    watch(now, one);
}

}  // namespace bf::engine
