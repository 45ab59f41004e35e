#include "crypto/secret.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bf::crypto {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

void Secret::Wipe::operator()(char* bytes) const noexcept { sodium_free(bytes); }

Secret Secret::allocate(std::size_t size) {
    BF_ASSERT(sodium_init() >= 0);
    // sodium_malloc of nothing is allowed but has no first byte to lend.
    auto* bytes = static_cast<char*>(sodium_malloc(size == 0 ? 1 : size));
    if (bytes == nullptr) throw std::bad_alloc{};
    // Should the process ever fork, the child finds zeros. The bytes lie in whole pages of their own, at the end of them.
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* const first = reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(bytes) / page * page);
    const auto span = static_cast<std::size_t>(bytes - first) + std::max<std::size_t>(size, 1);
    ::madvise(first, (span + page - 1) / page * page, MADV_WIPEONFORK);
    return Secret{std::unique_ptr<char[], Wipe>{bytes}, size};
}

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
