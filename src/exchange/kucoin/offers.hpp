// Which calls KuCoin has. A header of its own, without a source: both halves of the adapter go by it and share nothing else.
#pragma once
#include "exchange/call.hpp"

namespace bf::exchange::kucoin {

/// Whether the operation exists on the call's market in its account mode; with isolated margin no leverage is kept. Its other arguments are another matter.
inline bool offers(const Call& call) {
    const bool futures = call.market == market::Market::futures, unified = call.account_mode == AccountMode::unified;
    switch (call.operation) {
        // The identity level and the pairs of a key are not told; streams have neither login frame nor listen key.
        case Operation::identity_level:
        case Operation::tradable_symbols:
        case Operation::renew_stream:
        case Operation::stream_login: return false;
        case Operation::mark_price:
        case Operation::positions:
        case Operation::set_margin_mode: return futures;
        case Operation::set_leverage: return futures && (unified || call.margin_mode != market::MarginMode::isolated);
        case Operation::leverage: return futures && !unified && call.margin_mode == market::MarginMode::cross;
        case Operation::test_order: return !unified;
        case Operation::margin_mode:
        case Operation::position_mode: return futures || unified;
        case Operation::risk_tiers:
        case Operation::funding_payments:
        case Operation::open_stops: return futures && !unified;
        default: return true;
    }
}

}  // namespace bf::exchange::kucoin
