// Futures between trades: settings, liquidation, funding, balances.
#include "simulator/core/exchange.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

Unexpected<Refusal> no(Refusal why) { return Unexpected{why}; }

bool busy(const Account& account, const Instrument* instrument) {
    const auto is_it = [&](const Instrument* other) { return other->is_futures() && (instrument == nullptr || other == instrument); };
    return std::any_of(account.positions.begin(), account.positions.end(), [&](const Position& p) { return is_it(p.instrument); }) ||
           std::any_of(account.orders.begin(), account.orders.end(), [&](const Order* o) { return o->is_open() && is_it(o->instrument); });
}

}  // namespace

int Exchange::leverage(const Account& account, const Instrument& instrument) const {
    const auto at = account.leverages.find(instrument.index);
    return at == account.leverages.end() ? std::min(profile_.default_leverage, instrument.max_leverage) : at->second;
}

Accepted<std::monostate> Exchange::set_leverage(Account& account, const Instrument& instrument, int leverage) {
    if (leverage < 1 || leverage > instrument.max_leverage) return no(Refusal::leverage_out_of_range);
    account.leverages[instrument.index] = leverage;
    return std::monostate{};
}

Accepted<std::monostate> Exchange::set_margin_mode(Account& account, const Instrument& instrument, MarginMode mode) {
    if (account.margin_mode(instrument) != mode && busy(account, &instrument)) return no(Refusal::position_or_orders_open);
    account.margin_modes[instrument.index] = mode;
    return std::monostate{};
}

Accepted<std::monostate> Exchange::set_position_mode(Account& account, PositionMode mode) {
    if (account.position_mode != mode && busy(account, nullptr)) return no(Refusal::position_or_orders_open);
    account.position_mode = mode;
    return std::monostate{};
}

Exchange::FuturesBalance Exchange::futures_balance(const Account& account, const std::string& asset) const {
    const Wallet& wallet = account.wallet(Market::futures, asset);
    FuturesBalance balance{wallet.free, wallet.locked, {}, {}};
    for (const auto& position : account.positions) {
        if (position.instrument->symbol.settle != asset) continue;
        balance.position_margin += position.margin;
        balance.unrealized_pnl += position.unrealized_pnl(market(*position.instrument).price());
    }
    return balance;
}

Decimal Exchange::liquidation_price(const Account& account, const Position& position) const {
    if (position.margin_mode == MarginMode::isolated) return position.liquidation_price();
    Position backed = position;  // Cross: all free money stands behind it.
    backed.margin += account.wallet(Market::futures, position.instrument->symbol.settle).free;
    return backed.liquidation_price();
}

void Exchange::liquidate_due() {
    struct Due {
        Account* account;
        const Instrument* instrument;
        PositionSlot slot;
    };
    std::vector<Due> due;
    for (const auto& account : accounts_) {
        Decimal cross_margin, cross_pnl, cross_maintenance;
        for (const auto& position : account->positions) {
            const Decimal mark = market(*position.instrument).price();
            const Decimal pnl = position.unrealized_pnl(mark);
            const Decimal maintenance = position.maintenance_margin(mark);
            if (position.margin_mode == MarginMode::cross) {
                cross_margin += position.margin;
                cross_pnl += pnl;
                cross_maintenance += maintenance;
            } else if (position.margin + pnl <= maintenance) {
                due.push_back({account.get(), position.instrument, position.slot});
            }
        }
        if (cross_maintenance.is_zero()) continue;
        const auto& settle = account->positions.front().instrument->symbol.settle;  // All of ours settle in one asset.
        if (account->wallet(Market::futures, settle).free + cross_margin + cross_pnl > cross_maintenance) continue;
        for (const auto& position : account->positions)
            if (position.margin_mode == MarginMode::cross) due.push_back({account.get(), position.instrument, position.slot});
    }
    for (const auto& [account, instrument, slot] : due) liquidate(*account, *instrument, slot);
}

/// Closes all at the mark, an isolated position no further than where its margin is gone; what is left of the margin is the liquidation fee. So the
/// account loses the margin and nothing else, and its fill says so.
void Exchange::liquidate(Account& account, const Instrument& instrument, PositionSlot slot) {
    const Position* position = account.position(instrument, slot);
    if (position == nullptr) return;
    const Decimal mark = market(instrument).price();
    const bool is_long = position->side == PositionSide::long_side;
    const Decimal bankrupt = round_to_step(position->bankruptcy_price(), instrument.price_step, is_long ? Rounding::up : Rounding::down);
    const bool beyond = position->margin_mode == MarginMode::isolated && (is_long ? mark < bankrupt : mark > bankrupt);
    const Decimal price = beyond ? bankrupt : mark;
    NewOrder request;
    request.symbol = instrument.symbol;
    request.side = is_long ? Side::sell : Side::buy;
    request.type = OrderType::market;
    request.quantity = position->quantity;
    request.reduce_only = true;
    request.leverage = position->leverage;
    request.margin_mode = position->margin_mode;
    request.slot = slot;
    const Decimal left = std::max(position->margin + position->unrealized_pnl(price), Decimal{});
    Order& order = store(account, std::move(request), instrument);
    order.liquidation = true;
    Fill& fill = fills_.emplace_back();
    fill.number = ++next_fill_;
    fill.id = profile_.trade_id(Market::futures, fill.number);
    fill.order = &order;
    fill.instrument = &instrument;
    fill.side = order.request.side;
    fill.price = price;
    fill.quantity = order.quantity;
    fill.fee = left;
    fill.fee_asset = order.fee_asset;
    fill.liquidation = true;
    fill.at = now();
    order.filled = order.quantity;
    order.filled_quote = price * order.quantity;
    order.fee = left;
    order.status = OrderStatus::filled;
    account.fills.push_back(&fill);
    print(instrument, fill.side, mark, fill.quantity);
    emit(OrderEvent{&account, &order, OrderChange::match, &fill});
    settle_futures(order, fill);
    finish(order, OrderStatus::filled);
}

void Exchange::pay_funding() {
    for (const auto& instrument : instruments())
        if (instrument.is_futures()) pay_funding(instrument, funding_rate(instrument));
    liquidate_due();
}

void Exchange::charge_funding(const Instrument& instrument, const Decimal& rate) {
    pay_funding(instrument, rate);
    liquidate_due();
}

void Exchange::pay_funding(const Instrument& instrument, const Decimal& rate) {
    for (const auto& account : accounts_) {
        for (auto& position : account->positions) {
            if (position.instrument != &instrument) continue;
            const auto number = (profile_.follows ? now() : next_funding_).ms() * 100 + static_cast<std::int64_t>(account->funding.size());
            pay_funding(*account, position, {now(), rate, market(instrument).price()}, static_cast<std::uint64_t>(number));
        }
    }
}

void Exchange::pay_funding(Account& account, Position& position, const Settlement& settlement, std::uint64_t number) {
    const std::string& asset = position.instrument->symbol.settle;
    const bool is_long = position.side == PositionSide::long_side;
    const Decimal value = settlement.mark * position.quantity * settlement.rate;
    Decimal amount = is_long ? -value : value;
    // Paid from free money, then from the position's margin; never more than there is.
    const Decimal free = account.wallet(Market::futures, asset).free;
    const Decimal from_free = std::max(amount, -free);
    const Decimal from_margin = std::max(amount - from_free, -position.margin);
    amount = from_free + from_margin;
    house_[asset] -= amount;
    position.margin += from_margin;
    position.funding += amount;
    position.realized_pnl += amount;
    account.funding.push_back({number, position.instrument, position.slot, position.margin_mode, settlement.rate, settlement.mark,
                               is_long ? position.quantity : -position.quantity, amount, settlement.at});
    change(account, Market::futures, asset, from_free, {}, BalanceReason::funding, nullptr);
    emit(PositionEvent{&account, &position, true, false});
}

}  // namespace bf::simulator
