// A group of trades on one pair and direction: its books, its state, and what of its plan is used up.
//
// The add-on counters and the deepest zone belong to intents, not to reports: whoever sends an order counts it before it is sent and
// gives it back only when the order ended with nothing filled. Zones are used from the shallowest down, so one number says all.
#pragma once
#include "trading/books.hpp"
#include "trading/settings.hpp"

namespace bf::trading {

enum class GroupState : std::uint8_t { opening, active, recovery, closing, closed, desync, liquidated };
std::string_view to_string(GroupState state);  ///< "ACTIVE"
std::optional<GroupState> parse_group_state(std::string_view text);

struct Group {
    GroupState state{GroupState::opening};
    Books books{};
    Shape shape{};
    Decimal base_order{};  ///< size(k) = base_order * shape.size[k]; quote without fee, on futures margin. From when it opened.
    int add_ons{0};
    int deepest_zone{0};      ///< Zones 1 to this are used.
    int recovery_add_ons{0};
    std::optional<Decimal> equity_at_start{};
    std::optional<Instant> recovery_since{};
    bool of_other_strategy{false};
    bool order_in_flight{false};  ///< An entry of it, or its exit being sent, replaced or cancelled. A resting, confirmed exit is none.
    Decimal open_entries{};       ///< Notional at limit price of what its entry orders may still fill.
    std::optional<Decimal> exchange_liquidation{};  ///< As the exchange reports it: preferred to the estimate.
    std::optional<Decimal> exchange_margin{};       ///< The position's margin as the exchange reports it, fees left out: while it holds what the group does.

    [[nodiscard]] Direction direction() const { return books.direction(); }
    [[nodiscard]] bool is_open() const { return state != GroupState::closed && state != GroupState::liquidated; }
    /// Also while it disagrees with the exchange or closes: what holds for a group in Recovery Mode goes on.
    [[nodiscard]] bool in_recovery() const { return state == GroupState::recovery || (recovery_since && (state == GroupState::desync || state == GroupState::closing)); }
    [[nodiscard]] const Decimal& target() const { return in_recovery() ? shape.recovery_target : shape.target; }
    /// The larger of add-ons and deepest used zone: what trigger (b) and the add-on limit look at.
    [[nodiscard]] int used() const { return add_ons > deepest_zone ? add_ons : deepest_zone; }
};

/// The group that an entry makes, before its first fill: it has the shape of now, and counts with the equity of now as long as it lives.
Group new_group(Direction direction, const Shape& shape, const Decimal& base_order, const Decimal& equity, const Decimal& quantity_step);

}  // namespace bf::trading
