// Our KuCoin adapter against the simulated KuCoin, in memory: what the calls half writes goes into the wire face, what comes back into
// the replies half and the stream sessions. Classic and unified accounts. The two sides share no code for signatures.
#include "exchange/kucoin/calls/calls.hpp"
#include "exchange/kucoin/replies/replies.hpp"
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
    void send_text(std::string message) override {
        message.reserve(message.size() + 64);
        if (auto read = session->on_text(message, sink); !read) problems.push_back(read.error().exchange_message + ": " + message);
    }
    void send_binary(std::string) override { problems.emplace_back("a binary frame"); }
    void close(std::uint16_t, std::string_view) override { closed = true; }
};

struct Events final : StreamSink {
    std::vector<market::Order> orders;
    std::vector<market::Fill> fills;
    std::vector<market::Balance> balances;
    std::vector<market::Position> positions;
    int tickers{0}, trades{0}, candles{0}, books{0};
    bool mark{false};
    void on_order(const market::Order& order) override { orders.push_back(order); }
    void on_fill(const market::Fill& fill) override { fills.push_back(fill); }
    void on_balance(const market::Balance& balance) override { balances.push_back(balance); }
    void on_position(const market::Position& position) override { positions.push_back(position); }
    void on_ticker(const TickerEvent& event) override { ++tickers; mark = mark || event.mark.has_value(); }
    void on_trade(const TradeEvent&) override { ++trades; }
    void on_candle(const CandleEvent&) override { ++candles; }
    void on_book(const BookEvent&) override { ++books; }
};

struct Bench {
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<Calls> calls = exchange::kucoin::make_calls();
    std::unique_ptr<Replies> replies = exchange::kucoin::make_replies();
    std::unique_ptr<Key> key;
    std::string name, secret, passphrase, account;
    AccountMode mode{AccountMode::classic};
    Instruments instruments;
    Instant now{kStart};

    explicit Bench(const std::string& permissions = R"("read","spot","futures")", const std::string& more = {}) {
        simulator::Options options;
        options.exchanges = {"kucoin"};
        options.start = kStart;
        world = std::move(simulator::World::create(options)).value();
        const auto made = wire::Json::parse(admin("/admin/keys", R"({"exchange":"kucoin","permissions":[)" + permissions + R"(],"balances":{"USDT":"10000","BTC":"1"})" + more + "}"));
        REQUIRE(made);
        name = (*made)["key"].text().value_or("");
        secret = (*made)["secret"].text().value_or("");
        passphrase = (*made)["passphrase"].text().value_or("");
        account = (*made)["account"].text().value_or("");
        take(name, secret, passphrase);
    }
    void take(std::string key_text, std::string secret_text, std::string passphrase_text) {
        key = calls->make_key({crypto::Secret::take(std::move(key_text)), crypto::Secret::take(std::move(secret_text)), crypto::Secret::take(std::move(passphrase_text))});
    }
    std::string admin(const std::string& path, const std::string& body) {
        return world->handle({wire::Method::post, path, {}, body, "127.0.0.1", false}).response.body;
    }
    void pass(milliseconds span) { world->advance(now = now + span); }

    simulator::Inbound inbound(const wire::Request& request) const {
        const bool futures = request.host == "api-futures.kucoin.com";
        return {request.method, (futures ? "/kucoin/futures" : "/kucoin") + request.target, request.headers, request.body, "127.0.0.1", false};
    }
    wire::Response send(Call call) {
        call.account_mode = mode;
        REQUIRE(check_arguments(call).has_value());
        RequestList out;
        const auto written = calls->write(call, key.get(), now, out);
        if (!written) FAIL(written.error().detail);
        return world->handle(inbound(out[0])).response;
    }
    template <class T>
    Answer<T> answer(Answer<T> (Replies::*read)(const wire::Response&, const Asked&) const, Call call) {
        call.account_mode = mode;
        return (replies.get()->*read)(send(call), {call, now, &instruments});
    }
    template <class T>
    T ask(Answer<T> (Replies::*read)(const wire::Response&, const Asked&) const, const Call& call) {
        auto got = answer(read, call);
        if (!got) FAIL(to_string(call.operation), ": ", to_string(got.error().code), " ", got.error().exchange_code, " ", got.error().exchange_message);
        if constexpr (!std::is_void_v<T>) return std::move(got).value();
    }
    template <class T>
    ProblemCode refusal(Answer<T> (Replies::*read)(const wire::Response&, const Asked&) const, const Call& call) {
        const auto got = answer(read, call);
        REQUIRE(!got);
        return got.error().code;
    }
    void learn(Market market) {
        Call call;
        call.operation = Operation::instruments;
        call.market = market;
        for (auto& instrument : ask(&Replies::instruments, call)) instruments[instrument.native_symbol] = instrument;
    }
    /// Asks for a token, opens a line with it as `plan` says and runs it until it is live.
    std::unique_ptr<simulator::Socket> open(Line& line, const StreamPlan& plan) {
        Call call;
        call.operation = plan.is_private ? Operation::private_stream : Operation::public_stream;
        call.market = plan.market;
        const auto url = wire::Url::parse(ask(&Replies::stream_address, call).url);
        REQUIRE(url);
        auto opened = world->open_socket({wire::Method::get, url->target, {}, {}, "127.0.0.1", false}, line);
        REQUIRE(opened.socket != nullptr);
        line.session->on_open();
        for (auto frames = line.session->take_frames(); !frames.empty(); frames = line.session->take_frames())
            for (const auto& frame : frames) opened.socket->on_text(frame);
        return std::move(opened.socket);
    }
};

Call call_of(Market market, Operation operation, const char* symbol = nullptr) {
    Call call;
    call.market = market;
    call.operation = operation;
    if (symbol != nullptr) call.symbol = market::Symbol::parse(symbol);
    return call;
}
Call order_of(Market market, market::Side side, const char* quantity, const char* price, const char* id) {
    Call call = call_of(market, Operation::place_order, market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT");
    call.side = side;
    call.type = price == nullptr ? market::OrderType::market : market::OrderType::limit;
    call.quantity = Decimal::parse(quantity).value();
    if (price != nullptr) call.price = Decimal::parse(price).value();
    call.client_order_id = id;
    if (market == Market::spot) return call;
    call.contract_size = "0.001"_d;
    call.margin_mode = market::MarginMode::isolated;
    call.leverage = 10;
    call.position_mode = market::PositionMode::one_way;
    return call;
}

StreamPlan private_plan(Market market, AccountMode mode) {
    StreamPlan plan;
    plan.market = market;
    plan.account_mode = mode;
    plan.is_private = true;
    for (const auto kind : {TopicKind::orders, TopicKind::fills, TopicKind::balances, TopicKind::positions})
        if (market == Market::futures || kind != TopicKind::positions) plan.topics.push_back({kind, {}, {}});
    return plan;
}

}  // namespace

TEST_CASE("KuCoin: key, account and clock of a simulated key read as they were made") {
    Bench bench;
    const auto info = bench.ask(&Replies::key_info, call_of(Market::spot, Operation::key_info));
    CHECK(info.claims.read.answer == Ternary::yes);
    CHECK(info.claims.spot_trade.answer == Ternary::yes);
    CHECK(info.claims.futures_trade.answer == Ternary::yes);
    CHECK(info.claims.withdraw.answer == Ternary::no);
    CHECK(info.claims.transfer.answer == Ternary::no);
    CHECK(info.claims.ip_bound.answer == Ternary::unknown);
    CHECK(info.key_version == 3);
    CHECK(bench.ask(&Replies::account_mode, call_of(Market::spot, Operation::account_mode)) == AccountMode::classic);
    CHECK(bench.ask(&Replies::egress_address, call_of(Market::spot, Operation::egress_address)) == "127.0.0.1");
    for (const auto market : {Market::spot, Market::futures}) {
        CHECK(bench.ask(&Replies::service_status, call_of(market, Operation::service_status)) == ServiceStatus::open);
        CHECK(bench.ask(&Replies::server_time, call_of(market, Operation::server_time)) == kStart);
        const auto balances = bench.ask(&Replies::balances, call_of(market, Operation::balances));
        const auto usdt = std::find_if(balances.begin(), balances.end(), [](const auto& balance) { return balance.asset == "USDT"; });
        REQUIRE(usdt != balances.end());
        CHECK(usdt->free == Decimal{10000});
        CHECK(usdt->total == Decimal{10000});
    }
    Bench unsafe{R"("read","spot","withdraw","transfer")", R"(,"ip_allow_list":["127.0.0.1"])"};
    const auto dangerous = unsafe.ask(&Replies::key_info, call_of(Market::spot, Operation::key_info));
    CHECK(dangerous.claims.withdraw.answer == Ternary::yes);
    CHECK(dangerous.claims.transfer.answer == Ternary::yes);
    CHECK(dangerous.claims.ip_bound.answer == Ternary::yes);
}

TEST_CASE("KuCoin: the classic refusals, in the exchange's codes and ours") {
    const auto call = call_of(Market::spot, Operation::key_info);
    Bench bench;
    bench.take("6705f5c311545b000157d3ff", bench.secret, bench.passphrase);
    CHECK(bench.refusal(&Replies::key_info, call) == ProblemCode::invalid_key);
    bench.take(bench.name, "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", bench.passphrase);
    const auto secret = bench.answer(&Replies::key_info, call);
    REQUIRE(!secret);
    // The wrong secret spoils the passphrase's code first.
    CHECK(secret.error().code == ProblemCode::invalid_passphrase);
    CHECK(secret.error().candidates == std::vector{ProblemCode::invalid_secret});
    bench.take(bench.name, bench.secret, "not-the-passphrase");
    CHECK(bench.refusal(&Replies::key_info, call) == ProblemCode::invalid_passphrase);

    Bench address{R"("read")", R"(,"ip_allow_list":["203.0.113.7"],"source_ip":"198.51.100.9")"};
    const auto outside = address.answer(&Replies::key_info, call);
    REQUIRE(!outside);
    CHECK(outside.error().code == ProblemCode::ip_not_allowed);
    CHECK(outside.error().seen_address == "198.51.100.9");

    Bench late;
    late.admin("/admin/clock", R"({"exchange":"kucoin","skew_ms":20000})");
    CHECK(late.refusal(&Replies::key_info, call) == ProblemCode::clock_skew);

    Bench reader{R"("read")"};
    auto order = order_of(Market::spot, market::Side::buy, "0.001", "20000", "right-1");
    order.operation = Operation::test_order;
    CHECK(reader.refusal(&Replies::placed, order) == ProblemCode::no_trade_permission);
    auto contract = order_of(Market::futures, market::Side::buy, "0.001", "20000", "right-2");
    contract.operation = Operation::test_order;
    CHECK(reader.refusal(&Replies::placed, contract) == ProblemCode::no_futures_permission);
    Bench trader{R"("spot")"};
    CHECK(trader.refusal(&Replies::balances, call_of(Market::spot, Operation::balances)) == ProblemCode::no_read_permission);
}

TEST_CASE("KuCoin: a body changed after signing is refused") {
    Bench bench;
    RequestList out;
    REQUIRE(bench.calls->write(order_of(Market::spot, market::Side::buy, "0.001", "20000", "tamper-1"), bench.key.get(), bench.now, out).has_value());
    auto request = bench.inbound(out[0]);
    request.body.replace(request.body.find("0.001"), 5, "0.009");
    CHECK(bench.world->handle(request).response.body.find("400005") != std::string::npos);
}

TEST_CASE("KuCoin spot: an order's whole life over REST and the private stream") {
    for (const auto mode : {AccountMode::classic, AccountMode::unified}) {
        CAPTURE(static_cast<int>(mode));
        Bench bench{R"("read","spot","futures")", mode == AccountMode::unified ? R"(,"account_mode":"unified")" : ""};
        bench.mode = mode;
        bench.learn(Market::spot);
        CHECK(bench.instruments["XRP-USDT"].tradable == false);
        bench.admin("/admin/price", R"({"exchange":"kucoin","symbol":"BTC/USDT","price":"60000"})");
        Events events;
        const auto plan = private_plan(Market::spot, mode);
        Line line{bench.replies->open_session(plan, &bench.instruments), events};
        const auto socket = bench.open(line, plan);
        CHECK(line.session->state() == StreamSession::State::live);

        auto order = order_of(Market::spot, market::Side::buy, "0.01", "59000", "round-1");
        if (mode == AccountMode::classic) {
            order.operation = Operation::test_order;
            bench.ask(&Replies::placed, order);
            order.operation = Operation::place_order;
        }
        const auto placed = bench.ask(&Replies::placed, order);
        REQUIRE(placed.id);
        Call query = call_of(Market::spot, Operation::order, "BTC/USDT");
        query.client_order_id = "round-1";
        auto found = bench.ask(&Replies::order, query);
        CHECK(found.id == placed.id);
        CHECK(found.status == market::OrderStatus::open);
        CHECK(found.symbol->to_string() == "BTC/USDT");
        CHECK(found.quantity == "0.01"_d);
        CHECK(bench.ask(&Replies::open_orders, call_of(Market::spot, Operation::open_orders, "BTC/USDT")).size() == 1);
        CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::duplicate_client_order_id);

        bench.admin("/admin/trade", R"({"exchange":"kucoin","symbol":"BTC/USDT","side":"sell","price":"59000","quantity":"0.004"})");
        found = bench.ask(&Replies::order, query);
        CHECK(found.status == market::OrderStatus::partially_filled);
        CHECK(found.filled == "0.004"_d);
        const auto fills = bench.ask(&Replies::fills, call_of(Market::spot, Operation::fills, "BTC/USDT"));
        REQUIRE(fills.size() == 1);
        CHECK(fills[0].quantity == "0.004"_d);
        CHECK(fills[0].liquidity == market::Liquidity::maker);
        CHECK(fills[0].fee.has_value());
        Call cancel = query;
        cancel.operation = Operation::cancel_order;
        bench.ask(&Replies::canceled, cancel);
        CHECK(bench.refusal(&Replies::canceled, cancel) == ProblemCode::order_not_found);
        CHECK(bench.ask(&Replies::order, query).status == market::OrderStatus::canceled);

        for (const auto& problem : line.problems) FAIL_CHECK(problem);
        REQUIRE(events.orders.size() >= 3);
        CHECK(events.orders.front().status == market::OrderStatus::open);
        CHECK(events.orders.front().client_order_id == "round-1");
        CHECK(events.orders.back().status == market::OrderStatus::canceled);
        REQUIRE(events.fills.size() == 1);
        CHECK(events.fills[0].id == fills[0].id);
        CHECK(events.fills[0].quantity == fills[0].quantity);
        CHECK(!events.balances.empty());
    }
}

TEST_CASE("KuCoin spot: market orders and the exchange's rules") {
    Bench bench;
    bench.admin("/admin/price", R"({"exchange":"kucoin","symbol":"BTC/USDT","price":"60000"})");
    auto order = order_of(Market::spot, market::Side::buy, "1", nullptr, "rule-1");
    order.quantity.reset();
    order.quote_quantity = Decimal{600};
    bench.ask(&Replies::placed, order);
    Call query = call_of(Market::spot, Operation::order, "BTC/USDT");
    query.client_order_id = "rule-1";
    CHECK(bench.ask(&Replies::order, query).filled->is_positive());
    CHECK(bench.refusal(&Replies::placed, order_of(Market::spot, market::Side::buy, "1", "60000", "rule-2")) == ProblemCode::insufficient_balance);
    CHECK(bench.refusal(&Replies::placed, order_of(Market::spot, market::Side::buy, "0.0000001", "60000", "rule-3")) == ProblemCode::below_min_size);
    CHECK(bench.refusal(&Replies::placed, order_of(Market::spot, market::Side::buy, "0.001", "60000.123456", "rule-4")) == ProblemCode::price_or_size_step);
    order.symbol = market::Symbol::parse("NOPE/USDT");
    CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::invalid_symbol);
    query.client_order_id = "never-sent";
    CHECK(bench.refusal(&Replies::order, query) == ProblemCode::order_not_found);
}

TEST_CASE("KuCoin futures: open, see and close a position over REST and the private stream") {
    for (const auto mode : {AccountMode::classic, AccountMode::unified}) {
        CAPTURE(static_cast<int>(mode));
        Bench bench{R"("read","spot","futures")", mode == AccountMode::unified ? R"(,"account_mode":"unified")" : ""};
        bench.mode = mode;
        bench.learn(Market::futures);
        CHECK(bench.instruments["XBTUSDTM"].symbol->to_string() == "BTC/USDT:USDT");
        bench.admin("/admin/price", R"({"exchange":"kucoin","symbol":"BTC/USDT:USDT","price":"60000"})");
        Events events;
        const auto plan = private_plan(Market::futures, mode);
        Line line{bench.replies->open_session(plan, &bench.instruments), events};
        const auto socket = bench.open(line, plan);
        CHECK(line.session->state() == StreamSession::State::live);
        auto order = order_of(Market::futures, market::Side::buy, "0.01", nullptr, "round-2");
        if (mode == AccountMode::classic) {
            CHECK(bench.ask(&Replies::position_mode, call_of(Market::futures, Operation::position_mode)) == market::PositionMode::one_way);
            CHECK(bench.ask(&Replies::margin_mode, call_of(Market::futures, Operation::margin_mode, "BTC/USDT:USDT")) == market::MarginMode::isolated);
            order.operation = Operation::test_order;
            bench.ask(&Replies::placed, order);
            order.operation = Operation::place_order;
            order.margin_mode = market::MarginMode::cross;
            CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::margin_mode_mismatch);
            order.margin_mode = market::MarginMode::isolated;
            order.position_mode = market::PositionMode::hedge;
            CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::position_mode_mismatch);
            order.position_mode = market::PositionMode::one_way;
        }
        const auto placed = bench.ask(&Replies::placed, order);
        Call query = call_of(Market::futures, Operation::order, "BTC/USDT:USDT");
        query.client_order_id = "round-2";
        const auto found = bench.ask(&Replies::order, query);
        CHECK(found.id == placed.id);
        CHECK(found.status == market::OrderStatus::filled);
        CHECK(found.filled == "0.01"_d);
        for (const char* symbol : {static_cast<const char*>(nullptr), "BTC/USDT:USDT"}) {
            const auto positions = bench.ask(&Replies::positions, call_of(Market::futures, Operation::positions, symbol));
            REQUIRE(positions.size() == 1);
            CHECK(positions[0].quantity == "0.01"_d);
            CHECK(positions[0].side == market::PositionSide::long_side);
            CHECK(positions[0].entry_price.has_value());
        }
        const auto fills = bench.ask(&Replies::fills, call_of(Market::futures, Operation::fills, "BTC/USDT:USDT"));
        REQUIRE(!fills.empty());
        CHECK(fills[0].order_id == placed.id);

        order.side = market::Side::sell;
        order.reduce_only = true;
        order.client_order_id = "round-3";
        bench.ask(&Replies::placed, order);
        CHECK(bench.ask(&Replies::positions, call_of(Market::futures, Operation::positions)).empty());
        order.client_order_id = "round-4";
        CHECK(bench.refusal(&Replies::placed, order) == ProblemCode::reduce_only_rejected);
        Call cancel = call_of(Market::futures, Operation::cancel_order, "BTC/USDT:USDT");
        cancel.order_id = *placed.id;
        CHECK(bench.refusal(&Replies::canceled, cancel) == ProblemCode::order_not_found);

        for (const auto& problem : line.problems) FAIL_CHECK(problem);
        REQUIRE(!events.orders.empty());
        CHECK(events.orders.back().status == market::OrderStatus::filled);
        CHECK(events.orders.back().client_order_id == "round-3");
        REQUIRE(!events.fills.empty());
        CHECK(events.fills[0].quantity->is_positive());
        REQUIRE(!events.positions.empty());
        CHECK(events.positions.back().quantity == Decimal{0});
        CHECK(!events.balances.empty());
    }
}

TEST_CASE("KuCoin: public data over REST and the streams of both products") {
    Bench bench;
    for (const auto market : {Market::spot, Market::futures}) {
        bench.learn(market);
        const char* const symbol = market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT";
        const auto ticker = bench.ask(&Replies::ticker, call_of(market, Operation::ticker, symbol));
        CHECK(ticker.symbol->to_string() == symbol);
        CHECK(*ticker.bid < *ticker.ask);
        Call candles = call_of(market, Operation::candles, symbol);
        candles.interval = market::Interval::m5;
        candles.limit = 5;
        const auto list = bench.ask(&Replies::candles, candles);
        REQUIRE(list.size() == 5);
        CHECK(list[1].open_time - list[0].open_time == milliseconds{300'000});
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
        socket->on_text(line.session->ping());
        CHECK(events.tickers > 0);
        CHECK(events.mark == (market == Market::futures));
        CHECK(events.trades > 0);
        CHECK(events.candles > 0);
        CHECK(events.books > 0);
        for (const auto& problem : line.problems) FAIL_CHECK(problem);
        // A client that stays silent is cut off after a minute.
        for (int second = 0; second < 70; ++second) bench.pass(milliseconds{1000});
        CHECK(line.closed);
    }
}
