#include "exchange/mexc/replies/golden_test.hpp"

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::mexc::testing;
using State = StreamSession::State;

namespace {

const auto replies = mexc::make_replies();

StreamPlan plan_of(market::Market market, bool is_private, std::vector<TopicKind> kinds, const char* symbol = nullptr) {
    StreamPlan plan;
    plan.market = market;
    plan.is_private = is_private;
    for (const auto kind : kinds) {
        Topic topic{kind, {}, {}};
        if (symbol != nullptr) topic.symbol = market::Symbol::parse(symbol);
        if (kind == TopicKind::candles) topic.interval = market::Interval::h1;
        plan.topics.push_back(topic);
    }
    return plan;
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
    return bytes;
}

Answer<void> hand_text(StreamSession& session, StreamSink& sink, const std::string& text) {
    const auto frame = padded(text);
    return session.on_text(frame, sink);
}

std::string text_of(const wire::Json& json, const char* name) {
    // Control messages are small objects of texts and numbers: rebuilt for the wire.
    const auto value = json[name];
    std::string out = "{";
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto member = value[value.name_at(i)];
        out += (i == 0 ? "\"" : ",\"") + std::string{value.name_at(i)} + "\":";
        out += member.is_text() ? '"' + std::string{*member.text()} + '"' : std::string{member.text_or_number().value_or("null")};
    }
    return out + "}";
}

}  // namespace

TEST_CASE("MEXC spot stream: live once every channel is acknowledged, refused though the code says 0") {
    const auto control = wire::Json::parse(golden("ws-spot-control-messages.json"));
    auto session = replies->open_session(plan_of(market::Market::spot, false, {TopicKind::trades, TopicKind::candles}, "BTC/USDT"), nullptr);
    Recorder sink;
    CHECK(session->state() == State::opening);
    session->on_open();
    const auto frames = session->take_frames();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0] == R"({"method":"SUBSCRIPTION","params":["spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"]})");
    CHECK(frames[1] == R"({"method":"SUBSCRIPTION","params":["spot@public.kline.v3.api.pb@BTCUSDT@Min60"]})");
    CHECK(session->take_frames().empty());
    CHECK(session->state() == State::subscribing);
    CHECK(hand_text(*session, sink, text_of(*control, "server_subscribed")).has_value());
    CHECK(hand_text(*session, sink, text_of(*control, "server_pong")).has_value());
    CHECK(session->state() == State::subscribing);
    CHECK(hand_text(*session, sink, R"({"id":0,"code":0,"msg":"spot@public.kline.v3.api.pb@BTCUSDT@Min60"})").has_value());
    CHECK(session->state() == State::live);
    CHECK(session->ping() == R"({"method":"PING"})");

    session = replies->open_session(plan_of(market::Market::spot, true, {TopicKind::orders, TopicKind::fills, TopicKind::balances}), nullptr);
    session->on_open();
    CHECK(session->take_frames().size() == 3);
    CHECK(!hand_text(*session, sink, text_of(*control, "server_refused")));
    CHECK(session->state() == State::refused);
    REQUIRE(session->problem());
    CHECK(session->problem()->exchange_message.find("Blocked") != std::string::npos);
}

TEST_CASE("MEXC spot stream: every recorded push becomes its event") {
    const auto wire_samples = wire::Json::parse(golden("ws-spot-protobuf-wire.json"));
    REQUIRE(wire_samples->root().size() == 7);
    Instruments instruments;
    instruments["MXUSDT"].symbol = market::Symbol::parse("MX/USDT");
    const auto session = replies->open_session(plan_of(market::Market::spot, false, {}), &instruments);
    Recorder sink;
    // Twice: the memory of the first round is used again.
    for (int round = 0; round < 2; ++round) {
        sink = {};
        for (std::size_t i = 0; i < wire_samples->root().size(); ++i) {
            const auto frame = padded(from_hex(*wire_samples->root().at(i)["hex"].text()));
            CHECK(session->on_binary(frame, sink).has_value());
        }
    }
    REQUIRE(sink.candles.size() == 1);
    CHECK(sink.candles[0].candle.open_time == Instant::from_ms(1754737920000));
    CHECK(sink.candles[0].candle.close == "117325.26"_d);
    CHECK(sink.candles[0].candle.volume == "3.12599854"_d);
    REQUIRE(sink.books.size() == 1);
    CHECK(sink.books[0].sequence_from == 43296363236);
    CHECK(sink.books[0].sequence_to == 43296363255);
    CHECK(!sink.books[0].snapshot);
    CHECK(sink.books[0].asks.at(0).quantity.is_zero());
    CHECK(sink.books[0].bids.at(0).price == "117053.41"_d);
    REQUIRE(sink.trades.size() == 1);
    CHECK(sink.trades[0].price == Decimal{93220});
    CHECK(sink.trades[0].taker_side == market::Side::sell);
    REQUIRE(sink.tickers.size() == 1);
    CHECK(sink.tickers[0].bid == "93387.28"_d);
    CHECK(sink.tickers[0].ask_quantity == "7.669875"_d);
    CHECK(sink.tickers[0].at == Instant::from_ms(1736412092433));
    REQUIRE(sink.orders.size() == 1);
    CHECK(sink.orders[0].id == "C02__505979017439002624115");
    CHECK(sink.orders[0].symbol->to_string() == "MX/USDT");
    CHECK(sink.orders[0].status == market::OrderStatus::filled);
    CHECK(sink.orders[0].filled == Decimal{1});
    CHECK(sink.orders[0].average == "3.6962"_d);
    CHECK(!sink.orders[0].client_order_id);
    REQUIRE(sink.fills.size() == 1);
    CHECK(sink.fills[0].id == "505979017439002624X1");
    // 0.0003998377369698171 has a digit more than we hold: a fee is rounded up.
    CHECK(sink.fills[0].fee == market::Amount{"MX", "0.000399837736969818"_d});
    REQUIRE(sink.balances.size() == 1);
    CHECK(sink.balances[0].free == "21.94210356004384"_d);
    CHECK(sink.balances[0].total == "21.94210356004384"_d);
}

TEST_CASE("MEXC spot stream: a frame without a body repeats nothing") {
    const auto wire_samples = wire::Json::parse(golden("ws-spot-protobuf-wire.json"));
    const auto session = replies->open_session(plan_of(market::Market::spot, false, {}), nullptr);
    for (const char* name : {"kline", "aggreDepth", "aggreDeals", "aggreBookTicker"}) {
        Recorder sink;
        CHECK(session->on_binary(padded(from_hex(*(*wire_samples)[name]["hex"].text())), sink).has_value());
        Recorder empty;
        (void)session->on_binary(padded(std::string{"\x0a\x01x", 3}), empty);
        CHECK(empty.tickers.size() + empty.trades.size() + empty.candles.size() + empty.books.size() == 0);
    }
}

TEST_CASE("MEXC futures stream: login, filter, then live") {
    const auto control = wire::Json::parse(golden("ws-futures-control-messages.json"));
    const auto session = replies->open_session(
        plan_of(market::Market::futures, true, {TopicKind::orders, TopicKind::fills, TopicKind::positions, TopicKind::balances}), nullptr);
    Recorder sink;
    session->on_open();
    CHECK(session->state() == State::needs_login);
    CHECK(session->take_frames().empty());
    CHECK(hand_text(*session, sink, text_of(*control, "server_pong")).has_value());
    CHECK(hand_text(*session, sink, text_of(*control, "server_login")).has_value());
    CHECK(session->state() == State::subscribing);
    const auto frames = session->take_frames();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0] == R"({"method":"personal.filter","param":{"filters":[{"filter":"order"},{"filter":"order.deal"},{"filter":"position"},{"filter":"asset"}]}})");
    CHECK(hand_text(*session, sink, text_of(*control, "server_filter")).has_value());
    CHECK(session->state() == State::live);
    CHECK(session->ping() == text_of(*control, "client_ping"));

    const auto refused = replies->open_session(plan_of(market::Market::futures, true, {TopicKind::orders}), nullptr);
    refused->on_open();
    CHECK(!hand_text(*refused, sink, R"({"channel":"rs.error","data":"Confirming signature failed","ts":"1"})"));
    CHECK(refused->state() == State::refused);
    CHECK(refused->problem()->code == ProblemCode::invalid_secret);

    const auto open = replies->open_session(plan_of(market::Market::futures, false, {TopicKind::trades, TopicKind::ticker}, "BTC/USDT:USDT"), nullptr);
    open->on_open();
    const auto subscriptions = open->take_frames();
    REQUIRE(subscriptions.size() == 2);
    CHECK(subscriptions[0] == R"({"method":"sub.deal","param":{"symbol":"BTC_USDT"},"gzip":false})");
    CHECK(hand_text(*open, sink, text_of(*control, "server_subscribed")).has_value());
    CHECK(open->state() == State::subscribing);
    CHECK(hand_text(*open, sink, R"({"channel":"rs.sub.ticker","data":"success","ts":1})").has_value());
    CHECK(open->state() == State::live);
    CHECK(hand_text(*open, sink, text_of(*control, "server_error")).error().code == ProblemCode::invalid_symbol);
    CHECK(open->state() == State::live);
}

TEST_CASE("MEXC futures stream: every recorded push becomes its event") {
    Instruments instruments;
    instruments["BTC_USDT"].symbol = market::Symbol::parse("BTC/USDT:USDT");
    instruments["BTC_USDT"].contract_size = "0.0001"_d;
    const auto session = replies->open_session(plan_of(market::Market::futures, false, {}), &instruments);
    Recorder sink;
    for (const char* name : {"deal", "depth", "kline", "personal-order", "personal-order-deal", "personal-position", "personal-asset"}) {
        CAPTURE(name);
        CHECK(hand_text(*session, sink, golden(std::string{"ws-futures-push-"} + name + ".json")).has_value());
    }
    CHECK(hand_text(*session, sink, R"({"channel":"push.ticker","data":{"symbol":"BTC_USDT","lastPrice":31199,"bid1":"31198.5","ask1":3.1199E4,"fairPrice":31199.5,"timestamp":1609831334016},"symbol":"BTC_USDT","ts":1})").has_value());
    REQUIRE(sink.trades.size() == 1);
    CHECK(sink.trades[0].price == "115309.8"_d);
    CHECK(sink.trades[0].quantity == "0.0055"_d);
    CHECK(sink.trades[0].taker_side == market::Side::sell);
    CHECK(sink.trades[0].at == Instant::from_ms(1755487578276));
    REQUIRE(sink.books.size() == 1);
    CHECK(sink.books[0].sequence_from == 4895965271);
    CHECK(sink.books[0].sequence_to == 4895965272);
    CHECK(sink.books[0].bids.at(0).quantity == Decimal{35460});
    REQUIRE(sink.candles.size() == 1);
    CHECK(sink.candles[0].candle.open_time == Instant::from_ms(1651230660000));
    CHECK(sink.candles[0].candle.volume == "8.3808"_d);
    REQUIRE(sink.orders.size() == 1);
    CHECK(sink.orders[0].status == market::OrderStatus::filled);
    CHECK(sink.orders[0].side == market::Side::sell);
    CHECK(sink.orders[0].reduce_only == true);
    CHECK(sink.orders[0].native_quantity == "1");
    REQUIRE(sink.fills.size() == 1);
    CHECK(sink.fills[0].id == "987654321");
    CHECK(sink.fills[0].quantity == "0.001"_d);
    CHECK(sink.fills[0].liquidity == market::Liquidity::taker);
    REQUIRE(sink.positions.size() == 1);
    CHECK(sink.positions[0].native_quantity == "0");
    REQUIRE(sink.balances.size() == 1);
    CHECK(sink.balances[0].total == "0.7514236"_d);
    REQUIRE(sink.tickers.size() == 1);
    CHECK(sink.tickers[0].ask == Decimal{31199});
    CHECK(sink.tickers[0].mark == "31199.5"_d);
}

TEST_CASE("MEXC streams: fixed addresses where no call is needed") {
    CHECK(replies->fixed_stream_address(plan_of(market::Market::futures, true, {}))->url == "wss://contract.mexc.com/edge");
    CHECK(replies->fixed_stream_address(plan_of(market::Market::spot, false, {}))->url == "wss://wbs-api.mexc.com/ws");
    CHECK(!replies->fixed_stream_address(plan_of(market::Market::spot, true, {})));
}
