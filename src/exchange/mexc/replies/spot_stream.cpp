#include "exchange/mexc/replies/amount.hpp"
#include "exchange/mexc/replies/readers.hpp"
#include "exchange/mexc/replies/streams.hpp"

#include "base/text.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <google/protobuf/io/coded_stream.h>
#include <limits>
#include <mexc_push.pb.h>

namespace bf::exchange::mexc {

std::string_view stream_interval(market::Interval interval) {
    switch (interval) {
        case market::Interval::m1: return "Min1";
        case market::Interval::m5: return "Min5";
        case market::Interval::m15: return "Min15";
        case market::Interval::h1: return "Min60";
        case market::Interval::h4: return "Hour4";
        case market::Interval::d1: return "Day1";
    }
    return "Min1";
}

namespace {

using push::Push;

/// proto3 sends nothing for an empty text: that is an absent amount. What is there must be a number.
bool read_amount(const std::string& text, std::optional<Decimal>& out, Rounding rounding = Rounding::towards_zero) {
    if (text.empty()) return true;
    out = parse_amount(text, rounding);
    return out.has_value();
}

/// Symbols, ids and assets are printable ASCII; anything else is not ours to pass on.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string channel_of(const Topic& topic) {
    const std::string symbol = topic.symbol ? topic.symbol->base + topic.symbol->quote : std::string{};
    switch (topic.kind) {
        case TopicKind::orders: return "spot@private.orders.v3.api.pb";
        case TopicKind::fills: return "spot@private.deals.v3.api.pb";
        case TopicKind::balances: return "spot@private.account.v3.api.pb";
        case TopicKind::positions: return {};  // There are none on spot.
        // The ticker channels are refused since August 2025 ("Blocked!"): best bid and ask come from the book ticker.
        case TopicKind::ticker: return "spot@public.aggre.bookTicker.v3.api.pb@100ms@" + symbol;
        case TopicKind::trades: return "spot@public.aggre.deals.v3.api.pb@100ms@" + symbol;
        case TopicKind::candles:
            return "spot@public.kline.v3.api.pb@" + symbol + '@' + std::string{stream_interval(topic.interval.value_or(market::Interval::m1))};
        case TopicKind::book: return "spot@public.aggre.depth.v3.api.pb@100ms@" + symbol;
    }
    return {};
}

class SpotSession final : public SessionBase {
public:
    using SessionBase::SessionBase;

    void on_open() override {
        // One frame a channel, so that each acknowledgement names one.
        for (const auto& topic : plan_.topics) {
            auto channel = channel_of(topic);
            if (channel.empty()) continue;
            std::string frame;
            wire::JsonWriter{frame}.begin_object().member("method", "SUBSCRIPTION").key("params").begin_array().text(channel).end_array().end_object();
            frames_.push_back(std::move(frame));
            pending_.push_back(std::move(channel));
        }
        state_ = pending_.empty() ? State::live : State::subscribing;
    }

    [[nodiscard]] std::string ping() override { return R"({"method":"PING"})"; }

    Answer<void> on_text(std::string_view frame, StreamSink&) override {
        const auto json = wire::Json::parse(frame);
        if (!json || !json->root().is_object()) return Unexpected{unreadable("a control frame that is not JSON")};
        const auto message = (*json)["msg"].text();
        const auto code = (*json)["code"].integer();
        if (!message) return {};
        // A refusal carries code 0 as well: only the text tells.
        if (code.value_or(0) != 0 || message->starts_with("Not Subscribed")) {
            Call call;
            call.operation = plan_.is_private ? Operation::private_stream : Operation::public_stream;
            return refuse(make_problem(ErrorList::spot, code.value_or(0), *message, call));
        }
        for (const auto channel : split(*message, ',')) std::erase(pending_, channel);
        if (pending_.empty() && state_ == State::subscribing) state_ = State::live;
        return {};
    }

    Answer<void> on_binary(std::string_view frame, StreamSink& sink) override;

private:
    bool parse(std::string_view frame);
    bool emit(StreamSink& sink);
    bool emit_ticker(const push::BookTicker& body, StreamSink& sink);
    bool emit_trades(const push::AggregatedDeals& body, StreamSink& sink);
    bool emit_candle(const push::Kline& body, StreamSink& sink);
    bool emit_order(const push::PrivateOrder& body, StreamSink& sink);
    bool emit_fill(const push::PrivateDeal& body, StreamSink& sink);
    bool emit_balance(const push::PrivateAccount& body, StreamSink& sink);
    template <class Depths>
    bool emit_book(const Depths& body, std::string_view from, std::string_view to, bool snapshot, StreamSink& sink);
    [[nodiscard]] std::optional<Instant> sent_at() const {
        return push_.has_send_time() ? std::optional{Instant::from_ms(push_.send_time())} : std::nullopt;
    }

    std::vector<std::string> pending_{};
    Push push_{};       ///< Used again for every frame.
    BookEvent book_{};
    // Used again likewise: what is told with them sets every field it can have.
    TickerEvent ticker_{};
    market::Order order_{};
};

/// The generated parse calls free the body they are about to read again. Emptied, taken out over the message's own Clear and merged
/// into, it keeps its texts' memory.
bool SpotSession::parse(std::string_view frame) {
    const auto keep = [this](auto* body, auto put_back) {
        body->Clear();
        push_.Clear();
        (push_.*put_back)(body);
    };
    switch (push_.body_case()) {
        case Push::kAggregatedBookTicker: keep(push_.release_aggregated_book_ticker(), &Push::set_allocated_aggregated_book_ticker); break;
        case Push::kAggregatedDeals: keep(push_.release_aggregated_deals(), &Push::set_allocated_aggregated_deals); break;
        case Push::kAggregatedDepths: keep(push_.release_aggregated_depths(), &Push::set_allocated_aggregated_depths); break;
        case Push::kKline: keep(push_.release_kline(), &Push::set_allocated_kline); break;
        case Push::kPrivateOrder: keep(push_.release_private_order(), &Push::set_allocated_private_order); break;
        default: push_.Clear(); break;
    }
    if (frame.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
    google::protobuf::io::CodedInputStream input{reinterpret_cast<const std::uint8_t*>(frame.data()), static_cast<int>(frame.size())};
    return push_.MergeFromCodedStream(&input) && input.ConsumedEntireMessage();
}

Answer<void> SpotSession::on_binary(std::string_view frame, StreamSink& sink) {
    if (!parse(frame)) return Unexpected{unreadable("a frame that is no push message")};
    if (!is_plain(push_.symbol()) || !emit(sink)) return Unexpected{unreadable("a push message with unreadable fields")};
    return {};
}

bool SpotSession::emit(StreamSink& sink) {
    switch (push_.body_case()) {
        case Push::kAggregatedBookTicker: return emit_ticker(push_.aggregated_book_ticker(), sink);
        case Push::kBookTickerBatch: {
            const auto& items = push_.book_ticker_batch().items();
            return std::all_of(items.begin(), items.end(), [&](const push::BookTicker& item) { return emit_ticker(item, sink); });
        }
        case Push::kAggregatedDeals: return emit_trades(push_.aggregated_deals(), sink);
        case Push::kKline: return emit_candle(push_.kline(), sink);
        case Push::kAggregatedDepths: {
            const auto& body = push_.aggregated_depths();
            return emit_book(body, body.from_version(), body.to_version(), false, sink);
        }
        case Push::kLimitDepths: {
            const auto& body = push_.limit_depths();
            return emit_book(body, body.version(), body.version(), true, sink);
        }
        case Push::kPrivateOrder: return emit_order(push_.private_order(), sink);
        case Push::kPrivateDeal: return emit_fill(push_.private_deal(), sink);
        case Push::kPrivateAccount: return emit_balance(push_.private_account(), sink);
        case Push::BODY_NOT_SET: return true;  // A kind of push that we don't read.
    }
    return true;
}

bool SpotSession::emit_ticker(const push::BookTicker& body, StreamSink& sink) {
    TickerEvent& event = ticker_;
    event.native_symbol = push_.symbol();
    // Field by field: clearing the whole event as memory costs more than reading a field.
    for (auto* amount : {&event.bid, &event.bid_quantity, &event.ask, &event.ask_quantity}) amount->reset();
    const bool good = read_amount(body.bid_price(), event.bid) && read_amount(body.bid_quantity(), event.bid_quantity) &&
                      read_amount(body.ask_price(), event.ask) && read_amount(body.ask_quantity(), event.ask_quantity);
    // A frame without a body leaves the last one's, emptied.
    if (!good || (!event.bid && !event.ask)) return false;
    event.at = sent_at();
    event.sequence = parse_int(body.version());
    sink.on_ticker(event);
    return true;
}

bool SpotSession::emit_trades(const push::AggregatedDeals& body, StreamSink& sink) {
    for (const auto& deal : body.deals()) {
        const auto price = Decimal::read_plain(deal.price());
        const auto quantity = Decimal::read_plain(deal.quantity());
        if (!price || !quantity || !is_plain(deal.trade_id()) || (deal.trade_type() != 1 && deal.trade_type() != 2)) return false;
        TradeEvent event;
        event.native_symbol = push_.symbol();
        event.id = deal.trade_id();
        event.taker_side = deal.trade_type() == 1 ? market::Side::buy : market::Side::sell;
        event.price = *price;
        event.quantity = *quantity;
        event.native_quantity = *quantity;
        event.at = Instant::from_ms(deal.time());
        sink.on_trade(event);
    }
    return true;
}

bool SpotSession::emit_candle(const push::Kline& body, StreamSink& sink) {
    std::optional<Decimal> open, high, low, close, volume;
    const bool good = read_amount(body.opening_price(), open) && read_amount(body.highest_price(), high) && read_amount(body.lowest_price(), low) &&
                      read_amount(body.closing_price(), close) && read_amount(body.volume(), volume);
    // Seconds, unlike the klines of REST.
    if (!good || !open || !high || !low || !close || body.window_start() < 0 || body.window_start() > 100'000'000'000) return false;
    sink.on_candle({push_.symbol(), body.interval(), {Instant::from_ms(body.window_start() * 1000), *open, *high, *low, *close, volume}});
    return true;
}

template <class Depths>
bool SpotSession::emit_book(const Depths& body, std::string_view from, std::string_view to, bool snapshot, StreamSink& sink) {
    book_.native_symbol = push_.symbol();
    book_.snapshot = snapshot;
    const auto first = parse_int(from), last = parse_int(to);
    if (!first || !last) return false;
    book_.sequence_from = *first;
    book_.sequence_to = *last;
    const auto read = [](const auto& levels, std::vector<BookLevel>& out) {
        out.clear();
        for (const auto& level : levels) {
            const auto price = Decimal::read_plain(level.price());
            const auto quantity = Decimal::read_plain(level.quantity());
            if (!price || !quantity) return false;
            out.push_back({*price, *quantity});
        }
        return true;
    };
    if (!read(body.bids(), book_.bids) || !read(body.asks(), book_.asks)) return false;
    sink.on_book(book_);
    return true;
}

bool SpotSession::emit_order(const push::PrivateOrder& body, StreamSink& sink) {
    market::Order& order = order_;
    order.native_symbol = push_.symbol();
    order.symbol = symbol_of(order.native_symbol, market::Market::spot, instruments_);
    if (body.id().empty() || !is_plain(body.id()) || !is_plain(body.client_id())) return false;
    order.id = body.id();
    if (body.client_id().empty()) order.client_order_id.reset();
    else order.client_order_id = body.client_id();
    order.side.reset();
    if (body.trade_type() == 1) order.side = market::Side::buy;
    if (body.trade_type() == 2) order.side = market::Side::sell;
    // 100 is a stop order, which has no word here.
    const auto words = numbered_type(body.order_type());
    order.type = words.type;
    order.time_in_force = words.time_in_force;
    for (auto* amount : {&order.price, &order.quantity, &order.filled, &order.average}) amount->reset();
    const bool good = read_amount(body.price(), order.price) && read_amount(body.quantity(), order.quantity) &&
                      read_amount(body.cumulative_quantity(), order.filled) && read_amount(body.avg_price(), order.average);
    if (!good) return false;
    if (order.average && order.average->is_zero()) order.average.reset();
    switch (body.status()) {
        case 1: order.status = market::OrderStatus::open; break;
        case 2: order.status = market::OrderStatus::filled; break;
        case 3: order.status = market::OrderStatus::partially_filled; break;
        case 4:
        case 5: order.status = market::OrderStatus::canceled; break;
        default: order.status = market::OrderStatus::unknown; break;
    }
    order.created_at.reset();
    if (body.create_time() != 0) order.created_at = Instant::from_ms(body.create_time());
    sink.on_order(order);
    return true;
}

bool SpotSession::emit_fill(const push::PrivateDeal& body, StreamSink& sink) {
    market::Fill fill;
    fill.native_symbol = push_.symbol();
    fill.symbol = symbol_of(fill.native_symbol, market::Market::spot, instruments_);
    if (body.trade_id().empty() || body.order_id().empty()) return false;
    if (!is_plain(body.trade_id()) || !is_plain(body.order_id()) || !is_plain(body.client_order_id()) || !is_plain(body.fee_currency())) return false;
    fill.id = body.trade_id();
    fill.order_id = body.order_id();
    if (!body.client_order_id().empty()) fill.client_order_id = body.client_order_id();
    if (body.trade_type() == 1) fill.side = market::Side::buy;
    if (body.trade_type() == 2) fill.side = market::Side::sell;
    fill.liquidity = body.is_maker() ? market::Liquidity::maker : market::Liquidity::taker;
    std::optional<Decimal> fee;
    if (!read_amount(body.price(), fill.price) || !read_amount(body.quantity(), fill.quantity) || !read_amount(body.fee_amount(), fee, Rounding::up)) return false;
    if (fee && !body.fee_currency().empty()) fill.fee = market::Amount{body.fee_currency(), *fee};
    if (body.time() != 0) fill.at = Instant::from_ms(body.time());
    sink.on_fill(fill);
    return true;
}

bool SpotSession::emit_balance(const push::PrivateAccount& body, StreamSink& sink) {
    market::Balance balance;
    balance.asset = body.vcoin_name();
    // "balanceAmount" is what is available (spot v3 reference, "Spot Account Update").
    if (balance.asset.empty() || !is_plain(balance.asset) || !read_amount(body.balance_amount(), balance.free) || !read_amount(body.frozen_amount(), balance.locked)) return false;
    if (balance.free && balance.locked)
        if (const auto total = Decimal::add(*balance.free, *balance.locked)) balance.total = *total;
    sink.on_balance(balance);
    return true;
}

}  // namespace

std::unique_ptr<StreamSession> open_spot_session(const StreamPlan& plan, const Instruments* instruments) {
    return std::make_unique<SpotSession>(plan, instruments);
}

}  // namespace bf::exchange::mexc
