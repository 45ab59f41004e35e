#include "engine/brakes.hpp"

#include <doctest/doctest.h>

using namespace bf;
using engine::AccountKey;
using engine::Brakes;

namespace {

Instant minute(std::int64_t count) { return Instant::from_ms(1'790'000'000'000 + count * 60'000); }
trading::Protection numbers(int percent, int hours) {
    trading::Protection protection;
    protection.brake_drawdown = Decimal::from_parts(percent, 2);
    protection.brake_window = std::chrono::hours{hours};
    return protection;
}
const AccountKey kAccount{"main", "USDT"};

}  // namespace

TEST_CASE("strategies with the same numbers share a brake; each account and each pair of numbers has its own") {
    Brakes brakes;
    brakes.want(kAccount, numbers(10, 24));
    brakes.want(kAccount, numbers(10, 24));
    brakes.want(kAccount, numbers(20, 24));
    brakes.want({"other", "USDT"}, numbers(10, 24));
    CHECK(brakes.accounts().size() == 2);
    CHECK(brakes.note(kAccount, {minute(0), Decimal{1000}}).went_on.empty());
    const auto fell = brakes.note(kAccount, {minute(1), Decimal{880}});
    REQUIRE(fell.went_on.size() == 1);
    CHECK(fell.went_on.front() == brakes.find(kAccount, numbers(10, 24)));
    CHECK(brakes.note(kAccount, {minute(2), Decimal{870}}).went_on.empty());
    CHECK_FALSE(brakes.find(kAccount, numbers(20, 24))->active());
    CHECK_FALSE(brakes.find({"other", "USDT"}, numbers(10, 24))->active());
    CHECK(brakes.find(kAccount, numbers(10, 48)) == nullptr);
}

TEST_CASE("a brake that is asked for later, or after a restart, knows the peak before it") {
    Brakes brakes;
    brakes.want(kAccount, numbers(10, 24));
    std::vector<engine::EquitySample> journal;
    for (int i = 0; i < 60; ++i) {
        const engine::EquitySample sample{minute(i), Decimal{i < 10 ? 1000 : 950}};
        if (brakes.note(kAccount, sample).worth_keeping) journal.push_back(sample);
    }
    CHECK(journal.size() == 12);
    Brakes restarted;
    for (const auto& sample : journal) restarted.restore(kAccount, sample, false);
    for (const auto& sample : journal) restarted.restore(kAccount, sample, true);
    CHECK(restarted.history(kAccount).size() == journal.size());
    restarted.want(kAccount, numbers(10, 24));
    CHECK(restarted.note(kAccount, {minute(61), Decimal{890}}).went_on.size() == 1);
}

TEST_CASE("money that was moved is neither won nor lost: peaks move with it, and none is made of what was told in between") {
    struct Row { int amount, after, later; bool active; };
    for (const Row& row : {Row{-400, 600, 590, false}, Row{-400, 600, 530, true}, Row{1000, 2000, 1990, false}, Row{1000, 2000, 1750, true}, Row{1000, 2000, 1850, false}}) {
        CAPTURE(row.amount);
        CAPTURE(row.later);
        Brakes brakes;
        brakes.want(kAccount, numbers(10, 24));
        std::vector<engine::EquitySample> journal;
        const auto note = [&](int at, int equity) {
            if (brakes.note(kAccount, {minute(at), Decimal{equity}}).worth_keeping) journal.push_back({minute(at), Decimal{equity}});
        };
        note(0, 1000);
        note(10, 990);
        note(20, row.after);  // Seen by the account's own figures before it is known for what it is.
        const Brakes::Moved moved{Decimal{row.amount}, minute(12), minute(21)};
        brakes.moved(kAccount, moved);
        Brakes restarted;
        for (const auto& sample : journal) restarted.restore(kAccount, sample, false);
        restarted.moved(kAccount, moved);
        restarted.want(kAccount, numbers(10, 24));
        for (auto* one : {&brakes, &restarted}) {
            one->note(kAccount, {minute(30), Decimal{row.later}});
            CHECK(one->find(kAccount, numbers(10, 24))->active() == row.active);
        }
    }
}

TEST_CASE("a month of an account is remembered in a bounded way, with every hour's peak in it") {
    Brakes brakes;
    brakes.want(kAccount, numbers(10, 720));
    for (int i = 0; i < 40 * 24 * 60; i += 5) brakes.note(kAccount, {minute(i), i == 15 * 24 * 60 ? Decimal{2000} : Decimal{1000}});
    const auto& history = brakes.history(kAccount);
    CHECK(history.size() < 720 + 300 + 12);
    CHECK(std::any_of(history.begin(), history.end(), [](const auto& one) { return one.equity == Decimal{2000}; }));
    CHECK(std::is_sorted(history.begin(), history.end(), [](const auto& a, const auto& b) { return a.at < b.at; }));
    CHECK(brakes.find(kAccount, numbers(10, 720))->active());
}

TEST_CASE("a clock that was ahead for a minute, or an hour, leaves the brake as if it had not been, over a restart too") {
    struct Life {
        Brakes brakes{};
        std::vector<engine::EquitySample> journal{};
        Life() { brakes.want(kAccount, numbers(10, 24)); }
        void note(Instant at, int equity) {
            if (brakes.note(kAccount, {at, Decimal{equity}}).worth_keeping) journal.push_back({at, Decimal{equity}});
        }
        void restart(bool checkpoint) {
            // A checkpoint that stands in a whole journal repeats what is kept.
            std::vector<engine::EquitySample> kept;
            brakes.each_kept([&](const AccountKey&, const engine::EquitySample& sample) { kept.push_back(sample); });
            brakes = {};
            for (const auto& sample : journal) brakes.restore(kAccount, sample, false);
            if (checkpoint)
                for (const auto& sample : kept) brakes.restore(kAccount, sample, true);
            brakes.want(kAccount, numbers(10, 24));
        }
        [[nodiscard]] bool active() { return brakes.find(kAccount, numbers(10, 24))->active(); }
    };
    for (const int days : {1, 3, 40, 4000})
        for (const int for_minutes : {1, 50})
            for (const int restarted : {0, 1, 2, 3}) {
                CAPTURE(days);
                CAPTURE(for_minutes);
                CAPTURE(restarted);
                Life life;
                int now = -24 * 60;
                for (; now < 0; ++now) life.note(minute(now), 900);
                life.note(minute(now), 1000);
                for (; now < 60; ++now) life.note(minute(now), 980);
                const int ahead = days * 24 * 60;
                for (const int until = now + for_minutes; now < until; ++now) life.note(minute(now + ahead), 980);
                if (restarted == 1) life.restart(false);
                life.note(minute(now), 980);
                CHECK(std::all_of(life.brakes.history(kAccount).begin(), life.brakes.history(kAccount).end(), [&](const auto& one) { return one.at <= minute(now); }));
                // The peak of before is known.
                CHECK_FALSE(life.active());
                life.note(minute(++now), 890);
                CHECK(life.active());
                for (const int until = now + 30; now < until; ++now) life.note(minute(now), 890);
                if (restarted > 1) life.restart(restarted == 3);
                const auto size = life.journal.size();
                for (const int until = now + 25 * 60; now < until; ++now) life.note(minute(now), 890);
                CHECK(life.journal.size() >= size + 24 * 12);
                // And is over when its window is.
                CHECK_FALSE(life.active());
                life.restart(false);
                life.note(minute(++now), 890);
                CHECK_FALSE(life.active());
                // Years in few steps.
                for (const int until = ahead + 26 * 60, step = days > 100 ? 120 : 5; now < until; now += step) life.note(minute(now), 890);
                CHECK_FALSE(life.active());
            }
}

TEST_CASE("a clock that was back for a while takes no peak away, neither meanwhile nor when it is right again") {
    for (const int back : {60, 5000, 50'000'000 / 60}) {
        CAPTURE(back);
        Brakes brakes;
        brakes.want(kAccount, numbers(10, 24));
        for (int i = 0; i < 60; ++i) brakes.note(kAccount, {minute(i), Decimal{i < 10 ? 1000 : 950}});
        for (int i = 60; i < 90; ++i) brakes.note(kAccount, {minute(i - back), Decimal{940}});
        CHECK_FALSE(brakes.find(kAccount, numbers(10, 24))->active());
        brakes.note(kAccount, {minute(90 - back), Decimal{890}});
        CHECK(brakes.find(kAccount, numbers(10, 24))->active());
        brakes.note(kAccount, {minute(91), Decimal{890}});
        CHECK(brakes.find(kAccount, numbers(10, 24))->active());
        CHECK(std::is_sorted(brakes.history(kAccount).begin(), brakes.history(kAccount).end(), [](const auto& a, const auto& b) { return a.at < b.at; }));
        for (int i = 92; i < 24 * 60 - 60; ++i) brakes.note(kAccount, {minute(i), Decimal{890}});
        CHECK(brakes.find(kAccount, numbers(10, 24))->active());
        for (int i = 24 * 60; i < 26 * 60; ++i) brakes.note(kAccount, {minute(i), Decimal{890}});
        CHECK_FALSE(brakes.find(kAccount, numbers(10, 24))->active());
    }
}
