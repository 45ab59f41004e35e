// HMAC-SHA256 with a key that is kept as its two precomputed SHA-256 states instead of as text: faster than keying each time, and the
// secret itself can be wiped after construction. (The states still sign: they live in locked memory like the secret.)
#pragma once
#include "crypto/secret.hpp"

#include <array>
#include <memory>
#include <string_view>

namespace bf::crypto {

using Digest256 = std::array<unsigned char, 32>;

class HmacSha256 {
public:
    explicit HmacSha256(const Secret& key);
    HmacSha256(HmacSha256&&) noexcept;
    HmacSha256& operator=(HmacSha256&&) noexcept;
    ~HmacSha256();

    /// The code over the parts one after another, as if they were one text.
    [[nodiscard]] Digest256 sign(std::initializer_list<std::string_view> parts) const;

private:
    struct States;
    struct Wipe {
        void operator()(States* states) const noexcept;
    };
    std::unique_ptr<States, Wipe> states_;
};

}  // namespace bf::crypto
