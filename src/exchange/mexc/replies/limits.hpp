// How much MEXC lets one address ask: on spot a shared weight and a stricter count for the symbol list, on futures each endpoint by itself.
// Source: www.mexc.com/api-docs, "Limits" of spot v3 and the limits printed with each futures endpoint, read 2026-09. The stricter of two
// figures where the texts differ.
#pragma once
#include "exchange/limits.hpp"

namespace bf::exchange::mexc {

Limits limits();
/// How much one account may ask: on spot a weight, and 12 placings and cancels a second (planned with 10); on futures each endpoint, where
/// the reference prints none, the strictest of its kind.
Limits account_limits();
/// 30 channels a connection on spot, two for each symbol; the futures reference prints no figure and is kept to the same.
StreamLimits stream_limits(market::Market market);

}  // namespace bf::exchange::mexc
