#include "engine/caller.hpp"

#include <algorithm>
#include <array>
#include <list>

namespace bf::engine {
namespace {

using connection::Pace;
using std::chrono::microseconds;
constexpr std::size_t kUrgencies = 5;
constexpr milliseconds kPauseMax{std::chrono::minutes{10}};

Pace::Share share_of(Urgency urgency) {
    switch (urgency) {
        case Urgency::cancel:
        case Urgency::exit: return Pace::Share::whole;
        case Urgency::lookup: return Pace::Share::most;
        case Urgency::entry:
        case Urgency::poll: return Pace::Share::scheduled;
    }
    return Pace::Share::scheduled;
}

}  // namespace

exchange::Call Account::call(exchange::Operation operation, const std::optional<market::Symbol>& symbol) const {
    exchange::Call call;
    call.operation = operation;
    call.market = market;
    call.account_mode = account_mode;
    call.site = site;
    call.key_version = key_version;
    call.symbol = symbol;
    return call;
}

struct Caller::Line {
    std::string_view name;  ///< The key of lines_.
    Account account{};
    std::array<std::list<std::uint64_t>, kUrgencies> queues{};  ///< Tickets, oldest first; those withdrawn are skipped. Lists: an empty deque takes 600 bytes.
    microseconds paused_until{0};
    std::optional<microseconds> look{};  ///< As in looks_.
};

Caller::Caller(Effects& effects) : effects_{effects} {}
Caller::~Caller() = default;

void Caller::add(Account account) {
    const auto [at, is_new] = lines_.try_emplace(account.connection);
    auto& line = at->second;
    if (is_new) line = std::make_unique<Line>(Line{.name = at->first});
    line->account = std::move(account);
    look_anew(*line);
}

void Caller::remove(std::string_view connection) {
    const auto found = lines_.find(connection);
    if (found == lines_.end()) return;
    auto& line = *found->second;
    std::erase_if(pending_, [&line](const auto& one) { return one.second.line == &line; });
    plan_look(line, std::nullopt);
    lines_.erase(found);
}

const Account* Caller::find(std::string_view connection) const {
    const auto found = lines_.find(connection);
    return found == lines_.end() ? nullptr : &found->second->account;
}

std::vector<std::string> Caller::sharing(const Account& account) const {
    std::vector<std::string> connections{account.connection};
    for (const auto& [connection, line] : lines_)
        if (connection != account.connection && account.is_same_wallet(line->account)) connections.push_back(connection);
    return connections;
}

std::uint64_t Caller::ask(Now now, std::string_view connection, Asker& asker, Wish wish) {
    const auto found = lines_.find(connection);
    BF_ASSERT(found != lines_.end());
    auto& line = *found->second;
    const auto ticket = ++last_ticket_;
    Pending pending{&line, &asker, std::move(wish), {}, false};
    if (pending.wish.within.count() > 0) pending.expires = now.steady + pending.wish.within;
    line.queues[static_cast<std::size_t>(pending.wish.urgency)].push_back(ticket);
    pending_.emplace(ticket, std::move(pending));
    plan_look(line, std::min(now.steady, line.look.value_or(now.steady)));
    return ticket;
}

bool Caller::withdraw(std::uint64_t ticket) {
    const auto found = pending_.find(ticket);
    if (found == pending_.end() || found->second.out) return false;
    look_anew(*found->second.line);
    pending_.erase(found);
    return true;
}

void Caller::ignore(std::uint64_t ticket) {
    const auto found = pending_.find(ticket);
    if (found == pending_.end()) return;
    look_anew(*found->second.line);
    pending_.erase(found);
}

void Caller::plan_look(Line& line, std::optional<microseconds> at) {
    if (at == line.look) return;
    if (line.look) looks_.erase({*line.look, line.name});
    if (at) looks_.emplace(*at, line.name);
    line.look = at;
}

void Caller::look_anew(Line& line) {
    if (line.look) plan_look(line, microseconds{0});
}

void Caller::pause(Now now, std::string_view connection, milliseconds span) {
    const auto found = lines_.find(connection);
    // Exits wait, too: whatever an answer asks for, after so long it is tried whether it still holds.
    if (found != lines_.end()) found->second->paused_until = std::max(found->second->paused_until, now.steady + microseconds{std::min(span, kPauseMax)});
}

void Caller::on_sent(Now now, std::uint64_t ticket) {
    const auto found = pending_.find(ticket);
    if (found != pending_.end()) found->second.asker->on_sent(now, found->second.wish.tag);
}

void Caller::on_answer(Now now, std::uint64_t ticket, CallAnswer answer) {
    const auto found = pending_.find(ticket);
    if (found == pending_.end()) return;
    const auto pending = std::move(found->second);
    pending_.erase(found);
    pending.asker->on_answer(now, pending.wish.tag, pending.wish.call, std::move(answer));
}

milliseconds Caller::wait_of(Line& line, const Pending& pending, Now now) const {
    const auto operation = pending.wish.call.operation;
    const auto share = share_of(pending.wish.urgency);
    auto wait = std::chrono::ceil<milliseconds>(std::max(microseconds{0}, line.paused_until - now.steady));
    for (Pace* pace : {line.account.address_pace, line.account.account_pace})
        if (pace != nullptr) wait = std::max(wait, pace->wait(now.steady, operation, line.account.market, share));
    return wait;
}

void Caller::let_out(Line& line, std::uint64_t ticket, Pending& pending, Now now) {
    for (Pace* pace : {line.account.address_pace, line.account.account_pace})
        if (pace != nullptr) pace->spend(now.steady, pending.wish.call.operation, line.account.market);
    pending.out = true;
    effects_.asks.push_back({ticket, line.account.connection, pending.wish.call, pending.wish.after, pending.expires});
}

std::optional<microseconds> Caller::pump(Line& line, Now now, std::vector<std::pair<Asker*, std::uint64_t>>& expired) {
    std::optional<microseconds> look;
    const auto sooner = [&look](microseconds at) { look = look ? std::min(*look, at) : at; };
    for (auto& queue : line.queues) {
        while (!queue.empty()) {
            const auto found = pending_.find(queue.front());
            if (found == pending_.end()) {
                queue.pop_front();
                continue;
            }
            auto& pending = found->second;
            if (pending.expires && *pending.expires < now.steady) {
                expired.emplace_back(pending.asker, pending.wish.tag);
                pending_.erase(found);
                queue.pop_front();
                continue;
            }
            const auto wait = wait_of(line, pending, now);
            if (wait.count() > 0) {
                sooner(now.steady + microseconds{wait});
                if (pending.expires) sooner(*pending.expires + microseconds{1});
                break;
            }
            let_out(line, found->first, pending, now);
            queue.pop_front();
        }
    }
    return look;
}

void Caller::pump(Now now) {
    std::vector<std::pair<Asker*, std::uint64_t>> expired;
    while (!looks_.empty() && looks_.begin()->first <= now.steady) {
        auto& line = *lines_.find(looks_.begin()->second)->second;
        plan_look(line, pump(line, now, expired));
    }
    next_wake_ = looks_.empty() ? std::nullopt : std::optional{looks_.begin()->first};
    for (const auto& [asker, tag] : expired) asker->on_expired(now, tag);
}

}  // namespace bf::engine
