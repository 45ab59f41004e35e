// Every exchange's calls half, by its id: what the signer links. Those not built yet are null.
#pragma once
#include "exchange/calls.hpp"

#include <string>
#include <vector>

namespace bf::exchange {

/// Lives as long as the program; null for an exchange whose adapter does not exist yet.
const Calls* calls_of(ExchangeId id);
/// The exchanges that exist, in the order users see them.
std::vector<ExchangeId> known_exchanges();
/// The same for a sentence: "mexc, kucoin".
std::string known_exchange_names();

}  // namespace bf::exchange
