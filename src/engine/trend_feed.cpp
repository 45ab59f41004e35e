#include "engine/trend_feed.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr milliseconds kTick{1'000};
/// After the close, until the exchange's list is asked: its last trades have to get there.
constexpr milliseconds kAfterClose{2'000};
constexpr milliseconds kAskAgain{2'000};
/// As kAskAgain, when the list simply has no candle yet: a quiet pair may have none.
constexpr milliseconds kAskQuiet{20'000};
constexpr std::int64_t kRowsMax = 500;
/// A cross is news for so long after its candle closed.
constexpr milliseconds kSignalFresh{seconds{300}};

trading::GeneratorSettings settings_of(const TrendKey& key) { return {true, key.interval, key.fast, key.slow, key.quiet_factor}; }

Instant floor_to(Instant at, milliseconds length) { return Instant::from_ms(at.ms() - at.ms() % length.count()); }

}  // namespace

TrendFeed::TrendFeed(MarketFeed& market, const connection::World& world, Listener listener)
    : market_{market}, clock_{world.clock}, timers_{world.timers}, listener_{std::move(listener)} {}

TrendFeed::~TrendFeed() {
    *alive_ = false;
    if (timer_) timers_.cancel(*timer_);
}

void TrendFeed::want(const std::set<TrendKey>& keys) {
    std::erase_if(kept_, [&](const auto& entry) { return !keys.contains(entry.first); });
    for (const auto& key : keys) kept_.try_emplace(key, Kept{trading::Trend{settings_of(key)}});
    if (!timer_ && !kept_.empty()) schedule(milliseconds{0});
}

void TrendFeed::schedule(milliseconds delay) {
    timer_ = timers_.after(delay, [this] {
        timer_.reset();
        tick();
        if (!timer_ && !kept_.empty()) schedule(kTick);
    });
}

void TrendFeed::tick() {
    const auto exchange_now = market_.exchange_now();
    // Without the exchange's time no candle is known to be closed; without its instruments none can be asked for.
    if (!exchange_now) return;
    for (auto& [key, kept] : kept_) {
        if (kept.asked || clock_.steady() < kept.after || market_.instrument(key.symbol) == nullptr) continue;
        const auto length = trading::length_of(key.interval);
        if (!kept.next) {
            const auto back = std::max<std::int64_t>(static_cast<std::int64_t>(trading::candles_of_30_days(key.interval)), key.slow + 1);
            kept.next = floor_to(*exchange_now, length) - length * back;
        }
        if (*exchange_now >= *kept.next + length + kAfterClose) ask(key, kept);
    }
}

void TrendFeed::ask(const TrendKey& key, Kept& kept) {
    const auto length = trading::length_of(key.interval);
    const auto rows = std::clamp<std::int64_t>((*market_.exchange_now() - *kept.next) / length + 2, 3, kRowsMax);
    kept.asked = true;
    const auto alive = std::weak_ptr<bool>{alive_};
    market_.list_candles(key.symbol, key.interval, *kept.next, rows, [this, alive, key, rows](const std::vector<market::Candle>* list, Instant asked_at) {
        if (alive.expired()) return;
        const auto found = kept_.find(key);
        if (found == kept_.end()) return;
        auto& asked_of = found->second;
        asked_of.asked = false;
        if (list == nullptr) {
            asked_of.after = clock_.steady() + kAskAgain * (1 << std::min(asked_of.failures++, 5));
            return;
        }
        asked_of.failures = 0;
        take(key, asked_of, *list, rows, asked_at);
    });
}

void TrendFeed::take(const TrendKey& key, Kept& kept, const std::vector<market::Candle>& list, std::int64_t rows_asked, Instant asked_at) {
    const auto length = trading::length_of(key.interval);
    // Spans without a trade have no candle on some exchanges, and the exchange's memory may begin later than we would like: what was asked
    // for and closed long before the asking is done with, candle or not.
    const auto looked_at = std::min(*kept.next + length * rows_asked, floor_to(asked_at, length) - length);
    std::optional<trading::Direction> signal;
    bool news = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& candle = list[i];
        if (candle.open_time < *kept.next) continue;
        // One with another behind it is over, whatever the clocks say.
        if (i + 1 == list.size() && asked_at < candle.open_time + length + kAfterClose) break;
        kept.next = candle.open_time + length;
        const auto crossed = kept.trend.close(candle);
        signal = crossed && asked_at - (candle.open_time + length) <= kSignalFresh ? crossed : std::nullopt;
        news = true;
    }
    if (static_cast<std::int64_t>(list.size()) < rows_asked && *kept.next < looked_at) kept.next = looked_at;
    // Nothing closed that was not known: a quiet pair, or a list that is late.
    if (!news && asked_at - *kept.next < length + length) kept.after = clock_.steady() + kAskQuiet;
    if (!news || !kept.trend.last()) return;
    using trading::Direction;
    listener_({key, kept.trend.uncertain_for(Direction::long_side), kept.trend.uncertain_for(Direction::short_side), signal, *kept.trend.last()});
}

}  // namespace bf::engine
