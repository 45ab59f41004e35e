// How the vault's root key is itself sealed: under a key from a passphrase (Argon2id) or from a key file, or, in a backup, under the
// backup's own key.
#pragma once
#include "vault/envelope.hpp"

#include <cstdint>
#include <filesystem>
#include <variant>

namespace bf::vault {

/// What Argon2id costs: half a second on a small server. Stored beside the sealed key, so that it can be raised later.
struct KdfCost {
    std::uint64_t passes{3};
    std::uint64_t memory_bytes{256ULL * 1024 * 1024};
};

struct ByKeyFile {
    std::filesystem::path path;
};
struct ByPassphrase {
    const crypto::Secret& text;
    KdfCost cost{};  ///< For sealing; opening uses what is stored.
    const NamedKey* derived{nullptr};  ///< For sealing: what the text gives at that cost with the key's own name as salt, where it is known.
};
/// A vault that came out of a backup, until another protection takes over.
struct ByBackup {
    const NamedKey& key;
};
using Protection = std::variant<ByKeyFile, ByPassphrase, ByBackup>;
enum class ProtectionKind : std::uint8_t { key_file, passphrase, backup };
ProtectionKind kind_of(const Protection& protection);

/// The root key as it lies in the vault.
struct SealedRoot {
    KeyId vault;  ///< Names the vault for good.
    KeyId key;    ///< Names the root key; another after a rotation.
    ProtectionKind kind{ProtectionKind::key_file};
    KdfCost cost{};
    KeyId salt;  ///< And the name of the key derived with it.
    std::string sealed;
};

/// The key that seals the root key. Costs Argon2id's time for a passphrase. `key_file` is the content of the key file.
Result<NamedKey> derive_from_passphrase(const crypto::Secret& passphrase, const KdfCost& cost, const KeyId& salt);
NamedKey derive_from_key_file(const crypto::Secret& key_file, const KeyId& salt);

/// Fills in `root.sealed`; the rest of `root` is what it is bound to.
void seal_root(SealedRoot& root, const NamedKey& wrapping, const crypto::Secret& key);
Result<crypto::Secret> open_root(const SealedRoot& root, const NamedKey& wrapping);

}  // namespace bf::vault
