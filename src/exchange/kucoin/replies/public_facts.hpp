// KuCoin's book and funding rate. KuCoin REST reference, "Get Part OrderBook" of spot and futures and "Get Current Funding Rate", read November 2026.
#pragma once
#include "exchange/public_facts.hpp"

namespace bf::exchange::kucoin {

std::unique_ptr<PublicFacts> make_public_facts();

}  // namespace bf::exchange::kucoin
