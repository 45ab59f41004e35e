// An order meets the book: the accounts' resting orders and the synthetic levels, best price first, accounts before the machine.
#include "simulator/core/exchange.hpp"
#include "simulator/core/resting.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr int kMarginDigits = 12;
Side opposite(Side side) { return side == Side::buy ? Side::sell : Side::buy; }

}  // namespace

bool Exchange::acceptable(const Order& taker, const Decimal& price) const {
    if (taker.request.type == OrderType::market) return true;
    return taker.request.side == Side::buy ? price <= *taker.request.price : price >= *taker.request.price;
}

/// Nobody trades with himself here: an account's own resting orders are passed over.
Order* Exchange::best_maker(const Order& taker) const {
    if (profile_.follows) return nullptr;  // Nor with others who are not in the real market.
    const auto& resting = *resting_[taker.instrument->index];
    const auto first_foreign = [&](const auto& book) -> Order* {
        for (const auto& [price, order] : book)
            if (order->owner != taker.owner) return order;
        return nullptr;
    };
    return taker.request.side == Side::buy ? first_foreign(resting.asks) : first_foreign(resting.bids);
}

int Exchange::best_level(const Instrument& instrument, Side side) const {
    const auto& market = *markets_[instrument.index];
    for (int i = 0; i < InstrumentMarket::kDepth; ++i)
        if (market.level_quantity(side, i).is_positive()) return i;
    return InstrumentMarket::kDepth;
}

/// What is still to be filled, at that price if the order counts in quote.
Decimal Exchange::wanted(const Order& order, const Decimal& price) const {
    if (!order.request.quote_quantity || order.request.quantity) return order.remaining();
    const Decimal left = *order.request.quote_quantity - order.filled_quote;
    const Decimal base = Decimal::divide(left, price, 12, Rounding::down).value();
    return round_to_step(base, order.instrument->quantity_step, Rounding::down);
}

/// How much of `quantity` one fill of the order can be: bounded by its money, and on futures by the position it closes, so that a fill
/// either closes or opens.
Decimal Exchange::capacity(const Order& order, const Decimal& price, const Decimal& quantity) const {
    const Instrument& instrument = *order.instrument;
    const Decimal money = order.locked + order.owner->wallet(instrument.market(), order.locked_asset).free;
    const Decimal value = price * quantity;
    if (!instrument.is_futures()) {
        const Decimal cost = order.request.side == Side::sell ? quantity : value + value * instrument.taker_fee;
        return cost <= money ? quantity : Decimal{};
    }
    const Position* position = order.owner->position(instrument, order.request.slot);
    const bool reduces = position != nullptr && (order.request.side == Side::sell) == (position->side == PositionSide::long_side);
    if (reduces) return std::min(quantity, position->quantity);
    if (order.request.reduce_only) return {};
    const Decimal margin = Decimal::divide(value, order.request.leverage, kMarginDigits, Rounding::up).value();
    return margin + value * instrument.taker_fee <= money ? quantity : Decimal{};
}

/// What a taker would get without its limit being broken, up to `quantity`, and what it would cost.
Exchange::Taking Exchange::takeable(const Instrument& instrument, Side taker, const std::optional<Decimal>& limit,
                                    const Decimal& quantity) const {
    Taking taking;
    const auto levels = visible(instrument, opposite(taker));
    const auto take = [&](const Decimal& price, const Decimal& offered) {
        const bool good = !limit || (taker == Side::buy ? price <= *limit : price >= *limit);
        const Decimal part = std::min(offered, quantity - taking.quantity);
        if (!good || !part.is_positive()) return false;
        taking.quantity += part;
        taking.cost += price * part;
        return true;
    };
    if (taker == Side::buy) {
        for (auto at = levels.begin(); at != levels.end() && take(at->first, at->second);) ++at;
    } else {
        for (auto at = levels.rbegin(); at != levels.rend() && take(at->first, at->second);) ++at;
    }
    return taking;
}

void Exchange::match(Order& taker) {
    while (taker.is_open() && match_once(taker)) {
    }
    const bool in_quote = taker.request.quote_quantity && !taker.request.quantity;
    if (taker.is_open() && in_quote && taker.filled.is_positive()) finish(taker, OrderStatus::filled);
}

/// One fill at the best price there is; false when there is none left for this order.
bool Exchange::match_once(Order& taker) {
    const Instrument& instrument = *taker.instrument;
    auto& market = *markets_[instrument.index];
    const Side side = opposite(taker.request.side);
    const int level = best_level(instrument, side);
    Order* maker = best_maker(taker);
    if (level == InstrumentMarket::kDepth && maker == nullptr) return false;
    if (maker != nullptr && level < InstrumentMarket::kDepth) {
        const Decimal synthetic = market.level_price(side, level);
        const bool better = side == Side::sell ? synthetic < *maker->request.price : synthetic > *maker->request.price;
        if (better) maker = nullptr;
    }
    const Decimal price = maker != nullptr ? *maker->request.price : market.level_price(side, level);
    if (!acceptable(taker, price)) return false;
    const Decimal offered = maker != nullptr ? maker->remaining() : market.level_quantity(side, level);
    Decimal quantity = std::min(wanted(taker, price), offered);
    if (!quantity.is_positive()) return false;
    quantity = capacity(taker, price, quantity);
    if (!quantity.is_positive()) {
        finish(taker, OrderStatus::canceled);
        return false;
    }
    if (maker != nullptr) {
        const Decimal can = capacity(*maker, price, quantity);
        if (!can.is_positive()) {
            finish(*maker, OrderStatus::canceled);
            return true;
        }
        quantity = can;
        fill(*maker, price, quantity, Liquidity::maker);
    } else {
        market.take(side, level, quantity);
    }
    print(instrument, taker.request.side, price, quantity);
    fill(taker, price, quantity, Liquidity::taker);
    return true;
}

void Exchange::print(const Instrument& instrument, Side taker, const Decimal& price, const Decimal& quantity) {
    if (profile_.follows) return;
    const auto& trade = markets_[instrument.index]->print(taker, price, quantity, now_);
    emit(TradeEvent{&instrument, &trade});
}

void Exchange::fill(Order& order, const Decimal& price, const Decimal& quantity, Liquidity liquidity) {
    const Instrument& instrument = *order.instrument;
    Fill& fill = fills_.emplace_back();
    fill.number = ++next_fill_;
    fill.id = profile_.trade_id(instrument.market(), fill.number);
    fill.order = &order;
    fill.instrument = &instrument;
    fill.side = order.request.side;
    fill.price = price;
    fill.quantity = quantity;
    fill.fee = price * quantity * (liquidity == Liquidity::maker ? instrument.maker_fee : instrument.taker_fee);
    fill.fee_asset = order.fee_asset;
    fill.liquidity = liquidity;
    fill.at = now();
    order.filled += quantity;
    order.filled_quote += price * quantity;
    order.fee += fill.fee;
    order.updated_at = fill.at;
    order.owner->fills.push_back(&fill);
    const bool in_quote = order.quantity.is_zero();
    const bool done = !in_quote && order.remaining().is_zero();
    order.status = done ? OrderStatus::filled : OrderStatus::partially_filled;
    emit(OrderEvent{order.owner, &order, OrderChange::match, &fill});
    if (instrument.is_futures()) settle_futures(order, fill);
    else settle_spot(order, fill);
    if (done) finish(order, OrderStatus::filled);
}

std::vector<Order*> Exchange::crossed(const Instrument& instrument, Side side, const Decimal& price) const {
    const auto& resting = *resting_[instrument.index];
    std::vector<Order*> orders;
    if (side == Side::buy) {
        for (auto at = resting.bids.begin(); at != resting.bids.end() && at->first >= price; ++at) orders.push_back(at->second);
    } else {
        for (auto at = resting.asks.begin(); at != resting.asks.end() && at->first <= price; ++at) orders.push_back(at->second);
    }
    return orders;
}

/// The market moved over resting orders. A price that was set fills all it reaches; the wandering one only what its levels hold, so
/// that big orders fill in parts.
void Exchange::sweep(const Instrument& instrument, bool all) {
    if (resting_[instrument.index]->bids.empty() && resting_[instrument.index]->asks.empty()) return;
    auto& market = *markets_[instrument.index];
    for (const Side side : {Side::buy, Side::sell}) {
        const Side other = opposite(side);
        const Decimal reach = all ? market.price() : market.level_price(other, 0);
        for (Order* order : crossed(instrument, side, reach)) {
            while (order->is_open()) {
                const int level = all ? 0 : best_level(instrument, other);
                if (!all && (level == InstrumentMarket::kDepth || !acceptable(*order, market.level_price(other, level)))) break;
                Decimal quantity = order->remaining();
                if (!all) quantity = std::min(quantity, market.level_quantity(other, level));
                const Decimal can = capacity(*order, *order->request.price, quantity);
                if (!can.is_positive()) {
                    finish(*order, OrderStatus::canceled);
                    break;
                }
                if (!all) market.take(other, level, can);
                fill(*order, *order->request.price, can, Liquidity::maker);
            }
        }
    }
}

void Exchange::print_trade(const Instrument& instrument, Side taker, const Decimal& price, const Decimal& quantity) {
    Decimal left = quantity;
    for (Order* order : crossed(instrument, opposite(taker), price)) {
        while (order->is_open() && left.is_positive()) {
            const Decimal can = capacity(*order, *order->request.price, std::min(left, order->remaining()));
            if (!can.is_positive()) {
                finish(*order, OrderStatus::canceled);
                break;
            }
            left -= can;
            fill(*order, *order->request.price, can, Liquidity::maker);
        }
    }
    print(instrument, taker, price, quantity);
    if (!resting_[instrument.index]->stops.empty()) fire_due(instrument);
    emit(TickEvent{&instrument});
    publish_book(instrument);
}

}  // namespace bf::simulator
