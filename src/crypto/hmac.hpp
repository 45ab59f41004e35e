// HMAC-SHA256 with a key that is kept as its two precomputed SHA-256 states instead of as text: faster than keying each time, and the
// secret itself can be wiped after construction. (The states still sign: they live in locked memory like the secret.)
#pragma once
#include "crypto/secret.hpp"

#include <array>
#include <memory>
#include <span>
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

    /// So many bytes behind a text are its padding.
    static constexpr std::size_t kRoom = 72;
    /// The same over the first `size` bytes of `text`, where they stand; the kRoom bytes behind them are written to.
    [[nodiscard]] Digest256 sign_in_place(std::span<char> text, std::size_t size) const;

private:
    struct States;
    template <class Context>
    [[nodiscard]] Digest256 finish(Context& context) const;
    struct Wipe {
        void operator()(States* states) const noexcept;
    };
    std::unique_ptr<States, Wipe> states_;
};

}  // namespace bf::crypto
