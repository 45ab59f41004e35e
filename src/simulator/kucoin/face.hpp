// KuCoin as its clients see it: spot (HF), futures and the unified account. Signatures are checked with OpenSSL's own HMAC, apart from
// the code that signs for us. Source: KuCoin REST and WebSocket reference (kucoin-universal-sdk @78c90c7), ccxt 4.5.84, Kucoin.Net.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"

namespace bf::simulator::kucoin {

Profile profile();
std::unique_ptr<Face> make_face(Exchange& exchange);

}  // namespace bf::simulator::kucoin
