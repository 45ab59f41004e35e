// How much KuCoin lets one address ask. Weights: KuCoin REST reference as the official SDK's OpenAPI files print them (VIP 0); the count of
// all requests is the web firewall's (code 1015), by github.com/Kucoin/kucoin-api-docs; read September 2026.
#pragma once
#include "exchange/limits.hpp"

namespace bf::exchange::kucoin {

Limits limits();
/// How much one account may ask: weights of its product's pool (VIP 0), and 200 requests in 3 s, which is what a unified account may and
/// is kept for classic ones too.
Limits account_limits();

}  // namespace bf::exchange::kucoin
