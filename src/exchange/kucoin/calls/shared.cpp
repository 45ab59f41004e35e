// What does not depend on the kind of account. KuCoin REST reference, "Market Data" of spot and futures, "Account Info", read September
// 2026; GET /api/ua/v1/... as github.com/JKorf/Kucoin.Net (commit 04e948d) calls it.
#include "exchange/kucoin/calls/products.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

using market::Interval;

bool is_futures(const Call& call) { return call.market == market::Market::futures; }

struct IntervalName {
    std::string_view spot;
    std::int64_t minutes;
};
IntervalName name_of(Interval interval) {
    switch (interval) {
        case Interval::m1: return {"1min", 1};
        case Interval::m5: return {"5min", 5};
        case Interval::m15: return {"15min", 15};
        case Interval::h1: return {"1hour", 60};
        case Interval::h4: return {"4hour", 240};
        case Interval::d1: return {"1day", 1440};
    }
    return {"1min", 1};
}

/// The window of candles that `since` and `limit` name, in ms; either end may be open.
struct Window {
    std::optional<std::int64_t> from, to;
};
Window window_of(const Call& call, Instant at, std::int64_t rows_max) {
    if (!call.limit && !call.since) return {};
    const std::int64_t length = name_of(*call.interval).minutes * 60'000;
    const std::int64_t rows = std::min(call.limit.value_or(rows_max), rows_max);
    if (call.since) return {call.since->ms(), call.since->ms() + rows * length};
    // No start: the newest ones, counted back from the exchange's time; the running candle is one of them.
    const std::int64_t newest = at.ms() - at.ms() % length;
    return {newest - (rows - 1) * length, at.ms()};
}

void write_candles(const Call& call, Instant at, wire::Request& request) {
    const NativeSymbol symbol{*call.symbol};
    const auto interval = name_of(*call.interval);
    if (is_futures(call)) {
        constexpr std::int64_t kRowsMax = 500;
        const auto window = window_of(call, at, kRowsMax);
        request.target = "/api/v1/kline/query";
        Query query{request.target};
        query.add("symbol", symbol.text()).add("granularity", interval.minutes);
        if (window.from) query.add("from", *window.from).add("to", *window.to);
        return;
    }
    constexpr std::int64_t kRowsMax = 1500;
    const auto window = window_of(call, at, kRowsMax);
    request.target = "/api/v1/market/candles";
    Query query{request.target};
    query.add("symbol", symbol.text()).add("type", interval.spot);
    // Seconds here, milliseconds on futures.
    if (window.from) query.add("startAt", *window.from / 1000).add("endAt", *window.to / 1000);
}

void write_instruments(const Call& call, wire::Request& request) {
    if (!call.symbol) {
        request.target = is_futures(call) ? "/api/v1/contracts/active" : "/api/v2/symbols";
        return;
    }
    request.target = is_futures(call) ? "/api/v1/contracts/" : "/api/v2/symbols/";
    request.target += NativeSymbol{*call.symbol}.text();
}

void write_account_call(const Call& call, wire::Request& request) {
    // The account's own calls live on the spot host whatever is traded.
    request.host = api_host(call.site);
    const bool unified = call.account_mode == AccountMode::unified;
    switch (call.operation) {
        case Operation::account_mode: request.target = "/api/ua/v1/account/mode"; break;
        case Operation::egress_address: request.target = "/api/v1/my-ip"; break;
        // key_info and account_id: the unified form of the answer also tells the key's expiry.
        default: request.target = unified ? "/api/ua/v1/user/api-key" : "/api/v1/user/api-key"; break;
    }
}

void write_stream_call(const Call& call, wire::Request& request) {
    request.method = wire::Method::post;
    if (call.operation == Operation::public_stream) {
        request.target = "/api/v1/bullet-public";
        return;
    }
    if (call.account_mode == AccountMode::unified) {
        request.host = api_host(call.site);
        request.target = "/api/v2/bullet-private";
        return;
    }
    // The tokens of the two hosts are not interchangeable: each market asks its own.
    request.target = "/api/v1/bullet-private";
}

}  // namespace

Written write_shared(const Call& call, Instant at, wire::Request& request) {
    request.host = is_futures(call) ? futures_host(call.site) : api_host(call.site);
    switch (call.operation) {
        case Operation::server_time: request.target = "/api/v1/timestamp"; return {};
        case Operation::service_status: request.target = "/api/v1/status"; return {};
        case Operation::instruments: write_instruments(call, request); return {};
        case Operation::candles: write_candles(call, at, request); return {};
        case Operation::ticker:
            request.target = is_futures(call) ? "/api/v1/ticker" : "/api/v1/market/orderbook/level1";
            Query{request.target}.add("symbol", NativeSymbol{*call.symbol}.text());
            return {};
        case Operation::mark_price:
            if (!is_futures(call)) return not_supported("operation", "there is no mark price on spot");
            request.target = "/api/v1/mark-price/";
            request.target.append(NativeSymbol{*call.symbol}.text()).append("/current");
            return {};
        case Operation::public_stream:
        case Operation::private_stream: write_stream_call(call, request); return {};
        case Operation::key_info:
        case Operation::account_id:
        case Operation::account_mode:
        case Operation::egress_address: write_account_call(call, request); return {};
        default: break;
    }
    return not_supported("operation", std::string{"KuCoin has no "} + std::string{to_string(call.operation)});
}

}  // namespace bf::exchange::kucoin
