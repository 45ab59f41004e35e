// Reads what the sealed box holds: exactly the JSON object {"key": "...", "secret": "...", "passphrase": "..."}, in any order, the
// passphrase optional or null. Written by hand because a general parser leaves copies of the secret in memory we don't wipe: this one
// works in place inside locked memory and copies each value once, into locked memory.
#pragma once
#include "exchange/calls.hpp"

namespace bf::signer {

/// Refuses everything else: other or repeated names, other types, bytes that are not UTF-8 text, anything behind the object, a key of
/// more than 256 characters. Empty values pass: check_shape has better words for them. The error never quotes the text. `json` is wiped.
Result<exchange::CredentialFields> parse_credentials(crypto::Secret json);

}  // namespace bf::signer
