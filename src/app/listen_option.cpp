#include "app/listen_option.hpp"

#include "base/text.hpp"

namespace bf::app {

Result<Listen> read_listen(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : parse_int(std::string_view{text}.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535 || colon == 0) return bad_input("--listen takes ADDRESS:PORT, for instance 127.0.0.1:8420, not '" + text + "'.");
    std::string address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return Listen{std::move(address), static_cast<std::uint16_t>(*port)};
}

Status check_loopback(const Listen& listen) {
    if (listen.address == "127.0.0.1" || listen.address == "::1") return {};
    return bad_input("--listen must be a loopback address: reach the dashboard from elsewhere through a tunnel or a TLS proxy on this machine.");
}

}  // namespace bf::app
