#include "signer/sealing.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <sodium.h>
#include <unistd.h>

namespace bf::signer {

std::string seal(const PublicKey& to, const crypto::Secret& plain) {
    BF_ASSERT(sodium_init() >= 0);
    std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
    plain.reveal([&](std::string_view text) {
        const auto bytes = as_bytes(text);
        BF_ASSERT(crypto_box_seal(reinterpret_cast<unsigned char*>(sealed.data()), bytes.data(), bytes.size(), to.data()) == 0);
    });
    return sealed;
}

Result<crypto::Secret> read_secret(int descriptor, std::size_t size_max) {
    // One byte more than allowed, to see that there is more.
    auto buffer = crypto::Secret::zeros(size_max + 1);
    std::size_t used = 0;
    const int trouble = buffer.fill([&](std::span<unsigned char> room) {
        while (used < room.size()) {
            const auto got = ::read(descriptor, room.data() + used, room.size() - used);
            if (got == 0) break;
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return errno;
            used += static_cast<std::size_t>(got);
        }
        return 0;
    });
    if (trouble != 0) return Unexpected{Error{ErrorKind::io, "the secret could not be read from its input"}};
    if (used > size_max) return bad_input("the secret is longer than any exchange's");
    auto exact = crypto::Secret::zeros(used);
    buffer.reveal([&](std::string_view from) {
        exact.fill([&](std::span<unsigned char> into) { std::copy_n(from.begin(), used, into.begin()); });
    });
    return exact;
}

SealingKey::SealingKey() : private_{crypto::Secret::zeros(crypto_box_SECRETKEYBYTES)} {
    static_assert(std::tuple_size_v<PublicKey> == crypto_box_PUBLICKEYBYTES);
    private_.fill([this](std::span<unsigned char> key) { crypto_box_keypair(public_.data(), key.data()); });
}

Result<crypto::Secret> SealingKey::open(std::string_view sealed) const {
    const auto refused = [] { return bad_input("the sealed box can't be opened: it was sealed to another signer or changed on its way"); };
    if (sealed.size() < crypto_box_SEALBYTES || sealed.size() > kSealedMax) return refused();
    auto plain = crypto::Secret::zeros(sealed.size() - crypto_box_SEALBYTES);
    const bool opened = plain.fill([&](std::span<unsigned char> into) {
        return private_.reveal([&](std::string_view key) {
            const auto box = as_bytes(sealed);
            return crypto_box_seal_open(into.data(), box.data(), box.size(), public_.data(), as_bytes(key).data()) == 0;
        });
    });
    if (!opened) return refused();
    return plain;
}

}  // namespace bf::signer
