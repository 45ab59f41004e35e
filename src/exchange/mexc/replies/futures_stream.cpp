#include "exchange/mexc/replies/readers.hpp"
#include "exchange/mexc/replies/streams.hpp"
#include "exchange/mexc/replies/tokens.hpp"

#include "exchange/said.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>

namespace bf::exchange::mexc {
namespace {

using simdjson::error_code;

/// Name of a topic in "sub.<name>" and, on the private side, in the filter.
std::string_view name_of(TopicKind kind) {
    switch (kind) {
        case TopicKind::orders: return "order";
        case TopicKind::fills: return "order.deal";
        case TopicKind::balances: return "asset";
        case TopicKind::positions: return "position";
        case TopicKind::ticker: return "ticker";
        case TopicKind::trades: return "deal";
        case TopicKind::candles: return "kline";
        case TopicKind::book: return "depth";
    }
    return {};
}

std::string subscribe_frame(const Topic& topic) {
    std::string frame;
    wire::JsonWriter json{frame};
    json.begin_object().member("method", "sub." + std::string{name_of(topic.kind)}).key("param").begin_object();
    if (topic.symbol) json.member("symbol", topic.symbol->base + '_' + topic.symbol->quote);
    if (topic.kind == TopicKind::candles) json.member("interval", stream_interval(topic.interval.value_or(market::Interval::m1)));
    // Without it frames may come compressed.
    json.end_object().member("gzip", false).end_object();
    return frame;
}

std::string filter_frame(const StreamPlan& plan) {
    std::string frame;
    wire::JsonWriter json{frame};
    json.begin_object().member("method", "personal.filter").key("param").begin_object().key("filters").begin_array();
    for (const auto& topic : plan.topics) json.begin_object().member("filter", name_of(topic.kind)).end_object();
    json.end_array().end_object().end_object();
    return frame;
}

/// The stream's refusals come as text alone. Those whose meaning the text names get it; the others keep their words.
ProblemCode meaning_of_text(std::string_view text) {
    const auto says = [text](std::string_view word) { return text.find(word) != std::string_view::npos; };
    if (says("ignature")) return ProblemCode::invalid_secret;
    if (says("whitelist") || says("white list")) return ProblemCode::ip_not_allowed;
    if (says("expired")) return ProblemCode::key_expired;
    if (says("Contract doesn't exist")) return ProblemCode::invalid_symbol;
    if (says("frequent")) return ProblemCode::rate_limited;
    return ProblemCode::other;
}

class FuturesSession final : public SessionBase {
public:
    using SessionBase::SessionBase;

    void on_open() override {
        if (plan_.is_private) {
            state_ = State::needs_login;
            return;
        }
        for (const auto& topic : plan_.topics) {
            frames_.push_back(subscribe_frame(topic));
            pending_.push_back("rs.sub." + std::string{name_of(topic.kind)});
        }
        state_ = pending_.empty() ? State::live : State::subscribing;
    }

    [[nodiscard]] std::string ping() override { return R"({"method":"ping"})"; }

    Answer<void> on_text(std::string_view frame, StreamSink& sink) override;

    Answer<void> on_binary(std::string_view, StreamSink&) override { return Unexpected{unreadable("a binary frame on a text stream")}; }

private:
    error_code read_push(std::string_view frame, StreamSink& sink, bool& pushed);
    error_code read_ticker(on_demand::object data, StreamSink& sink) const;
    error_code read_trades(on_demand::value& data, StreamSink& sink) const;
    error_code read_trade(on_demand::object data, StreamSink& sink) const;
    error_code read_candle(on_demand::object data, StreamSink& sink) const;
    error_code read_book(on_demand::object data, StreamSink& sink);
    error_code read_levels(on_demand::value& value, std::vector<BookLevel>& out) const;
    Answer<void> read_control(std::string_view frame, StreamSink& sink);
    Answer<void> read_personal(std::string_view channel, const wire::JsonValue& data, StreamSink& sink) const;

    std::vector<std::string> pending_{};
    std::string_view symbol_{};  ///< Of the frame being read.
    std::optional<Instant> at_{};
    BookEvent book_{};
};

/// Market data is read in place; anything else (private events, acknowledgements) by the general reader.
Answer<void> FuturesSession::on_text(std::string_view frame, StreamSink& sink) {
    bool pushed = false;
    if (read_push(frame, sink, pushed)) return Unexpected{unreadable("a frame that can't be read")};
    return pushed ? Answer<void>{} : read_control(frame, sink);
}

error_code FuturesSession::read_push(std::string_view frame, StreamSink& sink, bool& pushed) {
    on_demand::document document;
    const simdjson::padded_string_view text{frame.data(), frame.size(), frame.size() + simdjson::SIMDJSON_PADDING};
    if (const auto error = fast::parser_of_thread().iterate(text).get(document)) return error;
    on_demand::object object;
    if (const auto error = document.get_object().get(object)) return error;
    // The members come in any order, and the data's meaning hangs on the channel: names first, then the data.
    std::string_view channel;
    symbol_ = {};
    at_.reset();
    const auto names = fast::each_member(object, [&](Name name, on_demand::value& value) {
        if (name.is("channel")) channel = token_of(value).text();
        else if (name.is("symbol")) symbol_ = token_of(value).text();
        else if (name.is("ts"))
            if (const auto ms = token_of(value).integer()) at_ = Instant::from_ms(*ms);
        return simdjson::SUCCESS;
    });
    if (names) return names;
    if (!channel.starts_with("push.") || channel.starts_with("push.personal.")) return simdjson::SUCCESS;
    pushed = true;
    document.rewind();
    if (const auto error = document.get_object().get(object)) return error;
    return fast::each_member(object, [&](Name name, on_demand::value& value) -> error_code {
        if (!name.is("data")) return simdjson::SUCCESS;
        if (channel == "push.deal") return read_trades(value, sink);
        on_demand::object data;
        if (!value.raw_json_token().starts_with('{')) return simdjson::SUCCESS;
        if (const auto error = value.get_object().get(data)) return error;
        if (channel == "push.ticker") return read_ticker(data, sink);
        if (channel == "push.kline") return read_candle(data, sink);
        if (channel == "push.depth" || channel == "push.depth.full") {
            book_.snapshot = channel == "push.depth.full";
            return read_book(data, sink);
        }
        return simdjson::SUCCESS;
    });
}

error_code FuturesSession::read_ticker(on_demand::object data, StreamSink& sink) const {
    TickerEvent event;
    event.native_symbol = symbol_;
    event.at = at_;
    const auto error = fast::each_member(data, [&](Name name, on_demand::value& value) {
        if (name.is("bid1")) event.bid = amount_of(token_of(value));
        else if (name.is("ask1")) event.ask = amount_of(token_of(value));
        else if (name.is("lastPrice")) event.last = amount_of(token_of(value));
        else if (name.is("fairPrice")) event.mark = amount_of(token_of(value));
        else if (name.is("symbol")) event.native_symbol = token_of(value).text();
        else if (name.is("timestamp"))
            if (const auto ms = token_of(value).integer()) event.at = Instant::from_ms(*ms);
        return simdjson::SUCCESS;
    });
    if (error) return error;
    if (event.native_symbol.empty()) return simdjson::INCORRECT_TYPE;
    sink.on_ticker(event);
    return simdjson::SUCCESS;
}

/// A list since 2025, one object before.
error_code FuturesSession::read_trades(on_demand::value& data, StreamSink& sink) const {
    if (data.raw_json_token().starts_with('{')) {
        on_demand::object object;
        if (const auto error = data.get_object().get(object)) return error;
        return read_trade(object, sink);
    }
    on_demand::array list;
    if (const auto error = data.get_array().get(list)) return error;
    for (auto element : list) {
        on_demand::object object;
        if (const auto error = element.get_object().get(object)) return error;
        if (const auto error = read_trade(object, sink)) return error;
    }
    return simdjson::SUCCESS;
}

error_code FuturesSession::read_trade(on_demand::object data, StreamSink& sink) const {
    TradeEvent event;
    event.native_symbol = symbol_;
    std::optional<Decimal> price;
    std::optional<std::int64_t> side;
    const auto error = fast::each_member(data, [&](Name name, on_demand::value& value) {
        if (name.is("p")) price = amount_of(token_of(value));
        else if (name.is("v")) event.native_quantity = amount_of(token_of(value));
        else if (name.is("T")) side = token_of(value).integer();
        else if (name.is("i")) event.id = token_of(value).text();
        else if (name.is("t"))
            if (const auto ms = token_of(value).integer()) event.at = Instant::from_ms(*ms);
        return simdjson::SUCCESS;
    });
    if (error) return error;
    if (!price || symbol_.empty() || (side != 1 && side != 2)) return simdjson::INCORRECT_TYPE;
    event.price = *price;
    event.taker_side = side == 1 ? market::Side::buy : market::Side::sell;
    event.quantity = counting_of(symbol_, instruments_).base(event.native_quantity);
    sink.on_trade(event);
    return simdjson::SUCCESS;
}

error_code FuturesSession::read_candle(on_demand::object data, StreamSink& sink) const {
    CandleEvent event;
    event.native_symbol = symbol_;
    std::optional<Decimal> open, high, low, close, contracts;
    std::optional<std::int64_t> seconds;
    const auto error = fast::each_member(data, [&](Name name, on_demand::value& value) {
        if (name.is("t")) seconds = token_of(value).integer();
        else if (name.is("o")) open = amount_of(token_of(value));
        else if (name.is("h")) high = amount_of(token_of(value));
        else if (name.is("l")) low = amount_of(token_of(value));
        else if (name.is("c")) close = amount_of(token_of(value));
        else if (name.is("q")) contracts = amount_of(token_of(value));
        else if (name.is("interval")) event.native_interval = token_of(value).text();
        else if (name.is("symbol")) event.native_symbol = token_of(value).text();
        return simdjson::SUCCESS;
    });
    if (error) return error;
    if (!seconds || *seconds < 0 || *seconds > 100'000'000'000 || !open || !high || !low || !close) return simdjson::INCORRECT_TYPE;
    const auto volume = counting_of(event.native_symbol, instruments_).base(contracts);
    event.candle = {Instant::from_ms(*seconds * 1000), *open, *high, *low, *close, volume};
    sink.on_candle(event);
    return simdjson::SUCCESS;
}

error_code FuturesSession::read_levels(on_demand::value& value, std::vector<BookLevel>& out) const {
    out.clear();
    on_demand::array levels;
    if (const auto error = value.get_array().get(levels)) return error;
    for (auto element : levels) {
        on_demand::array level;
        if (const auto error = element.get_array().get(level)) return error;
        // [price, contracts, number of orders]
        std::optional<Decimal> cells[2];
        std::size_t index = 0;
        for (auto cell : level) {
            on_demand::value number;
            if (const auto error = std::move(cell).get(number)) return error;
            if (index < 2) cells[index++] = amount_of(token_of(number));
        }
        if (!cells[0] || !cells[1]) return simdjson::INCORRECT_TYPE;
        out.push_back({*cells[0], *cells[1]});
    }
    return simdjson::SUCCESS;
}

error_code FuturesSession::read_book(on_demand::object data, StreamSink& sink) {
    book_.native_symbol = symbol_;
    book_.bids.clear();
    book_.asks.clear();
    std::optional<std::int64_t> version, begin, end;
    const auto error = fast::each_member(data, [&](Name name, on_demand::value& value) -> error_code {
        if (name.is("asks")) return read_levels(value, book_.asks);
        if (name.is("bids")) return read_levels(value, book_.bids);
        if (name.is("version")) version = token_of(value).integer();
        else if (name.is("begin")) begin = token_of(value).integer();
        else if (name.is("end")) end = token_of(value).integer();
        return simdjson::SUCCESS;
    });
    if (error) return error;
    // Merged pushes span begin to end, single ones have a version.
    if (symbol_.empty() || !(version || (begin && end))) return simdjson::INCORRECT_TYPE;
    book_.sequence_from = begin ? *begin : *version;
    book_.sequence_to = end ? *end : *version;
    sink.on_book(book_);
    return simdjson::SUCCESS;
}

Answer<void> FuturesSession::read_control(std::string_view frame, StreamSink& sink) {
    const auto json = wire::Json::parse(frame);
    if (!json) return Unexpected{unreadable("a frame that is not JSON")};
    const auto channel = (*json)["channel"].text().value_or("");
    const auto data = (*json)["data"];
    if (channel.starts_with("push.personal.")) return read_personal(channel.substr(14), data, sink);
    if (channel == "rs.error") {
        const auto text = data.is_object() ? data["msg"].text().value_or("") : data.text().value_or("");
        Problem problem{.code = meaning_of_text(text), .exchange_message = words_of_exchange(text)};
        if (problem.code == ProblemCode::ip_not_allowed) problem.seen_address = find_address(text);
        // A live stream goes on: the error is about one request.
        if (state_ == State::live) return Unexpected{std::move(problem)};
        return refuse(std::move(problem));
    }
    if (data.text() != "success") return {};
    if (channel == "rs.login" && state_ == State::needs_login) {
        frames_.push_back(filter_frame(plan_));
        pending_ = {"rs.personal.filter"};
        state_ = State::subscribing;
    } else if (const auto at = std::find(pending_.begin(), pending_.end(), channel); at != pending_.end()) {
        pending_.erase(at);
        if (pending_.empty() && state_ == State::subscribing) state_ = State::live;
    }
    return {};
}

Answer<void> FuturesSession::read_personal(std::string_view channel, const wire::JsonValue& data, StreamSink& sink) const {
    Call call;
    call.market = market::Market::futures;
    const Asked asked{call, Instant{}, instruments_};
    if (channel == "order") {
        BF_TRY(const auto order, read_futures_order(data, asked));
        sink.on_order(order);
    } else if (channel == "order.deal") {
        BF_TRY(const auto fill, read_futures_fill(data, asked));
        sink.on_fill(fill);
    } else if (channel == "position") {
        BF_TRY(const auto position, read_position(data, asked));
        sink.on_position(position);
    } else if (channel == "asset") {
        BF_TRY(const auto balance, read_asset(data));
        sink.on_balance(balance);
    }
    return {};
}

}  // namespace

std::unique_ptr<StreamSession> open_futures_session(const StreamPlan& plan, const Instruments* instruments) {
    return std::make_unique<FuturesSession>(plan, instruments);
}

}  // namespace bf::exchange::mexc
