#include "exchange/kucoin/calls/words.hpp"

namespace bf::exchange::kucoin {

std::string_view api_host(Site site) { return site == Site::eu ? "api.kucoin.eu" : "api.kucoin.com"; }
std::string_view futures_host(Site site) { return site == Site::eu ? "api-futures.kucoin.eu" : "api-futures.kucoin.com"; }

Unexpected<CallError> missing(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::missing_argument, argument, std::move(detail)}};
}
Unexpected<CallError> bad(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::bad_argument, argument, std::move(detail)}};
}
Unexpected<CallError> not_supported(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::not_supported, argument, std::move(detail)}};
}

std::string_view lower(market::Side side) { return side == market::Side::buy ? "buy" : "sell"; }
std::string_view upper(market::Side side) { return side == market::Side::buy ? "BUY" : "SELL"; }
std::string_view upper(market::TimeInForce value) {
    switch (value) {
        case market::TimeInForce::gtc: return "GTC";
        case market::TimeInForce::ioc: return "IOC";
        case market::TimeInForce::fok: return "FOK";
    }
    return "GTC";
}
std::string_view upper(market::MarginMode value) { return value == market::MarginMode::isolated ? "ISOLATED" : "CROSS"; }

std::string_view position_side(market::Side side, bool reduces) { return (side == market::Side::buy) != reduces ? "LONG" : "SHORT"; }

}  // namespace bf::exchange::kucoin
