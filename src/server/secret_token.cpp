#include "server/secret_token.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

namespace bf::server {

std::string make_token(ports::Entropy& entropy) {
    std::array<unsigned char, 32> dice{};
    entropy.fill(dice);
    std::string token = to_base64(dice);
    while (token.back() == '=') token.pop_back();
    std::replace(token.begin(), token.end(), '+', '-');
    std::replace(token.begin(), token.end(), '/', '_');
    return token;
}

std::string hash_token(std::string_view token) {
    std::array<unsigned char, 32> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr, 0);
    return to_hex(hash);
}

}  // namespace bf::server
