// The ladder a group would climb: every rung with its price, size, margin and what average, break-even, take-profit and liquidation become;
// and whether such a ladder may be used at all.
//
// The picture assumes each order filled at the beginning of its zone. The check looks at every pattern of add-ons that fill while the
// others are blocked: the ladder must not be liquidated before its own end (or its hard stop), must fit its limit, and every order must
// reach the exchange's minimum. What can't be told (no risk tiers) is told as unknown.
#pragma once
#include "trading/liquidation.hpp"
#include "trading/margin.hpp"
#include "trading/reason.hpp"

namespace bf::trading {

struct LadderInput {
    const Rules& rules;
    const InstrumentFacts& instrument;
    FeeRates fees;
    Direction direction{Direction::long_side};
    Decimal price;   ///< Where the first entry would fill now.
    Decimal equity;
    std::optional<Decimal> free{};  ///< For "fits my balance"; absent: not told.
};

/// One order of the ladder, and the group once it and all before it have filled.
struct Rung {
    int zone{0};  ///< 0 is the first entry.
    Number price, far_edge;
    Number size;      ///< Quote without fee, on futures margin.
    Number quantity;  ///< Rounded down to the lot.
    Number notional, margin;
    Number used;  ///< Of the group after it.
    Number average, break_even, take_profit;
    std::optional<Number> liquidation{};  ///< Futures with known tiers.
    /// What normal orders of the group may use when this one is decided. A limit that is a share of equity shrinks with the group's own
    /// loss; less than `used`: this order would be blocked there. Absent: no limit.
    std::optional<Number> room{};
    [[nodiscard]] bool fits() const { return !room || used <= *room; }
};

/// Why a ladder is refused, with the figures of the pattern that shows it.
struct LadderProblem {
    Code code{Code::ladder_exceeds_limit};
    Number actual, limit;
    std::uint32_t filled{0};  ///< LADDER_LIQUIDATES_EARLY: bit k is set when add-on k had filled.
    int rung{0};              ///< LADDER_BELOW_MINIMUM: the order.
};

struct Ladder {
    std::vector<Rung> rungs;
    std::vector<LadderProblem> problems;  ///< At most one of each code; empty: it may be used.
    bool liquidation_known{true};         ///< False on futures without risk tiers.
    std::optional<Number> group_limit, connection_limit;
    Number total_margin, recovery_reserve;
    Number deepest_price;  ///< Far edge of zone K, or the hard stop of the full ladder if that comes first.
    Number worst_loss;     ///< Of the full ladder closed there, fees included; on futures no more than its margin.
    std::optional<bool> fits_balance;
};
Ladder make_ladder(const LadderInput& input);

/// A PRO connection on the exchange account of the main one can't keep two groups apart. Unknown ids can't be compared: a warning.
enum class ProAccount : std::uint8_t { separate, same, unknown };
ProAccount compare_accounts(const std::optional<std::string>& main, const std::optional<std::string>& pro);

}  // namespace bf::trading
