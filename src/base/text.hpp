// Small text tools that several folders need: numbers, hex, base64, percent-encoding. Strict: what is not exactly the format is refused.
#pragma once
#include "base/error.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bf {

/// The whole text as a decimal integer with an optional '-', or nothing.
std::optional<std::int64_t> parse_int(std::string_view text);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
/// Splits at every `separator`; empty text gives no parts, empty parts are kept.
std::vector<std::string_view> split(std::string_view text, char separator);
/// As split, each part trimmed, empty ones dropped: the exchanges' comma lists.
std::vector<std::string> split_list(std::string_view text);

std::string to_hex(std::span<const unsigned char> bytes);  ///< Lower case.
std::string to_base64(std::span<const unsigned char> bytes);  ///< Standard alphabet with padding.
/// Writes it to `to` (room for four characters for every three bytes begun) and returns its end: the allocation-free way.
char* write_base64(char* to, std::span<const unsigned char> bytes);
Result<std::vector<unsigned char>> from_base64(std::string_view text);

/// Percent-encodes all but the unreserved characters of RFC 3986, hex in upper case.
std::string url_encode(std::string_view text);
/// Undoes percent-encoding; '+' stays '+'. Nothing for a broken escape.
std::optional<std::string> url_decode(std::string_view text);

/// Copies `text` to `to`, for pieces that mostly have 2 to 64 characters: two overlapping moves of a fixed size are several times cheaper
/// than a call of memcpy. Never writes beyond the text's size; that there is room for it the caller has made sure of, by a comparison of its own: the
/// library's checked memcpy, into an array it sees, would be a call for each of these moves.
inline void copy_short(char* to, std::string_view text) {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size > 64) {
        __builtin_memcpy(to, from, size);
    } else if (size > 32) {
        __builtin_memcpy(to, from, 32);
        __builtin_memcpy(to + size - 32, from + size - 32, 32);
    } else if (size > 16) {
        __builtin_memcpy(to, from, 16);
        __builtin_memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
        __builtin_memcpy(to, from, 8);
        __builtin_memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        __builtin_memcpy(to, from, 4);
        __builtin_memcpy(to + size - 4, from + size - 4, 4);
    } else if (size >= 2) {
        __builtin_memcpy(to, from, 2);
        __builtin_memcpy(to + size - 2, from + size - 2, 2);
    } else if (size == 1) {
        *to = *from;
    }
}

/// "00" to "99", one after another: two digits for one division.
inline constexpr auto kDigitPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) pairs[2 * i] = static_cast<char>('0' + i / 10), pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    return pairs;
}();
/// A number below 100.
inline void write_pair(char* to, std::uint64_t number) { __builtin_memcpy(to, kDigitPairs.data() + 2 * number, 2); }

/// Writes a time to `to` (room for 20 characters) and returns its end. Times in milliseconds, which have 13 digits until the
/// year 2286, are written as two independent halves: a third of the time of the general way.
inline char* write_time_ms(char* to, std::int64_t ms) {
    if (ms < 1'000'000'000'000 || ms > 9'999'999'999'999) return std::to_chars(to, to + 20, ms).ptr;
    auto high = static_cast<std::uint32_t>(ms / 10'000'000), low = static_cast<std::uint32_t>(ms % 10'000'000);
    for (int i = 4; i >= 0; i -= 2, high /= 100) write_pair(to + i, high % 100);
    for (int i = 11; i >= 7; i -= 2, low /= 100) write_pair(to + i, low % 100);
    to[6] = static_cast<char>('0' + low);
    return to + 13;
}

/// `out = text`, cheap when it holds a text of that length already, as the parts of a request written the same way again do.
inline void overwrite(std::string& out, std::string_view text) {
    if (out.size() == text.size())
        copy_short(out.data(), text);
    else
        out.assign(text);
}

inline std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace bf
