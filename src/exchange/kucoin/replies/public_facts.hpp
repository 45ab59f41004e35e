// KuCoin's book and funding rate. KuCoin REST reference, "Get Part OrderBook" of spot and futures, "Get Current Funding Rate" and "Get
// Public Funding History", read November 2026. How many rates one answer lists at most is not documented.
#pragma once
#include "exchange/public_facts.hpp"

namespace bf::exchange::kucoin {

std::unique_ptr<PublicFacts> make_public_facts();

}  // namespace bf::exchange::kucoin
