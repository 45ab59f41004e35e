// Short fingerprints that people compare by eye: of the signer's public key, and of an API key's id.
#pragma once
#include "crypto/secret.hpp"
#include "signer/protocol.hpp"

namespace bf::signer {

/// "A1B2-C3D4-E5F6-0718": the first 8 bytes of the key's BLAKE2b hash.
std::string fingerprint_of(const PublicKey& key);

/// The same of an API key's id. Equal for equal ids, so that a key used twice is noticed; an id of an exchange is long and random, so
/// nobody finds it by trying. A domain word keeps it apart from every other hash of the same bytes.
std::string fingerprint_of_key_id(const crypto::Secret& key_id);

}  // namespace bf::signer
