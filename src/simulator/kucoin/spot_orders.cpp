// Spot orders: the high-frequency family, which is the only one still documented.
#include "base/text.hpp"
#include "simulator/core/amounts.hpp"
#include "simulator/kucoin/routes.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr std::size_t kClientIdMax = 40;
constexpr std::size_t kBatchMax = 5;

struct Refused {
    std::string_view code;
    std::string message;
};

Refused spot_refusal(const Exchange& exchange, Refusal why, const NewOrder& order) {
    const Instrument* instrument = exchange.find(order.symbol);
    switch (why) {
        case Refusal::unknown_symbol: return {"400100", "Unsupported trading pair."};
        case Refusal::not_open_to_api: return {"400600", "validation.createOrder.symbolNotAvailable"};
        case Refusal::insufficient_balance: return {"200004", "Balance insufficient!"};
        case Refusal::below_min_quantity: return {"400100", "Order size below the minimum requirement."};
        case Refusal::below_min_notional: return {"600101", "The order funds should more then " + instrument->min_notional.to_string() + " USDT."};
        case Refusal::above_maximum: return {"400100", "Order size above the maximum requirement."};  // Its words are not documented.
        case Refusal::price_step: return {"600100", "Price increment invalid."};
        case Refusal::quantity_step: return {"600100", "Order size increment invalid."};
        case Refusal::price_missing: return {"400100", "validation.createOrder.priceIsRequired"};
        case Refusal::quantity_missing: return {"400100", "validation.createOrder.sizeIsRequired"};
        case Refusal::price_out_of_band: {
            const Decimal market = exchange.market(*instrument).price();
            const Decimal band = market * instrument->price_band;
            if (order.side == Side::buy) return {"400370", "Max. price: " + (market + band).to_fixed(18, Rounding::down)};
            return {"400370", "Min. price: " + (market - band).to_fixed(18, Rounding::down)};
        }
        case Refusal::duplicate_client_id: return {"102426", "Duplicate custom order ID"};
        case Refusal::order_finished:
        case Refusal::order_not_found: return {"400100", "order_not_exist_or_not_allow_to_cancel"};
        default: return {"400100", "Parameter error"};
    }
}

wire::Response answer(const Refused& refused) { return refuse(refused.code, refused.message); }

bool good_client_id(std::string_view id) {
    return id.size() <= kClientIdMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; });
}

/// The body's words; their sense is the core's to judge.
Result<NewOrder, Refused> read_order(const Exchange& exchange, JsonValue body) {
    NewOrder order;
    const Instrument* instrument = exchange.find_native(body["symbol"].text().value_or(""));
    if (instrument == nullptr || instrument->is_futures()) return Unexpected{Refused{"400100", "Unsupported trading pair."}};
    order.symbol = instrument->symbol;
    const auto side = market::parse<Side>(body["side"].text().value_or(""));
    if (!side) return Unexpected{Refused{"400100", "validation.createOrder.sideIsRequired"}};
    order.side = *side;
    const auto type = market::parse<OrderType>(body["type"].text().value_or("limit"));
    if (!type) return Unexpected{Refused{"400100", "validation.createOrder.typeIsInvalid"}};
    order.type = *type;
    order.price = *type == OrderType::limit ? read_amount(body["price"]) : std::nullopt;
    order.quantity = read_amount(body["size"]);
    order.quote_quantity = *type == OrderType::market ? read_amount(body["funds"]) : std::nullopt;
    const auto time_in_force = body["timeInForce"].text().value_or("GTC");
    if (time_in_force != "GTC" && time_in_force != "GTT" && time_in_force != "IOC" && time_in_force != "FOK")
        return Unexpected{Refused{"400100", "validation.createOrder.timeInForceIsInvalid"}};
    if (order.quantity && order.quote_quantity) return Unexpected{Refused{"400100", "size and funds cannot be set together"}};
    order.time_in_force = time_in_force == "IOC" ? TimeInForce::ioc : time_in_force == "FOK" ? TimeInForce::fok : TimeInForce::gtc;
    order.post_only = body["postOnly"].boolean().value_or(false);
    order.client_order_id = body["clientOid"].text().value_or("");
    order.remark = body["remark"].text().value_or("");
    if (!good_client_id(order.client_order_id)) return Unexpected{Refused{"400100", "validation.createOrder.clientOidIsInvalid"}};
    if (order.post_only && order.time_in_force != TimeInForce::gtc) return Unexpected{Refused{"400100", "postOnly is invalid with IOC or FOK"}};
    return order;
}

Result<const Order*, Refused> place_one(Ask& ask, JsonValue body) {
    BF_TRY(auto request, read_order(ask.exchange, body));
    const NewOrder kept = request;
    const auto placed = ask.exchange.place(*ask.account, std::move(request));
    if (!placed) return Unexpected{spot_refusal(ask.exchange, placed.error(), kept)};
    return *placed;
}

void write_ids(JsonWriter& out, std::string_view id, std::string_view client_order_id) {
    out.begin_object().member("orderId", id);
    write_text_or_null(out, "clientOid", client_order_id);
    out.end_object();
}

wire::Response forbidden_for(const Account& account) {
    return account.mode == AccountMode::unified ? refuse("400200", "Forbidden to place an order") : wire::Response{};
}

wire::Response place(Ask& ask) {
    if (auto no = forbidden_for(*ask.account); no.status != 0) return no;
    const auto placed = place_one(ask, ask.body);
    if (!placed) return answer(placed.error());
    return ok([&](JsonWriter& out) { write_ids(out, (*placed)->id, (*placed)->request.client_order_id); });
}

wire::Response test(Ask& ask) {
    if (auto no = forbidden_for(*ask.account); no.status != 0) return no;
    auto request = read_order(ask.exchange, ask.body);
    if (!request) return answer(request.error());
    const auto checked = ask.exchange.check(*ask.account, *request);
    if (!checked) return answer(spot_refusal(ask.exchange, checked.error(), *request));
    const auto number = static_cast<std::uint64_t>(ask.exchange.now().ms()) << 8;
    return ok([&](JsonWriter& out) { write_ids(out, ask.exchange.profile().order_id(Market::spot, number), request->client_order_id); });
}

/// Members of the synchronous replies, of an object that is open.
void write_outcome(JsonWriter& out, const Order& order) {
    out.member("orderId", order.id);
    write_text_or_null(out, "clientOid", order.request.client_order_id);
    out.member("orderTime", order.created_at.ms()).member("originSize", order.quantity).member("dealSize", order.filled);
    out.member("remainSize", order.remaining()).member("canceledSize", order.canceled);
    out.member("status", order.is_open() ? "open" : "done").member("matchTime", order.updated_at.ms());
}

wire::Response place_sync(Ask& ask) {
    if (auto no = forbidden_for(*ask.account); no.status != 0) return no;
    const auto placed = place_one(ask, ask.body);
    if (!placed) return answer(placed.error());
    return ok([&](JsonWriter& out) {
        out.begin_object();
        write_outcome(out, **placed);
        out.end_object();
    });
}

wire::Response place_batch(Ask& ask, bool sync) {
    if (auto no = forbidden_for(*ask.account); no.status != 0) return no;
    const JsonValue list = ask.body["orderList"];
    if (!list.is_array() || list.size() == 0 || list.size() > kBatchMax) return refuse("400100", "orderList: one to five orders");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto placed = place_one(ask, list.at(i));
            out.begin_object();
            if (!placed) {
                out.member("success", false).member("failMsg", placed.error().message);
            } else {
                if (sync) write_outcome(out, **placed);
                else out.member("orderId", (*placed)->id).member("clientOid", (*placed)->request.client_order_id);
                out.member("success", true);
            }
            out.end_object();
        }
        out.end_array();
    });
}
wire::Response place_multi(Ask& ask) { return place_batch(ask, false); }
wire::Response place_multi_sync(Ask& ask) { return place_batch(ask, true); }

/// Only with its symbol, as the exchange demands it.
const Order* find(const Ask& ask, bool by_client_id) {
    const Order* order = by_client_id ? ask.exchange.find_client_order(*ask.account, Market::spot, ask.tail)
                                      : ask.exchange.find_order(*ask.account, ask.tail);
    const bool same = order != nullptr && !order->instrument->is_futures() && order->instrument->native == ask.call.parameter("symbol");
    return same ? order : nullptr;
}

wire::Response cancel_found(Ask& ask, const Order* order, bool by_client_id, bool sync) {
    if (ask.call.parameter("symbol").empty()) return refuse("400100", "symbol is required");
    if (order == nullptr) return refuse("400100", "order_not_exist_or_not_allow_to_cancel");
    const auto canceled = ask.exchange.cancel(*ask.account, *order);
    if (!canceled) return refuse("400100", "order_not_exist_or_not_allow_to_cancel");
    return ok([&](JsonWriter& out) {
        out.begin_object();
        if (sync) {
            write_outcome(out, *order);
        } else if (by_client_id) {
            out.member("clientOid", order->request.client_order_id);
        } else {
            out.member("orderId", order->id);
        }
        out.end_object();
    });
}
wire::Response cancel(Ask& ask) { return cancel_found(ask, find(ask, false), false, false); }
wire::Response cancel_sync(Ask& ask) { return cancel_found(ask, find(ask, false), false, true); }
wire::Response cancel_client(Ask& ask) { return cancel_found(ask, find(ask, true), true, false); }
wire::Response cancel_client_sync(Ask& ask) { return cancel_found(ask, find(ask, true), true, true); }

std::vector<const Order*> select(const Ask& ask, std::string_view symbol, bool open) {
    std::vector<const Order*> orders;
    for (const Order* order : ask.account->orders) {
        const bool wanted = !order->instrument->is_futures() && (symbol.empty() || order->instrument->native == symbol) && order->is_open() == open;
        if (wanted) orders.push_back(order);
    }
    std::reverse(orders.begin(), orders.end());  // Newest first.
    return orders;
}

wire::Response cancel_symbol(Ask& ask) {
    const auto symbol = ask.call.parameter("symbol");
    if (symbol.empty()) return refuse("400100", "symbol is required");
    for (const Order* order : select(ask, symbol, true)) (void)ask.exchange.cancel(*ask.account, *order);
    return ok([](JsonWriter& out) { out.text("success"); });
}

wire::Response cancel_all(Ask& ask) {
    std::vector<std::string> symbols;
    for (const Order* order : select(ask, {}, true)) {
        (void)ask.exchange.cancel(*ask.account, *order);
        if (std::find(symbols.begin(), symbols.end(), order->instrument->native) == symbols.end()) symbols.push_back(order->instrument->native);
    }
    return ok([&](JsonWriter& out) {
        out.begin_object().key("succeedSymbols").begin_array();
        for (const auto& symbol : symbols) out.text(symbol);
        out.end_array().key("failedSymbols").begin_array().end_array().end_object();
    });
}

void write_order(JsonWriter& out, const Order& order) {
    const NewOrder& asked = order.request;
    const bool limit = asked.type == OrderType::limit;
    const Decimal funds = limit ? *asked.price * order.quantity : asked.quote_quantity.value_or(Decimal{});
    const Decimal left = limit ? funds - order.filled_quote : Decimal{};
    constexpr std::string_view kTimes[] = {"GTC", "IOC", "FOK"};
    out.begin_object().member("id", order.id);
    write_text_or_null(out, "clientOid", asked.client_order_id);
    out.member("symbol", order.instrument->native).member("opType", "DEAL").member("type", market::to_string(asked.type));
    out.member("side", market::to_string(asked.side)).member("price", asked.price.value_or(Decimal{})).member("size", order.quantity);
    out.member("funds", funds).member("dealSize", order.filled).member("dealFunds", order.filled_quote);
    out.member("remainSize", order.remaining()).member("remainFunds", order.canceled.is_zero() ? left : Decimal{});
    out.member("cancelledSize", order.canceled).member("cancelledFunds", order.canceled.is_zero() ? Decimal{} : left);
    out.member("fee", order.fee).member("feeCurrency", order.fee_asset).member("stp", nullptr);
    out.member("timeInForce", kTimes[static_cast<std::size_t>(asked.time_in_force)]).member("postOnly", asked.post_only);
    out.member("hidden", false).member("iceberg", false).member("visibleSize", "0").member("cancelAfter", 0).member("channel", "API");
    write_text_or_null(out, "remark", asked.remark);
    out.member("tags", nullptr).member("cancelExist", order.status == OrderStatus::canceled).member("tradeType", "TRADE");
    out.member("inOrderBook", order.is_open()).member("active", order.is_open()).member("tax", "0");
    out.member("createdAt", order.created_at.ms()).member("lastUpdatedAt", order.updated_at.ms()).end_object();
}

wire::Response show(Ask& ask, bool by_client_id) {
    if (ask.call.parameter("symbol").empty()) return refuse("400100", "symbol is required");
    const Order* order = find(ask, by_client_id);
    if (order == nullptr) return refuse("400100", "The order does not exist.");
    return ok([&](JsonWriter& out) { write_order(out, *order); });
}
wire::Response show_by_id(Ask& ask) { return show(ask, false); }
wire::Response show_by_client(Ask& ask) { return show(ask, true); }

wire::Response active(Ask& ask) {
    if (ask.call.parameter("symbol").empty()) return refuse("400100", "symbol is required");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const Order* order : select(ask, ask.call.parameter("symbol"), true)) write_order(out, *order);
        out.end_array();
    });
}

wire::Response active_page(Ask& ask) {
    if (ask.call.parameter("symbol").empty()) return refuse("400100", "symbol is required");
    const auto orders = select(ask, ask.call.parameter("symbol"), true);
    Page page = read_page(ask.call, orders.size(), 100);
    if (const auto number = parse_int(ask.call.parameter("pageNum"))) page.number = static_cast<std::size_t>(std::max<std::int64_t>(*number, 1));
    return ok([&](JsonWriter& out) {
        out.begin_object();
        write_page(out, page);
        out.key("items").begin_array();
        for (std::size_t i = page.first(); i < std::min(orders.size(), page.first() + page.size); ++i) write_order(out, *orders[i]);
        out.end_array().end_object();
    });
}

wire::Response active_symbols(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().key("symbols").begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (!instrument.is_futures() && !select(ask, instrument.native, true).empty()) out.text(instrument.native);
        out.end_array().end_object();
    });
}

/// Lists that go back by lastId: newest first, those below it.
template <class Item>
std::vector<Item> page_back(const Ask& ask, std::vector<Item> items) {
    const auto last = parse_int(ask.call.parameter("lastId")).value_or(0);
    const auto limit = std::clamp<std::int64_t>(parse_int(ask.call.parameter("limit")).value_or(20), 1, 100);
    if (last > 0) std::erase_if(items, [last](const Item& item) { return static_cast<std::int64_t>(item->number) >= last; });
    if (items.size() > static_cast<std::size_t>(limit)) items.resize(static_cast<std::size_t>(limit));
    return items;
}

bool matches(const Ask& ask, Side side, OrderType type, Instant at) {
    const auto wanted_side = ask.call.parameter("side");
    const auto wanted_type = ask.call.parameter("type");
    const auto from = read_ms(ask.call, "startAt"), to = read_ms(ask.call, "endAt");
    return (wanted_side.empty() || wanted_side == market::to_string(side)) && (wanted_type.empty() || wanted_type == market::to_string(type)) &&
           (!from || at >= *from) && (!to || at <= *to);
}

wire::Response done(Ask& ask) {
    if (ask.call.parameter("symbol").empty()) return refuse("400100", "symbol is required");
    auto orders = select(ask, ask.call.parameter("symbol"), false);
    std::erase_if(orders, [&](const Order* o) { return !matches(ask, o->request.side, o->request.type, o->created_at); });
    orders = page_back(ask, std::move(orders));
    return ok([&](JsonWriter& out) {
        out.begin_object().member("lastId", orders.empty() ? 0 : orders.back()->number).key("items").begin_array();
        for (const Order* order : orders) write_order(out, *order);
        out.end_array().end_object();
    });
}

void write_fill(JsonWriter& out, const Fill& fill) {
    const bool maker = fill.liquidity == Liquidity::maker;
    out.begin_object().member("id", fill.number).member("orderId", fill.order->id).member("counterOrderId", "000000000000000000000000");
    // Ids above 2^53 are bare numbers here: readers that use doubles lose digits, and so they do at the exchange.
    out.key("tradeId").raw(fill.id).member("symbol", fill.instrument->native).member("side", market::to_string(fill.side));
    out.member("liquidity", market::to_string(fill.liquidity)).member("type", market::to_string(fill.order->request.type));
    out.member("forceTaker", false).member("price", fill.price).member("size", fill.quantity).member("funds", fill.price * fill.quantity);
    out.member("fee", fill.fee).member("feeRate", maker ? fill.instrument->maker_fee : fill.instrument->taker_fee);
    out.member("feeCurrency", fill.fee_asset).member("stop", "").member("tradeType", "TRADE").member("taxRate", "0").member("tax", "0");
    out.member("createdAt", fill.at.ms()).end_object();
}

wire::Response fills(Ask& ask) {
    const auto symbol = ask.call.parameter("symbol");
    if (symbol.empty()) return refuse("400100", "symbol is required");
    const auto order_id = ask.call.parameter("orderId");
    std::vector<const Fill*> found;
    for (const Fill* fill : ask.account->fills) {
        const bool wanted = fill->instrument->native == symbol && (order_id.empty() || fill->order->id == order_id);
        if (wanted && matches(ask, fill->side, fill->order->request.type, fill->at)) found.push_back(fill);
    }
    std::reverse(found.begin(), found.end());
    found = page_back(ask, std::move(found));
    return ok([&](JsonWriter& out) {
        out.begin_object().key("items").begin_array();
        for (const Fill* fill : found) write_fill(out, *fill);
        out.end_array().member("lastId", found.empty() ? 0 : found.back()->number).end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::post, "/api/v1/hf/orders", Host::spot, Access::spot, Quota::spot, 1, place},
    {Method::post, "/api/v1/hf/orders/test", Host::spot, Access::spot, Quota::spot, 1, test},
    {Method::post, "/api/v1/hf/orders/sync", Host::spot, Access::spot, Quota::spot, 1, place_sync},
    {Method::post, "/api/v1/hf/orders/multi", Host::spot, Access::spot, Quota::spot, 1, place_multi},
    {Method::post, "/api/v1/hf/orders/multi/sync", Host::spot, Access::spot, Quota::spot, 1, place_multi_sync},
    {Method::del, "/api/v1/hf/orders/cancelAll", Host::spot, Access::spot, Quota::spot, 30, cancel_all},
    {Method::del, "/api/v1/hf/orders/*", Host::spot, Access::spot, Quota::spot, 1, cancel},
    {Method::del, "/api/v1/hf/orders/sync/*", Host::spot, Access::spot, Quota::spot, 1, cancel_sync},
    {Method::del, "/api/v1/hf/orders/client-order/*", Host::spot, Access::spot, Quota::spot, 1, cancel_client},
    {Method::del, "/api/v1/hf/orders/sync/client-order/*", Host::spot, Access::spot, Quota::spot, 1, cancel_client_sync},
    {Method::del, "/api/v1/hf/orders", Host::spot, Access::spot, Quota::spot, 2, cancel_symbol},
    {Method::get, "/api/v1/hf/orders/active", Host::spot, Access::general, Quota::spot, 2, active},
    {Method::get, "/api/v1/hf/orders/active/page", Host::spot, Access::general, Quota::spot, 2, active_page},
    {Method::get, "/api/v1/hf/orders/active/symbols", Host::spot, Access::general, Quota::spot, 2, active_symbols},
    {Method::get, "/api/v1/hf/orders/done", Host::spot, Access::general, Quota::spot, 2, done},
    {Method::get, "/api/v1/hf/orders/client-order/*", Host::spot, Access::general, Quota::spot, 2, show_by_client},
    {Method::get, "/api/v1/hf/orders/*", Host::spot, Access::general, Quota::spot, 2, show_by_id},
    {Method::get, "/api/v1/hf/fills", Host::spot, Access::general, Quota::spot, 2, fills},
};

}  // namespace

std::span<const Route> spot_order_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin
