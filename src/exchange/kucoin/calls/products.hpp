// The templates by product. Each writes one unsigned request and says what it lacks; signing happens in one place, in calls.cpp.
#pragma once
#include "exchange/kucoin/calls/words.hpp"

namespace bf::exchange::kucoin {

/// Public data, the key itself, the account's mode, streams: the same for every kind of account.
Written write_shared(const Call& call, Instant at, wire::Request& request);
/// Trading account of a classic account on spot (the /hf endpoints; the older ones are marked abandoned).
Written write_spot(const Call& call, wire::Request& request);
/// Classic futures.
Written write_futures(const Call& call, wire::Request& request);
/// Spot and futures of an account in unified mode.
Written write_unified(const Call& call, wire::Request& request);

/// What every order of ours carries and what no kind of KuCoin order can.
Written check_order(const Call& call);
/// Of a checked order: a stop without a type is a market order.
inline bool is_limit(const Call& call) { return call.type == market::OrderType::limit; }
/// The quantity in whole contracts.
Result<std::int64_t, CallError> contracts_of(const Call& call);

}  // namespace bf::exchange::kucoin
