// Random strategies and random markets, from a seed.
#pragma once
#include "backtest/backtest_fixture.hpp"

#include <algorithm>
#include <random>

namespace bf::backtest::test {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_{seed} {}
    /// From least to most, both included.
    std::int64_t roll(std::int64_t least, std::int64_t most) { return least + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(most - least + 1)); }
    bool chance(int percent) { return roll(1, 100) <= percent; }
    template <class T>
    T pick(std::initializer_list<T> of) { return *(of.begin() + roll(0, static_cast<std::int64_t>(of.size()) - 1)); }

private:
    std::mt19937_64 engine_;
};

/// A walk with quiet and wild spells, jumps between candles, flat candles and missing ones.
inline CandleTable random_market(Dice& dice, std::size_t count) {
    CandleTable table;
    table.interval = milliseconds{dice.pick<std::int64_t>({60'000, 60'000, 60'000, 300'000, 3'600'000})};
    table.tick = dice.pick({"0.01"_d, "0.1"_d, "1"_d, "0.5"_d});
    std::int64_t price = dice.roll(2'000, 200'000), time = kFirst, wild = 10;
    for (std::size_t i = 0; i < count; ++i) {
        if (dice.chance(3)) wild = dice.pick<std::int64_t>({2, 10, 40, 150});
        if (dice.chance(2)) price += price * dice.roll(-40, 40) / 1000;
        std::array<std::int64_t, 4> way{};
        for (auto& one : way) {
            const std::int64_t reach = price * wild / 10'000;
            price = std::max<std::int64_t>(50, dice.chance(8) ? price : price + dice.roll(-reach, reach));
            one = price;
        }
        table.time.push_back(time);
        table.open.push_back(static_cast<std::int32_t>(way[0]));
        table.high.push_back(static_cast<std::int32_t>(*std::max_element(way.begin(), way.end())));
        table.low.push_back(static_cast<std::int32_t>(*std::min_element(way.begin(), way.end())));
        table.close.push_back(static_cast<std::int32_t>(way[3]));
        table.volume.push_back(1);
        time += table.interval.count() * (dice.chance(2) ? dice.roll(2, 30) : 1);
    }
    return table;
}

inline trading::Settings random_settings(Dice& dice) {
    using namespace trading;
    const auto tenths = [&](std::int64_t least, std::int64_t most) { return Decimal::from_parts(dice.roll(least, most), 1); };
    Settings s;
    s.name = "random";
    s.connection = "Main";
    const bool futures = dice.chance(40);
    s.market = futures ? market::Market::futures : market::Market::spot;
    s.pairs = {futures ? "BTC/USDT:USDT" : "BTC/USDT"};
    s.allow_short = futures && dice.chance(60);
    s.allow_long = !s.allow_short || dice.chance(50);
    s.risk_level = dice.pick({RiskLevel::low, RiskLevel::medium, RiskLevel::high});
    s.on_opposite = dice.pick({OnOpposite::block, OnOpposite::close_if_profit});
    s.allow_shrink = dice.chance(20);
    if (dice.chance(50)) s.margin.group_limit = Decimal{dice.roll(200, 20'000)};
    s.margin.connection_limit_pct = Decimal{dice.pick<std::int64_t>({20, 60, 100})};
    s.margin.recovery_reserve_pct = Decimal{dice.roll(0, 40)};
    if (dice.chance(50)) s.entry.base_order = Decimal{dice.roll(20, 2'000)};
    s.entry.pair_cooldown_s = dice.pick<std::int64_t>({0, 0, 90, 3'600});
    s.add_on.trigger = dice.pick({AddOnTrigger::zone_only, AddOnTrigger::zone_only, AddOnTrigger::signal_and_zone, AddOnTrigger::off});
    s.add_on.on_entry_signal = dice.chance(70);
    s.add_on.max = dice.roll(0, 6);
    s.add_on.zone_step_pct = tenths(2, 60);
    s.add_on.zone_step_multiplier = dice.pick({Decimal{1}, "1.3"_d, "0.7"_d});
    s.add_on.size_multiplier = dice.pick({Decimal{1}, "1.5"_d, "2"_d});
    s.add_on.min_improvement_pct = dice.pick({Decimal{0}, "0.1"_d, "1.5"_d});
    s.add_on.cooldown_s = dice.pick<std::int64_t>({0, 60, 60, 240, 4'000});
    s.add_on.anchor = dice.pick({Anchor::first_entry, Anchor::first_entry, Anchor::last_fill, Anchor::average});
    s.exit.take_profit_pct = tenths(1, 40);
    if (dice.chance(35)) s.exit.hard_stop_pct = tenths(5, 150);
    s.exit.allow_loss_exit = dice.chance(40);
    s.recovery.enabled = dice.chance(75);
    s.recovery.cautious = dice.chance(40);
    if (dice.chance(60)) s.recovery.adverse_move_pct = tenths(5, 100);
    s.recovery.add_on_budget = dice.roll(0, 2);
    s.recovery.cooldown_s = dice.pick<std::int64_t>({0, 600, 14'400});
    s.recovery.target_pct = tenths(0, 8);
    s.recovery.auto_release = dice.chance(40);
    s.futures.leverage = Decimal{dice.pick<std::int64_t>({1, 2, 3, 5, 10})};
    s.futures.min_liq_distance_pct = Decimal{dice.roll(0, 10)};
    s.futures.liquidation_guard_pct = Decimal{dice.pick<std::int64_t>({0, 3, 8})};
    s.brake.drawdown_pct = tenths(3, 100);
    s.brake.window_h = dice.pick<std::int64_t>({1, 2, 24});
    s.fees.maker_pct = dice.pick({"0.02"_d, "0.1"_d, "-0.01"_d});
    s.fees.taker_pct = dice.pick({"0.06"_d, "0.1"_d});
    s.generator.enabled = dice.chance(30);
    s.generator.interval = dice.pick({market::Interval::m1, market::Interval::m5, market::Interval::m15});
    s.generator.fast = static_cast<int>(dice.roll(2, 5));
    s.generator.slow = s.generator.fast + static_cast<int>(dice.roll(1, 10));
    return s;
}

inline trading::InstrumentFacts random_instrument(Dice& dice, const CandleTable& table) {
    trading::InstrumentFacts out;
    out.price_step = dice.pick({table.tick, table.tick, "0.01"_d, "0.5"_d});
    out.quantity_step = dice.pick({"0.00000001"_d, "0.0001"_d, "0.01"_d});
    out.min_notional = dice.pick({Decimal{0}, Decimal{5}});
    if (dice.chance(80)) out.risk_tiers = {{50'000, "0.005"_d}, {5'000'000, "0.02"_d}};
    return out;
}

inline std::vector<RecordedSignal> random_signals(Dice& dice, const Candles& candles, const Plan& plan) {
    std::vector<RecordedSignal> out;
    std::int64_t time = candles.time.front();
    while (time < candles.time.back()) {
        time += dice.pick<std::int64_t>({candles.interval.count(), 7'000, 400'000, candles.interval.count() * 9});
        trading::Signal signal;
        signal.strategy = plan.rules.name;
        signal.pair = plan.pair;
        signal.direction = dice.chance(65) == plan.rules.protection.allow_long ? trading::Direction::long_side : trading::Direction::short_side;
        signal.kind = dice.pick({trading::SignalKind::entry, trading::SignalKind::entry, trading::SignalKind::add, trading::SignalKind::exit});
        signal.time = Instant::from_ms(time);
        out.push_back({signal, dice.chance(3), candle_of(candles, signal.time)});
    }
    return out;
}

/// Everything one run needs.
struct RandomCase {
    explicit RandomCase(std::uint64_t seed, std::size_t candles = 0) {
        Dice dice{seed};
        table = random_market(dice, candles > 0 ? candles : static_cast<std::size_t>(dice.roll(60, 420)));
        const auto settings = random_settings(dice);
        const bool recorded = dice.chance(35);
        plan = make_plan(settings, random_instrument(dice, table), recorded);
        plan.equity = Decimal{dice.pick<std::int64_t>({500, 10'000, 1'000'000})};
        plan.assumptions.fill = dice.pick({FillModel::conservative, FillModel::touch});
        if (dice.chance(30)) plan.assumptions.spread = Decimal::from_parts(dice.roll(1, 40), 4);
        if (dice.chance(30)) plan.assumptions.slippage = Decimal::from_parts(dice.roll(1, 25), 4);
        if (dice.chance(40)) plan.assumptions.funding_rate = Decimal::from_parts(dice.roll(-20, 30), 5);
        plan.assumptions.funding_every = milliseconds{dice.pick<std::int64_t>({3'600'000, 28'800'000})};
        if (dice.chance(15)) {
            std::int64_t at = table.time.front() - 7'200'000;
            while (at < table.time.back()) {
                at += dice.pick<std::int64_t>({1'800'000, 3'600'000, 3'600'002, 28'800'000});
                funding.push_back({Instant::from_ms(at), Decimal::from_parts(dice.roll(-20, 30), 5)});
            }
            plan.assumptions.funding = funding;
        }
        trends = make_trends(table.view(), settings.generator);
        if (recorded)
            signals = random_signals(dice, table.view(), plan);
        else if (plan.entries == Entries::generator)
            signals = generator_signals(trends, plan);
        first = dice.chance(20) ? static_cast<std::size_t>(dice.roll(0, 30)) : 0;
    }
    [[nodiscard]] Market market(const Candles& candles) const { return {candles, signals, &trends, first, candles.size()}; }

    CandleTable table;
    Plan plan;
    TrendSeries trends;
    std::vector<RecordedSignal> signals;
    std::vector<FundingRate> funding;
    std::size_t first{0};
};

}  // namespace bf::backtest::test
