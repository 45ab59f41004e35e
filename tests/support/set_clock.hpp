// A clock that stands still until a test sets it.
#pragma once
#include "ports/clock.hpp"

namespace bf::test {

class SetClock final : public ports::Clock {
public:
    explicit SetClock(Instant at = Instant::from_ms(1'700'000'000'000)) : now{at} {}
    [[nodiscard]] Instant wall() const override { return now; }
    [[nodiscard]] std::chrono::microseconds steady() const override { return {}; }
    Instant now;
};

}  // namespace bf::test
