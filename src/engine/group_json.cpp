#include "engine/group_json.hpp"

#include "base/text.hpp"
#include "engine/exchange_rules.hpp"
#include "trading/zones.hpp"

namespace bf::engine {
namespace {

void optional_amount(wire::JsonWriter& out, std::string_view name, const trading::Number& value) { out.member(name, value.decimal()); }

void write_zones(wire::JsonWriter& out, const LiveGroup& group) {
    const auto& facts = group.facts();
    out.key("zones").begin_array();
    for (int k = 1; k <= facts.shape.add_ons; ++k) {
        out.begin_object().member("number", k);
        optional_amount(out, "from", trading::zone_edge(facts, k));
        optional_amount(out, "to", trading::zone_edge(facts, k + 1));
        out.member("used", k <= facts.deepest_zone).end_object();
    }
    out.end_array();
    optional_amount(out, "anchor", trading::anchor_of(facts));
}

void write_exit(wire::JsonWriter& out, const LiveGroup& group) {
    out.key("exit");
    const Order* order = group.exit().current();
    if (order == nullptr || order->finished()) {
        out.null();
        return;
    }
    out.begin_object().member("price", order->plan().price).member("quantity", order->plan().quantity);
    out.member("resting", order->stage() == Stage::open && order->plan().time_in_force == market::TimeInForce::gtc).member("filled", order->booked()).end_object();
}

void write_fill(wire::JsonWriter& out, const BookedFill& fill, std::string_view leg, market::Side side) {
    out.begin_object().member("at", fill.at.ms()).member("leg", leg).member("side", market::to_string(side)).member("price", fill.price).member("quantity", fill.quantity).key("fee");
    if (fill.fee)
        out.begin_object().member("asset", fill.fee->asset).member("amount", fill.fee->amount).end_object();
    else
        out.null();
    out.end_object();
}

/// Whether the hard stop waits at the exchange, and if not, why it acts only while BackFuture runs.
void write_stop(wire::JsonWriter& out, const LiveGroup& group, const ConnectionState* connection) {
    const auto& stop = group.stop();
    const auto state = stop.state();
    // One that waits for less, or at another price, until the next one is there: it protects, but not as the page would say.
    out.member("hard_stop_resting", state == StopKeeper::State::resting).key("hard_stop_order");
    if (const Order* order = stop.waiting())
        out.begin_object().member("price", order->plan().stop_price).member("quantity", order->plan().quantity).member("state", to_string(state)).end_object();
    else
        out.null();
    std::optional<std::string_view> why;
    if (connection != nullptr)
        if (const auto none = why_no_stop(connection->account.exchange, connection->account.market, connection->account.account_mode)) why = to_string(*none);
    if (!why && state == StopKeeper::State::missing && stop.refusal()) why = "refused";
    out.member("hard_stop_local_why", why);
}

void write_recovery(wire::JsonWriter& out, const LiveGroup& group) {
    out.key("recovery");
    if (!group.recovery()) {
        out.null();
        return;
    }
    const auto& change = *group.recovery();
    out.begin_object().member("since", change.at.ms()).member("add_ons", group.facts().recovery_add_ons).key("triggers").begin_array();
    out.begin_object().member("code", change.fact("trigger")).member("actual", change.fact("actual")).member("limit", change.fact("limit")).end_object();
    out.end_array().end_object();
}

/// The connection that was removed under it.
void write_orphaned(wire::JsonWriter& out, const LiveGroup& group) {
    out.key("orphaned");
    if (!group.orphaned()) {
        out.null();
        return;
    }
    const auto& change = *group.orphaned();
    const auto said = [&change](std::string_view name) { return change.fact(name).empty() ? std::nullopt : std::optional{change.fact(name)}; };
    out.begin_object().member("since", change.at.ms()).member("connection", said("name")).member("exchange", said("exchange")).member("market", said("market")).member("site", said("site"));
    // Where the account is not known, no key can be proven to be of it.
    out.member("again", said("account") ? std::optional{group.terms().connection} : std::nullopt).end_object();
}

}  // namespace

void write_fees(wire::JsonWriter& out, const trading::FeeRates* rates) {
    if (rates == nullptr) {
        out.null();
        return;
    }
    out.begin_object().member("maker_pct", rates->maker * Decimal{100}).member("taker_pct", rates->taker * Decimal{100}).end_object();
}

void write_group(wire::JsonWriter& out, const Trader& trader, const LiveGroup& group) {
    const auto& terms = group.terms();
    const auto& facts = group.facts();
    const auto figures = trader.figures_of(group);
    const auto* connection = trader.find_connection(terms.connection);
    const auto* market = connection == nullptr ? nullptr : trader.market_of(connection->account.venue(), terms.symbol);
    const auto& rules = trader.rules_of(group);
    out.member("id", group.number()).member("pair", terms.symbol.to_string()).member("direction", market::to_string(terms.direction));
    out.member("state", trading::to_string(facts.state)).member("route", trading::to_string(terms.via)).member("opened_at", terms.opened_at.ms());
    out.member("closed_at", group.ended_at() ? std::optional{group.ended_at()->ms()} : std::nullopt);
    const auto& reason = group.is_over() ? group.ended_why() : group.closing_why();
    out.member("close_reason", reason.empty() ? std::nullopt : std::optional{reason});
    out.member("quantity", facts.books.held());
    optional_amount(out, "average", figures.average);
    optional_amount(out, "break_even", figures.break_even);
    optional_amount(out, "take_profit", figures.exit_price);
    write_exit(out, group);
    out.member("liquidation", facts.exchange_liquidation ? facts.exchange_liquidation : figures.liquidation ? figures.liquidation->decimal() : std::nullopt);
    const auto stop = trading::hard_stop_price(facts, rules.protection, terms.limits.price_step);
    out.member("hard_stop", stop);
    write_stop(out, group, connection);
    optional_amount(out, "margin_used", figures.margin_used);
    const auto limit = trading::group_limit(rules.protection, trading::equity_basis(terms.equity, &facts));
    out.member("margin_limit", limit ? limit->decimal() : std::nullopt);
    const bool marked = market != nullptr && market->quote && !facts.books.empty();
    const auto kind = group.is_futures() ? market::Market::futures : market::Market::spot;
    out.member("mark", marked ? std::optional{trading::trigger_price(kind, *market->quote, terms.direction)} : std::nullopt);
    out.member("unrealised", marked ? facts.books.unrealised(trading::trigger_price(kind, *market->quote, terms.direction), group.fees().taker).decimal() : std::nullopt);
    out.member("realised", facts.books.realised()).member("funding", group.funding()).member("fees", facts.books.fees_paid()).member("add_ons", facts.add_ons).member("add_ons_max", rules.protection.add_ons_max);
    out.key("fee_rates");
    write_fees(out, &group.fees());
    out.key("funding_missed").begin_array();
    for (const auto& one : group.changes()) {
        if (one.what != GroupChange::What::funding_missed) continue;
        out.begin_object().member("from", parse_int(one.fact("from")).value_or(0)).member("to", parse_int(one.fact("to")).value_or(0)).member("why", one.fact("why")).end_object();
    }
    out.end_array();
    write_zones(out, group);
    write_recovery(out, group);
    write_orphaned(out, group);
    const auto* unreadable = trader.unreadable(terms.connection);
    out.member("unreadable", unreadable != nullptr && !group.is_over() ? std::optional{*unreadable} : std::nullopt);
    out.key("below_minimum");
    if (!group.is_over() && group.left(market != nullptr && market->instrument ? &*market->instrument : nullptr) == LiveGroup::Left::too_small)
        out.begin_object().member("min_quantity", group.limits().min_quantity).member("min_notional", group.limits().min_notional).end_object();
    else
        out.null();
    out.member("market_gone", trader.is_market_gone(group));
    out.key("desync");
    if (group.difference())
        out.begin_object().member("expected", group.difference()->expected).member("found", group.difference()->found).key("average").null().end_object();
    else if (const auto& average = group.average_difference()) {
        out.begin_object().member("expected", facts.books.held()).member("found", facts.books.held()).key("average").begin_object();
        out.member("expected", average->expected).member("found", average->found).end_object().end_object();
    } else
        out.null();
}

void write_group_details(wire::JsonWriter& out, const Trader& trader, const LiveGroup& group) {
    constexpr std::array<std::string_view, 6> kLegs{"entry", "add_on", "recovery_add_on", "exit", "close", "stop"};
    out.key("fills").begin_array();
    for (const auto number : group.orders()) {
        const auto* order = trader.orders().find(number);
        if (order == nullptr) continue;
        for (const auto& fill : order->fills()) write_fill(out, fill, kLegs[static_cast<std::size_t>(Leg::of(order->plan().leg).kind)], order->plan().side);
    }
    for (const auto& [kind, order, fill] : group.forced_exits()) write_fill(out, fill, market::to_string(kind), group.is_long() ? market::Side::sell : market::Side::buy);
    out.end_array().key("orders").begin_array();
    const auto is_idle = [](const Order& order) { return order.finished() && order.fills().empty(); };
    std::size_t idle = 0;
    trader.orders().each(group.number(), [&](const Order& order) { if (is_idle(order)) ++idle; });
    trader.orders().each(group.number(), [&](const Order& order) {
        if (is_idle(order) && idle-- > kIdleOrdersKept) return;
        out.begin_object().member("client_order_id", order.intent().client_id).member("purpose", to_string(order.plan().purpose));
        out.member("side", market::to_string(order.plan().side)).member("price", order.plan().price).member("quantity", order.plan().quantity).member("filled", order.booked());
        if (order.plan().stop_price) out.member("stop_price", *order.plan().stop_price);
        out.member("status", order.end() ? to_string(*order.end()) : order.waits() ? "waiting" : to_string(order.stage())).end_object();
    });
    out.end_array();
}

ports::StoredGroup closed_row(const Trader& trader, const LiveGroup& group) {
    const auto& terms = group.terms();
    ports::StoredGroup row{terms.number, terms.strategy, terms.connection, terms.opened_at, group.ended_at(), {}};
    wire::JsonWriter out{row.document};
    out.begin_object();
    write_group(out, trader, group);
    write_group_details(out, trader, group);
    out.end_object();
    return row;
}

}  // namespace bf::engine
