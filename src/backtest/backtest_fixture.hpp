// Candles and plans for tests of the back-tester.
#pragma once
#include "backtest/index.hpp"
#include "backtest/run.hpp"
#include "trading/trading_fixture.hpp"

#include <array>

namespace bf::backtest::test {

using trading::test::fixed;

inline constexpr std::int64_t kFirst = 1'735'689'600'000;  ///< 2025-01-01, a whole day.

struct CandleTable {
    milliseconds interval{60'000};
    Decimal tick{1}, lot{1};
    std::vector<std::int64_t> time;
    std::vector<std::int32_t> open, high, low, close;
    std::vector<std::int64_t> volume;

    [[nodiscard]] Candles view() const { return {interval, tick, lot, time, open, high, low, close, volume}; }
};

/// One-minute candles in whole price units of a hundredth.
struct Series {
    CandleTable table;
    explicit Series(milliseconds interval = milliseconds{60'000}) {
        table.interval = interval;
        table.tick = "0.01"_d;
    }
    Series& add(const char* open, const char* high, const char* low, const char* close) {
        const auto ticks = [](const char* text) { return static_cast<std::int32_t>(round_to_step(Decimal::parse(text).value() * Decimal{100}, 1, Rounding::down).mantissa()); };
        table.time.push_back(kFirst + static_cast<std::int64_t>(table.time.size() + gap_) * table.interval.count());
        table.open.push_back(ticks(open));
        table.high.push_back(ticks(high));
        table.low.push_back(ticks(low));
        table.close.push_back(ticks(close));
        table.volume.push_back(1);
        return *this;
    }
    Series& flat(const char* price, int count = 1) {
        for (int i = 0; i < count; ++i) add(price, price, price, price);
        return *this;
    }
    /// So many candles are missing.
    Series& gap(std::size_t count) {
        gap_ += count;
        return *this;
    }
    [[nodiscard]] std::int64_t now() const { return table.time.back() + table.interval.count(); }

private:
    std::size_t gap_{0};
};

inline trading::InstrumentFacts fine_instrument() { return {.price_step = "0.01"_d, .quantity_step = "0.00000001"_d}; }

/// Runs both ways, holds them to each other, gives the report.
inline Report run_both(const Plan& plan, const Candles& candles, std::span<const RecordedSignal> signals = {}, const TrendSeries* trends = nullptr, std::size_t first = 0) {
    const Market market{candles, signals, trends, first, candles.size()};
    auto plain = Run{plan, market, Detail::explained}.plain();
    const CandleIndex index{candles};
    const auto fast = Run{plan, market, Detail::explained}.fast(index);
    if (const auto found = difference(plain, fast); !found.empty()) {
        std::fprintf(stderr, "the fast way differs from the plain one: %s\n", found.c_str());
        std::abort();
    }
    return plain;
}

inline Plan plan_of(const std::string& json, const trading::InstrumentFacts& instrument = fine_instrument(), bool signals = false) {
    const auto settings = trading::test::settings_of(json);
    if (!trading::check(settings).empty()) {
        std::fprintf(stderr, "%s %s\n", trading::check(settings).front().field.c_str(), trading::sentence(trading::check(settings).front(), trading::Language::en).c_str());
        std::abort();
    }
    return make_plan(settings, instrument, signals);
}

/// "OPENED", "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE".
inline std::string summary(const DecisionRecord& decision) {
    std::string out{trading::to_string(decision.outcome)};
    for (std::size_t i = 0; i < decision.failed.size(); ++i) out += (i == 0 ? " " : "+") + std::string{trading::to_string(decision.failed[i])};
    return out;
}

}  // namespace bf::backtest::test
