// What the real exchange lists, as the paper exchange lists it: its own steps and minima.
#pragma once
#include "simulator/core/types.hpp"
#include "trading/facts.hpp"

#include <optional>

namespace bf::paper {

/// Nothing while a figure is missing that an order there would be measured by. `fees` are what the strategies reckon with: instrument lists
/// tell none.
std::optional<simulator::Instrument> instrument_of(const market::Instrument& real, const trading::InstrumentFacts& facts, const trading::FeeRates& fees);

}  // namespace bf::paper
