// MEXC's book and funding rate. MEXC spot v3 reference, "Order Book"; futures reference of 2026, "Get the contract's depth information", "Get the
// funding rate" and "Get the funding rate history".
#pragma once
#include "exchange/public_facts.hpp"

namespace bf::exchange::mexc {

std::unique_ptr<PublicFacts> make_public_facts();

}  // namespace bf::exchange::mexc
