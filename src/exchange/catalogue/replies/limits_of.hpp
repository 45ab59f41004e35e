// Every exchange's limits, by its id.
#pragma once
#include "exchange/limits.hpp"

#include <optional>

namespace bf::exchange {

/// Nothing for an exchange whose adapter does not exist yet.
std::optional<Limits> limits_of(ExchangeId id);          ///< By address.
std::optional<Limits> account_limits_of(ExchangeId id);  ///< By account.
/// Of public streams; careful ones for an exchange that is not there yet.
StreamLimits stream_limits_of(ExchangeId id, market::Market market);

}  // namespace bf::exchange
