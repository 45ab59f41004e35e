// The feeds of funding and of what is told of pairs by themselves: what they ask and when, with an exchange's answers made by hand.
#include "engine/funding_feed.hpp"
#include "engine/pair_facts.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"

#include <deque>
#include <doctest/doctest.h>
#include <set>
#include <string>

using namespace bf;
using namespace bf::engine;
using exchange::Operation;
using std::chrono::microseconds;

namespace {

const market::Symbol kSymbol{"ETH", "USDT", "USDT"};
/// Twenty minutes past a whole hour.
constexpr std::int64_t kStart = 1'790'002'800'000 + 1'200'000, kHour = 3'600'000;

struct Bench {
    Effects effects;
    Caller caller{effects};
    Now now{Instant::from_ms(kStart), milliseconds{1'000'000}};
    std::vector<std::string> paid;
    int read{0};
    std::vector<std::string> told;
    FundingFeed funding{caller, {[this](Now, const std::string&, const market::FundingPayment& payment) { paid.push_back(payment.id); },
                                 [this](Now, const std::string&, const market::Symbol&) { ++read; }}};
    PairFacts facts{caller, [this](Now, PairFacts::Kind kind, const std::string& connection, const market::Symbol& symbol) {
                        told.push_back((kind == PairFacts::Kind::fee_rates ? "fees " : "tiers ") + connection + ' ' + symbol.to_string());
                    }};

    Bench() {
        Account account;
        account.connection = "c1";
        account.exchange = exchange::ExchangeId::kucoin;
        account.market = market::Market::futures;
        account.replies = exchange::replies_of(exchange::ExchangeId::kucoin);
        caller.add(account);
    }
    void wait(std::int64_t ms) {
        now.wall = now.wall + milliseconds{ms};
        now.steady += milliseconds{ms};
        funding.tick(now);
        facts.tick(now);
    }
    /// The one question that is out.
    Ask question() {
        REQUIRE(effects.asks.size() == 1);
        const auto ask = effects.asks.front();
        effects.clear();
        return ask;
    }
    void answer(const Ask& ask, CallAnswer what) { caller.on_answer(now, ask.ticket, std::move(what)); }
    void list(const Ask& ask, std::initializer_list<std::int64_t> times, bool more = false) {
        std::string rows;
        for (const auto ms : times) {
            if (!rows.empty()) rows += ',';
            rows += R"({"id":)" + std::to_string(ms) + R"(,"symbol":"ETHUSDTM","timePoint":)" + std::to_string(ms) + R"(,"funding":-1})";
        }
        answer(ask, wire::Response{200, {}, R"({"code":"200000","data":{"dataList":[)" + rows + R"(],"hasMore":)" + (more ? "true" : "false") + "}}"});
    }
    [[nodiscard]] bool quiet() const { return effects.asks.empty(); }
};

}  // namespace

TEST_CASE("funding is asked for at the start and a minute after each whole hour, from two hours before what is known") {
    Bench bench;
    bench.funding.follow(bench.now, "c1", kSymbol, Instant::from_ms(kStart - 5 * kHour));
    auto ask = bench.question();
    CHECK(ask.call.operation == Operation::funding_payments);
    CHECK(ask.call.since == Instant::from_ms(kStart - 5 * kHour));
    CHECK_FALSE(ask.call.until.has_value());
    CHECK_FALSE(bench.funding.known_to("c1", kSymbol).has_value());
    bench.list(ask, {kStart - kHour});
    CHECK(bench.paid.size() == 1);
    CHECK(bench.read == 1);
    CHECK(bench.funding.known_to("c1", kSymbol) == Instant::from_ms(kStart - 60'000));
    bench.funding.follow(bench.now, "c1", kSymbol, Instant::from_ms(0));
    CHECK(bench.quiet());
    bench.wait(40 * 60'000 + 60'000);
    CHECK(bench.quiet());
    bench.wait(1'000);
    ask = bench.question();
    CHECK(ask.call.since == Instant::from_ms(kStart - 60'000 - 2 * kHour));
    bench.list(ask, {});
    CHECK(*bench.funding.known_to("c1", kSymbol) >= Instant::from_ms(kStart + 40 * 60'000));
    // The stream came back.
    bench.funding.want_fresh(bench.now, "c1");
    ask = bench.question();
    bench.funding.want_fresh(bench.now, "c1");
    CHECK(bench.quiet());
    bench.list(ask, {});
    bench.wait(1);
    bench.list(bench.question(), {});
    bench.funding.unfollow("c1", kSymbol);
    bench.wait(10 * kHour);
    CHECK(bench.quiet());
}

TEST_CASE("a clock that was days ahead keeps no funding unread: what it seemed to know is asked for when it is right") {
    for (const bool in_flight : {false, true}) {
        Bench bench;
        bench.funding.follow(bench.now, "c1", kSymbol, Instant::from_ms(kStart - 5 * kHour));
        bench.list(bench.question(), {});
        bench.now.wall = bench.now.wall + milliseconds{72 * kHour};
        bench.funding.want_fresh(bench.now, "c1");
        const auto ask = bench.question();
        if (!in_flight) bench.list(ask, {});
        bench.wait(60'000);
        bench.now.wall = bench.now.wall - milliseconds{72 * kHour};
        bench.wait(1'000);
        if (in_flight) {
            bench.list(ask, {});
            bench.wait(41 * 60'000);
        }
        const auto after = bench.question();
        CHECK(after.call.since <= bench.now.wall);
        bench.list(after, {});
        CHECK(*bench.funding.known_to("c1", kSymbol) <= bench.now.wall);
        bench.wait(kHour);
        CHECK_FALSE(bench.quiet());
    }
}

TEST_CASE("funding in pages is read back to the end, and a list that doesn't go back ends the reading") {
    Bench bench;
    bench.funding.follow(bench.now, "c1", kSymbol, Instant::from_ms(kStart - 100 * kHour));
    bench.list(bench.question(), {kStart - kHour, kStart - 2 * kHour}, true);
    auto ask = bench.question();
    CHECK(ask.call.until == Instant::from_ms(kStart - 2 * kHour));
    CHECK_FALSE(bench.funding.known_to("c1", kSymbol).has_value());
    bench.list(ask, {kStart - 2 * kHour, kStart - 3 * kHour}, true);
    ask = bench.question();
    CHECK(ask.call.until == Instant::from_ms(kStart - 3 * kHour));
    bench.list(ask, {kStart - 3 * kHour}, true);
    CHECK(bench.quiet());
    CHECK(bench.funding.known_to("c1", kSymbol).has_value());
    CHECK(bench.paid.size() == 5);
    CHECK(bench.read == 1);
}

TEST_CASE("funding that can't be had is asked for again with growing pauses; a call that is not there is not") {
    Bench bench;
    bench.funding.follow(bench.now, "c1", kSymbol, Instant::from_ms(kStart));
    for (const std::int64_t pause : {5'000, 10'000, 20'000, 40'000, 60'000, 60'000}) {
        CAPTURE(pause);
        bench.answer(bench.question(), wire::Response{503, {}, ""});
        bench.wait(pause - 1);
        CHECK(bench.quiet());
        bench.wait(1);
    }
    const auto ask = bench.question();
    CHECK_FALSE(bench.funding.known_to("c1", kSymbol).has_value());
    bench.answer(ask, exchange::CallError{exchange::CallError::Kind::not_supported, "operation", "no"});
    bench.wait(10 * kHour);
    CHECK(bench.quiet());
    CHECK(bench.funding.known_to("c1", kSymbol) > Instant::from_ms(kStart + 1000 * kHour));
    CHECK_FALSE(bench.funding.next_wake().has_value());
}

TEST_CASE("risk tiers are asked for once, known anew after six hours, and the last ones are kept while they can't be had") {
    const auto body = [](const char* limit) {
        return wire::Response{200, {}, std::string{R"({"code":"200000","data":[{"symbol":"ETHUSDTM","level":1,"maxRiskLimit":)"} + limit + R"(,"maxLeverage":100,"maintainMargin":0.005}]})"};
    };
    Bench bench;
    bench.facts.want(bench.now, PairFacts::Kind::risk_tiers, "c1", kSymbol);
    const auto ask = bench.question();
    CHECK(ask.call.operation == Operation::risk_tiers);
    bench.facts.want(bench.now, PairFacts::Kind::risk_tiers, "c1", kSymbol);
    CHECK(bench.quiet());
    CHECK(bench.facts.tiers("c1", kSymbol) == nullptr);
    bench.answer(ask, body("100000"));
    REQUIRE(bench.facts.tiers("c1", kSymbol) != nullptr);
    CHECK(bench.facts.tiers("c1", kSymbol)->front().up_to == Decimal{100'000});
    CHECK(bench.told == std::vector<std::string>{"tiers c1 ETH/USDT:USDT"});
    bench.wait(6 * kHour - 1);
    CHECK(bench.quiet());
    bench.wait(1);
    bench.answer(bench.question(), wire::Response{200, {}, R"({"code":"200000","data":[]})"});
    CHECK(bench.facts.tiers("c1", kSymbol)->front().up_to == Decimal{100'000});
    bench.wait(4'999);
    CHECK(bench.quiet());
    bench.wait(1);
    bench.answer(bench.question(), body("90000"));
    CHECK(bench.facts.tiers("c1", kSymbol)->front().up_to == Decimal{90'000});
    CHECK(bench.told.size() == 2);
    bench.facts.forget("c1");
    CHECK(bench.facts.tiers("c1", kSymbol) == nullptr);
    bench.facts.want(bench.now, PairFacts::Kind::risk_tiers, "c1", kSymbol);
    bench.answer(bench.question(), exchange::CallError{exchange::CallError::Kind::not_supported, "operation", "its list of contracts has them"});
    bench.wait(10 * kHour);
    CHECK(bench.quiet());
}

TEST_CASE("fee rates and tiers of one contract are two questions, and each is asked again by itself") {
    Bench bench;
    bench.facts.want(bench.now, PairFacts::Kind::fee_rates, "c1", kSymbol);
    const auto fees = bench.question();
    CHECK(fees.call.operation == Operation::fee_rates);
    bench.facts.want(bench.now, PairFacts::Kind::risk_tiers, "c1", kSymbol);
    bench.answer(bench.question(), exchange::CallError{exchange::CallError::Kind::not_supported, "operation", "its list of contracts has them"});
    CHECK(bench.facts.fees("c1", kSymbol) == nullptr);
    bench.answer(fees, wire::Response{200, {}, R"({"code":"200000","data":{"symbol":"ETHUSDTM","takerFeeRate":"0.0006","makerFeeRate":"0.0002"}})"});
    REQUIRE(bench.facts.fees("c1", kSymbol) != nullptr);
    CHECK(bench.facts.fees("c1", kSymbol)->taker == "0.0006"_d);
    CHECK(bench.told == std::vector<std::string>{"fees c1 ETH/USDT:USDT"});
    bench.wait(6 * kHour);
    const auto again = bench.question();
    CHECK(again.call.operation == Operation::fee_rates);
    bench.answer(again, wire::Response{200, {}, R"({"code":"200000","data":{"symbol":"ETHUSDTM","takerFeeRate":"-0.0006","makerFeeRate":"0.0002"}})"});
    CHECK(bench.facts.fees("c1", kSymbol)->taker == "0.0006"_d);
    CHECK(bench.told.size() == 1);
}

TEST_CASE("of many pairs two questions are out at once, and the next leaves with an answer, whatever it says") {
    Bench bench;
    for (int i = 0; i < 50; ++i) bench.facts.want(bench.now, PairFacts::Kind::fee_rates, "c1", {"C" + std::to_string(i), "USDT", "USDT"});
    std::set<std::string> asked;
    std::deque<Ask> out;
    const auto take = [&] {
        for (const auto& ask : bench.effects.asks) {
            CHECK(asked.insert(ask.call.symbol->to_string()).second);
            out.push_back(ask);
        }
        bench.effects.clear();
    };
    take();
    while (!out.empty()) {
        CHECK(out.size() <= 2);
        if (asked.size() < 50) CHECK_FALSE(bench.facts.next_wake().has_value());
        const auto ask = out.front();
        out.pop_front();
        bench.answer(ask, asked.size() % 3 == 0 ? wire::Response{503, {}, ""} : wire::Response{200, {}, R"({"code":"200000","data":[]})"});
        take();
    }
    CHECK(asked.size() == 50);
    bench.facts.forget("c1");
    CHECK_FALSE(bench.facts.next_wake().has_value());
}
