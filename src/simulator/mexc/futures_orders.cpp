// Futures orders and fills. Source: futures reference, "Account and trading endpoints" (2026).
#include "simulator/mexc/routes.hpp"

#include "base/text.hpp"
#include "simulator/core/amounts.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

struct Refused {
    int code;
    std::string_view message;
};
wire::Response answer(const Refused& refused) { return futures_error(refused.code, refused.message); }

Refused futures_refusal(Refusal why, const NewOrder& order) {
    switch (why) {
        case Refusal::unknown_symbol: return {1001, "Contract doesn't exist!"};
        case Refusal::not_open_to_api: return {1002, "Contract not allow place order!"};
        case Refusal::insufficient_balance: return {2005, "Insufficient balance!"};
        case Refusal::below_min_quantity: return {2008, "The quantity is insufficient"};
        case Refusal::quantity_missing:
        case Refusal::quantity_step: return {2011, "Order quantity error, please try to modify."};
        case Refusal::price_missing: return {2007, "Order price error"};
        case Refusal::price_step: return {2015, "Price or quantity accuracy error"};
        case Refusal::price_out_of_band:
            if (order.side == Side::buy) return {2003, "Bid price is great than max allow price"};
            return {2004, "Ask price is less than min allow price"};
        case Refusal::nothing_to_reduce: return {2009, "Position is not exists or closed."};
        case Refusal::margin_mode_mismatch: return {2027, "There is only one cross or isolated in the same direction"};
        case Refusal::position_mode_mismatch: return {2022, "Wrong position type"};
        case Refusal::leverage_out_of_range: return {2006, "Leverage ratio error"};
        case Refusal::position_too_large: return {2031, "The allowable holding position exceed the current risk limit"};
        case Refusal::order_not_found: return {2040, "order not exist"};
        case Refusal::order_finished: return {2041, "order state cannot be cancelled"};
        default: return {600, "Param error!"};
    }
}

PositionSlot slot_of(PositionMode mode, std::int64_t side) {
    if (mode == PositionMode::one_way) return PositionSlot::both;
    return side == 1 || side == 4 ? PositionSlot::long_only : PositionSlot::short_only;
}

Result<NewOrder, Refused> read_order(const Ask& ask, JsonValue body) {
    NewOrder order;
    const Instrument* instrument = contract(ask.exchange, body["symbol"].text().value_or(""));
    if (instrument == nullptr) return Unexpected{Refused{1001, "Contract doesn't exist!"}};
    order.symbol = instrument->symbol;
    const auto side = body["side"].integer().value_or(0), type = body["type"].integer().value_or(0), open_type = body["openType"].integer().value_or(0);
    if (side < 1 || side > 4) return Unexpected{Refused{2001, "Wrong order direction"}};
    // 6 is a market order in other clothes; ccxt sends it.
    if (type < 1 || type > 6) return Unexpected{Refused{2029, "Error order type"}};
    if (open_type != 1 && open_type != 2) return Unexpected{Refused{2002, "Wrong opening type"}};
    order.side = side <= 2 ? Side::buy : Side::sell;
    order.reduce_only = side == 2 || side == 4 || body["reduceOnly"].boolean() == true;
    order.type = type >= 5 ? OrderType::market : OrderType::limit;
    order.post_only = type == 2;
    order.time_in_force = type == 3 ? TimeInForce::ioc : type == 4 ? TimeInForce::fok : TimeInForce::gtc;
    const auto mode = body["positionMode"].integer();
    if (mode && *mode != 0 && (*mode == 1) != (ask.account->position_mode == PositionMode::hedge)) return Unexpected{Refused{2022, "Wrong position type"}};
    order.slot = slot_of(ask.account->position_mode, side);
    if (order.type == OrderType::limit) order.price = read_amount(body["price"]);
    if (const auto contracts = read_amount(body["vol"]); contracts && contracts->is_whole()) order.quantity = *contracts * instrument->contract_size;
    order.client_order_id = body["externalOid"].text().value_or("");
    if (order.client_order_id.size() > 32) return Unexpected{Refused{2030, "External order ID is too long (Max. 32 bits )"}};
    order.margin_mode = open_type == 1 ? MarginMode::isolated : MarginMode::cross;
    const auto leverage = body["leverage"].integer();
    if (open_type == 1 && !order.reduce_only && !leverage) return Unexpected{Refused{2006, "Leverage ratio error"}};
    order.leverage = static_cast<int>(std::clamp<std::int64_t>(leverage.value_or(0), 0, 10'000));
    return order;
}

Result<const Order*, Refused> place_one(Ask& ask, JsonValue body) {
    BF_TRY(auto request, read_order(ask, body));
    const Instrument& instrument = *ask.exchange.find(request.symbol);
    // Each order names its margin mode: without a position or orders it becomes the contract's.
    if (request.margin_mode != ask.account->margin_mode(instrument)) (void)ask.exchange.set_margin_mode(*ask.account, instrument, *request.margin_mode);
    const NewOrder kept = request;
    const auto placed = ask.exchange.place(*ask.account, std::move(request));
    if (!placed) return Unexpected{futures_refusal(placed.error(), kept)};
    return *placed;
}

wire::Response create(Ask& ask) {
    const auto placed = place_one(ask, ask.body);
    if (!placed) return answer(placed.error());
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("orderId", (*placed)->id).member("ts", (*placed)->created_at.ms()).end_object();
    });
}

const Order* by_id(const Ask& ask, std::string_view id) {
    const Order* order = ask.exchange.find_order(*ask.account, id);
    return order != nullptr && order->instrument->is_futures() ? order : nullptr;
}

/// A result per order inside an answer that says success.
wire::Response cancel(Ask& ask) {
    if (!ask.body.is_array() || ask.body.size() == 0 || ask.body.size() > 50) return futures_error(600, "Param error!");
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (std::size_t i = 0; i < ask.body.size(); ++i) {
            const std::string id{ask.body.at(i).text_or_number().value_or("")};
            const Order* order = by_id(ask, id);
            int code = 0;
            std::string_view message = "success";
            if (order == nullptr) {
                code = 2040;
                message = "order not exist";
            } else if (const auto canceled = ask.exchange.cancel(*ask.account, *order); !canceled) {
                code = 2041;
                message = "order state cannot be cancelled";
            }
            out.begin_object().member("orderId", id).member("errorCode", code).member("errorMsg", message).end_object();
        }
        out.end_array();
    });
}

wire::Response cancel_with_external(Ask& ask) {
    const auto one = ask.body.is_array() ? ask.body.at(0) : ask.body;
    const Order* order = ask.exchange.find_client_order(*ask.account, Market::futures, one["externalOid"].text().value_or(""));
    if (order == nullptr || order->instrument->native != one["symbol"].text()) return futures_error(2040, "order not exist");
    if (!ask.exchange.cancel(*ask.account, *order)) return futures_error(2041, "order state cannot be cancelled");
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", order->instrument->native).member("externalOid", order->request.client_order_id).end_object();
    });
}

template <class Wanted>
std::vector<const Order*> orders_of(const Ask& ask, std::string_view native, Wanted&& wanted) {
    std::vector<const Order*> list;
    for (auto at = ask.account->orders.rbegin(); at != ask.account->orders.rend(); ++at)
        if ((*at)->instrument->is_futures() && (native.empty() || (*at)->instrument->native == native) && wanted(**at)) list.push_back(*at);
    return list;
}

wire::Response cancel_all(Ask& ask) {
    for (const auto* order : orders_of(ask, ask.body["symbol"].text().value_or(""), [](const Order& one) { return one.is_open(); }))
        (void)ask.exchange.cancel(*ask.account, *order);
    return {200, {{"Content-Type", "application/json"}}, R"({"success":true,"code":0})"};
}

wire::Response write_orders(const std::vector<const Order*>& list) {
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto* order : list) {
            out.begin_object();
            write_futures_order(out, *order);
            out.end_object();
        }
        out.end_array();
    });
}

wire::Response one_order(const Order* order) {
    if (order == nullptr) return futures_error(2040, "order not exist");
    return futures_ok([&](JsonWriter& out) {
        out.begin_object();
        write_futures_order(out, *order);
        out.end_object();
    });
}

wire::Response get_order(Ask& ask) { return one_order(by_id(ask, ask.tail)); }

wire::Response get_external(Ask& ask) {
    const auto slash = ask.tail.find('/');
    if (slash == std::string::npos) return futures_error(600, "Param error!");
    const Order* order = ask.exchange.find_client_order(*ask.account, Market::futures, std::string_view{ask.tail}.substr(slash + 1));
    return one_order(order != nullptr && order->instrument->native == ask.tail.substr(0, slash) ? order : nullptr);
}

wire::Response batch_query(Ask& ask) {
    std::vector<const Order*> list;
    for (const auto& id : split_list(ask.parameter("order_ids")))
        if (const Order* order = by_id(ask, id)) list.push_back(order);
    return write_orders(list);
}

/// The page asked for by page_num and page_size.
std::vector<const Order*> page_of(const Ask& ask, const std::vector<const Order*>& list) {
    const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("page_size")).value_or(20), 1, 100));
    const auto page = static_cast<std::size_t>(std::max<std::int64_t>(1, parse_int(ask.parameter("page_num")).value_or(1)));
    const auto first = std::min(list.size(), (page - 1) * size);
    return {list.begin() + static_cast<std::ptrdiff_t>(first), list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), first + size))};
}

wire::Response open_orders(Ask& ask) {
    const auto symbol = ask.tail.empty() ? ask.parameter("symbol") : std::string_view{ask.tail};
    return write_orders(page_of(ask, orders_of(ask, symbol, [](const Order& order) { return order.is_open(); })));
}

int state_of(const Order& order) {
    if (order.is_open()) return 2;
    return order.status == OrderStatus::filled ? 3 : 4;
}

wire::Response history(Ask& ask) {
    const auto states = split_list(ask.parameter("states"));
    const auto start = parse_int(ask.parameter("start_time")).value_or(0);
    const auto end = parse_int(ask.parameter("end_time")).value_or(std::numeric_limits<std::int64_t>::max());
    const auto list = orders_of(ask, ask.parameter("symbol"), [&](const Order& order) {
        const auto state = std::to_string(state_of(order));
        const bool wanted = states.empty() ? !order.is_open() : std::find(states.begin(), states.end(), state) != states.end();
        return wanted && order.created_at.ms() >= start && order.created_at.ms() <= end;
    });
    return write_orders(page_of(ask, list));
}

std::vector<const Fill*> fills_of(const Ask& ask, std::string_view native, std::string_view order_id) {
    std::vector<const Fill*> list;
    for (auto at = ask.account->fills.rbegin(); at != ask.account->fills.rend(); ++at) {
        const Fill& fill = **at;
        if (!fill.instrument->is_futures() || (!native.empty() && fill.instrument->native != native)) continue;
        if (order_id.empty() || fill.order->id == order_id) list.push_back(&fill);
    }
    return list;
}

void write_fills(JsonWriter& out, const std::vector<const Fill*>& list) {
    out.begin_array();
    for (const auto* fill : list) {
        out.begin_object();
        write_futures_fill(out, *fill);
        out.member("taker", fill->liquidity == Liquidity::taker).end_object();
    }
    out.end_array();
}

wire::Response deal_details(Ask& ask) {
    return futures_ok([&](JsonWriter& out) { write_fills(out, fills_of(ask, {}, ask.tail)); });
}

std::vector<const Fill*> page_of_fills(const Ask& ask) {
    const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("page_size")).value_or(20), 1, 1000));
    const auto start = parse_int(ask.parameter("start_time")).value_or(0);
    const auto end = parse_int(ask.parameter("end_time")).value_or(std::numeric_limits<std::int64_t>::max());
    auto list = fills_of(ask, ask.parameter("symbol"), {});
    std::erase_if(list, [&](const Fill* fill) { return fill->at.ms() < start || fill->at.ms() > end; });
    if (list.size() > size) list.resize(size);
    return list;
}

/// The older path answers the bare list, its third version a page.
wire::Response order_deals(Ask& ask) {
    return futures_ok([&](JsonWriter& out) { write_fills(out, page_of_fills(ask)); });
}
wire::Response order_deals_page(Ask& ask) {
    const auto list = page_of_fills(ask);
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("pageSize", list.size()).member("totalCount", list.size()).member("totalPage", 1).member("currentPage", 1);
        write_fills(out.key("resultList"), list);
        out.end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::post, "/api/v1/private/order/create", Access::contract_deal_write, Quota::contract_order, 1, create},
    {Method::post, "/api/v1/private/order/submit", Access::contract_deal_write, Quota::contract_order, 1, create},
    {Method::post, "/api/v1/private/order/cancel", Access::contract_deal_write, Quota::contract, 1, cancel},
    {Method::post, "/api/v1/private/order/cancel_with_external", Access::contract_deal_write, Quota::contract, 1, cancel_with_external},
    {Method::post, "/api/v1/private/order/cancel_all", Access::contract_deal_write, Quota::contract, 1, cancel_all},
    {Method::get, "/api/v1/private/order/get/*", Access::contract_deal_read, Quota::contract, 1, get_order},
    {Method::get, "/api/v1/private/order/external/*", Access::contract_deal_read, Quota::contract, 1, get_external},
    {Method::get, "/api/v1/private/order/batch_query", Access::contract_deal_read, Quota::contract, 1, batch_query},
    {Method::get, "/api/v1/private/order/list/open_orders", Access::contract_deal_read, Quota::contract, 1, open_orders},
    {Method::get, "/api/v1/private/order/list/open_orders/*", Access::contract_deal_read, Quota::contract, 1, open_orders},
    {Method::get, "/api/v1/private/order/list/history_orders", Access::contract_deal_read, Quota::contract, 1, history},
    {Method::get, "/api/v1/private/order/list/order_deals", Access::contract_deal_read, Quota::contract, 1, order_deals},
    {Method::get, "/api/v1/private/order/list/order_deals/v3", Access::contract_deal_read, Quota::contract, 1, order_deals_page},
    {Method::get, "/api/v1/private/order/deal_details/*", Access::contract_deal_read, Quota::contract, 1, deal_details},
};

}  // namespace

std::span<const Route> futures_order_routes() { return kRoutes; }

int futures_side(const NewOrder& order) {
    if (order.slot == PositionSlot::long_only) return order.side == Side::buy ? 1 : 4;
    if (order.slot == PositionSlot::short_only) return order.side == Side::buy ? 2 : 3;
    if (order.side == Side::buy) return order.reduce_only ? 2 : 1;
    return order.reduce_only ? 4 : 3;
}

void write_futures_order(JsonWriter& out, const Order& order) {
    const auto& asked = order.request;
    const Instrument& instrument = *order.instrument;
    out.member("orderId", order.id).member("symbol", instrument.native).member("positionId", 0);
    number(out, "price", asked.price.value_or(order.average()));
    out.member("priceStr", asked.price.value_or(order.average()).to_fixed(18, Rounding::towards_zero));
    number(out, "vol", instrument.contracts(order.quantity));
    out.member("leverage", asked.leverage).member("side", futures_side(asked)).member("category", order.liquidation ? 2 : 1);
    out.member("orderType", type_number(asked));
    number(out, "dealAvgPrice", order.average());
    number(out, "dealVol", instrument.contracts(order.filled));
    number(out, "orderMargin", order.locked);
    const bool maker = asked.post_only;
    number(out, "takerFee", maker ? Decimal{} : order.fee);
    number(out, "makerFee", maker ? order.fee : Decimal{});
    number(out, "profit", order.realized_pnl);
    out.member("feeCurrency", instrument.symbol.settle).member("openType", asked.margin_mode == MarginMode::cross ? 2 : 1);
    out.member("state", state_of(order)).member("externalOid", asked.client_order_id.empty() ? "_m_" + order.id : asked.client_order_id);
    out.member("errorCode", 0);
    number(out, "usedMargin", order.locked);
    out.member("positionMode", asked.slot == PositionSlot::both ? 2 : 1).member("reduceOnly", asked.slot == PositionSlot::both && asked.reduce_only);
    out.member("createTime", order.created_at.ms()).member("updateTime", order.updated_at.ms()).member("version", 1);
}

void write_futures_fill(JsonWriter& out, const Fill& fill) {
    out.member("id", fill.id).member("symbol", fill.instrument->native).member("side", futures_side(fill.order->request));
    number(out, "vol", fill.instrument->contracts(fill.quantity));
    number(out, "price", fill.price);
    number(out, "fee", fill.fee);
    out.member("feeCurrency", fill.fee_asset);
    number(out, "profit", fill.realized_pnl);
    out.member("category", fill.liquidation ? 2 : 1).member("orderId", fill.order->id).member("timestamp", fill.at.ms());
    out.member("positionMode", fill.order->request.slot == PositionSlot::both ? 2 : 1);
}

}  // namespace bf::simulator::mexc
