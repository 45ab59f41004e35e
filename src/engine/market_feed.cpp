#include "engine/market_feed_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;
using exchange::Operation;

constexpr milliseconds kTick{500};
/// A confirmation this old is renewed: by a ping where a socket vouches, by a poll where none does or the pong does not come.
constexpr microseconds kPingAfter{seconds{2}};
constexpr microseconds kPollAfter{milliseconds{2'500}};
constexpr microseconds kPollDespitePing{milliseconds{3'500}};
/// A price of its own is fetched so long before a socket's word would no longer do.
constexpr microseconds kBeforeVouched{seconds{5}};
constexpr microseconds kFreshEnough{seconds{1}};
constexpr microseconds kTellConfirmed{seconds{1}};
constexpr microseconds kInstrumentsEvery{seconds{300}};
constexpr microseconds kInstrumentsAgain{seconds{5}};
constexpr milliseconds kPriceAgain{1'000};
constexpr microseconds kUnknownAgain{seconds{60}};
/// No market is above it: a reply that says so is broken, and what is held would be worth more than an amount can be.
constexpr std::int64_t kPriceMost = 1'000'000'000'000;

bool same(const market::Instrument& a, const market::Instrument& b) {
    return a.tradable == b.tradable && a.api_tradable == b.api_tradable && a.price_step == b.price_step && a.quantity_step == b.quantity_step &&
           a.min_quantity == b.min_quantity && a.min_notional == b.min_notional && a.contract_size == b.contract_size && a.order_types == b.order_types &&
           a.max_quantity == b.max_quantity && a.max_notional == b.max_notional && a.symbol == b.symbol;
}

}  // namespace

MarketFeed::MarketFeed(connection::World world, connection::Adapter adapter, Setup setup, ports::Entropy& entropy, MarketListener& listener)
    : world_{world}, adapter_{adapter}, setup_{setup}, entropy_{entropy}, listener_{listener},
      poller_{world, adapter_, setup.pace, make_call(Operation::server_time)} {
    poll_instruments();
    schedule_tick();
}

MarketFeed::~MarketFeed() {
    *alive_ = false;
    if (tick_timer_) world_.timers.cancel(*tick_timer_);
    if (open_timer_) world_.timers.cancel(*open_timer_);
}

exchange::Call MarketFeed::make_call(Operation operation) const {
    exchange::Call call;
    call.operation = operation;
    call.market = setup_.market;
    call.site = setup_.site;
    return call;
}

SymbolIndex MarketFeed::follow(const market::Symbol& symbol, int candles_back) {
    const auto [known, fresh] = indices_.try_emplace(symbol, static_cast<SymbolIndex>(followed_.size()));
    const auto index = known->second;
    if (fresh) followed_.push_back({.symbol = symbol});
    auto& one = followed_[index];
    if (one.followers++ > 0) return index;
    one.candles_back = std::clamp(candles_back, 0, kCandlesBackMax);
    one.next_candle.reset();
    one.unverified.clear();
    one.running.reset();
    one.closing.reset();
    if (const auto* found = instrument(symbol)) {
        one.native = found->native_symbol;
        by_native_[one.native] = index;
        place(index);
    }
    return index;
}

void MarketFeed::unfollow(SymbolIndex index) {
    auto& one = followed_[index];
    BF_ASSERT(one.followers > 0);
    // Its socket is looked after at the next tick: this may be called from within one of its messages.
    if (--one.followers == 0) by_native_.erase(one.native);
}

std::optional<SymbolIndex> MarketFeed::find(const market::Symbol& symbol) const {
    const auto found = indices_.find(symbol);
    if (found == indices_.end() || followed_[found->second].followers == 0) return std::nullopt;
    return found->second;
}

const market::Instrument* MarketFeed::instrument(const market::Symbol& symbol) const {
    const auto found = by_symbol_.find(symbol);
    return found == by_symbol_.end() ? nullptr : found->second;
}

MarketFeed::Figures MarketFeed::figures() const {
    auto figures = figures_;
    figures.sockets = sockets_.size();
    figures.sockets_live = static_cast<std::size_t>(std::count_if(sockets_.begin(), sockets_.end(), [](const auto& one) { return one->state == Socket::State::live; }));
    figures.polls_waiting = poller_.waiting();
    figures.polls = poller_.asked();
    return figures;
}

// --- prices and their age

microseconds MarketFeed::confirmed_of(const Followed& one, const Evidence& part) const {
    if (part.own.count() == 0 || one.socket == nullptr || one.socket->state != Socket::State::live) return part.own;
    if (part.own < one.socket->live_since || now() - part.own > microseconds{kVouched}) return part.own;
    return std::max(part.own, one.socket->heard());
}

Quote MarketFeed::quote(SymbolIndex index) const {
    const auto& one = followed_[index];
    auto quote = one.quote;
    quote.confirmed = confirmed_of(one, one.book);
    quote.mark_confirmed = confirmed_of(one, one.mark);
    return quote;
}

std::optional<milliseconds> MarketFeed::age(SymbolIndex index) const {
    const auto& one = followed_[index];
    if (one.book.own.count() == 0) return std::nullopt;
    return std::chrono::ceil<milliseconds>(now() - confirmed_of(one, one.book));
}

Instant MarketFeed::wall_of(microseconds steady) const { return world_.clock.wall() - std::chrono::ceil<milliseconds>(now() - steady); }

void MarketFeed::tell_quote(SymbolIndex index) {
    auto& one = followed_[index];
    one.quote.confirmed = one.told = confirmed_of(one, one.book);
    one.quote.mark_confirmed = confirmed_of(one, one.mark);
    listener_.on_quote(index, one.quote);
}

void MarketFeed::schedule_tick() {
    tick_timer_ = world_.timers.after(kTick, [this] {
        schedule_tick();
        tick();
    });
}

void MarketFeed::tick() {
    if (now() >= instruments_due_) poll_instruments();
    sweep_sockets();
    // By count: a callback may follow more.
    for (SymbolIndex index = 0; index < followed_.size(); ++index) {
        if (followed_[index].followers == 0) continue;
        confirm(index);
        follow_candles(index);
    }
    open_soon(milliseconds{0});
}

void MarketFeed::confirm(SymbolIndex index) {
    auto& one = followed_[index];
    if (one.stream_again && now() >= *one.stream_again) {
        one.stream_again.reset();
        if (!one.native.empty()) place(index);
    }
    confirm_part(index, one.book, Operation::ticker, PollClass::price);
    if (setup_.market == market::Market::futures) confirm_part(index, one.mark, ticker_has_mark_ ? Operation::ticker : Operation::mark_price, PollClass::price);
    if (one.book.own.count() > 0 && confirmed_of(one, one.book) >= one.told + kTellConfirmed) tell_quote(index);
}

void MarketFeed::confirm_part(SymbolIndex index, const Evidence& part, Operation operation, PollClass urgency) {
    auto& one = followed_[index];
    const auto at = now();
    const auto age = at - confirmed_of(one, part);
    auto* socket = one.socket;
    const bool vouched = part.own.count() > 0 && socket != nullptr && socket->state == Socket::State::live && part.own >= socket->live_since &&
                         at - part.own < microseconds{kVouched} - kBeforeVouched;
    if (!vouched) {
        if (part.own.count() == 0 || age >= kPollAfter || at - part.own >= microseconds{kVouched} - kBeforeVouched) poll_price(index, operation, urgency);
        return;
    }
    if (age < kPingAfter) return;
    if (socket->pinged <= socket->heard()) {
        socket->pinged = at;
        socket->link->ping();
    }
    if (age >= kPollDespitePing) poll_price(index, operation, urgency);
}

void MarketFeed::want_fresh(SymbolIndex index) {
    auto& one = followed_[index];
    if (one.followers == 0 || now() - confirmed_of(one, one.book) < kFreshEnough) return;
    poll_price(index, Operation::ticker, PollClass::wanted);
}

void MarketFeed::poll_price(SymbolIndex index, Operation operation, PollClass urgency) {
    auto& one = followed_[index];
    if (one.price_asked || now() < one.price_after) return;
    one.price_asked = true;
    auto call = make_call(operation);
    call.symbol = one.symbol;
    const auto answered = [this, index](const wire::Response* response, const exchange::Call& asked, microseconds asked_at) -> MarketPoller::Verdict {
        auto& asked_of = followed_[index];
        asked_of.price_asked = false;
        std::optional<exchange::Problem> problem;
        if (response != nullptr) {
            const auto ticker = adapter_.replies.ticker(*response, {.call = asked, .now = world_.clock.wall(), .instruments = &instruments_});
            if (ticker) {
                asked_of.price_failures = 0;
                if (setup_.market == market::Market::futures && asked.operation == Operation::ticker) ticker_has_mark_ = ticker->mark.has_value();
                take_price(asked_of, *ticker, asked_at);
                if (asked_of.followers > 0) tell_quote(index);
                return std::nullopt;
            }
            problem = ticker.error();
        }
        const bool unknown = problem && problem->code == exchange::ProblemCode::invalid_symbol;
        asked_of.price_after = now() + (unknown ? kUnknownAgain : microseconds{kPriceAgain * (1 << std::min(asked_of.price_failures++, 2))});
        return problem;
    };
    poller_.ask(urgency, std::move(call), answered);
}

/// A poll shows how it was between asking and hearing: it stands for the moment of asking, and yields to what came since.
void MarketFeed::take_price(Followed& one, const market::Ticker& ticker, microseconds asked_at) {
    const auto newer = [&](Evidence& part) {
        if (part.own > asked_at) return false;
        part.own = asked_at;
        if (ticker.at && (!part.at || *ticker.at > *part.at)) part.at = ticker.at;
        return true;
    };
    if ((ticker.bid || ticker.ask || ticker.last) && newer(one.book)) set_prices(one, ticker.bid, ticker.ask, ticker.last, {});
    if (ticker.mark && newer(one.mark)) set_prices(one, {}, {}, {}, ticker.mark);
}

void MarketFeed::set_prices(Followed& one, const std::optional<Decimal>& bid, const std::optional<Decimal>& ask, const std::optional<Decimal>& last,
                            const std::optional<Decimal>& mark) {
    const auto credible = [](const std::optional<Decimal>& price) { return price && *price < Decimal{kPriceMost} ? price : std::nullopt; };
    if (bid || ask) {
        // A side that is not named is empty.
        one.quote.bid = credible(bid);
        one.quote.ask = credible(ask);
    }
    if (credible(last)) one.quote.last = last;
    if (credible(mark)) one.quote.mark = mark;
}

// --- instruments

void MarketFeed::poll_instruments() {
    if (instruments_asked_) return;
    instruments_asked_ = true;
    const auto answered = [this](const wire::Response* response, const exchange::Call& asked, microseconds asked_at) -> MarketPoller::Verdict {
        instruments_asked_ = false;
        instruments_due_ = now() + kInstrumentsAgain;
        if (response == nullptr) return std::nullopt;
        auto list = adapter_.replies.instruments(*response, {.call = asked, .now = world_.clock.wall()});
        if (!list) return list.error();
        // An empty list is no market that closed.
        if (list->empty()) return std::nullopt;
        instruments_due_ = now() + kInstrumentsEvery;
        instruments_confirmed_ = asked_at;
        take_instruments(std::move(*list));
        return std::nullopt;
    };
    poller_.ask(PollClass::rest, make_call(Operation::instruments), answered);
}

void MarketFeed::take_instruments(std::vector<market::Instrument> list) {
    struct Change {
        const market::Instrument* now;
        std::optional<market::Instrument> before;
    };
    std::vector<Change> changes;
    std::map<std::string_view, bool> listed;
    for (auto& instrument : list) {
        auto [at, fresh] = instruments_.try_emplace(instrument.native_symbol);
        listed.emplace(at->first, true);
        if (!fresh && same(at->second, instrument)) continue;
        changes.push_back({&at->second, fresh ? std::nullopt : std::optional{at->second}});
        at->second = std::move(instrument);
        if (at->second.symbol) by_symbol_[*at->second.symbol] = &at->second;
    }
    for (auto& [native, instrument] : instruments_) {
        if (listed.contains(native) || instrument.tradable == false) continue;
        changes.push_back({&instrument, instrument});
        instrument.tradable = false;
    }
    for (SymbolIndex index = 0; index < followed_.size(); ++index) {
        auto& one = followed_[index];
        if (one.followers == 0 || !one.native.empty()) continue;
        const auto* found = instrument(one.symbol);
        if (found == nullptr) continue;
        one.native = found->native_symbol;
        by_native_[one.native] = index;
        place(index);
    }
    for (const auto& change : changes) listener_.on_instrument(*change.now, change.before ? &*change.before : nullptr);
}

}  // namespace bf::engine
