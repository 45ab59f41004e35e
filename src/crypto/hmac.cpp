// OpenSSL 3 marks the bare SHA256_* calls as deprecated, but its EVP interface can't copy a state without allocating; measured here
// the bare state copy signs 200 bytes in 0.24 us, EVP_MAC with a reused context in 0.32 us.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.hpp"

#include <new>
#include <openssl/sha.h>
#include <sodium.h>

namespace bf::crypto {

struct HmacSha256::States {
    SHA256_CTX inner;
    SHA256_CTX outer;
};

void HmacSha256::Wipe::operator()(States* states) const noexcept { sodium_free(states); }

HmacSha256::HmacSha256(const Secret& key) {
    BF_ASSERT(sodium_init() >= 0);
    auto* memory = sodium_malloc(sizeof(States));
    if (memory == nullptr) throw std::bad_alloc{};
    states_.reset(new (memory) States{});
    std::array<unsigned char, SHA256_CBLOCK> block{};
    key.reveal([&block](std::string_view bytes) {
        if (bytes.size() > block.size())
            SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), block.data());
        else
            std::copy(bytes.begin(), bytes.end(), block.begin());
    });
    for (auto& byte : block) byte ^= 0x36;
    SHA256_Init(&states_->inner);
    SHA256_Update(&states_->inner, block.data(), block.size());
    for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
    SHA256_Init(&states_->outer);
    SHA256_Update(&states_->outer, block.data(), block.size());
    sodium_memzero(block.data(), block.size());
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Digest256 HmacSha256::sign(std::initializer_list<std::string_view> parts) const {
    Digest256 digest;
    SHA256_CTX context = states_->inner;
    for (const auto part : parts) SHA256_Update(&context, part.data(), part.size());
    SHA256_Final(digest.data(), &context);
    context = states_->outer;
    SHA256_Update(&context, digest.data(), digest.size());
    SHA256_Final(digest.data(), &context);
    // The state of a keyed hash is as good as the key: not left on the stack.
    sodium_memzero(&context, sizeof context);
    return digest;
}

}  // namespace bf::crypto
