// Spot v3 answers. Source: spot v3 reference, "Market Data Endpoints" and "Spot Account/Trade". Golden: golden/mexc/*-v3-*.json
#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {
namespace {

std::optional<market::Side> side_of(std::string_view text) {
    if (text == "BUY") return market::Side::buy;
    if (text == "SELL") return market::Side::sell;
    return std::nullopt;
}

std::optional<Decimal> sum(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
    if (!a || !b) return std::nullopt;
    const auto total = Decimal::add(*a, *b);
    return total ? std::optional{*total} : std::nullopt;
}

}  // namespace

Answer<std::vector<market::Balance>> read_spot_balances(const wire::Json& body) {
    return read_list<market::Balance>(body["balances"], [](const wire::JsonValue& row) -> Answer<market::Balance> {
        Fields fields{row};
        market::Balance balance{.asset = fields.text("asset"), .free = fields.amount("free"), .locked = fields.amount("locked"), .total = {}};
        if (!fields.good()) return Unexpected{unreadable(fields.bad())};
        balance.total = sum(balance.free, balance.locked);
        return balance;
    });
}

Answer<market::Ticker> read_spot_ticker(const wire::Json& body, const Asked& asked) {
    BF_TRY(const auto row, row_asked_for(body.root(), asked));
    Fields fields{row};
    market::Ticker ticker;
    ticker.native_symbol = fields.text("symbol");
    ticker.symbol = symbol_of(ticker.native_symbol, asked);
    ticker.bid = fields.amount("bidPrice");
    ticker.ask = fields.amount("askPrice");
    ticker.last = fields.amount("lastPrice");
    ticker.at = fields.time_ms("closeTime");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return ticker;
}

Answer<std::vector<market::Candle>> read_spot_candles(const wire::Json& body) {
    auto candles = read_list<market::Candle>(body.root(), [](const wire::JsonValue& row) -> Answer<market::Candle> {
        const auto at = row.at(0).integer();
        const auto open = row.at(1).decimal(), high = row.at(2).decimal(), low = row.at(3).decimal(), close = row.at(4).decimal();
        if (!at || !open || !high || !low || !close) return Unexpected{unreadable("unreadable candle")};
        return market::Candle{Instant::from_ms(*at), *open, *high, *low, *close, row.at(5).decimal()};
    });
    if (candles) order_by_time(*candles);
    return candles;
}

Answer<market::Order> read_spot_order(const wire::JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::Order order;
    order.native_symbol = fields.text("symbol");
    order.symbol = symbol_of(order.native_symbol, asked);
    order.id = fields.id("orderId");
    order.client_order_id = fields.id("clientOrderId");
    order.side = side_of(row["side"].text().value_or(""));
    const auto words = spot_type(row["type"].text().value_or(""));
    order.type = words.type;
    order.time_in_force = words.time_in_force;
    order.price = fields.amount("price");
    order.quantity = fields.amount("origQty");
    // The documentation's own sample misspells it.
    if (!order.quantity) order.quantity = fields.amount("Qty");
    order.filled = fields.amount("executedQty");
    if (const auto status = row["status"].text()) order.status = spot_status(*status);
    order.created_at = fields.time_ms("time");
    if (!order.created_at) order.created_at = fields.time_ms("transactTime");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    if (!order.id && !order.client_order_id) return Unexpected{unreadable("an order without id")};
    return order;
}

Answer<market::Fill> read_spot_fill(const wire::JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::Fill fill;
    fill.native_symbol = fields.text("symbol");
    fill.symbol = symbol_of(fill.native_symbol, asked);
    fill.id = fields.id("id");
    fill.order_id = fields.id("orderId");
    fill.client_order_id = fields.id("clientOrderId");
    if (const auto buyer = row["isBuyer"].boolean()) fill.side = *buyer ? market::Side::buy : market::Side::sell;
    if (const auto maker = row["isMaker"].boolean()) fill.liquidity = *maker ? market::Liquidity::maker : market::Liquidity::taker;
    fill.price = fields.amount("price");
    fill.quantity = fields.amount("qty");
    const auto fee = fields.amount("commission", Rounding::up);
    const auto asset = fields.id("commissionAsset");
    if (fee && asset) fill.fee = market::Amount{*asset, *fee};
    fill.at = fields.time_ms("time");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return fill;
}

Answer<PlacedOrder> read_spot_ids(const wire::JsonValue& row) {
    Fields fields{row};
    PlacedOrder placed{fields.id("orderId"), fields.id("clientOrderId")};
    // A cancel's answer names the order it canceled by its first client id and the cancel itself by another.
    if (const auto original = fields.id("origClientOrderId")) placed.client_order_id = original;
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return placed;
}

}  // namespace bf::exchange::mexc
