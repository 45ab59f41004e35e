// Contract v1. Sources: MEXC futures reference, "Account and trading endpoints" (2026) and "Market endpoints".
#include "exchange/mexc/calls/products.hpp"

#include <algorithm>
#include <limits>

namespace bf::exchange::mexc {
namespace {

using market::MarginMode;
using market::OrderType;
using market::PositionMode;
using market::Side;
using market::TimeInForce;

struct IntervalName {
    std::string_view name;
    std::int64_t seconds;
};
IntervalName futures_interval(market::Interval interval) {
    switch (interval) {
        case market::Interval::m1: return {"Min1", 60};
        case market::Interval::m5: return {"Min5", 300};
        case market::Interval::m15: return {"Min15", 900};
        case market::Interval::h1: return {"Min60", 3600};
        case market::Interval::h4: return {"Hour4", 14400};
        case market::Interval::d1: return {"Day1", 86400};
    }
    return {"Min1", 60};
}

void write_candles(const Call& call, Instant at, wire::Request& request) {
    const auto interval = futures_interval(*call.interval);
    FuturesQuery query{request, "/api/v1/contract/kline/"};
    query.path(*call.symbol);
    // Seconds here, unlike everywhere else. There is no count parameter: the span says how many (at most 2000).
    std::optional<std::int64_t> start, end;
    if (call.since) start = call.since->ms() / 1000;
    if (call.limit && start) end = *start + (*call.limit - 1) * interval.seconds;
    if (call.limit && !start) start = at.ms() / 1000 - *call.limit * interval.seconds;
    if (end) query.add("end", *end);
    query.add("interval", interval.name);
    if (start) query.add("start", *start);
    query.send_unsigned();
}

/// quantity / contract_size when that is a whole number. Most calls fit 64 bits, where dividing costs a few nanoseconds.
std::optional<Decimal> whole_ratio(const Decimal& quantity, const Decimal& contract_size) {
    const int scale = std::max(quantity.scale(), contract_size.scale());
    std::int64_t numerator = 0, denominator = 0;
    const auto lift = [scale](const Decimal& value, std::int64_t& out) {
        bool fits = value.mantissa() <= std::numeric_limits<std::int64_t>::max();
        out = fits ? static_cast<std::int64_t>(value.mantissa()) : 0;
        for (int digit = value.scale(); fits && digit < scale; ++digit) fits = !__builtin_mul_overflow(out, std::int64_t{10}, &out);
        return fits;
    };
    if (lift(quantity, numerator) && lift(contract_size, denominator))
        return numerator % denominator == 0 ? std::optional{Decimal{numerator / denominator}} : std::nullopt;
    const auto count = Decimal::divide(quantity, contract_size, 0, Rounding::down);
    if (!count || *count * contract_size != quantity) return std::nullopt;
    return *count;
}

/// MEXC counts in contracts.
Result<Decimal, CallError> contracts_of(const Call& call) {
    if (!call.quantity) return bad("quote_quantity", "MEXC futures count in contracts: give a quantity.");
    if (!call.contract_size) return missing("contract_size", "MEXC futures count in contracts: the contract size is needed.");
    const auto count = whole_ratio(*call.quantity, *call.contract_size);
    if (!count) return bad("quantity", "quantity is not a whole number of contracts of " + call.contract_size->to_string());
    return *count;
}

/// 1 open long, 2 close short, 3 open short, 4 close long: the reduce-only flag is in the number.
std::int64_t side_code(const Call& call) {
    const bool reduces = call.reduce_only.value_or(false);
    if (call.side == Side::buy) return reduces ? 2 : 1;
    return reduces ? 4 : 3;
}

/// 1 limit, 2 post only, 3 immediate or cancel, 4 fill or kill, 5 market.
Result<std::int64_t, CallError> order_type(const Call& call, OrderType type) {
    const auto time_in_force = call.time_in_force.value_or(TimeInForce::gtc);
    const bool post_only = call.post_only.value_or(false);
    if (type == OrderType::market) {
        if (post_only) return bad("post_only", "A market order can't be post-only.");
        if (time_in_force == TimeInForce::fok) return bad("time_in_force", "MEXC futures have no fill-or-kill market order.");
        return std::int64_t{5};
    }
    if (post_only && time_in_force != TimeInForce::gtc) return bad("time_in_force", "A post-only order rests: it can't be ioc or fok.");
    if (post_only) return std::int64_t{2};
    if (time_in_force == TimeInForce::ioc) return std::int64_t{3};
    return std::int64_t{time_in_force == TimeInForce::fok ? 4 : 1};
}

Result<void, CallError> check_margin(const Call& call) {
    if (!call.margin_mode) return missing("margin_mode", "MEXC sets the margin mode with each order.");
    const bool opens = !call.reduce_only.value_or(false);
    if (opens && call.margin_mode == MarginMode::isolated && !call.leverage)
        return missing("leverage", "Opening an isolated position on MEXC needs a leverage.");
    return {};
}

std::int64_t open_type(MarginMode mode) { return mode == MarginMode::isolated ? 1 : 2; }

/// The mode and the flag that only one-way mode takes; in hedge mode sides 2 and 4 are the reducing ones.
void write_mode(FuturesBody& body, const Call& call) {
    if (!call.position_mode) return;
    body.number("positionMode", std::int64_t{call.position_mode == PositionMode::hedge ? 1 : 2});
    if (call.position_mode == PositionMode::one_way && call.reduce_only.value_or(false)) body.truth("reduceOnly");
}

Result<void, CallError> write_order(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    BF_TRY_VOID(check_margin(call));
    BF_TRY(const auto type, order_type(call, *call.type));
    BF_TRY(const auto contracts, contracts_of(call));
    FuturesBody body{out.add_stale(), "/api/v1/private/order/create"};
    body.symbol(*call.symbol);
    if (call.price) body.number("price", *call.price);
    body.number("vol", contracts);
    if (call.leverage) body.number("leverage", *call.leverage);
    body.number("side", side_code(call)).number("type", type).number("openType", open_type(*call.margin_mode));
    if (call.client_order_id) body.text("externalOid", *call.client_order_id);
    write_mode(body, call);
    body.sign(key, at);
    return {};
}

/// A trigger order ("plan order"). Both spellings of the path are in use (the 2026 reference also names .../place/v2 with the same
/// fields). It has no client order id, and lapses after the longest documented cycle, 7 days.
Result<void, CallError> write_stop(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (call.client_order_id) return bad("client_order_id", "MEXC's trigger orders take no client order id.");
    BF_TRY_VOID(check_margin(call));
    if (!call.leverage && !call.reduce_only.value_or(false)) return missing("leverage", "A trigger order that opens needs a leverage.");
    BF_TRY(const auto type, order_type(call, call.type.value_or(call.price ? OrderType::limit : OrderType::market)));
    BF_TRY(const auto contracts, contracts_of(call));
    FuturesBody body{out.add_stale(), "/api/v1/private/planorder/place"};
    body.symbol(*call.symbol);
    if (call.price) body.number("price", *call.price);
    body.number("vol", contracts);
    if (call.leverage) body.number("leverage", *call.leverage);
    body.number("side", side_code(call)).number("openType", open_type(*call.margin_mode)).number("triggerPrice", *call.stop_price);
    // A stop: a buy waits for the price to rise to it (1, at or above), a sell for it to fall (2, at or below), on the fair price (2).
    body.number("triggerType", std::int64_t{call.side == Side::buy ? 1 : 2}).number("executeCycle", std::int64_t{2});
    body.number("orderType", type).number("trend", std::int64_t{2});
    write_mode(body, call);
    body.sign(key, at);
    return {};
}

Result<void, CallError> write_cancel(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (call.order_id) {
        write_id_list(out.add_stale(), "/api/v1/private/order/cancel", *call.order_id, key, at);
        return {};
    }
    if (!call.symbol) return missing("symbol", "MEXC futures name an order by symbol and client order id.");
    FuturesBody body{out.add_stale(), "/api/v1/private/order/cancel_with_external"};
    body.symbol(*call.symbol).text("externalOid", *call.client_order_id).sign(key, at);
    return {};
}

Result<void, CallError> write_query(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (call.order_id) {
        FuturesQuery{out.add_stale(), "/api/v1/private/order/get/"}.path(*call.order_id).sign(key, at);
        return {};
    }
    if (!call.symbol) return missing("symbol", "MEXC futures name an order by symbol and client order id.");
    FuturesQuery{out.add_stale(), "/api/v1/private/order/external/"}.path(*call.symbol).path("/").path(*call.client_order_id).sign(key, at);
    return {};
}

Result<void, CallError> write_fills(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (call.order_id) {
        FuturesQuery{out.add_stale(), "/api/v1/private/order/deal_details/"}.path(*call.order_id).sign(key, at);
        return {};
    }
    if (!call.symbol) return missing("symbol", "MEXC futures list fills of one contract.");
    FuturesQuery query{out.add_stale(), "/api/v1/private/order/list/order_deals/v3"};
    // In the order of their names, as they are signed.
    if (call.until) query.add("end_time", call.until->ms());
    query.add("page_num", std::int64_t{1}).add("page_size", std::min<std::int64_t>(call.limit.value_or(100), 1000));
    if (call.since) query.add("start_time", call.since->ms());
    query.add_symbol(*call.symbol).sign(key, at);
    return {};
}

void write_funding(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    FuturesQuery query{out.add_stale(), "/api/v1/private/position/funding_records"};
    // In the order of their names, as they are signed.
    if (call.until) query.add("end_time", call.until->ms());
    query.add("page_num", std::int64_t{1}).add("page_size", std::min<std::int64_t>(call.limit.value_or(100), 100));
    if (call.since) query.add("start_time", call.since->ms());
    query.add_symbol(*call.symbol).sign(key, at);
}

void write_open_orders(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    FuturesQuery query{out.add_stale(), "/api/v1/private/order/list/open_orders"};
    query.add("page_num", call.page.value_or(1)).add("page_size", std::min<std::int64_t>(call.limit.value_or(100), 100));
    if (call.symbol) query.add_symbol(*call.symbol);
    query.sign(key, at);
}

/// change_leverage carries leverage and margin mode together, for one direction a call: two requests cover both directions.
Result<void, CallError> write_leverage(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    if (!call.margin_mode) return missing("margin_mode", "MEXC sets leverage and margin mode in one call.");
    if (!call.leverage) return missing("leverage", "MEXC sets leverage and margin mode in one call.");
    for (const std::int64_t position_type : {1, 2}) {
        FuturesBody body{out.add_stale(), "/api/v1/private/position/change_leverage"};
        body.number("openType", open_type(*call.margin_mode)).number("leverage", *call.leverage);
        body.symbol(*call.symbol).number("positionType", position_type).sign(key, at);
    }
    return {};
}

}  // namespace

void write_futures_public(const Call& call, Instant at, RequestList& out) {
    auto& request = out.add_stale();
    switch (call.operation) {
        case Operation::instruments: {
            FuturesQuery list{request, "/api/v1/contract/detail"};
            if (call.symbol) list.add_symbol(*call.symbol);
            list.send_unsigned();
            return;
        }
        case Operation::ticker: FuturesQuery{request, "/api/v1/contract/ticker"}.add_symbol(*call.symbol).send_unsigned(); return;
        case Operation::candles: write_candles(call, at, request); return;
        default: FuturesQuery{request, "/api/v1/contract/ping"}.send_unsigned(); return;
    }
}

Result<void, CallError> write_futures(const Call& call, const SigningKey& key, Instant at, RequestList& out) {
    switch (call.operation) {
        case Operation::place_order: return write_order(call, key, at, out);
        case Operation::place_stop: return write_stop(call, key, at, out);
        case Operation::cancel_order: return write_cancel(call, key, at, out);
        case Operation::order: return write_query(call, key, at, out);
        case Operation::fills: return write_fills(call, key, at, out);
        case Operation::open_orders: write_open_orders(call, key, at, out); return {};
        case Operation::set_leverage:
        case Operation::set_margin_mode: return write_leverage(call, key, at, out);
        case Operation::balances: FuturesQuery{out.add_stale(), "/api/v1/private/account/assets"}.sign(key, at); return {};
        case Operation::positions: {
            FuturesQuery query{out.add_stale(), "/api/v1/private/position/open_positions"};
            if (call.symbol) query.add_symbol(*call.symbol);
            query.sign(key, at);
            return {};
        }
        case Operation::leverage: FuturesQuery{out.add_stale(), "/api/v1/private/position/leverage"}.add_symbol(*call.symbol).sign(key, at); return {};
        case Operation::funding_payments: write_funding(call, key, at, out); return {};
        case Operation::fee_rates: FuturesQuery{out.add_stale(), "/api/v1/private/account/tiered_fee_rate/v2"}.add_symbol(*call.symbol).sign(key, at); return {};
        case Operation::risk_tiers: return not_supported("MEXC tells a contract's risk tiers in its list of contracts.");
        case Operation::position_mode: FuturesQuery{out.add_stale(), "/api/v1/private/position/position_mode"}.sign(key, at); return {};
        case Operation::stream_login: write_login_frame(out.add_stale(), key, at); return {};
        case Operation::test_order: return not_supported("MEXC futures have no test order.");
        case Operation::open_stops: return not_supported("MEXC lists its trigger orders without a client order id: none of ours could be told from another's.");
        case Operation::margin_mode: return not_supported("MEXC sets the margin mode with each order: there is no setting to ask for.");
        case Operation::private_stream: return not_supported("MEXC's futures stream has a fixed address and is signed in by a frame.");
        case Operation::renew_stream: return not_supported("MEXC's futures stream has no listen key.");
        default: return not_supported("MEXC futures have no " + std::string{to_string(call.operation)} + ": that belongs to spot.");
    }
}

}  // namespace bf::exchange::mexc
