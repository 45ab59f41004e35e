// Points in time as the exchanges and our stable faces count them: Unix milliseconds. Nothing here reads a clock.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>

namespace bf {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A wall-clock instant in Unix milliseconds, UTC.
class Instant {
public:
    constexpr Instant() = default;
    static constexpr Instant from_ms(std::int64_t ms) { return Instant{ms}; }
    [[nodiscard]] constexpr std::int64_t ms() const { return ms_; }

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant at, milliseconds span) { return Instant{at.ms_ + span.count()}; }
    friend constexpr Instant operator-(Instant at, milliseconds span) { return Instant{at.ms_ - span.count()}; }
    friend constexpr milliseconds operator-(Instant later, Instant earlier) {
        return milliseconds{later.ms_ - earlier.ms_};
    }

private:
    explicit constexpr Instant(std::int64_t ms) : ms_{ms} {}
    std::int64_t ms_{0};
};

}  // namespace bf
