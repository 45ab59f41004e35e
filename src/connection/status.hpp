// How a connection stands. The words are what is stored, sent and shown.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bf::connection {

enum class ConnectionStatus : std::uint8_t {
    draft,      ///< Saved, never tested.
    testing,    ///< Its first test runs.
    connected,  ///< Proven; shown as Online.
    degraded,   ///< Proven before, the exchange does not answer now.
    error,      ///< Its problem says why.
    refused,    ///< The key can do what we never accept.
    disabled,   ///< By its user.
};

inline constexpr std::array<std::string_view, 7> kConnectionStatuses{"draft", "testing", "connected", "degraded", "error", "refused", "disabled"};

constexpr std::string_view to_string(ConnectionStatus status) { return kConnectionStatuses[static_cast<std::size_t>(status)]; }
constexpr std::optional<ConnectionStatus> parse_connection_status(std::string_view text) {
    const auto* const at = std::find(kConnectionStatuses.begin(), kConnectionStatuses.end(), text);
    return at == kConnectionStatuses.end() ? std::nullopt : std::optional{static_cast<ConnectionStatus>(at - kConnectionStatuses.begin())};
}

}  // namespace bf::connection
