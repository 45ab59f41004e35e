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
};

OrderRules rules_of(exchange::ExchangeId exchange, market::Market market);

/// A list of open orders (or of stops) that fills a page of kOpenOrdersPage: what about the rest?
enum class LongList : std::uint8_t {
    whole,       ///< There is none: the exchange sends all it has in one answer, whatever the length.
    numbered,    ///< On the next page, asked for by its number.
    cut_off,     ///< Out of reach: how to ask for it is not documented.
};
inline constexpr std::int64_t kOpenOrdersPage = 100;
/// More pages than these are not read: no account has so many open orders, so the exchange repeats itself.
inline constexpr std::int64_t kOpenOrdersPagesMax = 50;
LongList long_list_of(exchange::ExchangeId exchange, market::Market market, exchange::AccountMode mode);

/// Why no stop of ours can rest at an exchange; each was a stop that can't be found again after a crash, or stands in the way of the exit.
enum class NoStop : std::uint8_t {
    no_such_order,   ///< An API key gets no trigger order there.
    no_name,         ///< Its trigger orders carry no client order id (and lapse).
    unproven,        ///< What its trigger orders become when they fire, and under which name, is not documented.
};
std::string_view to_string(NoStop why);
/// Nothing: a stop can rest there.
std::optional<NoStop> why_no_stop(exchange::ExchangeId exchange, market::Market market, exchange::AccountMode mode);

}  // namespace bf::engine
