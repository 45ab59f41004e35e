// Every exchange's limits by address, by its id.
#pragma once
#include "exchange/limits.hpp"

#include <optional>

namespace bf::exchange {

/// Nothing for an exchange whose adapter does not exist yet.
std::optional<Limits> limits_of(ExchangeId id);

}  // namespace bf::exchange
