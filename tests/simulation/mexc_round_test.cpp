// Our MEXC adapter against the simulated MEXC, in memory: what the calls half writes goes into the wire face, what comes back into the
// replies half and the stream sessions. The two sides share no code for signatures and none for protobuf.
#include "exchange/mexc/calls/calls.hpp"
#include "exchange/mexc/replies/replies.hpp"
#include "simulator/world.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::exchange;
using market::Market;

namespace {

const Instant kStart = Instant::from_ms(1'790'000'000'000);

/// A client's WebSocket: frames of the exchange go into a session, frames of the session into the exchange.
struct Line final : simulator::Outbox {
    std::unique_ptr<StreamSession> session;
    StreamSink& sink;
    std::vector<std::string> problems;
    bool closed{false};
    Line(std::unique_ptr<StreamSession> s, StreamSink& k) : session{std::move(s)}, sink{k} {}
    void note(const Answer<void>& answer) {
        if (!answer) problems.push_back(answer.error().exchange_message);
    }
    void send_text(std::string message) override {
        message.reserve(message.size() + 64);
        note(session->on_text(message, sink));
    }
    void send_binary(std::string message) override {
        message.reserve(message.size() + 64);
        note(session->on_binary(message, sink));
    }
    void close(std::uint16_t, std::string_view) override { closed = true; }
};

struct Events final : StreamSink {
    std::vector<market::Order> orders;
    std::vector<market::Fill> fills;
    std::vector<market::Balance> balances;
    std::vector<market::Position> positions;
    int tickers{0}, trades{0}, candles{0}, books{0};
    void on_order(const market::Order& order) override { orders.push_back(order); }
    void on_fill(const market::Fill& fill) override { fills.push_back(fill); }
    void on_balance(const market::Balance& balance) override { balances.push_back(balance); }
    void on_position(const market::Position& position) override { positions.push_back(position); }
    void on_ticker(const TickerEvent&) override { ++tickers; }
    void on_trade(const TradeEvent&) override { ++trades; }
    void on_candle(const CandleEvent&) override { ++candles; }
    void on_book(const BookEvent&) override { ++books; }
};

struct Bench {
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<Calls> calls = exchange::mexc::make_calls();
    std::unique_ptr<Replies> replies = exchange::mexc::make_replies();
    std::unique_ptr<Key> key;
    std::string account;
    Instruments instruments;
    Instant now{kStart};

    explicit Bench(const std::string& permissions = R"("read","spot","futures")", const std::string& more = {}) {
        simulator::Options options;
        options.exchanges = {"mexc"};
        options.start = kStart;
        world = std::move(simulator::World::create(options)).value();
        const auto made = wire::Json::parse(admin("/admin/keys", R"({"exchange":"mexc","permissions":[)" + permissions + R"(],"balances":{"USDT":"10000","BTC":"1"})" + more + "}"));
        REQUIRE(made);
        take((*made)["key"].text().value_or(""), (*made)["secret"].text().value_or(""));
        account = (*made)["account"].text().value_or("");
    }
    void take(std::string_view name, std::string_view secret) {
        key = calls->make_key({crypto::Secret::take(std::string{name}), crypto::Secret::take(std::string{secret}), std::nullopt});
    }
    std::string admin(const std::string& path, const std::string& body) {
        return world->handle({wire::Method::post, path, {}, body, "127.0.0.1", false}).response.body;
    }
    void pass(milliseconds span) { world->advance(now = now + span); }

    simulator::Inbound inbound(const wire::Request& request) const {
        return {request.method, (request.host == "contract.mexc.com" ? "/mexc/futures" : "/mexc") + request.target, request.headers, request.body, "127.0.0.1", false};
    }
    wire::Response send(const Call& call) {
        REQUIRE(check_arguments(call).has_value());
        RequestList out;
        const auto written = calls->write(call, key.get(), now, out);
        if (!written) FAIL(written.error().detail);
        wire::Response last;
        for (std::size_t i = 0; i < out.size(); ++i) last = world->handle(inbound(out[i])).response;
        return last;
    }
    Asked asked(const Call& call) const { return {call, now, &instruments}; }

    template <class T>
    T ask(Answer<T> (Replies::*read)(const wire::Response&, const Asked&) const, const Call& call) {
        auto answer = (replies.get()->*read)(send(call), asked(call));
        if (!answer) FAIL(to_string(call.operation), ": ", to_string(answer.error().code), " ", answer.error().exchange_code, " ", answer.error().exchange_message);
        if constexpr (!std::is_void_v<T>) return std::move(answer).value();
    }
    template <class T>
    ProblemCode refusal(Answer<T> (Replies::*read)(const wire::Response&, const Asked&) const, const Call& call) {
        auto answer = (replies.get()->*read)(send(call), asked(call));
        REQUIRE(!answer);
        return answer.error().code;
    }
    void learn(Market market) {
        Call call;
        call.operation = Operation::instruments;
        call.market = market;
        for (auto& instrument : ask(&Replies::instruments, call)) instruments[instrument.native_symbol] = instrument;
    }
    /// Opens a line as `plan` says, signed in where that is needed, and runs it until it is live.
    std::unique_ptr<simulator::Socket> open(Line& line, const StreamPlan& plan) {
        std::string target = plan.market == Market::futures ? "/mexc/futures/edge" : "/mexc/ws";
        if (plan.is_private && plan.market == Market::spot) {
            Call call;
            call.operation = Operation::private_stream;
            target += "?listenKey=" + *ask(&Replies::stream_address, call).listen_key;
        }
        auto opened = world->open_socket({wire::Method::get, target, {}, {}, "127.0.0.1", false}, line);
        REQUIRE(opened.socket != nullptr);
        line.session->on_open();
        if (line.session->state() == StreamSession::State::needs_login) {
            Call call;
            call.operation = Operation::stream_login;
            call.market = Market::futures;
            RequestList out;
            REQUIRE(calls->write(call, key.get(), now, out).has_value());
            opened.socket->on_text(out[0].body);
        }
        pump(line, *opened.socket);
        return std::move(opened.socket);
    }
    static void pump(Line& line, simulator::Socket& socket) {
        for (auto frames = line.session->take_frames(); !frames.empty(); frames = line.session->take_frames())
            for (const auto& frame : frames) socket.on_text(frame);
    }
};

Call call_of(Market market, Operation operation, const char* symbol = nullptr) {
    Call call;
    call.market = market;
    call.operation = operation;
    if (symbol != nullptr) call.symbol = market::Symbol::parse(symbol);
    return call;
}

StreamPlan private_plan(Market market) {
    StreamPlan plan;
    plan.market = market;
    plan.is_private = true;
    for (const auto kind : {TopicKind::orders, TopicKind::fills, TopicKind::balances, TopicKind::positions})
        if (market == Market::futures || kind != TopicKind::positions) plan.topics.push_back({kind, {}, {}});
    return plan;
}

}  // namespace

TEST_CASE("MEXC: key, account and symbols of a simulated key read as they were made") {
    Bench bench;
    const auto info = bench.ask(&Replies::key_info, call_of(Market::spot, Operation::key_info));
    CHECK(info.claims.read.answer == Ternary::yes);
    CHECK(info.claims.spot_trade.answer == Ternary::yes);
    CHECK(info.claims.futures_trade.answer == Ternary::yes);
    CHECK(info.claims.withdraw.answer == Ternary::no);
    CHECK(info.claims.ip_bound.answer == Ternary::no);
    CHECK(bench.ask(&Replies::account_id, call_of(Market::spot, Operation::account_id)) == bench.account);
    CHECK(bench.ask(&Replies::identity_sufficient, call_of(Market::futures, Operation::identity_level)) == Ternary::yes);
    const auto symbols = bench.ask(&Replies::tradable_symbols, call_of(Market::spot, Operation::tradable_symbols));
    CHECK(std::find(symbols.begin(), symbols.end(), "BTCUSDT") != symbols.end());
    CHECK(std::find(symbols.begin(), symbols.end(), "XRPUSDT") == symbols.end());
    CHECK(bench.ask(&Replies::server_time, call_of(Market::spot, Operation::server_time)) == kStart);
    CHECK(bench.ask(&Replies::server_time, call_of(Market::futures, Operation::server_time)) == kStart);
    Bench unsafe{R"("read","withdraw","transfer")", R"(,"ip_allow_list":["127.0.0.1"])"};
    const auto dangerous = unsafe.ask(&Replies::key_info, call_of(Market::spot, Operation::key_info));
    CHECK(dangerous.claims.withdraw.answer == Ternary::yes);
    CHECK(dangerous.claims.transfer.answer == Ternary::yes);
    CHECK(dangerous.claims.ip_bound.answer == Ternary::yes);
    CHECK(!dangerous.expires_at);
}

TEST_CASE("MEXC: the classic refusals, in the exchange's codes and ours") {
    Bench bench;
    const auto spot = call_of(Market::spot, Operation::balances), futures = call_of(Market::futures, Operation::balances);
    bench.take("mx0vglNobodyKnows1", "45d0b3c26f2644f19bfb98b07741b2f5");
    CHECK(bench.refusal(&Replies::balances, spot) == ProblemCode::invalid_key);
    CHECK(bench.refusal(&Replies::balances, futures) == ProblemCode::invalid_key);
    CHECK(bench.send(spot).status == 400);

    Bench address{R"("read")", R"(,"ip_allow_list":["203.0.113.7"],"source_ip":"198.51.100.9")"};
    CHECK(address.refusal(&Replies::balances, spot) == ProblemCode::ip_not_allowed);
    CHECK(address.replies->balances(address.send(spot), address.asked(spot)).error().seen_address == "198.51.100.9");
    CHECK(address.refusal(&Replies::balances, futures) == ProblemCode::ip_not_allowed);

    Bench late;
    late.admin("/admin/clock", R"({"exchange":"mexc","skew_ms":20000})");
    CHECK(late.refusal(&Replies::balances, spot) == ProblemCode::clock_skew);
    CHECK(late.refusal(&Replies::balances, futures) == ProblemCode::clock_skew);

    Bench expired{R"("read")", R"(,"expires_at":1789999999999)"};
    CHECK(expired.refusal(&Replies::balances, spot) == ProblemCode::invalid_secret);
    CHECK(expired.replies->balances(expired.send(spot), expired.asked(spot)).error().candidates == std::vector{ProblemCode::key_expired});
    CHECK(expired.refusal(&Replies::balances, futures) == ProblemCode::key_expired);

    Bench reader{R"("read")"};
    Call order = call_of(Market::spot, Operation::test_order, "BTC/USDT");
    order.side = market::Side::buy;
    order.type = market::OrderType::limit;
    order.quantity = "0.001"_d;
    order.price = Decimal{50000};
    CHECK(reader.refusal(&Replies::placed, order) == ProblemCode::no_trade_permission);
    Bench trader{R"("spot")"};
    CHECK(trader.refusal(&Replies::balances, spot) == ProblemCode::no_read_permission);
    CHECK(trader.refusal(&Replies::balances, futures) == ProblemCode::no_read_permission);
    CHECK(trader.refusal(&Replies::positions, call_of(Market::futures, Operation::positions)) == ProblemCode::no_futures_permission);
}

TEST_CASE("MEXC: a body or query changed after signing is refused") {
    Bench bench;
    RequestList out;
    REQUIRE(bench.calls->write(call_of(Market::spot, Operation::balances), bench.key.get(), bench.now, out).has_value());
    auto request = bench.inbound(out[0]);
    request.target.replace(request.target.find("recvWindow=5000"), 15, "recvWindow=6000");
    CHECK(bench.world->handle(request).response.body.find("700002") != std::string::npos);
    Call cancel = call_of(Market::futures, Operation::cancel_order);
    cancel.order_id = "12";
    out.clear();
    REQUIRE(bench.calls->write(cancel, bench.key.get(), bench.now, out).has_value());
    request = bench.inbound(out[0]);
    request.body = R"(["13"])";
    CHECK(bench.world->handle(request).response.body.find("602") != std::string::npos);
}

TEST_CASE("MEXC spot: an order's whole life over REST and the private stream") {
    Bench bench;
    bench.learn(Market::spot);
    CHECK(bench.instruments["XRPUSDT"].api_tradable == false);
    CHECK(bench.instruments["MXUSDT"].order_types == market::OrderTypes{market::OrderType::limit});
    bench.admin("/admin/price", R"({"exchange":"mexc","symbol":"BTC/USDT","price":"60000"})");
    Events events;
    const auto plan = private_plan(Market::spot);
    Line line{bench.replies->open_session(plan, &bench.instruments), events};
    const auto socket = bench.open(line, plan);
    CHECK(line.session->state() == StreamSession::State::live);

    Call order = call_of(Market::spot, Operation::test_order, "BTC/USDT");
    order.side = market::Side::buy;
    order.type = market::OrderType::limit;
    order.quantity = "0.01"_d;
    order.price = Decimal{59000};
    order.client_order_id = "round-1";
    CHECK(!bench.ask(&Replies::placed, order).id);
    order.operation = Operation::place_order;
    const auto placed = bench.ask(&Replies::placed, order);
    REQUIRE(placed.id);
    Call query = call_of(Market::spot, Operation::order, "BTC/USDT");
    query.client_order_id = "round-1";
    auto found = bench.ask(&Replies::order, query);
    CHECK(found.id == placed.id);
    CHECK(found.status == market::OrderStatus::open);
    CHECK(found.symbol->to_string() == "BTC/USDT");
    CHECK(bench.ask(&Replies::open_orders, call_of(Market::spot, Operation::open_orders, "BTC/USDT")).size() == 1);

    bench.admin("/admin/trade", R"({"exchange":"mexc","symbol":"BTC/USDT","side":"sell","price":"59000","quantity":"0.004"})");
    found = bench.ask(&Replies::order, query);
    CHECK(found.status == market::OrderStatus::partially_filled);
    CHECK(found.filled == "0.004"_d);
    const auto fills = bench.ask(&Replies::fills, call_of(Market::spot, Operation::fills, "BTC/USDT"));
    REQUIRE(fills.size() == 1);
    CHECK(fills[0].quantity == "0.004"_d);
    CHECK(fills[0].liquidity == market::Liquidity::maker);
    Call cancel = query;
    cancel.operation = Operation::cancel_order;
    CHECK(bench.ask(&Replies::canceled, cancel).id == placed.id);
    CHECK(bench.refusal(&Replies::canceled, cancel) == ProblemCode::order_not_found);
    CHECK(bench.ask(&Replies::order, query).status == market::OrderStatus::canceled);

    REQUIRE(events.orders.size() == 3);
    CHECK(events.orders[0].status == market::OrderStatus::open);
    CHECK(events.orders[1].status == market::OrderStatus::partially_filled);
    CHECK(events.orders[1].client_order_id == "round-1");
    CHECK(events.orders[2].status == market::OrderStatus::canceled);
    REQUIRE(events.fills.size() == 1);
    CHECK(events.fills[0].id == fills[0].id);
    CHECK(events.fills[0].fee == fills[0].fee);
    CHECK(!events.balances.empty());
    CHECK(line.problems.empty());

    order.symbol = market::Symbol::parse("XRP/USDT");
    order.price = Decimal{2};
    order.quantity = Decimal{10};
    CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::invalid_symbol);
    order.symbol = market::Symbol::parse("MX/USDT");
    order.type = market::OrderType::market;
    order.price.reset();
    CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::other);
    Call renew = call_of(Market::spot, Operation::renew_stream);
    renew.listen_key = "unknown";
    CHECK(bench.refusal(&Replies::done, renew) == ProblemCode::other);
}

TEST_CASE("MEXC futures: open, see and close a position over REST and the private stream") {
    Bench bench;
    bench.learn(Market::futures);
    bench.admin("/admin/price", R"({"exchange":"mexc","symbol":"BTC/USDT:USDT","price":"60000"})");
    Events events;
    const auto plan = private_plan(Market::futures);
    Line line{bench.replies->open_session(plan, &bench.instruments), events};
    const auto socket = bench.open(line, plan);
    CHECK(line.session->state() == StreamSession::State::live);
    CHECK(bench.ask(&Replies::position_mode, call_of(Market::futures, Operation::position_mode)) == market::PositionMode::one_way);
    Call leverage = call_of(Market::futures, Operation::set_leverage, "BTC/USDT:USDT");
    leverage.leverage = 10;
    leverage.margin_mode = market::MarginMode::isolated;
    bench.ask(&Replies::done, leverage);

    Call order = call_of(Market::futures, Operation::place_order, "BTC/USDT:USDT");
    order.side = market::Side::buy;
    order.type = market::OrderType::market;
    order.quantity = "0.01"_d;
    order.contract_size = bench.instruments["BTC_USDT"].contract_size;
    order.margin_mode = market::MarginMode::isolated;
    order.leverage = 10;
    order.position_mode = market::PositionMode::one_way;
    order.client_order_id = "round-2";
    const auto placed = bench.ask(&Replies::placed, order);
    Call query = call_of(Market::futures, Operation::order, "BTC/USDT:USDT");
    query.client_order_id = "round-2";
    const auto found = bench.ask(&Replies::order, query);
    CHECK(found.id == placed.id);
    CHECK(found.status == market::OrderStatus::filled);
    CHECK(found.filled == "0.01"_d);
    auto positions = bench.ask(&Replies::positions, call_of(Market::futures, Operation::positions));
    REQUIRE(positions.size() == 1);
    CHECK(positions[0].quantity == "0.01"_d);
    CHECK(positions[0].side == market::PositionSide::long_side);
    CHECK(positions[0].leverage == Decimal{10});
    CHECK(positions[0].margin_mode == market::MarginMode::isolated);
    const auto fills = bench.ask(&Replies::fills, call_of(Market::futures, Operation::fills, "BTC/USDT:USDT"));
    REQUIRE(!fills.empty());
    CHECK(fills[0].order_id == placed.id);

    order.side = market::Side::sell;
    order.reduce_only = true;
    order.client_order_id = "round-3";
    bench.ask(&Replies::placed, order);
    CHECK(bench.ask(&Replies::positions, call_of(Market::futures, Operation::positions)).empty());
    CHECK(bench.refusal(&Replies::placed, order) != ProblemCode::exchange_unavailable);
    order.client_order_id = "round-4";
    CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::reduce_only_rejected);
    Call cancel = call_of(Market::futures, Operation::cancel_order);
    cancel.order_id = *placed.id;
    CHECK(bench.refusal(&Replies::canceled, cancel) == ProblemCode::order_not_found);

    CHECK(!events.fills.empty());
    CHECK(!events.orders.empty());
    CHECK(events.orders.back().status == market::OrderStatus::filled);
    CHECK(!events.positions.empty());
    CHECK(events.positions.back().quantity == Decimal{0});
    CHECK(!events.balances.empty());
    CHECK(line.problems.empty());
}

TEST_CASE("MEXC: public data over REST and the streams of both products") {
    Bench bench;
    for (const auto market : {Market::spot, Market::futures}) {
        bench.learn(market);
        const char* const symbol = market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT";
        const auto ticker = bench.ask(&Replies::ticker, call_of(market, Operation::ticker, symbol));
        CHECK(ticker.symbol->to_string() == symbol);
        CHECK(*ticker.bid < *ticker.ask);
        Call candles = call_of(market, Operation::candles, symbol);
        candles.interval = market::Interval::h1;
        candles.limit = 5;
        const auto list = bench.ask(&Replies::candles, candles);
        REQUIRE(list.size() >= 4);
        CHECK(list[1].open_time - list[0].open_time == milliseconds{3'600'000});
        CHECK(list[0].volume.has_value());

        Events events;
        StreamPlan plan;
        plan.market = market;
        for (const auto kind : {TopicKind::ticker, TopicKind::trades, TopicKind::candles, TopicKind::book})
            plan.topics.push_back({kind, market::Symbol::parse(symbol), market::Interval::m1});
        Line line{bench.replies->open_session(plan, &bench.instruments), events};
        const auto socket = bench.open(line, plan);
        CHECK(line.session->state() == StreamSession::State::live);
        for (int second = 0; second < 5; ++second) bench.pass(milliseconds{1000});
        CHECK(events.tickers > 0);
        CHECK(events.trades > 0);
        CHECK(events.candles > 0);
        CHECK(events.books > 0);
        CHECK(line.problems.empty());
        // A client that stays silent is cut off after a minute.
        for (int second = 0; second < 70; ++second) bench.pass(milliseconds{1000});
        CHECK(line.closed);
    }
}

TEST_CASE("MEXC: over the limit is answered with 429 and how long to wait") {
    Bench bench;
    const auto call = call_of(Market::futures, Operation::balances);
    for (int i = 0; i < 20; ++i) CHECK(bench.send(call).status == 200);
    const auto refused = bench.replies->balances(bench.send(call), bench.asked(call));
    REQUIRE(!refused);
    CHECK(refused.error().code == ProblemCode::rate_limited);
    CHECK(refused.error().retry_after_s.value_or(0) >= 1);
    bench.pass(milliseconds{2000});
    CHECK(bench.send(call).status == 200);
}
