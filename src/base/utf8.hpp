// The characters of a text in UTF-8 (RFC 3629). Strict: half of a surrogate pair, a form longer than need be and what lies beyond U+10FFFF are none.
#pragma once
#include <cstdint>
#include <string_view>

namespace bf {

struct Utf8Character {
    std::size_t size{0};     ///< In bytes, 1 to 4; 0: none begins there.
    std::uint32_t point{0};  ///< Its number in Unicode.
};

/// The character that `text` begins with.
Utf8Character utf8_at(std::string_view text);

/// At most `size_max` bytes from the beginning, never cut inside a character.
std::string_view utf8_beginning(std::string_view text, std::size_t size_max);

}  // namespace bf
