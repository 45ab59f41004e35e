#include "market/json.hpp"

namespace bf::market {
namespace {

void member(wire::JsonWriter& out, std::string_view name, const std::optional<Symbol>& symbol) {
    if (symbol)
        out.member(name, symbol->to_string());
    else
        out.member(name, nullptr);
}
void member(wire::JsonWriter& out, std::string_view name, const std::optional<Instant>& at) {
    if (at)
        out.member(name, at->ms());
    else
        out.member(name, nullptr);
}
template <class Enum>
    requires std::is_enum_v<Enum>
void member(wire::JsonWriter& out, std::string_view name, const std::optional<Enum>& value) {
    if (value)
        out.member(name, to_string(*value));
    else
        out.member(name, nullptr);
}
/// Only where the unified symbol could not be told, or contracts could not be counted in base units.
void natives(wire::JsonWriter& out, const std::optional<Symbol>& symbol, const std::string& native_symbol,
             const std::optional<std::string>& native_quantity = {}) {
    if (!symbol && !native_symbol.empty()) out.member("native_symbol", native_symbol);
    if (native_quantity) out.member("native_quantity", *native_quantity);
}
void write_amount(wire::JsonWriter& out, const Amount& amount) {
    out.begin_object().member("asset", amount.asset).member("amount", amount.amount).end_object();
}
std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

void write_json(wire::JsonWriter& out, const Balance& balance) {
    out.begin_object().member("asset", balance.asset).member("free", balance.free).member("locked", balance.locked);
    out.member("total", balance.total).end_object();
}

void write_json(wire::JsonWriter& out, const Instrument& instrument) {
    out.begin_object();
    member(out, "symbol", instrument.symbol);
    out.member("native_symbol", instrument.native_symbol).member("market", to_string(instrument.market));
    out.member("base", text_or_null(instrument.base)).member("quote", text_or_null(instrument.quote));
    out.member("settle", text_or_null(instrument.settle));
    out.member("price_step", instrument.price_step).member("quantity_step", instrument.quantity_step);
    out.member("min_quantity", instrument.min_quantity).member("min_notional", instrument.min_notional);
    out.member("contract_size", instrument.contract_size).member("tradable", instrument.tradable);
    out.member("api_tradable", instrument.api_tradable).key("order_types");
    if (instrument.order_types.empty()) {
        out.null();
    } else {
        out.begin_array();
        for (const auto type : OrderTypes::kAll)
            if (instrument.order_types.contains(type)) out.text(to_string(type));
        out.end_array();
    }
    out.end_object();
}

void write_json(wire::JsonWriter& out, const Ticker& ticker) {
    out.begin_object();
    member(out, "symbol", ticker.symbol);
    out.member("bid", ticker.bid).member("ask", ticker.ask).member("last", ticker.last).member("mark", ticker.mark);
    member(out, "at", ticker.at);
    natives(out, ticker.symbol, ticker.native_symbol);
    out.end_object();
}

void write_json(wire::JsonWriter& out, const Candle& candle) {
    out.begin_array().number(candle.open_time.ms());
    for (const auto& value : {candle.open, candle.high, candle.low, candle.close}) out.amount(value);
    if (candle.volume)
        out.amount(*candle.volume);
    else
        out.null();
    out.end_array();
}

void write_json(wire::JsonWriter& out, const Order& order) {
    out.begin_object().member("id", order.id).member("client_order_id", order.client_order_id);
    member(out, "symbol", order.symbol);
    member(out, "side", order.side);
    member(out, "type", order.type);
    out.member("price", order.price).member("quantity", order.quantity).member("filled", order.filled);
    out.member("average", order.average).key("fees");
    if (order.fees.empty()) {
        out.null();  // Not "none paid": the exchange did not say.
    } else {
        out.begin_array();
        for (const auto& fee : order.fees) write_amount(out, fee);
        out.end_array();
    }
    member(out, "status", order.status);
    member(out, "time_in_force", order.time_in_force);
    out.member("reduce_only", order.reduce_only);
    member(out, "created_at", order.created_at);
    if (order.forced) member(out, "forced", order.forced);
    natives(out, order.symbol, order.native_symbol, order.native_quantity);
    out.end_object();
}

void write_json(wire::JsonWriter& out, const Fill& fill) {
    out.begin_object().member("id", fill.id).member("order_id", fill.order_id).member("client_order_id", fill.client_order_id);
    member(out, "symbol", fill.symbol);
    member(out, "side", fill.side);
    out.member("price", fill.price).member("quantity", fill.quantity).key("fee");
    if (fill.fee)
        write_amount(out, *fill.fee);
    else
        out.null();
    member(out, "liquidity", fill.liquidity);
    member(out, "at", fill.at);
    if (fill.forced) member(out, "forced", fill.forced);
    natives(out, fill.symbol, fill.native_symbol, fill.native_quantity);
    out.end_object();
}

void write_json(wire::JsonWriter& out, const Position& position) {
    out.begin_object();
    member(out, "symbol", position.symbol);
    member(out, "side", position.side);
    out.member("quantity", position.quantity).member("entry_price", position.entry_price).member("mark_price", position.mark_price);
    out.member("liquidation_price", position.liquidation_price).member("leverage", position.leverage);
    member(out, "margin_mode", position.margin_mode);
    out.member("unrealized_pnl", position.unrealized_pnl);
    natives(out, position.symbol, position.native_symbol, position.native_quantity);
    out.end_object();
}

}  // namespace bf::market
