// Who is calling? The checks of a signed MEXC request. The key is looked up first (a made-up key with any signature was seen to answer
// 10072); the order of the rest is an assumption: signature, time, address, right.
#pragma once
#include "simulator/mexc/routes.hpp"

#include <optional>

namespace bf::simulator::mexc {

/// Fills key, account and parameters of `ask` as far as it got; returns the refusal if there is one.
std::optional<wire::Response> authenticate_spot(Ask& ask);
std::optional<wire::Response> authenticate_futures(Ask& ask);
/// Whether `signature` is the key's for a futures login at `time`.
bool login_matches(const Key& key, std::string_view time, std::string_view signature);
/// Whether the key's allow-list knows the caller.
bool address_allowed(Exchange& exchange, std::string_view peer, const Key& key);
bool is_expired(const Exchange& exchange, const Key& key);

/// The refusal for a missing right, or nothing.
std::optional<wire::Response> refuse_right(const Key& key, Access access);

}  // namespace bf::simulator::mexc
