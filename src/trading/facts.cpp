#include "trading/facts.hpp"

#include <algorithm>
#include <array>

namespace bf::trading {
namespace {

constexpr std::array<std::string_view, 7> kStatuses{"draft", "testing", "connected", "degraded", "error", "refused", "disabled"};

}  // namespace

std::string_view to_string(ConnectionStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

std::optional<ConnectionStatus> parse_connection_status(std::string_view text) {
    const auto at = std::find(kStatuses.begin(), kStatuses.end(), text);
    if (at == kStatuses.end()) return std::nullopt;
    return static_cast<ConnectionStatus>(at - kStatuses.begin());
}

}  // namespace bf::trading
