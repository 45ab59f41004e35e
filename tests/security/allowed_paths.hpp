// Every method and path that a request signed by us may have, per exchange: the reviewable list of what BackFuture can do there. A new
// operation adds its line here, or its adapter fails the test. `*` stands for one path segment.
#pragma once
#include "exchange/call.hpp"

#include <string_view>
#include <vector>

namespace bf::test {

inline const std::vector<std::string_view>& allowed_paths(exchange::ExchangeId id) {
    static const std::vector<std::string_view> mexc{
        // Spot v3.
        "GET /api/v3/time", "GET /api/v3/ping", "GET /api/v3/exchangeInfo", "GET /api/v3/defaultSymbols", "GET /api/v3/ticker/24hr",
        "GET /api/v3/ticker/bookTicker", "GET /api/v3/klines", "GET /api/v3/apiKeyInfo", "GET /api/v3/account", "GET /api/v3/uid",
        "GET /api/v3/kyc/status", "GET /api/v3/selfSymbols", "GET /api/v3/tradeFee", "GET /api/v3/openOrders", "GET /api/v3/order", "GET /api/v3/myTrades",
        "POST /api/v3/order", "POST /api/v3/order/test", "DELETE /api/v3/order", "POST /api/v3/userDataStream", "PUT /api/v3/userDataStream",
        // Futures v1.
        "GET /api/v1/contract/ping", "GET /api/v1/contract/detail", "GET /api/v1/contract/ticker", "GET /api/v1/contract/kline/*",
        "GET /api/v1/private/account/assets", "GET /api/v1/private/account/tiered_fee_rate/v2", "GET /api/v1/private/position/open_positions", "GET /api/v1/private/position/position_mode",
        "GET /api/v1/private/position/leverage", "GET /api/v1/private/position/funding_records", "GET /api/v1/private/order/list/open_orders", "GET /api/v1/private/order/list/open_orders/*",
        "GET /api/v1/private/order/list/order_deals", "GET /api/v1/private/order/list/order_deals/v3", "GET /api/v1/private/order/get/*",
        "GET /api/v1/private/order/external/*/*", "GET /api/v1/private/order/deal_details/*", "POST /api/v1/private/order/create",
        "POST /api/v1/private/order/cancel", "POST /api/v1/private/order/cancel_with_external", "POST /api/v1/private/planorder/place",
        "POST /api/v1/private/planorder/place/v2", "POST /api/v1/private/position/change_leverage"};
    static const std::vector<std::string_view> kucoin{
        // What all products share.
        "GET /api/v1/timestamp", "GET /api/v1/status", "GET /api/v1/my-ip", "GET /api/v1/user/api-key", "GET /api/ua/v1/user/api-key",
        "GET /api/ua/v1/account/mode", "GET /api/v1/trade-fees", "GET /api/ua/v1/user/fee-rate", "POST /api/v1/bullet-public", "POST /api/v1/bullet-private", "POST /api/v2/bullet-private",
        // Spot.
        "GET /api/v2/symbols", "GET /api/v2/symbols/*", "GET /api/v1/market/orderbook/level1", "GET /api/v1/market/stats",
        "GET /api/v1/market/candles", "GET /api/v1/accounts", "GET /api/v1/hf/orders/active", "GET /api/v1/hf/orders/active/page",
        "GET /api/v1/hf/orders/active/symbols", "GET /api/v1/hf/orders/*", "GET /api/v1/hf/orders/client-order/*", "GET /api/v1/hf/fills",
        "POST /api/v1/hf/orders", "POST /api/v1/hf/orders/test", "DELETE /api/v1/hf/orders/*", "DELETE /api/v1/hf/orders/client-order/*",
        "POST /api/v1/stop-order", "GET /api/v1/stop-order", "GET /api/v1/stop-order/*",
        // Futures.
        "GET /api/v1/contracts/active", "GET /api/v1/mark-price/*/current", "GET /api/v1/contracts/*", "GET /api/v1/ticker", "GET /api/v1/kline/query",
        "GET /api/v1/account-overview", "GET /api/v1/orders", "GET /api/v1/orders/*", "GET /api/v1/orders/byClientOid", "GET /api/v1/stopOrders", "GET /api/v1/fills",
        "GET /api/v1/contracts/risk-limit/*", "GET /api/v2/getCrossUserLeverage", "GET /api/v1/funding-history", "GET /api/v1/positions", "GET /api/v2/position", "GET /api/v2/position/getPositionMode", "GET /api/v2/position/getMarginMode",
        "POST /api/v1/orders", "POST /api/v1/orders/test", "POST /api/v1/st-orders", "DELETE /api/v1/orders/*",
        "DELETE /api/v1/orders/client-order/*", "GET /api/v2/getCrossUserLeverage", "POST /api/v2/changeCrossUserLeverage", "POST /api/v2/position/changeMarginMode",
        // Unified accounts.
        "GET /api/ua/v1/unified/account/balance", "GET /api/ua/v1/unified/account/overview", "GET /api/ua/v1/unified/order/open-list",
        "GET /api/ua/v1/unified/order/detail", "GET /api/ua/v1/unified/order/execution", "GET /api/ua/v1/unified/position/open-list",
        "GET /api/ua/v1/unified/position/margin-mode", "GET /api/ua/v1/server/status", "GET /api/ua/v1/market/instrument",
        "GET /api/ua/v1/market/ticker", "GET /api/ua/v1/market/kline", "POST /api/ua/v1/unified/order/place",
        "POST /api/ua/v1/unified/order/cancel", "POST /api/ua/v1/unified/account/modify-leverage", "POST /api/ua/v1/unified/position/margin-mode"};
    static const std::vector<std::string_view> toy{"GET /v1/balances", "GET /v1/key", "GET /v1/orders", "POST /v1/orders"};
    switch (id) {
        case exchange::ExchangeId::mexc: return mexc;
        case exchange::ExchangeId::kucoin: return kucoin;
        default: return toy;
    }
}

}  // namespace bf::test
