// What the account is worth at each candle's close: its peak, the deepest fall below a peak, the curve, and whether the brake is on.
//
// Between two events the account holds the same, so its worth follows the close: base + quantity * price. A whole stretch of candles is then
// known from its highest and lowest close. Closes only: what the account was worth inside a candle isn't counted.
#pragma once
#include "backtest/index.hpp"
#include "backtest/report.hpp"
#include "trading/brake.hpp"

namespace bf::backtest {

class EquityTrack {
public:
    EquityTrack(const Candles& candles, const Plan& plan, std::size_t first, std::size_t last, bool keep_curve);

    /// From the next candle on the account is worth base + quantity * price; a short's quantity is negative.
    void hold(const Decimal& base, const Decimal& quantity);
    /// One candle closed. The plain way: the brake is fed, too.
    void close(std::size_t candle);
    /// Candles [from, to) closed without an event.
    void close(std::size_t from, std::size_t to, const CandleIndex& index);
    /// Whether a fall of the equity pauses entries, as of the last close. `plain`: as the fed brake says.
    [[nodiscard]] bool brakes(bool plain) const;
    [[nodiscard]] Decimal worth_at(const Decimal& price) const;

    void finish(Instant at, const Decimal& equity);
    [[nodiscard]] const Decimal& deepest_fall() const { return fall_; }
    [[nodiscard]] const Decimal& fell_from() const { return fell_from_; }
    std::vector<EquityPoint> take_curve() { return std::move(curve_); }

private:
    /// A stretch of candles in which the account held the same.
    struct Stretch {
        std::size_t from, to;
        Decimal base, quantity;
    };
    [[nodiscard]] trading::Number worth(std::int32_t close) const { return base_ + per_tick_ * std::int64_t{close}; }
    void note(const Decimal& equity);
    void note_fall(const Decimal& fall, const Decimal& from);
    void note_stretch(std::size_t from, std::size_t to, const CandleIndex& index);
    void sample(std::size_t from, std::size_t to);
    [[nodiscard]] Decimal peak_since(Instant since) const;

    const Candles& candles_;
    Decimal limit_;
    seconds window_;
    trading::DrawdownBrake brake_;
    std::size_t stride_, next_sample_;
    Decimal held_base_, held_{};
    trading::Number base_, per_tick_{};  ///< The same, ready to multiply with.
    Decimal peak_, fall_{}, fell_from_, last_;
    std::size_t closed_;  ///< Candles up to here are counted.
    std::size_t first_;
    std::vector<Stretch> stretches_{};
    const CandleIndex* index_{nullptr};
    std::vector<EquityPoint> curve_{};
};

}  // namespace bf::backtest
