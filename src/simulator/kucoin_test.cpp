#include "simulator/kucoin_client_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::simulator;
using kucoin_fixture::Client;
using kucoin_fixture::code_of;
using kucoin_fixture::RecordingOutbox;

namespace {

const Instant kStart = Instant::from_ms(1'700'000'000'000);

struct Bench {
    std::unique_ptr<World> world;
    explicit Bench(bool limits = true) : world{World::create({.exchanges = {"kucoin"}, .seed = 5, .limits = limits, .start = kStart}).value()} {}
    void admin(const std::string& target, const std::string& body) {
        REQUIRE(world->handle({wire::Method::post, "/admin/" + target, {}, body, "127.0.0.1", false}).response.status == 200);
    }
    Client client(const std::string& permissions = R"("read","spot","futures")", const std::string& rest = "") {
        const std::string body = R"({"exchange":"kucoin","permissions":[)" + permissions + R"(],"balances":{"USDT":"10000","BTC":"1"})" + rest + "}";
        return Client{*world, world->handle({wire::Method::post, "/admin/keys", {}, body, "127.0.0.1", false}).response.body};
    }
    void price(const std::string& symbol, const std::string& price) {
        admin("price", R"({"exchange":"kucoin","symbol":")" + symbol + R"(","price":")" + price + "\"}");
    }
    void trade(const std::string& symbol, const std::string& side, const std::string& price, const std::string& quantity) {
        admin("trade", R"({"exchange":"kucoin","symbol":")" + symbol + R"(","side":")" + side + R"(","price":")" + price + R"(","quantity":")" + quantity +
                           "\"}");
    }
};

wire::Json parse(const Reply& reply) { return wire::Json::parse(reply.response.body).value(); }

constexpr const char* kBuy = R"({"clientOid":"c1","side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"0.1"})";
constexpr const char* kLong =
    R"({"clientOid":"f1","side":"buy","symbol":"XBTUSDTM","type":"limit","price":"49000","size":10,"leverage":5,"marginMode":"ISOLATED"})";

}  // namespace

TEST_CASE("a request is refused by the first check it fails") {
    Bench bench;
    // Everything is wrong with this caller; what is mended one by one shows the order of the checks.
    Client client = bench.client("\"futures\"", R"(,"ip_allow_list":["198.51.100.1"])");
    const auto key = client.key, secret = client.secret, passphrase = client.passphrase;
    const auto ask = [&] {
        const auto reply = client.get("/api/v1/accounts?type=trade");
        return std::pair{code_of(reply.response), reply.response.status};
    };
    Inbound bare{wire::Method::get, "/kucoin/api/v1/accounts", {}, {}, "127.0.0.1", false};
    CHECK(code_of(bench.world->handle(bare).response) == "400001");
    client.key = "000000000000000000000000";
    client.secret = "wrong";
    client.off = milliseconds{-6'000};
    CHECK(ask() == std::pair{std::string{"400003"}, 401});
    client.key = key;
    CHECK(ask().first == "400002");
    client.off = milliseconds{5'000};
    CHECK(ask().first == "400004");  // A wrong secret spoils the passphrase header.
    client.secret = secret;
    client.passphrase = "wrong";
    CHECK(ask().first == "400004");
    client.passphrase = passphrase;
    auto changed = client.request(wire::Method::post, "/api/v1/hf/orders", kBuy);
    changed.body[changed.body.size() - 3] = '2';
    CHECK(code_of(bench.world->handle(changed).response) == "400005");
    CHECK(ask().first == "400006");
    REQUIRE(bench.world->handle({wire::Method::patch, "/admin/keys/" + key, {}, R"({"ip_allow_list":[]})", "127.0.0.1", false}).response.status == 200);
    CHECK(ask() == std::pair{std::string{"400007"}, 403});
    client.version = "2";
    CHECK(ask().first == "400007");
    client.version = "4";
    CHECK(client.get("/api/v1/accounts").response.body.find("KC-API-KEY-VERSION") != std::string::npos);
}

TEST_CASE("each permission opens its own calls") {
    Bench bench;
    struct Row { const char* permissions; const char* account; const char* spot; const char* futures; const char* overview; };
    const Row rows[] = {
        {"\"read\"", "200000", "400007", "400007", "400007"},
        {R"("read","spot")", "200000", "200000", "400007", "400007"},
        {R"("read","futures")", "200000", "400007", "200000", "200000"},
        {"\"spot\"", "400007", "200000", "400007", "400007"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.permissions);
        bench.price("BTC/USDT", "50000");
        bench.price("BTC/USDT:USDT", "50000");
        Client client = bench.client(row.permissions);
        CHECK(code_of(client.get("/api/v1/accounts?type=trade").response) == row.account);
        CHECK(code_of(client.post("/api/v1/hf/orders/test", kBuy).response) == row.spot);
        client.futures = true;
        CHECK(code_of(client.post("/api/v1/orders/test", kLong).response) == row.futures);
        CHECK(code_of(client.get("/api/v1/account-overview?currency=USDT").response) == row.overview);
    }
}

TEST_CASE("the key describes itself") {
    Bench bench;
    const auto client = bench.client(R"("read","spot","futures","transfer","withdraw")", R"(,"ip_allow_list":["203.0.113.7","2001:db8::1"])");
    REQUIRE(bench.world->handle({wire::Method::patch, "/admin/keys/" + client.key, {}, R"({"source_ip":"203.0.113.7"})", "", false}).response.status == 200);
    const auto info = parse(client.get("/api/v1/user/api-key"));
    CHECK(info["data"]["permission"].text() == "General,Futures,Spot,InnerTransfer,Transfer");
    CHECK(info["data"]["ipWhitelist"].text() == "203.**.7,2001:**:1");
    CHECK(info["data"]["uid"].integer().has_value());
    const auto open = bench.client();
    CHECK(!parse(open.get("/api/v1/user/api-key"))["data"]["ipWhitelist"].exists());
}

TEST_CASE("a spot order's life over REST") {
    Bench bench;
    bench.price("BTC/USDT", "50000");
    const auto client = bench.client();
    const auto placed = parse(client.post("/api/v1/hf/orders", kBuy));
    const std::string id{placed["data"]["orderId"].text().value_or("")};
    CHECK(id.size() == 24);
    CHECK(code_of(client.post("/api/v1/hf/orders", kBuy).response) == "102426");
    bench.trade("BTC/USDT", "sell", "45000", "0.04");
    auto order = parse(client.get("/api/v1/hf/orders/" + id + "?symbol=BTC-USDT"));
    CHECK(order["data"]["dealSize"].text() == "0.04");
    CHECK(order["data"]["active"].boolean() == true);
    CHECK(parse(client.get("/api/v1/hf/orders/active?symbol=BTC-USDT"))["data"].size() == 1);
    CHECK(client.get("/api/v1/hf/orders/active/symbols").response.body.find("BTC-USDT") != std::string::npos);
    const auto accounts = parse(client.get("/api/v1/accounts?currency=USDT&type=trade_hf"));
    CHECK(accounts["data"].at(0)["type"].text() == "trade_hf");
    CHECK(accounts["data"].at(0)["holds"].text() == "2702.7");
    CHECK(code_of(client.del("/api/v1/hf/orders/client-order/c1?symbol=BTC-USDT").response) == "200000");
    order = parse(client.get("/api/v1/hf/orders/client-order/c1?symbol=BTC-USDT"));
    CHECK(order["data"]["cancelExist"].boolean() == true);
    CHECK(order["data"]["cancelledSize"].text() == "0.06");
    CHECK(code_of(client.del("/api/v1/hf/orders/" + id + "?symbol=BTC-USDT").response) == "400100");
    CHECK(parse(client.get("/api/v1/hf/orders/done?symbol=BTC-USDT"))["data"]["items"].size() == 1);
    const auto fills = parse(client.get("/api/v1/hf/fills?symbol=BTC-USDT&orderId=" + id));
    CHECK(fills["data"]["items"].at(0)["fee"].text() == "1.8");
    CHECK(fills["data"]["items"].at(0)["tradeId"].is_number());
    CHECK(fills["data"]["items"].at(0)["tradeId"].integer().value_or(0) > (std::int64_t{1} << 53));
}

TEST_CASE("what spot refuses, in the exchange's codes") {
    Bench bench;
    bench.price("BTC/USDT", "50000");
    const auto client = bench.client();
    struct Row { const char* why; const char* body; const char* code; };
    const Row rows[] = {
        {"no such pair", R"({"side":"buy","symbol":"ABC-USDT","type":"limit","price":"1","size":"1"})", "400100"},
        {"a closed pair", R"({"side":"buy","symbol":"XRP-USDT","type":"limit","price":"2","size":"10"})", "400600"},
        {"too little", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"0.000001"})", "400100"},
        {"off the size grid", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"0.000100001"})", "600100"},
        {"off the price grid", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000.05","size":"0.01"})", "600100"},
        {"beyond the band", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"56000","size":"0.01"})", "400370"},
        {"more than there is", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"1"})", "200004"},
        {"no price", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","size":"1"})", "400100"},
        {"no such time in force", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"0.01","timeInForce":"DAY"})", "400100"},
        {"two amounts", R"({"side":"buy","symbol":"BTC-USDT","type":"market","size":"0.01","funds":"100"})", "400100"},
        {"a client id with a space", R"({"clientOid":"a b","side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"0.01"})", "400100"},
        {"a price with an exponent", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45e3","size":"0.01"})", "400100"},
        {"a size with an exponent", R"({"side":"buy","symbol":"BTC-USDT","type":"limit","price":"45000","size":"1e-2"})", "400100"},
        {"not JSON", "{", "400000"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(code_of(client.post("/api/v1/hf/orders", row.body).response) == row.code);
        CHECK(code_of(client.post("/api/v1/hf/orders/test", row.body).response) == row.code);
    }
    CHECK(code_of(client.get("/api/v1/nothing").response) == "404000");
    auto untyped = client.request(wire::Method::post, "/api/v1/hf/orders", kBuy);
    untyped.headers.pop_back();
    CHECK(code_of(bench.world->handle(untyped).response) == "415000");
}

TEST_CASE("a futures position over REST: open, read, close") {
    Bench bench;
    bench.price("BTC/USDT:USDT", "50000");
    auto client = bench.client();
    client.futures = true;
    CHECK(code_of(client.post("/api/v1/orders/test", kLong).response) == "200000");
    CHECK(parse(client.get("/api/v1/orders?status=active"))["data"]["items"].size() == 0);
    const auto placed = parse(client.post("/api/v1/orders", kLong));
    const std::string id{placed["data"]["orderId"].text().value_or("")};
    bench.price("BTC/USDT:USDT", "49000");
    const auto order = parse(client.get("/api/v1/orders/" + id));
    CHECK(order["data"]["status"].text() == "done");
    CHECK(order["data"]["filledSize"].integer() == 10);
    CHECK(order["data"]["avgDealPrice"].text() == "49000");
    bench.price("BTC/USDT:USDT", "50000");
    const auto position = parse(client.get("/api/v1/positions"));
    CHECK(position["data"].at(0)["currentQty"].integer() == 10);
    CHECK(position["data"].at(0)["unrealisedPnl"].text_or_number() == "10");
    CHECK(parse(client.get("/api/v2/position?symbol=XBTUSDTM"))["data"].at(0)["currentQty"].is_text());
    const auto overview = parse(client.get("/api/v1/account-overview?currency=USDT"));
    CHECK(overview["data"]["positionMargin"].text_or_number() == "98");
    CHECK(overview["data"]["accountEquity"].text_or_number() == "10009.902");
    CHECK(parse(client.get("/api/v1/account-overview"))["data"]["currency"].text() == "XBT");
    CHECK(code_of(client.post("/api/v1/orders", R"({"clientOid":"f2","symbol":"XBTUSDTM","type":"market","closeOrder":true})").response) == "200000");
    CHECK(parse(client.get("/api/v1/positions"))["data"].size() == 0);
    CHECK(parse(client.get("/api/v1/fills?symbol=XBTUSDTM"))["data"]["items"].size() == 2);
    CHECK(code_of(client.get("/api/v1/orders/1").response) == "100001");
    CHECK(code_of(client.del("/api/v1/orders/" + id).response) == "100004");
}

TEST_CASE("a stop over REST: listed apart while it waits, an order like any other once it fired, under the same ids") {
    Bench bench;
    bench.price("BTC/USDT:USDT", "50000");
    auto client = bench.client();
    client.futures = true;
    REQUIRE(code_of(client.post("/api/v1/orders", R"({"clientOid":"f0","side":"buy","symbol":"XBTUSDTM","type":"market","size":10,"leverage":5,"marginMode":"ISOLATED"})").response) == "200000");
    const std::string head = R"({"clientOid":"s1","side":"sell","symbol":"XBTUSDTM","type":"market","size":10,"leverage":5,"reduceOnly":true,"marginMode":"ISOLATED","positionSide":"BOTH",)";
    CHECK(code_of(client.post("/api/v1/orders", head + R"("stop":"down","stopPrice":"48000"})").response) == "100001");
    CHECK(code_of(client.post("/api/v1/orders", head + R"("stop":"down","stopPriceType":"MP"})").response) == "100001");
    const auto placed = parse(client.post("/api/v1/orders", head + R"("stop":"down","stopPrice":"48000","stopPriceType":"MP"})"));
    const std::string id{placed["data"]["orderId"].text().value_or("")};
    REQUIRE_FALSE(id.empty());
    CHECK(parse(client.get("/api/v1/orders?status=active"))["data"]["items"].size() == 0);
    const auto waits = parse(client.get("/api/v1/stopOrders?symbol=XBTUSDTM"));
    REQUIRE(waits["data"]["items"].size() == 1);
    CHECK(waits["data"]["items"].at(0)["id"].text() == id);
    CHECK(waits["data"]["items"].at(0)["stop"].text() == "down");
    CHECK(waits["data"]["items"].at(0)["stopPrice"].text() == "48000");
    CHECK(waits["data"]["items"].at(0)["stopTriggered"].boolean() == false);
    CHECK(parse(client.get("/api/v1/orders/byClientOid?clientOid=s1"))["data"]["id"].text() == id);
    CHECK(parse(client.del("/api/v3/orders?symbol=XBTUSDTM"))["data"]["cancelledOrderIds"].size() == 0);
    SUBCASE("fired") {
        bench.price("BTC/USDT:USDT", "47900");
        CHECK(parse(client.get("/api/v1/stopOrders"))["data"]["items"].size() == 0);
        const auto fired = parse(client.get("/api/v1/orders/byClientOid?clientOid=s1"));
        CHECK(fired["data"]["id"].text() == id);
        CHECK(fired["data"]["stopTriggered"].boolean() == true);
        CHECK(fired["data"]["status"].text() == "done");
        CHECK(fired["data"]["filledSize"].integer() == 10);
        CHECK(parse(client.get("/api/v1/fills?orderId=" + id))["data"]["items"].size() == 1);
        CHECK(code_of(client.del("/api/v1/orders/" + id).response) == "100004");
    }
    SUBCASE("taken back") {
        CHECK(parse(client.del("/api/v1/orders/" + id))["data"]["cancelledOrderIds"].at(0).text() == id);
        const auto gone = parse(client.get("/api/v1/orders/" + id));
        CHECK(gone["data"]["isActive"].boolean() == false);
        CHECK(gone["data"]["cancelExist"].boolean() == true);
        CHECK(gone["data"]["stopTriggered"].boolean() == false);
    }
    SUBCASE("taken back with all that wait") { CHECK(parse(client.del("/api/v1/stopOrders?symbol=XBTUSDTM"))["data"]["cancelledOrderIds"].at(0).text() == id); }
}

TEST_CASE("what futures refuse, in the exchange's codes") {
    Bench bench;
    bench.price("BTC/USDT:USDT", "50000");
    auto client = bench.client();
    client.futures = true;
    const std::string head = R"({"clientOid":"x","side":"buy","symbol":"XBTUSDTM","type":"limit","price":"49000",)";
    struct Row { const char* why; std::string body; const char* code; };
    const Row rows[] = {
        {"no such contract", R"({"clientOid":"x","side":"buy","symbol":"ABCUSDTM","type":"market","size":1})", "100003"},
        {"no client id", R"({"side":"buy","symbol":"XBTUSDTM","type":"market","size":1})", "100001"},
        {"no quantity", head + R"("leverage":5})", "100001"},
        {"fill or kill", head + R"("size":1,"leverage":5,"timeInForce":"FOK"})", "100001"},
        {"two amounts", head + R"("size":1,"qty":"0.001","leverage":5})", "100001"},
        {"half a lot", head + R"("size":0.5,"leverage":5})", "300000"},
        {"more than the margin bears", head + R"("size":100000,"leverage":5})", "330008"},
        {"no leverage", head + R"("size":1})", "100001"},
        {"too much leverage", head + R"("size":1,"leverage":500})", "300016"},
        {"another margin mode", head + R"("size":1,"leverage":5,"marginMode":"CROSS"})", "330005"},
        {"a side in one-way mode", head + R"("size":1,"leverage":5,"positionSide":"LONG"})", "330011"},
        {"nothing to reduce", head + R"("size":1,"leverage":5,"reduceOnly":true})", "300009"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(code_of(client.post("/api/v1/orders", row.body).response) == row.code);
    }
    CHECK(code_of(client.post("/api/v2/position/switchPositionMode", R"({"positionMode":"1"})").response) == "200000");
    CHECK(code_of(client.post("/api/v1/orders", head + R"("size":1,"leverage":5})").response) == "330012");
    CHECK(parse(client.get("/api/v2/position/getPositionMode"))["data"]["positionMode"].integer() == 1);
    CHECK(code_of(client.post("/api/v2/position/changeMarginMode", R"({"symbol":"XBTUSDTM","marginMode":"CROSS"})").response) == "200000");
    CHECK(parse(client.get("/api/v2/position/getMarginMode?symbol=XBTUSDTM"))["data"]["marginMode"].text() == "CROSS");
}

TEST_CASE("quotas are counted by account, shown in headers and refused with 429000") {
    Bench bench;
    const auto client = bench.client();
    const auto other = bench.client();
    const auto first = client.get("/api/v1/user/api-key").response;
    CHECK(wire::find_header(first.headers, "gw-ratelimit-limit") == "2000");
    CHECK(wire::find_header(first.headers, "gw-ratelimit-remaining") == "1980");
    for (int i = 1; i < 100; ++i) CHECK(code_of(client.get("/api/v1/user/api-key").response) == "200000");
    const auto refused = client.get("/api/v1/user/api-key").response;
    CHECK(refused.status == 429);
    CHECK(code_of(refused) == "429000");
    CHECK(code_of(other.get("/api/v1/user/api-key").response) == "200000");
    bench.world->advance(kStart + milliseconds{30'000});
    CHECK(code_of(client.get("/api/v1/user/api-key").response) == "200000");
    bench.admin("limits", R"({"exchange":"kucoin","on":false})");
    for (int i = 0; i < 300; ++i) REQUIRE(code_of(client.get("/api/v1/user/api-key").response) == "200000");
}

TEST_CASE("market data has the exchange's odd orders") {
    Bench bench;
    auto client = bench.client();
    const auto spot = parse(client.get("/api/v1/market/candles?symbol=BTC-USDT&type=1min"));
    CHECK(spot["data"].size() == 1500);
    CHECK(spot["data"].at(0).at(0).integer().value_or(0) > spot["data"].at(1).at(0).integer().value_or(0));  // Newest first, seconds.
    const auto row = spot["data"].at(5);
    CHECK(row.at(3).decimal().value() >= row.at(2).decimal().value());  // high >= close
    CHECK(parse(client.get("/api/v2/symbols"))["data"].size() == 4);
    CHECK(parse(client.get("/api/v1/market/orderbook/level2_20?symbol=BTC-USDT"))["data"]["bids"].size() == 20);
    bench.price("ETH/USDT", "0.01");  // One step: nobody can bid below it.
    const auto top = parse(client.get("/api/v1/market/orderbook/level1?symbol=ETH-USDT"));
    CHECK(top["data"]["bestBid"].is_null());
    CHECK(top["data"]["bestAsk"].decimal() == "0.01"_d);
    client.futures = true;
    const auto lines = parse(client.get("/api/v1/kline/query?symbol=XBTUSDTM&granularity=1"));
    CHECK(lines["data"].size() == 500);
    CHECK(lines["data"].at(0).at(0).integer().value_or(0) < lines["data"].at(1).at(0).integer().value_or(0));  // Oldest first, milliseconds.
    const auto contract = parse(client.get("/api/v1/contracts/XBTUSDTM"));
    CHECK(contract["data"]["makerFeeRate"].text_or_number() == "2.0E-4");
    CHECK(contract["data"]["multiplier"].decimal() == "0.001"_d);
    CHECK(parse(client.get("/api/v1/contracts/active"))["data"].size() == 3);
    CHECK(code_of(client.get("/api/v2/symbols").response) == "404000");  // The other host's path.
}

TEST_CASE("a unified account trades by its own calls only") {
    Bench bench;
    bench.price("BTC/USDT", "50000");
    const auto client = bench.client(R"("read","spot","futures")", R"(,"account_mode":"unified")");
    const auto classic = bench.client();
    CHECK(parse(client.get("/api/ua/v1/account/mode"))["data"]["selfAccountMode"].text() == "UNIFIED");
    CHECK(parse(classic.get("/api/ua/v1/account/mode"))["data"]["selfAccountMode"].text() == "CLASSIC");
    CHECK(parse(client.get("/api/ua/v1/user/api-key"))["data"]["permission"].text() == "General,Futures,Unified,Spot");
    CHECK(code_of(classic.get("/api/ua/v1/unified/account/balance").response) == "112010");
    CHECK(parse(client.get("/api/v1/accounts"))["data"].size() == 0);
    const auto placed = parse(client.post("/api/ua/v1/unified/order/place",
                                          R"({"tradeType":"SPOT","symbol":"BTC-USDT","side":"BUY","orderType":"LIMIT","size":"0.01","sizeUnit":"BASECCY","price":"45000","timeInForce":"GTC","clientOid":"u1"})"));
    const std::string id{placed["data"]["orderId"].text().value_or("")};
    CHECK(parse(client.get("/api/ua/v1/unified/order/open-list?tradeType=SPOT"))["data"]["items"].size() == 1);
    bench.trade("BTC/USDT", "sell", "45000", "0.004");
    CHECK(parse(client.get("/api/ua/v1/unified/order/detail?tradeType=SPOT&symbol=BTC-USDT&orderId=" + id))["data"]["status"].integer() == 4);
    CHECK(parse(client.get("/api/ua/v1/unified/order/execution?tradeType=SPOT"))["data"]["items"].size() == 1);
    CHECK(code_of(client.post("/api/ua/v1/unified/order/cancel", R"({"tradeType":"SPOT","symbol":"BTC-USDT","orderId":")" + id + "\"}").response) == "200000");
    CHECK(parse(client.get("/api/ua/v1/user/fee-rate?tradeType=FUTURES&symbol=XBTUSDTM"))["data"]["list"].at(0)["takerFeeRate"].decimal() == "0.0006"_d);
    CHECK(code_of(client.get("/api/ua/v1/user/fee-rate?tradeType=SPOT&symbol=XBTUSDTM").response) != "200000");
    CHECK(code_of(client.post("/api/ua/v1/unified/order/place",
                              R"({"tradeType":"FUTURES","symbol":"XBTUSDTM","side":"BUY","orderType":"MARKET","size":"2","leverage":"5"})").response) == "200000");
    CHECK(parse(client.get("/api/ua/v1/unified/position/open-list"))["data"].at(0)["size"].text() == "2");
}
