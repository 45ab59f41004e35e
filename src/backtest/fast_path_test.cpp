// The fast way is the plain one, bit by bit, on random strategies and random markets; and nothing looks into the future.
#include "backtest/random_fixture.hpp"
#include "support/number_in.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr std::uint64_t kPairs = 10'000;

}  // namespace

TEST_CASE("10,000 pairs of runs are the same, figure by figure") {
    std::map<std::string, long> seen;
    const auto pairs = bf::test::number_in("BF_BACKTEST_PAIRS", bf::test::repeats(kPairs, 300));
    for (std::uint64_t seed = 1; seed <= pairs; ++seed) {
        const RandomCase one{seed};
        const auto candles = one.table.view();
        const auto market = one.market(candles);
        const auto plain = Run{one.plan, market, Detail::trades}.plain();
        const CandleIndex index{candles};
        const auto found = difference(plain, Run{one.plan, market, Detail::trades}.fast(index));
        REQUIRE_MESSAGE(found.empty(), "seed " << seed << ": " << found);
        seen["fills"] += plain.fills;
        seen["groups in Recovery"] += plain.recovery_groups;
        seen["liquidations"] += plain.liquidations;
        seen["funding"] += plain.funding.is_zero() ? 0 : 1;
        for (const auto& group : plain.groups_detail) {
            ++seen[std::string{group.reason}];
            for (const auto& decision : group.decisions)
                for (const auto code : decision.failed) ++seen[std::string{trading::to_string(code)}];
        }
        for (const auto& decision : plain.decisions_outside)
            for (const auto code : decision.failed) ++seen[std::string{trading::to_string(code)}];
    }
    if (pairs < kPairs) return;
    // A test of nothing would pass, too: everything that can happen did, often.
    for (const std::string what : {"fills", "groups in Recovery", "take_profit", "recovery_exit", "hard_stop", "exit_signal", "liquidation_guard", "funding", "BRAKE_ACTIVE", "ADDON_OUT_OF_ZONE",
                             "ADDON_WORSENS_AVERAGE", "PAIR_COOLDOWN", "SIGNAL_EXPIRED", "GROUP_IN_RECOVERY", "liquidated", "opposite_signal"}) {
        INFO(what);
        CHECK(seen[what] > 20);
    }
}

TEST_CASE("with another future the past is the same") {
    long compared = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        RandomCase one{seed, 300};
        const std::size_t cut = 150;
        const auto whole = Run{one.plan, one.market(one.table.view()), Detail::trades}.plain();
        // The candles behind the cut in another order, at the same times.
        RandomCase other{seed, 300};
        Dice dice{seed * 7919};
        for (std::size_t i = cut; i < other.table.time.size(); ++i) {
            const auto j = static_cast<std::size_t>(dice.roll(static_cast<std::int64_t>(cut), static_cast<std::int64_t>(other.table.time.size()) - 1));
            for (auto* column : {&other.table.open, &other.table.high, &other.table.low, &other.table.close}) std::swap((*column)[i], (*column)[j]);
        }
        other.trends = make_trends(other.table.view(), other.plan.generator);
        if (other.plan.entries == Entries::generator) other.signals = generator_signals(other.trends, other.plan);
        const auto changed = Run{other.plan, other.market(other.table.view()), Detail::trades}.plain();
        const std::int64_t until = one.table.time[cut];
        const auto fills_before = [&](const Report& report) {
            std::string text;
            for (const auto& group : report.groups_detail) {
                for (const auto& fill : group.fills)
                    if (fill.at.ms() < until)
                        text += std::to_string(fill.at.ms()) + ' ' + std::string{to_string(fill.kind)} + ' ' + fill.price.to_string() + ' ' + fill.quantity.to_string() + '\n';
                for (const auto& decision : group.decisions)
                    if (decision.at.ms() < until) text += std::to_string(decision.at.ms()) + ' ' + summary(decision) + '\n';
            }
            return text;
        };
        const auto before = fills_before(whole);
        CHECK_MESSAGE(before == fills_before(changed), "seed " << seed);
        compared += static_cast<long>(before.size());
    }
    CHECK(compared > 10'000);
}
