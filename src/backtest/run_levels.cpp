// The prices at which a group would do something. A formula gives a guess, the function that decides says whether it is right: a level is the
// first price at which that function says yes.
#include "backtest/run_inside.hpp"
#include "trading/margin.hpp"

#include <algorithm>
#include <limits>

namespace bf::backtest {

using trading::Number;

std::int32_t Run::to_ticks(const Decimal& price, Rounding rounding) const {
    const auto ticks = Decimal::quotient_mantissa({price.mantissa(), price.scale()}, {candles_.tick.mantissa(), candles_.tick.scale()}, 0, rounding);
    // Room to go one further.
    constexpr __int128 kLeast = 0, kMost = std::numeric_limits<std::int32_t>::max() - 1;
    return static_cast<std::int32_t>(ticks ? std::clamp<__int128>(*ticks, kLeast, kMost) : kMost);
}

bool Run::is_liquidated(const Decimal& mark) const {
    const auto& price = group_->exchange_liquidation;
    return price && price->is_positive() && (is_long() ? mark <= *price : mark >= *price);
}

void Run::find_levels() {
    levels_ = {};
    levels_known_ = true;
    const auto& rules = plan_.rules;
    const auto& protection = rules.protection;
    const bool falls = is_long();
    const auto nearer = [falls](const Number& a, const Number& b) { return falls ? trading::larger(a, b) : trading::smaller(a, b); };
    const auto stop = trading::hard_stop_price(*group_, protection, plan_.instrument.price_step);
    std::optional<Number> guess;
    if (stop) guess = *stop;
    if (const auto& liquidation = group_->exchange_liquidation; liquidation && liquidation->is_positive()) {
        levels_.liquidation = *liquidation;
        const Number guard = trading::divide_down(*liquidation, falls ? Number{1} - protection.liquidation_guard : Number{1} + protection.liquidation_guard);
        guess = guess ? nearer(*guess, guard) : guard;
    }
    if (!guess) return;
    levels_.forced = level_where(*guess, [&](const Decimal& price) {
        const auto quote = pricing_.quote(price, now_);
        return trading::forced_close(*group_, protection, trading::trigger_price(rules.market, quote, group_->direction()), plan_.instrument).has_value();
    });
}

/// Zones in order, what lies past them behind the last.
int Run::zone_at(const Decimal& price) const {
    if (zone_known_ && zone_known_->first == price) return zone_known_->second;
    const auto quote = pricing_.quote(price, now_);
    const auto zone = zones_.at(trading::entry_price(quote, group_->direction()));
    return zone_known_.emplace(price, zone.past() ? group_->shape.add_ons + 1 : zone.number).second;
}

/// The zone that would be asked for next on the adverse way; 0 if none.
int Run::next_zone(const Decimal& from) const {
    const auto& protection = plan_.rules.protection;
    if (protection.trigger != trading::AddOnTrigger::zone_only || group_->state != trading::GroupState::active || group_->add_ons >= protection.add_ons_max) return 0;
    int zone = std::max(group_->deepest_zone, zone_at(from)) + 1;
    if (zone == zone_asked_) ++zone;
    return zone <= group_->shape.add_ons ? zone : 0;
}

std::optional<Decimal> Run::zone_level(int zone) const {
    return level_where(pricing_.price_for_entry(zones_.edge(zone), group_->direction()), [&](const Decimal& price) { return zone_at(price) >= zone; });
}

std::optional<Decimal> Run::next_level(const Decimal& from) {
    if (!levels_known_) find_levels();
    if (const int zone = next_zone(from); zone != levels_.zone_for) {
        levels_.zone_for = zone;
        levels_.zone = zone == 0 ? std::nullopt : zone_level(zone);
    }
    std::optional<Decimal> nearest;
    for (const auto& level : {levels_.forced, levels_.liquidation, levels_.zone}) {
        if (!level) continue;
        if (!nearest || (is_long() ? *level > *nearest : *level < *nearest)) nearest = level;
    }
    return nearest;
}

}  // namespace bf::backtest
