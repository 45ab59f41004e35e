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

Group new_group(Direction direction, const Shape& shape, const Decimal& base_order, const Decimal& equity, const Decimal& quantity_step) {
    Group group;
    group.shape = shape;
    group.base_order = base_order;
    group.equity_at_start = equity;
    group.books = Books{direction, quantity_step};
    return group;
}

}  // namespace bf::trading
