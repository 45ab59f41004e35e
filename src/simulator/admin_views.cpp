#include "simulator/admin_views.hpp"

#include "wire/json_writer.hpp"

namespace bf::simulator {
namespace {

using wire::JsonWriter;

void write_order(JsonWriter& out, const std::string& exchange, const Order& order) {
    const NewOrder& asked = order.request;
    out.begin_object().member("exchange", exchange).member("account", order.owner->id).member("id", order.id);
    out.key("client_order_id");
    if (asked.client_order_id.empty()) out.null();
    else out.text(asked.client_order_id);
    out.member("market", market::to_string(order.instrument->market())).member("symbol", order.instrument->symbol.to_string());
    out.member("side", market::to_string(asked.side)).member("type", market::to_string(asked.type)).member("price", asked.price);
    out.member("quantity", order.quantity).member("quote_quantity", asked.quote_quantity).member("filled", order.filled);
    out.key("average");
    if (order.filled.is_zero()) out.null();
    else out.amount(order.average());
    out.key("fees").begin_array();
    if (!order.fee.is_zero()) out.begin_object().member("asset", order.fee_asset).member("amount", order.fee).end_object();
    out.end_array();
    out.member("status", market::to_string(order.status)).member("time_in_force", market::to_string(asked.time_in_force));
    out.member("post_only", asked.post_only).member("reduce_only", asked.reduce_only).member("liquidation", order.liquidation);
    if (order.instrument->is_futures())
        out.member("leverage", asked.leverage).member("margin_mode", market::to_string(asked.margin_mode.value_or(MarginMode::isolated)));
    out.member("created_at", order.created_at.ms()).member("updated_at", order.updated_at.ms()).end_object();
}

void write_fill(JsonWriter& out, const std::string& exchange, const Fill& fill) {
    out.begin_object().member("exchange", exchange).member("account", fill.order->owner->id).member("id", fill.id);
    out.member("order_id", fill.order->id).member("client_order_id", fill.order->request.client_order_id);
    out.member("market", market::to_string(fill.instrument->market())).member("symbol", fill.instrument->symbol.to_string());
    out.member("side", market::to_string(fill.side)).member("price", fill.price).member("quantity", fill.quantity);
    out.key("fee").begin_object().member("asset", fill.fee_asset).member("amount", fill.fee).end_object();
    out.member("liquidity", market::to_string(fill.liquidity)).member("realized_pnl", fill.realized_pnl);
    out.member("liquidation", fill.liquidation).member("at", fill.at.ms()).end_object();
}

void write_wallets(JsonWriter& out, const std::string& exchange, const Account& account, std::string_view name,
                   const std::map<std::string, Wallet>& wallets) {
    for (const auto& [asset, wallet] : wallets) {
        out.begin_object().member("exchange", exchange).member("account", account.id).member("market", name).member("asset", asset);
        out.member("free", wallet.free).member("locked", wallet.locked).member("total", wallet.total()).end_object();
    }
}

void write_balances(JsonWriter& out, const std::string& exchange, const Account& account) {
    const bool classic = account.mode == AccountMode::classic;
    write_wallets(out, exchange, account, classic ? "spot" : "unified", account.spot);
    if (classic) write_wallets(out, exchange, account, "futures", account.futures);
}

void write_position(JsonWriter& out, const Exchange& exchange, const Account& account, const Position& position) {
    const Decimal mark = exchange.market(*position.instrument).price();
    out.begin_object().member("exchange", exchange.profile().id).member("account", account.id);
    out.member("symbol", position.instrument->symbol.to_string()).member("side", market::to_string(position.side));
    out.member("quantity", position.quantity).member("entry_price", position.entry_price()).member("mark_price", mark);
    out.member("liquidation_price", exchange.liquidation_price(account, position)).member("leverage", Decimal{position.leverage});
    out.member("margin_mode", market::to_string(position.margin_mode)).member("margin", position.margin);
    out.member("unrealized_pnl", position.unrealized_pnl(mark)).member("realized_pnl", position.realized_pnl);
    out.member("funding", position.funding).end_object();
}

void write_record(JsonWriter& out, const std::string& exchange, const Record& record) {
    out.begin_object().member("exchange", exchange).member("method", wire::to_string(record.method)).member("path", record.path);
    out.member("status", record.status).key("account");
    if (record.account.empty()) out.null();
    else out.text(record.account);
    out.member("at", record.at.ms()).end_object();
}

void write_account(JsonWriter& out, std::string_view what, const Exchange& exchange, const Account& account) {
    const std::string& id = exchange.profile().id;
    if (what == "orders")
        for (const auto* order : account.orders) write_order(out, id, *order);
    if (what == "fills")
        for (const auto* fill : account.fills) write_fill(out, id, *fill);
    if (what == "balances") write_balances(out, id, account);
    if (what == "positions")
        for (const auto& position : account.positions) write_position(out, exchange, account, position);
}

}  // namespace

std::optional<std::string> view(const std::vector<std::unique_ptr<Site>>& sites, std::string_view what, std::string_view target) {
    constexpr std::string_view kViews[] = {"orders", "fills", "balances", "positions", "requests"};
    if (std::find(std::begin(kViews), std::end(kViews), what) == std::end(kViews)) return std::nullopt;
    std::string exchange, account;
    const auto mark = target.find('?');
    const auto parameters = wire::parse_query(mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1));
    if (!parameters) return std::nullopt;
    for (const auto& [name, value] : *parameters) {
        if (name == "exchange") exchange = value;
        if (name == "account") account = value;
    }
    std::string body;
    JsonWriter out{body};
    out.begin_object().key(what).begin_array();
    bool known = exchange.empty();
    for (const auto& site : sites) {
        const std::string& id = site->exchange.profile().id;
        if (!exchange.empty() && id != exchange) continue;
        known = true;
        if (what == "requests") {
            for (const auto& record : site->records)
                if (account.empty() || record.account == account) write_record(out, id, record);
            continue;
        }
        for (const auto& one : site->exchange.accounts())
            if (account.empty() || one->id == account) write_account(out, what, site->exchange, *one);
    }
    out.end_array().end_object();
    return known ? std::optional{std::move(body)} : std::nullopt;
}

}  // namespace bf::simulator
