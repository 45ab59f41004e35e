// One instrument's market: a price that wanders by its seed until it is set, the synthetic depth around it, the trades it prints and
// its one-minute candles. Accounts' orders are not its business: the Exchange matches them against the levels it shows.
#pragma once
#include "simulator/core/random.hpp"
#include "simulator/core/types.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace bf::simulator {

/// The best prices of a real market.
struct BestPrices {
    Decimal bid, ask;
    friend bool operator==(const BestPrices&, const BestPrices&) = default;
};

struct Level {
    Decimal price;
    Decimal quantity;
};

class InstrumentMarket {
public:
    static constexpr int kDepth = 50;               ///< Synthetic levels a side.
    static constexpr std::size_t kHistory = 1500;   ///< Closed candles at start.
    static constexpr std::size_t kCandlesMax = 20'000;
    static constexpr std::size_t kTradesMax = 500;

    /// Makes the history that ends at `now`.
    InstrumentMarket(const Instrument& instrument, std::uint64_t seed, Instant now);

    /// One that follows a real market: no walk, no history, no prices until set_quote.
    InstrumentMarket(const Instrument& instrument, Instant now);

    /// One step of the walk; prints a trade. A price that was set stays.
    void step(Instant now);
    /// The instrument has other steps now: the same price in those.
    void relisted();
    /// The price stands until the next call (or release).
    void set_price(const Decimal& price, Instant now);
    void set_quote(const std::optional<BestPrices>& best, const Decimal& mark);
    /// What a real market's book held when it was asked, best first. Nothing better than the best prices is kept, and what is taken is gone
    /// until the next one.
    void set_book(std::vector<Level> bids, std::vector<Level> asks);
    /// A trade happened here: last price, candle, record. Returns it.
    const PublicTrade& print(Side taker, const Decimal& price, const Decimal& quantity, Instant now);

    [[nodiscard]] const Decimal& price() const { return price_; }  ///< The middle; also index and mark.
    [[nodiscard]] const Decimal& last() const { return last_; }
    [[nodiscard]] Decimal best_bid() const { return follows_ ? (best_ ? best_->bid : Decimal{}) : level_price(Side::buy, 0); }
    [[nodiscard]] Decimal best_ask() const { return follows_ ? (best_ ? best_->ask : Decimal{}) : level_price(Side::sell, 0); }
    [[nodiscard]] Decimal level_price(Side side, int level) const;
    /// What a level still holds in this step. Takers eat it; the next step brings it back.
    [[nodiscard]] Decimal level_quantity(Side side, int level) const;
    void take(Side side, int level, const Decimal& quantity);

    [[nodiscard]] const std::deque<PublicTrade>& trades() const { return trades_; }  ///< Newest last.
    /// One-minute candles, oldest first; the last one is still open.
    [[nodiscard]] const std::deque<Candle>& candles() const { return candles_; }
    /// Folded to intervals of `minutes`, aligned to Unix time, oldest first, those with open time in [from, to], the last one perhaps open.
    [[nodiscard]] std::vector<Candle> candles(int minutes, Instant from, Instant to) const;
    struct Day {
        Decimal open, high, low, volume, turnover;
    };
    [[nodiscard]] Day day(Instant now) const;  ///< Over the last 24 hours.

private:
    void lay_steps();
    void walk();
    void roll(Instant now);
    void touch(const Decimal& price, const Decimal& quantity);

    const Instrument& instrument_;
    std::uint64_t seed_;
    Random random_;
    Decimal unit_;               ///< What quantities are multiples of: worth about a hundred quote units.
    Decimal spacing_;            ///< Between levels.
    std::int64_t start_steps_{0};
    std::int64_t steps_{0};      ///< The walk's place, in steps of the price.
    Decimal price_;
    Decimal grid_;               ///< The price on the grid, rounded up: the best ask.
    Decimal last_;
    bool fixed_{false};
    bool follows_{false};
    void drop_better();

    std::optional<BestPrices> best_;   ///< While it follows.
    std::vector<Level> bids_, asks_;   ///< While it follows: what is left of the book.
    std::uint64_t round_{0};  ///< Steps so far: what the depth's quantities are drawn from.
    std::uint64_t trade_number_{0};
    std::map<std::pair<Side, int>, Decimal> eaten_;
    std::deque<PublicTrade> trades_;
    std::deque<Candle> candles_;
    mutable std::optional<Day> closed_day_;  ///< Of the closed candles of the last 24 hours, as of the open one: asked for often.
    mutable Instant closed_day_of_{};
};

}  // namespace bf::simulator
