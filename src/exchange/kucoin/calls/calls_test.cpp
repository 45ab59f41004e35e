#include "exchange/kucoin/calls/calls.hpp"

#include "exchange/kucoin/calls/key.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <functional>
#include <sstream>

using namespace bf;
using namespace bf::exchange;
using market::Market;
using market::Side;

namespace {

wire::Json golden(const std::string& name) {
    std::ifstream file{std::string{BF_SOURCE_DIR} + "/golden/kucoin/" + name};
    std::ostringstream text;
    text << file.rdbuf();
    return wire::Json::parse(text.str()).value();
}

std::string text_of(wire::JsonValue value) { return std::string{value.text().value()}; }

CredentialFields fields_of(std::string key, std::string secret, std::string passphrase) {
    return {crypto::Secret::take(std::move(key)), crypto::Secret::take(std::move(secret)), crypto::Secret::take(std::move(passphrase))};
}
std::unique_ptr<Key> vector_key(const Calls& calls) {
    return calls.make_key(fields_of("6705f5c311545b000157d3eb", "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", "Backfuture7"));
}

Call call_of(Operation operation, Market market = Market::spot) {
    Call call;
    call.operation = operation;
    call.market = market;
    return call;
}
Call order_of(Market market, Operation operation = Operation::place_order) {
    Call call = call_of(operation, market);
    call.symbol = market::Symbol::parse(market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT");
    call.side = Side::buy;
    call.type = market::OrderType::limit;
    call.price = "20000"_d;
    call.quantity = "0.001"_d;
    call.client_order_id = "bf-000002";
    if (market == Market::spot) return call;
    call.contract_size = "0.001"_d;
    call.margin_mode = market::MarginMode::isolated;
    call.leverage = 3;
    call.position_mode = market::PositionMode::one_way;
    return call;
}

const Instant kAt = Instant::from_ms(1700000000000);

std::string header(const wire::Request& request, std::string_view name) { return std::string{wire::find_header(request.headers, name).value_or("-")}; }

wire::Request write(const Call& call) {
    const auto calls = kucoin::make_calls();
    const auto key = vector_key(*calls);
    RequestList out;
    const auto written = calls->write(call, key.get(), kAt, out);
    REQUIRE_MESSAGE(written.has_value(), (written ? std::string{} : written.error().detail));
    REQUIRE(out.size() == 1);
    return out[0];
}
CallError refusal(const Call& call) {
    const auto calls = kucoin::make_calls();
    const auto key = vector_key(*calls);
    RequestList out;
    const auto written = calls->write(call, key.get(), kAt, out);
    REQUIRE_FALSE(written.has_value());
    CHECK(out.size() == 0);
    return written.error();
}

}  // namespace

TEST_CASE("every signing vector holds: headers over method, path and body") {
    const auto json = golden("signing_vectors.json");
    const kucoin::ApiKey key{fields_of(text_of(json["key"]), text_of(json["secret"]), text_of(json["passphrase"]))};
    const auto vectors = json["vectors"];
    REQUIRE(vectors.size() == 10);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        wire::Request request;
        request.method = wire::parse_method(text_of(vectors.at(i)["method"])).value();
        request.target = text_of(vectors.at(i)["path"]);
        request.body = text_of(vectors.at(i)["body"]);
        CAPTURE(request.target);
        for (const int version : {2, 3}) {
            request.headers.clear();
            key.sign(request, kAt, version);
            CHECK(header(request, "KC-API-SIGN") == text_of(vectors.at(i)["signature"]));
            CHECK(header(request, "KC-API-PASSPHRASE") == text_of(json["passphrase_header_v2_v3"]));
            CHECK(header(request, "KC-API-KEY") == text_of(json["key"]));
            CHECK(header(request, "KC-API-TIMESTAMP") == text_of(json["timestamp"]));
            CHECK(header(request, "KC-API-KEY-VERSION") == std::to_string(version));
            CHECK(header(request, "Content-Type") == "application/json");
        }
    }
    const auto third = json["third_party"];
    const kucoin::ApiKey other{fields_of("any", text_of(third["secret"]), text_of(third["passphrase"]))};
    wire::Request request;
    request.target = "/api/v1/accounts";
    other.sign(request, Instant::from_ms(1790274000000), 3);
    CHECK(header(request, "KC-API-SIGN") == text_of(third["signature"]));
    CHECK(header(request, "KC-API-PASSPHRASE") == text_of(third["passphrase_header"]));
}

TEST_CASE("typed calls reach the vectors' own bytes") {
    Call order = order_of(Market::spot, Operation::test_order);
    order.price = "50000"_d;
    order.quantity = "0.00001"_d;
    order.client_order_id = "bf-000001";
    const auto spot = write(order);
    CHECK(spot.host == "api.kucoin.com");
    CHECK(spot.target == "/api/v1/hf/orders/test");
    CHECK(spot.body == R"({"type":"limit","symbol":"BTC-USDT","side":"buy","price":"50000","size":"0.00001","clientOid":"bf-000001"})");
    CHECK(header(spot, "KC-API-SIGN") == "taYPq2y4dVpwK/v3I1YnoAyujuN9OQnlioPJY1fcV6g=");

    Call cancel = call_of(Operation::cancel_order);
    cancel.symbol = order.symbol;
    cancel.client_order_id = "bf-000001";
    CHECK(header(write(cancel), "KC-API-SIGN") == "5k9LC2ydyCWcc2hQdoj8nLIJjViAcuUNVV4Xx5exc/g=");
    CHECK(header(write(call_of(Operation::key_info)), "KC-API-SIGN") == "rYe97V3bzNX6r1suSXIF3mb3FLt49N3Mj0j705OQH2Q=");
    CHECK(header(write(call_of(Operation::private_stream)), "KC-API-SIGN") == "MbA/wF9D24SWs23VvEpwUFGQdxWsiklW/MMJweTm1FU=");
    CHECK(header(write(call_of(Operation::account_mode)), "KC-API-SIGN") == "jg5fCbNMcIFPhuxKek3Pq9QV2S5VBp7O/iMp5S5PbAo=");
}

TEST_CASE("the documentation's own order bodies are what we write for the same order") {
    for (const auto market : {Market::spot, Market::futures}) {
        const bool is_futures = market == Market::futures;
        const auto example = golden(is_futures ? "futures-post-v1-orders-request.json" : "post-v1-hf-orders-request.json");
        Call order = order_of(market);
        order.price = example["price"].decimal().value();
        // One lot of XBTUSDTM is a thousandth of a bitcoin.
        order.quantity = is_futures ? "0.001"_d : example["size"].decimal().value();
        order.client_order_id = text_of(example["clientOid"]);
        if (is_futures) order.time_in_force = market::TimeInForce::gtc;
        const auto ours = wire::Json::parse(write(order).body).value();
        for (std::size_t i = 0; i < example.root().size(); ++i) {
            const auto name = example.root().name_at(i);
            CAPTURE(name);
            if (name == "remark") continue;  // A note for its owner; we write none.
            CHECK(ours[name].is_text() == example[name].is_text());
            CHECK(ours[name].text_or_number() == example[name].text_or_number());
            CHECK(ours[name].boolean() == example[name].boolean());
        }
        // In one-way mode the side may be left out; saying it keeps an order from being taken for one of a hedge account.
        CHECK(ours.root().size() == example.root().size() - 1 + (is_futures ? 1 : 0));
        if (is_futures) CHECK(ours["positionSide"].text() == "BOTH");
    }
}

TEST_CASE("futures balances are asked in USDT; a cancellation needs only the order's id") {
    CHECK(header(write(call_of(Operation::balances, Market::futures)), "KC-API-SIGN") == "K0+pMwDQ8o4lb8lwVRpMl/NIVlQUTQfZdBX7LjMqQmc=");
    Call cancel = call_of(Operation::cancel_order, Market::futures);
    cancel.order_id = "235303670076489728";
    CHECK(header(write(cancel), "KC-API-SIGN") == "H3V4PVHLz0zdtfFWvHdVVMKRuOmdPTC38tfHQan4yQA=");
}

TEST_CASE("orders in the exchange's spelling") {
    const auto spot = order_of(Market::spot);
    const auto futures = order_of(Market::futures);
    struct Row { const char* why; Call call; const char* target; const char* body; };
    std::vector<Row> rows;
    const auto add = [&rows](const char* why, Call call, const char* target, const char* body, auto change) {
        change(call);
        REQUIRE_MESSAGE(check_arguments(call).has_value(), why);
        rows.push_back({why, std::move(call), target, body});
    };
    add("spot, good till cancelled, post only", spot, "/api/v1/hf/orders",
        R"({"type":"limit","symbol":"BTC-USDT","side":"buy","price":"20000","size":"0.001","clientOid":"bf-000002","timeInForce":"GTC","postOnly":true})",
        [](Call& c) { c.time_in_force = market::TimeInForce::gtc; c.post_only = true; });
    add("spot, fill or kill", spot, "/api/v1/hf/orders",
        R"({"type":"limit","symbol":"BTC-USDT","side":"buy","price":"20000","size":"0.001","clientOid":"bf-000002","timeInForce":"FOK"})",
        [](Call& c) { c.time_in_force = market::TimeInForce::fok; });
    add("spot, market, counted in quote units", spot, "/api/v1/hf/orders",
        R"({"type":"market","symbol":"BTC-USDT","side":"buy","funds":"25.5","clientOid":"bf-000002"})",
        [](Call& c) { c.type = market::OrderType::market; c.price.reset(); c.quantity.reset(); c.quote_quantity = "25.50"_d; });
    add("spot, a stop sells on the way down", spot, "/api/v1/stop-order",
        R"({"type":"market","symbol":"BTC-USDT","side":"sell","stop":"loss","stopPrice":"19000","size":"0.001","clientOid":"bf-000002"})",
        [](Call& c) { c.operation = Operation::place_stop; c.side = Side::sell; c.type.reset(); c.price.reset(); c.stop_price = "19000"_d; });
    add("futures, as the signing vector but for positionSide", futures, "/api/v1/orders/test",
        R"({"clientOid":"bf-000002","side":"buy","symbol":"XBTUSDTM","leverage":3,"type":"limit","reduceOnly":false,"marginMode":"ISOLATED","positionSide":"BOTH","price":"20000","size":1,"timeInForce":"GTC"})",
        [](Call& c) { c.operation = Operation::test_order; c.time_in_force = market::TimeInForce::gtc; });
    add("futures, hedge mode: closing a short buys", futures, "/api/v1/orders",
        R"({"clientOid":"bf-000002","side":"buy","symbol":"XBTUSDTM","type":"market","reduceOnly":true,"marginMode":"CROSS","positionSide":"SHORT","size":25})",
        [](Call& c) {
            c.type = market::OrderType::market; c.price.reset(); c.leverage.reset(); c.reduce_only = true; c.quantity = "0.025"_d;
            c.margin_mode = market::MarginMode::cross; c.position_mode = market::PositionMode::hedge;
        });
    add("futures, a stop on the mark price", futures, "/api/v1/orders",
        R"({"clientOid":"bf-000002","side":"sell","symbol":"XBTUSDTM","leverage":3,"type":"market","reduceOnly":true,"marginMode":"ISOLATED","positionSide":"BOTH","stop":"down","stopPrice":"18000.5","stopPriceType":"MP","size":1})",
        [](Call& c) {
            c.operation = Operation::place_stop; c.side = Side::sell; c.type.reset(); c.price.reset(); c.reduce_only = true; c.stop_price = "18000.5"_d;
        });
    add("unified spot", spot, "/api/ua/v1/unified/order/place",
        R"({"tradeType":"SPOT","symbol":"BTC-USDT","side":"BUY","orderType":"LIMIT","size":"0.001","sizeUnit":"BASECCY","price":"20000","timeInForce":"GTC","clientOid":"bf-000002"})",
        [](Call& c) { c.account_mode = AccountMode::unified; c.time_in_force = market::TimeInForce::gtc; });
    add("unified futures", futures, "/api/ua/v1/unified/order/place",
        R"({"tradeType":"FUTURES","symbol":"XBTUSDTM","side":"BUY","orderType":"LIMIT","size":"1","sizeUnit":"UNIT","price":"20000","reduceOnly":false,"clientOid":"bf-000002"})",
        [](Call& c) { c.account_mode = AccountMode::unified; });
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto request = write(row.call);
        CHECK(request.method == wire::Method::post);
        CHECK(request.target == row.target);
        CHECK(request.body == row.body);
    }
}

TEST_CASE("the unified vector's bytes") {
    Call order = order_of(Market::spot);
    order.account_mode = AccountMode::unified;
    order.price = "50000"_d;
    order.quantity = "0.00001"_d;
    order.time_in_force = market::TimeInForce::gtc;
    order.client_order_id = "bf-000003";
    CHECK(header(write(order), "KC-API-SIGN") == "aKMk/EE9TI6aYVMBoEOTq7RVFBfyZKkZqip+27T9/1w=");
}

TEST_CASE("reads go to the documented places") {
    const auto btc = market::Symbol::parse("BTC/USDT"), perpetual = market::Symbol::parse("BTC/USDT:USDT");
    struct Row { Operation operation; Market market; AccountMode mode; const char* line; std::function<void(Call&)> change; };
    const auto spot = Market::spot, futures = Market::futures;
    const auto classic = AccountMode::classic, unified = AccountMode::unified;
    const auto by_symbol = [&](Call& c) { c.symbol = c.market == Market::spot ? btc : perpetual; };
    const auto by_id = [&](Call& c) { by_symbol(c); c.order_id = "671"; };
    const auto by_client_id = [&](Call& c) { by_symbol(c); c.client_order_id = "bf-1"; };
    const auto nothing = [](Call&) {};
    const Row rows[] = {
        {Operation::server_time, spot, classic, "GET api.kucoin.com/api/v1/timestamp", nothing},
        {Operation::server_time, futures, classic, "GET api-futures.kucoin.com/api/v1/timestamp", nothing},
        {Operation::service_status, futures, classic, "GET api-futures.kucoin.com/api/v1/status", nothing},
        {Operation::egress_address, futures, classic, "GET api.kucoin.com/api/v1/my-ip", nothing},
        {Operation::key_info, futures, classic, "GET api.kucoin.com/api/v1/user/api-key", nothing},
        {Operation::key_info, spot, unified, "GET api.kucoin.com/api/ua/v1/user/api-key", nothing},
        {Operation::account_mode, futures, classic, "GET api.kucoin.com/api/ua/v1/account/mode", nothing},
        {Operation::balances, spot, classic, "GET api.kucoin.com/api/v1/accounts?type=trade", nothing},
        {Operation::balances, futures, unified, "GET api.kucoin.com/api/ua/v1/unified/account/balance", nothing},
        {Operation::instruments, spot, classic, "GET api.kucoin.com/api/v2/symbols", nothing},
        {Operation::instruments, spot, classic, "GET api.kucoin.com/api/v2/symbols/BTC-USDT", by_symbol},
        {Operation::instruments, futures, classic, "GET api-futures.kucoin.com/api/v1/contracts/active", nothing},
        {Operation::instruments, futures, classic, "GET api-futures.kucoin.com/api/v1/contracts/XBTUSDTM", by_symbol},
        {Operation::ticker, spot, classic, "GET api.kucoin.com/api/v1/market/orderbook/level1?symbol=BTC-USDT", by_symbol},
        {Operation::ticker, futures, unified, "GET api-futures.kucoin.com/api/v1/ticker?symbol=XBTUSDTM", by_symbol},
        {Operation::candles, spot, classic, "GET api.kucoin.com/api/v1/market/candles?symbol=BTC-USDT&type=1hour&startAt=1699999200&endAt=1700006400",
         [&](Call& c) { by_symbol(c); c.interval = market::Interval::h1; c.since = Instant::from_ms(1699999200000); c.limit = 2; }},
        {Operation::candles, spot, classic, "GET api.kucoin.com/api/v1/market/candles?symbol=BTC-USDT&type=1min&startAt=1699999920&endAt=1700000000",
         [&](Call& c) { by_symbol(c); c.interval = market::Interval::m1; c.limit = 2; }},
        {Operation::candles, futures, classic, "GET api-futures.kucoin.com/api/v1/kline/query?symbol=XBTUSDTM&granularity=15&from=1699999200000&to=1700001000000",
         [&](Call& c) { by_symbol(c); c.interval = market::Interval::m15; c.since = Instant::from_ms(1699999200000); c.limit = 2; }},
        {Operation::candles, futures, classic, "GET api-futures.kucoin.com/api/v1/kline/query?symbol=XBTUSDTM&granularity=1440",
         [&](Call& c) { by_symbol(c); c.interval = market::Interval::d1; }},
        {Operation::open_orders, spot, classic, "GET api.kucoin.com/api/v1/hf/orders/active?symbol=BTC-USDT", by_symbol},
        {Operation::open_orders, futures, classic, "GET api-futures.kucoin.com/api/v1/orders?status=active", nothing},
        {Operation::open_orders, spot, unified, "GET api.kucoin.com/api/ua/v1/unified/order/open-list?tradeType=SPOT&symbol=BTC-USDT", by_symbol},
        {Operation::open_stops, futures, classic, "GET api-futures.kucoin.com/api/v1/stopOrders?symbol=XBTUSDTM&pageSize=100", [&](Call& c) { by_symbol(c); c.limit = 100; }},
        {Operation::order, spot, classic, "GET api.kucoin.com/api/v1/hf/orders/671?symbol=BTC-USDT", by_id},
        {Operation::order, spot, classic, "GET api.kucoin.com/api/v1/hf/orders/client-order/bf-1?symbol=BTC-USDT", by_client_id},
        {Operation::order, futures, classic, "GET api-futures.kucoin.com/api/v1/orders/byClientOid?clientOid=bf-1", by_client_id},
        {Operation::order, futures, unified, "GET api.kucoin.com/api/ua/v1/unified/order/detail?tradeType=FUTURES&symbol=XBTUSDTM&orderId=671", by_id},
        {Operation::cancel_order, spot, classic, "DELETE api.kucoin.com/api/v1/hf/orders/671?symbol=BTC-USDT", by_id},
        {Operation::cancel_order, spot, classic, "DELETE api.kucoin.com/api/v1/stop-order/vs93gpupfa48anof003u85mb", [](Call& c) { c.order_id = "vs93gpupfa48anof003u85mb"; }},
        {Operation::cancel_order, futures, classic, "DELETE api-futures.kucoin.com/api/v1/orders/client-order/bf-1?symbol=XBTUSDTM", by_client_id},
        {Operation::fills, spot, classic, "GET api.kucoin.com/api/v1/hf/fills?symbol=BTC-USDT&orderId=671&startAt=1700000000000&endAt=1700000000000&limit=100",
         [&](Call& c) { by_id(c); c.since = c.until = kAt; c.limit = 500; }},
        {Operation::fills, futures, classic, "GET api-futures.kucoin.com/api/v1/fills?symbol=XBTUSDTM&pageSize=500", [&](Call& c) { by_symbol(c); c.limit = 500; }},
        {Operation::positions, futures, classic, "GET api-futures.kucoin.com/api/v1/positions", nothing},
        {Operation::positions, futures, classic, "GET api-futures.kucoin.com/api/v2/position?symbol=XBTUSDTM", by_symbol},
        {Operation::positions, futures, unified, "GET api.kucoin.com/api/ua/v1/unified/position/open-list", nothing},
        {Operation::position_mode, futures, unified, "GET api-futures.kucoin.com/api/v2/position/getPositionMode", nothing},
        {Operation::leverage, futures, classic, "GET api-futures.kucoin.com/api/v2/getCrossUserLeverage?symbol=XBTUSDTM", [&](Call& c) { by_symbol(c); c.margin_mode = market::MarginMode::cross; }},
        {Operation::margin_mode, futures, classic, "GET api-futures.kucoin.com/api/v2/position/getMarginMode?symbol=XBTUSDTM", by_symbol},
        {Operation::risk_tiers, futures, classic, "GET api-futures.kucoin.com/api/v1/contracts/risk-limit/XBTUSDTM", by_symbol},
        {Operation::funding_payments, futures, classic, "GET api-futures.kucoin.com/api/v1/funding-history?symbol=XBTUSDTM&startAt=1700000000000&endAt=1700000060000&maxCount=100",
         [&](Call& c) { by_symbol(c); c.since = Instant::from_ms(1700000000000); c.until = Instant::from_ms(1700000060000); c.limit = 500; }},
        {Operation::fee_rates, spot, classic, "GET api.kucoin.com/api/v1/trade-fees?symbols=BTC-USDT", by_symbol},
        {Operation::fee_rates, futures, classic, "GET api-futures.kucoin.com/api/v1/trade-fees?symbol=XBTUSDTM", by_symbol},
        {Operation::fee_rates, spot, unified, "GET api.kucoin.com/api/ua/v1/user/fee-rate?tradeType=SPOT&symbol=BTC-USDT", by_symbol},
        {Operation::fee_rates, futures, unified, "GET api.kucoin.com/api/ua/v1/user/fee-rate?tradeType=FUTURES&symbol=XBTUSDTM", by_symbol},
        {Operation::mark_price, futures, classic, "GET api-futures.kucoin.com/api/v1/mark-price/XBTUSDTM/current", by_symbol},
        {Operation::public_stream, futures, classic, "POST api-futures.kucoin.com/api/v1/bullet-public", nothing},
        {Operation::private_stream, futures, classic, "POST api-futures.kucoin.com/api/v1/bullet-private", nothing},
        {Operation::private_stream, futures, unified, "POST api.kucoin.com/api/v2/bullet-private", nothing},
    };
    for (const Row& row : rows) {
        Call call = call_of(row.operation, row.market);
        call.account_mode = row.mode;
        row.change(call);
        CAPTURE(row.line);
        const auto request = write(call);
        CHECK(std::string{wire::to_string(request.method)} + ' ' + request.host + request.target == row.line);
        CHECK(request.body.empty());
        call.site = Site::eu;
        CHECK(write(call).host.ends_with(".kucoin.eu"));
    }
}

TEST_CASE("settings are changed by body; isolated leverage is none of them") {
    Call call = call_of(Operation::set_leverage, Market::futures);
    call.symbol = market::Symbol::parse("ETH/USDT:USDT");
    call.leverage = 10;
    CHECK(refusal(call).argument == "margin_mode");
    call.margin_mode = market::MarginMode::isolated;
    CHECK(refusal(call).kind == CallError::Kind::not_supported);
    CHECK(refusal(call).detail == "with isolated margin KuCoin keeps no leverage: each order carries its own");
    call.margin_mode = market::MarginMode::cross;
    CHECK(write(call).target == "/api/v2/changeCrossUserLeverage");
    CHECK(write(call).body == R"({"symbol":"ETHUSDTM","leverage":"10"})");
    call.operation = Operation::set_margin_mode;
    CHECK(write(call).target == "/api/v2/position/changeMarginMode");
    CHECK(write(call).body == R"({"symbol":"ETHUSDTM","marginMode":"CROSS"})");
    call.account_mode = AccountMode::unified;
    CHECK(write(call).target == "/api/ua/v1/unified/position/margin-mode");
}

TEST_CASE("what KuCoin needs and the arguments lack is named; what it has not is refused") {
    using Kind = CallError::Kind;
    struct Row { const char* why; Market market; Kind kind; const char* argument; std::function<void(Call&)> change; };
    const Row rows[] = {
        {"an order without our id", Market::spot, Kind::missing_argument, "client_order_id", [](Call& c) { c.client_order_id.reset(); }},
        {"an id of 41 characters", Market::spot, Kind::bad_argument, "client_order_id", [](Call& c) { c.client_order_id = std::string(41, 'a'); }},
        {"spot with leverage", Market::spot, Kind::bad_argument, "leverage", [](Call& c) { c.leverage = 2; }},
        {"spot reducing", Market::spot, Kind::bad_argument, "reduce_only", [](Call& c) { c.reduce_only = true; }},
        {"limit in quote units", Market::spot, Kind::bad_argument, "quote_quantity", [](Call& c) { c.quantity.reset(); c.quote_quantity = "5"_d; }},
        {"post only that may not rest", Market::spot, Kind::bad_argument, "post_only", [](Call& c) { c.post_only = true; c.time_in_force = market::TimeInForce::ioc; }},
        {"contract size unknown", Market::futures, Kind::missing_argument, "contract_size", [](Call& c) { c.contract_size.reset(); }},
        {"half a contract", Market::futures, Kind::bad_argument, "quantity", [](Call& c) { c.quantity = "0.0015"_d; }},
        {"a tenth of a contract", Market::futures, Kind::bad_argument, "quantity", [](Call& c) { c.quantity = "0.0001"_d; }},
        {"too many to count", Market::futures, Kind::bad_argument, "quantity", [](Call& c) { c.quantity = "99999999999999999999"_d; }},
        {"margin mode unknown", Market::futures, Kind::missing_argument, "margin_mode", [](Call& c) { c.margin_mode.reset(); }},
        {"position mode unknown", Market::futures, Kind::missing_argument, "position_mode", [](Call& c) { c.position_mode.reset(); }},
        {"opening without leverage", Market::futures, Kind::missing_argument, "leverage", [](Call& c) { c.leverage.reset(); }},
        {"fill or kill", Market::futures, Kind::not_supported, "time_in_force", [](Call& c) { c.time_in_force = market::TimeInForce::fok; }},
        {"coin-settled", Market::futures, Kind::not_supported, "symbol", [](Call& c) { c.symbol = market::Symbol::parse("BTC/USD:BTC"); }},
        {"KuCoin's own name for bitcoin", Market::futures, Kind::bad_argument, "symbol", [](Call& c) { c.symbol = market::Symbol::parse("XBT/USDT:USDT"); }},
        {"the same in a unified account", Market::futures, Kind::bad_argument, "symbol", [](Call& c) { c.symbol = market::Symbol::parse("XBT/USDT:USDT"); c.account_mode = AccountMode::unified; }},
        {"test order of a unified account", Market::spot, Kind::not_supported, "operation", [](Call& c) { c.operation = Operation::test_order; c.account_mode = AccountMode::unified; }},
        {"a key version long retired", Market::spot, Kind::not_supported, "key_version", [](Call& c) { c.key_version = 1; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Call call = order_of(row.market);
        row.change(call);
        const auto error = refusal(call);
        CHECK(error.kind == row.kind);
        CHECK(error.argument == row.argument);
    }
    for (const auto operation : {Operation::identity_level, Operation::tradable_symbols, Operation::renew_stream, Operation::stream_login, Operation::positions})
        CHECK(refusal(call_of(operation)).kind == Kind::not_supported);
    Call unified = order_of(Market::spot, Operation::test_order);
    unified.account_mode = AccountMode::unified;
    CHECK(refusal(unified).detail == "KuCoin has no test order for accounts in unified mode");
    CHECK(refusal(call_of(Operation::open_orders)).argument == "symbol");
    CHECK(refusal(call_of(Operation::fills)).argument == "symbol");
}

TEST_CASE("one contract has one name: a futures pair of bitcoin is written BTC in whatever is asked of it") {
    using Kind = CallError::Kind;
    for (const auto operation : {Operation::ticker, Operation::candles, Operation::mark_price, Operation::instruments, Operation::positions, Operation::set_leverage,
                                 Operation::set_margin_mode, Operation::margin_mode, Operation::fills, Operation::open_orders,
                                 Operation::cancel_order, Operation::fee_rates, Operation::funding_payments}) {
        CAPTURE(to_string(operation));
        Call call = call_of(operation, Market::futures);
        call.symbol = market::Symbol::parse("XBT/USDT:USDT");
        call.client_order_id = "bf-1";
        call.margin_mode = market::MarginMode::cross;
        call.leverage = 2;
        call.interval = market::Interval::m1;
        const auto error = refusal(call);
        CHECK(error.kind == Kind::bad_argument);
        CHECK(error.argument == "symbol");
        CHECK(error.detail == "KuCoin's XBT is BTC here: BTC/USDT:USDT");
    }
    // On spot XBT would be a coin like any other.
    Call spot = order_of(Market::spot);
    spot.symbol = market::Symbol::parse("XBT/USDT");
    CHECK(write(spot).body.find(R"("symbol":"XBT-USDT")") != std::string::npos);
}

TEST_CASE("key version 2 is sent when asked for, and a signed call needs a key") {
    Call call = call_of(Operation::key_info);
    call.key_version = 2;
    CHECK(header(write(call), "KC-API-KEY-VERSION") == "2");
    const auto calls = kucoin::make_calls();
    RequestList out;
    CHECK(calls->write(call, nullptr, kAt, out).error().argument == "key");
    CHECK(calls->write(call_of(Operation::server_time), nullptr, kAt, out).has_value());
    CHECK(out[0].headers.empty());
}

TEST_CASE("without the passphrase nothing is signed: it is asked for, not guessed") {
    const auto calls = kucoin::make_calls();
    CredentialFields none{crypto::Secret::take("6705f5c311545b000157d3eb"), crypto::Secret::take("f03a5284-5c39-4aaa-9b20-dea10bdcf8e3"), std::nullopt};
    for (const auto& key : {calls->make_key(std::move(none)), calls->make_key(fields_of("6705f5c311545b000157d3eb", "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", ""))}) {
        RequestList out;
        const auto refused = calls->write(call_of(Operation::balances), key.get(), kAt, out);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == CallError::Kind::missing_argument);
        CHECK(refused.error().argument == "passphrase");
        CHECK(out.size() == 0);
        CHECK(calls->write(call_of(Operation::server_time), key.get(), kAt, out).has_value());
    }
}

TEST_CASE("a request written again uses the memory of the first") {
    const auto calls = kucoin::make_calls();
    const auto key = vector_key(*calls);
    const Call call = order_of(Market::futures);
    RequestList out;
    REQUIRE(calls->write(call, key.get(), kAt, out).has_value());
    const char* body = out[0].body.data();
    const char* signature = wire::find_header(out[0].headers, "KC-API-SIGN")->data();
    const std::string first = out[0].body;
    for (int i = 0; i < 3; ++i) {
        out.clear();
        REQUIRE(calls->write(call, key.get(), kAt, out).has_value());
        CHECK(out[0].body == first);
        CHECK(out[0].headers.size() == 6);
        CHECK(static_cast<const void*>(out[0].body.data()) == body);
        CHECK(static_cast<const void*>(wire::find_header(out[0].headers, "KC-API-SIGN")->data()) == signature);
    }
}

TEST_CASE("no template names an endpoint that moves money, switches the account or handles keys") {
    const auto calls = kucoin::make_calls();
    const auto key = vector_key(*calls);
    for (int operation = 0; operation <= static_cast<int>(Operation::fee_rates); ++operation) {
        for (const auto market : {Market::spot, Market::futures}) {
            for (const auto mode : {AccountMode::classic, AccountMode::unified}) {
                Call call = order_of(market);
                call.operation = static_cast<Operation>(operation);
                call.account_mode = mode;
                call.interval = market::Interval::m1;
                call.margin_mode = market::MarginMode::cross;
                RequestList out;
                if (!calls->write(call, key.get(), kAt, out)) continue;
                const auto& request = out[0];
                CAPTURE(request.target);
                for (const char* word : {"withdraw", "transfer", "deposit", "sub/", "borrow", "repay", "toAddress"}) {
                    CHECK(request.target.find(word) == std::string::npos);
                    CHECK(request.body.find(word) == std::string::npos);
                }
                if (request.target.find("account/mode") != std::string::npos || request.target.find("api-key") != std::string::npos)
                    CHECK(request.method == wire::Method::get);
            }
        }
    }
}

TEST_CASE("what can't be a KuCoin key is refused before it is sent, what only looks unusual is told") {
    const std::string key = "6705f5c311545b000157d3eb", secret = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", passphrase = "Backfuture7";
    struct Row { const char* why; std::string key, secret, passphrase; int findings; bool fatal; };
    const Row rows[] = {
        {"as it is", key, secret, passphrase, 0, false},
        {"a blank behind it", key + ' ', secret, passphrase, 1, true},
        {"a blank that does not show", "\u00a0" + key, secret, passphrase, 1, true},
        {"a blank of no width", key, secret + "\u200b", passphrase, 1, true},
        {"a zero", key, std::string{secret}.replace(3, 1, 1, '\0'), passphrase, 1, true},
        {"a bell in the passphrase", key, secret, "Back\afuture", 1, true},
        {"a blank within the passphrase", key, secret, "Back future", 0, false},
        {"letters with marks in the passphrase", key, secret, "p\u00e4ssword", 0, false},
        {"a blank before the passphrase", key, secret, " Backfuture7", 1, true},
        {"key and secret swapped", secret, key, passphrase, 2, true},
        {"a letter short", key, secret.substr(1), passphrase, 1, false},
        {"quotes with it", '"' + key + '"', secret, passphrase, 1, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto found = check_shape(kucoin::info(), row.key, row.secret, row.passphrase);
        REQUIRE(found.size() == static_cast<std::size_t>(row.findings));
        for (const auto& one : found) CHECK(one.fatal == row.fatal);
    }
}
