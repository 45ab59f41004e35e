// What CBOR (RFC 8949) claims to hold, before a library sets memory aside for it: libcbor does so for a list by the count in its head alone.
#pragma once
#include <string_view>

namespace bf::signer {

/// Whether no text, list or map among these items, one behind the other, claims more than the bytes that are left. Nothing else is looked at: what
/// passes may still be no CBOR.
bool cbor_claims_fit(std::string_view items);

}  // namespace bf::signer
