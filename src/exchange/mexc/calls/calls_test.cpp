#include "exchange/mexc/calls/calls.hpp"

#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <set>
#include <sstream>

using namespace bf;
using namespace bf::exchange;
using market::Market;

namespace {

constexpr auto kAt = Instant::from_ms(1700000000000);

std::string read_file(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(!text.str().empty());
    return text.str();
}

std::unique_ptr<Key> make_key(const Calls& calls, std::string key, std::string secret) {
    return calls.make_key({crypto::Secret::take(std::move(key)), crypto::Secret::take(std::move(secret)), std::nullopt});
}

struct Bench {
    std::unique_ptr<Calls> calls = mexc::make_calls();
    std::unique_ptr<Key> key = make_key(*calls, "mx0vglAbCdEfGh1234", "45d0b3c26f2644f19bfb98b07741b2f5");
    RequestList out;

    Result<void, CallError> write(const Call& call) {
        REQUIRE(check_arguments(call).has_value());
        out.clear();
        return calls->write(call, key.get(), kAt, out);
    }
    const wire::Request& request(const Call& call) {
        const auto written = write(call);
        if (!written) FAIL(written.error().argument, ": ", written.error().detail);
        REQUIRE(out.size() >= 1);
        return out[0];
    }
    std::string refusal(const Call& call) {
        const auto written = write(call);
        REQUIRE(!written);
        CHECK(!written.error().detail.empty());
        return std::string{to_string(written.error().kind)} + ' ' + written.error().argument;
    }
};

Call spot(Operation operation, const char* symbol = nullptr) {
    Call call;
    call.operation = operation;
    if (symbol != nullptr) call.symbol = market::Symbol::parse(symbol);
    return call;
}
Call futures(Operation operation, const char* symbol = nullptr) {
    Call call = spot(operation, symbol);
    call.market = Market::futures;
    return call;
}
Call spot_order(Operation operation = Operation::place_order) {
    Call call = spot(operation, "BTC/USDT");
    call.side = market::Side::buy;
    call.type = market::OrderType::limit;
    call.quantity = "0.001"_d;
    call.price = Decimal{20000};
    call.client_order_id = "bf-000001";
    return call;
}
Call futures_order(Operation operation = Operation::place_order) {
    Call call = futures(operation, "BTC/USDT:USDT");
    call.side = market::Side::buy;
    call.type = market::OrderType::limit;
    call.quantity = "0.0001"_d;
    call.contract_size = "0.0001"_d;
    call.price = Decimal{20000};
    call.margin_mode = market::MarginMode::isolated;
    call.leverage = 5;
    return call;
}

std::string query_of(const wire::Request& request) {
    const auto query = request.query();
    return std::string{query.substr(0, query.find("&signature="))};
}
std::string signature_of(const wire::Request& request) {
    const auto at = request.target.rfind("&signature=");
    return at == std::string::npos ? std::string{} : request.target.substr(at + 11);
}
std::string header(const wire::Request& request, std::string_view name) {
    return std::string{wire::find_header(request.headers, name).value_or("")};
}

}  // namespace

TEST_CASE("MEXC: HMAC over every published prehash gives the published signature") {
    const auto vectors = wire::Json::parse(read_file(BF_SOURCE_DIR "/golden/mexc/signing_vectors.json"));
    REQUIRE(vectors);
    std::size_t seen = 0;
    for (const char* scheme : {"scheme_spot", "scheme_futures"}) {
        const auto table = (*vectors)[scheme];
        const crypto::HmacSha256 hmac{crypto::Secret::take(std::string{*table["secret"].text()})};
        for (std::size_t i = 0; i < table["vectors"].size(); ++i, ++seen) {
            const auto row = table["vectors"].at(i);
            CAPTURE(*row["path"].text());
            CHECK(to_hex(hmac.sign({*row["prehash"].text()})) == *row["signature"].text());
        }
    }
    CHECK(seen == 16);
    const auto third = (*vectors)["third_party"];
    const crypto::HmacSha256 hmac{crypto::Secret::take(std::string{*third["secret"].text()})};
    CHECK(to_hex(hmac.sign({*third["prehash"].text()})) == *third["signature"].text());
}

TEST_CASE("MEXC spot: our requests sign exactly the published prehash") {
    Bench bench;
    Call cancel = spot(Operation::cancel_order, "BTC/USDT");
    cancel.order_id = "C02__505979017439002624115";
    struct Row { const char* why; Call call; wire::Method method; const char* path; const char* query; const char* signature; };
    const Row rows[] = {
        {"balances", spot(Operation::balances), wire::Method::get, "/api/v3/account", "timestamp=1700000000000&recvWindow=5000",
         "b724ff160ae9a305fd57cd6c90ff8b3d0301b1b7d5d6e4255fc799b9ded36862"},
        {"key info", spot(Operation::key_info), wire::Method::get, "/api/v3/apiKeyInfo",
         "accessKey=mx0vglAbCdEfGh1234&timestamp=1700000000000&recvWindow=5000",
         "5a3cedd8c185b285665b256953d6176ffb09af29c3c371ebdf74d220445ecf14"},
        {"test order", spot_order(Operation::test_order), wire::Method::post, "/api/v3/order/test",
         "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.001&price=20000&newClientOrderId=bf-000001&timestamp=1700000000000&recvWindow=5000",
         "a991072d0d08aef31e63c51640ad6b6b72a94ad18a34e89b3c4d5c1f438ca9cc"},
        {"cancel", cancel, wire::Method::del, "/api/v3/order",
         "symbol=BTCUSDT&orderId=C02__505979017439002624115&timestamp=1700000000000&recvWindow=5000",
         "687236f5a1e2d9ef0a64ff43e24f59c521ff5f8021c3cae6c112af5809a9fbd4"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto& request = bench.request(row.call);
        CHECK(request.method == row.method);
        CHECK(request.host == "api.mexc.com");
        CHECK(request.path() == row.path);
        CHECK(query_of(request) == row.query);
        CHECK(signature_of(request) == row.signature);
        CHECK(request.body.empty());
        CHECK(header(request, "X-MEXC-APIKEY") == "mx0vglAbCdEfGh1234");
        CHECK(header(request, "Content-Type") == "application/json");
    }
}

TEST_CASE("MEXC futures: our requests sign exactly the published prehash") {
    Bench bench;
    CHECK(header(bench.request(futures(Operation::balances)), "Signature") == "f328173b5cfc86300140c128c2a0a61b1ed4f741bb152e20c0cc6037241b399b");
    CHECK(header(bench.out[0], "ApiKey") == "mx0vglAbCdEfGh1234");
    CHECK(header(bench.out[0], "Request-Time") == "1700000000000");
    CHECK(header(bench.out[0], "Recv-Window").empty());

    const auto& positions = bench.request(futures(Operation::positions, "BTC/USDT:USDT"));
    CHECK(positions.target == "/api/v1/private/position/open_positions?symbol=BTC_USDT");
    CHECK(header(positions, "Signature") == "1882a7726de18bf48e34adcc24b10f5da0320edae23829644251b41596448561");

    Call query = futures(Operation::order, "BTC/USDT:USDT");
    query.client_order_id = "bf-000002";
    const auto& external = bench.request(query);
    CHECK(external.target == "/api/v1/private/order/external/BTC_USDT/bf-000002");
    CHECK(header(external, "Signature") == "f328173b5cfc86300140c128c2a0a61b1ed4f741bb152e20c0cc6037241b399b");

    Call order = futures_order();
    order.post_only = true;
    order.client_order_id = "bf-000002";
    const auto& create = bench.request(order);
    CHECK(create.target == "/api/v1/private/order/create");
    CHECK(create.body == R"({"symbol":"BTC_USDT","price":20000,"vol":1,"leverage":5,"side":1,"type":2,"openType":1,"externalOid":"bf-000002"})");
    CHECK(header(create, "Signature") == "7fbe8a24fe32fad12e3c206a530ed3b31bf0ad8ee0b9123ef20801593f1b270d");

    const auto& login = bench.request(futures(Operation::stream_login));
    const auto frame = wire::Json::parse(login.body);
    REQUIRE(frame);
    CHECK((*frame)["method"].text() == "login");
    CHECK((*frame)["param"]["signature"].text() == "f328173b5cfc86300140c128c2a0a61b1ed4f741bb152e20c0cc6037241b399b");
    CHECK((*frame)["param"]["reqTime"].text() == "1700000000000");
    CHECK((*frame)["param"]["apiKey"].text() == "mx0vglAbCdEfGh1234");
}

TEST_CASE("MEXC spot: the order's type carries its time in force, and timeInForce is never sent") {
    Bench bench;
    struct Row { const char* type; market::OrderType kind; std::optional<market::TimeInForce> time_in_force; bool post_only; };
    const Row rows[] = {
        {"LIMIT", market::OrderType::limit, std::nullopt, false},
        {"LIMIT", market::OrderType::limit, market::TimeInForce::gtc, false},
        {"LIMIT_MAKER", market::OrderType::limit, std::nullopt, true},
        {"IMMEDIATE_OR_CANCEL", market::OrderType::limit, market::TimeInForce::ioc, false},
        {"FILL_OR_KILL", market::OrderType::limit, market::TimeInForce::fok, false},
        {"MARKET", market::OrderType::market, std::nullopt, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.type);
        Call call = spot_order();
        call.type = row.kind;
        call.time_in_force = row.time_in_force;
        if (row.post_only) call.post_only = true;
        if (row.kind == market::OrderType::market) call.price.reset();
        const auto query = query_of(bench.request(call));
        CHECK(query.find("&type=" + std::string{row.type} + "&") != std::string::npos);
        CHECK(query.find("timeInForce") == std::string::npos);
    }
    Call in_quote = spot_order();
    in_quote.type = market::OrderType::market;
    in_quote.quantity.reset();
    in_quote.price.reset();
    in_quote.quote_quantity = Decimal{25};
    CHECK(query_of(bench.request(in_quote)).find("&quoteOrderQty=25&") != std::string::npos);
    in_quote.side = market::Side::sell;
    CHECK(bench.refusal(in_quote) == "bad_argument quote_quantity");
}

TEST_CASE("MEXC futures: sides, modes and what an order can't do without") {
    Bench bench;
    struct Row { market::Side side; bool reduce; std::optional<market::PositionMode> mode; const char* has; const char* lacks; };
    const Row rows[] = {
        {market::Side::buy, false, std::nullopt, R"("side":1)", "positionMode"},
        {market::Side::buy, true, market::PositionMode::hedge, R"("side":2,)", "reduceOnly"},
        {market::Side::sell, false, market::PositionMode::one_way, R"("positionMode":2)", "reduceOnly"},
        {market::Side::sell, true, market::PositionMode::one_way, R"("reduceOnly":true)", "\"side\":3"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.has);
        Call call = futures_order();
        call.side = row.side;
        call.reduce_only = row.reduce;
        call.position_mode = row.mode;
        const auto& body = bench.request(call).body;
        CHECK(body.find(row.has) != std::string::npos);
        CHECK(body.find(row.lacks) == std::string::npos);
    }
    const auto refused = [&](auto&& change) {
        Call call = futures_order();
        change(call);
        return bench.refusal(call);
    };
    CHECK(refused([](Call& call) { call.contract_size.reset(); }) == "missing_argument contract_size");
    CHECK(refused([](Call& call) { call.margin_mode.reset(); }) == "missing_argument margin_mode");
    CHECK(refused([](Call& call) { call.leverage.reset(); }) == "missing_argument leverage");
    CHECK(refused([](Call& call) { call.quantity = "0.00015"_d; }) == "bad_argument quantity");
    CHECK(refused([](Call& call) { call.quantity = "0.00005"_d; }) == "bad_argument quantity");
    CHECK(refused([](Call& call) { call.client_order_id = std::string(33, 'a'); }) == "bad_argument client_order_id");
    CHECK(refused([](Call& call) { call.operation = Operation::test_order; }) == "not_supported ");
    Call closing = futures_order();
    closing.reduce_only = true;
    closing.leverage.reset();
    CHECK(bench.request(closing).body.find("leverage") == std::string::npos);
}

TEST_CASE("MEXC futures: a stop is a trigger order on the fair price, leverage goes to both directions") {
    Bench bench;
    Call stop = futures_order(Operation::place_stop);
    stop.side = market::Side::sell;
    stop.type.reset();
    stop.price.reset();
    stop.reduce_only = true;
    stop.stop_price = "19000.5"_d;
    const auto& request = bench.request(stop);
    CHECK(request.target == "/api/v1/private/planorder/place");
    CHECK(request.body == R"({"symbol":"BTC_USDT","vol":1,"leverage":5,"side":4,"openType":1,"triggerPrice":19000.5,"triggerType":2,"executeCycle":2,"orderType":5,"trend":2})");

    Call leverage = futures(Operation::set_leverage, "BTC/USDT:USDT");
    leverage.leverage = 7;
    CHECK(bench.refusal(leverage) == "missing_argument margin_mode");
    leverage.margin_mode = market::MarginMode::cross;
    REQUIRE(bench.write(leverage).has_value());
    REQUIRE(bench.out.size() == 2);
    CHECK(bench.out[0].body == R"({"openType":2,"leverage":7,"symbol":"BTC_USDT","positionType":1})");
    CHECK(bench.out[1].body == R"({"openType":2,"leverage":7,"symbol":"BTC_USDT","positionType":2})");
}

TEST_CASE("MEXC: paths of everything else") {
    Bench bench;
    struct Row { Call call; wire::Method method; const char* path_and_query; };
    const auto with_id = [](Call call, const char* id) {
        call.order_id = id;
        return call;
    };
    Call candles = spot(Operation::candles, "ETH/USDT");
    candles.interval = market::Interval::h1;
    candles.since = kAt;
    candles.limit = 100;
    Call contract_candles = futures(Operation::candles, "ETH/USDT:USDT");
    contract_candles.interval = market::Interval::m5;
    contract_candles.since = kAt;
    contract_candles.limit = 100;
    Call renew = spot(Operation::renew_stream);
    renew.listen_key = "abc";
    Call funding = futures(Operation::funding_payments, "ETH/USDT:USDT");
    funding.since = kAt;
    funding.until = kAt + milliseconds{60'000};
    funding.limit = 500;
    const Row rows[] = {
        {spot(Operation::server_time), wire::Method::get, "/api/v3/time"},
        {spot(Operation::instruments), wire::Method::get, "/api/v3/exchangeInfo"},
        {spot(Operation::instruments, "ETH/USDT"), wire::Method::get, "/api/v3/exchangeInfo?symbol=ETHUSDT"},
        {spot(Operation::ticker, "ETH/USDT"), wire::Method::get, "/api/v3/ticker/24hr?symbol=ETHUSDT"},
        {candles, wire::Method::get, "/api/v3/klines?symbol=ETHUSDT&interval=60m&startTime=1700000000000&limit=100"},
        {spot(Operation::open_orders, "ETH/USDT"), wire::Method::get, "/api/v3/openOrders?symbol=ETHUSDT"},
        {spot(Operation::tradable_symbols), wire::Method::get, "/api/v3/selfSymbols?"},
        {spot(Operation::account_id), wire::Method::get, "/api/v3/uid?"},
        {futures(Operation::identity_level), wire::Method::get, "/api/v3/kyc/status?"},
        {futures(Operation::key_info), wire::Method::get, "/api/v3/apiKeyInfo?accessKey=mx0"},
        {spot(Operation::private_stream), wire::Method::post, "/api/v3/userDataStream?"},
        {renew, wire::Method::put, "/api/v3/userDataStream?listenKey=abc&"},
        {futures(Operation::server_time), wire::Method::get, "/api/v1/contract/ping"},
        {futures(Operation::instruments), wire::Method::get, "/api/v1/contract/detail"},
        {futures(Operation::ticker, "ETH/USDT:USDT"), wire::Method::get, "/api/v1/contract/ticker?symbol=ETH_USDT"},
        {contract_candles, wire::Method::get, "/api/v1/contract/kline/ETH_USDT?end=1700029700&interval=Min5&start=1700000000"},
        {futures(Operation::open_orders, "ETH/USDT:USDT"), wire::Method::get, "/api/v1/private/order/list/open_orders?page_num=1&page_size=100&symbol=ETH_USDT"},
        {with_id(futures(Operation::order), "12"), wire::Method::get, "/api/v1/private/order/get/12"},
        {with_id(futures(Operation::fills), "12"), wire::Method::get, "/api/v1/private/order/deal_details/12"},
        {futures(Operation::fills, "ETH/USDT:USDT"), wire::Method::get, "/api/v1/private/order/list/order_deals/v3?page_num=1&page_size=100&symbol=ETH_USDT"},
        {futures(Operation::position_mode), wire::Method::get, "/api/v1/private/position/position_mode"},
        {futures(Operation::leverage, "ETH/USDT:USDT"), wire::Method::get, "/api/v1/private/position/leverage?symbol=ETH_USDT"},
        {spot(Operation::fee_rates, "ETH/USDT"), wire::Method::get, "/api/v3/tradeFee?symbol=ETHUSDT"},
        {futures(Operation::fee_rates, "ETH/USDT:USDT"), wire::Method::get, "/api/v1/private/account/tiered_fee_rate/v2?symbol=ETH_USDT"},
        {funding, wire::Method::get, "/api/v1/private/position/funding_records?end_time=1700000060000&page_num=1&page_size=100&start_time=1700000000000&symbol=ETH_USDT"},
        {with_id(futures(Operation::cancel_order), "12"), wire::Method::post, "/api/v1/private/order/cancel"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.path_and_query);
        const auto& request = bench.request(row.call);
        CHECK(request.method == row.method);
        CHECK(request.target.substr(0, std::string_view{row.path_and_query}.size()) == row.path_and_query);
    }
    CHECK(bench.out[0].body == R"(["12"])");
    CHECK(bench.refusal(spot(Operation::open_orders)) == "missing_argument symbol");
    CHECK(bench.refusal(with_id(spot(Operation::order), "1")) == "missing_argument symbol");
    for (const auto operation : {Operation::service_status, Operation::account_mode, Operation::egress_address, Operation::public_stream, Operation::mark_price}) {
        auto on_spot = spot(operation), on_futures = futures(operation);
        if (operation == Operation::mark_price) {
            on_spot.symbol = market::Symbol{"BTC", "USDT", ""};
            on_futures.symbol = market::Symbol{"BTC", "USDT", "USDT"};
        }
        CHECK(bench.refusal(on_spot) == "not_supported ");
        CHECK(bench.refusal(on_futures) == "not_supported ");
    }
}

TEST_CASE("MEXC: an order request reuses its memory") {
    Bench bench;
    const auto& first = bench.request(spot_order());
    const auto* target = first.target.data();
    const auto* key = first.headers[0].value.data();
    const auto* type = first.headers[1].value.data();
    const auto& second = bench.request(spot_order());
    CHECK(second.target.data() == target);
    CHECK(second.headers[0].value.data() == key);
    CHECK(second.headers[1].value.data() == type);
    CHECK(second.headers.size() == 2);
}

TEST_CASE("MEXC: only public calls go without a key, and the withdrawal right is never ticked") {
    Bench bench;
    bench.out.clear();
    CHECK(bench.calls->write(spot(Operation::ticker, "ETH/USDT"), nullptr, kAt, bench.out).has_value());
    CHECK(bench.out[0].headers.empty());
    CHECK(!bench.calls->write(spot(Operation::balances), nullptr, kAt, bench.out).has_value());
    const auto& info = bench.calls->info();
    for (const auto* rights : {&info.spot_rights, &info.futures_rights}) {
        for (const auto tick : rights->tick) CHECK(tick.find("ithdraw") == std::string_view::npos);
        CHECK(std::set<std::string_view>(rights->never.begin(), rights->never.end()).contains("Withdraw"));
    }
    CHECK(check_shape(info, "mx0vglAbCdEfGh1234", "45d0b3c26f2644f19bfb98b07741b2f5", std::nullopt).empty());
    const auto swapped = check_shape(info, "45d0b3c26f2644f19bfb98b07741b2f5", "mx0vglAbCdEfGh1234", std::nullopt);
    REQUIRE(swapped.size() == 2);
    CHECK(swapped[0].fatal);
    CHECK(swapped[0].kind == ShapeFinding::Kind::swapped);
    const auto strange = check_shape(info, "mx0vglAbCdEfGh1234", "45d0b3c26f2644f19bfb98b07741b2f5\u200b", std::nullopt);
    REQUIRE(strange.size() == 1);
    CHECK(strange[0].fatal);
}
