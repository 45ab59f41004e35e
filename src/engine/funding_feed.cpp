#include "engine/funding_feed.hpp"

#include <algorithm>
#include <limits>

namespace bf::engine {
namespace {

constexpr milliseconds kHour{std::chrono::hours{1}};

/// The first whole hour after a moment.
Instant next_hour(Instant at) { return Instant::from_ms((at.ms() / kHour.count() + 1) * kHour.count()); }

}  // namespace

FundingFeed::~FundingFeed() {
    for (const auto& [followed, state] : states_)
        if (state.ticket != 0) caller_.ignore(state.ticket);
}

void FundingFeed::follow(Now now, const std::string& connection, const market::Symbol& symbol, Instant since) {
    const auto [at, fresh] = states_.try_emplace(Followed{connection, symbol});
    if (!fresh) return;
    at->second.tag = ++last_tag_;
    at->second.since = since;
    begin(now, at->first, at->second);
    plan();
    caller_.pump(now);
}

void FundingFeed::unfollow(const std::string& connection, const market::Symbol& symbol) {
    const auto found = states_.find(Followed{connection, symbol});
    if (found == states_.end()) return;
    if (found->second.ticket != 0) caller_.ignore(found->second.ticket);
    states_.erase(found);
    plan();
}

void FundingFeed::forget(const std::string& connection) {
    std::erase_if(states_, [&](const auto& one) {
        if (one.first.connection != connection) return false;
        if (one.second.ticket != 0) caller_.ignore(one.second.ticket);
        return true;
    });
    plan();
}

void FundingFeed::want_fresh(Now now, const std::string& connection) {
    bool asked = false;
    for (auto& [followed, state] : states_) {
        if (followed.connection != connection || state.no_such_call) continue;
        if (state.ticket != 0) {
            state.again = true;
            continue;
        }
        begin(now, followed, state);
        asked = true;
    }
    plan();
    if (asked) caller_.pump(now);
}

void FundingFeed::read_anew(Now now, const std::string& connection) {
    for (auto& [followed, state] : states_) {
        if (followed.connection != connection) continue;
        if (state.ticket != 0) caller_.ignore(std::exchange(state.ticket, 0));
        state.known.reset();
    }
    want_fresh(now, connection);
}

void FundingFeed::heed_clock(Now now) {
    const bool set_back = latest_ - now.wall > kOverlap;
    latest_ = set_back ? now.wall : std::max(latest_, now.wall);
    if (!set_back) return;
    for (auto& [followed, state] : states_) {
        if (!state.known || *state.known <= now.wall) continue;
        state.known = now.wall;
        state.due = now.steady;
    }
    plan();
}

void FundingFeed::begin(Now now, const Followed& followed, State& state) {
    state.round_at = now.wall;
    state.page_until.reset();
    state.again = false;
    ask(now, followed, state);
}

void FundingFeed::ask(Now now, const Followed& followed, State& state) {
    const auto* account = caller_.find(followed.connection);
    if (account == nullptr) return retry(now, state);
    auto call = account->call(exchange::Operation::funding_payments, followed.symbol);
    call.since = state.known ? std::max(state.since, *state.known - milliseconds{kOverlap}) : state.since;
    call.until = state.page_until;
    call.limit = kPage;
    state.ticket = caller_.ask(now, followed.connection, *this, {Urgency::poll, std::move(call), state.tag, 0, {}});
}

void FundingFeed::retry(Now now, State& state) {
    state.due = now.steady + state.pause;
    state.pause = std::min<milliseconds>(state.pause * 2, kRetryLast);
    plan();
}

void FundingFeed::tick(Now now) {
    heed_clock(now);
    if (!wake_ || *wake_ > now.steady) return;
    bool asked = false;
    for (auto& [followed, state] : states_) {
        if (state.ticket != 0 || state.no_such_call || state.due > now.steady) continue;
        begin(now, followed, state);
        asked = true;
    }
    plan();
    if (asked) caller_.pump(now);
}

void FundingFeed::plan() {
    wake_.reset();
    for (const auto& [followed, state] : states_)
        if (state.ticket == 0 && !state.no_such_call) wake_ = wake_ ? std::min(*wake_, state.due) : state.due;
}

void FundingFeed::on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) {
    const auto found = std::find_if(states_.begin(), states_.end(), [tag](const auto& one) { return one.second.tag == tag; });
    if (found == states_.end()) return;
    const auto followed = found->first;
    auto& state = found->second;
    state.ticket = 0;
    if (const auto* error = std::get_if<exchange::CallError>(&answer)) {
        state.no_such_call = error->kind == exchange::CallError::Kind::not_supported;
        return retry(now, state);
    }
    const auto* account = caller_.find(followed.connection);
    const auto* response = std::get_if<wire::Response>(&answer);
    if (response == nullptr || account == nullptr) return retry(now, state);
    const auto page = account->replies->funding_payments(*response, {call, now.wall, account->instruments});
    if (!page) {
        if (page.error().code == exchange::ProblemCode::rate_limited) caller_.pause(now, followed.connection, seconds{page.error().retry_after_s.value_or(2)});
        return retry(now, state);
    }
    take(now, followed, *page);
}

void FundingFeed::take(Now now, const Followed& followed, const exchange::FundingPage& page) {
    // Told before it counts as known, since a group that waits for it would end without the rest of the page. Telling may end one all the
    // same, and with it this reading.
    for (const auto& payment : page.payments) listener_.paid(now, followed.connection, payment);
    const auto found = states_.find(followed);
    if (found == states_.end()) return;
    auto& state = found->second;
    std::optional<Instant> oldest;
    for (const auto& payment : page.payments) oldest = oldest ? std::min(*oldest, payment.at) : payment.at;
    // Lists begin with the newest: what is missing is older than the oldest of this page. One that does not go back is the end of it.
    if (page.more && oldest && (!state.page_until || *oldest < *state.page_until)) {
        state.page_until = oldest;
        ask(now, followed, state);
        return caller_.pump(now);
    }
    state.known = std::min(now.wall, std::max(state.known.value_or(Instant{}), state.round_at - milliseconds{kShowsLate}));
    state.pause = kRetryFirst;
    const auto wait = next_hour(*state.known) + milliseconds{kShowsLate} + milliseconds{1000} - now.wall;
    state.due = state.again ? now.steady : now.steady + std::max(std::chrono::microseconds{0}, std::chrono::microseconds{wait});
    plan();
    listener_.read(now, followed.connection, followed.symbol);
}

std::optional<Instant> FundingFeed::known_to(const std::string& connection, const market::Symbol& symbol) const {
    const auto found = states_.find(Followed{connection, symbol});
    if (found == states_.end()) return std::nullopt;
    return found->second.no_such_call ? std::optional{Instant::from_ms(std::numeric_limits<std::int64_t>::max())} : found->second.known;
}

}  // namespace bf::engine
