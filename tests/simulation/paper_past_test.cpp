// What a contract's exchange settled in the past and what it cost then, found out by the real adapters over the simulated exchanges: whole,
// with its holes named, through an exchange that does not answer or does not tell.
#include "app/paper_past.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/sim_transport.hpp"

#include <doctest/doctest.h>

using namespace bf;
using app::PaperPast;

namespace {

constexpr milliseconds kHour{std::chrono::hours{1}};
/// Midnight, UTC.
constexpr std::int64_t kStart = 1'789'948'800'000;

struct Bench {
    explicit Bench(const std::string& exchange) : name{exchange}, id{*exchange::parse_exchange(exchange)}, clock{Instant::from_ms(kStart), 1}, signer{clock} {
        simulator::Options options;
        options.exchanges = {exchange};
        options.start = clock.wall();
        options.limits = false;
        world = std::move(simulator::World::create(options)).value();
        network = std::make_unique<test::SimTransport>(clock, *world);
        exchange::Call call;
        call.operation = exchange::Operation::instruments;
        call.market = market::Market::futures;
        ask(call, [&](const wire::Response& response) {
            const auto read = exchange::replies_of(id)->instruments(response, {call, clock.wall(), nullptr});
            for (const auto& one : *read) instruments[one.native_symbol] = one;
        });
        REQUIRE(clock.run_until([&] { return !instruments.empty(); }, seconds{5}));
        market = std::make_unique<app::PaperMarket>(app::PaperMarket::Setup{
            {clock, clock, *network, signer}, exchanges, [](exchange::ExchangeId of) { return std::optional{connection::Adapter{*exchange::calls_of(of), *exchange::replies_of(of), {}}}; },
            [](exchange::ExchangeId) { return nullptr; }, [this](const paper::Venue&, const market::Symbol&) { return instrument(); },
            [this](const paper::Venue&) { return &instruments; }, [](exchange::ExchangeId) { return ports::Family::v4; }});
        past = std::make_unique<PaperPast>(PaperPast::Setup{{clock, clock, *network, signer}, *market,
                                                            [this](const auto&, const auto&, const paper::PastFunding& found) { told.push_back(found); },
                                                            [this](const auto&, const auto&, market::Interval interval, Instant since, int limit, PaperPast::CandlesDone done) {
                                                                ++candles_asked;
                                                                candles(interval, since, limit, std::move(done));
                                                            }});
    }
    void ask(const exchange::Call& call, std::function<void(const wire::Response&)> then) {
        exchange::RequestList list;
        REQUIRE(exchange::calls_of(id)->write(call, nullptr, clock.wall(), list).has_value());
        network->send(list[0], seconds{5}, [then = std::move(then)](const Result<wire::Response>& response) {
            if (response) then(*response);
        });
    }
    void candles(market::Interval interval, Instant since, int limit, PaperPast::CandlesDone done) {
        if (clock.wall() < candles_silent_until)
            return void(clock.after(milliseconds{20}, [done] { done(Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::not_sent, "no_candles"}}); }));
        if (no_candles) {
            clock.after(milliseconds{20}, [done] { done(std::vector<market::Candle>{}); });
            return;
        }
        exchange::Call call;
        call.operation = exchange::Operation::candles;
        call.market = market::Market::futures;
        call.symbol = pair;
        call.interval = interval;
        call.since = since;
        call.limit = limit;
        ask(call, [this, call, done = std::move(done)](const wire::Response& response) {
            const auto list = exchange::replies_of(id)->candles(response, {call, clock.wall(), &instruments});
            REQUIRE(list.has_value());
            done(*list);
        });
    }
    [[nodiscard]] const market::Instrument* instrument() const {
        for (const auto& [native, one] : instruments)
            if (one.symbol == pair) return &one;
        return nullptr;
    }
    void let_pass(milliseconds span) {
        clock.run_for(span);
        world->advance(clock.true_time());
    }
    const paper::PastFunding& ask_since(Instant from) {
        const auto before = told.size();
        past->ask({id, market::Market::futures, exchange::Site::global}, pair, from);
        REQUIRE(clock.run_until([&] { return told.size() > before; }, std::chrono::hours{2}));
        return told.back();
    }
    std::string name;
    exchange::ExchangeId id;
    test::SimClock clock;
    test::MemorySigner signer;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<test::SimTransport> network;
    paper::Exchanges exchanges{{clock, clock, clock}};
    exchange::Instruments instruments;
    market::Symbol pair{"ETH", "USDT", "USDT"};
    std::unique_ptr<app::PaperMarket> market;
    std::unique_ptr<PaperPast> past;
    std::vector<paper::PastFunding> told;
    int candles_asked{0};
    bool no_candles{false};
    Instant candles_silent_until{};
};

}  // namespace

TEST_CASE("rates and prices of the settlements since then, whole and in their order") {
    for (const auto* exchange : {"mexc", "kucoin"}) {
        CAPTURE(exchange);
        Bench bench{exchange};
        const auto from = bench.clock.wall() + kHour;
        for (int i = 0; i < 26; ++i) bench.let_pass(kHour);
        bench.let_pass(seconds{90});
        const auto& found = bench.ask_since(from);
        CHECK(found.holes.empty());
        REQUIRE(found.settled.size() == 3);
        auto& real = *bench.world->exchange(bench.name);
        const auto truth = real.settled_funding(*real.find(bench.pair), from, bench.clock.wall(), 10);
        REQUIRE(truth.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(found.settled[i].at == Instant::from_ms(kStart + (kHour * 8).count() * static_cast<std::int64_t>(i + 1)));
            CHECK(found.settled[i].rate == truth[2 - i].rate);
            REQUIRE(found.settled[i].price.has_value());
            CHECK(found.settled[i].price->is_positive());
        }
        CHECK_MESSAGE(bench.candles_asked <= 3, "hours come in one list");
        // Nothing since: nothing is told, and no hole.
        const auto& none = bench.ask_since(bench.clock.wall() - seconds{60});
        CHECK(none.settled.empty());
        CHECK(none.holes.empty());
    }
}

TEST_CASE("a settlement without a price says so; an exchange that does not answer is waited for") {
    Bench bench{"kucoin"};
    const auto from = bench.clock.wall() + kHour;
    for (int i = 0; i < 10; ++i) bench.let_pass(kHour);
    bench.no_candles = true;
    const auto& found = bench.ask_since(from);
    REQUIRE(found.settled.size() == 1);
    CHECK_FALSE(found.settled[0].price.has_value());
    CHECK(found.holes.empty());
    // For half an hour nobody answers.
    bench.no_candles = false;
    const auto until = bench.clock.wall() + kHour / 2;
    bench.network->instead = [&](const wire::Request&) -> std::optional<Result<wire::Response>> {
        if (bench.clock.wall() >= until) return std::nullopt;
        return Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}};
    };
    const auto& later = bench.ask_since(from);
    CHECK(bench.clock.wall() >= until);
    REQUIRE(later.settled.size() == 1);
    CHECK(later.settled[0].price.has_value());
    CHECK(later.holes.empty());
    // Nor about prices, which is no word that there are none.
    bench.network->instead = {};
    bench.candles_silent_until = bench.clock.wall() + kHour / 2;
    const auto& last = bench.ask_since(from);
    CHECK(bench.clock.wall() >= bench.candles_silent_until);
    REQUIRE(last.settled.size() == 1);
    CHECK(last.settled[0].price.has_value());
}

TEST_CASE("an exchange that answers and does not tell leaves a hole, and only after it was asked several times") {
    Bench bench{"mexc"};
    const auto from = bench.clock.wall() + kHour;
    for (int i = 0; i < 10; ++i) bench.let_pass(kHour);
    int asked = 0;
    bench.network->tampered = [&](const wire::Request& request, wire::Response& response) {
        if (request.target.find("funding_rate/history") == std::string::npos) return;
        ++asked;
        response.status = 200;
        response.body = R"({"success":false,"code":500,"message":"try later"})";
    };
    const auto& found = bench.ask_since(from);
    CHECK(asked == PaperPast::kTries);
    CHECK(found.settled.empty());
    REQUIRE(found.holes.size() == 1);
    CHECK(found.holes[0].from == from);
    CHECK(found.holes[0].to == found.to);
}
