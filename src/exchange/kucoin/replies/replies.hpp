// KuCoin's replies half: answers and stream frames become the domain's words. Pure; never linked by the signer.
//
// Source of the exchange's facts in this folder: KuCoin REST and WebSocket references (classic spot, futures, account) as the official
// SDK's OpenAPI files print them (github.com/Kucoin/kucoin-universal-sdk, commit 78c90c7, read September 2026); for the unified account
// the test fixtures of github.com/JKorf/Kucoin.Net (commit 04e948d). Golden files with the source of each: golden/kucoin/.
#pragma once
#include "exchange/replies.hpp"

#include <memory>
#include <string_view>

namespace bf::exchange::kucoin {

std::unique_ptr<exchange::Replies> make_replies();

/// Whether a WebSocket address found in a reply is KuCoin's own: wss at *.kucoin.com or *.kucoin.eu, without an odd port. Anywhere else
/// nothing may be sent, unless the user re-pointed the exchange.
bool is_own_stream_host(std::string_view url);

}  // namespace bf::exchange::kucoin
