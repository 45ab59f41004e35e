// Money moves: every change of a wallet or a margin has its counter-booking beside it.
#include "simulator/core/exchange.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr int kMarginDigits = 12;  ///< Margins are rounded up there, shares of a position down; the last share takes the rest.

Decimal share(const Decimal& whole, const Decimal& part, const Decimal& of) {
    return part == of ? whole : Decimal::divide(whole * part, of, kMarginDigits, Rounding::down).value();
}

}  // namespace

void Exchange::change(Account& account, Market market, const std::string& asset, const Decimal& free, const Decimal& locked,
                      BalanceReason reason, const Order* order) {
    Wallet& wallet = account.wallets(market)[asset];
    wallet.free += free;
    wallet.locked += locked;
    BF_ASSERT(!wallet.free.is_negative() && !wallet.locked.is_negative());
    emit(BalanceEvent{&account, market, asset, free, locked, reason, order});
}

Accepted<std::monostate> Exchange::move_money(Account& account, Market market, const std::string& asset, const Decimal& amount) {
    if ((account.wallet(market, asset).free + amount).is_negative()) return Unexpected{Refusal::insufficient_balance};
    granted_[asset] += amount;
    change(account, market, asset, amount, {}, BalanceReason::transfer, nullptr);
    return std::monostate{};
}

/// Takes money for an order: what was locked for it first, then free money.
void Exchange::spend(Order& order, Market market, const Decimal& amount, BalanceReason reason) {
    const Decimal locked = std::min(order.locked, amount);
    order.locked -= locked;
    change(*order.owner, market, order.locked_asset, locked - amount, -locked, reason, &order);
}

void Exchange::release_down_to(Order& order, const Decimal& amount, BalanceReason reason) {
    const Decimal surplus = order.locked - amount;
    if (!surplus.is_positive()) return;
    order.locked = amount;
    change(*order.owner, order.instrument->market(), order.locked_asset, surplus, -surplus, reason, &order);
}

void Exchange::settle_spot(Order& order, const Fill& fill) {
    const auto& symbol = order.instrument->symbol;
    const Decimal value = fill.price * fill.quantity;
    fees_[symbol.quote] += fill.fee;
    if (order.request.side == Side::buy) {
        spend(order, Market::spot, value + fill.fee, BalanceReason::trade);
        house_[symbol.quote] += value;
        house_[symbol.base] -= fill.quantity;
        change(*order.owner, Market::spot, symbol.base, fill.quantity, {}, BalanceReason::trade, &order);
        if (order.request.type == OrderType::limit)
            release_down_to(order, *order.request.price * order.remaining() * (Decimal{1} + order.instrument->taker_fee), BalanceReason::trade);
        return;
    }
    spend(order, Market::spot, fill.quantity, BalanceReason::trade);
    house_[symbol.base] += fill.quantity;
    house_[symbol.quote] -= value;
    change(*order.owner, Market::spot, symbol.quote, value - fill.fee, {}, BalanceReason::trade, &order);
}

void Exchange::settle_futures(Order& order, Fill& fill) {
    Account& account = *order.owner;
    const Instrument& instrument = *order.instrument;
    fees_[instrument.symbol.settle] += fill.fee;
    const auto position = std::find_if(account.positions.begin(), account.positions.end(), [&](const Position& p) {
        return p.instrument == &instrument && p.slot == order.request.slot;
    });
    fill.closes = position != account.positions.end() && (fill.side == Side::sell) == (position->side == PositionSide::long_side);
    if (fill.closes) {
        close_part(order, fill, *position);
        order.reserved = std::min(order.reserved, order.remaining());
    } else {
        open_part(order, fill);
        order.reserved = std::min(std::max(order.reserved - fill.quantity, Decimal{}), order.remaining());
    }
    if (order.request.type == OrderType::limit) {
        const Decimal value = *order.request.price * order.reserved;
        const Decimal margin = Decimal::divide(value, order.request.leverage, kMarginDigits, Rounding::up).value();
        release_down_to(order, margin + value * instrument.taker_fee, BalanceReason::trade);
    }
}

void Exchange::open_part(Order& order, const Fill& fill) {
    Account& account = *order.owner;
    const Instrument& instrument = *order.instrument;
    const Decimal value = fill.price * fill.quantity;
    const Decimal margin = Decimal::divide(value, order.request.leverage, kMarginDigits, Rounding::up).value();
    spend(order, Market::futures, margin + fill.fee, BalanceReason::trade);
    auto at = std::find_if(account.positions.begin(), account.positions.end(),
                           [&](const Position& p) { return p.instrument == &instrument && p.slot == order.request.slot; });
    if (at == account.positions.end()) {
        Position fresh;
        fresh.number = ++next_position_;
        fresh.instrument = &instrument;
        fresh.slot = order.request.slot;
        fresh.side = fill.side == Side::buy ? PositionSide::long_side : PositionSide::short_side;
        fresh.margin_mode = *order.request.margin_mode;
        fresh.opened_at = fill.at;
        account.positions.push_back(fresh);
        at = std::prev(account.positions.end());
    }
    at->quantity += fill.quantity;
    at->entry_cost += value;
    at->margin += margin;
    at->leverage = order.request.leverage;
    at->realized_pnl -= fill.fee;
    at->updated_at = fill.at;
    emit(PositionEvent{&account, &*at});
}

void Exchange::close_part(Order& order, Fill& fill, Position& position) {
    Account& account = *order.owner;
    const Instrument& instrument = *order.instrument;
    const std::string& asset = instrument.symbol.settle;
    const Decimal cost = share(position.entry_cost, fill.quantity, position.quantity);
    const Decimal margin = share(position.margin, fill.quantity, position.quantity);
    const Decimal value = fill.price * fill.quantity;
    const Decimal pnl = position.side == PositionSide::long_side ? value - cost : cost - value;
    // A gap in the price can cost more than there is: the rest is the house's, as an insurance fund would bear it.
    // An isolated position can never reach beyond its margin, a crossed one takes the free money too.
    const Decimal floor = position.margin_mode == MarginMode::isolated ? Decimal{} : -account.wallet(Market::futures, asset).free;
    const Decimal booked = std::max(margin + pnl - fill.fee, floor);
    house_[asset] += margin - fill.fee - booked;
    position.quantity -= fill.quantity;
    position.entry_cost -= cost;
    position.margin -= margin;
    position.realized_pnl += pnl - fill.fee;
    position.updated_at = fill.at;
    fill.realized_pnl += pnl;
    order.realized_pnl += pnl;
    change(account, Market::futures, asset, booked, {}, fill.liquidation ? BalanceReason::liquidation : BalanceReason::trade, &order);
    emit(PositionEvent{&account, &position, false, fill.liquidation});
    if (!position.quantity.is_zero()) return;
    account.positions.erase(account.positions.begin() + (&position - account.positions.data()));
    after_close(account, instrument);
}

/// Orders that only reduce have nothing left to do. Those that wait for a trigger stay: what an exchange does with them is not documented,
/// and a client that counts on their going would be wrong where they stay.
void Exchange::after_close(Account& account, const Instrument& instrument) {
    const auto orders = account.orders;
    for (Order* order : orders) {
        const bool idle = order->is_open() && !order->waiting && order->instrument == &instrument && order->request.reduce_only && order->remaining().is_positive();
        if (idle && account.position(instrument, order->request.slot) == nullptr) finish(*order, OrderStatus::canceled);
    }
}

}  // namespace bf::simulator
