// --listen ADDRESS:PORT, as serve and simulate take it.
#pragma once
#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace bf::app {

struct Listen {
    std::string address;  ///< IPv6 without its brackets.
    std::uint16_t port{0};  ///< 0: the system picks one.
};

Result<Listen> read_listen(const std::string& text);

/// Without TLS a password would cross the network in the clear: refuses what other machines can reach.
Status check_loopback(const Listen& listen);

}  // namespace bf::app
