// Futures orders and fills. Sizes are whole lots; prices are text; leverage comes with each order.
#include "base/text.hpp"
#include "simulator/core/amounts.hpp"
#include "simulator/kucoin/routes.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr std::size_t kClientIdMax = 40;
constexpr std::size_t kBatchMax = 20;

struct Refused {
    std::string_view code;
    std::string message;
};

Refused futures_refusal(const Exchange& exchange, Refusal why, const NewOrder& order) {
    switch (why) {
        case Refusal::unknown_symbol: return {"100003", "Contract parameter invalid."};
        case Refusal::not_open_to_api: return {"300002", "The contract is not trading."};
        case Refusal::insufficient_balance:
            return {"330008", "Your current margin and leverage have reached the maximum open limit. Please increase your margin or raise your "
                              "leverage to open larger positions."};
        case Refusal::below_min_quantity:
        case Refusal::quantity_step: return {"300000", "The quantity is invalid."};
        case Refusal::quantity_missing: return {"100001", "Quantity parameter cannot be empty."};
        case Refusal::price_missing: return {"100001", "Price parameter cannot be empty."};
        case Refusal::price_step: return {"300012", "The price increment is invalid."};
        case Refusal::price_out_of_band: return {"300011", "The order price is beyond the current price limit."};
        case Refusal::too_many_stops: {
            const auto most = std::to_string(exchange.profile().stops_max);
            return {"300004", "Stop order quantity limit exceeded (limit: " + most + ", current: " + most + ")"};
        }
        case Refusal::duplicate_client_id: return {"300018", "clientOid parameter repeated."};
        case Refusal::nothing_to_reduce: return {"300009", "No open positions to close."};
        case Refusal::margin_mode_mismatch:
            return {"330005", "The order's margin mode does not match the selected one. Please switch and try again."};
        case Refusal::position_mode_mismatch:
            if (order.slot == PositionSlot::both)
                return {"330012", "Your order is in One-Way Mode, while your account is set to Hedge Mode. Update your settings so they match and "
                                  "try again."};
            return {"330011", "Your order is in Hedge Mode, while your account is set to One-Way Mode. Update your settings so they match and try "
                              "again."};
        case Refusal::leverage_out_of_range:
            return {"300016", "The leverage cannot be greater than " + std::to_string(exchange.find(order.symbol)->max_leverage) + "."};
        case Refusal::position_too_large: return {"300005", "The position would exceed the risk limit."};
        case Refusal::order_finished: return {"100004", "Order is in not cancelable state"};
        case Refusal::order_not_found: return {"100001", "error.getOrder.orderNotExist"};
        default: return {"100001", "Parameter error"};
    }
}

wire::Response answer(const Refused& refused) { return refuse(refused.code, refused.message); }

/// Exactly one of size (lots), qty (base) and valueQty (quote) says how much.
std::optional<Decimal> read_quantity(const Exchange& exchange, const Instrument& instrument, const NewOrder& order, JsonValue body) {
    if (const auto lots = read_amount(body["size"])) return *lots * instrument.contract_size;
    if (const auto base = read_amount(body["qty"])) return base;
    const auto value = read_amount(body["valueQty"]);
    if (!value) return std::nullopt;
    const Decimal price = order.price.value_or(exchange.market(instrument).price());
    return round_to_step(Decimal::divide(*value, price, 12, Rounding::down).value(), instrument.quantity_step, Rounding::down);
}

/// `stop`, `stopPrice` and `stopPriceType` stand together or not at all.
Result<void, Refused> read_trigger(JsonValue body, NewOrder& order) {
    const auto way = body["stop"].text().value_or("");
    if (way.empty()) return {};
    const auto of = body["stopPriceType"].text().value_or("");
    const auto price = read_amount(body["stopPrice"]);
    if (way != "down" && way != "up") return Unexpected{Refused{"100001", "stop parameter invalid."}};
    if (of != "TP" && of != "MP" && of != "IP") return Unexpected{Refused{"100001", "stopPriceType parameter invalid."}};
    if (!price) return Unexpected{Refused{"100001", "stopPrice parameter cannot be empty."}};
    Trigger trigger;
    trigger.of = of == "TP" ? Trigger::Of::last : of == "MP" ? Trigger::Of::mark : Trigger::Of::index;
    trigger.way = way == "down" ? Trigger::Way::at_or_below : Trigger::Way::at_or_above;
    trigger.price = *price;
    order.trigger = trigger;
    return {};
}

Result<NewOrder, Refused> read_order(const Exchange& exchange, JsonValue body) {
    NewOrder order;
    const Instrument* instrument = exchange.find_native(body["symbol"].text().value_or(""));
    if (instrument == nullptr || !instrument->is_futures()) return Unexpected{Refused{"100003", "Contract parameter invalid."}};
    order.symbol = instrument->symbol;
    order.close_position = body["closeOrder"].boolean().value_or(false);
    const auto side = market::parse<Side>(body["side"].text().value_or(""));
    if (!side && !order.close_position) return Unexpected{Refused{"100001", "side parameter cannot be empty."}};
    order.side = side.value_or(Side::buy);
    const auto type = market::parse<OrderType>(body["type"].text().value_or("limit"));
    if (!type) return Unexpected{Refused{"100001", "type parameter invalid."}};
    order.type = *type;
    order.price = *type == OrderType::limit ? read_amount(body["price"]) : std::nullopt;
    const auto amounts = {body["size"], body["qty"], body["valueQty"]};
    if (std::count_if(amounts.begin(), amounts.end(), [](JsonValue one) { return read_amount(one).has_value(); }) > 1)
        return Unexpected{Refused{"100001", "Only one of size, qty and valueQty can be set."}};
    order.quantity = read_quantity(exchange, *instrument, order, body);
    const auto time_in_force = body["timeInForce"].text().value_or("GTC");
    if (time_in_force != "GTC" && time_in_force != "IOC") return Unexpected{Refused{"100001", "timeInForce parameter invalid."}};
    order.time_in_force = time_in_force == "IOC" ? TimeInForce::ioc : TimeInForce::gtc;
    order.post_only = body["postOnly"].boolean().value_or(false);
    order.reduce_only = body["reduceOnly"].boolean().value_or(false);
    order.client_order_id = body["clientOid"].text().value_or("");
    order.remark = body["remark"].text().value_or("");
    if (order.client_order_id.empty()) return Unexpected{Refused{"100001", "clientOid parameter cannot be empty."}};
    if (order.client_order_id.size() > kClientIdMax) return Unexpected{Refused{"100001", "clientOid parameter invalid."}};
    BF_TRY_VOID(read_trigger(body, order));
    // Without the parameter the order is an isolated one, whatever the account is set to: the trap of 330005.
    order.margin_mode = body["marginMode"].text() == "CROSS" ? MarginMode::cross : MarginMode::isolated;
    const auto position_side = body["positionSide"].text().value_or("BOTH");
    order.slot = position_side == "LONG" ? PositionSlot::long_only : position_side == "SHORT" ? PositionSlot::short_only : PositionSlot::both;
    if (const auto leverage = body["leverage"].decimal()) order.leverage = static_cast<int>(round_to_step(*leverage, 1, Rounding::down).mantissa());
    // "Required to open" (reference of KuCoin's own SDK); its text is unverified. A cross position's leverage is the account's.
    if (!body["leverage"].decimal() && !order.reduce_only && !order.close_position && order.margin_mode == MarginMode::isolated)
        return Unexpected{Refused{"100001", "leverage parameter invalid."}};
    return order;
}

Result<const Order*, Refused> place_one(Ask& ask, JsonValue body) {
    BF_TRY(auto request, read_order(ask.exchange, body));
    const NewOrder kept = request;
    const auto placed = ask.exchange.place(*ask.account, std::move(request));
    if (!placed) return Unexpected{futures_refusal(ask.exchange, placed.error(), kept)};
    return *placed;
}

bool forbidden(const Account& account) { return account.mode == AccountMode::unified; }
wire::Response no_order() { return refuse("400200", "Forbidden to place an order"); }

wire::Response place(Ask& ask) {
    if (forbidden(*ask.account)) return no_order();
    const auto placed = place_one(ask, ask.body);
    if (!placed) return answer(placed.error());
    return ok([&](JsonWriter& out) {
        out.begin_object().member("orderId", (*placed)->id).member("clientOid", (*placed)->request.client_order_id).end_object();
    });
}

wire::Response test(Ask& ask) {
    if (forbidden(*ask.account)) return no_order();
    auto request = read_order(ask.exchange, ask.body);
    if (!request) return answer(request.error());
    const auto checked = ask.exchange.check(*ask.account, *request);
    if (!checked) return answer(futures_refusal(ask.exchange, checked.error(), *request));
    const auto number = static_cast<std::uint64_t>(ask.exchange.now().ms()) << 8;
    return ok([&](JsonWriter& out) {
        out.begin_object().member("orderId", ask.exchange.profile().order_id(Market::futures, number));
        out.member("clientOid", request->client_order_id).end_object();
    });
}

wire::Response place_multi(Ask& ask) {
    if (forbidden(*ask.account)) return no_order();
    if (!ask.body.is_array() || ask.body.size() == 0 || ask.body.size() > kBatchMax) return refuse("100001", "one to twenty orders");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (std::size_t i = 0; i < ask.body.size(); ++i) {
            const JsonValue body = ask.body.at(i);
            const auto placed = place_one(ask, body);
            out.begin_object().member("orderId", placed ? (*placed)->id : "").member("clientOid", body["clientOid"].text().value_or(""));
            out.member("symbol", body["symbol"].text().value_or("")).member("code", placed ? "200000" : placed.error().code);
            out.member("msg", placed ? "success" : placed.error().message).end_object();
        }
        out.end_array();
    });
}

const Order* by_id(const Ask& ask, std::string_view id) {
    const Order* order = ask.exchange.find_order(*ask.account, id);
    return order != nullptr && order->instrument->is_futures() ? order : nullptr;
}

void write_canceled(JsonWriter& out, const std::vector<std::string>& ids) {
    out.begin_object().key("cancelledOrderIds").begin_array();
    for (const auto& id : ids) out.text(id);
    out.end_array().end_object();
}

wire::Response cancel(Ask& ask) {
    const Order* order = by_id(ask, ask.tail);
    if (order == nullptr) return refuse("100004", "The order cannot be canceled.");
    if (!ask.exchange.cancel(*ask.account, *order)) return refuse("100004", "Order is in not cancelable state");
    return ok([&](JsonWriter& out) { write_canceled(out, {order->id}); });
}

wire::Response cancel_client(Ask& ask) {
    const Order* order = ask.exchange.find_client_order(*ask.account, Market::futures, ask.tail);
    if (order == nullptr) return refuse("100004", "The order cannot be canceled.");
    if (!ask.exchange.cancel(*ask.account, *order)) return refuse("100004", "Order is in not cancelable state");
    return ok([&](JsonWriter& out) { out.begin_object().member("clientOid", order->request.client_order_id).end_object(); });
}

/// Open orders, or the stops that still wait: each kind has a call of its own.
wire::Response cancel_those(Ask& ask, bool stops) {
    const auto symbol = ask.call.parameter("symbol");
    std::vector<std::string> ids;
    const auto orders = ask.account->orders;
    for (const Order* order : orders) {
        if (!order->instrument->is_futures() || !order->is_open() || order->waiting != stops || (!symbol.empty() && order->instrument->native != symbol)) continue;
        if (ask.exchange.cancel(*ask.account, *order)) ids.push_back(order->id);
    }
    return ok([&](JsonWriter& out) { write_canceled(out, ids); });
}

wire::Response cancel_all(Ask& ask) { return cancel_those(ask, false); }
wire::Response cancel_stops(Ask& ask) { return cancel_those(ask, true); }

/// The one DELETE with a body.
wire::Response cancel_multi(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        const auto one = [&](const Order* order, std::string_view name, std::string_view id) {
            const bool done = order != nullptr && ask.exchange.cancel(*ask.account, *order).has_value();
            out.begin_object().member(name, id).member("code", done ? "200" : "100004");
            out.member("msg", done ? "success" : "The order cannot be canceled.").end_object();
        };
        const JsonValue ids = ask.body["orderIdsList"], clients = ask.body["clientOidsList"];
        for (std::size_t i = 0; i < ids.size(); ++i) one(by_id(ask, ids.at(i).text().value_or("")), "orderId", ids.at(i).text().value_or(""));
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const auto id = clients.at(i)["clientOid"].text().value_or("");
            one(ask.exchange.find_client_order(*ask.account, Market::futures, id), "clientOid", id);
        }
        out.end_array();
    });
}

void write_trigger(JsonWriter& out, const Order& order) {
    const auto& trigger = order.request.trigger;
    out.member("stop", !trigger ? "" : trigger->way == Trigger::Way::at_or_below ? "down" : "up");
    out.member("stopPriceType", !trigger ? "" : trigger->of == Trigger::Of::last ? "TP" : trigger->of == Trigger::Of::mark ? "MP" : "IP");
    out.member("stopTriggered", order.triggered).member("stopPrice", trigger ? std::optional{trigger->price} : std::nullopt);
}

void write_order(JsonWriter& out, const Order& order) {
    const NewOrder& asked = order.request;
    const Instrument& instrument = *order.instrument;
    const Decimal price = asked.price.value_or(Decimal{});
    const auto lots = [&](const Decimal& quantity) { return instrument.contracts(quantity); };
    constexpr std::int64_t kNano = 1'000'000;
    out.begin_object().member("id", order.id).member("symbol", instrument.native).member("type", market::to_string(asked.type));
    out.member("side", market::to_string(asked.side)).member("price", price);
    number(out, "size", lots(order.quantity));
    out.member("value", (asked.price ? price : order.average()) * order.quantity).member("dealValue", order.filled_quote);
    number(out, "dealSize", lots(order.filled));
    out.member("stp", "");
    write_trigger(out, order);
    out.member("timeInForce", asked.time_in_force == TimeInForce::ioc ? "IOC" : "GTC").member("postOnly", asked.post_only);
    out.member("hidden", false).member("iceberg", false).member("leverage", std::to_string(asked.leverage)).member("forceHold", false);
    out.member("closeOrder", asked.close_position).member("visibleSize", 0).member("clientOid", asked.client_order_id);
    write_text_or_null(out, "remark", asked.remark);
    out.member("tags", "").member("isActive", order.is_open()).member("cancelExist", order.status == OrderStatus::canceled);
    out.member("createdAt", order.created_at.ms()).member("updatedAt", order.updated_at.ms());
    out.member("endAt", order.is_open() ? std::nullopt : std::optional{order.updated_at.ms()});
    out.member("orderTime", order.created_at.ms() * kNano).member("settleCurrency", instrument.symbol.settle);
    out.member("marginMode", asked.margin_mode == MarginMode::cross ? "CROSS" : "ISOLATED").member("avgDealPrice", order.average());
    out.member("positionSide", asked.slot == PositionSlot::both ? "BOTH" : asked.slot == PositionSlot::long_only ? "LONG" : "SHORT");
    number(out, "filledSize", lots(order.filled));
    out.member("filledValue", order.filled_quote).member("status", order.is_open() ? "open" : "done");
    out.member("reduceOnly", asked.reduce_only).end_object();
}

wire::Response show(const Order* order) {
    if (order == nullptr) return refuse("100001", "error.getOrder.orderNotExist");
    return ok([&](JsonWriter& out) { write_order(out, *order); });
}
wire::Response show_by_id(Ask& ask) { return show(by_id(ask, ask.tail)); }
wire::Response show_by_client(Ask& ask) {
    return show(ask.exchange.find_client_order(*ask.account, Market::futures, ask.call.parameter("clientOid")));
}

bool matches(const Ask& ask, const Instrument& instrument, Side side, OrderType type, Instant at) {
    const auto symbol = ask.call.parameter("symbol"), wanted_side = ask.call.parameter("side"), wanted_type = ask.call.parameter("type");
    const auto from = read_ms(ask.call, "startAt"), to = read_ms(ask.call, "endAt");
    return instrument.is_futures() && (symbol.empty() || instrument.native == symbol) &&
           (wanted_side.empty() || wanted_side == market::to_string(side)) && (wanted_type.empty() || wanted_type == market::to_string(type)) &&
           (!from || at >= *from) && (!to || at <= *to);
}

std::vector<const Order*> select(const Ask& ask, std::string_view status) {
    std::vector<const Order*> orders;
    for (const Order* order : ask.account->orders) {
        // Those that wait for a trigger are listed by a call of their own; once triggered they stand here.
        const bool in_state = status == "waiting" ? order->waiting : !order->waiting && (status.empty() || order->is_open() == (status == "active"));
        if (in_state && matches(ask, *order->instrument, order->request.side, order->request.type, order->created_at)) orders.push_back(order);
    }
    std::reverse(orders.begin(), orders.end());
    return orders;
}

wire::Response list_those(Ask& ask, std::string_view status) {
    const auto orders = select(ask, status);
    const Page page = read_page(ask.call, orders.size(), 1000);
    return ok([&](JsonWriter& out) {
        out.begin_object();
        write_page(out, page);
        out.key("items").begin_array();
        for (std::size_t i = page.first(); i < std::min(orders.size(), page.first() + page.size); ++i) write_order(out, *orders[i]);
        out.end_array().end_object();
    });
}

wire::Response list(Ask& ask) { return list_those(ask, ask.call.parameter("status")); }
wire::Response list_stops(Ask& ask) { return list_those(ask, "waiting"); }

wire::Response recent_done(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const Order* order : select(ask, "done")) write_order(out, *order);
        out.end_array();
    });
}

void write_fill(JsonWriter& out, const Fill& fill) {
    const NewOrder& asked = fill.order->request;
    const Decimal rate = fill.liquidity == Liquidity::maker ? fill.instrument->maker_fee : fill.instrument->taker_fee;
    out.begin_object().member("symbol", fill.instrument->native).member("tradeId", fill.id).member("orderId", fill.order->id);
    out.member("side", market::to_string(fill.side)).member("liquidity", market::to_string(fill.liquidity)).member("forceTaker", false);
    out.member("price", fill.price);
    number(out, "size", fill.instrument->contracts(fill.quantity));
    out.member("value", fill.price * fill.quantity).member("openFeePay", fill.closes ? Decimal{} : fill.fee);
    out.member("closeFeePay", fill.closes ? fill.fee : Decimal{}).member("stop", "").member("feeRate", rate.to_fixed(5, Rounding::down));
    out.member("fixFee", "0").member("feeCurrency", fill.fee_asset).member("subTradeType", nullptr);
    out.member("marginMode", asked.margin_mode == MarginMode::cross ? "CROSS" : "ISOLATED");
    out.member("positionSide", asked.slot == PositionSlot::both ? "BOTH" : asked.slot == PositionSlot::long_only ? "LONG" : "SHORT");
    out.member("openFeeTaxPay", "0").member("closeFeeTaxPay", "0").member("displayType", market::to_string(asked.type)).member("fee", fill.fee);
    out.member("settleCurrency", fill.instrument->symbol.settle).member("orderType", market::to_string(asked.type));
    out.member("tradeType", fill.liquidation ? "liquid" : "trade").member("tradeTime", fill.at.ms() * 1'000'000).member("createdAt", fill.at.ms());
    out.end_object();
}

std::vector<const Fill*> select_fills(const Ask& ask) {
    const auto order_id = ask.call.parameter("orderId");
    std::vector<const Fill*> fills;
    for (const Fill* fill : ask.account->fills) {
        const bool wanted = order_id.empty() || fill->order->id == order_id;
        if (wanted && matches(ask, *fill->instrument, fill->side, fill->order->request.type, fill->at)) fills.push_back(fill);
    }
    std::reverse(fills.begin(), fills.end());
    return fills;
}

wire::Response fills(Ask& ask) {
    const auto found = select_fills(ask);
    const Page page = read_page(ask.call, found.size(), 1000);
    return ok([&](JsonWriter& out) {
        out.begin_object();
        write_page(out, page);
        out.key("items").begin_array();
        for (std::size_t i = page.first(); i < std::min(found.size(), page.first() + page.size); ++i) write_fill(out, *found[i]);
        out.end_array().end_object();
    });
}

wire::Response recent_fills(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const Fill* fill : select_fills(ask)) write_fill(out, *fill);
        out.end_array();
    });
}

constexpr Route kRoutes[] = {
    {Method::post, "/api/v1/orders", Host::futures, Access::futures, Quota::futures, 2, place},
    {Method::post, "/api/v1/orders/test", Host::futures, Access::futures, Quota::futures, 2, test},
    {Method::post, "/api/v1/orders/multi", Host::futures, Access::futures, Quota::futures, 20, place_multi},
    {Method::del, "/api/v1/orders/multi-cancel", Host::futures, Access::futures, Quota::futures, 20, cancel_multi},
    {Method::del, "/api/v1/orders/*", Host::futures, Access::futures, Quota::futures, 1, cancel},
    {Method::del, "/api/v1/orders/client-order/*", Host::futures, Access::futures, Quota::futures, 1, cancel_client},
    {Method::del, "/api/v3/orders", Host::futures, Access::futures, Quota::futures, 10, cancel_all},
    {Method::del, "/api/v1/orders", Host::futures, Access::futures, Quota::futures, 10, cancel_all},
    {Method::get, "/api/v1/orders/byClientOid", Host::futures, Access::general, Quota::futures, 5, show_by_client},
    {Method::get, "/api/v1/orders/*", Host::futures, Access::general, Quota::futures, 5, show_by_id},
    {Method::get, "/api/v1/orders", Host::futures, Access::general, Quota::futures, 2, list},
    {Method::get, "/api/v1/stopOrders", Host::futures, Access::general, Quota::futures, 6, list_stops},
    {Method::del, "/api/v1/stopOrders", Host::futures, Access::futures, Quota::futures, 15, cancel_stops},
    {Method::get, "/api/v1/recentDoneOrders", Host::futures, Access::general, Quota::futures, 5, recent_done},
    {Method::get, "/api/v1/fills", Host::futures, Access::general, Quota::futures, 5, fills},
    {Method::get, "/api/v1/recentFills", Host::futures, Access::futures, Quota::futures, 3, recent_fills},
};

}  // namespace

std::span<const Route> futures_order_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin
