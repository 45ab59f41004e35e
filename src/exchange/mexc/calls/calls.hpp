// MEXC: typed call in, signed request out. Spot is its v3 interface, futures its contract v1 interface; both take the same key.
// Sources: MEXC's API reference (github.com/mexcdevelop/apidocs, branches spot_v3_en and contract_v1_en; www.mexc.com/api-docs), read
// 2026-09.
#pragma once
#include "exchange/calls.hpp"

namespace bf::exchange::mexc {

std::unique_ptr<Calls> make_calls();

}  // namespace bf::exchange::mexc
