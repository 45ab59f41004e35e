// Orders over the four simulated products, with the real adapters both ways and a journal on a disk that loses power.
#include "engine/exchange_rules.hpp"
#include "support/order_judge.hpp"

using namespace bf;
using namespace bf::test;
using engine::End;
using engine::Purpose;
using engine::Stage;
using market::Market;
using market::Side;
using market::TimeInForce;

namespace {

std::string place_path(const Product& product) {
    if (std::string_view{product.exchange} == "mexc") return product.market == Market::spot ? "/api/v3/order" : "/api/v1/private/order/create";
    return product.market == Market::spot ? "/api/v1/hf/orders" : "/api/v1/orders";
}

/// A floor whose engine lives and whose stream, if it has one, is up.
struct Open : Floor {
    Judge judge{*this};
    explicit Open(const Product& product, std::uint64_t seed = 3, bool with_stream = true)
        : Floor{{.exchange = product.exchange, .market = product.market, .seed = seed, .limits = false, .stream = with_stream}} {
        start();
        run(seconds{2});
        price("BTC", "60000");
    }
    engine::OrderNumber buy(const char* quantity, const char* at, TimeInForce time_in_force, engine::GroupNumber group = 1) {
        return submit(plan("BTC", Side::buy, Decimal::parse(quantity).value(), Decimal::parse(at).value(), time_in_force, group));
    }
    const engine::Order& order(engine::OrderNumber number) { return *life->orders.find(number); }
    bool finish(engine::OrderNumber number, milliseconds within = seconds{120}) {
        return run_until([&] { return lives_now() && order(number).finished(); }, within);
    }
};

}  // namespace

TEST_CASE("an order through the book: taken, filled, every fill booked with its fee, finished; with a stream and without") {
    for (const auto& product : kProducts) {
        for (const bool stream : {true, false}) {
            CAPTURE(product.exchange);
            CAPTURE(to_string(product.market));
            CAPTURE(stream);
            Open floor{product, 3, stream};
            const auto number = floor.buy("0.01", "60600", TimeInForce::ioc);
            REQUIRE(floor.finish(number, seconds{10}));
            CHECK(floor.order(number).end() == End::filled);
            CHECK(floor.order(number).booked() == "0.01"_d);
            CHECK(floor.truth().orders.size() == 1);
            CHECK(floor.life->orders.unfinished() == 0);
            floor.judge.settle();
        }
    }
}

TEST_CASE("a resting order is filled in parts, cancelled with a rest, and cancelled again without harm") {
    for (const auto& product : kProducts) {
        for (const bool stream : {true, false}) {
            CAPTURE(product.exchange);
            CAPTURE(to_string(product.market));
            CAPTURE(stream);
            Open floor{product, 4, stream};
            const auto number = floor.buy("0.05", "59000", TimeInForce::gtc);
            REQUIRE(floor.run_until([&] { return floor.order(number).stage() == Stage::open; }, seconds{5}));
            floor.trade("BTC", "sell", "59000", "0.02");
            REQUIRE(floor.run_until([&] { return floor.order(number).booked() == "0.02"_d; }, seconds{40}));
            CHECK(floor.order(number).working() == "0.03"_d);
            floor.cancel(number);
            REQUIRE(floor.finish(number, seconds{30}));
            CHECK(floor.order(number).end() == End::canceled);
            CHECK(floor.order(number).booked() == "0.02"_d);
            floor.cancel(number);
            floor.run(seconds{5});
            floor.judge.settle();
        }
    }
}

TEST_CASE("a cancel crosses with fills nobody told of: the end has all of them; one that comes too late is no trouble") {
    for (const auto& product : kProducts) {
        for (const bool stream : {true, false}) {
            for (const char* filled : {"0.02", "0.05"}) {
                CAPTURE(product.exchange);
                CAPTURE(to_string(product.market));
                CAPTURE(stream);
                CAPTURE(filled);
                Open floor{product, 4, stream};
                const auto number = floor.buy("0.05", "59000", TimeInForce::gtc);
                REQUIRE(floor.run_until([&] { return floor.order(number).stage() == Stage::open; }, seconds{5}));
                bool trouble = false;
                floor.heard = [&](const engine::Observation& one) { trouble = trouble || std::holds_alternative<engine::OrderTrouble>(one); };
                // Not a word of it on the stream either.
                floor.fault("late_event", R"(,"ms":60000,"count":50)");
                floor.trade("BTC", "sell", "59000", filled);
                floor.cancel(number);
                REQUIRE(floor.finish(number, seconds{30}));
                CHECK(floor.order(number).booked() == Decimal::parse(filled).value());
                CHECK(floor.order(number).end() == (floor.order(number).booked() == "0.05"_d ? End::filled : End::canceled));
                floor.run(seconds{90});
                CHECK_FALSE(trouble);
                floor.judge.settle();
            }
        }
    }
}

TEST_CASE("cancelled on its way out: it leaves and is cancelled, or never leaves") {
    for (const auto& product : kProducts) {
        for (const bool stream : {true, false}) {
            for (const int after_ms : {0, 1, 2, 4, 6, 9}) {
                CAPTURE(product.exchange);
                CAPTURE(to_string(product.market));
                CAPTURE(stream);
                CAPTURE(after_ms);
                Open floor{product, 4, stream};
                const auto number = floor.buy("0.05", "59000", TimeInForce::gtc);
                floor.run(milliseconds{after_ms});
                floor.cancel(number);
                REQUIRE(floor.finish(number, seconds{30}));
                CHECK(floor.order(number).end() == End::canceled);
                floor.judge.settle();
            }
        }
    }
}

TEST_CASE("whatever happens to the placing's answer, there is one order or none, and the books say which") {
    struct Row {
        const char* fault;
        bool arrives;
    };
    const Row rows[] = {{"lost_reply", true}, {"malformed", true}, {"slow", true}, {"timeout", false}, {"reset", false},
                        {"unavailable", false}, {"maintenance", false}, {"rate_limit", false}};
    for (const auto& product : kProducts) {
        for (const auto& row : rows) {
            for (const bool stream : {true, false}) {
                CAPTURE(product.exchange);
                CAPTURE(to_string(product.market));
                CAPTURE(row.fault);
                CAPTURE(stream);
                Open floor{product, 5, stream};
                std::vector<std::size_t> kinds;
                floor.heard = [&](const engine::Observation& one) { kinds.push_back(one.index()); };
                floor.fault(row.fault, R"(,"count":1,"ms":9000,"path":")" + place_path(product) + "\"");
                const auto begun = floor.clock.steady();
                const auto number = floor.buy("0.01", "60600", TimeInForce::ioc);
                REQUIRE(floor.finish(number));
                const auto& order = floor.order(number);
                CHECK(floor.truth().orders.size() == (row.arrives ? 1 : 0));
                if (row.arrives) {
                    CHECK(order.end() == End::filled);
                } else {
                    const bool without = order.end() == End::absent || order.end() == End::refused;
                    CHECK_MESSAGE(without, to_string(*order.end()));
                    const auto rules = engine::rules_of(floor.id, product.market);
                    // Nobody knows before the request can't be acted on any more.
                    if (order.end() == End::absent) CHECK(floor.clock.steady() - begun > rules.request_life + rules.shows_late);
                    CHECK((std::string_view{row.fault} != "timeout" || order.end() == End::absent));
                }
                floor.judge.settle();
            }
        }
    }
}

TEST_CASE("an order made under a clock that was ahead is not looked for in a time to come") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(to_string(product.market));
        Open floor{product, 5, false};
        floor.fault("timeout", R"(,"count":1,"path":")" + place_path(product) + "\"");
        int asked = 0;
        floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            for (const std::string_view name : {"startTime=", "startAt=", "start_time="}) {
                const auto at = request.target.find(name);
                if (at == std::string::npos) continue;
                ++asked;
                CHECK(std::stoll(request.target.substr(at + name.size())) < floor.clock.wall().ms());
            }
            return std::nullopt;
        };
        engine::OrderNumber number = 0;
        floor.event([&] {
            floor.clock.step_wall(std::chrono::hours{72});
            number = floor.life->orders.submit(floor.now(), floor.plan("BTC", Side::buy, "0.01"_d, Decimal{60'600}, TimeInForce::ioc, 1));
            floor.clock.step_wall(-std::chrono::hours{72});
        });
        CHECK(floor.finish(number, seconds{300}));
        CHECK(asked > 0);
    }
}

TEST_CASE("the engine dies before each of its steps in turn: the next life finds out what became of the order") {
    for (const auto& product : kProducts) {
        int deaths = 0;
        for (int at = 0; at < 200; ++at) {
            CAPTURE(product.exchange);
            CAPTURE(to_string(product.market));
            CAPTURE(at);
            Open floor{product, 6 + static_cast<std::uint64_t>(at)};
            floor.kill_at = floor.steps + at;
            floor.buy("0.01", "60600", TimeInForce::ioc, 1);
            if (floor.lives_now()) floor.buy("0.02", "59000", TimeInForce::gtc, 2);
            if (floor.lives_now()) floor.cancel(2);
            floor.run(seconds{12});
            if (floor.lives_now()) break;
            ++deaths;
            floor.kill_at = -1;
            floor.start();
            floor.run(seconds{110});
            floor.life->orders.each([](const engine::Order& order) {
                if (order.plan().group == 1) CHECK(order.finished());
            });
            floor.judge.settle();
        }
        CHECK(deaths > 15);
    }
}
