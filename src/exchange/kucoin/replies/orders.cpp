// Orders, fills, positions and the answers to placing and cancelling. KuCoin REST reference, "Orders" of spot (HF) and futures,
// "Positions", read September 2026; unified names as in Kucoin.Net's fixtures.
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"
#include "exchange/remark.hpp"

namespace bf::exchange::kucoin {
namespace {

using wire::JsonValue;

/// A list under `items`, or the data itself.
JsonValue rows_of(JsonValue data) { return data.is_object() ? data["items"] : data; }

std::optional<market::Amount> amount_of(JsonValue asset, JsonValue amount) {
    const auto name = text_of(asset);
    const auto value = amount.decimal();
    if (!name || !value) return std::nullopt;
    return market::Amount{*name, *value};
}

/// Native symbol, unified symbol and side, that orders, fills and positions share.
template <class Thing>
void read_names(JsonValue row, const Asked& asked, Thing& thing) {
    thing.native_symbol = row["symbol"].text().value_or("");
    thing.symbol = symbol_of(thing.native_symbol, asked.call.market, asked.instruments);
}

template <class Thing>
void read_side(JsonValue row, Thing& thing) {
    if (const auto side = row["side"].text()) thing.side = side_of(*side);
}

std::optional<market::OrderStatus> classic_status(JsonValue row, const std::optional<Decimal>& done) {
    const auto active = row["active"].boolean();
    const auto is_active = active ? active : row["isActive"].boolean();
    if (is_active) return derived_status(*is_active, row["cancelExist"].boolean().value_or(false), done);
    // A stop order that waits: its own interface names a state instead.
    const auto status = row["status"].text();
    if (!status) return std::nullopt;
    if (*status == "NEW") return market::OrderStatus::open;
    return market::OrderStatus::unknown;
}

/// Futures. Every order carries the mark `stopTriggered`; only one with a trigger price ever waited.
void read_trigger(JsonValue row, const std::optional<Decimal>& done, market::Order& order) {
    if (!row["stopPrice"].decimal() && row["stop"].text().value_or("").empty()) return;
    order.triggered = row["stopTriggered"].boolean();
    if (order.status != market::OrderStatus::filled || !done || !done->is_zero()) return;
    // Ended with nothing done and no mark of a cancel: taken back while it waited, or on its way from its trigger to the book.
    order.status = order.triggered == true ? market::OrderStatus::unknown : market::OrderStatus::canceled;
}

Answer<market::Order> read_classic_order(JsonValue row, const Asked& asked) {
    market::Order order;
    order.id = text_of(row["id"]);
    if (!order.id) return bad_shape("the order's id");
    order.client_order_id = text_of(row["clientOid"]);
    read_names(row, asked, order);
    read_side(row, order);
    if (const auto type = row["type"].text()) order.type = order_type_of(*type);
    order.price = row["price"].decimal();
    const auto* contract = contract_size_of(asked.instruments, order.native_symbol);
    auto size = size_of(row["size"], asked.call.market, contract);
    order.quantity = size.quantity;
    order.native_quantity = std::move(size.native);
    // dealSize on spot; futures send it under both names.
    const auto deal = row["dealSize"].exists() ? row["dealSize"] : row["filledSize"];
    order.filled = size_of(deal, asked.call.market, contract).quantity;
    order.average = row["avgDealPrice"].decimal();
    if (auto fee = amount_of(row["feeCurrency"], row["fee"])) order.fees.push_back(std::move(*fee));
    order.status = classic_status(row, deal.decimal());
    if (const auto time_in_force = row["timeInForce"].text()) order.time_in_force = time_in_force_of(*time_in_force);
    order.reduce_only = row["reduceOnly"].boolean();
    order.created_at = time_of(row["createdAt"]);
    read_trigger(row, deal.decimal(), order);
    return order;
}

Answer<market::Order> read_unified_order(JsonValue row, const Asked& asked) {
    market::Order order;
    order.id = text_of(row["orderId"]);
    if (!order.id) return bad_shape("the order's id");
    order.client_order_id = text_of(row["clientOid"]);
    read_names(row, asked, order);
    read_side(row, order);
    if (const auto type = row["orderType"].text()) order.type = order_type_of(*type);
    order.price = row["price"].decimal();
    // Untold, an order of spot counts in coins; of futures nobody knows whether in coins or contracts.
    const bool is_futures = asked.call.market == market::Market::futures;
    const auto unit = row["sizeUnit"].text().value_or(is_futures ? "" : "BASECCY");
    const auto* contract = unit == "UNIT" ? contract_size_of(asked.instruments, order.native_symbol) : nullptr;
    const auto counted = unit == "BASECCY" || unit == "QUOTECCY" ? market::Market::spot : market::Market::futures;
    if (unit == "QUOTECCY") {
        // A market order counted in quote units has no quantity of its own.
        order.native_quantity = text_of(row["size"]);
    } else {
        auto size = size_of(row["size"], counted, contract);
        order.quantity = size.quantity;
        order.native_quantity = std::move(size.native);
    }
    order.filled = size_of(row["filledSize"], counted, contract).quantity;
    order.average = row["avgPrice"].decimal();
    if (auto fee = amount_of(row["feeCurrency"], row["fee"])) order.fees.push_back(std::move(*fee));
    if (const auto status = row["status"].integer()) order.status = unified_status(*status);
    if (const auto time_in_force = row["timeInForce"].text()) order.time_in_force = time_in_force_of(*time_in_force);
    order.reduce_only = row["reduceOnly"].boolean();
    order.created_at = time_of(row["orderTime"]);
    return order;
}

Answer<market::Fill> read_fill(JsonValue row, const Asked& asked) {
    market::Fill fill;
    fill.id = text_of(row["tradeId"]);
    if (!fill.id) return bad_shape("the trade's id");
    fill.order_id = text_of(row["orderId"]);
    read_names(row, asked, fill);
    read_side(row, fill);
    fill.price = row["price"].decimal();
    auto size = size_of(row["size"], asked.call.market, contract_size_of(asked.instruments, fill.native_symbol));
    fill.quantity = size.quantity;
    fill.native_quantity = std::move(size.native);
    fill.fee = amount_of(row["feeCurrency"], row["fee"]);
    const auto liquidity = row["liquidity"].text();
    if (const auto role = liquidity ? liquidity : row["liquidityRole"].text()) fill.liquidity = liquidity_of(*role);
    for (const char* name : {"tradeTime", "executionTime", "createdAt"})
        if (!fill.at) fill.at = time_of(row[name]);
    if (const auto kind = row["tradeType"].text()) fill.forced = forced_of(*kind);
    return fill;
}

Answer<market::Position> read_position(JsonValue row, const Asked& asked) {
    market::Position position;
    read_names(row, asked, position);
    if (position.native_symbol.empty()) return bad_shape("the position's symbol");
    const auto size = row["currentQty"].exists() ? row["currentQty"] : row["size"];
    const auto contracts = size.decimal();
    if (!contracts) return bad_shape("the position's quantity");
    const auto side = row["positionSide"].text().value_or("BOTH");
    // One-way positions carry their direction in the sign.
    const bool is_short = side == "SHORT" || (side != "LONG" && contracts->is_negative());
    position.side = is_short ? market::PositionSide::short_side : market::PositionSide::long_side;
    auto counted = size_of(size, market::Market::futures, contract_size_of(asked.instruments, position.native_symbol));
    if (counted.quantity) position.quantity = abs(*counted.quantity);
    if (counted.native) position.native_quantity = counted.native->starts_with('-') ? counted.native->substr(1) : *counted.native;
    // The two interfaces are told apart by their names: whoever reads a stored answer may not know the account's mode.
    const bool unified = !row["avgEntryPrice"].exists();
    position.entry_price = row[unified ? "entryPrice" : "avgEntryPrice"].decimal();
    position.mark_price = row["markPrice"].decimal();
    position.liquidation_price = row["liquidationPrice"].decimal();
    position.leverage = row["leverage"].decimal();
    position.unrealized_pnl = row[unified ? "unrealizedPnL" : "unrealisedPnl"].decimal();
    if (const auto mode = row["marginMode"].text()) position.margin_mode = margin_mode_of(*mode);
    position.margin = margin_without_fees(position.margin_mode, row["posMargin"].decimal(), row["posComm"].decimal());
    return position;
}

bool is_open(JsonValue row) {
    const auto size = row["currentQty"].exists() ? row["currentQty"] : row["size"];
    const auto contracts = size.decimal();
    // Without a position the exchange answers with an empty one.
    return !contracts || !contracts->is_zero();
}

}  // namespace

Answer<market::Order> read_order(JsonValue data, const Asked& asked) {
    // Success without data: the exchange has no such order.
    if (data.is_null()) return Unexpected{Problem{.code = ProblemCode::order_not_found, .exchange_code = "200000", .exchange_message = say(Remark::no_data)}};
    const JsonValue row = data.is_array() && data.size() == 1 ? data.at(0) : data;
    if (!row.is_object()) return bad_shape("the order");
    return row["id"].exists() ? read_classic_order(row, asked) : read_unified_order(row, asked);
}

template <class Thing, class Read>
Answer<std::vector<Thing>> read_rows(JsonValue rows, const Asked& asked, const char* what, Read read) {
    if (!rows.is_array()) return bad_shape(what);
    std::vector<Thing> things;
    things.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BF_TRY(auto thing, read(rows.at(i), asked));
        things.push_back(std::move(thing));
    }
    return things;
}

Answer<std::vector<market::Order>> read_orders(JsonValue data, const Asked& asked) {
    if (data.is_null()) return std::vector<market::Order>{};
    return read_rows<market::Order>(rows_of(data), asked, "the list of orders", [](JsonValue row, const Asked& a) { return read_order(row, a); });
}

Answer<std::vector<market::Fill>> read_fills(JsonValue data, const Asked& asked) {
    return read_rows<market::Fill>(rows_of(data), asked, "the list of fills", read_fill);
}

Answer<std::vector<market::Position>> read_positions(JsonValue data, const Asked& asked) {
    std::vector<market::Position> positions;
    if (data.is_object() && !data["items"].exists()) {
        if (!is_open(data)) return positions;
        BF_TRY(auto position, read_position(data, asked));
        positions.push_back(std::move(position));
        return positions;
    }
    const auto rows = rows_of(data);
    if (!rows.is_array()) return bad_shape("the list of positions");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!is_open(rows.at(i))) continue;
        BF_TRY(auto position, read_position(rows.at(i), asked));
        positions.push_back(std::move(position));
    }
    return positions;
}

Answer<PlacedOrder> read_placed(JsonValue data, const Asked& asked) {
    if (!data.is_object()) return bad_shape("the placed order");
    // A successful answer can hold a refused item.
    if (data["success"].boolean() == false) return Unexpected{problem_of_text(data["failMsg"].text().value_or(""), asked)};
    PlacedOrder placed{text_of(data["orderId"]), text_of(data["clientOid"])};
    // Accepted without an id: whether it stands, only a query by our own id tells.
    if (!placed.id && asked.call.operation != Operation::test_order) return bad_shape("the order's id");
    return placed;
}

Answer<PlacedOrder> read_canceled(JsonValue data) {
    if (!data.is_object()) return bad_shape("the cancelled order");
    PlacedOrder canceled{text_of(data["orderId"]), text_of(data["clientOid"])};
    if (!canceled.id) canceled.id = text_of(data["cancelledOrderIds"].at(0));
    if (!canceled.id) canceled.id = text_of(data["cancelledOrderId"]);
    if (!canceled.id && !canceled.client_order_id) return bad_shape("the cancelled order's id");
    return canceled;
}

}  // namespace bf::exchange::kucoin
