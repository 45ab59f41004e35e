#include "simulator/kucoin_client_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::simulator;
using kucoin_fixture::Client;
using kucoin_fixture::RecordingOutbox;

namespace {

const Instant kStart = Instant::from_ms(1'700'000'000'000);

struct Bench {
    std::unique_ptr<World> world = World::create({.exchanges = {"kucoin"}, .seed = 5, .limits = true, .start = kStart}).value();
    Bench() {
        for (const char* symbol : {"BTC/USDT", "BTC/USDT:USDT"})
            admin("price", std::string{R"({"exchange":"kucoin","price":"50000","symbol":")"} + symbol + "\"}");
    }
    void admin(const std::string& target, const std::string& body) {
        REQUIRE(world->handle({wire::Method::post, "/admin/" + target, {}, body, "127.0.0.1", false}).response.status == 200);
    }
    Client client() {
        const char* body = R"({"exchange":"kucoin","permissions":["read","spot","futures"],"balances":{"USDT":"10000"}})";
        return Client{*world, world->handle({wire::Method::post, "/admin/keys", {}, body, "127.0.0.1", false}).response.body};
    }
};

std::string subscribe(const std::string& topic) {
    return R"({"id":7,"type":"subscribe","topic":")" + topic + R"(","privateChannel":true,"response":true})";
}

}  // namespace

TEST_CASE("welcome, acknowledgement, ping and what is refused") {
    Bench bench;
    const auto client = bench.client();
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-private");
    CHECK(outbox.texts.front() == R"({"id":"c1","type":"welcome"})");
    socket->on_text(subscribe("/spotMarket/tradeOrdersV2"));
    CHECK(outbox.texts.back() == R"({"id":"7","type":"ack"})");
    socket->on_text(R"({"id":"9","type":"ping"})");
    CHECK(outbox.texts.back().find(R"("type":"pong")") != std::string::npos);
    socket->on_text(subscribe("/contractMarket/tradeOrders"));  // The futures host's topic: tokens are not interchangeable.
    CHECK(outbox.texts.back().find("404") != std::string::npos);
    socket->on_text("nonsense");
    CHECK(outbox.texts.back().find("error") != std::string::npos);
    RecordingOutbox public_outbox;
    auto other = client.open(public_outbox, "/api/v1/bullet-public");
    other->on_text(subscribe("/account/balance"));
    CHECK(public_outbox.texts.back().find("403") != std::string::npos);
}

TEST_CASE("a stale token is told so and closed") {
    Bench bench;
    RecordingOutbox outbox;
    const auto opened = bench.world->open_socket({wire::Method::get, "/kucoin/?token=old&connectId=1", {{"Host", "h"}}, {}, "127.0.0.1", false}, outbox);
    CHECK(opened.socket != nullptr);
    CHECK(outbox.texts.back().find("token is expired") != std::string::npos);
    CHECK(outbox.closed != 0);
}

TEST_CASE("a client that never pings is dropped after a minute") {
    Bench bench;
    const auto client = bench.client();
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-private");
    bench.world->advance(kStart + milliseconds{59'000});
    CHECK(outbox.closed == 0);
    socket->on_text(R"({"id":"9","type":"ping"})");
    bench.world->advance(kStart + milliseconds{110'000});
    CHECK(outbox.closed == 0);
    bench.world->advance(kStart + milliseconds{125'000});
    CHECK(outbox.closed != 0);
}

TEST_CASE("a spot order's owner hears its life, others don't") {
    Bench bench;
    const auto client = bench.client();
    const auto stranger = bench.client();
    RecordingOutbox outbox, other;
    auto socket = client.open(outbox, "/api/v1/bullet-private");
    auto socket_of_stranger = stranger.open(other, "/api/v1/bullet-private");
    for (const char* topic : {"/spotMarket/tradeOrdersV2", "/spotMarket/tradeOrders", "/account/balance"}) {
        socket->on_text(subscribe(topic));
        socket_of_stranger->on_text(subscribe(topic));
    }
    other.texts.clear();
    (void)client.post("/api/v1/hf/orders", R"({"clientOid":"s1","side":"buy","symbol":"BTC-USDT","type":"limit","price":"49000","size":"0.1"})");
    CHECK(!outbox.with({"tradeOrdersV2", R"("type":"received")", R"("status":"new")"}).empty());
    CHECK(!outbox.with({"tradeOrdersV2", R"("type":"open")"}).empty());
    CHECK(outbox.with({"/spotMarket/tradeOrders\"", R"("type":"received")"}).empty());
    CHECK(!outbox.with({"/account/balance", R"("hold":"4904.9")", "trade.hold"}).empty());
    bench.admin("trade", R"({"exchange":"kucoin","symbol":"BTC/USDT","side":"sell","price":"49000","quantity":"0.04"})");
    CHECK(!outbox.with({"/spotMarket/tradeOrders\"", R"("type":"match")", R"("matchSize":"0.04")", R"("filledSize":"0.04")", R"("remainSize":"0.06")"}).empty());
    CHECK(!outbox.with({"/account/balance", R"("currency":"BTC")", R"("available":"0.04")"}).empty());
    (void)client.del("/api/v1/hf/orders/client-order/s1?symbol=BTC-USDT");
    CHECK(!outbox.with({"tradeOrdersV2", R"("type":"canceled")", R"("canceledSize":"0.06")"}).empty());
    CHECK(other.texts.empty());
}

TEST_CASE("a futures account hears orders, positions and its wallet") {
    Bench bench;
    auto client = bench.client();
    client.futures = true;
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-private");
    for (const char* topic : {"/contractMarket/tradeOrders", "/contractMarket/tradeOrders:XBTUSDTM", "/contract/positionAll", "/contract/position:XBTUSDTM",
                              "/contractAccount/wallet"})
        socket->on_text(subscribe(topic));
    (void)client.post("/api/v1/orders", R"({"clientOid":"f1","side":"sell","symbol":"XBTUSDTM","type":"market","size":3,"leverage":"5"})");
    CHECK(!outbox.with({R"("topic":"/contractMarket/tradeOrders")", R"("subject":"orderChange")", R"("type":"match")", R"("matchSize":"3")"}).empty());
    CHECK(!outbox.with({R"("topic":"/contractMarket/tradeOrders:XBTUSDTM")", "symbolOrderChange", R"("type":"filled")"}).empty());
    CHECK(!outbox.with({"/contract/positionAll", R"("currentQty":-3)"}).empty());
    CHECK(!outbox.with({"/contract/position:XBTUSDTM", R"("positionSide":"BOTH")"}).empty());
    CHECK(!outbox.with({"/contractAccount/wallet", "walletBalance.change", R"("isolatedPosMargin":"29.9)"}).empty());
}

TEST_CASE("public topics speak at each tick") {
    Bench bench;
    auto client = bench.client();
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-public");
    for (const char* topic : {"/market/ticker:BTC-USDT,ETH-USDT", "/market/snapshot:BTC-USDT", "/market/match:BTC-USDT", "/market/candles:BTC-USDT_1min",
                              "/market/level2:ETH-USDT", "/spotMarket/level2Depth5:BTC-USDT", "/spotMarket/level1:BTC-USDT"})
        socket->on_text(subscribe(topic));
    bench.world->advance(kStart + milliseconds{1000});
    const auto book = client.get("/api/v1/market/orderbook/level2_100?symbol=ETH-USDT").response.body;
    const auto sequence = parse_int(wire::Json::parse(book).value()["data"]["sequence"].text().value_or("")).value_or(0);
    outbox.texts.clear();
    bench.world->advance(kStart + milliseconds{2000});
    CHECK(!outbox.with({"/market/ticker:BTC-USDT", "trade.ticker", R"("price":"50000")"}).empty());
    CHECK(!outbox.with({"/market/ticker:ETH-USDT"}).empty());
    CHECK(!outbox.with({"/market/snapshot:BTC-USDT", "lastTradedPrice"}).empty());
    CHECK(!outbox.with({"/market/match:BTC-USDT", "trade.l3match"}).empty());
    CHECK(!outbox.with({"/market/candles:BTC-USDT_1min", "trade.candles.update"}).empty());
    CHECK(!outbox.with({"/spotMarket/level2Depth5:BTC-USDT"}).empty());
    CHECK(!outbox.with({"/spotMarket/level1:BTC-USDT"}).empty());
    CHECK(!outbox.with({"/market/level2:ETH-USDT", R"("sequenceStart":)" + std::to_string(sequence + 1)}).empty());
}

TEST_CASE("level2 changes rebuild the book that REST shows") {
    Bench bench;
    auto client = bench.client();
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-public");
    socket->on_text(subscribe("/market/level2:ETH-USDT"));
    bench.world->advance(kStart + milliseconds{1000});
    const auto read = [&] { return wire::Json::parse(client.get("/api/v3/market/orderbook/level2?symbol=ETH-USDT").response.body).value(); };
    std::map<Decimal, Decimal> bids;
    const auto before = read();
    for (std::size_t i = 0; i < before["data"]["bids"].size(); ++i)
        bids[before["data"]["bids"].at(i).at(0).decimal().value()] = before["data"]["bids"].at(i).at(1).decimal().value();
    outbox.texts.clear();
    bench.world->advance(kStart + milliseconds{20'000});
    std::int64_t expected = parse_int(before["data"]["sequence"].text().value()).value() + 1;
    for (const auto& text : outbox.texts) {
        const auto message = wire::Json::parse(text).value();
        CHECK(message["data"]["sequenceStart"].integer() == expected);
        expected = message["data"]["sequenceEnd"].integer().value() + 1;
        const auto changes = message["data"]["changes"]["bids"];
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const auto price = changes.at(i).at(0).decimal().value(), quantity = changes.at(i).at(1).decimal().value();
            if (quantity.is_zero()) bids.erase(price);
            else bids[price] = quantity;
        }
    }
    const auto after = read();
    REQUIRE(after["data"]["bids"].size() == bids.size());
    for (std::size_t i = 0; i < after["data"]["bids"].size(); ++i)
        CHECK(bids[after["data"]["bids"].at(i).at(0).decimal().value()] == after["data"]["bids"].at(i).at(1).decimal().value());
}

TEST_CASE("the unified account's private stream") {
    Bench bench;
    const auto client = Client{*bench.world, bench.world->handle({wire::Method::post, "/admin/keys", {},
        R"({"exchange":"kucoin","permissions":["read","spot"],"account_mode":"unified","balances":{"USDT":"10000"}})", "127.0.0.1", false}).response.body};
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v2/bullet-private");
    for (const char* channel : {"orderAll", "execution", "balance"})
        socket->on_text(std::string{R"({"id":"1","action":"subscribe","tradeType":"UNIFIED","channel":")"} + channel + "\"}");
    CHECK(outbox.texts.back() == R"({"id":"1","result":true})");
    (void)client.post("/api/ua/v1/unified/order/place",
                      R"({"tradeType":"SPOT","symbol":"BTC-USDT","side":"BUY","orderType":"MARKET","size":"0.01","sizeUnit":"BASECCY"})");
    CHECK(!outbox.with({"orderAll.UNIFIED", R"("os":3)"}).empty());
    CHECK(!outbox.with({"execution.UNIFIED", R"("lR":"TAKER")"}).empty());
    CHECK(!outbox.with({"balance.UNIFIED", R"("c":"BTC")"}).empty());
}

TEST_CASE("a futures stop is told of on a topic of its own until it fires, then as an order") {
    Bench bench;
    auto client = bench.client();
    client.futures = true;
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-private");
    socket->on_text(subscribe("/contractMarket/tradeOrders"));
    socket->on_text(subscribe("/contractMarket/advancedOrders"));
    const auto buy = client.post("/api/v1/orders", R"({"clientOid":"f0","side":"buy","symbol":"XBTUSDTM","type":"market","size":10,"leverage":5,"marginMode":"ISOLATED"})");
    outbox.texts.clear();
    const auto stop = client.post("/api/v1/orders", R"({"clientOid":"s1","side":"sell","symbol":"XBTUSDTM","type":"market","size":10,"leverage":5,"reduceOnly":true,"marginMode":"ISOLATED","stop":"down","stopPrice":"48000","stopPriceType":"MP"})");
    CHECK_FALSE(outbox.with({"/contractMarket/advancedOrders", R"("subject":"stopOrder")", R"("type":"open")", R"("stopPrice":"48000")"}).empty());
    CHECK(outbox.with({"tradeOrders", "s1"}).empty());
    bench.admin("price", R"({"exchange":"kucoin","symbol":"BTC/USDT:USDT","price":"47900"})");
    CHECK_FALSE(outbox.with({"/contractMarket/advancedOrders", R"("type":"triggered")"}).empty());
    CHECK_FALSE(outbox.with({"tradeOrders", "s1", R"("type":"match")"}).empty());
    CHECK_FALSE(outbox.with({"tradeOrders", "s1", R"("type":"filled")"}).empty());
}
