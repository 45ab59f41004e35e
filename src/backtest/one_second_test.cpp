// Back-tests on one-second candles, sparse as trades leave them: the same rules, with the order of prices inside a minute known.
#include "backtest/random_fixture.hpp"

#include "backtest/report_json.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

/// Seconds of a market that walks; in most of them nobody trades.
CandleTable seconds_of(Dice& dice, std::size_t count) {
    CandleTable table;
    table.interval = milliseconds{1'000};
    table.tick = "0.01"_d;
    std::int64_t price = dice.roll(50'000, 200'000), time = kFirst;
    for (std::size_t i = 0; i < count; ++i) {
        const auto step = [&] { return price = std::max<std::int64_t>(50, price + dice.roll(-price, price) * dice.pick<std::int64_t>({2, 5, 60}) / 10'000); };
        const std::array<std::int64_t, 4> way{price, step(), step(), step()};
        table.time.push_back(time);
        table.open.push_back(static_cast<std::int32_t>(way[0]));
        table.high.push_back(static_cast<std::int32_t>(*std::max_element(way.begin(), way.end())));
        table.low.push_back(static_cast<std::int32_t>(*std::min_element(way.begin(), way.end())));
        table.close.push_back(static_cast<std::int32_t>(way[3]));
        table.volume.push_back(1);
        time += 1'000 * dice.pick<std::int64_t>({1, 1, 2, 7, dice.roll(1, 90)});
    }
    return table;
}

/// The minutes these seconds make.
CandleTable minutes_of(const CandleTable& seconds) {
    CandleTable out;
    out.tick = seconds.tick;
    for (std::size_t i = 0; i < seconds.time.size(); ++i) {
        const auto minute = seconds.time[i] - seconds.time[i] % 60'000;
        if (out.time.empty() || out.time.back() != minute) {
            out.time.push_back(minute);
            out.open.push_back(seconds.open[i]);
            out.high.push_back(seconds.high[i]);
            out.low.push_back(seconds.low[i]);
            out.close.push_back(seconds.close[i]);
            out.volume.push_back(0);
        }
        out.high.back() = std::max(out.high.back(), seconds.high[i]);
        out.low.back() = std::min(out.low.back(), seconds.low[i]);
        out.close.back() = seconds.close[i];
    }
    return out;
}

}  // namespace

TEST_CASE("on seconds the fast way is the plain one, figure by figure") {
    long fills = 0, recovered = 0, missing = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        RandomCase one{seed};
        Dice dice{seed * 6'364'136'223'846'793'005ULL + 1};
        one.table = seconds_of(dice, static_cast<std::size_t>(dice.roll(300, 1'200)));
        one.first = 0;
        const auto candles = one.table.view();
        one.trends = make_trends(candles, one.plan.generator);
        if (one.plan.entries == Entries::generator) one.signals = generator_signals(one.trends, one.plan);
        if (one.plan.entries == Entries::signals) one.signals = random_signals(dice, candles, one.plan);
        const auto market = one.market(candles);
        const auto plain = Run{one.plan, market, Detail::trades}.plain();
        const CandleIndex index{candles};
        const auto found = difference(plain, Run{one.plan, market, Detail::trades}.fast(index));
        REQUIRE_MESSAGE(found.empty(), "seed " << seed << ": " << found);
        fills += plain.fills;
        recovered += plain.recovery_groups;
        missing += static_cast<long>(plain.gaps);
    }
    CHECK(fills > 1'000);
    CHECK(recovered > 20);
    CHECK(missing > 100'000);
}

TEST_CASE("trends come from seconds as from the minutes they make, and signals at the same moments") {
    std::size_t crosses = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        const auto seconds = seconds_of(dice, 6'000);
        const auto minutes = minutes_of(seconds);
        trading::GeneratorSettings generator;
        generator.enabled = true;
        generator.interval = dice.pick({market::Interval::m1, market::Interval::m5});
        generator.fast = static_cast<int>(dice.roll(2, 5));
        generator.slow = generator.fast + static_cast<int>(dice.roll(1, 6));
        REQUIRE(can_follow(seconds.view(), generator));
        const auto fine = make_trends(seconds.view(), generator), coarse = make_trends(minutes.view(), generator);
        // A minute that is still running when the seconds end is a whole candle of the minutes.
        REQUIRE(coarse.crosses.size() - fine.crosses.size() <= 1);
        for (std::size_t i = 0; i < fine.crosses.size(); ++i) {
            const auto &a = fine.crosses[i], &b = coarse.crosses[i];
            CHECK(a.direction == b.direction);
            CHECK(a.at == b.at);
            CHECK(a.candle.open_time == b.candle.open_time);
            CHECK(a.candle.high == b.candle.high);
            CHECK(a.candle.low == b.candle.low);
            CHECK(a.candle.close == b.candle.close);
            // Known in the first second behind its end, which the first minute behind its end holds.
            if (b.known < minutes.time.size()) CHECK(seconds.time[a.known] - seconds.time[a.known] % 60'000 == minutes.time[b.known]);
        }
        crosses += fine.crosses.size();
    }
    CHECK(crosses > 500);
}

TEST_CASE("inside a minute the order of prices is known, not assumed") {
    const auto plan = plan_of(R"({"name":"ladder","connection":"Main","market":"spot","pairs":["BTC/USDT"],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit_pct":"100","connection_limit_pct":"100"},"entry":{"base_order":"1000","pair_cooldown_s":2592000},
        "add_on":{"trigger":"zone_only","max":1,"cooldown_s":0},"exit":{"take_profit_pct":"2"},"fees":{"maker_pct":"0","taker_pct":"0"}})");
    const auto fills = [&](const CandleTable& table) {
        std::string text;
        const auto report = run_both(plan, table.view());
        for (const auto& group : report.groups_detail)
            for (const auto& fill : group.fills) text += std::string{text.empty() ? "" : ", "} + std::string{to_string(fill.kind)} + ' ' + fixed(fill.price, 2);
        return text;
    };
    const auto seconds = [](std::initializer_list<const char*> prices) {
        Series series{milliseconds{1'000}};
        // The first minute is for the entry.
        series.flat("100", 60);
        for (const auto* price : prices) series.flat(price, 10);
        return series.table;
    };
    // The same minute, open 100, high 103, low 94, close 100, in which the high came first or the low did.
    const auto high_first = seconds({"100", "103", "103", "94", "94", "100"}), low_first = seconds({"100", "94", "94", "103", "103", "100"});
    CHECK(minutes_of(high_first).high == minutes_of(low_first).high);
    CHECK(minutes_of(high_first).low == minutes_of(low_first).low);
    CHECK(minutes_of(high_first).close == minutes_of(low_first).close);
    // Minutes must assume the low first, and that it came by way of every price above it.
    CHECK(fills(minutes_of(high_first)) == "entry 100.00, add_on 95.00, exit 99.39");
    CHECK(fills(minutes_of(low_first)) == "entry 100.00, add_on 95.00, exit 99.39");
    CHECK(fills(high_first) == "entry 100.00, exit 102.00");
    CHECK(fills(low_first) == "entry 100.00, add_on 94.00, exit 98.85");
}

TEST_CASE("the report says that candles are seconds, and which of the missing ones are empty") {
    auto plan = plan_of(R"({"name":"ladder","connection":"Main","market":"spot","pairs":["BTC/USDT"],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit_pct":"100","connection_limit_pct":"100"},"entry":{"base_order":"1000"},"add_on":{"trigger":"off"},"exit":{"take_profit_pct":"2"}})");
    Series series{milliseconds{1'000}};
    series.flat("100", 5).gap(30).flat("100", 5).gap(7).flat("100");
    const auto told = [&](std::uint64_t empty) {
        plan.assumptions.empty_candles = empty;
        std::string text;
        for (const auto& note : notes_of(plan, run_both(plan, series.table.view()))) text += note.text + '\n';
        return text;
    };
    CHECK(told(0).find("The candles are one second long") != std::string::npos);
    CHECK(told(0).find("Candles that are missing: 37.") != std::string::npos);
    CHECK(told(0).find("are empty") == std::string::npos);
    CHECK(told(30).find("Candles that are missing: 7.") != std::string::npos);
    CHECK(told(30).find("Candles that are empty: 30. Nobody traded then") != std::string::npos);
    CHECK(told(37).find("that are missing") == std::string::npos);
    const auto minutes = run_both(plan, Series{}.flat("100", 9).table.view());
    for (const auto& note : notes_of(plan, minutes)) CHECK(note.text.find("one second") == std::string::npos);
}
