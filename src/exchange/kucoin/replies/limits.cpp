#include "exchange/kucoin/replies/limits.hpp"

namespace bf::exchange::kucoin {
namespace {

enum : std::size_t { kPublic, kRequests };
constexpr Pool kPools[] = {{"public", 2000, seconds{30}}, {"requests", 500, seconds{10}}};

int public_weight(Operation operation, market::Market market) {
    switch (operation) {
        case Operation::server_time:
        case Operation::service_status:
        case Operation::candles:
        case Operation::mark_price: return 3;
        case Operation::instruments: return market == market::Market::spot ? 4 : 3;
        case Operation::ticker: return 2;
        case Operation::risk_tiers: return 5;  // Signed, and yet of the public pool.
        case Operation::public_stream: return 10;
        default: return 0;
    }
}

Charges charges_of(Operation operation, market::Market market) {
    // KuCoin has no such calls.
    if (operation == Operation::tradable_symbols || operation == Operation::identity_level) return {};
    return {Charge{kPublic, public_weight(operation, market)}, Charge{kRequests, 1}};
}

enum : std::size_t { kSpot, kFutures, kBurst };
constexpr Pool kAccountPools[] = {{"account_spot", 4000, seconds{30}}, {"account_futures", 2000, seconds{30}}, {"account_burst", 200, seconds{3}}};

int account_weight(Operation operation, bool spot) {
    switch (operation) {
        case Operation::place_order:
        case Operation::test_order:
        case Operation::place_stop: return spot ? 1 : 2;
        case Operation::cancel_order: return 1;
        case Operation::order:
        case Operation::fills: return spot ? 2 : 5;
        case Operation::balances:
        case Operation::funding_payments: return 5;
        case Operation::open_stops: return 6;
        case Operation::fee_rates: return 3;
        case Operation::open_orders:
        case Operation::positions:
        case Operation::margin_mode:
        case Operation::position_mode:
        case Operation::set_margin_mode:
        case Operation::set_leverage:
        case Operation::leverage: return 2;
        default: return 0;
    }
}

Charges account_charges_of(Operation operation, market::Market market) {
    const bool spot = market == market::Market::spot;
    const int weight = account_weight(operation, spot);
    if (weight == 0) return {};
    return {Charge{spot ? kSpot : kFutures, weight}, Charge{kBurst, 1}};
}

}  // namespace

StreamLimits stream_limits(market::Market market) {
    return {market == market::Market::spot ? std::size_t{100} : std::size_t{30}, milliseconds{4000}};
}
Limits account_limits() { return {kAccountPools, account_charges_of}; }
Limits limits() { return {kPools, charges_of}; }

}  // namespace bf::exchange::kucoin
