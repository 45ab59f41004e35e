// The two kinds of addresses there are on the way to an exchange. A key's allow-list mostly holds this server's address of one kind, so what
// goes out for a connection goes over its own kind only: never now over one and then over the other.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace bf::ports {

enum class Family : std::uint8_t { v4, v6 };

constexpr std::string_view to_string(Family family) { return family == Family::v6 ? "ipv6" : "ipv4"; }
constexpr std::optional<Family> parse_family(std::string_view text) {
    if (text == "ipv4") return Family::v4;
    if (text == "ipv6") return Family::v6;
    return std::nullopt;
}
/// Of an address as text, masked octets ("203.**.154") included.
constexpr Family family_of(std::string_view address) { return address.find(':') == std::string_view::npos ? Family::v4 : Family::v6; }

}  // namespace bf::ports
