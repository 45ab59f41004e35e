#include "trading/ladder.hpp"

#include "trading/zones.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

/// A group while a ladder is played through: what the formulas of books and liquidation need, without fills.
struct Played {
    Number quantity, notional, cost;
};

void buy(Played& played, const LadderInput& in, const Number& price, const Number& quantity) {
    const Number notional = price * quantity;
    const bool is_long = in.direction == Direction::long_side;
    played.quantity += quantity;
    played.notional += notional;
    played.cost += is_long ? multiply_up(notional, Number{1} + in.fees.taker) : notional * (Number{1} - in.fees.taker);
}

/// As books.hpp has it, without funding.
Number exit_at(const Played& played, const LadderInput& in, const Decimal& target) {
    if (in.direction == Direction::long_side)
        return divide_up(played.cost + multiply_up(target, played.notional), played.quantity * (Number{1} - in.fees.taker));
    return divide_down(played.cost - multiply_up(target, played.notional), multiply_up(played.quantity, Number{1} + in.fees.taker));
}

Number average_of(const Played& played) { return divide_down(played.notional, played.quantity); }

/// `price`: where the ladder stands then.
std::optional<Number> liquidation_of(const Played& played, const LadderInput& in, const Number& price) {
    const auto rate = maintenance_rate(in.instrument.risk_tiers, PositionSize::of(played.notional, played.quantity, price));
    if (in.rules.market != market::Market::futures || !rate) return std::nullopt;
    return liquidation_price({in.direction, average_of(played), played.quantity, divide_down(played.notional, in.rules.shape.leverage)}, *rate, in.fees.taker);
}

/// The price at which the plan ends: the hard stop from the average, or the far edge if there is none or that comes first.
Number end_of_plan(const Played& played, const LadderInput& in, const Number& far) {
    const auto& stop = in.rules.protection.hard_stop;
    if (!stop) return far;
    return in.direction == Direction::long_side ? larger(far, average_of(played) * (Number{1} - *stop)) : smaller(far, average_of(played) * (Number{1} + *stop));
}

/// What the group has lost where it stands at `price`, as the connection's equity shows it: nothing before it holds anything.
Number loss_at(const Played& played, const LadderInput& in, const Number& price) {
    const Number worth = played.quantity * price;
    return in.direction == Direction::long_side ? played.cost - worth : worth - played.cost;
}

std::optional<Number> room_at(const Played& played, const LadderInput& in, const Number& price) {
    const Number left = Number{in.equity} - loss_at(played, in, price);
    const auto limit = group_limit(in.rules.protection, left.known() ? std::min(left.value(), in.equity) : in.equity);
    if (!limit) return std::nullopt;
    return *limit * (Number{1} - in.rules.protection.recovery_reserve);
}

void climb(const LadderInput& in, const Number& base, Ladder& out) {
    const Shape& shape = in.rules.shape;
    Played played;
    for (int k = 0; k <= shape.add_ons; ++k) {
        Rung rung;
        rung.zone = k;
        rung.price = k == 0 ? Number{in.price} : zone_edge(shape, in.direction, in.price, k);
        rung.far_edge = zone_edge(shape, in.direction, in.price, k + 1);
        rung.size = base * shape.size[static_cast<std::size_t>(k)];
        rung.quantity = rung.price.known() && rung.price.value().is_positive()
                            ? quantity_for(rung.size, shape.leverage, rung.price.value(), in.instrument.quantity_step) : Number::out_of_range();
        rung.notional = rung.price * rung.quantity;
        rung.margin = margin_needed(in.rules.market, rung.notional, shape.leverage, in.fees.taker);
        rung.room = room_at(played, in, rung.price);
        buy(played, in, rung.price, rung.quantity);
        rung.used = in.rules.market == market::Market::spot ? played.cost
                                                            : divide_up(played.notional, shape.leverage) + multiply_up(played.notional, in.fees.taker);
        rung.average = average_of(played);
        rung.break_even = exit_at(played, in, Decimal{});
        rung.take_profit = exit_at(played, in, shape.target);
        rung.liquidation = liquidation_of(played, in, rung.price);
        out.rungs.push_back(rung);
    }
    const Number far = out.rungs.back().far_edge;
    out.deepest_price = end_of_plan(played, in, far);
    if (in.direction == Direction::long_side)
        out.worst_loss = played.cost - played.quantity * out.deepest_price * (Number{1} - in.fees.taker);
    else
        out.worst_loss = multiply_up(multiply_up(played.quantity, out.deepest_price), Number{1} + in.fees.taker) - played.cost;
    if (in.rules.market == market::Market::futures) out.worst_loss = smaller(out.worst_loss, out.total_margin);
}

/// Plays every pattern of add-ons that fill; the first whose buffered liquidation comes before the end of its plan.
std::optional<LadderProblem> find_early_liquidation(const LadderInput& in, const Ladder& ladder) {
    const bool is_long = in.direction == Direction::long_side;
    const Number far = ladder.rungs.back().far_edge;
    const auto patterns = 1U << static_cast<unsigned>(in.rules.shape.add_ons);
    for (unsigned pattern = 0; pattern < patterns; ++pattern) {
        Played played;
        for (const Rung& rung : ladder.rungs)
            if (rung.zone == 0 || (pattern >> static_cast<unsigned>(rung.zone - 1) & 1U) != 0) buy(played, in, rung.price, rung.quantity);
        const auto liquidation = liquidation_of(played, in, far);
        if (!liquidation) continue;
        const Number buffered = with_buffer(in.direction, *liquidation, average_of(played));
        const Number end = end_of_plan(played, in, far);
        const bool holds = is_long ? buffered < end : buffered > end;
        if (!holds) return LadderProblem{.code = Code::ladder_liquidates_early, .actual = buffered, .limit = end, .filled = pattern << 1U};
    }
    return std::nullopt;
}

}  // namespace

Ladder make_ladder(const LadderInput& in) {
    Ladder out;
    const auto& protection = in.rules.protection;
    const Number base = base_order(in.rules, in.fees.taker, in.equity);
    out.group_limit = group_limit(protection, in.equity);
    out.connection_limit = connection_limit(protection, in.equity);
    out.total_margin = rungs_cost(in.rules.market, in.rules.shape, base, in.fees.taker, 0);
    out.recovery_reserve = out.group_limit ? *out.group_limit * protection.recovery_reserve : Number{};
    climb(in, base, out);
    if (in.rules.market == market::Market::futures) {
        out.liquidation_known = out.rungs.back().liquidation.has_value();
        if (const auto problem = find_early_liquidation(in, out)) out.problems.push_back(*problem);
        // Beyond the last tier the exchange takes no position.
        const auto& tiers = in.instrument.risk_tiers;
        Number notional, quantity;
        for (const Rung& rung : out.rungs) notional += rung.notional, quantity += rung.quantity;
        const auto whole = PositionSize::of(notional, quantity, out.rungs.back().price);
        const auto* tier = tier_of(tiers, whole);
        if (!tiers.empty() && tier == nullptr)
            out.problems.push_back({.code = Code::ladder_exceeds_limit, .actual = whole.in(tiers.back()), .limit = tiers.back().up_to});
        const auto& leverage = in.rules.shape.leverage;
        if (tier != nullptr && tier->max_leverage && leverage > *tier->max_leverage)
            out.problems.push_back({.code = Code::leverage_mismatch, .actual = *tier->max_leverage, .limit = leverage});
    }
    const Number whole = out.total_margin + out.recovery_reserve;
    const bool told = std::any_of(out.problems.begin(), out.problems.end(), [](const LadderProblem& one) { return one.code == Code::ladder_exceeds_limit; });
    if (!told && out.group_limit && !(whole <= *out.group_limit)) out.problems.push_back({.code = Code::ladder_exceeds_limit, .actual = whole, .limit = *out.group_limit});
    for (const Rung& rung : out.rungs) {
        // At the current price, as the ladder will be sized when it starts.
        const Number quantity = quantity_for(rung.size, in.rules.shape.leverage, in.price, in.instrument.quantity_step), notional = quantity * in.price;
        const bool quantity_reaches = quantity >= in.instrument.min_quantity && quantity > 0;
        if (quantity_reaches && notional >= in.instrument.min_notional) continue;
        LadderProblem problem{.code = Code::ladder_below_minimum, .actual = quantity, .limit = in.instrument.min_quantity, .rung = rung.zone};
        if (quantity_reaches) problem.actual = notional, problem.limit = in.instrument.min_notional;
        out.problems.push_back(problem);
        break;
    }
    if (in.free) out.fits_balance = Number{*in.free} >= out.total_margin;
    return out;
}

ProAccount compare_accounts(const std::optional<std::string>& main, const std::optional<std::string>& pro) {
    if (!main || !pro || main->empty() || pro->empty()) return ProAccount::unknown;
    return *main == *pro ? ProAccount::same : ProAccount::separate;
}

}  // namespace bf::trading
