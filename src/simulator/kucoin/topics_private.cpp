// What only an account's owner hears: orders, balances, positions. Fees are not in these messages; they stand in the fills.
#include "simulator/kucoin/positions.hpp"
#include "simulator/kucoin/publish.hpp"

namespace bf::simulator::kucoin {
namespace {

constexpr std::int64_t kNano = 1'000'000;

std::string_view type_text(OrderChange change) {
    switch (change) {
        case OrderChange::received: return "received";
        case OrderChange::open: return "open";
        case OrderChange::match: return "match";
        case OrderChange::filled: return "filled";
        case OrderChange::canceled: return "canceled";
    }
    return "update";
}

std::string_view status_text(OrderChange change) {
    switch (change) {
        case OrderChange::received: return "new";
        case OrderChange::open: return "open";
        case OrderChange::match: return "match";
        default: return "done";
    }
}

std::string_view side_text(Side side) { return market::to_string(side); }

/// Members that a fill adds.
void write_match(JsonWriter& out, const Fill& fill, const Decimal& quantity) {
    out.member("liquidity", market::to_string(fill.liquidity)).member("feeType", fill.liquidity == Liquidity::maker ? "makerFee" : "takerFee");
    out.member("matchPrice", fill.price).member("matchSize", quantity).member("tradeId", fill.id);
}

int unified_status(const Order& order, OrderChange change) {
    if (change == OrderChange::received || change == OrderChange::open) return 2;
    if (change == OrderChange::canceled) return order.filled.is_zero() ? 5 : 6;
    return order.remaining().is_zero() ? 3 : 4;
}

std::string upper(std::string_view text) {
    std::string result{text};
    for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return result;
}

}  // namespace

void Hub::on(const OrderEvent& event) {
    if (event.account->mode == AccountMode::unified) return unified_order(event);
    if (event.order->instrument->is_futures()) futures_order(event);
    else spot_order(event);
}

void Hub::spot_order(const OrderEvent& event) {
    const Order& order = *event.order;
    const NewOrder& asked = order.request;
    const auto write = [&](JsonWriter& out) {
        out.member("symbol", order.instrument->native).member("orderType", market::to_string(asked.type)).member("side", side_text(asked.side));
        out.member("orderId", order.id).member("clientOid", asked.client_order_id).member("type", type_text(event.change));
        out.member("status", status_text(event.change)).member("orderTime", order.created_at.ms());
        if (asked.price) out.member("price", *asked.price);
        out.member("size", order.quantity).member("originSize", order.quantity).member("filledSize", order.filled);
        out.member("remainSize", order.remaining()).member("canceledSize", order.canceled);
        if (asked.quote_quantity) out.member("funds", *asked.quote_quantity).member("originFunds", *asked.quote_quantity);
        if (event.fill != nullptr) write_match(out, *event.fill, event.fill->quantity);
        out.member("ts", order.updated_at.ms() * kNano);
    };
    // The first version of the topic knows nothing of orders that are only received.
    publish("/spotMarket/tradeOrdersV2", "orderChange", write, event.account->id);
    if (event.change != OrderChange::received) publish("/spotMarket/tradeOrders", "orderChange", write, event.account->id);
}

void Hub::futures_order(const OrderEvent& event) {
    if (event.change == OrderChange::received) return;
    const Order& order = *event.order;
    const NewOrder& asked = order.request;
    const auto lots = [&](const Decimal& quantity) { return order.instrument->contracts(quantity); };
    const auto write = [&](JsonWriter& out) {
        out.member("symbol", order.instrument->native).member("orderType", market::to_string(asked.type)).member("side", side_text(asked.side));
        out.member("canceledSize", lots(order.canceled)).member("orderId", order.id).member("positionSide", slot_text(asked.slot));
        out.member("marginMode", margin_text(asked.margin_mode.value_or(MarginMode::isolated))).member("type", type_text(event.change));
        out.member("orderTime", order.created_at.ms() * kNano).member("size", lots(order.quantity)).member("filledSize", lots(order.filled));
        out.member("price", asked.price.value_or(Decimal{})).member("remainSize", lots(order.remaining())).member("clientOid", asked.client_order_id);
        out.member("tradeType", order.liquidation ? "liquid" : "trade").member("status", status_text(event.change));
        if (event.fill != nullptr) write_match(out, *event.fill, lots(event.fill->quantity));
        out.member("ts", order.updated_at.ms() * kNano);
    };
    publish("/contractMarket/tradeOrders", "orderChange", write, event.account->id);
    publish("/contractMarket/tradeOrders:" + order.instrument->native, "symbolOrderChange", write, event.account->id);
}

void Hub::unified_order(const OrderEvent& event) {
    const Order& order = *event.order;
    const NewOrder& asked = order.request;
    const Instrument& instrument = *order.instrument;
    const auto size = [&](const Decimal& quantity) { return instrument.is_futures() ? instrument.contracts(quantity) : quantity; };
    const auto write = [&](JsonWriter& out) {
        out.member("tT", instrument.is_futures() ? "FUTURES" : "SPOT").member("oi", order.id).member("ci", asked.client_order_id);
        out.member("os", unified_status(order, event.change)).member("eT", event.fill != nullptr ? "FILL" : upper(type_text(event.change)));
        out.member("s", instrument.native).member("S", upper(side_text(asked.side))).member("oT", upper(market::to_string(asked.type)));
        out.member("p", asked.price.value_or(Decimal{})).member("q", size(order.quantity)).member("qU", instrument.is_futures() ? "UNIT" : "BASECCY");
        out.member("fS", size(order.filled)).member("cS", size(order.canceled)).member("rS", size(order.remaining())).member("aP", order.average());
        out.member("f", order.fee).member("fC", order.fee_asset).member("t", "0").member("tIF", upper(market::to_string(asked.time_in_force)));
        out.member("pO", asked.post_only).member("rO", asked.reduce_only).member("ti", event.fill != nullptr ? event.fill->id : "");
        out.member("O", order.created_at.ms() * kNano).member("U", order.updated_at.ms() * kNano);
    };
    publish_unified("orderAll", *event.account, &instrument, write);
    publish_unified("order", *event.account, &instrument, write);
    if (event.fill == nullptr) return;
    const Fill& fill = *event.fill;
    publish_unified("execution", *event.account, &instrument, [&](JsonWriter& out) {
        out.member("E", fill.at.ms() * kNano).member("S", upper(side_text(fill.side))).member("f", fill.fee).member("p", fill.price);
        out.member("q", size(fill.quantity)).member("s", instrument.native).member("fC", fill.fee_asset);
        out.member("lR", upper(market::to_string(fill.liquidity))).member("oT", upper(market::to_string(asked.type))).member("oi", order.id);
        out.member("ti", fill.id);
    });
}

/// Only what happens to a stop off the book; on it, it is an order like any other.
void Hub::on(const StopEvent& event) {
    if (event.account->mode == AccountMode::unified) return;
    const Order& order = *event.order;
    const NewOrder& asked = order.request;
    publish("/contractMarket/advancedOrders", "stopOrder", [&](JsonWriter& out) {
        out.member("createdAt", order.created_at.ms()).member("marginMode", margin_text(asked.margin_mode.value_or(MarginMode::isolated)));
        out.member("orderId", order.id).member("orderPrice", asked.price.value_or(Decimal{})).member("orderType", "stop").member("side", side_text(asked.side));
        number(out, "size", order.instrument->contracts(order.quantity));
        out.member("stop", asked.trigger->way == Trigger::Way::at_or_below ? "down" : "up").member("stopPrice", asked.trigger->price);
        out.member("stopPriceType", asked.trigger->of == Trigger::Of::last ? "TP" : asked.trigger->of == Trigger::Of::mark ? "MP" : "IP");
        out.member("symbol", order.instrument->native).member("ts", exchange_.now().ms() * kNano);
        out.member("type", event.change == StopChange::waiting ? "open" : event.change == StopChange::triggered ? "triggered" : "cancel");
    }, event.account->id);
}

void Hub::on(const BalanceEvent& event) {
    const Account& account = *event.account;
    const Wallet& wallet = account.wallet(event.market, event.asset);
    if (account.mode == AccountMode::unified) {
        publish_unified("balance", account, nullptr, [&](JsonWriter& out) {
            const auto balance = exchange_.futures_balance(account, event.asset);
            out.member("c", event.asset).member("e", balance.equity()).member("b", balance.wallet()).member("a", wallet.free);
            out.member("h", wallet.locked).member("U", exchange_.now().ms() * kNano).member("l", "0");
        });
        return;
    }
    if (event.market == Market::futures) {
        publish("/contractAccount/wallet", "walletBalance.change", [&](JsonWriter& out) { write_wallet(out, exchange_, account, event.asset); }, account.id);
        return;
    }
    const bool hold = event.reason == BalanceReason::order_placed || event.reason == BalanceReason::order_canceled;
    publish("/account/balance", "account.balance", [&](JsonWriter& out) {
        out.member("accountId", account.id).member("currency", event.asset).member("total", wallet.total()).member("available", wallet.free);
        out.member("hold", wallet.locked).member("availableChange", event.free_change).member("holdChange", event.locked_change);
        out.key("relationContext").begin_object();
        if (event.order != nullptr) out.member("symbol", event.order->instrument->native).member("orderId", event.order->id);
        out.end_object().member("relationEvent", hold ? "trade.hold" : event.reason == BalanceReason::transfer ? "trade.transfer" : "trade.setted");
        out.member("relationEventId", std::to_string(exchange_.now().ms())).member("time", std::to_string(exchange_.now().ms()));
    }, account.id);
}

void Hub::on(const PositionEvent& event) {
    const Account& account = *event.account;
    const Position& position = *event.position;
    if (account.mode == AccountMode::unified || heard("positionAll.TRADE|" + account.id)) {
        publish_unified("positionAll", account, position.instrument, [&](JsonWriter& out) {
            const Decimal mark = exchange_.market(*position.instrument).price();
            const Decimal lots = position.instrument->contracts(position.quantity);
            out.member("pi", position_id(position)).member("s", position.instrument->native).member("mM", margin_text(position.margin_mode));
            out.member("q", position.side == PositionSide::short_side ? -lots : lots).member("eP", position.entry_price());
            out.member("pV", mark * position.quantity).member("mP", mark).member("lP", exchange_.liquidation_price(account, position));
            out.member("l", std::to_string(position.leverage)).member("uPL", position.unrealized_pnl(mark)).member("rPL", position.realized_pnl);
            out.member("iM", position.margin).member("mmr", position.instrument->maintenance_rate);
            out.member("mtM", position.maintenance_margin(mark)).member("U", std::to_string(position.updated_at.ms() * kNano));
            out.member("O", position.opened_at.ms() * kNano);
        });
    }
    if (account.mode == AccountMode::unified) return;
    const auto write = [&](JsonWriter& out) {
        write_position(out, exchange_, account, position, Print::numbers);
        out.member("changeReason", event.liquidation ? "liquidation" : event.funding ? "positionFunding" : "positionChange");
    };
    publish("/contract/positionAll", "position.change", write, account.id);
    publish("/contract/position:" + position.instrument->native, "position.change", write, account.id);
}

}  // namespace bf::simulator::kucoin
