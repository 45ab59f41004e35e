// Every exchange's limits, by its id.
#pragma once
#include "exchange/limits.hpp"

#include <optional>

namespace bf::exchange {

/// Nothing for an exchange whose adapter does not exist yet.
std::optional<Limits> limits_of(ExchangeId id);          ///< By address.
std::optional<Limits> account_limits_of(ExchangeId id);  ///< By account.

}  // namespace bf::exchange
