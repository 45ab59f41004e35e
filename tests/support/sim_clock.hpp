// Time that moves only when nothing else can: a day of timers runs in a moment. Also the dice, from a seed.
#pragma once
#include "ports/clock.hpp"

#include <functional>
#include <map>
#include <utility>

namespace bf::test {

class SimClock final : public ports::Clock, public ports::Timers, public ports::Entropy {
public:
    explicit SimClock(Instant start, std::uint64_t seed = 1) : start_{start}, dice_{seed} {}

    [[nodiscard]] Instant wall() const override { return start_ + std::chrono::duration_cast<milliseconds>(now_) + step_; }
    [[nodiscard]] std::chrono::microseconds steady() const override { return now_; }
    /// The operating system's clock is set: wall time steps, nothing else does.
    void step_wall(milliseconds by) { step_ += by; }
    /// What the exchanges' clocks show: no step of ours moves it.
    [[nodiscard]] Instant true_time() const { return start_ + std::chrono::duration_cast<milliseconds>(now_); }

    Id after(milliseconds delay, std::function<void()> callback) override;
    void cancel(Id id) override;
    void fill(std::span<unsigned char> bytes) override;
    std::uint64_t roll(std::uint64_t sides) { return ((dice_ = dice_ * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }

    /// Whether `done` came to hold within `limit` of virtual time.
    bool run_until(const std::function<bool()>& done, milliseconds limit);
    void run_for(milliseconds span);
    [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

private:
    void run_next();

    Instant start_;
    std::chrono::microseconds now_{0};
    milliseconds step_{0};
    std::uint64_t dice_;
    Id last_{0};
    std::map<std::pair<std::chrono::microseconds, Id>, std::function<void()>> queue_;
    std::map<Id, std::chrono::microseconds> times_;
};

}  // namespace bf::test
