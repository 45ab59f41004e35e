// How much MEXC lets one address ask: on spot a shared weight and a stricter count for the symbol list, on futures each endpoint by itself.
// Source: www.mexc.com/api-docs, "Limits" of spot v3 and the limits printed with each futures endpoint, read 2026-09. The stricter of two
// figures where the texts differ.
#pragma once
#include "exchange/limits.hpp"

namespace bf::exchange::mexc {

Limits limits();

}  // namespace bf::exchange::mexc
