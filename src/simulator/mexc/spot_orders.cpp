// Spot orders and fills. Source: spot v3 reference, "Spot Account/Trade".
#include "simulator/mexc/routes.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

struct Refused {
    int code;
    std::string message;
};
wire::Response answer(const Refused& refused) { return spot_error(refused.code, refused.message); }
Refused missing(std::string_view name) { return {700004, "Mandatory parameter '" + std::string{name} + "' was not sent, was empty/null, or malformed."}; }

Refused spot_refusal(const Exchange& exchange, Refusal why, const NewOrder& order) {
    const Instrument* instrument = exchange.find(order.symbol);
    switch (why) {
        case Refusal::unknown_symbol: return {-1121, "Invalid symbol."};
        case Refusal::not_open_to_api: return {10007, "symbol not support api"};
        case Refusal::insufficient_balance:
            if (order.side == Side::sell) return {30005, "Oversold"};
            return {10101, "Insufficient balance"};
        case Refusal::below_min_quantity:
            return {30002, "The minimum transaction volume cannot be less than:" + instrument->min_quantity.to_string() + instrument->symbol.base};
        case Refusal::below_min_notional:
            return {30002, "The minimum transaction volume cannot be less than:" + instrument->min_notional.to_string() + instrument->symbol.quote};
        case Refusal::above_maximum:
            return {30003, "The maximum transaction volume cannot be greater than:" + instrument->max_notional.to_string() + instrument->symbol.quote};
        case Refusal::price_step: return {30010, "no valid trade price"};
        case Refusal::quantity_step: return {10096, "amount decimal places is too long"};
        case Refusal::price_missing: return missing("price");
        case Refusal::quantity_missing: return missing("quantity");
        case Refusal::price_out_of_band: return {30087, "Order price exceeds allowed range"};
        case Refusal::order_not_found:
        case Refusal::order_finished: return {-2011, "Unknown order sent"};
        // How a repeated client order id is refused is not documented.
        default: return {33333, "param is error"};
    }
}

/// The type carries the time in force; a timeInForce parameter is ignored, as the exchange ignores it.
bool read_type(std::string_view text, NewOrder& order) {
    order.type = text == "MARKET" ? OrderType::market : OrderType::limit;
    order.post_only = text == "LIMIT_MAKER";
    if (text == "IMMEDIATE_OR_CANCEL") order.time_in_force = TimeInForce::ioc;
    if (text == "FILL_OR_KILL") order.time_in_force = TimeInForce::fok;
    return text == "LIMIT" || text == "LIMIT_ORDER" || text == "MARKET" || order.post_only || order.time_in_force != TimeInForce::gtc;
}

std::optional<Decimal> read_amount(std::string_view text) {
    const auto amount = Decimal::parse(text);
    return amount ? std::optional{*amount} : std::nullopt;
}

Result<NewOrder, Refused> read_order(const Exchange& exchange, const auto& parameter) {
    NewOrder order;
    const Instrument* instrument = spot_instrument(exchange, parameter("symbol"));
    if (parameter("symbol").empty()) return Unexpected{missing("symbol")};
    if (instrument == nullptr) return Unexpected{Refused{-1121, "Invalid symbol."}};
    order.symbol = instrument->symbol;
    const std::string side{parameter("side")};
    if (side != "BUY" && side != "SELL") return Unexpected{missing("side")};
    order.side = side == "BUY" ? Side::buy : Side::sell;
    if (!read_type(parameter("type"), order)) return Unexpected{missing("type")};
    order.client_order_id = parameter("newClientOrderId");
    if (order.client_order_id.size() > 32) return Unexpected{Refused{700008, "Illegal characters found in parameter 'newClientOrderId'"}};
    if (order.type == OrderType::limit) order.price = read_amount(parameter("price"));
    order.quantity = read_amount(parameter("quantity"));
    if (order.type == OrderType::market && !order.quantity && order.side == Side::buy) order.quote_quantity = read_amount(parameter("quoteOrderQty"));
    if (!instrument->api_tradable) return Unexpected{spot_refusal(exchange, Refusal::not_open_to_api, order)};
    if (order.type == OrderType::market && !takes_market_orders(*instrument)) return Unexpected{Refused{30019, "api market order is disabled"}};
    return order;
}

Result<const Order*, Refused> place_one(Ask& ask, const auto& parameter) {
    BF_TRY(auto request, read_order(ask.exchange, parameter));
    const NewOrder kept = request;
    const auto placed = ask.exchange.place(*ask.account, std::move(request));
    if (!placed) return Unexpected{spot_refusal(ask.exchange, placed.error(), kept)};
    return *placed;
}

wire::Response place(Ask& ask) {
    const auto placed = place_one(ask, [&](std::string_view name) { return ask.parameter(name); });
    if (!placed) return answer(placed.error());
    const Order& order = **placed;
    return spot_ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", order.instrument->native).member("orderId", order.id).member("orderListId", -1);
        out.member("price", order.request.price.value_or(Decimal{})).member("origQty", order.quantity).member("type", spot_type_text(order.request));
        out.member("side", order.request.side == Side::buy ? "BUY" : "SELL").member("stpMode", "").member("transactTime", order.created_at.ms()).end_object();
    });
}

wire::Response test(Ask& ask) {
    auto request = read_order(ask.exchange, [&](std::string_view name) { return ask.parameter(name); });
    if (!request) return answer(request.error());
    const auto checked = ask.exchange.check(*ask.account, *request);
    if (!checked) return answer(spot_refusal(ask.exchange, checked.error(), *request));
    return spot_ok([](JsonWriter& out) { out.begin_object().end_object(); });
}

/// A JSON list in a parameter; item errors stand in an answer that says success.
wire::Response place_batch(Ask& ask) {
    const auto list = wire::Json::parse(ask.parameter("batchOrders"));
    if (!list || !list->root().is_array() || list->root().size() == 0 || list->root().size() > 20) return answer(missing("batchOrders"));
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (std::size_t i = 0; i < list->root().size(); ++i) {
            const auto item = list->root().at(i);
            const auto placed = place_one(ask, [&](std::string_view name) { return item[name].text_or_number().value_or(""); });
            const auto client_id = item["newClientOrderId"].text().value_or("");
            out.begin_object();
            if (placed) {
                out.member("symbol", (*placed)->instrument->native).member("orderId", (*placed)->id);
                if (!client_id.empty()) out.member("newClientOrderId", client_id);
                out.member("orderListId", -1);
            } else {
                if (!client_id.empty()) out.member("newClientOrderId", client_id);
                out.member("msg", placed.error().message).member("code", placed.error().code);
            }
            out.end_object();
        }
        out.end_array();
    });
}

std::string_view status_text(const Order& order) {
    switch (order.status) {
        case OrderStatus::open: return "NEW";
        case OrderStatus::partially_filled: return "PARTIALLY_FILLED";
        case OrderStatus::filled: return "FILLED";
        default: return order.filled.is_zero() ? "CANCELED" : "PARTIALLY_CANCELED";
    }
}

void write_order(JsonWriter& out, const Order& order) {
    const auto& asked = order.request;
    out.begin_object().member("symbol", order.instrument->native).member("orderId", order.id).member("orderListId", -1).key("clientOrderId");
    if (asked.client_order_id.empty()) out.null();
    else out.text(asked.client_order_id);
    out.member("price", asked.price.value_or(Decimal{})).member("origQty", order.quantity).member("executedQty", order.filled);
    out.member("cummulativeQuoteQty", order.filled_quote).member("status", status_text(order)).member("timeInForce", nullptr);
    out.member("type", spot_type_text(asked)).member("side", asked.side == Side::buy ? "BUY" : "SELL").member("stopPrice", nullptr);
    out.member("icebergQty", nullptr).member("time", order.created_at.ms()).member("updateTime", order.updated_at.ms()).member("isWorking", true);
    out.member("origQuoteOrderQty", asked.quote_quantity.value_or(asked.price.value_or(Decimal{}) * order.quantity)).end_object();
}

/// By orderId or origClientOrderId, on its own symbol.
Result<const Order*, Refused> named_order(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return Unexpected{Refused{-1121, "Invalid symbol."}};
    const auto id = ask.parameter("orderId"), client_id = ask.parameter("origClientOrderId");
    if (id.empty() && client_id.empty())
        return Unexpected{Refused{700004, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"}};
    const Order* order = id.empty() ? ask.exchange.find_client_order(*ask.account, Market::spot, client_id) : ask.exchange.find_order(*ask.account, id);
    if (order == nullptr || order->instrument != instrument) return Unexpected{Refused{-2011, "Unknown order sent"}};
    return order;
}

wire::Response query(Ask& ask) {
    const auto order = named_order(ask);
    if (!order) return answer(order.error());
    return spot_ok([&](JsonWriter& out) { write_order(out, **order); });
}

void write_canceled(JsonWriter& out, const Order& order) {
    out.begin_object().member("symbol", order.instrument->native).member("orderId", order.id).key("clientOrderId");
    if (order.request.client_order_id.empty()) out.null();
    else out.text(order.request.client_order_id);
    out.member("price", order.request.price.value_or(Decimal{})).member("origQty", order.quantity).member("executedQty", order.filled);
    out.member("cummulativeQuoteQty", order.filled_quote).member("status", status_text(order)).member("type", spot_type_text(order.request));
    out.member("side", order.request.side == Side::buy ? "BUY" : "SELL").end_object();
}

wire::Response cancel(Ask& ask) {
    const auto order = named_order(ask);
    if (!order) return answer(order.error());
    const auto canceled = ask.exchange.cancel(*ask.account, **order);
    if (!canceled) return answer(spot_refusal(ask.exchange, canceled.error(), (*order)->request));
    return spot_ok([&](JsonWriter& out) { write_canceled(out, **canceled); });
}

/// The account's spot orders on a symbol (all symbols if none is named) that `wanted` takes, newest first.
template <class Wanted>
std::vector<const Order*> orders_of(const Ask& ask, const Instrument* instrument, Wanted&& wanted) {
    std::vector<const Order*> list;
    for (auto at = ask.account->orders.rbegin(); at != ask.account->orders.rend(); ++at)
        if (!(*at)->instrument->is_futures() && (instrument == nullptr || (*at)->instrument == instrument) && wanted(**at)) list.push_back(*at);
    return list;
}

wire::Response open_orders(Ask& ask) {
    const auto names = split_list(ask.parameter("symbol"));
    if (names.empty()) return answer(missing("symbol"));
    std::vector<const Order*> list;
    for (const auto& name : names) {
        const Instrument* instrument = spot_instrument(ask.exchange, name);
        if (instrument == nullptr) return spot_error(-1121, "Invalid symbol.");
        const auto some = orders_of(ask, instrument, [](const Order& order) { return order.is_open(); });
        list.insert(list.end(), some.begin(), some.end());
    }
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto* order : list) write_order(out, *order);
        out.end_array();
    });
}

wire::Response cancel_symbol(Ask& ask) {
    const auto names = split_list(ask.parameter("symbol"));
    if (names.empty() || names.size() > 5) return answer(missing("symbol"));
    std::vector<const Order*> list;
    for (const auto& name : names)
        if (const Instrument* instrument = spot_instrument(ask.exchange, name))
            for (const auto* order : orders_of(ask, instrument, [](const Order& one) { return one.is_open(); }))
                if (ask.exchange.cancel(*ask.account, *order)) list.push_back(order);
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto* order : list) write_canceled(out, *order);
        out.end_array();
    });
}

wire::Response all_orders(Ask& ask) {
    constexpr std::int64_t kDay = 86'400'000;
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return spot_error(-1121, "Invalid symbol.");
    const auto end = parse_int(ask.parameter("endTime")).value_or(ask.exchange.now().ms());
    const auto start = parse_int(ask.parameter("startTime")).value_or(end - kDay);
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(500), 1, 1000));
    auto list = orders_of(ask, instrument, [&](const Order& order) { return order.created_at.ms() >= start && order.created_at.ms() <= end; });
    if (list.size() > limit) list.resize(limit);
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto* order : list) write_order(out, *order);
        out.end_array();
    });
}

wire::Response fills(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return spot_error(-1121, "Invalid symbol.");
    const auto id = ask.parameter("orderId");
    const auto start = parse_int(ask.parameter("startTime")).value_or(0);
    const auto end = parse_int(ask.parameter("endTime")).value_or(std::numeric_limits<std::int64_t>::max());
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(100), 1, 100));
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        std::size_t count = 0;
        for (auto at = ask.account->fills.rbegin(); at != ask.account->fills.rend() && count < limit; ++at) {
            const Fill& fill = **at;
            if (fill.instrument != instrument || (!id.empty() && fill.order->id != id) || fill.at.ms() < start || fill.at.ms() > end) continue;
            ++count;
            out.begin_object().member("symbol", instrument->native).member("id", fill.id).member("orderId", fill.order->id).member("orderListId", -1);
            out.member("price", fill.price).member("qty", fill.quantity).member("quoteQty", fill.price * fill.quantity).member("commission", fill.fee);
            out.member("commissionAsset", fill.fee_asset).member("time", fill.at.ms()).member("isBuyer", fill.side == Side::buy);
            out.member("isMaker", fill.liquidity == Liquidity::maker).member("isBestMatch", true).member("isSelfTrade", false).key("clientOrderId");
            if (fill.order->request.client_order_id.empty()) out.null();
            else out.text(fill.order->request.client_order_id);
            out.end_object();
        }
        out.end_array();
    });
}

constexpr Route kRoutes[] = {
    {Method::post, "/api/v3/order", Access::spot_deal_write, Quota::orders, 1, place},
    {Method::post, "/api/v3/order/test", Access::spot_deal_write, Quota::account, 1, test},
    {Method::post, "/api/v3/batchOrders", Access::spot_deal_write, Quota::orders, 1, place_batch},
    {Method::del, "/api/v3/order", Access::spot_deal_write, Quota::orders, 1, cancel},
    {Method::del, "/api/v3/openOrders", Access::spot_deal_write, Quota::orders, 1, cancel_symbol},
    {Method::get, "/api/v3/order", Access::spot_deal_read, Quota::account, 2, query},
    {Method::get, "/api/v3/openOrders", Access::spot_deal_read, Quota::account, 3, open_orders},
    {Method::get, "/api/v3/allOrders", Access::spot_deal_read, Quota::account, 10, all_orders},
    {Method::get, "/api/v3/myTrades", Access::spot_account_read, Quota::account, 10, fills},
};

}  // namespace

std::span<const Route> spot_order_routes() { return kRoutes; }

std::string_view spot_type_text(const NewOrder& order) {
    if (order.type == OrderType::market) return "MARKET";
    if (order.post_only) return "LIMIT_MAKER";
    if (order.time_in_force == TimeInForce::ioc) return "IMMEDIATE_OR_CANCEL";
    return order.time_in_force == TimeInForce::fok ? "FILL_OR_KILL" : "LIMIT";
}

int type_number(const NewOrder& order) {
    if (order.type == OrderType::market) return 5;
    if (order.post_only) return 2;
    if (order.time_in_force == TimeInForce::ioc) return 3;
    return order.time_in_force == TimeInForce::fok ? 4 : 1;
}

}  // namespace bf::simulator::mexc
