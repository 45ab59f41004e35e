#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {

using market::OrderStatus;
using market::OrderType;
using market::Side;
using market::TimeInForce;

TypeWords spot_type(std::string_view text) {
    if (text == "LIMIT" || text == "LIMIT_ORDER" || text == "LIMIT_MAKER") return {OrderType::limit, TimeInForce::gtc};
    if (text == "IMMEDIATE_OR_CANCEL") return {OrderType::limit, TimeInForce::ioc};
    if (text == "FILL_OR_KILL") return {OrderType::limit, TimeInForce::fok};
    if (text == "MARKET") return {OrderType::market, std::nullopt};
    return {};
}

TypeWords numbered_type(std::int64_t number) {
    switch (number) {
        case 1:
        case 2: return {OrderType::limit, TimeInForce::gtc};
        case 3: return {OrderType::limit, TimeInForce::ioc};
        case 4: return {OrderType::limit, TimeInForce::fok};
        // 6 is a market order that was turned into a limit at the price of the moment (ccxt; futures only).
        case 5:
        case 6: return {OrderType::market, std::nullopt};
        default: return {};
    }
}

SideWords futures_side(std::int64_t number) {
    switch (number) {
        case 1: return {Side::buy, false};
        case 2: return {Side::buy, true};
        case 3: return {Side::sell, false};
        case 4: return {Side::sell, true};
        default: return {};
    }
}

std::optional<market::Forced> forced_of(std::int64_t category) {
    if (category == 2) return market::Forced::liquidation;
    if (category == 4) return market::Forced::deleveraging;
    return std::nullopt;
}

OrderStatus spot_status(std::string_view text) {
    if (text == "NEW") return OrderStatus::open;
    if (text == "PARTIALLY_FILLED") return OrderStatus::partially_filled;
    if (text == "FILLED") return OrderStatus::filled;
    // Canceled with a part filled: `filled` tells how much.
    if (text == "CANCELED" || text == "PARTIALLY_CANCELED") return OrderStatus::canceled;
    return OrderStatus::unknown;
}

OrderStatus futures_status(std::int64_t state, const std::optional<Decimal>& filled) {
    switch (state) {
        case 1: return OrderStatus::open;
        case 2: return filled && filled->is_positive() ? OrderStatus::partially_filled : OrderStatus::open;
        case 3: return OrderStatus::filled;
        case 4: return OrderStatus::canceled;
        case 5: return OrderStatus::rejected;  // "invalid": errorCode says why.
        default: return OrderStatus::unknown;
    }
}

}  // namespace bf::exchange::mexc
