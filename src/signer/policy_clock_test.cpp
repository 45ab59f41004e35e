// The limits of one connection under a clock that was ahead, or back, and is set right: no window is emptied, no raise comes early, no price is
// frozen.
#include "signer/policy_fixture.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;

TEST_CASE("a clock that was days ahead for a minute: what was counted meanwhile is over a window later, over a restart too") {
    using std::chrono::hours;
    using std::chrono::minutes;
    for (const bool restarted : {false, true}) {
        CAPTURE(restarted);
        auto limits = tight();
        limits.values = {{"USDT", {1000, 500, 3000, 5000, 100'000}}};
        limits.exits_a_minute = 60;
        Bench bench{limits};
        for (int i = 0; i < 2; ++i) REQUIRE(bench.ask(bench.buy(10)).empty());
        bench.now = kStart + hours{72};
        for (int i = 0; i < 3; ++i) REQUIRE(bench.ask(bench.buy(10)).empty());
        for (int i = 0; i < 60; ++i) REQUIRE(bench.ask(bench.sell(1)).empty());
        bench.now = kStart + minutes{1};
        if (restarted) {
            REQUIRE(bench.keep());
            bench.restart();
        }
        // Nothing is forgiven by the step itself.
        CHECK(holds(bench.ask(bench.buy(10)), "within an hour"));
        CHECK((restarted || holds(bench.ask(bench.sell(1)), "exits")));
        bench.now = bench.now + minutes{2};
        CHECK(bench.ask(bench.sell(1)).empty());
        bench.now = bench.now + minutes{62};
        CHECK(bench.ask(bench.buy(10)).empty());
        // What a restart leaves unsaid counts, too.
        CHECK(bench.ask(bench.buy(10)).empty() != restarted);
        CHECK(holds(bench.ask(bench.buy(10)), "within a day"));
        // Ever after as if it had not been: an hour is an hour and a day a day, and what is written has the clock's numbers.
        for (int day = 0; day < 5; ++day) {
            bench.now = bench.now + hours{25};
            for (int i = 0; i < 3; ++i) CHECK(bench.ask(bench.buy(10)).empty());
            CHECK(holds(bench.ask(bench.buy(10)), "within an hour"));
            bench.now = bench.now + minutes{62};
            for (int i = 0; i < 2; ++i) CHECK(bench.ask(bench.buy(10)).empty());
            CHECK(holds(bench.ask(bench.buy(10)), "within a day"));
        }
        bench.policy.state().assets.at("USDT").day.each([&](std::int64_t number, const Decimal&) { CHECK(number * 900'000 <= bench.now.ms()); });
    }
}

TEST_CASE("a clock that was back for a while and is set right empties no window") {
    using std::chrono::hours;
    auto limits = tight();
    limits.values = {{"USDT", {1000, 500, 3000, 5000, 100'000}}};
    for (const auto back : {milliseconds{seconds{20}}, milliseconds{std::chrono::minutes{50}}, milliseconds{hours{5}}, milliseconds{hours{400}}}) {
        CAPTURE(back.count());
        Bench bench{limits};
        for (int i = 0; i < 3; ++i) REQUIRE(bench.ask(bench.buy(10)).empty());
        // However often.
        for (int i = 0; i < 5; ++i) {
            for (const auto by : {-back, back}) {
                bench.now = bench.now + by;
                CHECK(holds(bench.ask(bench.buy(1)), "within an hour"));
                bench.now = bench.now + seconds{61};
                CHECK(holds(bench.ask(bench.buy(1)), "within an hour"));
            }
        }
        bench.now = bench.now + std::chrono::minutes{61};
        for (int i = 0; i < 2; ++i) CHECK(bench.ask(bench.buy(10)).empty());
        CHECK(holds(bench.ask(bench.buy(1)), "within a day"));
    }
}

TEST_CASE("whatever steps back a clock makes, what came within a window's length is counted, and what is older than two is not") {
    CHECK(rc::check([] {
        PolicyClock clock{Instant{}};
        Window<std::int64_t, 10, 60'000> window;
        constexpr std::int64_t length = 600'000, slack = 60'000 + PolicyClock::kBackMost.count();
        std::int64_t real = 1'000'000'000, read = real, steps = 0;
        std::vector<std::int64_t> added;
        for (int i = 0; i < 200; ++i) {
            const auto pace = *rc::gen::inRange(0, 100'000);
            real += pace;
            read += pace;
            if (*rc::gen::inRange(0, 20) == 0) {
                read -= *rc::gen::element(500, 50'000, 900'000, 300'000'000);
                ++steps;
            }
            const auto now = clock.heed(Instant::from_ms(read));
            if (clock.is_settled(Instant::from_ms(read))) window.date_back(clock.settle());
            std::int64_t within = 0, maybe = 0;
            for (const auto at : added) {
                within += real - at <= length ? 1 : 0;
                maybe += real - at <= length + slack * (steps + 1) ? 1 : 0;
            }
            RC_ASSERT(window.total(now) >= within);
            RC_ASSERT(window.total(now) <= maybe);
            window.add(now, 1);
            added.push_back(real);
        }
    }));
}

TEST_CASE("a clock that was days ahead for a minute freezes no price and none is believed anew; nor when one that was back is set right") {
    using std::chrono::hours;
    using std::chrono::minutes;
    for (const bool restarted : {false, true}) {
        CAPTURE(restarted);
        Bench bench;
        const auto told = [&](const Decimal& price) {
            auto item = bench.buy("0.001"_d, Decimal{1});
            item.reference = ports::PriceReference{price, bench.now};
            (void)bench.ask(item);
            return bench.policy.state().symbols.at(*item.call.symbol).reference->price;
        };
        const auto restart = [&] {
            if (!restarted) return;
            REQUIRE(bench.keep());
            bench.restart();
        };
        const auto go = [&](milliseconds by) { bench.now = bench.now + by; };
        CHECK(told(100) == Decimal{100});
        go(hours{72});
        CHECK(told(101) == Decimal{101});
        go(-hours{72} + minutes{1});
        restart();
        CHECK(told(1000) <= "103.1"_d);
        // From the first order after it on.
        const auto before = told(1000);
        go(minutes{1});
        const auto after = told(1000);
        CHECK(after > before * "1.019"_d);
        CHECK(after <= before * "1.02"_d);
        go(hours{30});
        CHECK(told(100) == Decimal{100});
        CHECK(bench.policy.state().symbols.begin()->second.reference->told_for == bench.now);
        restart();
        go(minutes{1});
        CHECK(told(101) == Decimal{101});
        // Back for a minute, and right again.
        const auto kept = bench.policy.state().symbols.begin()->second.reference->told_for;
        bench.now = bench.now - hours{72};
        CHECK(told(1000) == Decimal{101});
        CHECK(bench.policy.state().symbols.begin()->second.reference->told_for >= kept);
        bench.now = bench.now + hours{72} + minutes{1};
        CHECK(told(1000) <= "103.1"_d);
    }
}

TEST_CASE("a raise that was asked for while the clock was ahead waits its delay, and one that waits comes no earlier by a clock that was back") {
    using std::chrono::hours;
    using std::chrono::minutes;
    auto wide = tight();
    wide.leverage = 50;
    Bench bench;
    const auto holds_now = [&] { return bench.policy.tell(bench.now).limits.leverage == 50; };
    REQUIRE(bench.ask(bench.buy(1)).empty());
    bench.now = bench.now + hours{72};
    bench.policy.set_limits(wide, bench.now);
    bench.now = bench.now - hours{72} + minutes{1};
    CHECK_FALSE(holds_now());
    CHECK(bench.policy.tell(bench.now).raise->due <= bench.now + hours{1});
    bench.now = bench.now + minutes{61};
    CHECK(holds_now());

    bench = Bench{};
    REQUIRE(bench.ask(bench.buy(1)).empty());
    bench.policy.set_limits(wide, bench.now);
    bench.now = bench.now - hours{100};
    CHECK_FALSE(holds_now());
    bench.now = bench.now + hours{100} + minutes{30};
    CHECK_FALSE(holds_now());
    bench.now = bench.now + minutes{31};
    CHECK(holds_now());
}
