#include "exchange/mexc/replies/golden_test.hpp"

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::mexc::testing;
using market::OrderStatus;
using market::Side;

namespace {
const auto replies = mexc::make_replies();
}

TEST_CASE("MEXC key info: what the key declares, and nothing more") {
    const auto read = [](std::string body, market::Market market = market::Market::spot) {
        Case test{market, Operation::key_info, std::move(body)};
        return good(replies->key_info(test.response, test.asked()));
    };
    const auto info = read(golden("get-v3-apiKeyInfo.json"));
    CHECK(info.permissions.size() == 5);
    CHECK(info.claims.key_valid.answer == Ternary::yes);
    CHECK(info.claims.read.answer == Ternary::yes);
    CHECK(info.claims.spot_trade.answer == Ternary::yes);
    CHECK(info.claims.futures_trade.answer == Ternary::no);
    CHECK(info.claims.withdraw.answer == Ternary::no);
    CHECK(info.claims.transfer.answer == Ternary::no);
    CHECK(info.claims.ip_bound.answer == Ternary::no);
    CHECK(info.claims.ip_bound.evidence == "GET /api/v3/apiKeyInfo shows an empty address list and 82 days left");
    CHECK(info.claims.read.at == kNow);
    CHECK(info.expires_at == kNow + milliseconds{82LL * 86'400'000});
    CHECK(info.dead == false);
    CHECK(!info.account_id);
    CHECK(!info.sub_account);
    CHECK(read(golden("get-v3-apiKeyInfo.json"), market::Market::futures).claims.read.answer == Ternary::yes);

    struct Row { const char* why; const char* body; Ternary bound, withdraw, transfer, valid; };
    const Row rows[] = {
        {"bound", R"({"accessKey":"k","permissions":"SPOT_ACCOUNT_READ","remainingValidity":"-999","ipWhiteList":"203.0.113.7, 203.0.113.*","status":"VALID"})",
         Ternary::yes, Ternary::no, Ternary::no, Ternary::yes},
        {"empty list alone proves nothing", R"({"accessKey":"k","permissions":"","ipWhiteList":"","status":"VALID"})",
         Ternary::unknown, Ternary::no, Ternary::no, Ternary::yes},
        {"empty list of a key without expiry", R"({"apikey":"k","permissions":"","remainingValidity":-999,"ipWhiteList":"","status":"VALID"})",
         Ternary::unknown, Ternary::no, Ternary::no, Ternary::yes},
        {"withdrawal by any name", R"({"accessKey":"k","permissions":"SPOT_WITHDRAW_WRITE,SPOT_TRANSFER_WRITE","remainingValidity":3,"ipWhiteList":"","status":"VALID"})",
         Ternary::no, Ternary::yes, Ternary::yes, Ternary::yes},
        {"in other letters", R"({"accessKey":"k","permissions":"spot_withdraw_w,spot_transfer_write","remainingValidity":3,"ipWhiteList":"","status":"VALID"})",
         Ternary::no, Ternary::yes, Ternary::yes, Ternary::yes},
        {"an unknown right leaves withdrawal open", R"({"accessKey":"k","permissions":"SPOT_MAGIC","remainingValidity":3,"ipWhiteList":"","status":"VALID"})",
         Ternary::no, Ternary::unknown, Ternary::no, Ternary::yes},
        {"frozen", R"({"accessKey":"k","permissions":"","remainingValidity":3,"ipWhiteList":"","status":"FROZEN"})",
         Ternary::no, Ternary::no, Ternary::no, Ternary::no},
        {"no permissions told", R"({"accessKey":"k","status":"VALID"})", Ternary::unknown, Ternary::unknown, Ternary::unknown, Ternary::yes},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto key = read(row.body);
        CHECK(key.claims.ip_bound.answer == row.bound);
        CHECK(key.claims.withdraw.answer == row.withdraw);
        CHECK(key.claims.transfer.answer == row.transfer);
        CHECK(key.claims.key_valid.answer == row.valid);
    }
    CHECK(read(rows[0].body).ip_allow_list == std::vector<std::string>{"203.0.113.7", "203.0.113.*"});
    CHECK(!read(rows[0].body).expires_at);
    CHECK(read(rows[6].body).dead == true);
    CHECK(read(R"({"accessKey":"k","permissions":"","remainingValidity":0,"ipWhiteList":"","status":"VALID"})").expires_at == kNow);
}

TEST_CASE("MEXC account: id, identity level, symbols open to the key, listen key") {
    auto test = spot(Operation::account_id, golden("get-v3-uid.json"));
    CHECK(good(replies->account_id(test.response, test.asked())) == "209302839");
    test = futures(Operation::identity_level, golden("get-v3-kyc-status.json"));
    CHECK(good(replies->identity_sufficient(test.response, test.asked())) == Ternary::no);
    test = futures(Operation::identity_level, R"({"status":2})");
    CHECK(good(replies->identity_sufficient(test.response, test.asked())) == Ternary::yes);
    test = spot(Operation::identity_level, R"({"status":"1"})");
    CHECK(good(replies->identity_sufficient(test.response, test.asked())) == Ternary::unknown);
    test = spot(Operation::tradable_symbols, golden("get-v3-selfSymbols.json"));
    CHECK(good(replies->tradable_symbols(test.response, test.asked())).size() == 5);

    const auto control = wire::Json::parse(golden("ws-spot-control-messages.json"));
    const std::string key{*(*control)["post_userDataStream"]["listenKey"].text()};
    test = spot(Operation::private_stream, R"({"listenKey":")" + key + "\"}");
    const auto address = good(replies->stream_address(test.response, test.asked()));
    CHECK(address.url == "wss://wbs-api.mexc.com/ws?listenKey=" + key);
    CHECK(address.listen_key == key);
    CHECK(address.renew_every == milliseconds{1'800'000});
    CHECK(replies->is_own_stream_address(address.url));
    CHECK(!replies->is_own_stream_address("wss://wbs-api.mexc.com.evil.example/ws"));
    CHECK(!replies->is_own_stream_address("ws://wbs-api.mexc.com/ws"));
    CHECK(!replies->is_own_stream_address("wss://wbs-api.mexc.com:8443/ws"));
}

TEST_CASE("MEXC spot: balances, ticker and candles") {
    auto test = spot(Operation::balances, golden("get-v3-account.json"));
    const auto balances = good(replies->balances(test.response, test.asked()));
    REQUIRE(balances.size() == 2);
    CHECK(balances[0].asset == "NBNTEST");
    CHECK(balances[0].free == "1111078"_d);
    CHECK(balances[0].locked == "33"_d);
    CHECK(balances[0].total == "1111111"_d);

    test = spot(Operation::ticker, golden("get-v3-ticker-24hr.json"));
    auto ticker = good(replies->ticker(test.response, test.asked()));
    CHECK(!ticker.symbol);
    CHECK(ticker.native_symbol == "BTCUSDT");
    CHECK(ticker.bid == "46260.38"_d);
    CHECK(ticker.last == "46263.71"_d);
    CHECK(!ticker.mark);
    CHECK(ticker.at == Instant::from_ms(1641349582808));
    test.know("BTCUSDT", "BTC/USDT");
    CHECK(good(replies->ticker(test.response, test.asked())).symbol->to_string() == "BTC/USDT");

    test = spot(Operation::candles, golden("get-v3-klines.json"));
    const auto candles = good(replies->candles(test.response, test.asked()));
    REQUIRE(candles.size() == 1);
    CHECK(candles[0].open_time == Instant::from_ms(1640804880000));
    CHECK(candles[0].low == "47416.57"_d);
    CHECK(candles[0].close == "47436.1"_d);
    test = spot(Operation::candles, R"([[120000,"2","2","2","2","2"],[60000,"1","1","1","1","1"]])");
    CHECK(good(replies->candles(test.response, test.asked())).at(0).open == Decimal{1});
    test = spot(Operation::ticker, R"([{"symbol":"ETHUSDT","lastPrice":"1"},{"symbol":"BTCUSDT","lastPrice":"2"}])");
    test.call.symbol = market::Symbol::parse("BTC/USDT");
    CHECK(good(replies->ticker(test.response, test.asked())).last == Decimal{2});
    test = spot(Operation::ticker, R"({"symbol":"ETHUSDT","lastPrice":"1"})");
    test.call.symbol = market::Symbol::parse("BTC/USDT");
    CHECK(replies->ticker(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
    CHECK(candles[0].volume == "3.550717"_d);
}

TEST_CASE("MEXC spot: orders and fills") {
    auto test = spot(Operation::order, golden("get-v3-order.json"));
    auto order = good(replies->order(test.response, test.asked()));
    CHECK(order.id == "133734823834147272");
    CHECK(!order.client_order_id);
    CHECK(order.status == OrderStatus::canceled);
    CHECK(order.side == Side::buy);
    CHECK(order.quantity == "0.0002"_d);
    CHECK(order.filled == Decimal{0});
    CHECK(!order.average);
    CHECK(order.created_at == Instant::from_ms(1647667102000));
    // Spot sends what was spent, no average: none is made of it.
    test = spot(Operation::order, R"({"symbol":"BTCUSDT","orderId":"1","origQty":"3","executedQty":"3","cummulativeQuoteQty":"100","status":"FILLED","type":"LIMIT","side":"BUY"})");
    order = good(replies->order(test.response, test.asked()));
    CHECK(order.filled == Decimal{3});
    CHECK(!order.average);

    test = spot(Operation::open_orders, golden("get-v3-openOrders.json"));
    const auto orders = good(replies->open_orders(test.response, test.asked()));
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].id == "1");
    CHECK(orders[0].client_order_id == "myOrder1");
    CHECK(orders[0].status == OrderStatus::open);
    CHECK(orders[0].time_in_force == market::TimeInForce::gtc);

    test = spot(Operation::fills, golden("get-v3-myTrades.json"));
    const auto fills = good(replies->fills(test.response, test.asked()));
    REQUIRE(fills.size() == 1);
    CHECK(fills[0].id == "fad2af9e942049b6adbda1a271f990c6");
    CHECK(fills[0].side == Side::buy);
    CHECK(fills[0].liquidity == market::Liquidity::taker);
    CHECK(fills[0].fee == market::Amount{"BNB", "10.1"_d});
    CHECK(fills[0].at == Instant::from_ms(1499865549590));

    for (const auto& [file, id] : {std::pair{"post-v3-order.json", "06a480e69e604477bfb48dddd5f0b750"}, {"post-v3-order-live.json", "C02__342252993005723644225"}}) {
        test = spot(Operation::place_order, golden(file));
        test.call.client_order_id = "mine";
        const auto placed = good(replies->placed(test.response, test.asked()));
        CHECK(placed.id == id);
        CHECK(placed.client_order_id == "mine");
    }
    test = spot(Operation::test_order, golden("post-v3-order-test.json"));
    CHECK(!good(replies->placed(test.response, test.asked())).id);
    test.call.operation = Operation::place_order;
    CHECK(replies->placed(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
    test = spot(Operation::cancel_order, golden("delete-v3-order.json"));
    CHECK(good(replies->canceled(test.response, test.asked())).client_order_id == "myOrder1");
    test = spot(Operation::cancel_order, golden("delete-v3-order-live.json"));
    CHECK(good(replies->canceled(test.response, test.asked())).id == "133926441921286144");
}

TEST_CASE("MEXC spot: a batch's items say for themselves what became of them") {
    // We place no batches; the mixed answer shows that an item's error stands in it like a refusal's body.
    const auto batch = wire::Json::parse(golden("post-v3-batchOrders-mixed.json"));
    REQUIRE(batch->root().size() == 3);
    const auto failed = batch->root().at(1);
    auto test = spot(Operation::place_order, R"({"code":)" + std::string{*failed["code"].text_or_number()} + R"(,"msg":")" + std::string{*failed["msg"].text()} + "\"}");
    CHECK(replies->placed(test.response, test.asked()).error().code == ProblemCode::below_min_size);
}

TEST_CASE("MEXC spot: instruments, a list, one of them, old and new spelling") {
    auto test = spot(Operation::instruments, golden("get-v3-exchangeInfo.json"));
    auto list = good(replies->instruments(test.response, test.asked()));
    REQUIRE(list.size() == 1);
    CHECK(list[0].symbol->to_string() == "BROCK/USDT");
    CHECK(list[0].native_symbol == "BROCKUSDT");
    CHECK(list[0].price_step == "0.00001"_d);
    CHECK(list[0].quantity_step == "0.01"_d);
    CHECK(list[0].min_quantity == Decimal{0});
    CHECK(list[0].min_notional == Decimal{1});
    CHECK(list[0].tradable == true);
    CHECK(list[0].api_tradable == true);
    CHECK(list[0].order_types == market::OrderTypes{market::OrderType::limit, market::OrderType::market});

    test = spot(Operation::instruments, golden("get-v3-exchangeInfo-two-more.json"));
    list = good(replies->instruments(test.response, test.asked()));
    REQUIRE(list.size() == 2);
    CHECK(list[0].api_tradable == false);
    CHECK(list[0].tradable == true);
    CHECK(list[0].order_types == market::OrderTypes{market::OrderType::limit});
    CHECK(list[1].price_step == "0.0001"_d);
    CHECK(list[1].quantity_step == "0.01"_d);
    CHECK(list[1].min_quantity == "0.01"_d);

    test = spot(Operation::instruments, R"({"code":-1121,"msg":"Invalid symbol."})");
    CHECK(replies->instruments(test.response, test.asked()).error().code == ProblemCode::invalid_symbol);
    test = spot(Operation::instruments, R"({"symbols":[{"symbol":"AUSDT")");
    CHECK(replies->instruments(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
}

TEST_CASE("MEXC spot: a field that is no number spoils the answer instead of vanishing") {
    auto test = spot(Operation::balances, R"({"balances":[{"asset":"USDT","free":"1,5","locked":"0"}]})");
    CHECK(replies->balances(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
    test = spot(Operation::balances, R"({"balances":{}})");
    CHECK(!replies->balances(test.response, test.asked()));
}

TEST_CASE("MEXC: recorded answers we have no call for still say success") {
    for (const char* file : {"delete-v3-order-all.json", "get-v3-depth.json", "get-v3-symbol-offline.json"}) {
        CAPTURE(file);
        const auto test = spot(Operation::renew_stream, golden(file));
        CHECK(replies->done(test.response, test.asked()).has_value());
    }
    for (const char* file : {"futures-get-v1-contract-depth.json", "futures-get-v1-contract-funding-rate.json", "futures-get-v1-position-leverage.json"}) {
        CAPTURE(file);
        const auto test = futures(Operation::set_leverage, golden(file));
        CHECK(replies->done(test.response, test.asked()).has_value());
    }
}
