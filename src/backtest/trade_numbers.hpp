// Which of the last seconds' trades have come, by their numbers: a trade that a file holds twice would be traded twice.
#pragma once
#include <cstdint>
#include <limits>
#include <map>

namespace bf::backtest {

class TradeNumbers {
public:
    /// `window_us`: what is older than the newest by more is forgotten.
    explicit TradeNumbers(std::int64_t window_us) : window_us_{window_us} {}
    // Points into itself.
    TradeNumbers(const TradeNumbers&) = delete;
    TradeNumbers& operator=(const TradeNumbers&) = delete;

    /// False when it is there already.
    bool add(std::int64_t number, std::int64_t at_us) {
        if (now_ == nullptr || number != now_->to + 1 || number >= next_ || at_us > now_->begun_us + window_us_) return begin(number, at_us);
        ++now_->to;
        if (at_us > now_->newest_us) now_->newest_us = at_us;
        return true;
    }

private:
    /// Numbers that came one after the other, within the window's time.
    struct Run {
        std::int64_t to, begun_us, newest_us;
    };
    bool begin(std::int64_t number, std::int64_t at_us);

    std::int64_t window_us_;
    std::map<std::int64_t, Run> runs_;  ///< By their first number.
    std::size_t runs_max_{1'000};       ///< So many are kept before those that are too old are looked for.
    Run* now_{nullptr};
    std::int64_t next_{std::numeric_limits<std::int64_t>::max()};  ///< Where the run behind `now_` begins.
};

}  // namespace bf::backtest
