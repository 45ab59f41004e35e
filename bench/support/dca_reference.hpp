// DCA-REF-1, a strategy whose rules leave nothing open inside a candle, twice: a plain loop over integers (the oracle), and the same on the
// back-tester's index of candles with its exact decimals. Both list every deal.
//
// Long only, one deal at a time, fee 0.1 % of each fill's notional, rounded up to 1e-8. Flat: buys `base` at a candle's close, quantity down to
// 0.00001. n safety orders below: deviation k = sum of dev * step^j (j < k), price down to the tick; money k = so * vscale^(k-1); ratios in
// millionths, rounded down at each step. In a later candle every safety order at or above the low fills at its price; if any did, the target is
// anew and can't fill in that candle; else a high at or above the target sells all at it. Target = average * (1 + tp), up to the tick.
#pragma once
#include "backtest/index.hpp"
#include "trading/number.hpp"

#include <string>
#include <vector>

namespace bf::bench::reference {

using Wide = __int128;

struct Configuration {
    int orders;
    std::int64_t dev, step, vscale, tp;  ///< Millionths.
    static constexpr std::int64_t kBase = 100, kSafety = 100;
};

inline Configuration configuration(int i) { return {5 + i % 6, 8'000 + 1'000 * (i % 13), 1'000'000 + 50'000 * (i % 9), 1'000'000 + 100'000 * (i % 7), 8'000 + 1'000 * (i % 17)}; }

struct Deal {
    std::size_t entry, exit;
    std::int64_t entry_price, exit_price;  ///< Ticks of 0.01.
    int fills;                             ///< The sale counts.
    std::int64_t quantity;                 ///< In 0.00001.
    std::int64_t profit;                   ///< In 1e-8.
    friend bool operator==(const Deal&, const Deal&) = default;
};

inline std::string difference(const std::vector<Deal>& a, const std::vector<Deal>& b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (!(a[i] == b[i])) return "deal " + std::to_string(i) + " differs";
    return a.size() == b.size() ? std::string{} : "the number of deals differs";
}

// ---- the oracle: integers and a loop, nothing else

/// Ticks of 0.01 times 0.00001: notional counts in 1e-7, fees and profit in 1e-8.
inline std::vector<Deal> plain(const backtest::Candles& candles, const Configuration& config) {
    std::vector<Deal> deals;
    const std::int32_t *low = candles.low.data(), *high = candles.high.data(), *close = candles.close.data();
    const std::size_t count = candles.size();
    std::int64_t price[16] = {}, quantity[16] = {};
    for (std::size_t i = 0; i < count;) {
        const std::int64_t entry = close[i];
        // 100 units are 100 * 10^7 of tick times lot.
        std::int64_t held = Configuration::kBase * 10'000'000 / entry;
        std::int64_t notional = held * entry;
        std::int64_t fees = (notional * 10 + 999) / 1'000;
        std::int64_t away = 0, gap = config.dev, ratio = 1'000'000;
        int placed = 0;
        for (int k = 0; k < config.orders; ++k) {
            away += gap;
            if (away >= 1'000'000) break;
            price[placed] = entry * (1'000'000 - away) / 1'000'000;
            if (price[placed] <= 0) break;
            quantity[placed] = static_cast<std::int64_t>(Wide{Configuration::kSafety} * ratio * 10 / price[placed]);
            ++placed;
            gap = gap * config.step / 1'000'000;
            ratio = ratio * config.vscale / 1'000'000;
        }
        const auto target_of = [&] {
            const Wide top = Wide{notional} * (1'000'000 + config.tp), bottom = Wide{held} * 1'000'000;
            return static_cast<std::int64_t>((top + bottom - 1) / bottom);
        };
        std::int64_t target = target_of();
        int next = 0;
        std::size_t at = i + 1;
        for (; at < count; ++at) {
            if (next < placed && price[next] >= low[at]) {
                for (; next < placed && price[next] >= low[at]; ++next) {
                    const std::int64_t cost = price[next] * quantity[next];
                    held += quantity[next];
                    notional += cost;
                    fees += (cost * 10 + 999) / 1'000;
                }
                target = target_of();
            } else if (high[at] >= target) {
                const std::int64_t sold = target * held;
                fees += (sold * 10 + 999) / 1'000;
                deals.push_back({i, at, entry, target, next + 2, held, (sold - notional) * 10 - fees});
                break;
            }
        }
        i = at + 1;
    }
    return deals;
}

// ---- the same on the back-tester's index, in decimals

inline std::vector<Deal> fast(const backtest::Candles& candles, const backtest::CandleIndex& index, const Configuration& config) {
    using trading::Number;
    const Decimal tick = candles.tick, lot = Decimal::from_parts(1, 5), cent_of_cents = Decimal::from_parts(1, 8), fee_rate = Decimal::from_parts(1, 3);
    const auto ticks = [&](const Decimal& value) { return static_cast<std::int64_t>(Decimal::quotient_mantissa({value.mantissa(), value.scale()}, {tick.mantissa(), tick.scale()}, 0, Rounding::down).value()); };
    const auto units = [](const Decimal& value, int scale) { return static_cast<std::int64_t>(Decimal::quotient_mantissa({value.mantissa(), value.scale()}, {1, scale}, 0, Rounding::down).value()); };
    const auto millionths = [](std::int64_t value) { return Decimal::from_parts(value, 6); };
    const auto down_to_millionth = [](const Number& value) { return to_step(value, Decimal::from_parts(1, 6), Rounding::down).value(); };
    struct Order {
        Decimal price, quantity;
        std::int32_t ticks;
    };
    std::vector<Deal> deals;
    std::vector<Order> orders;
    for (std::size_t i = 0; i < candles.size();) {
        const Decimal entry = (Number{candles.close[i]} * tick).value();
        Decimal held = to_step(trading::divide_down(Decimal{Configuration::kBase}, entry), lot, Rounding::down).value();
        Decimal notional = (Number{held} * entry).value();
        const auto fee_of = [&](const Decimal& value) { return to_step(trading::multiply_up(value, fee_rate), cent_of_cents, Rounding::up).value(); };
        Decimal fees = fee_of(notional);
        orders.clear();
        Decimal away, gap = millionths(config.dev), ratio{1};
        for (int k = 0; k < config.orders; ++k) {
            away += gap;
            if (away >= Decimal{1}) break;
            const Decimal price = to_step(Number{entry} * (Number{1} - away), tick, Rounding::down).value();
            if (!price.is_positive()) break;
            const Decimal quantity = to_step(trading::divide_down(Number{Decimal{Configuration::kSafety}} * ratio, price), lot, Rounding::down).value();
            orders.push_back({price, quantity, static_cast<std::int32_t>(ticks(price))});
            gap = down_to_millionth(Number{gap} * millionths(config.step));
            ratio = down_to_millionth(Number{ratio} * millionths(config.vscale));
        }
        const auto target_of = [&] { return to_step(trading::divide_up(Number{notional} * (Number{1} + millionths(config.tp)), held), tick, Rounding::up).value(); };
        Decimal target = target_of();
        std::size_t next = 0, at = i + 1;
        while (at < candles.size()) {
            const std::int32_t below = next < orders.size() ? orders[next].ticks : backtest::kNoLow;
            at = index.next(at, candles.size(), below, static_cast<std::int32_t>(std::min<std::int64_t>(ticks(target), backtest::kNoHigh)));
            if (at == candles.size()) break;
            if (candles.low[at] <= below) {
                for (; next < orders.size() && orders[next].ticks >= candles.low[at]; ++next) {
                    const Decimal cost = (Number{orders[next].price} * orders[next].quantity).value();
                    held += orders[next].quantity;
                    notional += cost;
                    fees += fee_of(cost);
                }
                target = target_of();
                ++at;
                continue;
            }
            const Decimal sold = (Number{target} * held).value();
            fees += fee_of(sold);
            deals.push_back({i, at, ticks(entry), ticks(target), static_cast<int>(next) + 2, units(held, 5), units(sold - notional - fees, 8)});
            break;
        }
        i = at + 1;
    }
    return deals;
}

}  // namespace bf::bench::reference
