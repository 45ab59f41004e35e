#include "vault/root_key.hpp"

#include "base/text.hpp"

#include <limits>
#include <sodium.h>

namespace bf::vault {
namespace {

constexpr std::size_t kPassphraseMax = 1024;
// A vault somebody tampered with must not make us allocate a terabyte or compute for a day.
constexpr std::uint64_t kMemoryMax = 4ULL * 1024 * 1024 * 1024;
constexpr std::uint64_t kPassesMax = 64;

static_assert(std::tuple_size_v<KeyId> == crypto_pwhash_SALTBYTES);

const unsigned char* bytes_of(const KeyId& id) { return as_bytes(view(id)).data(); }

/// Calls `use` with everything about a root key that its seal covers.
template <class Use>
auto with_binding(const SealedRoot& root, Use&& use) {
    const std::string cost = std::to_string(root.cost.passes) + ' ' + std::to_string(root.cost.memory_bytes);
    const std::string_view kind = root.kind == ProtectionKind::passphrase ? "passphrase" : root.kind == ProtectionKind::backup ? "backup" : "key file";
    return use(Binding{"root key", view(root.vault), view(root.key), kind, cost});
}

}  // namespace

ProtectionKind kind_of(const Protection& protection) {
    if (std::holds_alternative<ByBackup>(protection)) return ProtectionKind::backup;
    return std::holds_alternative<ByPassphrase>(protection) ? ProtectionKind::passphrase : ProtectionKind::key_file;
}

Result<NamedKey> derive_from_passphrase(const crypto::Secret& passphrase, const KdfCost& cost, const KeyId& salt) {
    if (passphrase.size() == 0) return bad_input("the passphrase must not be empty");
    if (passphrase.size() > kPassphraseMax) return bad_input("the passphrase is too long (1024 bytes at most)");
    const bool sane = cost.passes >= crypto_pwhash_OPSLIMIT_MIN && cost.passes <= kPassesMax && cost.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN &&
                      cost.memory_bytes <= kMemoryMax;
    if (!sane) return Unexpected{Error{ErrorKind::damaged, "the vault asks for a key derivation outside of all reason"}};
    NamedKey key{salt, crypto::Secret::zeros(kKeySize)};
    const bool derived = key.bytes.fill([&](std::span<unsigned char> into) {
        return passphrase.reveal([&](std::string_view text) {
            return crypto_pwhash(into.data(), into.size(), text.data(), text.size(), bytes_of(salt), cost.passes, cost.memory_bytes,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
        });
    });
    if (!derived)
        return Unexpected{Error{ErrorKind::io, "there is not enough memory to check the passphrase (" +
                                                   std::to_string(cost.memory_bytes / (1024 * 1024)) + " MiB are needed)"}};
    return key;
}

NamedKey derive_from_key_file(const crypto::Secret& key_file, const KeyId& salt) {
    NamedKey key{salt, crypto::Secret::zeros(kKeySize)};
    key.bytes.fill([&](std::span<unsigned char> into) {
        key_file.reveal([&](std::string_view secret) {
            crypto_generichash(into.data(), into.size(), bytes_of(salt), salt.size(), as_bytes(secret).data(), secret.size());
        });
    });
    return key;
}

void seal_root(SealedRoot& root, const NamedKey& wrapping, const crypto::Secret& key) {
    root.sealed = with_binding(root, [&](Binding binding) { return seal(wrapping, binding, key); });
}

Result<crypto::Secret> open_root(const SealedRoot& root, const NamedKey& wrapping) {
    return with_binding(root, [&](Binding binding) { return open(wrapping, binding, root.sealed); });
}

}  // namespace bf::vault
