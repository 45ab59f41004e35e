// What an exchange lets one address, or one account, ask of it: pools of weight in a span of time, and what each operation takes of them.
// Every connection of an installation draws on the pools of its address. Those of its account are far above what a connection test
// asks; trading counts them.
#pragma once
#include "exchange/call.hpp"

#include <array>
#include <span>
#include <string_view>

namespace bf::exchange {

struct Pool {
    std::string_view name;
    int weight_max;       ///< In any `window`.
    milliseconds window;
};

struct Charge {
    std::size_t pool{0};  ///< Index in Limits::pools.
    int weight{0};
};
/// An operation draws on two pools at most; a weight of 0 is no charge.
using Charges = std::array<Charge, 2>;

struct Limits {
    std::span<const Pool> pools;
    Charges (*charges_of)(Operation operation, market::Market market);
};

/// Public WebSockets: how much one may carry and how fast they may be opened.
struct StreamLimits {
    std::size_t symbols_per_socket{1};  ///< With what a market feed subscribes for each: best prices and one-minute candles.
    milliseconds open_every{1000};      ///< Between two openings from one address.
};

}  // namespace bf::exchange
