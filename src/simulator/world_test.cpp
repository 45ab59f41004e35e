#include "simulator/demo.hpp"
#include "simulator/world.hpp"
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
    Reply admin(wire::Method method, std::string target, std::string body = {}) {
        return world->handle({method, "/admin/" + target, {}, std::move(body), "127.0.0.1", false});
    }
    Client client(const char* rest = "") {
        const auto reply = admin(wire::Method::post, "keys",
                                 std::string{R"({"exchange":"kucoin","permissions":["read","spot","futures"],"balances":{"USDT":"10000"})"} + rest + "}");
        REQUIRE(reply.response.status == 200);
        return Client{*world, reply.response.body};
    }
};

std::string code(const Reply& reply) { return kucoin_fixture::code_of(reply.response); }

}  // namespace

TEST_CASE("a world of unknown exchanges can't be made") {
    CHECK(!World::create({.exchanges = {"nowhere"}, .seed = 1, .limits = true, .start = kStart}));
    CHECK(!World::create({.exchanges = {"kucoin", "kucoin"}, .seed = 1, .limits = true, .start = kStart}));
}

TEST_CASE("the administrator's faults reach the client as they should") {
    Bench bench;
    auto client = bench.client();
    const auto fault = [&](const char* json) { REQUIRE(bench.admin(wire::Method::post, "faults", json).response.status == 200); };
    fault(R"({"exchange":"kucoin","fault":"unavailable","count":1})");
    CHECK(client.get("/api/v1/timestamp").response.status == 500);
    CHECK(client.get("/api/v1/timestamp").response.status == 200);
    fault(R"({"exchange":"kucoin","fault":"timeout","path":"/accounts"})");
    CHECK(client.get("/api/v1/timestamp").delivery == Reply::Delivery::send);
    CHECK(client.get("/api/v1/accounts?type=trade").delivery == Reply::Delivery::never);
    CHECK(bench.admin(wire::Method::del, "faults").response.status == 200);
    CHECK(client.get("/api/v1/accounts?type=trade").delivery == Reply::Delivery::send);
    fault(R"({"exchange":"kucoin","fault":"reset","count":1})");
    CHECK(client.get("/api/v1/timestamp").delivery == Reply::Delivery::reset);
    fault(R"({"exchange":"kucoin","fault":"slow","count":1,"ms":250})");
    CHECK(client.get("/api/v1/timestamp").delay == milliseconds{250});
    fault(R"({"exchange":"kucoin","fault":"rate_limit","count":1})");
    CHECK(code(client.get("/api/v1/timestamp")) == "429000");
    fault(R"({"exchange":"kucoin","fault":"malformed","count":1})");
    CHECK(!wire::Json::parse(client.get("/api/v1/timestamp").response.body));
    fault(R"({"exchange":"kucoin","fault":"maintenance"})");
    CHECK(client.get("/api/v1/status").response.body.find("\"close\"") != std::string::npos);
    CHECK(client.get("/api/v1/accounts?type=trade").response.status == 503);
}

TEST_CASE("a lost reply was acted on") {
    Bench bench;
    auto client = bench.client();
    REQUIRE(bench.admin(wire::Method::post, "faults", R"({"exchange":"kucoin","fault":"lost_reply","count":1})").response.status == 200);
    const auto reply = client.post("/api/v1/hf/orders", R"({"clientOid":"a","side":"buy","symbol":"BTC-USDT","type":"limit","price":"80000","size":"0.01"})");
    CHECK(reply.delivery == Reply::Delivery::never);
    CHECK(bench.admin(wire::Method::get, "orders?exchange=kucoin").response.body.find("\"client_order_id\":\"a\"") != std::string::npos);
}

TEST_CASE("the record of requests names method, path and account and never a secret") {
    Bench bench;
    auto client = bench.client();
    (void)client.get("/api/v1/accounts?type=trade");
    (void)client.post("/api/v1/bullet-private", "");
    const auto body = bench.admin(wire::Method::get, "requests?exchange=kucoin&account=" + client.account).response.body;
    CHECK(body.find("\"/api/v1/accounts\"") != std::string::npos);
    CHECK(body.find(client.secret) == std::string::npos);
    CHECK(body.find(client.key) == std::string::npos);
    CHECK(body.find("type=trade") == std::string::npos);
}

TEST_CASE("stream faults double, hold back, turn round and cut") {
    Bench bench;
    auto client = bench.client();
    RecordingOutbox outbox;
    auto socket = client.open(outbox, "/api/v1/bullet-public");
    socket->on_text(R"({"id":"1","type":"subscribe","topic":"/market/match:BTC-USDT","response":true})");
    outbox.texts.clear();
    const auto trade = [&](const char* price) {
        const std::string body = std::string{R"({"exchange":"kucoin","symbol":"BTC/USDT","side":"buy","quantity":"1","price":")"} + price + "\"}";
        REQUIRE(bench.admin(wire::Method::post, "trade", body).response.status == 200);
    };
    const auto fault = [&](const char* json) { REQUIRE(bench.admin(wire::Method::post, "faults", json).response.status == 200); };
    fault(R"({"exchange":"kucoin","fault":"duplicate_event","count":1})");
    trade("90001");
    REQUIRE(outbox.texts.size() == 2);
    CHECK(outbox.texts[0] == outbox.texts[1]);
    outbox.texts.clear();
    fault(R"({"exchange":"kucoin","fault":"reorder_events","count":1})");
    trade("90002");
    CHECK(outbox.texts.empty());
    trade("90003");
    REQUIRE(outbox.texts.size() == 2);
    CHECK(outbox.texts[0].find("90003") != std::string::npos);
    outbox.texts.clear();
    fault(R"({"exchange":"kucoin","fault":"late_event","count":1,"ms":300})");
    trade("90004");
    CHECK(outbox.texts.empty());
    REQUIRE(bench.world->next_wake().has_value());
    bench.world->advance(kStart + milliseconds{299});
    CHECK(outbox.texts.empty());
    bench.world->advance(kStart + milliseconds{300});
    CHECK(outbox.texts.size() == 1);
    fault(R"({"exchange":"kucoin","fault":"drop_stream","count":1})");
    CHECK(outbox.closed == Outbox::kCut);
    socket.reset();
}

TEST_CASE("keys can be changed, revoked, moved and skewed") {
    Bench bench;
    auto client = bench.client(R"(,"ip_allow_list":["198.51.100.1"],"source_ip":"198.51.100.1")");
    const auto change = [&](const std::string& json) { return bench.admin(wire::Method::patch, "keys/" + client.key, json).response.status; };
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "200000");
    CHECK(client.get("/api/v1/my-ip").response.body.find("198.51.100.1") != std::string::npos);
    CHECK(change(R"({"ip_allow_list":["198.51.100.2"]})") == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "400006");
    CHECK(change(R"({"ip_allow_list":[],"permissions":["spot"]})") == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "400007");
    CHECK(change(R"({"permissions":["read"],"expires_at":1700000000000})") == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "400003");
    CHECK(change(R"({"expires_at":null})") == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "200000");
    CHECK(bench.admin(wire::Method::post, "clock", R"({"exchange":"kucoin","skew_ms":6000})").response.status == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "400002");
    CHECK(bench.admin(wire::Method::post, "clock", R"({"exchange":"kucoin","skew_ms":0})").response.status == 200);
    CHECK(change(R"({"revoked":true})") == 200);
    CHECK(code(client.get("/api/v1/accounts?type=trade")) == "400003");
    CHECK(bench.admin(wire::Method::patch, "keys/nobody", "{}").response.status == 404);
}

TEST_CASE("the administrator moves money in and out, no more than is free, and none of it is lost to the sums") {
    Bench bench;
    auto client = bench.client();
    auto& exchange = *bench.world->exchange("kucoin");
    const auto move = [&](const char* market, const char* asset, const char* amount) {
        return bench.admin(wire::Method::post, "money", R"({"exchange":"kucoin","account":")" + client.account + R"(","market":")" + market + R"(","asset":")" + asset + R"(","amount":")" + amount + "\"}").response.status;
    };
    CHECK(move("spot", "USDT", "-250.5") == 200);
    CHECK(move("futures", "USDT", "40") == 200);
    CHECK(move("spot", "BTC", "0.5") == 200);
    auto& account = *exchange.find_account(client.account);
    CHECK(account.spot.at("USDT").free == "9749.5"_d);
    CHECK(account.futures.at("USDT").free == Decimal{10'040});
    CHECK(account.spot.at("BTC").free == "0.5"_d);
    CHECK(move("spot", "USDT", "-9750") == 409);
    CHECK(move("spot", "USDT", "0") == 400);
    CHECK(move("margin", "USDT", "1") == 400);
    CHECK(account.spot.at("USDT").free == "9749.5"_d);
    const auto ledger = exchange.ledger();
    CHECK(ledger.granted.at("USDT") == Decimal{20'000} - "250.5"_d + Decimal{40});
    CHECK(ledger.accounts.at("USDT") == ledger.granted.at("USDT"));
}

TEST_CASE("a path given as candles is walked in its time") {
    Bench bench;
    auto client = bench.client();
    const auto body = R"({"exchange":"kucoin","symbol":"ETH/USDT","speed":60,"candles":[[0,"3000","3100","2900","3050","1"],[60000,"3050","3060","2950","2960","1"]]})";
    REQUIRE(bench.admin(wire::Method::post, "path", body).response.status == 200);
    const auto* exchange = bench.world->exchange("kucoin");
    const auto& market = exchange->market(*exchange->find_native("ETH-USDT"));
    CHECK(market.price() == Decimal{3000});
    bench.world->advance(kStart + milliseconds{250});
    CHECK(market.price() == Decimal{2900});
    bench.world->advance(kStart + milliseconds{60'000});
    CHECK(market.price() == Decimal{2960});
}

TEST_CASE("bad administration is answered, not obeyed") {
    Bench bench;
    struct Row { const char* path; const char* body; int status; };
    const Row rows[] = {
        {"keys", "[]", 400},
        {"keys", R"({"exchange":"nowhere"})", 404},
        {"keys", R"({"exchange":"kucoin","permissions":["fly"]})", 400},
        {"keys", R"({"exchange":"kucoin","balances":{"USDT":"-1"}})", 400},
        {"keys", R"({"exchange":"kucoin","permissions":"read"})", 400},
        {"keys", R"({"exchange":"kucoin","balances":["1"]})", 400},
        {"keys", R"({"exchange":"kucoin","balances":{"USDT":"99999999999999999999.999999999999999999"}})", 400},
        {"keys", R"({"exchange":"kucoin","ip_allow_list":"203.0.113.7"})", 400},
        {"keys", R"({"exchange":"kucoin","expires_at":"tomorrow"})", 400},
        {"keys", R"({"exchange":"kucoin","source_ip":7})", 400},
        {"keys", R"({"exchange":"kucoin","account_mode":"joint"})", 400},
        {"faults", R"({"exchange":"kucoin","fault":"flood"})", 400},
        {"faults", R"({"exchange":"kucoin","fault":"slow","ms":-1})", 400},
        {"faults", R"({"exchange":"kucoin","fault":"slow","count":0})", 400},
        {"faults", R"({"exchange":"kucoin","fault":"slow","probability":"2"})", 400},
        {"limits", R"({"exchange":"kucoin","on":"yes"})", 400},
        {"clock", R"({"exchange":"kucoin"})", 400},
        {"path", R"({"exchange":"kucoin","symbol":"BTC/USDT","candles":[],"speed":"0"})", 400},
        {"price", R"({"exchange":"kucoin","symbol":"BTC/USDT","price":"99999999999999999999"})", 400},
        {"trade", R"({"exchange":"kucoin","symbol":"BTC/USDT","side":"buy","price":"1","quantity":"99999999999999999999"})", 400},
        {"price", R"({"exchange":"kucoin","symbol":"BTC/USDT","price":"0"})", 400},
        {"price", R"({"exchange":"kucoin","symbol":"ABC/USDT","price":"1"})", 404},
        {"trade", R"({"exchange":"kucoin","symbol":"BTC/USDT","side":"hold","price":"1","quantity":"1"})", 400},
        {"nothing", "{}", 404},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        CHECK(bench.admin(wire::Method::post, row.path, row.body).response.status == row.status);
    }
    CHECK(bench.admin(wire::Method::get, "secrets").response.status == 404);
    CHECK(bench.world->handle({wire::Method::get, "/elsewhere", {}, {}, "127.0.0.1", false}).response.status == 404);
}

TEST_CASE("the demo's keys end the way they are named") {
    Bench bench;
    Exchange& exchange = *bench.world->exchange("kucoin");
    struct Row { DemoKey kind; const char* call; const char* code; };
    const Row rows[] = {
        {DemoKey::good, "/api/v1/accounts?type=trade", "200000"},
        {DemoKey::wrong_secret, "/api/v1/accounts?type=trade", "400004"},
        {DemoKey::address_not_listed, "/api/v1/accounts?type=trade", "400006"},
        {DemoKey::unknown_withdrawal, "/api/v1/user/api-key", "400007"},
        {DemoKey::no_trading_right, "/api/v1/accounts?type=trade", "200000"},
    };
    for (const Row& row : rows) {
        CAPTURE(to_string(row.kind));
        CHECK(parse_demo_key(to_string(row.kind)) == row.kind);
        const auto made = create_demo_key(exchange, Market::spot, row.kind);
        Client client{*bench.world, made.key, made.secret, made.passphrase, made.account};
        CHECK(code(client.get(row.call)) == row.code);
    }
    const auto withdrawing = create_demo_key(exchange, Market::futures, DemoKey::withdrawing);
    Client client{*bench.world, withdrawing.key, withdrawing.secret, withdrawing.passphrase, withdrawing.account};
    CHECK(client.get("/api/v1/user/api-key").response.body.find("\"General,Futures,Transfer\"") != std::string::npos);
}
