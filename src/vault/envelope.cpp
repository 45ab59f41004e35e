#include "vault/envelope.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <sodium.h>

namespace bf::vault {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNamedSize = 1 + std::tuple_size_v<KeyId>;
constexpr std::size_t kHeaderSize = kNamedSize + kNonceSize;
static_assert(kKeySize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

unsigned char* writable(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

/// Version and key id are bound too: an old format can't be passed off as a new one.
std::string associated(std::string_view named, Binding binding) {
    std::string data{named};
    for (const auto part : binding) {
        for (std::size_t shift = 0; shift < 32; shift += 8) data += static_cast<char>(part.size() >> shift);
        data += part;
    }
    return data;
}

}  // namespace

KeyId random_key_id() {
    BF_ASSERT(sodium_init() >= 0);
    KeyId id;
    randombytes_buf(id.data(), id.size());
    return id;
}

std::optional<KeyId> to_key_id(std::string_view bytes) {
    KeyId id{};
    if (bytes.size() != id.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), id.begin());
    return id;
}

NamedKey random_key() { return {random_key_id(), crypto::Secret::random(kKeySize)}; }

std::string seal(const NamedKey& key, Binding binding, const crypto::Secret& plain) {
    std::string sealed(kHeaderSize + plain.size() + kTagSize, '\0');
    sealed[0] = kVersion;
    std::copy(key.id.begin(), key.id.end(), sealed.begin() + 1);
    randombytes_buf(sealed.data() + kNamedSize, kNonceSize);
    const auto data = associated(std::string_view{sealed}.substr(0, kNamedSize), binding);
    key.bytes.reveal([&](std::string_view secret_key) {
        plain.reveal([&](std::string_view text) {
            crypto_aead_xchacha20poly1305_ietf_encrypt(writable(sealed.data() + kHeaderSize), nullptr, as_bytes(text).data(), text.size(),
                                                       as_bytes(data).data(), data.size(), nullptr, writable(sealed.data() + kNamedSize),
                                                       as_bytes(secret_key).data());
        });
    });
    return sealed;
}

Result<crypto::Secret> open(const NamedKey& key, Binding binding, std::string_view sealed) {
    const auto refused = [] { return Unexpected{Error{ErrorKind::damaged, "a sealed value fails its check"}}; };
    if (sealed.size() < kHeaderSize + kTagSize || sealed[0] != kVersion) return refused();
    if (sealed.substr(1, key.id.size()) != view(key.id)) return refused();
    const auto data = associated(sealed.substr(0, kNamedSize), binding);
    const auto body = as_bytes(sealed.substr(kHeaderSize));
    auto plain = crypto::Secret::zeros(body.size() - kTagSize);
    const bool opened = plain.fill([&](std::span<unsigned char> into) {
        return key.bytes.reveal([&](std::string_view secret_key) {
            return crypto_aead_xchacha20poly1305_ietf_decrypt(into.data(), nullptr, nullptr, body.data(), body.size(), as_bytes(data).data(),
                                                              data.size(), as_bytes(sealed.substr(kNamedSize)).data(),
                                                              as_bytes(secret_key).data()) == 0;
        });
    });
    if (!opened) return refused();
    return plain;
}

}  // namespace bf::vault
