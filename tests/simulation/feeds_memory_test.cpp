// What market feeds cost: no memory for a message once all symbols have been heard, little time, and after a day no more memory than after
// its first hours. A program of its own, since it counts every allocation of the process.
#include "engine/market_feed.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/feed_script.hpp"
#include "support/memory_signer.hpp"

#include <chrono>
#include <cstdio>
#include <doctest/doctest.h>
#include <malloc.h>
#include <mexc_push.pb.h>
#include <new>

namespace {
std::uint64_t allocations = 0;
std::int64_t held = 0;  // Bytes.
}  // namespace

// Not inlined: the compiler would take the plain free for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc{};
    held += static_cast<std::int64_t>(malloc_usable_size(memory));
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    held -= static_cast<std::int64_t>(malloc_usable_size(memory));
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

using namespace bf;
using namespace bf::test;

namespace {

struct Product {
    const char* name;
    bool kucoin, spot;
};
constexpr Product kProducts[] = {{"MEXC spot", false, true}, {"MEXC futures", false, false}, {"KuCoin spot", true, true}, {"KuCoin futures", true, false}};

struct Counter final : engine::MarketListener {
    void on_quote(engine::SymbolIndex, const engine::Quote&) override { ++quotes; }
    void on_candle(engine::SymbolIndex, const market::Candle&, engine::CandleNews news) override { ++(news == engine::CandleNews::closed ? candles : corrected); }
    std::uint64_t quotes{0}, candles{0}, corrected{0};
};

struct Desk {
    Desk(const Product& of, int symbols, std::size_t symbols_per_socket)
        : product{of}, script{clock, of.kucoin, of.spot, symbols} {
        const auto id = of.kucoin ? exchange::ExchangeId::kucoin : exchange::ExchangeId::mexc;
        engine::MarketFeed::Setup setup{.exchange = id, .market = of.spot ? market::Market::spot : market::Market::futures};
        setup.streams = {symbols_per_socket, milliseconds{1}};
        feed = std::make_unique<engine::MarketFeed>(connection::World{clock, clock, script, signer}, connection::Adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}}, setup, clock, counter);
        for (int i = 0; i < symbols; ++i) feed->follow(script.symbol_of(i), 0);
    }

    /// A message about the symbol's best prices as its exchange sends it, and how it is said.
    [[nodiscard]] std::string ticker(int symbol, int number) const {
        const auto price = std::to_string(60'000 + number % 1'000);
        const auto native = script.native_of(symbol);
        const auto at = std::to_string(clock.wall().ms());
        std::string text;
        if (product.kucoin && product.spot)
            text = R"({"topic":"/market/ticker:)" + native + R"(","type":"message","subject":"trade.ticker","data":{"bestAsk":")" + price + R"(.7","bestAskSize":"1.92","bestBid":")" + price +
                   R"(.6","bestBidSize":"0.01","price":")" + price + R"(.6","sequence":")" + std::to_string(1'000 + number) + R"(","size":"0.1","time":)" + at + "}}";
        else if (product.kucoin)
            text = R"({"topic":"/contractMarket/tickerV2:)" + native + R"(","type":"message","subject":"tickerV2","sn":1,"data":{"symbol":")" + native + R"(","sequence":)" + std::to_string(1'000 + number) +
                   R"(,"bestBidSize":2,"bestBidPrice":")" + price + R"(.6","bestAskPrice":")" + price + R"(.7","bestAskSize":3,"ts":)" + at + "000000}}";
        else if (!product.spot)
            text = R"({"channel":"push.ticker","data":{"symbol":")" + native + R"(","lastPrice":)" + price + R"(.6,"bid1":)" + price + R"(.6,"ask1":)" + price + R"(.7,"fairPrice":)" + price +
                   R"(.6,"indexPrice":6,"timestamp":)" + at + R"(},"symbol":")" + native + R"(","ts":)" + at + "}";
        else {
            exchange::mexc::push::Push push;
            push.set_channel("spot@public.aggre.bookTicker.v3.api.pb@100ms@" + native);
            push.set_symbol(native);
            push.set_send_time(clock.wall().ms());
            auto& body = *push.mutable_aggregated_book_ticker();
            body.set_bid_price(price + ".6");
            body.set_ask_price(price + ".7");
            body.set_bid_quantity("1");
            body.set_ask_quantity("2");
            text = push.SerializeAsString();
        }
        text.reserve(text.size() + 64);
        return text;
    }
    void hear(const FeedScript::Line& line, const std::string& frame) const {
        if (line.handler == nullptr) return;
        if (product.spot && !product.kucoin) line.handler->on_binary(frame);
        else line.handler->on_text(frame);
    }

    Product product;
    SimClock clock{Instant::from_ms(1'790'000'000'000)};
    MemorySigner signer{clock};
    FeedScript script;
    Counter counter;
    std::unique_ptr<engine::MarketFeed> feed;
};

}  // namespace

TEST_CASE("a market message allocates nothing once its symbol was heard") {
    constexpr int kSymbols = 90;
    for (const auto& product : kProducts) {
        CAPTURE(std::string{product.name});
        Desk desk{product, kSymbols, 100};
        REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 1; }, seconds{10}));

        constexpr int kRounds = 200;
        std::vector<std::string> frames;
        for (int round = 0; round < kRounds; ++round)
            for (int i = 0; i < kSymbols; ++i) frames.push_back(desk.ticker(i, round));
        const auto& line = *desk.script.lines.front();
        for (int i = 0; i < kSymbols; ++i) desk.hear(line, frames[static_cast<std::size_t>(i)]);
        const auto quotes_before = desk.counter.quotes;
        const auto before = allocations;
        const auto begun = std::chrono::steady_clock::now();
        for (std::size_t i = kSymbols; i < frames.size(); ++i) desk.hear(line, frames[i]);
        const auto took = std::chrono::steady_clock::now() - begun;
        CHECK(allocations == before);
        CHECK(desk.counter.quotes - quotes_before == frames.size() - kSymbols);
        std::printf("%s ticker: %lld ns a message\n", product.name,
                    static_cast<long long>(std::chrono::nanoseconds{took}.count() / static_cast<std::int64_t>(frames.size() - kSymbols)));
    }
}

TEST_CASE("a day of messages, cut streams, closed candle lists and followers that come and go leaves a market feed no larger") {
    constexpr int kSymbols = 12;
    for (const auto& product : kProducts) {
        CAPTURE(std::string{product.name});
        Desk desk{product, kSymbols, 5};
        desk.script.keep_said = false;
        desk.script.candles_up = true;
        int number = 0;
        std::vector<std::int64_t> by_cycle;
        // Twelve cycles of two hours, each with the same troubles, so that the same moment of each can be compared.
        for (int cycle = 0; cycle < 12; ++cycle) {
            for (int minute = 0; minute < 120; ++minute) {
                for (int tenth = 0; tenth < 6; ++tenth) {
                    ++number;
                    for (int i = 0; i < kSymbols; ++i)
                        for (const auto& line : desk.script.lines) desk.hear(*line, desk.ticker(i, number));
                    desk.clock.run_for(seconds{10});
                }
                if (minute % 30 == 10)
                    for (const auto& line : std::vector{desk.script.lines})
                        if (line->handler != nullptr) line->handler->on_closed(Error{ErrorKind::unreachable, "cut", Fate::unknown, "closed"});
                desk.script.candles_up = minute < 40 || minute > 70;
                // Someone comes for a while.
                if (minute % 20 == 0) desk.feed->follow(desk.script.symbol_of(minute % kSymbols), 100);
                if (minute % 20 == 15) desk.feed->unfollow(*desk.feed->find(desk.script.symbol_of((minute - 15) % kSymbols)));
            }
            by_cycle.push_back(held);
            CHECK(desk.feed->figures().sockets_live == 3);
            // One of each kind for a symbol at most.
            CHECK(desk.feed->figures().polls_waiting <= 3 * kSymbols);
        }
        std::printf("%s: %lld kB after the second cycle, %lld kB after the twelfth; %llu candles\n", product.name, static_cast<long long>(by_cycle[1] / 1024),
                    static_cast<long long>(by_cycle[11] / 1024), static_cast<unsigned long long>(desk.counter.candles));
        CHECK(desk.counter.candles >= kSymbols * 12 * 118);
        CHECK(by_cycle[11] - by_cycle[1] < 16 * 1024);
    }
}
