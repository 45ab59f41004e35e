// Spot v3. Sources: MEXC spot v3 reference, "Spot Account/Trade", "Market Data Endpoints", "Websocket User Data Streams".
#include "exchange/mexc/calls/products.hpp"

#include <algorithm>

namespace bf::exchange::mexc {
namespace {

using market::OrderType;
using market::Side;
using market::TimeInForce;
using wire::Method;

/// "1h" is refused by the klines call; the hour is spelled 60m.
std::string_view spot_interval(market::Interval interval) {
    return interval == market::Interval::h1 ? "60m" : market::to_string(interval);
}

/// There is no timeInForce parameter (one that is sent is ignored and an IOC order rests): the type carries it.
Result<std::string_view, CallError> order_type(const Call& call) {
    const auto time_in_force = call.time_in_force.value_or(TimeInForce::gtc);
    const bool post_only = call.post_only.value_or(false);
    if (call.type == OrderType::market) {
        if (post_only) return bad("post_only", "A market order can't be post-only.");
        if (time_in_force == TimeInForce::fok) return bad("time_in_force", "MEXC spot has no fill-or-kill market order.");
        return std::string_view{"MARKET"};
    }
    if (post_only && time_in_force != TimeInForce::gtc) return bad("time_in_force", "A post-only order rests: it can't be ioc or fok.");
    if (post_only) return std::string_view{"LIMIT_MAKER"};
    switch (time_in_force) {
        case TimeInForce::ioc: return std::string_view{"IMMEDIATE_OR_CANCEL"};
        case TimeInForce::fok: return std::string_view{"FILL_OR_KILL"};
        case TimeInForce::gtc: break;
    }
    return std::string_view{"LIMIT"};
}

Result<void, CallError> refuse_futures_arguments(const Call& call) {
    if (call.reduce_only.value_or(false)) return bad("reduce_only", "reduce_only belongs to futures.");
    if (call.margin_mode) return bad("margin_mode", "margin_mode belongs to futures.");
    if (call.leverage) return bad("leverage", "leverage belongs to futures.");
    if (call.position_mode) return bad("position_mode", "position_mode belongs to futures.");
    return {};
}

Result<void, CallError> write_order(const Call& call, std::string_view path, const SigningKey& key, Instant at, RequestList& out) {
    BF_TRY_VOID(refuse_futures_arguments(call));
    BF_TRY(const auto type, order_type(call));
    if (call.quote_quantity && (call.type != OrderType::market || call.side != Side::buy))
        return bad("quote_quantity", "MEXC takes an amount in quote for market buys only.");
    SpotRequest request{out.add_stale(), Method::post, path};
    request.add_symbol(*call.symbol).add_constant(call.side == Side::buy ? "&side=BUY" : "&side=SELL").add("type", type);
    if (call.quantity) request.add("quantity", *call.quantity);
    if (call.quote_quantity) request.add("quoteOrderQty", *call.quote_quantity);
    if (call.type == OrderType::limit) request.add("price", *call.price);
    if (call.client_order_id) request.add("newClientOrderId", *call.client_order_id);
    request.sign(key, at);
    return {};
}

Result<void, CallError> write_by_id(const Call& call, Method method, const SigningKey& key, Instant at, RequestList& out) {
    if (!call.symbol) return missing("symbol", "MEXC spot names an order by symbol and id.");
    SpotRequest request{out.add_stale(), method, "/api/v3/order"};
    request.add_symbol(*call.symbol);
    if (call.order_id) request.add("orderId", *call.order_id);
    else request.add("origClientOrderId", *call.client_order_id);
    request.sign(key, at);
    return {};
}

Result<void, CallError> write_fills(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (!call.symbol) return missing("symbol", "MEXC spot lists fills of one symbol.");
    SpotRequest request{out.add_stale(), Method::get, "/api/v3/myTrades"};
    request.add_symbol(*call.symbol);
    if (call.order_id) request.add("orderId", *call.order_id);
    if (call.since) request.add("startTime", call.since->ms());
    if (call.until) request.add("endTime", call.until->ms());
    // Never more than 100 a call, and one month back.
    if (call.limit) request.add("limit", std::min<std::int64_t>(*call.limit, 100));
    request.sign(key, at);
    return {};
}

}  // namespace

void write_spot_public(const Call& call, RequestList& out) {
    auto& request = out.add_stale();
    switch (call.operation) {
        case Operation::instruments: {
            SpotRequest list{request, Method::get, "/api/v3/exchangeInfo"};
            if (call.symbol) list.add_symbol(*call.symbol);
            list.send_unsigned();
            return;
        }
        case Operation::ticker: SpotRequest{request, Method::get, "/api/v3/ticker/24hr"}.add_symbol(*call.symbol).send_unsigned(); return;
        case Operation::candles: {
            SpotRequest candles{request, Method::get, "/api/v3/klines"};
            candles.add_symbol(*call.symbol).add("interval", spot_interval(*call.interval));
            if (call.since) candles.add("startTime", call.since->ms());
            if (call.limit) candles.add("limit", std::min<std::int64_t>(*call.limit, 1000));
            candles.send_unsigned();
            return;
        }
        default: SpotRequest{request, Method::get, "/api/v3/time"}.send_unsigned(); return;
    }
}

Result<void, CallError> write_spot(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    switch (call.operation) {
        case Operation::place_order: return write_order(call, "/api/v3/order", key, at, out);
        case Operation::test_order: return write_order(call, "/api/v3/order/test", key, at, out);
        case Operation::cancel_order: return write_by_id(call, Method::del, key, at, out);
        case Operation::order: return write_by_id(call, Method::get, key, at, out);
        case Operation::fills: return write_fills(call, key, at, out);
        case Operation::balances: SpotRequest{out.add_stale(), Method::get, "/api/v3/account"}.sign(key, at); return {};
        case Operation::fee_rates: SpotRequest{out.add_stale(), Method::get, "/api/v3/tradeFee"}.add_symbol(*call.symbol).sign(key, at); return {};
        case Operation::tradable_symbols: SpotRequest{out.add_stale(), Method::get, "/api/v3/selfSymbols"}.sign(key, at); return {};
        case Operation::open_orders:
            if (!call.symbol) return missing("symbol", "MEXC spot lists open orders of one symbol.");
            SpotRequest{out.add_stale(), Method::get, "/api/v3/openOrders"}.add_symbol(*call.symbol).sign(key, at);
            return {};
        case Operation::private_stream: SpotRequest{out.add_stale(), Method::post, "/api/v3/userDataStream"}.sign(key, at); return {};
        case Operation::renew_stream:
            SpotRequest{out.add_stale(), Method::put, "/api/v3/userDataStream"}.add("listenKey", *call.listen_key).sign(key, at);
            return {};
        case Operation::place_stop:
        case Operation::open_stops: return not_supported("MEXC documents no stop order for spot.");
        case Operation::stream_login: return not_supported("A MEXC spot stream is signed in by its listen key, not by a frame.");
        default: return not_supported("MEXC spot has no " + std::string{to_string(call.operation)} + ": that belongs to futures.");
    }
}

}  // namespace bf::exchange::mexc
