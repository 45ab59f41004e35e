// What each exchange's documentation says about asking for an order later: by which name, and from when on its silence proves something.
// Data with a source, used by `orders`; what no source settles is set to the cautious side and says so.
//
// An order ends as absent only when, later than `request_life` plus `shows_late` after its request can last have left, it is found
// neither by its client order id nor among the open orders nor in the fills since, which must still reach back that far.
#pragma once
#include "exchange/call.hpp"

namespace bf::engine {

/// How far a query by client order id reaches.
enum class Lookup : std::uint8_t {
    always,      ///< Open and ended orders.
    while_open,  ///< Open ones, and ended ones for a while or with fills only: not found may mean ended.
    none,        ///< There is no such query: open orders and fills only.
};

struct OrderRules {
    Lookup lookup{Lookup::always};
    /// A request that left us and got no answer can't be acted on later than this: the exchange refuses older timestamps.
    milliseconds request_life{0};
    /// An order that was accepted may be missing from answers for this long.
    milliseconds shows_late{0};
    milliseconds fills_reach{0};   ///< How far back fills can be asked for.
    /// Whether "too many requests" says for certain that the order was not acted on.
    bool overload_is_refusal{true};
    /// Whether a stop order can carry a client order id; without one it can't be found again after a crash, and is not placed.
    bool stop_takes_client_id{false};
};

OrderRules rules_of(exchange::ExchangeId exchange, market::Market market);

}  // namespace bf::engine
