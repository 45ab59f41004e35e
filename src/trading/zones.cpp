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

/// `first`: the shallowest zone that is looked at; `edge_of` tells where one begins.
template <class EdgeOf>
Zone find_zone(int add_ons, Direction direction, const Decimal& price, int first, const EdgeOf& edge_of) {
    const bool is_long = direction == Direction::long_side;
    const auto reached = [&](int k) { return is_long ? Number{price} <= edge_of(k) : Number{price} >= edge_of(k); };
    if (add_ons < first || !reached(first)) return {add_ons < first && reached(add_ons + 1) ? Zone::kPast : Zone::kNone};
    int k = first;
    while (k <= add_ons && reached(k + 1)) ++k;
    return {k > add_ons ? Zone::kPast : k};
}

/// The shallowest zone of a group that is looked at.
int first_zone(const Group& group) { return group.shape.anchor != Anchor::first_entry ? std::min(group.deepest_zone, group.shape.add_ons) + 1 : 1; }

template <class ZoneAt>
std::optional<int> find_asked(const Group& group, const Protection& protection, const Quote& quote, int asked, const ZoneAt& zone_at) {
    if (protection.trigger != AddOnTrigger::zone_only || group.state != GroupState::active || group.add_ons >= protection.add_ons_max) return std::nullopt;
    const Zone zone = zone_at(group.books.is_long() ? quote.ask : quote.bid);
    return zone.in_zone() && zone.number > group.deepest_zone && zone.number != asked ? std::optional{zone.number} : std::nullopt;
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
    const Number anchor = anchor_of(group);
    const Decimal already = used_deviation(group);
    return find_zone(group.shape.add_ons, group.direction(), price, first_zone(group), [&](int k) { return edge(group.shape, group.direction(), anchor, k, already); });
}

Zone zone_of(const Shape& shape, Direction direction, const Decimal& anchor, const Decimal& price) {
    return find_zone(shape.add_ons, direction, price, 1, [&](int k) { return edge(shape, direction, anchor, k, Decimal{}); });
}

Number zone_edge(const Shape& shape, Direction direction, const Number& anchor, int k) { return edge(shape, direction, anchor, k, Decimal{}); }

Number zone_edge(const Group& group, int k) { return edge(group.shape, group.direction(), anchor_of(group), k, used_deviation(group)); }

int size_index(const Group& group, Zone zone) {
    if (zone.in_zone()) return zone.number;
    if (zone.past()) return group.shape.add_ons;
    return std::min(group.used() + 1, group.shape.add_ons);
}

std::optional<int> zone_to_ask(const Group& group, const Protection& protection, const Quote& quote, int asked) {
    return find_asked(group, protection, quote, asked, [&](const Decimal& price) { return zone_of(group, price); });
}

void ZoneMap::lay(const Group& group) {
    group_ = &group;
    anchor_ = anchor_of(group);
    already_ = used_deviation(group);
    known_ = 0;
}

const Number& ZoneMap::edge(int k) const {
    Number& at = edges_[static_cast<std::size_t>(k)];
    if ((known_ >> static_cast<unsigned>(k) & 1U) == 0) {
        at = trading::edge(group_->shape, group_->direction(), anchor_, k, already_);
        known_ |= 1U << static_cast<unsigned>(k);
    }
    return at;
}

Zone ZoneMap::at(const Decimal& price) const {
    return find_zone(group_->shape.add_ons, group_->direction(), price, first_zone(*group_), [this](int k) -> const Number& { return edge(k); });
}

std::optional<int> ZoneMap::to_ask(const Protection& protection, const Quote& quote, int asked) const {
    return find_asked(*group_, protection, quote, asked, [this](const Decimal& price) { return at(price); });
}

}  // namespace bf::trading
