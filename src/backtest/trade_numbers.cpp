#include "backtest/trade_numbers.hpp"

#include <algorithm>

namespace bf::backtest {

bool TradeNumbers::begin(std::int64_t number, std::int64_t at_us) {
    const auto is_old = [&](const auto& run) { return run.second.newest_us < at_us - window_us_; };
    now_ = nullptr;
    if (runs_.size() >= runs_max_) {
        std::erase_if(runs_, is_old);
        // Numbers without any order, thousands in a second: what came before is not known any more, the candles are the same.
        static constexpr std::size_t kRunsMax = 200'000;
        if (runs_.size() >= kRunsMax) runs_.clear();
        runs_max_ = std::max<std::size_t>(1'000, 2 * runs_.size());
    }
    auto behind = runs_.upper_bound(number);
    if (behind != runs_.begin()) {
        const auto before = std::prev(behind);
        if (before->second.to >= number) {
            // An exchange that counts anew every day has the same number for another trade.
            if (!is_old(*before)) return false;
            behind = runs_.erase(before);
        }
    }
    now_ = &runs_.insert_or_assign(number, Run{number, at_us, at_us}).first->second;
    next_ = behind == runs_.end() ? std::numeric_limits<std::int64_t>::max() : behind->first;
    return true;
}

}  // namespace bf::backtest
