#include "crypto/secret.hpp"

#include "crypto/secret_pages.hpp"

#include <cstring>
#include <sodium.h>

namespace bf::crypto {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

void Secret::Wipe::operator()(char* bytes) const noexcept { free_secret(bytes); }

Secret Secret::allocate(std::size_t size) { return Secret{std::unique_ptr<char[], Wipe>{static_cast<char*>(allocate_secret(size))}, size}; }

Secret Secret::zeros(std::size_t size) {
    Secret secret = allocate(size);
    sodium_memzero(secret.bytes_.get(), size);
    return secret;
}

Secret Secret::take(std::string&& plain) {
    Secret secret = allocate(plain.size());
    std::memcpy(secret.bytes_.get(), plain.data(), plain.size());
    wipe(plain);
    return secret;
}

Secret Secret::random(std::size_t size) {
    Secret secret = allocate(size);
    randombytes_buf(secret.bytes_.get(), size);
    return secret;
}

void wipe(std::string& text) {
    // The capacity, not only the size: a shrunken string still holds its old bytes.
    text.resize(text.capacity());
    sodium_memzero(text.data(), text.size());
    text.clear();
}

}  // namespace bf::crypto
