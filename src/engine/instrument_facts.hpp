// An exchange's instrument as decisions want it.
#pragma once
#include "market/types.hpp"
#include "trading/facts.hpp"

namespace bf::engine {

trading::InstrumentFacts facts_of(const market::Instrument& instrument);
/// In the exchange's own unit: nothing is converted, so no price can make them wrong.
std::vector<trading::RiskTier> tiers_of(const std::vector<market::RiskTier>& tiers);

}  // namespace bf::engine
