// KuCoin's calls half: typed calls become signed requests of its spot (HF), futures and unified interfaces. Pure.
//
// Source of the exchange's facts in this folder: KuCoin REST reference (classic spot, futures, account; unified account) as the official
// SDK's OpenAPI files print it (github.com/Kucoin/kucoin-universal-sdk, commit 78c90c7, read September 2026); for the unified account,
// which that SDK lacks, github.com/JKorf/Kucoin.Net (commit 04e948d) and ccxt 4.5.84, read September 2026.
// There is no template here for POST /api/ua/v1/account/mode (it SWITCHES the account's mode), for transfers or for withdrawals.
#pragma once
#include "exchange/calls.hpp"

#include <memory>

namespace bf::exchange::kucoin {

/// Names, hosts and key shapes of KuCoin, without a Calls object.
const Info& info();

std::unique_ptr<exchange::Calls> make_calls();

}  // namespace bf::exchange::kucoin
