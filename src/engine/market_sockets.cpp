// The sockets of a market feed: which symbol on which, opened one after the other, reopened with growing, spread-out pauses, halved when
// the exchange refuses one of its symbols.
#include "engine/market_feed_inside.hpp"

#include <algorithm>
#include <array>

namespace bf::engine {
namespace {

using std::chrono::microseconds;
using exchange::ProblemCode;

/// Symbols that come together open one socket.
constexpr milliseconds kGather{50};
constexpr milliseconds kFirstPause{1'000};
constexpr milliseconds kLongestPause{60'000};
constexpr microseconds kRefusedFor{seconds{3'600}};
/// A socket that dies younger than this has proven nothing: the pauses go on growing.
constexpr microseconds kProven{seconds{30}};
/// A live socket answers a ping within so long (KuCoin's own figure, its pingTimeout; taken everywhere) or is replaced.
constexpr microseconds kDeaf{seconds{10}};
/// An older message counts as late only while what it would replace is fresh: should an exchange begin its numbers anew, it heals.
constexpr microseconds kLateWithin{seconds{5}};

/// A refusal that is about what was subscribed to, not about us or the exchange's state.
bool is_about_symbols(const exchange::Problem& problem) {
    if (problem.fate != Fate::refused) return false;
    switch (problem.code) {
        case ProblemCode::rate_limited:
        case ProblemCode::maintenance:
        case ProblemCode::exchange_unavailable:
        case ProblemCode::ip_not_allowed:
        case ProblemCode::region_restricted: return false;
        default: return true;
    }
}

}  // namespace

std::uint32_t MarketFeed::roll(std::uint32_t sides) {
    std::array<unsigned char, 4> dice{};
    entropy_.fill(dice);
    std::uint32_t number = 0;
    for (const auto byte : dice) number = number << 8 | byte;
    return sides == 0 ? 0 : number % sides;
}

MarketFeed::Socket* MarketFeed::find_socket(std::uint64_t id) const {
    const auto found = std::find_if(sockets_.begin(), sockets_.end(), [id](const auto& one) { return one->id == id; });
    return found == sockets_.end() ? nullptr : found->get();
}

void MarketFeed::place(SymbolIndex index) {
    auto& one = followed_[index];
    if (one.socket != nullptr || one.stream_again) return;
    const auto room = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& socket) {
        return socket->state == Socket::State::waiting && !socket->suspected && socket->members.size() < setup_.streams.symbols_per_socket;
    });
    const bool full = room == sockets_.end();
    if (full) sockets_.push_back(std::make_unique<Socket>(*this, ++last_socket_));
    auto& socket = full ? *sockets_.back() : **room;
    socket.members.push_back(index);
    one.socket = &socket;
    open_soon(kGather);
}

void MarketFeed::open_soon(milliseconds delay) {
    if (open_timer_) return;
    open_timer_ = world_.timers.after(delay, [this] {
        open_timer_.reset();
        open_next();
    });
}

void MarketFeed::open_next() {
    const auto ready = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& socket) { return socket->state == Socket::State::waiting && socket->open_after <= now(); });
    if (ready == sockets_.end()) return;
    if (opened_at_) {
        const auto wait = *opened_at_ + microseconds{setup_.streams.open_every} - now();
        if (wait.count() > 0) return open_soon(std::chrono::ceil<milliseconds>(wait));
    }
    opened_at_ = now();
    auto& socket = **ready;
    absorb(socket);
    open(socket);
    open_soon(setup_.streams.open_every);
}

/// What waits too comes along as far as there is room.
void MarketFeed::absorb(Socket& socket) {
    if (socket.suspected) return;
    for (auto& other : sockets_) {
        if (other.get() == &socket || other->state != Socket::State::waiting || other->suspected || other->open_after > now()) continue;
        while (!other->members.empty() && socket.members.size() < setup_.streams.symbols_per_socket) {
            followed_[other->members.back()].socket = &socket;
            socket.members.push_back(other->members.back());
            other->members.pop_back();
        }
    }
    std::erase_if(sockets_, [&](const auto& one) { return one.get() != &socket && one->members.empty(); });
}

void MarketFeed::open(Socket& socket) {
    socket.state = Socket::State::opening;
    exchange::StreamPlan plan;
    plan.market = setup_.market;
    if (auto address = adapter_.replies.fixed_stream_address(plan)) return connect(socket, std::move(*address));
    const auto answered = [this, id = socket.id](const wire::Response* response, const exchange::Call& asked, microseconds) -> MarketPoller::Verdict {
        auto* opening = find_socket(id);
        if (opening == nullptr) return std::nullopt;
        if (response == nullptr) {
            socket_down(id, exchange::unreadable("no answer to the request for a stream"));
            return std::nullopt;
        }
        auto address = adapter_.replies.stream_address(*response, {.call = asked, .now = world_.clock.wall()});
        std::optional<exchange::Problem> problem;
        if (!address) problem = address.error();
        else if (!setup_.repointed && !adapter_.replies.is_own_stream_address(address->url)) problem = exchange::unreadable("the exchange named a stream address that is not its own");
        if (!problem) {
            connect(*opening, std::move(*address));
            return std::nullopt;
        }
        // A refusal of the token is not one of the symbols.
        auto passing = *problem;
        passing.fate = Fate::unknown;
        socket_down(id, passing);
        return problem;
    };
    poller_.ask(PollClass::stream, make_call(exchange::Operation::public_stream), answered);
}

void MarketFeed::connect(Socket& socket, exchange::StreamAddress address) {
    connection::StreamTarget target{{}, setup_.site, std::move(address), {}, {}};
    target.plan.market = setup_.market;
    for (const auto index : socket.members) {
        target.plan.topics.push_back({exchange::TopicKind::ticker, followed_[index].symbol, {}});
        target.plan.topics.push_back({exchange::TopicKind::candles, followed_[index].symbol, market::Interval::m1});
    }
    const auto begin_anew = [this, &socket] {
        socket.live_since = now();
        for (const auto index : socket.members) {
            auto& one = followed_[index];
            one.book.sequence = one.mark.sequence = 0;
            // What was missed is looked up in the exchange's list.
            one.candles_after = {};
        }
    };
    connection::StreamLink::Events events;
    events.on_live = [this, &socket, begin_anew] {
        socket.state = Socket::State::live;
        socket.came_up = now();
        socket.suspected = false;
        begin_anew();
    };
    // Comes from inside the link, which may not be destroyed there.
    events.on_down = [this, id = socket.id, alive = std::weak_ptr<bool>{alive_}](const exchange::Problem& problem) {
        world_.timers.after(milliseconds{0}, [this, id, alive, problem] {
            if (!alive.expired()) socket_down(id, problem);
        });
    };
    events.on_heard = [this] { ++figures_.messages; };
    events.on_unreadable = [this, begin_anew](const exchange::Problem&) {
        ++figures_.unreadable;
        begin_anew();
    };
    socket.link = std::make_unique<connection::StreamLink>(world_, adapter_, std::move(target), socket, &instruments_, std::move(events));
}

void MarketFeed::socket_down(std::uint64_t id, const exchange::Problem& problem) {
    auto* socket = find_socket(id);
    if (socket == nullptr) return;
    const bool was_live = socket->state == Socket::State::live;
    socket->link.reset();
    socket->state = Socket::State::waiting;
    ++figures_.reopened;
    if (was_live && now() - socket->came_up >= kProven) socket->losses = 0;
    const auto pause = std::min(kFirstPause * (1 << std::min(socket->losses++, 6)), kLongestPause);
    socket->open_after = now() + microseconds{pause + milliseconds{roll(static_cast<std::uint32_t>(pause.count() / 2 + 1))}};
    if (was_live || !is_about_symbols(problem)) return;
    if (socket->members.size() == 1) {
        // This one it does not stream: polled, and tried again later.
        followed_[socket->members.front()].stream_again = now() + kRefusedFor;
        followed_[socket->members.front()].socket = nullptr;
        socket->members.clear();
        return;
    }
    socket->losses = 0;
    auto half = std::make_unique<Socket>(*this, ++last_socket_);
    half->suspected = socket->suspected = true;
    half->open_after = socket->open_after;
    const auto middle = socket->members.begin() + static_cast<std::ptrdiff_t>(socket->members.size() / 2);
    half->members.assign(middle, socket->members.end());
    socket->members.erase(middle, socket->members.end());
    for (const auto index : half->members) followed_[index].socket = half.get();
    sockets_.push_back(std::move(half));
}

/// Sockets that do not hear us any more are replaced; those that nobody listens to are closed; those that wait lose who left.
void MarketFeed::sweep_sockets() {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        const auto& socket = *sockets_[i];
        if (socket.state == Socket::State::live && socket.pinged > socket.heard() && now() - socket.pinged >= kDeaf) socket_down(socket.id, exchange::unreadable("no answer to a ping"));
    }
    const auto left = [this](SymbolIndex index) { return followed_[index].followers == 0; };
    for (auto& socket : sockets_) {
        const bool all = std::all_of(socket->members.begin(), socket->members.end(), left);
        if (!all && socket->state != Socket::State::waiting) continue;
        for (const auto index : socket->members)
            if (left(index)) followed_[index].socket = nullptr;
        std::erase_if(socket->members, left);
    }
    std::erase_if(sockets_, [](const auto& one) { return one->members.empty(); });
}

bool MarketFeed::is_late(Evidence& kept, const exchange::TickerEvent& event, microseconds now) {
    const bool older = (event.sequence && *event.sequence < kept.sequence) || (event.at && kept.at && *event.at < *kept.at);
    if (older && now - kept.own < kLateWithin) return true;
    kept.own = now;
    kept.sequence = event.sequence.value_or(0);
    if (event.at) kept.at = event.at;
    return false;
}

void MarketFeed::on_ticker(const exchange::TickerEvent& event) {
    const auto found = by_native_.find(event.native_symbol);
    if (found == by_native_.end()) return;
    auto& one = followed_[found->second];
    const auto at = now();
    const auto before = one.quote;
    if (event.bid || event.ask || event.last) {
        if (is_late(one.book, event, at)) {
            ++figures_.late;
        } else {
            set_prices(one, event.bid, event.ask, event.last, {});
            if (event.last) one.last_by_candle = false;
        }
    }
    if (event.mark && !is_late(one.mark, event, at)) set_prices(one, {}, {}, {}, event.mark);
    const auto& quote = one.quote;
    if (quote.bid != before.bid || quote.ask != before.ask || quote.last != before.last || quote.mark != before.mark) tell_quote(found->second);
}

void MarketFeed::on_candle(const exchange::CandleEvent& event) {
    const auto found = by_native_.find(event.native_symbol);
    if (found != by_native_.end()) take_stream_candle(found->second, event.candle);
}

}  // namespace bf::engine
