// Trends of pairs from closed candles, each kept once for everybody who looks at the same pair with the same numbers: the built-in signal
// generator of strategies, and whether a group's market is uncertain (trading/trend.hpp says what both mean).
//
// The month that volatility is compared with is read from the exchange's list when a trend is first wanted, then each candle after its close.
// A signal is told by the candle that made it, soon after that closed, and never out of the past that is read at the start.
#pragma once
#include "engine/market_feed.hpp"
#include "engine/trend_key.hpp"
#include "trading/trend.hpp"

#include <set>

namespace bf::engine {

class TrendFeed {
public:
    using Listener = std::function<void(const TrendNews&)>;
    TrendFeed(MarketFeed& market, const connection::World& world, Listener listener);
    ~TrendFeed();
    TrendFeed(const TrendFeed&) = delete;
    TrendFeed& operator=(const TrendFeed&) = delete;

    /// All that is wanted from now on; what is not in it any more is forgotten.
    void want(const std::set<TrendKey>& keys);
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
    struct Kept {
        trading::Trend trend;
        std::optional<Instant> next{};  ///< Opens next to be taken.
        bool asked{false};
        int failures{0};
        std::chrono::microseconds after{0};  ///< Steady; not asked before.
    };
    void tick();
    void schedule(milliseconds delay);
    void ask(const TrendKey& key, Kept& kept);
    void take(const TrendKey& key, Kept& kept, const std::vector<market::Candle>& list, std::int64_t rows_asked, Instant asked_at);

    MarketFeed& market_;
    ports::Clock& clock_;
    ports::Timers& timers_;
    Listener listener_;
    std::map<TrendKey, Kept> kept_;
    std::optional<ports::Timers::Id> timer_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::engine
