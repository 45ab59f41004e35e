#include "engine/caller.hpp"

#include <algorithm>
#include <array>
#include <list>

namespace bf::engine {
namespace {

using connection::Pace;
using std::chrono::microseconds;
constexpr std::size_t kUrgencies = 5;

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
    Account account;
    std::array<std::list<std::uint64_t>, kUrgencies> queues{};  ///< Tickets, oldest first; those withdrawn are skipped. Lists: an empty deque takes 600 bytes.
    microseconds paused_until{0};
};

Caller::Caller(Effects& effects) : effects_{effects} {}
Caller::~Caller() = default;

void Caller::add(Account account) {
    auto& line = lines_[account.connection];
    if (!line) line = std::make_unique<Line>();
    line->account = std::move(account);
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
    const auto ticket = ++last_ticket_;
    Pending pending{found->second.get(), &asker, std::move(wish), {}, false};
    if (pending.wish.within.count() > 0) pending.expires = now.steady + pending.wish.within;
    found->second->queues[static_cast<std::size_t>(pending.wish.urgency)].push_back(ticket);
    pending_.emplace(ticket, std::move(pending));
    if (!busy_.contains(connection)) busy_.emplace(connection);
    return ticket;
}

bool Caller::withdraw(std::uint64_t ticket) {
    const auto found = pending_.find(ticket);
    if (found == pending_.end() || found->second.out) return false;
    pending_.erase(found);
    return true;
}

void Caller::pause(Now now, std::string_view connection, milliseconds span) {
    const auto found = lines_.find(connection);
    if (found != lines_.end()) found->second->paused_until = std::max(found->second->paused_until, now.steady + microseconds{span});
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

void Caller::pump(Now now) {
    next_wake_.reset();
    const auto sooner = [this](microseconds at) { next_wake_ = next_wake_ ? std::min(*next_wake_, at) : at; };
    std::vector<std::pair<Asker*, std::uint64_t>> expired;
    for (auto at = busy_.begin(); at != busy_.end();) {
        auto* const line = lines_.find(*at)->second.get();
        bool waits = false;
        for (auto& queue : line->queues) {
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
                const auto wait = wait_of(*line, pending, now);
                if (wait.count() > 0) {
                    sooner(now.steady + microseconds{wait});
                    if (pending.expires) sooner(*pending.expires + microseconds{1});
                    waits = true;
                    break;
                }
                let_out(*line, found->first, pending, now);
                queue.pop_front();
            }
        }
        at = waits ? std::next(at) : busy_.erase(at);
    }
    for (const auto& [asker, tag] : expired) asker->on_expired(now, tag);
}

}  // namespace bf::engine
