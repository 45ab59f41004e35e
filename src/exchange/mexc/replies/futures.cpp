// Contract v1 answers. Source: futures reference, "Account and trading endpoints", "Market endpoints". Golden: golden/mexc/futures-*.json
//
// Quantities come in contracts; they become base units where the instrument is known. Ids were numbers and are text since 2026.
#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {
namespace {

using wire::JsonValue;

struct Quantities {
    std::optional<Decimal> quantity;
    std::optional<std::string> native;
};
/// In base units, or as sent when the contract's size is not known.
Quantities count(Fields& fields, const JsonValue& row, const char* name, const Counting& counting) {
    const auto contracts = fields.amount(name);
    Quantities result{counting.base(contracts), std::nullopt};
    if (contracts && !result.quantity) result.native = std::string{row[name].text_or_number().value_or("")};
    return result;
}

std::optional<market::MarginMode> margin_mode_of(std::optional<std::int64_t> open_type) {
    if (open_type == 1) return market::MarginMode::isolated;
    if (open_type == 2) return market::MarginMode::cross;
    return std::nullopt;
}

/// A price of zero stands for "none" in MEXC's futures answers (no fill yet, no liquidation price).
std::optional<Decimal> price_or_none(const std::optional<Decimal>& price) { return price && price->is_zero() ? std::nullopt : price; }

}  // namespace

Answer<market::Balance> read_asset(const JsonValue& row) {
    Fields fields{row};
    market::Balance balance;
    balance.asset = fields.text("currency");
    balance.free = fields.amount("availableBalance");
    balance.locked = fields.amount("frozenBalance");
    balance.total = fields.amount("equity");
    const auto margin = fields.amount("positionMargin");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    // Pushed balances have no equity: the sum of what was sent.
    if (balance.total || !balance.free || !balance.locked) return balance;
    const auto wallet = Decimal::add(*balance.free, *balance.locked);
    if (!wallet) return balance;
    if (const auto total = Decimal::add(*wallet, margin.value_or(Decimal{}))) balance.total = *total;
    return balance;
}

Answer<market::Amount> read_wallet(const JsonValue& row) {
    Fields fields{row};
    const auto asset = fields.text("currency");
    const auto equity = fields.amount("equity"), open = fields.amount("unrealized");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    if (!equity || !open) return Unexpected{unreadable("no equity or no open profit")};
    const auto wallet = Decimal::subtract(*equity, *open);
    if (!wallet) return Unexpected{unreadable("the equity")};
    return market::Amount{asset, *wallet};
}

Answer<std::vector<market::Balance>> read_futures_balances(const JsonValue& data) { return read_list<market::Balance>(data, read_asset); }

Answer<market::Ticker> read_futures_ticker(const JsonValue& data, const Asked& asked) {
    BF_TRY(const auto row, row_asked_for(data, asked));
    Fields fields{row};
    market::Ticker ticker;
    ticker.native_symbol = fields.text("symbol");
    ticker.symbol = symbol_of(ticker.native_symbol, asked);
    ticker.bid = fields.amount("bid1");
    ticker.ask = fields.amount("ask1");
    ticker.last = fields.amount("lastPrice");
    ticker.mark = fields.amount("fairPrice");
    ticker.at = fields.time_ms("timestamp");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return ticker;
}

Answer<std::vector<market::Candle>> read_futures_candles(const JsonValue& data, const Asked& asked) {
    const auto times = data["time"];
    if (!times.is_array()) return Unexpected{unreadable("candles without times")};
    Counting counting;
    if (asked.call.symbol) counting = counting_of(asked.call.symbol->base + '_' + asked.call.symbol->quote, asked.instruments);
    std::vector<market::Candle> candles;
    candles.reserve(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto at = times.at(i).integer();
        const auto value = [&](const char* name) { return data[name].at(i).decimal(); };
        const auto open = value("open"), high = value("high"), low = value("low"), close = value("close");
        if (!at || *at < 0 || *at > 100'000'000'000 || !open || !high || !low || !close) return Unexpected{unreadable("unreadable candle")};
        // Seconds here, milliseconds everywhere else.
        candles.push_back({Instant::from_ms(*at * 1000), *open, *high, *low, *close, counting.base(value("vol"))});
    }
    order_by_time(candles);
    return candles;
}

Answer<market::Order> read_futures_order(const JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::Order order;
    order.native_symbol = fields.text("symbol");
    order.symbol = symbol_of(order.native_symbol, asked);
    order.id = fields.id("orderId");
    order.client_order_id = fields.id("externalOid");
    const auto side = futures_side(fields.integer("side").value_or(0));
    order.side = side.side;
    order.reduce_only = row["reduceOnly"].boolean() == true ? std::optional{true} : side.reduces;
    const auto words = numbered_type(fields.integer("orderType").value_or(0));
    order.type = words.type;
    order.time_in_force = words.time_in_force;
    order.price = fields.amount("price");
    const auto counting = counting_of(order.native_symbol, asked.instruments);
    auto [quantity, native] = count(fields, row, "vol", counting);
    order.quantity = quantity;
    order.native_quantity = std::move(native);
    const auto filled = fields.amount("dealVol");
    order.filled = counting.base(filled);
    order.average = price_or_none(fields.amount("dealAvgPrice"));
    if (const auto state = fields.integer("state")) order.status = futures_status(*state, filled);
    if (const auto asset = fields.id("feeCurrency")) {
        const auto maker = fields.amount("makerFee", Rounding::up), taker = fields.amount("takerFee", Rounding::up);
        if (const auto fee = Decimal::add(maker.value_or(0), taker.value_or(0)); fee && (maker || taker)) order.fees.push_back({*asset, *fee});
    }
    order.created_at = fields.time_ms("createTime");
    order.forced = forced_of(fields.integer("category").value_or(1));
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    if (!order.id) return Unexpected{unreadable("an order without id")};
    return order;
}

Answer<market::Fill> read_futures_fill(const JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::Fill fill;
    fill.native_symbol = fields.text("symbol");
    fill.symbol = symbol_of(fill.native_symbol, asked);
    fill.id = fields.id("id");
    fill.order_id = fields.id("orderId");
    fill.client_order_id = fields.id("externalOid");
    fill.side = futures_side(fields.integer("side").value_or(0)).side;
    fill.price = fields.amount("price");
    auto [quantity, native] = count(fields, row, "vol", counting_of(fill.native_symbol, asked.instruments));
    fill.quantity = quantity;
    fill.native_quantity = std::move(native);
    const auto fee = fields.amount("fee", Rounding::up);
    const auto asset = fields.id("feeCurrency");
    if (fee && asset) fill.fee = market::Amount{*asset, *fee};
    // "taker" in REST answers, "isTaker" in the reference's tables and on the stream.
    auto taker = row["taker"].boolean();
    if (!taker) taker = row["isTaker"].boolean();
    if (taker) fill.liquidity = *taker ? market::Liquidity::taker : market::Liquidity::maker;
    fill.at = fields.time_ms("timestamp");
    fill.forced = forced_of(fields.integer("category").value_or(1));
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return fill;
}

Answer<market::Position> read_position(const JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::Position position;
    position.native_symbol = fields.text("symbol");
    position.symbol = symbol_of(position.native_symbol, asked);
    const auto type = fields.integer("positionType");
    if (type == 1) position.side = market::PositionSide::long_side;
    if (type == 2) position.side = market::PositionSide::short_side;
    auto [quantity, native] = count(fields, row, "holdVol", counting_of(position.native_symbol, asked.instruments));
    position.quantity = quantity;
    position.native_quantity = std::move(native);
    position.entry_price = price_or_none(fields.amount("holdAvgPrice"));
    position.liquidation_price = price_or_none(fields.amount("liquidatePrice"));
    position.leverage = fields.amount("leverage");
    position.margin_mode = margin_mode_of(fields.integer("openType"));
    // `oim` is the original initial margin; adding to `im`, or taking from it, moves the liquidation price (futures reference, "Get open positions", read
    // 2026-11-30). In the golden example both are value / leverage: no fees in it.
    if (position.margin_mode == market::MarginMode::isolated) position.margin = fields.amount("im");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    return position;
}

/// An object with the id since 2026, the bare id before and for trigger orders.
Answer<PlacedOrder> read_futures_placed(const JsonValue& data, const Asked& asked) {
    const auto id = data.is_object() ? data["orderId"].text_or_number() : data.text_or_number();
    if (!id || id->empty()) return Unexpected{unreadable("an order without id")};
    return PlacedOrder{std::string{*id}, asked.call.client_order_id};
}

/// By id: a result per order inside an answer that says success. By client id: no more than the success.
Answer<PlacedOrder> read_futures_canceled(const JsonValue& data, const Asked& asked) {
    if (!data.is_array()) return PlacedOrder{asked.call.order_id, asked.call.client_order_id};
    for (std::size_t i = 0; i < data.size(); ++i) {
        Fields fields{data.at(i)};
        const auto id = fields.id("orderId");
        const auto code = fields.integer("errorCode");
        if (!fields.good()) return Unexpected{unreadable(fields.bad())};
        if (asked.call.order_id && id != asked.call.order_id) continue;
        if (code.value_or(0) != 0)
            return Unexpected{make_problem(ErrorList::futures, *code, data.at(i)["errorMsg"].text().value_or(""), asked.call)};
        return PlacedOrder{id, asked.call.client_order_id};
    }
    return Unexpected{unreadable("a cancel's answer without the order")};
}

}  // namespace bf::exchange::mexc
