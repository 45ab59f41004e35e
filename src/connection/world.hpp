// The outside of a connection, handed in whole: in life the event loop, the pools and the signer; in a test simulated ones.
#pragma once
#include "exchange/calls.hpp"
#include "exchange/limits.hpp"
#include "exchange/replies.hpp"
#include "ports/clock.hpp"
#include "ports/signer.hpp"
#include "ports/transport.hpp"

namespace bf::connection {

struct World {
    ports::Clock& clock;
    ports::Timers& timers;
    ports::Transport& transport;
    ports::Signer& signer;
    ports::Family family{ports::Family::v4};  ///< Of the connection it is handed to.

    [[nodiscard]] ports::Transport& road() const { return transport.over(family); }
};

/// One exchange's two halves, as the engine sees them: it writes public calls itself and sends all others to the signer.
struct Adapter {
    const exchange::Calls& calls;
    const exchange::Replies& replies;
    std::optional<exchange::Limits> limits{};  ///< Nothing: this installation has the exchange to itself (a simulator without limits).
};

}  // namespace bf::connection
