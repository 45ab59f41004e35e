#include "trading/zones.hpp"

namespace bf::trading {
namespace {

Number edge(const Shape& shape, Direction direction, const Number& anchor, int k, const Decimal& already) {
    Number away = shape.deviation[static_cast<std::size_t>(k)];
    if (!already.is_zero()) away -= already;
    return anchor * (direction == Direction::long_side ? Number{1} - away : Number{1} + away);
}

/// How far the ladder's beginning has moved with a moving anchor: the anchor already stands behind the used zones.
Decimal used_deviation(const Group& group) {
    const bool moves = group.shape.anchor != Anchor::first_entry;
    return moves ? group.shape.deviation[static_cast<std::size_t>(std::min(group.deepest_zone, group.shape.add_ons))] : Decimal{};
}

/// `first`: the shallowest zone that is looked at.
Zone find_zone(const Shape& shape, Direction direction, const Number& anchor, const Decimal& price, int first, const Decimal& already) {
    const bool is_long = direction == Direction::long_side;
    const auto reached = [&](int k) {
        const Number at = edge(shape, direction, anchor, k, already);
        return is_long ? Number{price} <= at : Number{price} >= at;
    };
    if (shape.add_ons < first || !reached(first)) return {shape.add_ons < first && reached(shape.add_ons + 1) ? Zone::kPast : Zone::kNone};
    int k = first;
    while (k <= shape.add_ons && reached(k + 1)) ++k;
    return {k > shape.add_ons ? Zone::kPast : k};
}

}  // namespace

Number anchor_of(const Group& group) {
    switch (group.shape.anchor) {
        case Anchor::first_entry: return group.books.first_price();
        case Anchor::last_fill: return group.books.last_price();
        case Anchor::average: return group.books.average();
    }
    return Number::out_of_range();
}

Zone zone_of(const Group& group, const Decimal& price) {
    const bool moves = group.shape.anchor != Anchor::first_entry;
    return find_zone(group.shape, group.direction(), anchor_of(group), price, moves ? std::min(group.deepest_zone, group.shape.add_ons) + 1 : 1, used_deviation(group));
}

Zone zone_of(const Shape& shape, Direction direction, const Decimal& anchor, const Decimal& price) {
    return find_zone(shape, direction, anchor, price, 1, Decimal{});
}

Number zone_edge(const Shape& shape, Direction direction, const Number& anchor, int k) { return edge(shape, direction, anchor, k, Decimal{}); }

Number zone_edge(const Group& group, int k) { return edge(group.shape, group.direction(), anchor_of(group), k, used_deviation(group)); }

int size_index(const Group& group, Zone zone) {
    if (zone.in_zone()) return zone.number;
    if (zone.past()) return group.shape.add_ons;
    return std::min(group.used() + 1, group.shape.add_ons);
}

bool asks_for_add_on(const Group& group, const Protection& protection, const Quote& quote) { return zone_to_ask(group, protection, quote, 0).has_value(); }

std::optional<int> zone_to_ask(const Group& group, const Protection& protection, const Quote& quote, int asked) {
    if (protection.trigger != AddOnTrigger::zone_only || group.state != GroupState::active || group.add_ons >= protection.add_ons_max) return std::nullopt;
    const Zone zone = zone_of(group, group.books.is_long() ? quote.ask : quote.bid);
    return zone.in_zone() && zone.number > group.deepest_zone && zone.number != asked ? std::optional{zone.number} : std::nullopt;
}

}  // namespace bf::trading
