// MEXC: its answers and streams as the domain's words. Never linked by the signer.
// Sources: MEXC's API reference (github.com/mexcdevelop/apidocs, branches spot_v3_en and contract_v1_en; www.mexc.com/api-docs), the
// public protobuf schema (github.com/mexcdevelop/websocket-proto), read 2026-09. Golden: golden/mexc/
#pragma once
#include "exchange/replies.hpp"

namespace bf::exchange::mexc {

std::unique_ptr<Replies> make_replies();

}  // namespace bf::exchange::mexc
