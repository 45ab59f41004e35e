// A clock that stands still until a test sets it.
#pragma once
#include "ports/clock.hpp"

namespace bf::test {

class SetClock final : public ports::Clock {
public:
    explicit SetClock(Instant at = Instant::from_ms(1'700'000'000'000)) : now{at} {}
    [[nodiscard]] Instant wall() const override { return now; }
    [[nodiscard]] std::chrono::microseconds steady() const override { return up_ += each_look; }
    Instant now;
    std::chrono::microseconds each_look{0};  ///< So long it takes from one look at the steady clock to the next.

private:
    mutable std::chrono::microseconds up_{0};
};

}  // namespace bf::test
