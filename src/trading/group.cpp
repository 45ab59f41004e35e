#include "trading/group.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

constexpr std::array<std::string_view, 7> kStates{"OPENING", "ACTIVE", "RECOVERY", "CLOSING", "CLOSED", "DESYNC", "LIQUIDATED"};

}  // namespace

std::string_view to_string(GroupState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<GroupState> parse_group_state(std::string_view text) {
    const auto at = std::find(kStates.begin(), kStates.end(), text);
    if (at == kStates.end()) return std::nullopt;
    return static_cast<GroupState>(at - kStates.begin());
}

}  // namespace bf::trading
