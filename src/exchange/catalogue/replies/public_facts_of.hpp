// Every exchange's public facts for paper trading, by its id.
#pragma once
#include "exchange/public_facts.hpp"

namespace bf::exchange {

/// Lives as long as the program; null for an exchange whose adapter does not exist yet.
const PublicFacts* public_facts_of(ExchangeId id);

}  // namespace bf::exchange
