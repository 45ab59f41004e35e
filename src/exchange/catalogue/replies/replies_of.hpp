// Every exchange's replies half, by its id. Never linked by the signer.
#pragma once
#include "exchange/replies.hpp"

namespace bf::exchange {

/// Lives as long as the program; null for an exchange whose adapter does not exist yet.
const Replies* replies_of(ExchangeId id);

}  // namespace bf::exchange
