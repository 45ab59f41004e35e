#include "server/hook_signature.hpp"

#include "base/text.hpp"
#include "wire/json.hpp"

#include <array>
#include <sodium.h>
#include <string>

namespace bf::server {

bool hook_signature_fits(std::string_view token, std::string_view body, std::string_view signature) {
    const auto document = wire::Json::parse(body);
    if (!document || !document->root().is_object()) return false;
    const auto time = (*document)["time"].text_or_number();
    if (!time) return false;
    const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes(token), token.size());
    crypto_auth_hmacsha256_update(&state, bytes(*time), time->size());
    crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code{};
    crypto_auth_hmacsha256_final(&state, code.data());
    std::string wanted(code.size() * 2 + 1, '\0');
    sodium_bin2hex(wanted.data(), wanted.size(), code.data(), code.size());
    wanted.pop_back();
    const auto sent = to_lower(signature);
    return sent.size() == wanted.size() && sodium_memcmp(sent.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace bf::server
