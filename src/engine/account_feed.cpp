#include "engine/account_feed.hpp"

#include "engine/answer.hpp"
#include "engine/countable.hpp"
#include "engine/exchange_rules.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using exchange::Operation;
using std::chrono::microseconds;

constexpr std::int64_t kPageMax = 100;
constexpr milliseconds kFirstPause{1'000};
/// A refusal that will not change by itself: a right that is missing, a call the exchange does not have.
constexpr milliseconds kRefusedPause{60'000};
constexpr microseconds kPruneEvery{seconds{60}};
/// Pings go out every 15 to 20 s: a live stream that was not heard for longer than that and a pong's way may be dead.
constexpr microseconds kSilent{seconds{25}};

bool is_passing(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    return code == Code::exchange_unavailable || code == Code::maintenance || code == Code::rate_limited || code == Code::clock_skew;
}

bool countable(const market::Balance& balance) { return can_be_counted(balance.free) && can_be_counted(balance.locked) && can_be_counted(balance.total); }
bool countable(const market::Position& position) {
    for (const auto& figure : {position.quantity, position.entry_price, position.unrealized_pnl, position.margin, position.leverage})
        if (!can_be_counted(figure)) return false;
    if (!position.quantity || !position.entry_price) return true;
    const auto cost = Decimal::product(*position.quantity, *position.entry_price, Rounding::up);
    return cost && can_be_counted(*cost);
}
exchange::Problem beyond_all() { return exchange::unreadable("an amount beyond all that is ever held"); }

milliseconds lists_late(const Account& account) { return rules_of(account.exchange, account.market).shows_late; }

}  // namespace

AccountFeed::AccountFeed(std::string connection, Caller& caller, ports::Clock& clock, AccountListener& listener)
    : connection_{std::move(connection)}, caller_{caller}, clock_{clock}, listener_{listener}, money_{lists_late(*caller.find(connection_))},
      funding_{caller, {[this](Now, const auto&, const market::FundingPayment& payment) { money_.on_funding(payment); }, [](Now, const auto&, const auto&) {}}} {
    const auto at = now();
    add_topic(at, Kind::balances, nullptr, {});
    if (account().market == market::Market::spot) return;
    add_topic(at, Kind::positions, nullptr, {});
    // Of the whole account; spot exchanges list them by symbol only.
    add_topic(at, Kind::open_orders, nullptr, {});
}

AccountFeed::~AccountFeed() {
    for (const auto& [tag, topic] : topics_)
        if (topic.ticket != 0) caller_.ignore(topic.ticket);  // Also one that is out: its answer must not look for us.
}

void AccountFeed::add_topic(Now now, Kind kind, const market::Symbol* symbol, Instant fills_since) {
    Topic topic;
    topic.kind = kind;
    topic.due = now.steady;
    topic.fills_since = fills_since;
    if (symbol != nullptr) {
        topic.symbol = *symbol;
        if (account().instruments != nullptr)
            for (const auto& [native, instrument] : *account().instruments)
                if (instrument.symbol == *symbol) topic.native = native;
    }
    topics_.emplace(++last_tag_, std::move(topic));
}

void AccountFeed::follow(Now now, const market::Symbol& symbol, Instant fills_since) {
    if (find(Kind::fills, symbol) != nullptr) return;
    // Further back no exchange lists them.
    const auto reach = rules_of(account().exchange, account().market).fills_reach;
    add_topic(now, Kind::fills, &symbol, std::max(fills_since, now.wall - reach + kOverlap * 2));
    if (account().market == market::Market::spot) add_topic(now, Kind::open_orders, &symbol, {});
}

void AccountFeed::unfollow(const market::Symbol& symbol) {
    std::erase_if(topics_, [&](const auto& one) {
        if (one.second.symbol != symbol) return false;
        if (one.second.ticket != 0) caller_.withdraw(one.second.ticket);
        return true;
    });
}

const AccountFeed::Topic* AccountFeed::find(Kind kind, const market::Symbol& symbol) const {
    for (const auto& [tag, topic] : topics_)
        if (topic.kind == kind && (!topic.symbol || *topic.symbol == symbol)) return &topic;
    return nullptr;
}

// --- polls

void AccountFeed::tick(Now now) {
    if (look_at_ && *look_at_ <= now.steady) look(now);
    // Until the stream is heard again or given up, polls go as without one.
    const bool silent = live_since_ && now.steady - heard_ > kSilent;
    for (auto& [tag, topic] : topics_)
        if (silent && topic.ticket == 0 && topic.failures == 0) topic.due = std::min(topic.due, topic.asked_at + microseconds{kPollAlone});
    for (auto& [tag, topic] : topics_)
        if (topic.ticket == 0 && topic.due <= now.steady) ask(now, tag, topic);
    if (now.steady - pruned_ >= kPruneEvery) {
        pruned_ = now.steady;
        for (const auto& [tag, topic] : topics_)
            if (topic.kind == Kind::fills && !topic.native.empty()) merge_.forget(topic.native, topic.fills_since - kOverlap, now.steady);
    }
    funding_.tick(now);
    caller_.pump(now);
}

std::optional<microseconds> AccountFeed::next_wake() const {
    auto wake = funding_.next_wake();
    if (look_at_) wake = std::min(wake.value_or(*look_at_), *look_at_);
    for (const auto& [tag, topic] : topics_)
        if (topic.ticket == 0) wake = wake ? std::min(*wake, topic.due) : topic.due;
    return wake;
}

void AccountFeed::want_fresh(Now now) {
    for (const auto kind : {Kind::balances, Kind::positions, Kind::open_orders, Kind::fills}) expect(now, kind, milliseconds{0});
}

void AccountFeed::look_again(Now now, milliseconds within, const market::Symbol* symbol) {
    if (symbol != nullptr) look_symbols_.insert(*symbol);
    const auto at = std::max(now.steady + within, looked_ + kLookEvery);
    look_at_ = std::min(look_at_.value_or(at), at);
    listener_.on_due();
}

void AccountFeed::look(Now now) {
    looked_ = now.steady;
    look_at_.reset();
    for (const auto kind : {Kind::balances, Kind::positions}) confirm(now, kind, nullptr, microseconds{0});
    for (const auto& symbol : std::exchange(look_symbols_, {})) {
        const auto* fills = find(Kind::fills, symbol);
        if (fills == nullptr || fills->native.empty()) continue;
        for (const auto kind : {Kind::open_orders, Kind::fills}) expect(now, kind, microseconds{0}, &fills->native);
    }
}

void AccountFeed::confirm(Now now, Kind kind, const std::string* native, microseconds within) {
    for (const auto& [tag, topic] : topics_) {
        if (topic.kind != kind || (native != nullptr && !topic.native.empty() && topic.native != *native)) continue;
        const auto soon = topic.known ? topic.asked_at + kConfirmEvery - now.steady : microseconds{0};
        expect(now, kind, std::max(within, soon), native);
        return;
    }
}

void AccountFeed::expect(Now now, Kind kind, microseconds within, const std::string* native) {
    for (auto& [tag, topic] : topics_) {
        if (topic.kind != kind || (native != nullptr && !topic.native.empty() && topic.native != *native)) continue;
        const auto at = now.steady + within;
        if (topic.ticket != 0) topic.again = std::min(topic.again.value_or(at), at);
        else topic.due = std::min(topic.due, at);
    }
}

void AccountFeed::ask(Now now, std::uint64_t tag, Topic& topic) {
    constexpr std::array<Operation, 4> kOperations{Operation::balances, Operation::positions, Operation::open_orders, Operation::fills};
    auto call = account().call(kOperations[static_cast<std::size_t>(topic.kind)], topic.symbol);
    if (topic.page == 1) topic.asked_at = now.steady;
    topic.again.reset();
    if (topic.kind == Kind::open_orders) {
        call.limit = kOpenOrdersPage;
        if (topic.page > 1) call.page = topic.page;
    }
    if (topic.kind == Kind::fills) {
        if (topic.page_since == Instant{}) {
            topic.page_since = topic.fills_since - kOverlap;
            topic.page_until.reset();
            topic.round_at = now.steady;
            topic.round_wall = now.wall;
        }
        call.limit = kPageMax;
        call.since = topic.page_since;
        call.until = topic.page_until;
    }
    // Until the first whole picture since the stream came up, nothing new is opened: that goes before regular looks.
    const bool missing = !topic.known || (live_since_ && *topic.known < *live_since_);
    topic.ticket = caller_.ask(now, connection_, *this, {missing ? Urgency::lookup : Urgency::poll, std::move(call), tag, 0, {}});
}

void AccountFeed::on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) {
    const auto found = topics_.find(tag);
    if (found == topics_.end()) return;
    auto& topic = found->second;
    topic.ticket = 0;
    const exchange::Asked asked{call, now.wall, account().instruments};
    const auto take = [&](auto&& list, auto&& use) {
        if (list) return use(*list);
        failed(now, topic, list.error());
    };
    switch (topic.kind) {
        case Kind::balances: take(read(account(), &exchange::Replies::balances, asked, answer), [&](const auto& list) {
            if (take_whole(now, topic, list)) weigh_money(now, topic, asked, answer, list);
        }); break;
        case Kind::positions: take(read(account(), &exchange::Replies::positions, asked, answer), [&](const auto& list) { take_whole(now, topic, list); }); break;
        case Kind::open_orders: take(read(account(), &exchange::Replies::open_orders, asked, answer), [&](const auto& list) { take_open_orders(now, tag, topic, list); }); break;
        case Kind::fills: take(read(account(), &exchange::Replies::fills, asked, answer), [&](const auto& list) { take_fills(now, tag, topic, list); }); break;
    }
    listener_.on_due();
    caller_.pump(now);
}

void AccountFeed::failed(Now now, Topic& topic, const exchange::Problem& problem) {
    topic.page_since = {};
    topic.page = 1;
    topic.listed.clear();
    auto pause = std::min(kFirstPause * (1 << std::min(topic.failures++, 4)), kPauseMax);
    if (problem.code == exchange::ProblemCode::rate_limited) caller_.pause(now, connection_, seconds{problem.retry_after_s.value_or(2)});
    if (!is_passing(problem.code)) {
        pause = kRefusedPause;
        if (topic.failures == 1) listener_.on_trouble(now, connection_, problem);
    }
    topic.due = now.steady + microseconds{pause};
}

void AccountFeed::settle(Now now, Topic& topic) {
    topic.failures = 0;
    const auto regular = now.steady + microseconds{live_since_ ? kPollLive : kPollAlone};
    topic.due = std::min(topic.again.value_or(regular), regular);
    topic.again.reset();
}

template <class Thing>
bool AccountFeed::take_whole(Now now, Topic& topic, const std::vector<Thing>& list) {
    if (!std::all_of(list.begin(), list.end(), [](const Thing& one) { return countable(one); })) {
        failed(now, topic, beyond_all());
        return false;
    }
    const auto polled = merge_.take_list(list, topic.asked_at);
    // What a stream told meanwhile stays, and is asked about again.
    if (!polled.doubtful) topic.known = topic.asked_at;
    settle(now, topic);
    if (polled.doubtful) topic.due = now.steady + microseconds{kFirstPause};
    if constexpr (std::is_same_v<Thing, market::Balance>) listener_.on_balances(now, connection_, merge_.balances(), true);
    else listener_.on_positions(now, connection_, merge_.positions(), true);
    return true;
}

void AccountFeed::take_open_orders(Now now, std::uint64_t tag, Topic& topic, const std::vector<market::Order>& page) {
    for (const auto& report : page)
        if (merge_.take(report, topic.asked_at)) listener_.on_order(now, connection_, report);
    const bool full = static_cast<std::int64_t>(page.size()) >= kOpenOrdersPage;
    const auto rest = long_list_of(account().exchange, account().market, account().account_mode);
    topic.listed.insert(topic.listed.end(), page.begin(), page.end());
    // An order that moves to an earlier page between two answers is on neither: it is then asked for by itself.
    const bool more = full && rest == LongList::numbered;
    if (more && topic.page < kOpenOrdersPagesMax) {
        ++topic.page;
        return ask(now, tag, topic);
    }
    topic.page = 1;
    const auto open = std::exchange(topic.listed, {});
    const bool whole = !full || rest == LongList::whole;
    if (whole) {
        if (!topic.symbol || !topic.native.empty()) merge_.take_open(open, topic.symbol ? &topic.native : nullptr, topic.asked_at);
        topic.known = topic.asked_at;
    } else if (!topic.cut_off) {
        listener_.on_trouble(now, connection_, exchange::unreadable("more open orders than one page of the exchange's list holds"));
    }
    topic.cut_off = !whole;
    settle(now, topic);
    if (whole) listener_.on_open_orders(now, connection_, topic.symbol ? &*topic.symbol : nullptr, open, topic.asked_at);
}

void AccountFeed::take_fills(Now now, std::uint64_t tag, Topic& topic, const std::vector<market::Fill>& fills) {
    for (const auto& fill : fills) tell(now, fill, true);
    if (static_cast<std::int64_t>(fills.size()) >= kPageMax) {
        // Some lists begin with the oldest and are read on, others with the newest and are read back.
        const auto first = fills.front().at.value_or(Instant{}), last = fills.back().at.value_or(Instant{});
        const bool forward = last > first;
        const bool moves = forward ? last > topic.page_since : last < topic.page_until.value_or(now.wall + kOverlap);
        if (moves) {
            if (forward) topic.page_since = last;
            else topic.page_until = last;
            return ask(now, tag, topic);
        }
        // A whole page within one millisecond: what is behind it can't be reached.
        if (!std::exchange(topic.cut_off, true)) listener_.on_trouble(now, connection_, exchange::unreadable("more fills at one moment than one page of the exchange's list holds"));
    } else {
        topic.cut_off = false;
    }
    topic.page_since = {};
    topic.known = topic.round_at;
    topic.fills_since = std::max(topic.fills_since, topic.round_wall - kOverlap);
    settle(now, topic);
    // What the money's sums waited for.
    if (const auto& lists = money_.wants_lists(); lists && lists_told(now) >= *lists) expect(now, Kind::balances, microseconds{0});
}

void AccountFeed::tell(Now now, const market::Fill& fill, bool from_list) {
    const auto taken = merge_.take(fill, from_list, now.steady);
    if (taken == AccountMerge::FillTaken::no) return;
    if (taken == AccountMerge::FillTaken::complete) money_.on_fill(fill);
    if (fill.symbol && fill.symbol->is_futures()) held_.insert(*fill.symbol);
    listener_.on_fill(now, connection_, fill, taken == AccountMerge::FillTaken::complete ? FillNews::complete : FillNews::without_fee);
}

// --- how fresh it is

std::optional<microseconds> AccountFeed::vouched(const Topic* topic) const {
    if (topic == nullptr || !topic->known) return std::nullopt;
    // Since the picture was whole the stream tells the rest.
    if (live_since_ && *topic->known >= *live_since_) return std::max(*topic->known, heard_ - microseconds{kStreamSettles});
    return topic->known;
}

std::optional<microseconds> AccountFeed::knows_to(const market::Symbol& symbol) const {
    const auto fills = vouched(find(Kind::fills, symbol)), orders = vouched(find(Kind::open_orders, symbol));
    if (!fills || !orders) return std::nullopt;
    return std::min(*fills, *orders);
}

bool AccountFeed::knows_after(const market::Symbol& symbol, microseconds moment) const {
    const auto orders = knows_to(symbol);
    if (!orders || *orders < moment) return false;
    for (const auto kind : {Kind::balances, Kind::positions}) {
        const auto* topic = find(kind, symbol);
        if (topic != nullptr && (!topic->known || *topic->known < moment)) return false;
    }
    return true;
}

// --- the private stream

const exchange::Instruments* AccountFeed::instruments() const { return account().instruments; }

void AccountFeed::on_live() {
    const auto at = now();
    heard_ = at.steady;
    live_since_ = at.steady;
    want_fresh(at);
    listener_.on_stream(at, connection_, true);
}

void AccountFeed::on_down(const exchange::Problem&) {
    const auto at = now();
    live_since_.reset();
    for (auto& [tag, topic] : topics_) topic.due = std::min(topic.due, at.steady + microseconds{kFirstPause});
    listener_.on_stream(at, connection_, false);
}

void AccountFeed::on_unreadable(const exchange::Problem&) {
    const auto at = now();
    live_since_ = at.steady;
    want_fresh(at);
}

void AccountFeed::on_done() {
    const auto at = now();
    tick(at);
    listener_.on_activity(at);
}

void AccountFeed::on_order(const market::Order& report) {
    const auto at = now();
    if (!merge_.take(report, at.steady)) return;
    confirm(at, Kind::balances);
    listener_.on_order(at, connection_, report);
}

void AccountFeed::on_fill(const market::Fill& fill) {
    const auto at = now();
    confirm(at, Kind::balances);
    confirm(at, Kind::positions);
    if (!fill.fee) confirm(at, Kind::fills, &fill.native_symbol);
    tell(at, fill, false);
}

void AccountFeed::on_balance(const market::Balance& balance) {
    if (!countable(balance)) return on_unreadable(beyond_all());
    const auto at = now();
    if (!merge_.take(balance, at.steady)) return;
    confirm(at, Kind::balances);
    listener_.on_balances(at, connection_, {balance}, false);
}

void AccountFeed::on_position(const market::Position& position) {
    if (!countable(position)) return on_unreadable(beyond_all());
    const auto at = now();
    if (!merge_.take(position, at.steady)) return;
    confirm(at, Kind::positions);
    listener_.on_positions(at, connection_, {position}, false);
}

}  // namespace bf::engine
