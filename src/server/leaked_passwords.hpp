// Passwords of twelve characters and more that are among the most frequent of those that leaked from other services, as far as the estimator
// lets them through: patterns on a keyboard, Russian words typed on an English one, names of services. Guessers try them first.
// The operator's own list (breached_passwords.hpp) goes far beyond.
#pragma once
#include <string_view>

namespace bf::server {

/// Whatever the case of its letters.
bool is_leaked(std::string_view password);

}  // namespace bf::server
