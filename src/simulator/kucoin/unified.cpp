// The unified account: what a client needs that found selfAccountMode UNIFIED. For a classic account these calls answer 112010.
// Source: Kucoin.Net @04e948d fixtures, ccxt 4.5.84; the exchange's own SDK has no unified calls.
#include "base/text.hpp"
#include "simulator/kucoin/positions.hpp"
#include "simulator/core/amounts.hpp"
#include "simulator/kucoin/routes.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr std::int64_t kNano = 1'000'000;

wire::Response not_unified() { return refuse("112010", "Invalid Unified Account user."); }
bool classic(const Ask& ask) { return ask.account->mode == AccountMode::classic; }

std::string_view trade_type(const Instrument& instrument) { return instrument.is_futures() ? "FUTURES" : "SPOT"; }
std::string upper(std::string_view text) {
    std::string result{text};
    for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return result;
}

void write_currency(JsonWriter& out, const Ask& ask, const std::string& asset, const Wallet& wallet) {
    const auto balance = ask.exchange.futures_balance(*ask.account, asset);
    out.begin_object().member("currency", asset).member("equity", balance.equity()).member("hold", wallet.locked + balance.position_margin);
    out.member("balance", balance.wallet()).member("available", wallet.free).member("liability", "0").end_object();
}

wire::Response balance(Ask& ask) {
    if (classic(ask)) return not_unified();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("accountType", "UNIFIED").member("ts", ask.exchange.now().ms()).key("accounts").begin_array().begin_object();
        out.key("currencies").begin_array();
        for (const auto& [asset, wallet] : ask.account->spot) write_currency(out, ask, asset, wallet);
        out.end_array().end_object().end_array().end_object();
    });
}

wire::Response overview(Ask& ask) {
    if (classic(ask)) return not_unified();
    const auto usdt = ask.exchange.futures_balance(*ask.account, "USDT");
    return ok([&](JsonWriter& out) {
        out.begin_object().member("accountType", "UNIFIED").member("ts", ask.exchange.now().ms()).member("riskRatio", "0");
        out.member("equity", usdt.equity()).member("liability", "0").member("availableMargin", usdt.free).member("adjustedEquity", usdt.equity());
        out.member("im", usdt.position_margin).member("mm", "0").end_object();
    });
}

/// What went wrong in the words of the product asked; the unified codes of most refusals are not documented.
wire::Response refused(Refusal why) {
    switch (why) {
        case Refusal::unknown_symbol: return refuse("126004", "Symbol not exists.");
        case Refusal::not_open_to_api: return refuse("126006", "Symbol is not available for trading.");
        case Refusal::insufficient_balance: return refuse("126013", "Balance insufficient!");
        case Refusal::below_min_quantity:
        case Refusal::below_min_notional: return refuse("126003", "Order size below the minimum requirement.");
        case Refusal::price_step:
        case Refusal::quantity_step: return refuse("126029", "Order size increment invalid.");
        case Refusal::price_out_of_band: return refuse("126030", "Price out of range.");
        case Refusal::duplicate_client_id: return refuse("126044", "clientOid already exists.");
        case Refusal::nothing_to_reduce: return refuse("300009", "No open positions to close.");
        case Refusal::margin_mode_mismatch:
            return refuse("330005", "The order's margin mode does not match the selected one. Please switch and try again.");
        case Refusal::position_mode_mismatch: return refuse("330012", "The order's position mode does not match the account's.");
        case Refusal::order_not_found:
        case Refusal::order_finished: return refuse("126043", "order_not_exist");
        default: return refuse("400100", "Parameter error");
    }
}

Accepted<NewOrder> read_order(const Ask& ask) {
    const JsonValue body = ask.body;
    NewOrder order;
    const Instrument* instrument = ask.exchange.find_native(body["symbol"].text().value_or(""));
    if (instrument == nullptr || body["tradeType"].text() != trade_type(*instrument)) return Unexpected{Refusal::unknown_symbol};
    order.symbol = instrument->symbol;
    order.side = body["side"].text() == "SELL" ? Side::sell : Side::buy;
    order.type = body["orderType"].text() == "MARKET" ? OrderType::market : OrderType::limit;
    order.price = order.type == OrderType::limit ? read_amount(body["price"]) : std::nullopt;
    const auto unit = body["sizeUnit"].text().value_or(instrument->is_futures() ? "UNIT" : "BASECCY");
    const auto size = read_amount(body["size"]);
    if (size && unit == "QUOTECCY") order.quote_quantity = size;
    else if (size) order.quantity = unit == "UNIT" ? *size * instrument->contract_size : *size;
    const auto time_in_force = body["timeInForce"].text().value_or("GTC");
    order.time_in_force = time_in_force == "IOC" ? TimeInForce::ioc : time_in_force == "FOK" ? TimeInForce::fok : TimeInForce::gtc;
    order.post_only = body["postOnly"].boolean().value_or(false);
    order.reduce_only = body["reduceOnly"].boolean().value_or(false);
    order.close_position = body["closeOrder"].boolean().value_or(false);
    order.client_order_id = body["clientOid"].text().value_or("");
    if (const auto mode = body["marginMode"].text()) order.margin_mode = *mode == "CROSS" ? MarginMode::cross : MarginMode::isolated;
    const auto side = body["positionSide"].text().value_or("BOTH");
    order.slot = side == "LONG" ? PositionSlot::long_only : side == "SHORT" ? PositionSlot::short_only : PositionSlot::both;
    if (const auto leverage = body["leverage"].integer()) order.leverage = static_cast<int>(*leverage);
    return order;
}

wire::Response place(Ask& ask) {
    if (classic(ask)) return not_unified();
    auto request = read_order(ask);
    if (!request) return refused(request.error());
    const auto placed = ask.exchange.place(*ask.account, std::move(*request));
    if (!placed) return refused(placed.error());
    return ok([&](JsonWriter& out) {
        out.begin_object().member("orderId", (*placed)->id).member("tradeType", trade_type(*(*placed)->instrument));
        out.member("ts", ask.exchange.now().ms() * kNano);
        write_text_or_null(out, "clientOid", (*placed)->request.client_order_id);
        out.end_object();
    });
}

const Order* find(const Ask& ask, std::string_view id, std::string_view client_id) {
    if (!id.empty()) return ask.exchange.find_order(*ask.account, id);
    const Order* order = ask.exchange.find_client_order(*ask.account, Market::spot, client_id);
    return order != nullptr ? order : ask.exchange.find_client_order(*ask.account, Market::futures, client_id);
}

wire::Response cancel(Ask& ask) {
    if (classic(ask)) return not_unified();
    const Order* order = find(ask, ask.body["orderId"].text_or_number().value_or(""), ask.body["clientOid"].text().value_or(""));
    if (order == nullptr) return refused(Refusal::order_not_found);
    if (const auto canceled = ask.exchange.cancel(*ask.account, *order); !canceled) return refused(canceled.error());
    return ok([&](JsonWriter& out) {
        out.begin_object().member("orderId", order->id).member("tradeType", trade_type(*order->instrument)).member("ts", ask.exchange.now().ms() * kNano);
        write_text_or_null(out, "clientOid", order->request.client_order_id);
        out.end_object();
    });
}

/// 2 live, 3 filled, 4 partly filled, 5 cancelled, 6 partly cancelled.
int status_number(const Order& order) {
    if (order.is_open()) return order.filled.is_zero() ? 2 : 4;
    if (order.status == OrderStatus::filled) return 3;
    return order.filled.is_zero() ? 5 : 6;
}

Decimal size_of(const Instrument& instrument, const Decimal& quantity) { return instrument.is_futures() ? instrument.contracts(quantity) : quantity; }

void write_order(JsonWriter& out, const Order& order) {
    const NewOrder& asked = order.request;
    constexpr std::string_view kTimes[] = {"GTC", "IOC", "FOK"};
    out.begin_object().member("orderId", order.id).member("symbol", order.instrument->native).member("orderType", upper(market::to_string(asked.type)));
    out.member("side", upper(market::to_string(asked.side))).member("size", size_of(*order.instrument, order.quantity));
    out.member("price", asked.price ? asked.price->to_string() : "").member("timeInForce", kTimes[static_cast<std::size_t>(asked.time_in_force)]);
    out.member("orderTime", order.created_at.ms() * kNano).member("stp", "").member("cancelAfter", nullptr).member("postOnly", asked.post_only);
    out.member("reduceOnly", asked.reduce_only);
    for (const auto* name : {"triggerDirection", "triggerPrice", "triggerPriceType", "tpTriggerPrice", "tpTriggerPriceType", "slTriggerPrice",
                             "slTriggerPriceType"})
        out.member(name, "");
    out.member("filledSize", size_of(*order.instrument, order.filled)).member("avgPrice", order.average()).member("fee", order.fee);
    out.member("feeCurrency", order.fee_asset).member("tax", "0").member("updatedTime", order.updated_at.ms() * kNano).member("triggerOrderId", "");
    out.member("cancelReason", "").member("cancelSize", size_of(*order.instrument, order.canceled)).member("clientOid", asked.client_order_id);
    out.member("sizeUnit", order.instrument->is_futures() ? "UNIT" : "BASECCY").member("tradeType", trade_type(*order.instrument));
    out.member("tradeId", "").member("status", status_number(order)).end_object();
}

wire::Response detail(Ask& ask) {
    if (classic(ask)) return not_unified();
    const Order* order = find(ask, ask.call.parameter("orderId"), ask.call.parameter("clientOid"));
    if (order == nullptr) return refused(Refusal::order_not_found);
    return ok([&](JsonWriter& out) { write_order(out, *order); });
}

wire::Response list(Ask& ask, bool open) {
    if (classic(ask)) return not_unified();
    const auto type = ask.call.parameter("tradeType"), symbol = ask.call.parameter("symbol");
    std::vector<const Order*> orders;
    for (const Order* order : ask.account->orders) {
        const bool wanted = (type.empty() || type == trade_type(*order->instrument)) && (symbol.empty() || symbol == order->instrument->native);
        if (wanted && order->is_open() == open) orders.push_back(order);
    }
    std::reverse(orders.begin(), orders.end());
    const Page page = read_page(ask.call, orders.size(), 200);
    return ok([&](JsonWriter& out) {
        out.begin_object().member("tradeType", type).member("lastId", orders.empty() ? 0 : orders.back()->number);
        out.member("pageNumber", page.number).member("pageSize", page.size).member("totalNum", page.total);
        out.member("totalPage", (page.total + page.size - 1) / page.size).key("items").begin_array();
        for (std::size_t i = page.first(); i < std::min(orders.size(), page.first() + page.size); ++i) write_order(out, *orders[i]);
        out.end_array().end_object();
    });
}
wire::Response open_list(Ask& ask) { return list(ask, true); }
wire::Response history(Ask& ask) { return list(ask, false); }

wire::Response execution(Ask& ask) {
    if (classic(ask)) return not_unified();
    const auto type = ask.call.parameter("tradeType"), symbol = ask.call.parameter("symbol"), order_id = ask.call.parameter("orderId");
    std::vector<const Fill*> fills;
    for (const Fill* fill : ask.account->fills) {
        const bool wanted = (type.empty() || type == trade_type(*fill->instrument)) && (symbol.empty() || symbol == fill->instrument->native);
        if (wanted && (order_id.empty() || fill->order->id == order_id)) fills.push_back(fill);
    }
    std::reverse(fills.begin(), fills.end());
    return ok([&](JsonWriter& out) {
        out.begin_object().member("lastId", fills.empty() ? 0 : fills.back()->number).member("tradeType", type).key("items").begin_array();
        for (const Fill* fill : fills) {
            out.begin_object().member("symbol", fill->instrument->native).member("orderId", fill->order->id);
            out.member("orderType", upper(market::to_string(fill->order->request.type))).member("side", upper(market::to_string(fill->side)));
            out.member("fillType", fill->liquidation ? "LIQUIDATION" : "NORMAL").member("tradeId", fill->id);
            out.member("size", size_of(*fill->instrument, fill->quantity)).member("value", fill->price * fill->quantity).member("price", fill->price);
            out.member("executionTime", fill->at.ms() * kNano).member("fee", fill->fee).member("feeCurrency", fill->fee_asset);
            out.member("liquidityRole", upper(market::to_string(fill->liquidity))).member("tax", "0").end_object();
        }
        out.end_array().end_object();
    });
}

wire::Response positions(Ask& ask) {
    if (classic(ask)) return not_unified();
    const auto symbol = ask.call.parameter("symbol");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& position : ask.account->positions) {
            if (!symbol.empty() && position.instrument->native != symbol) continue;
            const Decimal mark = ask.exchange.market(*position.instrument).price();
            const Decimal lots = position.instrument->contracts(position.quantity);
            out.begin_object().member("symbol", position.instrument->native).member("id", position_id(position));
            out.member("marginMode", margin_text(position.margin_mode)).member("positionSide", slot_text(position.slot));
            out.member("size", position.side == PositionSide::short_side ? -lots : lots).member("entryPrice", position.entry_price());
            out.member("positionValue", mark * position.quantity).member("markPrice", mark).member("leverage", std::to_string(position.leverage));
            out.member("liquidationPrice", ask.exchange.liquidation_price(*ask.account, position));
            out.member("unrealizedPnL", position.unrealized_pnl(mark)).member("realizedPnL", position.realized_pnl);
            out.member("initialMargin", position.margin).member("mmr", position.instrument->maintenance_rate);
            out.member("maintenanceMargin", position.maintenance_margin(mark)).member("creationTime", position.opened_at.ms() * kNano).end_object();
        }
        out.end_array();
    });
}

wire::Response fee_rate(Ask& ask) {
    if (classic(ask)) return not_unified();
    const auto type = ask.call.parameter("tradeType");
    const auto* instrument = ask.exchange.find_native(ask.call.parameter("symbol"));
    if (instrument == nullptr || type != trade_type(*instrument)) return refused(Refusal::unknown_symbol);
    return ok([&](JsonWriter& out) {
        out.begin_object().member("tradeType", type).key("list").begin_array().begin_object().member("symbol", instrument->native);
        out.member("takerFeeRate", instrument->taker_fee).member("makerFeeRate", instrument->maker_fee).end_object().end_array().end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/ua/v1/unified/account/balance", Host::both, Access::general, Quota::unified, 5, balance},
    {Method::get, "/api/ua/v1/unified/account/overview", Host::both, Access::general, Quota::unified, 5, overview},
    {Method::post, "/api/ua/v1/unified/order/place", Host::both, Access::trade, Quota::unified, 1, place},
    {Method::post, "/api/ua/v1/unified/order/cancel", Host::both, Access::trade, Quota::unified, 1, cancel},
    {Method::get, "/api/ua/v1/unified/order/detail", Host::both, Access::general, Quota::unified, 3, detail},
    {Method::get, "/api/ua/v1/unified/order/open-list", Host::both, Access::general, Quota::unified, 3, open_list},
    {Method::get, "/api/ua/v1/unified/order/history", Host::both, Access::general, Quota::unified, 3, history},
    {Method::get, "/api/ua/v1/unified/order/execution", Host::both, Access::general, Quota::unified, 3, execution},
    {Method::get, "/api/ua/v1/unified/position/open-list", Host::both, Access::general, Quota::unified, 3, positions},
    {Method::get, "/api/ua/v1/user/fee-rate", Host::both, Access::general, Quota::unified, 3, fee_rate},
};

}  // namespace

std::span<const Route> unified_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin
