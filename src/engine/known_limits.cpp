#include "engine/known_limits.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using trading::UseRule;

bool in_doubt(const ports::LimitState& state) {
    return std::any_of(state.findings.begin(), state.findings.end(),
                       [](ports::LimitFinding one) { return one == ports::LimitFinding::damaged || one == ports::LimitFinding::rolled_back; });
}

UseRule closed_by(const ports::UseLimits& limits, const market::Symbol& symbol) {
    if (!limits.operations.place_order || limits.orders_a_minute < 1) return UseRule::entries;
    if (limits.market && (*limits.market == market::Market::futures) != symbol.is_futures()) return UseRule::market;
    if (limits.symbols && !std::binary_search(limits.symbols->begin(), limits.symbols->end(), symbol)) return UseRule::symbol;
    return limits.values.contains(symbol.quote) ? UseRule::none : UseRule::asset;
}

}  // namespace

void KnownLimits::told(Now now, const std::string& connection, const ports::LimitState& state) {
    auto& known = told_[connection];
    if (known.state.limits != state.limits || known.state.freeze != state.freeze || known.state.findings != state.findings) ++known.version;
    known.state = state;
    known.at = now.steady;
    known.ordered.clear();
}

void KnownLimits::ordered(const std::string& connection, const std::string& asset, const Decimal& value) {
    const auto found = told_.find(connection);
    if (found == told_.end()) return;
    auto& ordered = found->second.ordered[asset];
    ordered = Decimal::sum(ordered, value).value_or(std::max(ordered, value));
}

trading::UseBounds::Left KnownLimits::left(const ports::LimitState& state, const std::string& asset) {
    const auto& most = state.limits.values.find(asset)->second;
    const auto used = std::find_if(state.used.begin(), state.used.end(), [&asset](const auto& one) { return one.asset == asset; });
    if (used == state.used.end()) return {UseRule::hour, std::min({most.hour, most.day, most.exposure})};
    trading::UseBounds::Left least{UseRule::hour, most.hour - used->hour};
    if (const auto day = most.day - used->day; day < least.value) least = {UseRule::day, day};
    if (const auto exposure = most.exposure - used->exposure; exposure < least.value) least = {UseRule::exposure, exposure};
    // A limit that was lowered below what is used.
    least.value = std::max(least.value, Decimal{});
    return least;
}

bool KnownLimits::has_room(Now now, const std::string& connection, const market::Symbol& symbol, const Decimal& value) const {
    const auto* known = find(now, connection);
    if (known == nullptr || !known->state.limits.values.contains(symbol.quote)) return true;
    const auto since = known->ordered.find(symbol.quote);
    const auto all = Decimal::sum(value, since == known->ordered.end() ? Decimal{} : since->second);
    return all && *all <= left(known->state, symbol.quote).value;
}

bool KnownLimits::told_since(const std::string& connection, std::chrono::microseconds steady) const {
    const auto found = told_.find(connection);
    return found != told_.end() && found->second.at >= steady;
}

void KnownLimits::forget(const std::string& connection) { told_.erase(connection); }

const KnownLimits::Told* KnownLimits::find(Now now, const std::string& connection) const {
    const auto found = told_.find(connection);
    return found == told_.end() || now.steady - found->second.at > kLimitsKnownFor ? nullptr : &found->second;
}

bool KnownLimits::frozen(Now now, const std::string& connection) const {
    const auto* known = find(now, connection);
    return known != nullptr && known->state.freeze != ports::FreezeLevel::none;
}

std::uint64_t KnownLimits::version(const std::string& connection) const {
    const auto found = told_.find(connection);
    return found == told_.end() ? 0 : found->second.version;
}

trading::UseBounds KnownLimits::of(Now now, const std::string& connection, const market::Symbol& symbol) const {
    trading::UseBounds bounds;
    const auto* known = find(now, connection);
    // A raise may be due by the signer's clock already: until it has told again, which limits hold is not known.
    if (known == nullptr || (known->state.raise && now.wall >= known->state.raise->due)) {
        bounds.known = false;
        return bounds;
    }
    const auto& limits = known->state.limits;
    bounds.closed = in_doubt(known->state) ? UseRule::in_doubt : closed_by(limits, symbol);
    bounds.leverage = Decimal{limits.leverage};
    bounds.price_band = limits.price_band;
    if (bounds.closed != UseRule::none) return bounds;
    const auto& most = limits.values.find(symbol.quote)->second;
    bounds.value = std::min({most.order, most.hour, most.day, most.exposure});
    if (now.steady - known->at <= kUseHoldsFor) bounds.left = left(known->state, symbol.quote);
    return bounds;
}

}  // namespace bf::engine
