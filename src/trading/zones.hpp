// Zones: the price bands in which an add-on may be bought, counted from 1 next to the anchor to K, the deepest.
//
//   long : zone k = { p : anchor (1 - d(k+1)) <  p <= anchor (1 - d(k)) }       short: mirrored, anchor (1 + d(k)) <= p < anchor (1 + d(k+1))
//
// With the first entry as anchor the bands stand still. With a moving anchor (last fill, average) they are laid out anew behind each fill,
// so the next unused zone begins one of its own gaps away from the anchor.
#pragma once
#include "trading/group.hpp"

namespace bf::trading {

/// Where a price is: in zone 1 to K, before the first one, or past the last one.
struct Zone {
    static constexpr int kNone = 0, kPast = -1;
    int number{kNone};
    [[nodiscard]] bool in_zone() const { return number > 0; }
    [[nodiscard]] bool past() const { return number == kPast; }
    friend bool operator==(const Zone&, const Zone&) = default;
};

/// The anchor the group's shape asks for.
Number anchor_of(const Group& group);
/// The zone of the price that would be paid: best ask for a long, best bid for a short.
Zone zone_of(const Group& group, const Decimal& price);
/// Zone of a still-standing ladder whose first entry was at `anchor`.
Zone zone_of(const Shape& shape, Direction direction, const Decimal& anchor, const Decimal& price);
/// anchor (1 -+ d(k)): where zone k begins; k = K + 1 is the far edge of the ladder.
Number zone_edge(const Shape& shape, Direction direction, const Number& anchor, int k);
/// Where zone k of a group begins now; k = K + 1 is the far edge of its ladder. With a moving anchor: of zones not used yet.
Number zone_edge(const Group& group, int k);
inline Number far_edge(const Group& group) { return zone_edge(group, group.shape.add_ons + 1); }
/// The size index of the next add-on: its zone, else (the price is in none) the next unused one.
int size_index(const Group& group, Zone zone);
/// The zone that price alone asks an add-on for now: one not used yet, with the trigger zone_only. Once for each zone the price comes into: `asked` is the last one asked for, 0 before any.
std::optional<int> zone_to_ask(const Group& group, const Protection& protection, const Quote& quote, int asked);

/// The same for many prices of one group: where a zone begins is worked out once.
class ZoneMap {
public:
    /// The group must outlive what is asked, and be laid out anew when it changed.
    void lay(const Group& group);
    [[nodiscard]] Zone at(const Decimal& price) const;
    /// As zone_edge.
    [[nodiscard]] const Number& edge(int k) const;
    [[nodiscard]] std::optional<int> to_ask(const Protection& protection, const Quote& quote, int asked) const;

private:
    const Group* group_{nullptr};
    Number anchor_{};
    Decimal already_{};
    mutable std::array<Number, kAddOnsMax + 2> edges_{};
    mutable unsigned known_{0};  ///< A bit for each edge.
};

}  // namespace bf::trading
