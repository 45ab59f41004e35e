// A request's text while it is written: a fixed buffer on the stack, copied once into the request's own memory. Measured here, appending
// to a std::string piece by piece costs as much as the HMAC over the result.
#pragma once
#include "base/text.hpp"
#include "base/time.hpp"
#include "money/decimal.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace bf::exchange::mexc {

inline constexpr auto kHexPairs = [] {
    std::array<char, 512> pairs{};
    for (std::size_t i = 0; i < 256; ++i) {
        pairs[2 * i] = "0123456789abcdef"[i >> 4];
        pairs[2 * i + 1] = "0123456789abcdef"[i & 15];
    }
    return pairs;
}();

class Text {
public:
    Text& put(std::string_view text) {
        // Arguments are bounded (ids of 64, amounts of 40 characters), so a request has a few hundred characters; the check keeps it honest.
        BF_ASSERT(text.size() <= buffer_.size() - size_);
        copy_short(buffer_.data() + size_, text);
        size_ += text.size();
        return *this;
    }
    Text& put(char c) {
        BF_ASSERT(size_ < buffer_.size());
        buffer_[size_++] = c;
        return *this;
    }
    Text& put(std::int64_t value) {
        BF_ASSERT(buffer_.size() - size_ >= 24);
        size_ = static_cast<std::size_t>(std::to_chars(buffer_.data() + size_, buffer_.data() + size_ + 24, value).ptr - buffer_.data());
        return *this;
    }
    /// Milliseconds since 1970.
    Text& put(Instant at) {
        BF_ASSERT(buffer_.size() - size_ >= 20);
        size_ = static_cast<std::size_t>(write_time_ms(buffer_.data() + size_, at.ms()) - buffer_.data());
        return *this;
    }
    Text& put(const Decimal& value) {
        BF_ASSERT(buffer_.size() - size_ >= 64);
        size_ += value.write(buffer_.data() + size_);
        return *this;
    }
    /// Two lower-case hexadecimal digits a byte.
    template <std::size_t N>
    Text& put_hex(const std::array<unsigned char, N>& bytes) {
        BF_ASSERT(buffer_.size() - size_ >= 2 * N);
        char* const to = buffer_.data() + size_;
        for (std::size_t i = 0; i < N; ++i) std::memcpy(to + 2 * i, kHexPairs.data() + 2 * bytes[i], 2);
        size_ += 2 * N;
        return *this;
    }
    [[nodiscard]] std::string_view view() const { return {buffer_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    // Left uninitialised: only what was put is ever read.
    std::array<char, 1024> buffer_;
    std::size_t size_{0};
};

}  // namespace bf::exchange::mexc
