#include "base/printable.hpp"

#include "base/utf8.hpp"

namespace bf {
namespace {

bool is_printable(std::uint32_t point) {
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    const bool separates = point == 0x2028 || point == 0x2029;
    const bool turns = point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
    return !control && !separates && !turns;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto [size, point] = utf8_at(text);
        if (size == 0 || !is_printable(point)) out += ' ';
        else out += text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

}  // namespace bf
