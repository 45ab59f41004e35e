// What the signed orders can have left open: by symbol, and by name until the oldest are forgotten.
#include "signer/policy_rules.hpp"

#include <algorithm>

namespace bf::signer {

Decimal ConnectionPolicy::held(const market::Symbol& symbol, Instant now) const {
    const auto found = state_.symbols.find(symbol);
    if (found == state_.symbols.end()) return {};
    const auto& use = found->second;
    return now < use.unnamed_until ? Decimal::sum(use.quantity, use.unnamed).value_or(std::max(use.quantity, use.unnamed)) : use.quantity;
}

void ConnectionPolicy::remember(const exchange::Call& call, bool exit, const Decimal& value) {
    if (!call.client_order_id) return;
    dirty_ = true;
    const auto [at, fresh] = state_.signed_orders.try_emplace(*call.client_order_id);
    // The same name again is another order only for a caller that breaks its own rules: what the first can have filled stays counted.
    at->second = SignedOrder{*call.symbol, exit, call.quantity.value_or(Decimal{}), value, {}};
    if (!fresh) return;
    state_.signed_ids.push_back(*call.client_order_id);
    forget_oldest();
}

void ConnectionPolicy::forget_oldest() {
    while (state_.signed_ids.size() > kSignedOrdersMax) {
        state_.signed_orders.erase(state_.signed_ids.front());
        state_.signed_ids.pop_front();
    }
}

void ConnectionPolicy::open_more(const market::Symbol& symbol, const Decimal& quantity, const Decimal& value) {
    auto& use = state_.symbols[symbol];
    const auto more = Decimal::sum(use.quantity, quantity), worth = Decimal::sum(use.value, value);
    if (!more || !worth) return;
    use.quantity = *more;
    use.value = *worth;
    state_.assets[symbol.quote].exposure += value;
    dirty_ = true;
}

Decimal ConnectionPolicy::open_less(const market::Symbol& symbol, const Decimal& quantity) {
    auto& use = state_.symbols[symbol];
    auto& exposure = state_.assets[symbol.quote].exposure;
    dirty_ = true;
    if (quantity >= use.quantity) {
        exposure -= use.value;
        use.value = Decimal{};
        return std::exchange(use.quantity, Decimal{});
    }
    const auto share = Decimal::product(use.value, quantity, Rounding::down);
    const auto less = share ? Decimal::quotient(*share, use.quantity, 18, Rounding::down) : std::nullopt;
    if (const auto left = Decimal::subtract(use.quantity, quantity)) use.quantity = *left;
    if (less) {
        use.value -= *less;
        exposure -= *less;
    }
    return quantity;
}

void ConnectionPolicy::settle(const SettledOrder& told, Instant clock) {
    if (told.filled.is_negative()) return;
    const auto now = time_at(clock);
    const auto found = state_.signed_orders.find(told.client_order_id);
    if (found == state_.signed_orders.end()) {
        // Signed right before the signer died: it takes its part of what was counted for all of those.
        const auto use = state_.symbols.find(told.symbol);
        if (told.exit || use == state_.symbols.end() || now >= use->second.unnamed_until) return;
        const auto taken = std::min(told.filled, use->second.unnamed);
        if (!taken.is_positive() || state_.signed_orders.size() >= kSignedOrdersMax) return;
        const auto left = Decimal::subtract(use->second.unnamed, taken);
        use->second.unnamed = left ? *left : Decimal{};
        open_more(told.symbol, taken, {});
        state_.signed_orders.emplace(told.client_order_id, SignedOrder{told.symbol, false, taken, {}, taken});
        state_.signed_ids.push_back(told.client_order_id);
        return;
    }
    auto& order = found->second;
    const auto filled = std::min({told.filled, order.quantity, kQuantityMax});
    // An entry counts as filled whole, an exit as not at all, until more is known.
    const auto before = order.filled.value_or(order.exit ? Decimal{} : order.quantity);
    dirty_ = true;
    order.filled = before;
    if (filled == before) return;
    const bool more_filled = filled > before;
    const auto by = more_filled ? filled - before : before - filled;
    // What is open is the sum of what each order put there or took away, so an order that is told of twice can't make it more than was signed.
    if (more_filled == order.exit) {
        const auto taken = open_less(order.symbol, by);
        order.filled = order.exit ? before + taken : before - taken;
        return;
    }
    const auto part = order.exit ? std::optional<Decimal>{Decimal{}} : Decimal::product(order.value, by, Rounding::up);
    const auto value = part ? Decimal::quotient(*part, order.quantity, 18, Rounding::up) : std::nullopt;
    order.filled = filled;
    open_more(order.symbol, by, value.value_or(Decimal{}));
}

void ConnectionPolicy::hold_at_most(const StillHeld& told) {
    const auto found = state_.symbols.find(told.symbol);
    if (found == state_.symbols.end() || told.quantity.is_negative()) return;
    auto most = told.quantity;
    for (const auto& [id, order] : state_.signed_orders) {
        if (order.exit || order.filled || order.symbol != told.symbol) continue;
        const auto more = Decimal::sum(most, order.quantity);
        if (!more) return;
        most = *more;
    }
    if (const auto less = Decimal::subtract(found->second.quantity, most); less && less->is_positive()) open_less(told.symbol, *less);
}

}  // namespace bf::signer
