// Accounts in unified mode. The official SDK of November 2025 has no unified interface: paths and fields are as
// github.com/JKorf/Kucoin.Net (commit 04e948d) and ccxt 4.5.84 send them, read September 2026; none was tried against the exchange.
#include "exchange/kucoin/calls/products.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

constexpr std::int64_t kPageMax = 100;

bool is_futures(const Call& call) { return call.market == market::Market::futures; }
std::string_view trade_type(const Call& call) { return is_futures(call) ? "FUTURES" : "SPOT"; }

Written check_unified(const Call& call) {
    BF_TRY_VOID(check_order(call));
    if (!is_futures(call)) {
        if (call.reduce_only.value_or(false)) return bad("reduce_only", "spot has no positions to reduce");
        if (call.margin_mode) return bad("margin_mode", "spot has no margin_mode");
        if (call.leverage) return bad("leverage", "spot has no leverage");
        if (call.position_mode) return bad("position_mode", "spot has no position_mode");
        return {};
    }
    if (call.symbol->settle != call.symbol->quote)
        return not_supported("symbol", "contracts settled in the coin itself are counted in quote units and are not traded here");
    if (call.time_in_force == market::TimeInForce::fok) return not_supported("time_in_force", "KuCoin futures have no fill-or-kill orders");
    if (!call.position_mode) return missing("position_mode", "a KuCoin futures order depends on the account's position mode");
    return {};
}

Written write_order(const Call& call, wire::Request& request) {
    BF_TRY_VOID(check_unified(call));
    const bool limit = is_limit(call);
    std::int64_t contracts = 0;
    if (is_futures(call)) {
        BF_TRY(contracts, contracts_of(call));
    }
    request.method = wire::Method::post;
    request.target = "/api/ua/v1/unified/order/place";
    Body body{request.body};
    body.text("tradeType", trade_type(call)).text("symbol", NativeSymbol{*call.symbol}.text()).text("side", upper(*call.side));
    body.text("orderType", limit ? "LIMIT" : "MARKET");
    if (is_futures(call))
        body.amount("size", Decimal{contracts}).text("sizeUnit", "UNIT");
    else if (call.quote_quantity)
        body.amount("size", *call.quote_quantity).text("sizeUnit", "QUOTECCY");
    else
        body.amount("size", *call.quantity).text("sizeUnit", "BASECCY");
    if (limit) body.amount("price", *call.price);
    if (limit && call.time_in_force) body.text("timeInForce", upper(*call.time_in_force));
    if (limit && call.post_only) body.flag("postOnly", *call.post_only);
    if (is_futures(call)) {
        const bool reduces = call.reduce_only.value_or(false);
        // Leverage and margin mode are settings of the account here (set_leverage, set_margin_mode): an order carries neither.
        body.flag("reduceOnly", reduces);
        if (call.position_mode == market::PositionMode::hedge) body.text("positionSide", position_side(*call.side, reduces));
    }
    if (call.stop_price) {
        body.text("triggerDirection", call.side == market::Side::sell ? "DOWN" : "UP").amount("triggerPrice", *call.stop_price);
        body.text("triggerPriceType", is_futures(call) ? "MP" : "TP");
    }
    body.text("clientOid", *call.client_order_id).end();
    return {};
}

Written write_cancel(const Call& call, wire::Request& request) {
    if (!call.symbol) return missing("symbol", "KuCoin cancels an order of a unified account by its id and symbol");
    request.method = wire::Method::post;
    request.target = "/api/ua/v1/unified/order/cancel";
    Body body{request.body};
    body.text("tradeType", trade_type(call)).text("symbol", NativeSymbol{*call.symbol}.text());
    if (call.order_id)
        body.text("orderId", *call.order_id);
    else
        body.text("clientOid", *call.client_order_id);
    body.end();
    return {};
}

Written write_detail(const Call& call, wire::Request& request) {
    if (!call.symbol) return missing("symbol", "KuCoin finds an order of a unified account by its id and symbol");
    request.target = "/api/ua/v1/unified/order/detail";
    Query query{request.target};
    query.add("tradeType", trade_type(call)).add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.order_id)
        query.add("orderId", *call.order_id);
    else
        query.add("clientOid", *call.client_order_id);
    return {};
}

void write_list(const Call& call, std::string_view path, wire::Request& request) {
    request.target = path;
    Query query{request.target};
    query.add("tradeType", trade_type(call));
    if (call.symbol) query.add("symbol", NativeSymbol{*call.symbol}.text());
    if (call.order_id) query.add("orderId", *call.order_id);
    if (call.since) query.add("startAt", call.since->ms());
    if (call.until) query.add("endAt", call.until->ms());
    if (call.limit) query.add("pageSize", std::min(*call.limit, kPageMax));
}

Written write_futures_setting(const Call& call, wire::Request& request) {
    if (call.operation == Operation::positions) {
        request.target = "/api/ua/v1/unified/position/open-list";
        if (call.symbol) Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
        return {};
    }
    request.method = wire::Method::post;
    const NativeSymbol symbol{*call.symbol};
    if (call.operation == Operation::set_leverage) {
        request.target = "/api/ua/v1/unified/account/modify-leverage";
        Body{request.body}.text("symbol", symbol.text()).amount("leverage", Decimal{*call.leverage}).end();
        return {};
    }
    request.target = "/api/ua/v1/unified/position/margin-mode";
    Body{request.body}.text("symbol", symbol.text()).text("marginMode", upper(*call.margin_mode)).end();
    return {};
}

}  // namespace

Written write_unified(const Call& call, wire::Request& request) {
    request.host = api_host(call.site);
    switch (call.operation) {
        case Operation::balances: request.target = "/api/ua/v1/unified/account/balance"; return {};
        case Operation::open_orders: write_list(call, "/api/ua/v1/unified/order/open-list", request); return {};
        case Operation::fills: write_list(call, "/api/ua/v1/unified/order/execution", request); return {};
        case Operation::order: return write_detail(call, request);
        case Operation::cancel_order: return write_cancel(call, request);
        case Operation::place_order:
        case Operation::place_stop: return write_order(call, request);
        case Operation::fee_rates: {
            request.target = "/api/ua/v1/user/fee-rate";
            Query{request.target}.add("tradeType", trade_type(call)).add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        }
        case Operation::margin_mode:
        case Operation::position_mode:
            // Read where classic accounts read them, as ccxt does for both kinds.
            return write_futures(call, request);
        case Operation::positions:
        case Operation::set_leverage:
        case Operation::set_margin_mode:
            if (is_futures(call)) return write_futures_setting(call, request);
            break;
        default: break;
    }
    return not_supported("operation", std::string{"KuCoin has no "} + std::string{to_string(call.operation)} + " on this market");
}

}  // namespace bf::exchange::kucoin
