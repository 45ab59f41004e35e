// Tokens that are a secret themselves: 256 random bits as 43 characters for an address or a cookie, and the hash under which they are
// known to us. The token is nowhere kept; who reads our memory or disk has nothing to use.
#pragma once
#include "ports/clock.hpp"

#include <string>
#include <string_view>

namespace bf::server {

/// Characters A-Z a-z 0-9 - _ only.
std::string make_token(ports::Entropy& entropy);
/// BLAKE2b-256 in hex.
std::string hash_token(std::string_view token);

}  // namespace bf::server
