// From a request to an order and back: checks, reservations, placing, cancelling.
#include "simulator/core/exchange.hpp"
#include "simulator/core/resting.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr int kMarginDigits = 12;

/// So large that its value, or a sum with it, could not be counted; no account has as much.
bool is_beyond_counting(const NewOrder& request, const Decimal& market_price) {
    constexpr std::int64_t kMost = 1'000'000'000'000'000;
    const auto above = [](const std::optional<Decimal>& figure) { return figure && abs(*figure) > Decimal{kMost}; };
    if (above(request.price) || above(request.quantity) || above(request.quote_quantity) || (request.trigger && above(request.trigger->price))) return true;
    const auto value = Decimal::product(request.price.value_or(market_price), request.quantity.value_or(Decimal{}), Rounding::up);
    return !value || abs(*value) > Decimal{kMost};
}

Unexpected<Refusal> no(Refusal why) { return Unexpected{why}; }

/// Whether an order of that side reduces a position of that slot and side.
bool reduces(Side side, PositionSide position) { return (side == Side::sell) == (position == PositionSide::long_side); }

}  // namespace

Accepted<std::monostate> Exchange::check_shape(const Account& account, const NewOrder& request, const Instrument& instrument) const {
    if (!request.client_order_id.empty() && account.by_client_id.contains({instrument.market(), request.client_order_id}))
        return no(Refusal::duplicate_client_id);
    if (request.type == OrderType::limit) {
        if (!request.price || !request.price->is_positive()) return no(Refusal::price_missing);
        if (!is_multiple_of(*request.price, instrument.price_step)) return no(Refusal::price_step);
        if (request.trigger) return std::monostate{};  // The band of the moment it fires in is not known yet.
        const Decimal& market = markets_[instrument.index]->price();
        const Decimal band = market * instrument.price_band;
        const bool outside = request.side == Side::buy ? *request.price > market + band : *request.price < market - band;
        if (outside) return no(Refusal::price_out_of_band);
    }
    return std::monostate{};
}

Accepted<std::monostate> Exchange::check_size(const NewOrder& request, const Instrument& instrument) const {
    const bool by_quote = request.type == OrderType::market && request.quote_quantity && !instrument.is_futures();
    if (by_quote) {
        if (!request.quote_quantity->is_positive()) return no(Refusal::quantity_missing);
        return *request.quote_quantity < instrument.min_notional ? Accepted<std::monostate>{no(Refusal::below_min_notional)} : std::monostate{};
    }
    if (!request.quantity || !request.quantity->is_positive()) return no(Refusal::quantity_missing);
    if (*request.quantity < instrument.min_quantity) return no(Refusal::below_min_quantity);
    if (!is_multiple_of(*request.quantity, instrument.quantity_step)) return no(Refusal::quantity_step);
    const Decimal price = request.type == OrderType::limit ? *request.price : markets_[instrument.index]->price();
    if (price * *request.quantity < instrument.min_notional) return no(Refusal::below_min_notional);
    return std::monostate{};
}

Accepted<std::monostate> Exchange::complete_futures(const Account& account, NewOrder& request, const Instrument& instrument) const {
    const bool hedge = account.position_mode == PositionMode::hedge;
    if (hedge != (request.slot != PositionSlot::both)) return no(Refusal::position_mode_mismatch);
    if (!request.margin_mode) request.margin_mode = account.margin_mode(instrument);
    if (*request.margin_mode != account.margin_mode(instrument)) return no(Refusal::margin_mode_mismatch);
    if (request.leverage == 0) request.leverage = leverage(account, instrument);
    if (request.leverage < 1 || request.leverage > instrument.max_leverage) return no(Refusal::leverage_out_of_range);
    const Position* position = account.position(instrument, request.slot);
    if (request.close_position) {
        if (position == nullptr) return no(Refusal::nothing_to_reduce);
        request.side = position->side == PositionSide::long_side ? Side::sell : Side::buy;
        request.quantity = position->quantity;
        request.reduce_only = true;
    }
    // In hedge mode selling the long slot (and buying the short one) always closes.
    if (hedge && (request.side == Side::buy) == (request.slot == PositionSlot::short_only)) request.reduce_only = true;
    if (request.reduce_only && (position == nullptr || !reduces(request.side, position->side))) return no(Refusal::nothing_to_reduce);
    return check_tier(account, request, instrument);
}

bool Exchange::is_above_maximum(const NewOrder& request, const Instrument& instrument) const {
    if (!request.quantity) return false;
    if (instrument.max_quantity.is_positive() && *request.quantity > instrument.max_quantity) return true;
    return instrument.max_notional.is_positive() && request.price.value_or(markets_[instrument.index]->price()) * *request.quantity > instrument.max_notional;
}

/// The position that would be there if all open orders of that side filled.
Accepted<std::monostate> Exchange::check_tier(const Account& account, const NewOrder& request, const Instrument& instrument) const {
    if (request.reduce_only || instrument.risk_tiers.empty() || !request.quantity) return std::monostate{};
    const Position* position = account.position(instrument, request.slot);
    Decimal quantity = *request.quantity;
    if (position != nullptr) quantity += reduces(request.side, position->side) ? -position->quantity : position->quantity;
    for (const Order* order : account.orders)
        if (order->is_open() && order->instrument == &instrument && order->request.slot == request.slot && order->request.side == request.side) quantity += order->reserved;
    if (!quantity.is_positive()) return std::monostate{};
    const auto* tier = instrument.tier_of(quantity, request.price.value_or(markets_[instrument.index]->price()));
    if (tier == nullptr) return no(Refusal::position_too_large);
    if (tier->max_leverage && Decimal{request.leverage} > *tier->max_leverage) return no(Refusal::position_too_large);
    return std::monostate{};
}

Decimal Exchange::closable(const Account& account, const NewOrder& request, const Instrument& instrument) const {
    const Position* position = account.position(instrument, request.slot);
    if (position == nullptr || !reduces(request.side, position->side)) return {};
    Decimal left = position->quantity;
    for (const Order* order : account.orders)
        if (order->is_open() && !order->waiting && order->instrument == &instrument && order->request.slot == request.slot && order->request.side == request.side)
            left -= order->remaining() - order->reserved;
    return left.is_negative() ? Decimal{} : left;
}

Exchange::Reservation Exchange::required(const Account& account, const NewOrder& request, const Instrument& instrument) const {
    const Decimal one{1};
    if (instrument.is_futures()) {
        if (request.reduce_only) return {};
        const Decimal opening = std::max(*request.quantity - closable(account, request, instrument), Decimal{});
        const Decimal price = request.price.value_or(markets_[instrument.index]->price());
        const Decimal value = price * opening;
        const Decimal margin = Decimal::divide(value, request.leverage, kMarginDigits, Rounding::up).value();
        return {margin + value * instrument.taker_fee, opening};
    }
    if (request.side == Side::sell) {
        if (request.quantity) return {*request.quantity, {}};
        const Decimal worth = Decimal::divide(*request.quote_quantity, markets_[instrument.index]->price(), 8, Rounding::down).value();
        return {round_to_step(worth, instrument.quantity_step, Rounding::down), {}};
    }
    Decimal value;
    if (request.type == OrderType::limit) value = *request.price * *request.quantity;
    else if (request.quantity) value = takeable(instrument, request.side, std::nullopt, *request.quantity).cost;
    else value = *request.quote_quantity;
    return {value * (one + instrument.taker_fee), {}};
}

Accepted<const Instrument*> Exchange::check(Account& account, NewOrder& request) {
    const Instrument* instrument = find(request.symbol);
    if (instrument == nullptr) return no(Refusal::unknown_symbol);
    if (!instrument->api_tradable) return no(Refusal::not_open_to_api);
    if (is_beyond_counting(request, markets_[instrument->index]->price())) return no(Refusal::insufficient_balance);
    BF_TRY_VOID(check_shape(account, request, *instrument));
    if (instrument->is_futures()) BF_TRY_VOID(complete_futures(account, request, *instrument));
    BF_TRY_VOID(check_size(request, *instrument));
    if (request.trigger) {
        if (!request.trigger->price.is_positive() || !is_multiple_of(request.trigger->price, instrument->price_step)) return no(Refusal::price_step);
        const auto& stops = resting_[instrument->index]->stops;
        const auto own = std::count_if(stops.begin(), stops.end(), [&](const Order* stop) { return stop->owner == &account; });
        if (static_cast<std::size_t>(own) >= profile_.stops_max) return no(Refusal::too_many_stops);
        return instrument;
    }
    const std::string& asset = instrument->is_futures()     ? instrument->symbol.settle
                               : request.side == Side::sell ? instrument->symbol.base
                                                            : instrument->symbol.quote;
    if (required(account, request, *instrument).amount > account.wallet(instrument->market(), asset).free)
        return no(Refusal::insufficient_balance);
    if (is_above_maximum(request, *instrument)) return no(Refusal::above_maximum);
    return instrument;
}

Order& Exchange::store(Account& account, NewOrder request, const Instrument& instrument) {
    Order& order = orders_.emplace_back();
    order.number = ++next_order_;
    order.id = profile_.order_id(instrument.market(), order.number);
    order.owner = &account;
    order.instrument = &instrument;
    order.quantity = request.quantity.value_or(Decimal{});
    order.fee_asset = instrument.is_futures() ? instrument.symbol.settle : instrument.symbol.quote;
    order.locked_asset = !instrument.is_futures() && request.side == Side::sell ? instrument.symbol.base : order.fee_asset;
    order.created_at = order.updated_at = now();
    order.request = std::move(request);
    orders_by_id_[order.id] = &order;
    account.orders.push_back(&order);
    if (!order.request.client_order_id.empty()) account.by_client_id[{instrument.market(), order.request.client_order_id}] = &order;
    return order;
}

Accepted<const Order*> Exchange::place(Account& account, NewOrder request) {
    BF_TRY(const Instrument* instrument, check(account, request));
    if (request.trigger) return wait(account, std::move(request), *instrument);
    const Reservation reserve = required(account, request, *instrument);
    Order& order = store(account, std::move(request), *instrument);
    enter(order, reserve);
    publish_book(*instrument);
    return &order;
}

/// To the book, with its money set aside.
void Exchange::enter(Order& order, const Reservation& reserve) {
    Account& account = *order.owner;
    const Instrument* instrument = order.instrument;
    order.locked = reserve.amount;
    order.reserved = reserve.opening;
    emit(OrderEvent{&account, &order, OrderChange::received});
    if (!reserve.amount.is_zero())
        change(account, instrument->market(), order.locked_asset, -reserve.amount, reserve.amount, BalanceReason::order_placed, &order);
    const auto limit = order.request.type == OrderType::limit ? order.request.price : std::nullopt;
    const bool crosses = !takeable(*instrument, order.request.side, limit, instrument->quantity_step).quantity.is_zero();
    const bool all_or_none = order.request.time_in_force == TimeInForce::fok;
    if (order.request.post_only && crosses) {
        finish(order, OrderStatus::canceled);
    } else if (all_or_none && takeable(*instrument, order.request.side, limit, order.quantity).quantity < order.quantity) {
        finish(order, OrderStatus::canceled);
    } else {
        match(order);
        const bool may_rest = limit && order.request.time_in_force == TimeInForce::gtc;
        if (order.is_open() && may_rest) {
            rest(order);
            emit(OrderEvent{&account, &order, OrderChange::open});
        } else if (order.is_open()) {
            finish(order, OrderStatus::canceled);
        }
    }
}

Accepted<const Order*> Exchange::wait(Account& account, NewOrder request, const Instrument& instrument) {
    Order& order = store(account, std::move(request), instrument);
    order.waiting = true;
    resting_[instrument.index]->stops.push_back(&order);
    emit(StopEvent{&account, &order, StopChange::waiting});
    // A price that has been reached already is reached.
    fire_due(instrument);
    return &order;
}

bool Exchange::reached(const Order& order) const {
    const auto& trigger = *order.request.trigger;
    const auto& market = *markets_[order.instrument->index];
    const Decimal& price = trigger.of == Trigger::Of::last ? market.last() : market.price();
    return trigger.way == Trigger::Way::at_or_below ? price <= trigger.price : price >= trigger.price;
}

/// What was not looked at when it was placed is now: its money, and the position it is to reduce.
void Exchange::fire(Order& order) {
    Account& account = *order.owner;
    const Reservation reserve = required(account, order.request, *order.instrument);
    std::erase(resting_[order.instrument->index]->stops, &order);
    order.waiting = false;
    order.triggered = true;
    order.updated_at = now();
    emit(StopEvent{&account, &order, StopChange::triggered});
    const Position* position = account.position(*order.instrument, order.request.slot);
    const bool idle = order.request.reduce_only && (position == nullptr || !reduces(order.request.side, position->side));
    if (idle || reserve.amount > account.wallet(order.instrument->market(), order.locked_asset).free) return finish(order, OrderStatus::canceled);
    enter(order, reserve);
}

void Exchange::hold_stops(bool held) {
    stops_held_ = held;
    for (const auto& instrument : profile_.instruments)
        if (!resting_[instrument.index]->stops.empty()) fire_due(instrument);
}

void Exchange::fire_due(const Instrument& instrument) {
    if (stops_held_) return;
    // One that trades moves the last price, which another may wait for.
    for (bool fired = true; fired;) {
        fired = false;
        const auto stops = resting_[instrument.index]->stops;
        for (Order* order : stops) {
            if (!order->waiting || !reached(*order)) continue;
            fire(*order);
            fired = true;
        }
    }
    publish_book(instrument);
}

void Exchange::rest(Order& order) {
    auto& resting = *resting_[order.instrument->index];
    if (order.request.side == Side::buy) resting.bids.emplace(*order.request.price, &order);
    else resting.asks.emplace(*order.request.price, &order);
}

void Exchange::unrest(Order& order) {
    if (!order.request.price) return;
    const auto erase = [&](auto& book) {
        auto [at, end] = book.equal_range(*order.request.price);
        for (; at != end; ++at) {
            if (at->second != &order) continue;
            book.erase(at);
            return;
        }
    };
    auto& resting = *resting_[order.instrument->index];
    if (order.request.side == Side::buy) erase(resting.bids);
    else erase(resting.asks);
}

void Exchange::finish(Order& order, OrderStatus status) {
    if (order.waiting) {
        std::erase(resting_[order.instrument->index]->stops, &order);
        order.waiting = false;
        order.status = status;
        order.updated_at = now();
        order.canceled = order.quantity;
        return emit(StopEvent{order.owner, &order, StopChange::canceled});
    }
    unrest(order);
    order.status = status;
    order.updated_at = now();
    if (order.quantity.is_zero()) order.quantity = order.filled;  // A market order in quote: known only now.
    if (status == OrderStatus::canceled) order.canceled = order.quantity - order.filled;
    emit(OrderEvent{order.owner, &order, status == OrderStatus::filled ? OrderChange::filled : OrderChange::canceled});
    order.reserved = {};
    release_down_to(order, {}, status == OrderStatus::filled ? BalanceReason::trade : BalanceReason::order_canceled);
}

Accepted<const Order*> Exchange::cancel(Account& account, const Order& order) {
    const auto at = orders_by_id_.find(order.id);
    if (at == orders_by_id_.end() || at->second->owner != &account) return no(Refusal::order_not_found);
    if (!at->second->is_open()) return no(Refusal::order_finished);
    finish(*at->second, OrderStatus::canceled);
    publish_book(*order.instrument);
    return &order;
}

const Order* Exchange::find_order(const Account& account, std::string_view id) const {
    const auto at = orders_by_id_.find(std::string{id});
    return at == orders_by_id_.end() || at->second->owner != &account ? nullptr : at->second;
}

const Order* Exchange::find_client_order(const Account& account, Market market, std::string_view client_order_id) const {
    const auto at = account.by_client_id.find({market, std::string{client_order_id}});
    return at == account.by_client_id.end() ? nullptr : at->second;
}

}  // namespace bf::simulator
