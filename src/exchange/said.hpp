// What an exchange said, for people: it ends up on terminals, in logs, alarms and mails.
#pragma once
#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <string>
#include <string_view>

namespace bf::exchange {

/// One printable line of 300 bytes at most, never cut inside a character.
inline std::string words_of_exchange(std::string_view said) {
    return printable(utf8_beginning(said, 300));
}

}  // namespace bf::exchange
