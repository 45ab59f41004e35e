// The built-in generator's trends over the simulated exchanges: the same as from the exchange's own candles, and each cross told once.
#include "engine/trend_feed.hpp"

#include "support/feed_floor.hpp"

using namespace bf;
using engine::TrendKey;
using engine::TrendNews;
using trading::Direction;

namespace {

struct Watch {
    explicit Watch(test::Product of, std::uint64_t seed = 3) : desk{of, seed} {
        feed = std::make_unique<engine::TrendFeed>(*desk.feed, desk.outside(), [this](const TrendNews& one) { news.push_back(one); });
    }
    test::MarketDesk desk;
    std::vector<TrendNews> news;
    std::unique_ptr<engine::TrendFeed> feed;
};

trading::GeneratorSettings numbers(market::Interval interval, int fast, int slow) { return {true, interval, fast, slow, Decimal{10}}; }

}  // namespace

TEST_CASE("a trend is what the exchange's closed candles make of it, from the month before on, on all four products") {
    for (const auto& product : test::kProducts) {
        CAPTURE(product.exchange);
        CAPTURE(static_cast<int>(product.market));
        Watch watch{product};
        const auto symbol = watch.desk.symbol("ETH");
        const auto settings = numbers(market::Interval::m5, 3, 8);
        watch.feed->want({TrendKey::of(symbol, settings)});
        watch.desk.clock.run_for(seconds{60});
        REQUIRE(!watch.news.empty());
        const auto since = watch.news.back().candle.open_time;
        for (int i = 0; i < 12; ++i) {
            watch.desk.price(symbol, std::to_string(3000 + (i % 4) * (i % 2 == 0 ? 40 : -35)));
            watch.desk.clock.run_for(std::chrono::minutes{4});
        }
        watch.desk.clock.run_for(seconds{30});
        // By the exchange's own book of candles.
        trading::Trend expected{settings};
        const auto now = watch.desk.clock.true_time();
        const auto& market = watch.desk.exchange().market(watch.desk.simulated(symbol));
        std::vector<std::pair<Instant, Direction>> crosses;
        for (const auto& one : market.candles(5, Instant::from_ms(0), now)) {
            if (one.open_time + std::chrono::minutes{5} > now) break;
            const auto crossed = expected.close({one.open_time, one.open, one.high, one.low, one.close, std::nullopt});
            if (crossed && one.open_time > since) crosses.emplace_back(one.open_time, *crossed);
        }
        CHECK(watch.news.back().candle.open_time == expected.last()->open_time);
        CHECK(watch.news.back().uncertain_for_long == expected.uncertain_for(Direction::long_side));
        CHECK(watch.news.back().uncertain_for_short == expected.uncertain_for(Direction::short_side));
        CHECK(!crosses.empty());
        std::vector<std::pair<Instant, Direction>> told;
        Instant last{};
        for (const auto& one : watch.news) {
            CHECK(one.candle.open_time > last);
            last = one.candle.open_time;
            if (one.signal && one.candle.open_time > since) told.emplace_back(one.candle.open_time, *one.signal);
        }
        CHECK(told == crosses);
    }
}

TEST_CASE("crosses of the past that is read at the start are no signals") {
    Watch watch{test::kProducts[2]};
    const auto symbol = watch.desk.symbol("BTC");
    // Averages this short cross every few candles, so the day before is full of crosses.
    watch.feed->want({TrendKey::of(symbol, numbers(market::Interval::m5, 2, 3))});
    watch.desk.clock.run_for(std::chrono::minutes{3});
    REQUIRE(!watch.news.empty());
    for (const auto& one : watch.news)
        if (one.signal) CHECK(watch.desk.clock.true_time() - (one.candle.open_time + std::chrono::minutes{5}) < std::chrono::minutes{10});
    CHECK(watch.news.size() < 12);
}

TEST_CASE("candles that the exchange does not give are asked for again, and none is missed") {
    Watch watch{test::kProducts[0]};
    const auto symbol = watch.desk.symbol("ETH");
    watch.feed->want({TrendKey::of(symbol, numbers(market::Interval::m5, 3, 8))});
    watch.desk.clock.run_for(std::chrono::minutes{2});
    REQUIRE(!watch.news.empty());
    watch.desk.fault("unavailable");
    watch.desk.clock.run_for(std::chrono::minutes{22});
    const auto before = watch.news.size();
    watch.desk.heal();
    watch.desk.clock.run_for(std::chrono::minutes{3});
    CHECK(watch.news.size() > before);
    const auto now = watch.desk.clock.true_time();
    CHECK(now - watch.news.back().candle.open_time < std::chrono::minutes{11});
}

TEST_CASE("what nobody wants any more is asked for no longer") {
    Watch watch{test::kProducts[0]};
    watch.feed->want({TrendKey::of(watch.desk.symbol("ETH"), numbers(market::Interval::m5, 3, 8))});
    watch.desk.clock.run_for(std::chrono::minutes{2});
    CHECK(watch.feed->size() == 1);
    watch.feed->want({});
    CHECK(watch.feed->size() == 0);
    const auto before = watch.news.size();
    watch.desk.clock.run_for(std::chrono::minutes{11});
    CHECK(watch.news.size() == before);
}
