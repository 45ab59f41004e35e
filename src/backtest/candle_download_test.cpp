#include "backtest/candle_download.hpp"

#include "backtest/candle_fixture.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <set>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr std::int64_t kMinute = 60'000;
std::int64_t minute(std::int64_t m) { return kStart + m * kMinute; }

/// An exchange that has candles of some minutes and lists them as one of the real ones does.
struct Exchange {
    enum class Manner {
        window,       ///< Only those of the asked window (KuCoin, MEXC futures).
        first_after,  ///< The first so many from the asked time on (MEXC spot).
    };
    Manner manner{Manner::window};
    std::set<std::int64_t> has{};  ///< Minutes.
    std::int64_t now{0};        ///< Minute that runs; half of it has passed.
    int asked{0};
    std::vector<std::int64_t> sinces{};

    [[nodiscard]] Instant clock() const { return Instant::from_ms(minute(now) + 30'000); }
    static market::Candle candle(std::int64_t m) { return {Instant::from_ms(minute(m)), Decimal{100 + m % 7}, Decimal{110}, Decimal{90}, Decimal{101}, Decimal{m % 50}}; }
    std::vector<market::Candle> list(const CandleDownload::Ask& ask) {
        ++asked;
        const auto since = (ask.since.ms() - kStart) / kMinute;
        sinces.push_back(since);
        std::vector<market::Candle> rows;
        for (auto at = has.lower_bound(since); at != has.end() && *at <= now && static_cast<std::int64_t>(rows.size()) < ask.rows; ++at)
            if (manner == Manner::first_after || *at < since + ask.rows) rows.push_back(candle(*at));
        return rows;
    }
};

/// Until nothing is left to ask: the minutes that came, each once.
std::vector<std::int64_t> run(CandleDownload& download, Exchange& exchange, int at_most = 100'000) {
    std::vector<std::int64_t> came;
    while (const auto ask = download.next(exchange.clock())) {
        if (at_most-- == 0) break;
        const auto fresh = download.take(*ask, exchange.list(*ask), exchange.clock());
        REQUIRE(fresh);
        for (const auto& candle : *fresh) {
            if (!came.empty()) REQUIRE((candle.open_time.ms() - kStart) / kMinute > came.back());
            came.push_back((candle.open_time.ms() - kStart) / kMinute);
        }
    }
    return came;
}

CandleDownload download_of(std::int64_t from, std::optional<std::int64_t> to = {}, CandleDownload::Known known = {}) {
    return CandleDownload{{milliseconds{kMinute}, minute(from), to ? std::optional{minute(*to)} : std::nullopt}, std::move(known)};
}

}  // namespace

TEST_CASE("all closed candles come, in order, each once, and never the running one") {
    for (const auto manner : {Exchange::Manner::window, Exchange::Manner::first_after}) {
        Exchange exchange{manner, {}, 1800};
        for (std::int64_t m = 0; m <= 1800; ++m) exchange.has.insert(m);
        auto download = download_of(0);
        const auto came = run(download, exchange);
        REQUIRE(came.size() == 1800);
        CHECK(came.front() == 0);
        CHECK(came.back() == 1799);
        CHECK(exchange.asked == 4);
        const auto progress = download.progress(exchange.clock());
        CHECK(progress.wanted == 1800);
        CHECK(progress.done == 1800);
        CHECK(progress.received == 1800);
        CHECK(download.asked() == std::vector<Span>{{minute(0), minute(1800)}});
        // A minute later there is one more.
        exchange.now = 1801;
        exchange.has.insert(1801);
        CHECK(run(download, exchange) == std::vector<std::int64_t>{1800});
    }
}

TEST_CASE("the end of the wish is not passed, and its beginning not undercut") {
    Exchange exchange;
    exchange.now = 5000;
    for (std::int64_t m = 0; m <= 5000; ++m) exchange.has.insert(m);
    auto download = CandleDownload{{milliseconds{kMinute}, minute(100) - 1, minute(300)}, {}};
    const auto came = run(download, exchange);
    REQUIRE(came.size() == 200);
    CHECK(came.front() == 100);
    CHECK(came.back() == 299);
    // What was left out is not remembered as asked for.
    CHECK(download.asked() == std::vector<Span>{{minute(100), minute(300)}});
}

TEST_CASE("minutes the exchange has not are gaps, remembered as asked for") {
    for (const auto manner : {Exchange::Manner::window, Exchange::Manner::first_after}) {
        Exchange exchange{manner, {}, 3000};
        for (std::int64_t m = 0; m <= 3000; ++m)
            if (m < 700 || m >= 1900) exchange.has.insert(m);
        auto download = download_of(0);
        const auto came = run(download, exchange);
        CHECK(came.size() == 1800);
        CHECK(download.asked() == std::vector<Span>{{minute(0), minute(3000)}});
    }
}

TEST_CASE("a quiet pair's newest minute may be late: it is not remembered as empty") {
    Exchange exchange;
    exchange.now = 100;
    for (std::int64_t m = 0; m < 99; ++m) exchange.has.insert(m);
    auto download = download_of(0);
    CHECK(run(download, exchange).size() == 99);
    CHECK(download.asked() == std::vector<Span>{{minute(0), minute(99)}});
}

TEST_CASE("what is there is not asked for again") {
    Exchange exchange;
    exchange.now = 10'000;
    for (std::int64_t m = 0; m <= 10'000; ++m) exchange.has.insert(m);
    // There: 1000 to 4000 without 2000 to 2100.
    CandleDownload::Known known{united({{minute(1000), minute(2000)}, {minute(2100), minute(4000)}}), minute(1000)};
    auto download = download_of(0, {}, known);
    const auto came = run(download, exchange);
    CHECK(came.size() == 1000 + 100 + 6000);
    CHECK(std::find(came.begin(), came.end(), 1500) == came.end());
    CHECK(exchange.asked == 2 + 1 + 12);
    CHECK(download.progress(exchange.clock()).wanted == 7100);
}

TEST_CASE("a download that is stopped goes on where it was") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 dice{seed};
        Exchange exchange;
        exchange.manner = dice() % 2 == 0 ? Exchange::Manner::window : Exchange::Manner::first_after;
        exchange.now = 6000 + static_cast<std::int64_t>(dice() % 3000);
        for (std::int64_t m = 0; m <= exchange.now; ++m)
            if (dice() % 10 != 0) exchange.has.insert(m);
        std::set<std::int64_t> got;
        std::vector<Span> asked;
        for (int part = 0; part < 50; ++part) {
            // What a set would know: runs of what came, and what was asked for (unless it was lost in a kill).
            CandleDownload::Known known;
            auto spans = asked;
            for (const auto m : got) spans.push_back({minute(m), minute(m + 1)});
            known.spans = united(std::move(spans));
            if (!got.empty()) known.first = minute(*got.begin());
            auto download = download_of(0, {}, known);
            const auto came = run(download, exchange, 1 + static_cast<int>(dice() % 4));
            for (const auto m : came) CHECK(got.insert(m).second);
            if (dice() % 3 != 0)
                for (const auto& span : download.asked()) asked.push_back(span);
            if (!download.next(exchange.clock())) break;
        }
        auto expected = exchange.has;
        expected.erase(exchange.now);
        CHECK(got == expected);
    }
}

TEST_CASE("where the exchange's memory begins is searched, not walked to") {
    for (const auto manner : {Exchange::Manner::window, Exchange::Manner::first_after}) {
        constexpr std::int64_t kBegins = 900'123, kNow = 1'000'000;
        Exchange exchange{manner, {}, kNow};
        for (std::int64_t m = kBegins; m <= kNow; ++m) exchange.has.insert(m);
        auto download = download_of(0);
        const auto came = run(download, exchange);
        REQUIRE(came.size() == kNow - kBegins);
        CHECK(came.front() == kBegins);
        // 200 windows of candles, and not the 1,800 empty ones before them.
        CHECK(exchange.asked < 230);
    }
}

TEST_CASE("an exchange that has nothing ends the search soon") {
    Exchange exchange;
    exchange.now = 1'000'000;
    auto download = download_of(0);
    CHECK(run(download, exchange).empty());
    CHECK(exchange.asked < 40);
}

TEST_CASE("answers that are no candles are refused and change nothing") {
    using market::Candle;
    const auto good = Exchange::candle(5);
    struct Row { const char* why; std::function<void(Candle&)> spoil; const char* sentence; };
    const Row rows[] = {
        {"between the minutes", [](Candle& c) { c.open_time = Instant::from_ms(minute(5) + 1); }, "no whole 1m"},
        {"a low of zero", [](Candle& c) { c.low = {}; }, "contradict each other"},
        {"high below close", [](Candle& c) { c.close = Decimal{1000}; }, "contradict each other"},
        {"no volume", [](Candle& c) { c.volume.reset(); }, "not known in base units"},
        {"before the one before it", [](Candle& c) { c.open_time = Instant::from_ms(minute(3)); }, "not in order"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        auto download = download_of(0);
        const auto ask = download.next(Instant::from_ms(minute(100)));
        REQUIRE(ask);
        auto bad = good;
        row.spoil(bad);
        const auto got = download.take(*ask, {Exchange::candle(4), bad, Exchange::candle(9)}, Instant::from_ms(minute(100)));
        REQUIRE(!got);
        CHECK(got.error().detail.find(row.sentence) != std::string::npos);
        CHECK(download.next(Instant::from_ms(minute(100)))->since == ask->since);
    }
}

TEST_CASE("a candle's line is read as the candle") {
    std::string line = "open_time_ms,open,high,low,close,volume\n";
    append_candle_line(line, {Instant::from_ms(kStart), "1.5"_d, "2"_d, "1.25"_d, "1.75"_d, "0.000001"_d});
    CHECK(line == "open_time_ms,open,high,low,close,volume\n1704067200000,1.5,2,1.25,1.75,0.000001\n");
}
