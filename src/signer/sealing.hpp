// Sealed boxes: how a secret travels to the signer. Whoever knows the signer's public key can seal, only the signer can open
// (libsodium's crypto_box_seal: an ephemeral X25519 key, XSalsa20-Poly1305). The browser does the same with a JavaScript library.
#pragma once
#include "crypto/secret.hpp"
#include "signer/protocol.hpp"

#include <string>
#include <string_view>

namespace bf::signer {

/// Seals straight from locked memory; only the box, which anyone may see, leaves it.
std::string seal(const PublicKey& to, const crypto::Secret& plain);

/// Reads `descriptor` to its end into locked memory, never through a buffer of a stream. Fails for more than `size_max` bytes.
Result<crypto::Secret> read_secret(int descriptor, std::size_t size_max);

/// The signer's own key pair. Made anew at each start, never stored: a box recorded yesterday is of no use today.
class SealingKey {
public:
    SealingKey();
    [[nodiscard]] const PublicKey& public_key() const { return public_; }
    /// Fails if the box was not sealed to this key or was changed.
    [[nodiscard]] Result<crypto::Secret> open(std::string_view sealed) const;

private:
    PublicKey public_{};
    crypto::Secret private_;
};

}  // namespace bf::signer
