#include "base/utf8.hpp"

namespace bf {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

Utf8Character utf8_at(std::string_view text) {
    if (text.empty()) return {};
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (size == 0 || size > text.size()) return {};
    std::uint32_t point = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if (!continues(text[i])) return {};
        point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    const bool longer_than_needed = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    const bool half_of_a_pair = point >= 0xD800 && point < 0xE000;
    if (longer_than_needed || half_of_a_pair || point > 0x10FFFF) return {};
    return {size, point};
}

std::string_view utf8_beginning(std::string_view text, std::size_t size_max) {
    if (text.size() <= size_max) return text;
    while (size_max > 0 && continues(text[size_max])) --size_max;
    return text.substr(0, size_max);
}

}  // namespace bf
