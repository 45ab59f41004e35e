// How much KuCoin lets one address ask. Weights: KuCoin REST reference as the official SDK's OpenAPI files print them (VIP 0); the count of
// all requests is the web firewall's (code 1015), by github.com/Kucoin/kucoin-api-docs; read September 2026.
#pragma once
#include "exchange/limits.hpp"

namespace bf::exchange::kucoin {

Limits limits();

}  // namespace bf::exchange::kucoin
