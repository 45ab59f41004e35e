// Time and dice, handed in. Life uses the operating system's, a simulation its own that moves only when nothing else can.
#pragma once
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace bf::ports {

class Clock {
public:
    virtual ~Clock() = default;
    /// What the exchanges see: Unix time, may step.
    [[nodiscard]] virtual Instant wall() const = 0;
    /// For how long things take: never steps back. From an arbitrary zero.
    [[nodiscard]] virtual std::chrono::microseconds steady() const = 0;
};

class Entropy {
public:
    virtual ~Entropy() = default;
    virtual void fill(std::span<unsigned char> bytes) = 0;
};

/// Calls back later, on the one thread that everything here runs on.
class Timers {
public:
    using Id = std::uint64_t;
    virtual ~Timers() = default;
    virtual Id after(milliseconds delay, std::function<void()> callback) = 0;
    /// Cancelling one that has fired is fine.
    virtual void cancel(Id id) = 0;
};

}  // namespace bf::ports
