// Classic futures. KuCoin REST reference, "Futures Trading / Orders" and "/ Positions", read September 2026. The calls on the position
// mode are not in the official SDK of November 2025; they are as ccxt 4.5.84 makes them.
#include "exchange/kucoin/calls/products.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

constexpr std::int64_t kOrdersPageMax = 1000;
constexpr std::int64_t kFundingPageMax = 100;  ///< No maximum is documented.

Written check_futures(const Call& call, bool reduces) {
    BF_TRY_VOID(check_order(call));
    if (call.symbol->settle != call.symbol->quote)
        return not_supported("symbol", "contracts settled in the coin itself are counted in quote units and are not traded here");
    if (call.time_in_force == market::TimeInForce::fok) return not_supported("time_in_force", "KuCoin futures have no fill-or-kill orders");
    // The default, ISOLATED, is not the account's setting: a wrong guess is refused with 330005.
    if (!call.margin_mode) return missing("margin_mode", "a KuCoin futures order must name the margin mode its symbol is set to");
    // 330011 and 330012: an order must say which way of holding positions it is written for.
    if (!call.position_mode) return missing("position_mode", "a KuCoin futures order depends on the account's position mode");
    if (!reduces && !call.leverage) return missing("leverage", "an opening KuCoin futures order carries its leverage");
    return {};
}

Written write_order(const Call& call, std::string_view path, wire::Request& request) {
    const bool reduces = call.reduce_only.value_or(false);
    BF_TRY_VOID(check_futures(call, reduces));
    const bool limit = is_limit(call);
    BF_TRY(const auto contracts, contracts_of(call));
    request.method = wire::Method::post;
    overwrite(request.target, path);
    Body body{request.body};
    body.text("clientOid", *call.client_order_id).text("side", lower(*call.side)).text("symbol", NativeSymbol{*call.symbol}.text());
    if (call.leverage) body.number("leverage", *call.leverage);
    body.text("type", limit ? "limit" : "market").flag("reduceOnly", reduces).text("marginMode", upper(*call.margin_mode));
    body.text("positionSide", call.position_mode == market::PositionMode::hedge ? position_side(*call.side, reduces) : "BOTH");
    if (call.stop_price) {
        body.text("stop", call.side == market::Side::sell ? "down" : "up").amount("stopPrice", *call.stop_price).text("stopPriceType", "MP");
    }
    if (limit) body.amount("price", *call.price);
    body.number("size", contracts);
    if (limit && call.time_in_force) body.text("timeInForce", upper(*call.time_in_force));
    if (limit && call.post_only) body.flag("postOnly", *call.post_only);
    body.end();
    return {};
}

void write_query(const Call& call, wire::Request& request) {
    if (call.order_id) {
        request.target = "/api/v1/orders/";
        request.target += *call.order_id;
        return;
    }
    request.target = "/api/v1/orders/byClientOid";
    Query{request.target}.add("clientOid", *call.client_order_id);
}

Written write_cancel(const Call& call, wire::Request& request) {
    request.method = wire::Method::del;
    if (call.order_id) {
        request.target = "/api/v1/orders/";
        request.target += *call.order_id;
        return {};
    }
    if (!call.symbol) return missing("symbol", "KuCoin cancels a futures order by client_order_id and symbol");
    request.target = "/api/v1/orders/client-order/";
    request.target += *call.client_order_id;
    Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
    return {};
}

/// Those that were triggered are listed with the open orders, under the same ids.
void write_open_stops(const Call& call, wire::Request& request) {
    request.target = "/api/v1/stopOrders";
    Query query{request.target};
    if (call.symbol) query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.limit) query.add("pageSize", std::min(*call.limit, kOrdersPageMax));
    if (call.page) query.add("currentPage", *call.page);
}

void write_open_orders(const Call& call, wire::Request& request) {
    request.target = "/api/v1/orders";
    Query query{request.target};
    query.add("status", "active");
    if (call.symbol) query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.limit) query.add("pageSize", std::min(*call.limit, kOrdersPageMax));
    if (call.page) query.add("currentPage", *call.page);
}

void write_fills(const Call& call, wire::Request& request) {
    request.target = "/api/v1/fills";
    Query query{request.target};
    if (call.symbol) query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.order_id) query.add("orderId", *call.order_id);
    if (call.since) query.add("startAt", call.since->ms());
    if (call.until) query.add("endAt", call.until->ms());
    if (call.limit) query.add("pageSize", std::min(*call.limit, kOrdersPageMax));
}

void write_funding(const Call& call, wire::Request& request) {
    request.target = "/api/v1/funding-history";
    Query query{request.target};
    query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.since) query.add("startAt", call.since->ms());
    if (call.until) query.add("endAt", call.until->ms());
    // Ten without it.
    if (call.limit) query.add("maxCount", std::min(*call.limit, kFundingPageMax));
}

Written write_leverage(const Call& call, wire::Request& request) {
    if (!call.margin_mode) return missing("margin_mode", "whether KuCoin keeps a leverage depends on the margin mode");
    request.method = wire::Method::post;
    request.target = "/api/v2/changeCrossUserLeverage";
    Body{request.body}.text("symbol", NativeSymbol{*call.symbol}.text()).amount("leverage", Decimal{*call.leverage}).end();
    return {};
}

}  // namespace

Written write_futures(const Call& call, wire::Request& request) {
    overwrite(request.host, futures_host(call.site));
    switch (call.operation) {
        case Operation::balances:
            // Without a currency the answer is about XBT.
            request.target = "/api/v1/account-overview?currency=USDT";
            return {};
        case Operation::open_orders: write_open_orders(call, request); return {};
        case Operation::open_stops: write_open_stops(call, request); return {};
        case Operation::order: write_query(call, request); return {};
        case Operation::cancel_order: return write_cancel(call, request);
        case Operation::fills: write_fills(call, request); return {};
        case Operation::positions:
            request.target = call.symbol ? "/api/v2/position" : "/api/v1/positions";
            if (call.symbol) Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        case Operation::place_order:
        case Operation::place_stop: return write_order(call, "/api/v1/orders", request);
        case Operation::test_order: return write_order(call, "/api/v1/orders/test", request);
        case Operation::set_leverage: return write_leverage(call, request);
        case Operation::set_margin_mode:
            request.method = wire::Method::post;
            request.target = "/api/v2/position/changeMarginMode";
            Body{request.body}.text("symbol", NativeSymbol{*call.symbol}.text()).text("marginMode", upper(*call.margin_mode)).end();
            return {};
        case Operation::margin_mode:
            request.target = "/api/v2/position/getMarginMode";
            Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        case Operation::leverage:
            request.target = "/api/v2/getCrossUserLeverage";
            Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        case Operation::position_mode: request.target = "/api/v2/position/getPositionMode"; return {};
        case Operation::risk_tiers:
            request.target = "/api/v1/contracts/risk-limit/";
            request.target += NativeSymbol{*call.symbol}.text();
            return {};
        case Operation::funding_payments: write_funding(call, request); return {};
        case Operation::fee_rates:
            request.target = "/api/v1/trade-fees";
            Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        default: break;
    }
    return not_supported("operation", std::string{"KuCoin futures have no "} + std::string{to_string(call.operation)});
}

}  // namespace bf::exchange::kucoin
