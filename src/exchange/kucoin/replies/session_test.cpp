#include "exchange/kucoin/replies/golden_test.hpp"

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::kucoin;
using market::Market;
using market::OrderStatus;

namespace {

const auto kReplies = make_replies();
using State = StreamSession::State;

std::string text(const std::optional<Decimal>& value) { return value ? value->to_string() : "null"; }
std::string text(const std::optional<market::Symbol>& value) { return value ? value->to_string() : "null"; }

/// Keeps what it is told; views are copied, as they die with the call.
struct Sink final : StreamSink {
    void on_ticker(const TickerEvent& event) override { tickers.push_back(event); names.emplace_back(event.native_symbol); }
    void on_trade(const TradeEvent& event) override { trades.push_back(event); names.emplace_back(event.native_symbol); ids.emplace_back(event.id); }
    void on_candle(const CandleEvent& event) override { candles.push_back(event); names.emplace_back(event.native_symbol); ids.emplace_back(event.native_interval); }
    void on_book(const BookEvent& event) override { books.push_back(event); names.emplace_back(event.native_symbol); }
    void on_order(const market::Order& order) override { orders.push_back(order); }
    void on_fill(const market::Fill& fill) override { fills.push_back(fill); }
    void on_balance(const market::Balance& balance) override { balances.push_back(balance); }
    void on_position(const market::Position& position) override { positions.push_back(position); }
    std::vector<TickerEvent> tickers;
    std::vector<TradeEvent> trades;
    std::vector<CandleEvent> candles;
    std::vector<BookEvent> books;
    std::vector<market::Order> orders;
    std::vector<market::Fill> fills;
    std::vector<market::Balance> balances;
    std::vector<market::Position> positions;
    std::vector<std::string> names, ids;
};

Answer<void> feed(StreamSession& session, std::string frame, StreamSink& sink) {
    const auto size = frame.size();
    frame.append(64, '\0');
    return session.on_text(std::string_view{frame}.substr(0, size), sink);
}

StreamPlan plan_of(Market market, bool is_private, std::vector<Topic> topics = {}) { return {market, AccountMode::classic, is_private, std::move(topics)}; }

/// One golden frame through a fresh session.
Sink read(const std::string& name, Market market, const Instruments* known = nullptr, AccountMode mode = AccountMode::classic) {
    StreamPlan plan = plan_of(market, true);
    plan.account_mode = mode;
    const auto session = kReplies->open_session(plan, known);
    Sink sink;
    const auto result = feed(*session, golden_text(name), sink);
    CHECK_MESSAGE(result.has_value(), name);
    return sink;
}

std::string control(const std::string& which) {
    // The file holds one message of each kind; each is cut out as it stands there.
    const std::string all = golden_text("ws-control-messages.json");
    const auto at = all.find('{', all.find('"' + which + '"'));
    return all.substr(at, all.find('}', at) - at + 1);
}

}  // namespace

TEST_CASE("a public session: welcome, subscriptions, acknowledgements") {
    const auto btc = market::Symbol::parse("BTC/USDT"), eth = market::Symbol::parse("ETH/USDT");
    const auto session = kReplies->open_session(plan_of(Market::spot, false, {{TopicKind::ticker, btc}, {TopicKind::ticker, eth},
                                                                               {TopicKind::candles, btc, market::Interval::h1}}), nullptr);
    Sink sink;
    session->on_open();
    CHECK(session->take_frames().empty());
    CHECK(session->state() == State::opening);
    REQUIRE(feed(*session, control("server_welcome"), sink).has_value());
    CHECK(session->state() == State::subscribing);
    const auto frames = session->take_frames();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0] == R"({"id":"1","type":"subscribe","topic":"/market/ticker:BTC-USDT,ETH-USDT","privateChannel":false,"response":true})");
    CHECK(frames[1] == R"({"id":"2","type":"subscribe","topic":"/market/candles:BTC-USDT_1hour","privateChannel":false,"response":true})");
    CHECK(session->take_frames().empty());
    // Another's acknowledgement is not ours.
    REQUIRE(feed(*session, control("server_ack"), sink).has_value());
    REQUIRE(feed(*session, R"({"id":"1","type":"ack"})", sink).has_value());
    CHECK(session->state() == State::subscribing);
    REQUIRE(feed(*session, R"({"id":"2","type":"ack"})", sink).has_value());
    CHECK(session->state() == State::live);
    CHECK(session->ping() == R"({"id":"3","type":"ping"})");
    REQUIRE(feed(*session, control("server_pong"), sink).has_value());
    CHECK_FALSE(session->problem().has_value());
}

TEST_CASE("private plans become the account's topics") {
    struct Row { Market market; std::vector<std::string> topics; };
    const Row rows[] = {
        {Market::spot, {"/spotMarket/tradeOrdersV2", "/account/balance"}},
        {Market::futures, {"/contractMarket/tradeOrders", "/contractAccount/wallet", "/contract/positionAll"}},
    };
    for (const Row& row : rows) {
        const auto session = kReplies->open_session(
            plan_of(row.market, true, {{TopicKind::orders}, {TopicKind::fills}, {TopicKind::balances}, {TopicKind::positions}}), nullptr);
        Sink sink;
        REQUIRE(feed(*session, R"({"id":"x","type":"welcome"})", sink).has_value());
        const auto frames = session->take_frames();
        REQUIRE(frames.size() == row.topics.size());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            CHECK(frames[i].find("\"topic\":\"" + row.topics[i] + '"') != std::string::npos);
            CHECK(frames[i].find("\"privateChannel\":true") != std::string::npos);
        }
    }
    const auto futures = market::Symbol::parse("BTC/USDT:USDT");
    const auto session = kReplies->open_session(plan_of(Market::futures, false, {{TopicKind::ticker, futures}, {TopicKind::trades, futures}, {TopicKind::book, futures}}), nullptr);
    Sink sink;
    REQUIRE(feed(*session, R"({"id":"x","type":"welcome"})", sink).has_value());
    CHECK(session->take_frames().size() == 4);
}

TEST_CASE("a refused token or topic ends the session's hopes; a later error is only reported") {
    Sink sink;
    const auto early = kReplies->open_session(plan_of(Market::spot, true, {{TopicKind::orders}}), nullptr);
    const auto expired = feed(*early, control("server_error_token"), sink);
    CHECK(expired.error().exchange_message == "token is expired");
    CHECK(early->state() == State::refused);
    CHECK(early->problem()->code == ProblemCode::exchange_unavailable);
    CHECK(early->problem()->exchange_code == "401");

    // A public topic that is not there is about its symbol; a private one, or one that is too much, is not.
    struct Row { bool is_private; const char* code; ProblemCode meaning; };
    for (const Row& row : {Row{false, "404", ProblemCode::invalid_symbol}, Row{false, "400", ProblemCode::invalid_symbol},
                           Row{false, "509", ProblemCode::exchange_unavailable}, Row{true, "404", ProblemCode::exchange_unavailable}}) {
        CAPTURE(row.code);
        const Topic topic = row.is_private ? Topic{TopicKind::orders} : Topic{TopicKind::ticker, market::Symbol{"GONE", "USDT", ""}};
        const auto asked = kReplies->open_session(plan_of(Market::spot, row.is_private, {topic}), nullptr);
        REQUIRE(feed(*asked, R"({"id":"x","type":"welcome"})", sink).has_value());
        CHECK_FALSE(feed(*asked, R"({"id":"1","type":"error","code":)" + std::string{row.code} + R"(,"data":"topic X is not found"})", sink).has_value());
        CHECK(asked->state() == State::refused);
        CHECK(asked->problem()->code == row.meaning);
    }

    const auto session = kReplies->open_session(plan_of(Market::spot, true, {{TopicKind::orders}}), nullptr);
    REQUIRE(feed(*session, R"({"id":"x","type":"welcome"})", sink).has_value());
    REQUIRE(feed(*session, R"({"id":"1","type":"ack"})", sink).has_value());
    CHECK_FALSE(feed(*session, R"({"id":"9","type":"error","code":415,"data":"type is not supported"})", sink).has_value());
    CHECK(session->state() == State::live);
    for (const char* bad : {"", "pong", "{", R"({"type":"greeting"})", "[1,2]", "null"}) CHECK_FALSE_MESSAGE(feed(*session, bad, sink).has_value(), bad);
    CHECK_FALSE(session->on_binary("x", sink).has_value());
}

TEST_CASE("spot market data frames") {
    const auto tickers = read("ws-spot-ticker.json", Market::spot);
    REQUIRE(tickers.tickers.size() == 1);
    CHECK(tickers.names[0] == "BTC-USDT");
    CHECK(text(tickers.tickers[0].bid) == "0.049");
    CHECK(text(tickers.tickers[0].bid_quantity) == "0.036");
    CHECK(text(tickers.tickers[0].ask) == "0.08");
    CHECK(text(tickers.tickers[0].last) == "0.08");
    CHECK(tickers.tickers[0].sequence == 1545896668986);
    CHECK(tickers.tickers[0].at->ms() == 1704873323416);

    const auto trades = read("ws-spot-match.json", Market::spot);
    REQUIRE(trades.trades.size() == 1);
    CHECK(trades.ids[0] == "11067996711960577");
    CHECK(trades.trades[0].taker_side == market::Side::buy);
    CHECK(text(trades.trades[0].price) == "67523");
    CHECK(text(trades.trades[0].quantity) == "0.003");
    CHECK(trades.trades[0].at->ms() == 1729843222921);

    const auto candles = read("ws-spot-candles.json", Market::spot);
    REQUIRE(candles.candles.size() == 1);
    CHECK(candles.names[0] == "BTC-USDT");
    CHECK(candles.ids[0] == "1hour");
    const auto& candle = candles.candles[0].candle;
    CHECK(candle.open_time.ms() == 1729839600000);
    CHECK(text(candle.open) == "67644.9");
    CHECK(text(candle.close) == "67437.6");
    CHECK(text(candle.high) == "67724.8");
    CHECK(text(candle.low) == "67243.8");
    CHECK(text(candle.volume) == "44.88321441");

    const auto books = read("ws-spot-level2-increment.json", Market::spot);
    REQUIRE(books.books.size() == 1);
    CHECK(books.books[0].sequence_from == 14701689783);
    CHECK(books.books[0].bids.empty());
    REQUIRE(books.books[0].asks.size() == 1);
    CHECK(text(books.books[0].asks[0].price) == "67993.3");
}

TEST_CASE("futures market data frames") {
    const auto known = instruments();
    const auto tickers = read("ws-futures-tickerV2.json", Market::futures, &known);
    REQUIRE(tickers.tickers.size() == 1);
    CHECK(text(tickers.tickers[0].bid) == "88987.4");
    CHECK(text(tickers.tickers[0].bid_quantity) == "0.713");
    CHECK(text(tickers.tickers[0].last) == "null");
    CHECK(tickers.tickers[0].at->ms() == 1731665526461);
    CHECK(text(read("ws-futures-tickerV2.json", Market::futures).tickers[0].bid_quantity) == "null");

    const auto books = read("ws-futures-level2-increment.json", Market::futures);
    REQUIRE(books.books.size() == 1);
    CHECK(books.books[0].sequence_to == 1709400450243);
    REQUIRE(books.books[0].asks.size() == 1);
    CHECK(text(books.books[0].asks[0].quantity) == "2");

    const auto session = kReplies->open_session(plan_of(Market::futures, false), &known);
    Sink sink;
    REQUIRE(feed(*session, R"({"topic":"/contractMarket/execution:XBTUSDTM","type":"message","subject":"match","sn":1,"data":{"symbol":"XBTUSDTM","sequence":1,"side":"sell","size":5,"price":"72137.3","tradeId":"1743169228057","ts":1712570590399000000}})", sink).has_value());
    CHECK(text(sink.trades.at(0).quantity) == "0.005");
    CHECK(text(sink.trades.at(0).native_quantity) == "5");
    REQUIRE(feed(*session, R"({"topic":"/contract/instrument:XBTUSDTM","subject":"mark.index.price","data":{"granularity":1000,"indexPrice":4000.23,"markPrice":4010.52,"timestamp":1551770400000}})", sink).has_value());
    CHECK(text(sink.tickers.at(0).mark) == "4010.52");
    REQUIRE(feed(*session, R"({"topic":"/contract/instrument:XBTUSDTM","subject":"funding.rate","data":{"granularity":60000,"fundingRate":-0.002966,"timestamp":1551770400000}})", sink).has_value());
    CHECK(sink.tickers.size() == 1);
    REQUIRE(feed(*session, R"({"type":"message","topic":"/contractMarket/level2Depth5:XBTUSDTM","subject":"level2","data":{"asks":[["9993","3"]],"bids":[[9988,56],["0","1"]],"ts":1590634672060667000}})", sink).has_value());
    CHECK(sink.books.at(0).snapshot);
    CHECK(sink.books.at(0).bids.size() == 1);
    REQUIRE(feed(*session, R"({"type":"message","topic":"/contractMarket/limitCandle:XBTUSDTM_1min","subject":"candle.stick","data":{"symbol":"XBTUSDTM","candles":["1731898200","90000","90001","90002","89999","12","1"],"time":1731898208357}})", sink).has_value());
    CHECK(text(sink.candles.at(0).candle.close) == "90001");
    CHECK(text(sink.candles.at(0).candle.volume) == "null");
}

TEST_CASE("spot orders, their fills and balances") {
    const auto received = read("ws-spot-order-v2-received.json", Market::spot);
    REQUIRE(received.orders.size() == 1);
    const auto& order = received.orders[0];
    CHECK(order.id == "6720da3fa30a360007f5f832");
    CHECK(order.client_order_id == "5c52e11203aa677f33e493fc");
    CHECK(text(order.symbol) == "BTC/USDT");
    CHECK(order.type == market::OrderType::market);
    CHECK(text(order.quantity) == "0.00001");
    CHECK(order.status == OrderStatus::open);
    CHECK(order.created_at->ms() == 1730206271588);

    const auto matched = read("ws-spot-order-v2-match.json", Market::spot);
    REQUIRE(matched.orders.size() == 1);
    CHECK(matched.orders[0].status == OrderStatus::filled);
    CHECK(matched.orders[0].created_at->ms() == 1593487482038);
    REQUIRE(matched.fills.size() == 1);
    const auto& fill = matched.fills[0];
    CHECK(fill.id == "5efab07a4ee4c7000a82d6d9");
    CHECK(fill.order_id == "5efab07953bdea00089965fa");
    CHECK(fill.client_order_id == "1593487481000313");
    CHECK(fill.side == market::Side::sell);
    CHECK(text(fill.price) == "0.96738");
    CHECK(text(fill.quantity) == "0.1");
    CHECK_FALSE(fill.fee.has_value());
    CHECK(fill.liquidity == market::Liquidity::taker);
    CHECK(fill.at->ms() == 1593487482038);

    const auto balances = read("ws-spot-balance.json", Market::spot);
    REQUIRE(balances.balances.size() == 1);
    CHECK(balances.balances[0].asset == "USDT");
    CHECK(text(balances.balances[0].free) == "20.132773386762");
    CHECK(text(balances.balances[0].locked) == "1.001");
    CHECK(text(balances.balances[0].total) == "21.133773386762");
}

TEST_CASE("order events: each row a state") {
    struct Row { const char* why; const char* fields; OrderStatus status; };
    const Row rows[] = {
        {"taken in", R"("type":"received","status":"new")", OrderStatus::open},
        {"in the book", R"("type":"open","status":"open","filledSize":"0")", OrderStatus::open},
        {"back in the book after a part", R"("type":"open","status":"open","filledSize":"0.1")", OrderStatus::partially_filled},
        {"a part", R"("type":"match","status":"match","filledSize":"0.1","remainSize":"0.9")", OrderStatus::partially_filled},
        {"the last part", R"("type":"match","status":"match","filledSize":"1","remainSize":"0")", OrderStatus::filled},
        {"done", R"("type":"filled","status":"done","filledSize":"1")", OrderStatus::filled},
        {"cancelled", R"("type":"canceled","status":"done","filledSize":"0.1")", OrderStatus::canceled},
        {"changed", R"("type":"update","status":"open","filledSize":"0")", OrderStatus::open},
        {"a word we don't know", R"("type":"melted","status":"liquid")", OrderStatus::unknown},
    };
    const auto session = kReplies->open_session(plan_of(Market::spot, true), nullptr);
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Sink sink;
        REQUIRE(feed(*session, R"({"topic":"/spotMarket/tradeOrdersV2","type":"message","data":{"orderId":"1","symbol":"BTC-USDT",)" + std::string{row.fields} + "}}", sink).has_value());
        CHECK(sink.orders.at(0).status == row.status);
    }
    const auto forced = kReplies->open_session(plan_of(Market::futures, true), nullptr);
    for (const char* kind : {"liquid", "trade"}) {
        Sink liquidated;
        REQUIRE(feed(*forced, R"({"topic":"/contractMarket/tradeOrders","type":"message","data":{"orderId":"1","symbol":"XBTUSDTM","side":"sell","type":"match","status":"match","matchPrice":"9",
            "matchSize":"1","filledSize":"1","remainSize":"0","tradeId":"7","tradeType":")" + std::string{kind} + "\"}}", liquidated).has_value());
        const auto told = kind == std::string{"liquid"} ? std::optional{market::Forced::liquidation} : std::nullopt;
        CHECK(liquidated.orders.at(0).forced == told);
        CHECK(liquidated.fills.at(0).forced == told);
    }
    Sink sink;
    CHECK_FALSE(feed(*session, R"({"topic":"/spotMarket/tradeOrdersV2","type":"message","data":{"symbol":"BTC-USDT"}})", sink).has_value());
    REQUIRE(feed(*session, R"({"topic":"/account/balance","type":"message","data":{"currency":"USDT","available":"1","relationEvent":"main.deposit"}})", sink).has_value());
    CHECK(sink.balances.empty());
}

TEST_CASE("futures orders, wallet and positions") {
    const auto known = instruments();
    const auto open = read("ws-futures-order.json", Market::futures, &known);
    REQUIRE(open.orders.size() == 1);
    CHECK(text(open.orders[0].quantity) == "0.001");
    CHECK(open.orders[0].status == OrderStatus::open);
    CHECK(open.orders[0].created_at->ms() == 1731916985768);
    // An unknown contract and a match without its price: counted as sent, the fill left to the query.
    const auto match = read("ws-futures-order-match.json", Market::futures, &known);
    REQUIRE(match.orders.size() == 1);
    CHECK(text(match.orders[0].symbol) == "BTC/USD:BTC");
    CHECK(match.orders[0].native_quantity == "20000");
    CHECK(match.orders[0].status == OrderStatus::partially_filled);
    CHECK(match.fills.empty());

    const auto wallet = read("ws-futures-wallet.json", Market::futures);
    REQUIRE(wallet.balances.size() == 1);
    CHECK(wallet.balances[0].asset == "USDT");
    CHECK(text(wallet.balances[0].free) == "26.144281178");
    CHECK(text(wallet.balances[0].total) == "81.273621258");

    // Its data stands before its subject; the topic before both.
    const auto positions = read("ws-futures-position.json", Market::futures, &known);
    REQUIRE(positions.positions.size() == 1);
    const auto& position = positions.positions[0];
    CHECK(position.side == market::PositionSide::long_side);
    CHECK(text(position.quantity) == "0.001");
    CHECK(text(position.entry_price) == "91694.5");
    CHECK(text(position.liquidation_price) == "73853.0426625");
    CHECK(position.margin_mode == market::MarginMode::isolated);
    CHECK(text(position.margin) == "18.3389");

    const auto session = kReplies->open_session(plan_of(Market::futures, true), &known);
    Sink sink;
    REQUIRE(feed(*session, R"({"data":{"symbol":"XBTUSDTM","currentQty":-2,"markPrice":0e-8},"topic":"/contract/positionAll","type":"message"})", sink).has_value());
    CHECK(sink.positions.at(0).side == market::PositionSide::short_side);
    REQUIRE(feed(*session, R"({"topic":"/contract/positionAll","subject":"position.change","data":{"markPrice":7947.83,"changeReason":"markPriceChange"}})", sink).has_value());
    REQUIRE(feed(*session, R"({"topic":"/contractAccount/wallet","subject":"orderMargin.change","data":{"orderMargin":5923,"currency":"USDT"}})", sink).has_value());
    CHECK(sink.positions.size() == 1);
    CHECK(sink.balances.empty());
}

TEST_CASE("the unified private socket") {
    StreamPlan plan = plan_of(Market::spot, true, {{TopicKind::orders}, {TopicKind::fills}, {TopicKind::balances}, {TopicKind::positions}});
    plan.account_mode = AccountMode::unified;
    const auto session = kReplies->open_session(plan, nullptr);
    Sink sink;
    REQUIRE(feed(*session, R"({"sessionId":"abc","message":"welcome","pingInterval":18000})", sink).has_value());
    const auto frames = session->take_frames();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0] == R"({"id":"1","action":"subscribe","channel":"orderAll","tradeType":"UNIFIED"})");
    CHECK(frames[2] == R"({"id":"3","action":"subscribe","channel":"balance","accountType":"UNIFIED"})");
    for (const char* id : {"1", "2", "3"}) REQUIRE(feed(*session, R"({"id":")" + std::string{id} + R"(","result":true})", sink).has_value());
    CHECK(session->state() == State::live);

    const auto orders = read("ws-ua-order.json", Market::spot, nullptr, AccountMode::unified);
    REQUIRE(orders.orders.size() == 1);
    CHECK(orders.orders[0].id == "6981b2a91c6fcb0007422784");
    CHECK(orders.orders[0].client_order_id == "9a1840ed0b5746459ede8e6f222daf2d");
    CHECK(orders.orders[0].status == OrderStatus::filled);
    CHECK(text(orders.orders[0].average) == "78823.6");
    CHECK(orders.orders[0].fees == std::vector<market::Amount>{{"USDT", "0.000788236"_d}});
    const auto fills = read("ws-ua-execution.json", Market::spot, nullptr, AccountMode::unified);
    REQUIRE(fills.fills.size() == 1);
    CHECK(fills.fills[0].id == "21002796345212928");
    CHECK(fills.fills[0].at->ms() == 1770107561258);
    CHECK(read("ws-ua-order.json", Market::futures, nullptr, AccountMode::unified).orders.empty());
    // Ten contracts or ten coins: whoever is not told the unit does not know.
    plan.market = Market::futures;
    const auto known = instruments();
    const auto contracts = kReplies->open_session(plan, &known);
    REQUIRE(feed(*contracts, R"({"T":"orderAll.FUTURES","d":{"oi":"402665260420558848","s":"XBTUSDTM","q":"10","fS":"10","os":3}})", sink).has_value());
    CHECK_FALSE(sink.orders.back().quantity);
    CHECK_FALSE(sink.orders.back().filled);
    CHECK(sink.orders.back().native_quantity == "10");
    REQUIRE(feed(*contracts, R"({"T":"orderAll.FUTURES","d":{"oi":"402665260420558848","s":"XBTUSDTM","q":"10","fS":"10","qU":"UNIT","os":3}})", sink).has_value());
    CHECK(text(sink.orders.back().filled) == "0.01");

    const auto refused = kReplies->open_session(plan, nullptr);
    REQUIRE(feed(*refused, R"({"message":"welcome"})", sink).has_value());
    CHECK_FALSE(feed(*refused, R"({"id":"1","result":false,"reason":"missing `symbol`"})", sink).has_value());
    CHECK(refused->state() == State::refused);
}
