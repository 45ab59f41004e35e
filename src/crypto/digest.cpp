#include "crypto/digest.hpp"

#include <openssl/sha.h>

namespace bf::crypto {

std::array<unsigned char, 32> sha256(std::span<const unsigned char> bytes) {
    std::array<unsigned char, 32> digest;
    SHA256(bytes.data(), bytes.size(), digest.data());
    return digest;
}

std::array<unsigned char, 20> sha1(std::span<const unsigned char> bytes) {
    std::array<unsigned char, 20> digest;
    SHA1(bytes.data(), bytes.size(), digest.data());
    return digest;
}

}  // namespace bf::crypto
