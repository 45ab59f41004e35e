#include "support/sim_clock.hpp"

namespace bf::test {

SimClock::Id SimClock::after(milliseconds delay, std::function<void()> callback) {
    const auto at = now_ + std::chrono::duration_cast<std::chrono::microseconds>(std::max(delay, milliseconds{0}));
    queue_.emplace(std::pair{at, ++last_}, std::move(callback));
    times_[last_] = at;
    return last_;
}

void SimClock::cancel(Id id) {
    const auto found = times_.find(id);
    if (found == times_.end()) return;
    queue_.erase({found->second, id});
    times_.erase(found);
}

void SimClock::fill(std::span<unsigned char> bytes) {
    for (auto& byte : bytes) byte = static_cast<unsigned char>((dice_ = dice_ * 6364136223846793005U + 1442695040888963407U) >> 33);
}

bool SimClock::run_until(const std::function<bool()>& done, milliseconds limit) {
    const auto end = now_ + std::chrono::duration_cast<std::chrono::microseconds>(limit);
    while (!done()) {
        if (queue_.empty() || queue_.begin()->first.first > end) {
            now_ = end;
            return done();
        }
        run_next();
    }
    return true;
}

void SimClock::run_for(milliseconds span) {
    run_until([] { return false; }, span);
}

void SimClock::run_next() {
    const auto first = queue_.begin();
    now_ = std::max(now_, first->first.first);
    times_.erase(first->first.second);
    const auto callback = std::move(first->second);
    queue_.erase(first);
    callback();
}

}  // namespace bf::test
