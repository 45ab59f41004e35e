// Closed one-minute candles of a market feed: by the exchange's list, in order, each once; by the stream's word when the list can't be had.
#include "engine/market_feed_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;

constexpr milliseconds kMinute{60'000};
/// After the close, until the exchange's list is asked: its last trades have to get there.
constexpr milliseconds kAfterClose{1'500};
constexpr microseconds kAskAgain{seconds{2}};
/// As kAskAgain, when the stream has not heard of a trade in that minute either.
constexpr microseconds kAskQuiet{seconds{20}};
constexpr std::int64_t kRowsMax = 500;
/// Candles told without the list's word that are remembered for it; older ones stand as they were told.
constexpr std::size_t kUnverifiedMax = 240;

Instant minute_of(Instant at) { return Instant::from_ms(at.ms() - at.ms() % kMinute.count()); }

bool same(const market::Candle& a, const market::Candle& b) {
    // One of the two may know no volume (KuCoin's futures stream sends a wrong one).
    return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close && a.volume == b.volume;
}

/// A later push of the same minute has at least as much volume; without volumes the newest counts.
void renew(market::Candle& kept, const market::Candle& push) {
    if (kept.volume && push.volume && *push.volume < *kept.volume) return;
    kept = push;
}

}  // namespace

void MarketFeed::take_stream_candle(SymbolIndex index, const market::Candle& candle) {
    auto& one = followed_[index];
    if (!one.running || candle.open_time > one.running->open_time) {
        if (one.running) one.closing = one.running;
        one.running = candle;
    } else if (candle.open_time == one.running->open_time) {
        renew(*one.running, candle);
    } else {
        if (one.closing && candle.open_time == one.closing->open_time) renew(*one.closing, candle);
        return;
    }
    if (!one.last_by_candle || one.quote.last == one.running->close) return;
    one.quote.last = one.running->close;
    tell_quote(index);
}

void MarketFeed::follow_candles(SymbolIndex index) {
    auto& one = followed_[index];
    if (!poller_.knows_time()) return;
    const auto exchange_now = poller_.exchange_now();
    if (!one.next_candle) one.next_candle = minute_of(exchange_now) - kMinute * one.candles_back;
    const auto closes = *one.next_candle + kMinute;
    const bool wanted = exchange_now >= closes + kAfterClose || !one.unverified.empty();
    if (wanted && !one.candles_asked && now() >= one.candles_after) ask_candles(index);
    if (exchange_now >= closes + kCandlePatience) tell_by_stream(index, exchange_now);
}

void MarketFeed::tell_by_stream(SymbolIndex index, Instant exchange_now) {
    auto& one = followed_[index];
    for (const auto* heard : {&one.closing, &one.running}) {
        if (!*heard || (*heard)->open_time != *one.next_candle || exchange_now < *one.next_candle + kMinute + kCandlePatience) continue;
        const auto candle = **heard;
        one.next_candle = candle.open_time + kMinute;
        one.unverified.push_back(candle);
        if (one.unverified.size() > kUnverifiedMax) one.unverified.erase(one.unverified.begin());
        listener_.on_candle(index, candle, CandleNews::closed);
        return;
    }
}

void MarketFeed::ask_candles(SymbolIndex index) {
    auto& one = followed_[index];
    const auto since = one.unverified.empty() ? *one.next_candle : std::min(one.unverified.front().open_time, *one.next_candle);
    auto call = make_call(exchange::Operation::candles);
    call.symbol = one.symbol;
    call.interval = market::Interval::m1;
    call.since = since;
    call.limit = std::clamp<std::int64_t>((poller_.exchange_now() - since) / kMinute + 2, 3, kRowsMax);
    one.candles_asked = true;
    const auto answered = [this, index, since](const wire::Response* response, const exchange::Call& asked, microseconds asked_at) -> MarketPoller::Verdict {
        auto& asked_of = followed_[index];
        asked_of.candles_asked = false;
        asked_of.candles_after = now() + kAskAgain * (1 << std::min(asked_of.candles_failures++, 4));
        if (response == nullptr || asked_of.followers == 0 || !asked_of.next_candle) return std::nullopt;
        const auto list = adapter_.replies.candles(*response, {.call = asked, .now = world_.clock.wall(), .instruments = &instruments_});
        if (!list) return list.error();
        asked_of.candles_failures = 0;
        take_candles(index, *list, since, *asked.limit, poller_.exchange_at(asked_at));
        return std::nullopt;
    };
    poller_.ask(PollClass::candles, std::move(call), answered);
}

void MarketFeed::take_candles(SymbolIndex index, const std::vector<market::Candle>& list, Instant since, std::int64_t rows_asked, Instant asked_at) {
    const bool whole = static_cast<std::int64_t>(list.size()) < rows_asked;
    // After a long silence the list is asked for in parts: it says nothing about what opened later.
    const auto reach = since + kMinute * rows_asked;
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto& one = followed_[index];
        const auto& candle = list[i];
        if (candle.open_time < since) continue;
        // One with another behind it is over, whatever the clocks say.
        if (i + 1 == list.size() && asked_at < candle.open_time + kMinute + kAfterClose) break;
        if (candle.open_time >= *one.next_candle) {
            one.next_candle = candle.open_time + kMinute;
            listener_.on_candle(index, candle, CandleNews::closed);
        } else {
            const auto told = std::find_if(one.unverified.begin(), one.unverified.end(), [&](const auto& before) { return before.open_time == candle.open_time; });
            if (told == one.unverified.end()) continue;
            const bool differs = !same(*told, candle);
            one.unverified.erase(told);
            if (differs) listener_.on_candle(index, candle, CandleNews::corrected);
        }
        // The listener may have left, or left and come again.
        if (followed_[index].followers == 0 || !followed_[index].next_candle) return;
    }
    auto& one = followed_[index];
    if (!whole) {
        one.candles_after = {};
        return;
    }
    // Minutes that closed a whole minute before the asking and are not in the list had no trade.
    const auto settled = std::min(minute_of(asked_at) - kMinute, reach);
    std::erase_if(one.unverified, [&](const auto& told) { return told.open_time < settled; });
    if (*one.next_candle < settled) one.next_candle = settled;
    if (reach <= minute_of(asked_at)) {
        one.candles_after = {};
        return;
    }
    const auto heard = [&](const std::optional<market::Candle>& candle) { return candle && candle->open_time == *one.next_candle; };
    one.candles_after = now() + (heard(one.closing) || heard(one.running) ? kAskAgain : kAskQuiet);
}

void MarketFeed::list_candles(const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, std::int64_t limit, CandlesDone done) {
    auto call = make_call(exchange::Operation::candles);
    call.symbol = symbol;
    call.interval = interval;
    call.since = since;
    call.limit = limit;
    const auto answered = [this, done = std::move(done)](const wire::Response* response, const exchange::Call& asked, microseconds asked_at) -> MarketPoller::Verdict {
        const auto exchange_then = poller_.exchange_at(asked_at);
        if (response == nullptr) {
            done(nullptr, exchange_then);
            return std::nullopt;
        }
        const auto list = adapter_.replies.candles(*response, {.call = asked, .now = world_.clock.wall(), .instruments = &instruments_});
        done(list ? &*list : nullptr, exchange_then);
        return list ? std::nullopt : std::optional{list.error()};
    };
    poller_.ask(PollClass::rest, std::move(call), answered);
}

}  // namespace bf::engine
