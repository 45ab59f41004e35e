// What the parts of Run share and nobody else needs.
#pragma once
#include "backtest/run.hpp"

#include <algorithm>

namespace bf::backtest {

inline constexpr std::int64_t kFar = std::int64_t{1} << 40;  ///< Steps: farther than any price.

/// The price nearest to the market at which `holds`, of those on the instrument's steps. It holds beyond that price, too.
template <class Holds>
std::optional<Decimal> Run::level_where(const trading::Number& guess, const Holds& holds) const {
    const Decimal& step = plan_.instrument.price_step;
    const auto near = to_step(guess, step, is_long() ? Rounding::down : Rounding::up);
    if (!near.known()) return std::nullopt;
    // Steps away from the guess; positive is towards the market.
    const auto at = [&](std::int64_t steps) { return near + trading::Number{step} * (is_long() ? steps : -steps); };
    const auto is_there = [&](std::int64_t steps) {
        const trading::Number price = at(steps);
        return price > 0 && price.known() && holds(price.value());
    };
    std::int64_t yes = 0, no = 1;
    if (is_there(0)) {
        for (std::int64_t reach = 1; is_there(no) && reach < kFar; reach *= 2) {
            yes = no;
            no += reach;
        }
    } else {
        no = 0;
        yes = -1;
        // A long's prices end at zero, a short's nowhere.
        const auto steps = is_long() ? trading::divide_down(near, step) : trading::Number{kFar};
        const std::int64_t least = steps <= trading::Number{kFar} ? 1 - static_cast<std::int64_t>(to_step(steps, Decimal{1}, Rounding::down).value().mantissa()) : -kFar;
        for (std::int64_t reach = 1; !is_there(yes); reach *= 2) {
            if (yes <= least) return std::nullopt;
            no = yes;
            yes = std::max(yes - reach, least);
        }
    }
    while (no - yes > 1) {
        const std::int64_t middle = yes + (no - yes) / 2;
        (is_there(middle) ? yes : no) = middle;
    }
    return at(yes).value();
}

/// A price on the steps such that nothing nearer to the market holds: the guess, if the function agrees that the next step does not.
template <class Holds>
std::optional<Decimal> Run::bound_where(const trading::Number& guess, const Holds& holds) const {
    const Decimal& step = plan_.instrument.price_step;
    const auto near = to_step(guess, step, is_long() ? Rounding::down : Rounding::up);
    const auto next = is_long() ? near + step : near - step;
    if (near > 0 && next > 0 && !holds(next.value())) return near.value();
    return level_where(guess, holds);
}

}  // namespace bf::backtest
