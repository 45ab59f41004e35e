// Which calls MEXC has. A header of its own, without a source: both halves of the adapter go by it and share nothing else.
#pragma once
#include "exchange/call.hpp"

namespace bf::exchange::mexc {

/// Whether the operation exists on the call's market; its arguments are another matter.
inline bool offers(const Call& call) {
    const bool spot = call.market == market::Market::spot;
    switch (call.operation) {
        case Operation::service_status:
        case Operation::account_mode:
        case Operation::egress_address:
        case Operation::mark_price:
        case Operation::public_stream:
        // The first is told with the list of contracts; margin modes are set with each order; its trigger orders carry no id of ours.
        case Operation::risk_tiers:
        case Operation::margin_mode:
        case Operation::open_stops: return false;
        case Operation::tradable_symbols:
        case Operation::test_order:
        case Operation::private_stream:
        case Operation::renew_stream: return spot;
        case Operation::positions:
        case Operation::place_stop:
        case Operation::set_leverage:
        case Operation::set_margin_mode:
        case Operation::leverage:
        case Operation::position_mode:
        case Operation::funding_payments:
        case Operation::stream_login: return !spot;
        default: return true;
    }
}

}  // namespace bf::exchange::mexc
