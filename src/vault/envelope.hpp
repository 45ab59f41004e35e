// One sealed value: XChaCha20-Poly1305 with what it is and where it belongs as associated data, so that a value copied to another
// row, field, connection or exchange does not open there.
//
//   version (1 byte) | id of the sealing key (16) | nonce (24, random) | ciphertext | tag (16)
#pragma once
#include "crypto/secret.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace bf::vault {

inline constexpr std::size_t kKeySize = 32;

using KeyId = std::array<char, 16>;
KeyId random_key_id();
inline std::string_view view(const KeyId& id) { return {id.data(), id.size()}; }
/// Nothing if the bytes are not an id.
std::optional<KeyId> to_key_id(std::string_view bytes);

/// A key with the name that envelopes sealed by it carry.
struct NamedKey {
    KeyId id;
    crypto::Secret bytes;
};
NamedKey random_key();

/// What a value is bound to, in a fixed order; each part is told from the next by its length.
using Binding = std::initializer_list<std::string_view>;

std::string seal(const NamedKey& key, Binding binding, const crypto::Secret& plain);
/// Fails, saying no more, for any change of a single bit, another key or another binding.
Result<crypto::Secret> open(const NamedKey& key, Binding binding, std::string_view sealed);

}  // namespace bf::vault
