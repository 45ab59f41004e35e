// Small text tools that several folders need: numbers, hex, base64, percent-encoding. Strict: what is not exactly the format is refused.
#pragma once
#include "base/error.hpp"

#include <cstdint>
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

inline std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace bf
