#include "backtest/plan.hpp"

#include <algorithm>
#include <array>

namespace bf::backtest {
namespace {

constexpr std::array<std::string_view, 2> kFills{"conservative", "touch"};
constexpr std::array<std::string_view, 3> kEntries{"signals", "generator", "immediate"};

}  // namespace

std::string_view to_string(FillModel model) { return kFills[static_cast<std::size_t>(model)]; }
std::string_view to_string(Entries entries) { return kEntries[static_cast<std::size_t>(entries)]; }

trading::InstrumentFacts default_instrument(const Candles& candles) {
    trading::InstrumentFacts facts;
    // Prices without decimals say little about the steps of their market.
    facts.price_step = std::min(candles.tick, Decimal::from_parts(1, 2));
    facts.quantity_step = Decimal::from_parts(1, 8);
    return facts;
}

Plan make_plan(const trading::Settings& settings, const trading::InstrumentFacts& instrument, bool has_signals, std::string pair) {
    Plan plan;
    plan.rules = trading::make_rules(settings);
    plan.generator = settings.generator;
    plan.instrument = instrument;
    plan.pair = pair.empty() && !settings.pairs.empty() ? settings.pairs.front() : std::move(pair);
    plan.entries = has_signals ? Entries::signals : settings.generator.enabled ? Entries::generator : Entries::immediate;
    auto& trigger = plan.rules.protection.trigger;
    if (plan.entries == Entries::immediate && trigger == trading::AddOnTrigger::signal_and_zone) trigger = trading::AddOnTrigger::zone_only;
    return plan;
}

std::size_t candle_of(const Candles& candles, Instant at, std::size_t from) {
    const auto begin = candles.time.begin() + static_cast<std::ptrdiff_t>(from);
    const auto found = std::upper_bound(begin, candles.time.end(), at.ms() - candles.interval.count());
    return static_cast<std::size_t>(found - candles.time.begin());
}

}  // namespace bf::backtest
