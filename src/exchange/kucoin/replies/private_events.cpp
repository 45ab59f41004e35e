#include "exchange/kucoin/replies/events.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {

using fast::Name;
using fast::token_of;
using wire::JsonWalk;

namespace {

/// Empty text is a field that was not sent. Memory is used again.
void assign(std::optional<std::string>& to, std::string_view text) {
    if (text.empty()) {
        to.reset();
        return;
    }
    if (!to) to.emplace();
    to->assign(text);
}

/// As symbol_of, in the memory that is there: spot symbols are split in place.
void assign_symbol(std::optional<market::Symbol>& to, std::string_view native, market::Market market, const Instruments* instruments) {
    const auto dash = native.find('-');
    if (market == market::Market::futures || dash == std::string_view::npos) {
        to = symbol_of(native, market, instruments);
        return;
    }
    if (!to) to.emplace();
    to->base.assign(native.substr(0, dash));
    to->quote.assign(native.substr(dash + 1));
}

/// What an order frame's kind, state and sizes say together.
market::OrderStatus status_of(std::string_view kind, std::string_view status, const std::optional<Decimal>& filled, std::string_view remain) {
    using Status = market::OrderStatus;
    const bool some = filled && filled->is_positive();
    if (kind == "canceled") return Status::canceled;
    if (kind == "filled") return Status::filled;
    if (kind == "match") return remain == "0" && some ? Status::filled : Status::partially_filled;
    if (kind == "open" || kind == "received" || kind == "update") return some ? Status::partially_filled : Status::open;
    if (status == "new" || status == "open") return some ? Status::partially_filled : Status::open;
    return Status::unknown;
}

}  // namespace

bool Events::read_order(JsonWalk& object) {
    order_fields_ = {};
    auto& f = order_fields_;
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        const auto token = token_of(value);
        switch (name.front()) {
            case 's':
                if (name.is("symbol")) f.symbol = token.text();
                else if (name.is("side")) f.side = token.text();
                else if (name.is("size")) f.size = token.text();
                else if (name.is("status")) f.status = token.text();
                break;
            case 'o':
                if (name.is("orderId")) f.id = token.text();
                else if (name.is("orderType")) f.order_type = token.text();
                else if (name.is("originSize")) f.origin_size = token.text();
                else if (name.is("orderTime")) f.order_time = token.integer();
                break;
            case 'c':
                if (name.is("clientOid")) f.client_id = token.text();
                break;
            case 'f':
                if (name.is("filledSize")) f.filled = token.text();
                break;
            case 'r':
                if (name.is("remainSize")) f.remain = token.text();
                break;
            case 'm':
                if (name.is("matchPrice")) f.match_price = token.text();
                else if (name.is("matchSize")) f.match_size = token.text();
                break;
            case 'p':
                if (name.is("price")) f.price = token.text();
                break;
            case 'l':
                if (name.is("liquidity")) f.liquidity = token.text();
                break;
            case 't':
                if (name.is("type")) f.kind = token.text();
                else if (name.is("tradeId")) f.trade_id = token.text();
                else if (name.is("tradeType")) f.trade_type = token.text();
                else if (name.is("ts")) f.at = token.integer();
                break;
            default: break;
        }
        return true;
    });
}

bool Events::emit_order(StreamSink& sink) {
    const auto& f = order_fields_;
    if (f.id.empty() || f.symbol.empty()) return false;
    const Decimal* const contract = contract_size(f.symbol);
    assign(order_.id, f.id);
    assign(order_.client_order_id, f.client_id);
    order_.native_symbol.assign(f.symbol);
    assign_symbol(order_.symbol, f.symbol, market_, instruments_);
    order_.side = side_of(f.side);
    order_.type = order_type_of(f.order_type);
    order_.price = Decimal::read(f.price);
    const auto size = f.origin_size.empty() ? f.size : f.origin_size;
    order_.quantity = base_units(Decimal::read(size), contract);
    assign(order_.native_quantity, order_.quantity ? std::string_view{} : size);
    const auto filled = Decimal::read(f.filled);
    order_.filled = base_units(filled, contract);
    order_.status = status_of(f.kind, f.status, filled, f.remain);
    order_.created_at = f.order_time ? time_of(*f.order_time) : std::nullopt;
    order_.forced = forced_of(f.trade_type);
    sink.on_order(order_);
    if (f.kind == "match") return emit_fill(sink);
    return true;
}

bool Events::emit_fill(StreamSink& sink) {
    const auto& f = order_fields_;
    // Without price and size of the match the fill can't be counted: it is read by query.
    if (f.trade_id.empty() || f.match_price.empty() || f.match_size.empty()) return true;
    assign(fill_.id, f.trade_id);
    assign(fill_.order_id, f.id);
    assign(fill_.client_order_id, f.client_id);
    fill_.native_symbol.assign(f.symbol);
    fill_.symbol = order_.symbol;
    fill_.side = order_.side;
    fill_.price = Decimal::read(f.match_price);
    fill_.quantity = base_units(Decimal::read(f.match_size), contract_size(f.symbol));
    assign(fill_.native_quantity, fill_.quantity ? std::string_view{} : f.match_size);
    fill_.liquidity = liquidity_of(f.liquidity);
    fill_.at = f.at ? time_of(*f.at) : std::nullopt;
    fill_.forced = order_.forced;
    if (!fill_.price) return false;
    sink.on_fill(fill_);
    return true;
}

bool Events::read_balance(JsonWalk& object) {
    balance_.asset.clear();
    balance_.free.reset();
    balance_.locked.reset();
    balance_.total.reset();
    // The spot topic also tells of the main and margin accounts; only events of the trading account name it.
    balance_is_ours_ = true;
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        const auto token = token_of(value);
        if (name.is("currency")) balance_.asset = token.text();
        else if (name.is("available") || name.is("availableBalance")) balance_.free = token.decimal();
        else if (name.is("hold")) balance_.locked = token.decimal();
        else if (name.is("total") || name.is("equity")) balance_.total = token.decimal();
        else if (name.is("relationEvent")) balance_is_ours_ = token.text().starts_with("trade");
        return true;
    });
}

bool Events::emit_balance(StreamSink& sink) {
    if (balance_.asset.empty()) return false;
    // Changes of margins and holds alone come without what is available.
    if (!balance_is_ours_ || !balance_.free) return true;
    if (balance_.asset == "XBT") balance_.asset = "BTC";
    sink.on_balance(balance_);
    return true;
}

bool Events::read_position(JsonWalk& object) {
    position_ = {};
    position_fields_ = {};
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        const auto token = token_of(value);
        if (name.is("symbol")) position_.native_symbol = token.text();
        else if (name.is("currentQty")) position_fields_.quantity = token.text();
        else if (name.is("positionSide")) position_fields_.side = token.text();
        else if (name.is("avgEntryPrice")) position_.entry_price = token.decimal();
        else if (name.is("markPrice")) position_.mark_price = token.decimal();
        else if (name.is("liquidationPrice")) position_.liquidation_price = token.decimal();
        else if (name.is("leverage")) position_.leverage = token.decimal();
        else if (name.is("unrealisedPnl")) position_.unrealized_pnl = token.decimal();
        else if (name.is("marginMode")) position_.margin_mode = margin_mode_of(token.text());
        else if (name.is("posMargin")) position_fields_.margin = token.decimal();
        else if (name.is("posComm")) position_fields_.kept_for_fees = token.decimal();
        return true;
    });
}

bool Events::emit_position(StreamSink& sink) {
    const auto contracts = Decimal::read(position_fields_.quantity);
    // Mark price updates, funding and risk limits come on the same topic without symbol or quantity: nothing of the position changed.
    if (position_.native_symbol.empty() || !contracts) return true;
    position_.symbol = symbol_of(position_.native_symbol, market_, instruments_);
    const bool is_short = position_fields_.side == "SHORT" || (position_fields_.side != "LONG" && contracts->is_negative());
    position_.side = is_short ? market::PositionSide::short_side : market::PositionSide::long_side;
    position_.quantity = base_units(abs(*contracts), contract_size(position_.native_symbol));
    if (!position_.quantity) position_.native_quantity = abs(*contracts).to_string();
    position_.margin = margin_without_fees(position_.margin_mode, position_fields_.margin, position_fields_.kept_for_fees);
    sink.on_position(position_);
    return true;
}

}  // namespace bf::exchange::kucoin
