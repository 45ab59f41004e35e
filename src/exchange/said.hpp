// What an exchange said, for people: it ends up on terminals, in logs, alarms and mails.
#pragma once
#include "base/printable.hpp"

#include <algorithm>

namespace bf::exchange {

/// One printable line of 300 bytes at most, never cut inside a character.
inline std::string words_of_exchange(std::string_view said) {
    constexpr std::size_t kMax = 300;
    std::size_t size = std::min(said.size(), kMax);
    while (size < said.size() && size > 0 && (static_cast<unsigned char>(said[size]) & 0xC0U) == 0x80U) --size;
    return printable(said.substr(0, size));
}

}  // namespace bf::exchange
