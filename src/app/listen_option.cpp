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

Status check_protected(const Listen& listen, Protection protection) {
    if (protection.own_tls && protection.behind_tls_proxy) return bad_input("Either BackFuture speaks TLS itself or a proxy before it does: --behind-tls-proxy does not go with --tls or --tls-cert.");
    const bool loopback = listen.address == "127.0.0.1" || listen.address == "::1";
    if (loopback || protection.own_tls || protection.behind_tls_proxy) return {};
    return bad_input("Without TLS the dashboard is only served on 127.0.0.1 or ::1, since passwords would cross the network readable: add --tls-cert and --tls-key, or --tls self-signed, "
                     "or --behind-tls-proxy if a proxy on the way does it.");
}

}  // namespace bf::app
