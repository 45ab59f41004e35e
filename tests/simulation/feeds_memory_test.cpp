// What a market message costs: no memory once all symbols have been heard, and little time. A program of its own, since it counts every
// allocation of the process. The exchange is a script: what it would send is made beforehand.
#include "engine/market_feed.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/sim_clock.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <new>

namespace {
std::uint64_t allocations = 0;
}
// Not inlined: the compiler would take a plain free for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace bf;
using namespace bf::test;

namespace {

constexpr int kSymbols = 90;

std::string native_of(bool spot, int i) { return "S" + std::to_string(i) + (spot ? "-USDT" : "_USDT"); }

/// Answers and acknowledges as KuCoin spot or MEXC futures do, and is otherwise silent.
class Script final : public ports::Transport {
public:
    Script(SimClock& clock, bool kucoin) : clock_{clock}, kucoin_{kucoin} {}

    void send(wire::Request request, milliseconds, Done done) override {
        clock_.after(milliseconds{1}, [this, path = std::string{request.path()}, done] { done(wire::Response{200, {}, body_of(path)}); });
    }
    std::unique_ptr<ports::Stream> open_stream(std::string, milliseconds, ports::StreamHandler& handler) override {
        handlers.push_back(&handler);
        clock_.after(milliseconds{1}, [this, &handler] {
            handler.on_open();
            if (kucoin_) say(handler, R"({"id":"backfuture","type":"welcome"})");
        });
        return std::make_unique<Line>(*this, handler);
    }
    static void say(ports::StreamHandler& handler, std::string text) {
        text.reserve(text.size() + 64);
        handler.on_text(text);
    }
    std::vector<ports::StreamHandler*> handlers;

private:
    struct Line final : ports::Stream {
        Line(Script& of, ports::StreamHandler& to) : script{of}, handler{to} {}
        void send_text(std::string message) override {
            std::string answer;
            if (script.kucoin_) {
                const auto at = message.find(R"("id":")");
                if (message.find("subscribe") == std::string::npos || at == std::string::npos) return;
                answer = R"({"id":")" + message.substr(at + 6, message.find('"', at + 6) - at - 6) + R"(","type":"ack"})";
            } else {
                const auto at = message.find("sub.");
                if (at == std::string::npos) return;
                answer = R"({"channel":"rs.)" + message.substr(at, message.find('"', at) - at) + R"(","data":"success","ts":1})";
            }
            script.clock_.after(milliseconds{1}, [this, answer] { say(handler, answer); });
        }
        Script& script;
        ports::StreamHandler& handler;
    };

    [[nodiscard]] std::string body_of(const std::string& path) const {
        std::string rows;
        if (kucoin_) {
            if (path == "/api/v1/timestamp") return R"({"code":"200000","data":)" + std::to_string(clock_.wall().ms()) + "}";
            if (path == "/api/v1/bullet-public")
                return R"({"code":"200000","data":{"token":"t","instanceServers":[{"endpoint":"wss://ws-api-spot.kucoin.com/","pingInterval":18000,"pingTimeout":10000}]}})";
            if (path != "/api/v2/symbols") return R"({"code":"500000","msg":"busy"})";
            for (int i = 0; i < kSymbols; ++i)
                rows += std::string{i > 0 ? "," : ""} + R"({"symbol":")" + native_of(true, i) + R"(","baseCurrency":"S)" + std::to_string(i) +
                        R"(","quoteCurrency":"USDT","baseMinSize":"0.001","quoteMinSize":"0.1","baseIncrement":"0.001","quoteIncrement":"0.01","priceIncrement":"0.1","minFunds":"1","enableTrading":true})";
            return R"({"code":"200000","data":[)" + rows + "]}";
        }
        if (path == "/api/v1/contract/ping") return R"({"success":true,"code":0,"data":)" + std::to_string(clock_.wall().ms()) + "}";
        if (path != "/api/v1/contract/detail") return R"({"success":false,"code":500,"message":"busy"})";
        for (int i = 0; i < kSymbols; ++i)
            rows += std::string{i > 0 ? "," : ""} + R"({"symbol":")" + native_of(false, i) + R"(","baseCoin":"S)" + std::to_string(i) +
                    R"(","quoteCoin":"USDT","settleCoin":"USDT","contractSize":0.01,"priceUnit":0.1,"volUnit":1,"minVol":1,"state":0,"apiAllowed":true})";
        return R"({"success":true,"code":0,"data":[)" + rows + "]}";
    }

    SimClock& clock_;
    bool kucoin_;
};

struct Counter final : engine::MarketListener {
    void on_quote(engine::SymbolIndex, const engine::Quote&) override { ++quotes; }
    std::uint64_t quotes{0};
};

std::string frame_of(bool kucoin, int symbol, int number) {
    const auto price = std::to_string(60'000 + number % 1'000);
    std::string text = kucoin ? R"({"topic":"/market/ticker:)" + native_of(true, symbol) + R"(","type":"message","subject":"trade.ticker","data":{"bestAsk":")" + price +
                                    R"(.7","bestAskSize":"1.92","bestBid":")" + price + R"(.6","bestBidSize":"0.01","price":")" + price + R"(.6","sequence":")" +
                                    std::to_string(1'000 + number) + R"(","size":"0.1","time":1790000000100}})"
                              : R"({"channel":"push.ticker","data":{"symbol":")" + native_of(false, symbol) + R"(","lastPrice":)" + price + R"(.6,"bid1":)" + price + R"(.6,"ask1":)" +
                                    price + R"(.7,"fairPrice":)" + price + R"(.6,"indexPrice":6,"timestamp":1790000000100},"symbol":")" + native_of(false, symbol) + R"(","ts":1790000000100})";
    text.reserve(text.size() + 64);
    return text;
}

}  // namespace

TEST_CASE("a market message allocates nothing once its symbol was heard") {
    for (const bool kucoin : {true, false}) {
        const auto id = kucoin ? exchange::ExchangeId::kucoin : exchange::ExchangeId::mexc;
        SimClock clock{Instant::from_ms(1'790'000'000'000)};
        MemorySigner signer{clock};
        Script script{clock, kucoin};
        Counter counter;
        engine::MarketFeed::Setup setup{.exchange = id, .market = kucoin ? market::Market::spot : market::Market::futures};
        setup.streams = {100, milliseconds{1}};
        engine::MarketFeed feed{{clock, clock, script, signer}, {*exchange::calls_of(id), *exchange::replies_of(id), {}}, setup, clock, counter};
        for (int i = 0; i < kSymbols; ++i) feed.follow({"S" + std::to_string(i), "USDT", kucoin ? "" : "USDT"}, 0);
        REQUIRE(clock.run_until([&] { return feed.figures().sockets_live == 1; }, seconds{10}));

        constexpr int kRounds = 200;
        std::vector<std::string> frames;
        for (int round = 0; round < kRounds; ++round)
            for (int i = 0; i < kSymbols; ++i) frames.push_back(frame_of(kucoin, i, round));
        auto& handler = *script.handlers.front();
        for (int i = 0; i < kSymbols; ++i) handler.on_text(frames[static_cast<std::size_t>(i)]);
        const auto quotes_before = counter.quotes;
        const auto before = allocations;
        const auto begun = std::chrono::steady_clock::now();
        for (std::size_t i = kSymbols; i < frames.size(); ++i) handler.on_text(frames[i]);
        const auto took = std::chrono::steady_clock::now() - begun;
        CHECK(allocations == before);
        CHECK(counter.quotes - quotes_before == frames.size() - kSymbols);
        std::printf("%s: %lld ns a message\n", kucoin ? "KuCoin spot ticker" : "MEXC futures ticker",
                    static_cast<long long>(std::chrono::nanoseconds{took}.count() / static_cast<std::int64_t>(frames.size() - kSymbols)));
    }
}
