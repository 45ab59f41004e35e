// Spot of a classic account. Order endpoints: KuCoin REST reference, "Spot Trading / Orders" (HF), read September 2026.
#include "exchange/kucoin/calls/products.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

constexpr std::int64_t kPageMax = 100;
/// Waiting stop orders have an interface of their own; their ids begin with this, while order ids are 24 hexadecimal digits.
constexpr std::string_view kStopIdPrefix = "vs";

Written check_spot(const Call& call) {
    if (call.reduce_only.value_or(false)) return bad("reduce_only", "spot has no positions to reduce");
    if (call.margin_mode) return bad("margin_mode", "spot has no margin_mode");
    if (call.leverage) return bad("leverage", "spot has no leverage");
    if (call.position_mode) return bad("position_mode", "spot has no position_mode");
    return check_order(call);
}

Written write_order(const Call& call, std::string_view path, wire::Request& request) {
    BF_TRY_VOID(check_spot(call));
    const bool limit = is_limit(call);
    request.method = wire::Method::post;
    overwrite(request.target, path);
    Body body{request.body};
    body.text("type", limit ? "limit" : "market").text("symbol", NativeSymbol{*call.symbol}.text()).text("side", lower(*call.side));
    if (call.stop_price) {
        // "loss" waits for a price at or below the stop, "entry" at or above: a stop sells on the way down and buys on the way up.
        body.text("stop", call.side == market::Side::sell ? "loss" : "entry").amount("stopPrice", *call.stop_price);
    }
    if (limit) body.amount("price", *call.price);
    if (call.quote_quantity)
        body.amount("funds", *call.quote_quantity);
    else
        body.amount("size", *call.quantity);
    body.text("clientOid", *call.client_order_id);
    // A market order never rests; only limit orders take these two.
    if (limit && call.time_in_force) body.text("timeInForce", upper(*call.time_in_force));
    if (limit && call.post_only) body.flag("postOnly", *call.post_only);
    body.end();
    return {};
}

/// One order, by either id. Both the query and the cancellation demand the symbol.
Written write_one(const Call& call, wire::Method method, wire::Request& request) {
    request.method = method;
    if (call.order_id && call.order_id->starts_with(kStopIdPrefix)) {
        request.target = "/api/v1/stop-order/";
        request.target += *call.order_id;
        return {};
    }
    if (!call.symbol) return missing("symbol", "KuCoin finds a spot order by its id and symbol");
    request.target = call.order_id ? "/api/v1/hf/orders/" : "/api/v1/hf/orders/client-order/";
    request.target += call.order_id ? *call.order_id : *call.client_order_id;
    Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
    return {};
}

Written write_fills(const Call& call, wire::Request& request) {
    if (!call.symbol) return missing("symbol", "KuCoin lists spot fills by symbol");
    request.target = "/api/v1/hf/fills";
    Query query{request.target};
    query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.order_id) query.add("orderId", *call.order_id);
    if (call.since) query.add("startAt", call.since->ms());
    if (call.until) query.add("endAt", call.until->ms());
    if (call.limit) query.add("limit", std::min(*call.limit, kPageMax));
    return {};
}

}  // namespace

Written write_spot(const Call& call, wire::Request& request) {
    overwrite(request.host, api_host(call.site));
    switch (call.operation) {
        case Operation::balances:
            // Orders spend the trading account; what lies in the main account is not tradable.
            request.target = "/api/v1/accounts?type=trade";
            return {};
        case Operation::open_orders:
            if (!call.symbol) return missing("symbol", "KuCoin lists open spot orders by symbol");
            request.target = "/api/v1/hf/orders/active";
            Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        case Operation::order: return write_one(call, wire::Method::get, request);
        case Operation::cancel_order: return write_one(call, wire::Method::del, request);
        case Operation::fills: return write_fills(call, request);
        case Operation::place_order: return write_order(call, "/api/v1/hf/orders", request);
        case Operation::test_order: return write_order(call, "/api/v1/hf/orders/test", request);
        case Operation::place_stop: return write_order(call, "/api/v1/stop-order", request);
        case Operation::fee_rates:
            request.target = "/api/v1/trade-fees";
            Query{request.target}.add("symbols", NativeSymbol{*call.symbol}.text());
            return {};
        default: break;
    }
    return not_supported("operation", std::string{"KuCoin spot has no "} + std::string{to_string(call.operation)});
}

}  // namespace bf::exchange::kucoin
