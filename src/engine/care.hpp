// What the trader keeps with each group, so that an event about it looks nothing up. The pointers' targets stay where they are.
#pragma once
#include "engine/worth.hpp"
#include "trading/decision.hpp"
#include "trading/recovery.hpp"

#include <chrono>

namespace bf::engine {

struct ConnectionState;
struct Market;
struct Strategy;

/// What people decided and what the connection is known for: as long as it stays, a zone that was asked for in vain is not asked for again.
struct Allowance {
    trading::Mode mode{};
    bool enabled{false}, frozen{false};
    trading::ConnectionStatus status{};
    std::uint64_t limits{0};  ///< KnownLimits::version
    friend bool operator==(const Allowance&, const Allowance&) = default;
};

struct Care {
    const Strategy* strategy{nullptr};           ///< Null when it is gone.
    const ConnectionState* connection{nullptr};  ///< Null before it is known, and after it was removed.
    Market* market{nullptr};                     ///< As `connection`.
    Worth::Share worth{};
    trading::WorseningCount worsening{};
    int zone_asked{0};  ///< The zone an add-on was last asked for because of the price alone.
    Allowance zone_asked_under{};
    std::optional<std::chrono::microseconds> zone_again{};  ///< Its order found nobody to trade with, or nothing was left of a limit: from then on it is asked for again.
    std::optional<std::chrono::microseconds> disagrees_since{};
    std::optional<std::chrono::microseconds> average_off{};  ///< Since when the exchange tells another average of as much as it holds.
    std::optional<std::chrono::microseconds> stop_crossed{};  ///< Since when the price is beyond a stop that waits at the exchange and has not fired.
    bool entry_refused{false};  ///< Its first order was, and not dropped for want of somebody to trade with.
    bool stop_refused{false};  ///< A person was told that its stop was not taken.
    std::optional<std::chrono::microseconds> exit_refused{};  ///< When a person was last told of it.
    std::optional<std::chrono::microseconds> exit_taken_back{}, stop_taken_back{};  ///< When a person was last told that the exchange ends it each time.
    std::optional<std::chrono::microseconds> price_missed{};       ///< Since when its close waits for a current price.
    std::optional<std::chrono::microseconds> price_missed_told{};  ///< When a person was last told of that.
    bool funding_followed{false};
    std::optional<std::chrono::microseconds> wake{};  ///< When its exit wants to be looked at.
};

}  // namespace bf::engine
