// One candle after the other made of trades in their order.
#pragma once
#include "backtest/candle_builder.hpp"

#include <optional>
#include <string>

namespace bf::backtest {

class TradeFold {
public:
    explicit TradeFold(milliseconds interval) : builder_{interval}, interval_{interval.count()} {}

    /// Not before the trade before it. Why it is refused, as the rest of a sentence; nothing when it was taken.
    std::optional<std::string> add(std::int64_t time_ms, WrittenNumber price, WrittenNumber quantity);
    /// The last candle, too.
    std::optional<std::string> finish();

    [[nodiscard]] std::size_t candles() const { return builder_.size(); }
    [[nodiscard]] std::uint64_t volumes_cut() const { return builder_.volumes_cut() + volumes_cut_; }
    CandleColumns take() && { return std::move(builder_).finish(); }

private:
    CandleBuilder builder_;
    std::int64_t interval_;
    std::optional<std::int64_t> open_time_{};  ///< Of the candle that is being made.
    int digits_{0};                            ///< Of its prices, which are mantissas.
    std::uint64_t open_{0}, high_{0}, low_{0}, close_{0};
    int volume_digits_{0};
    unsigned __int128 volume_{0};
    std::uint64_t volumes_cut_{0};  ///< Before the builder saw them.
};

}  // namespace bf::backtest
