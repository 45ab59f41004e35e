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

/// How the dashboard is reached safely, or why it would not be: without TLS a password would cross the network in the clear.
struct Protection {
    bool own_tls{false};
    bool behind_tls_proxy{false};
};
Status check_protected(const Listen& listen, Protection protection);

}  // namespace bf::app
