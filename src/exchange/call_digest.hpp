// One typed call named by a hash, so that who ordered it and who signed for it can hold their books against each other: the engine writes
// it into the intent before the order leaves, the signer into its ledger before the signature does.
//
// It is BLAKE2b-256 over a plain text, so that anybody can make it again (`b2sum -l 256`): a line `connection=...`, `operation=...`,
// `market=...`, `account_mode=...`, `site=...`, then a line for each argument that is set, in the order of Call. Amounts are canonical
// decimals, times milliseconds. The version of the key is a fact of the key and left out.
#pragma once
#include "exchange/call.hpp"

#include <array>

namespace bf::exchange {

using CallDigest = std::array<unsigned char, 32>;

/// The text that is hashed. Replaces the content of `out`, whose memory is used again.
void write_digest_text(std::string& out, std::string_view connection, const Call& call);
CallDigest digest_of(std::string_view connection, const Call& call);

}  // namespace bf::exchange
