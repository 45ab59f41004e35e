// What closed candles say: the built-in signal generator, whether the market is uncertain, whether the last candle falls against a group.
//
// Trend is the side of the fast moving average of closes on which the slow one lies. Volatility of a candle is its range by its close, averaged
// over 14 candles, and compared with the median of that over 30 days, taken from at most 720 evenly spaced samples. Exact decimals throughout; averages are compared as sums, undivided.
// A signal is given once, by the candle that made the averages cross, and only while volatility is not above `quiet_factor` medians.
#pragma once
#include "trading/number.hpp"
#include "trading/settings.hpp"

#include <vector>

namespace bf::trading {

class Trend {
public:
    enum class Side : std::uint8_t { unknown, up, down };

    explicit Trend(GeneratorSettings settings);

    /// The next closed candle. One that is not later than the last is ignored: streams repeat themselves.
    /// Returns the direction a signal is to be sent for.
    std::optional<Direction> close(const market::Candle& candle);

    [[nodiscard]] Side side() const { return side_; }
    /// The trend points against `direction`, or volatility is above twice its median. Nothing until there are candles enough.
    [[nodiscard]] std::optional<bool> uncertain_for(Direction direction) const;
    [[nodiscard]] const std::optional<market::Candle>& last() const { return last_; }

private:
    [[nodiscard]] Number sum_of_last(int count) const;
    /// The sum of the last `count` closes, from that of those before: exact, so nothing adds up.
    void follow(Number& sum, int count) const;
    void note_volatility(const market::Candle& candle);
    [[nodiscard]] bool is_wild(const Decimal& factor) const;

    static constexpr std::size_t kVolatilityCandles = 14, kSamplesMax = 720;
    GeneratorSettings settings_;
    std::vector<Decimal> closes_;  ///< The last `slow`, a ring.
    std::size_t closes_seen_{0};
    Number fast_sum_{Number::out_of_range()}, slow_sum_{Number::out_of_range()};  ///< Out of range: to be added up anew.
    std::array<Decimal, kVolatilityCandles> ranges_{};
    std::size_t ranges_seen_{0};
    Decimal volatility_{};          ///< Of the last 14 candles, as their sum.
    std::vector<Decimal> samples_;  ///< Of 30 days, a ring.
    std::vector<Decimal> sorted_;   ///< The same, in order: its middle is the median.
    std::size_t samples_seen_{0};
    std::size_t stride_{1};         ///< Candles a sample.
    Side side_{Side::unknown};
    std::optional<market::Candle> last_{};
};

/// A candle that closed against the group: below its open for a long, above it for a short (MARKET_FALLING).
bool is_against(const market::Candle& candle, Direction direction);
/// How many candles of an interval make 30 days.
std::size_t candles_of_30_days(market::Interval interval);
milliseconds length_of(market::Interval interval);

}  // namespace bf::trading
