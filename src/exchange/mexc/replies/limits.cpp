#include "exchange/mexc/replies/limits.hpp"

namespace bf::exchange::mexc {
namespace {

enum : std::size_t { kSpot, kSymbolList, kContractTime, kContractList, kContractTicker, kContractCandles };
constexpr Pool kPools[] = {
    {"spot", 300, seconds{10}},          {"symbol_list", 25, seconds{60}},    {"contract_time", 20, seconds{2}},
    {"contract_list", 10, seconds{2}},   {"contract_ticker", 20, seconds{2}}, {"contract_candles", 20, seconds{2}},
};

Charges charges_of(Operation operation, market::Market market) {
    const bool spot = market == market::Market::spot;
    switch (operation) {
        case Operation::server_time: return {Charge{spot ? kSpot : kContractTime, 1}};
        case Operation::instruments: return {Charge{spot ? kSymbolList : kContractList, 1}};
        case Operation::ticker: return {Charge{spot ? kSpot : kContractTicker, 1}};
        case Operation::candles: return {Charge{spot ? kSpot : kContractCandles, 1}};
        default: return {};  // Signed: counted by account.
    }
}

enum : std::size_t { kAccountSpot, kSpotOrders, kCreate, kCancel, kQuery, kList, kSettings };
constexpr Pool kAccountPools[] = {
    {"account_spot", 500, seconds{10}}, {"spot_orders", 10, seconds{1}}, {"contract_create", 4, seconds{2}}, {"contract_cancel", 20, seconds{2}},
    {"contract_query", 20, seconds{2}}, {"contract_list", 20, seconds{2}}, {"contract_settings", 4, seconds{2}},
};

Charges spot_account_charges(Operation operation) {
    switch (operation) {
        case Operation::place_order:
        case Operation::test_order:
        case Operation::cancel_order: return {Charge{kAccountSpot, 1}, Charge{kSpotOrders, 1}};
        case Operation::order: return {Charge{kAccountSpot, 2}};
        case Operation::open_orders: return {Charge{kAccountSpot, 3}};
        case Operation::fills:
        case Operation::balances: return {Charge{kAccountSpot, 10}};
        case Operation::fee_rates: return {Charge{kAccountSpot, 20}};
        default: return {};
    }
}

Charges futures_account_charges(Operation operation) {
    switch (operation) {
        case Operation::place_order:
        case Operation::place_stop: return {Charge{kCreate, 1}};
        case Operation::cancel_order: return {Charge{kCancel, 1}};
        case Operation::order: return {Charge{kQuery, 1}};
        case Operation::open_orders:
        case Operation::fills:
        case Operation::funding_payments:
        case Operation::positions:
        case Operation::fee_rates: return {Charge{kList, 1}};
        // Each is two requests, one for either direction.
        case Operation::set_leverage:
        case Operation::set_margin_mode: return {Charge{kSettings, 2}};
        case Operation::leverage:
        case Operation::position_mode: return {Charge{kSettings, 1}};
        default: return {};
    }
}

Charges account_charges_of(Operation operation, market::Market market) {
    return market == market::Market::spot ? spot_account_charges(operation) : futures_account_charges(operation);
}

}  // namespace

StreamLimits stream_limits(market::Market) { return {15, milliseconds{250}}; }
Limits account_limits() { return {kAccountPools, account_charges_of}; }
Limits limits() { return {kPools, charges_of}; }

}  // namespace bf::exchange::mexc
