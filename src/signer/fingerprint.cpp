#include "signer/fingerprint.hpp"

#include "base/text.hpp"

#include <sodium.h>
#include <string_view>

namespace bf::signer {
namespace {

std::string grouped(const std::array<unsigned char, 32>& hash) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i != 0 && i % 2 == 0) text += '-';
        text += kHex[hash[i] >> 4];
        text += kHex[hash[i] & 15];
    }
    return text;
}

}  // namespace

std::string fingerprint_of(const PublicKey& key) {
    std::array<unsigned char, 32> hash;
    crypto_generichash(hash.data(), hash.size(), key.data(), key.size(), nullptr, 0);
    return grouped(hash);
}

std::string fingerprint_of_key_id(const crypto::Secret& key_id) {
    constexpr std::string_view kDomain = "backfuture API key id";
    std::array<unsigned char, 32> hash;
    key_id.reveal([&hash, kDomain](std::string_view id) {
        const auto bytes = as_bytes(id);
        const auto domain = as_bytes(kDomain);
        crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(), domain.data(), domain.size());
    });
    return grouped(hash);
}

}  // namespace bf::signer
