// How much KuCoin lets one address ask. Weights: KuCoin REST reference as the official SDK's OpenAPI files print them (VIP 0); the count of
// all requests is the web firewall's (code 1015), by github.com/Kucoin/kucoin-api-docs; read September 2026.
#pragma once
#include "exchange/limits.hpp"

namespace bf::exchange::kucoin {

Limits limits();
/// How much one account may ask: weights of its product's pool (VIP 0), and 200 requests in 3 s, which is what a unified account may and
/// is kept for classic ones too.
Limits account_limits();
/// 300 topics a connection, 100 symbols a subscription, 100 messages in 10 s and 30 connections a minute (KuCoin API documentation, 2023;
/// newer figures are higher and unverified). On futures each of a symbol's three topics takes a message of its own. Half of the
/// connections are left to private streams.
StreamLimits stream_limits(market::Market market);

}  // namespace bf::exchange::kucoin
