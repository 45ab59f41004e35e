#include "engine/instrument_facts.hpp"

#include "market/api_orders.hpp"

namespace bf::engine {

std::vector<trading::RiskTier> tiers_of(const std::vector<market::RiskTier>& tiers) {
    std::vector<trading::RiskTier> facts;
    facts.reserve(tiers.size());
    for (const auto& tier : tiers) facts.push_back({tier.up_to, tier.maintenance_rate, tier.max_leverage, tier.unit == market::RiskTier::Unit::quantity});
    return facts;
}

trading::InstrumentFacts facts_of(const market::Instrument& instrument) {
    trading::InstrumentFacts facts;
    facts.price_step = instrument.price_step.value_or(Decimal{});
    facts.quantity_step = instrument.quantity_step.value_or(Decimal{});
    facts.min_quantity = instrument.min_quantity.value_or(Decimal{});
    facts.min_notional = instrument.min_notional.value_or(Decimal{});
    // Nothing could be ordered where the most is zero: it is an exchange's way to say that there is none.
    const auto most = [](const std::optional<Decimal>& told) { return told && told->is_positive() ? told : std::nullopt; };
    facts.max_quantity = most(instrument.max_quantity);
    facts.max_notional = most(instrument.max_notional);
    facts.max_leverage = instrument.max_leverage;
    facts.risk_tiers = tiers_of(instrument.risk_tiers);
    // Without its steps no order can be made for it.
    facts.tradable = instrument.tradable.value_or(false) && market::takes_api_orders(instrument) && facts.price_step.is_positive() && facts.quantity_step.is_positive();
    return facts;
}

}  // namespace bf::engine
