#include "exchange/kucoin/replies/events.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {

using fast::Name;
using fast::Token;
using fast::token_of;
using wire::JsonWalk;

namespace {

std::optional<Instant> instant_of(const Token& token) {
    const auto number = token.integer();
    return number ? time_of(*number) : std::nullopt;
}

enum class Ticker : std::uint8_t { bid, ask, bid_quantity, ask_quantity, last, mark, sequence, at };
// The specification prints "Time", everybody else has met "time"; futures say "ts" and "timestamp".
constexpr auto kTicker = wire::json_names<Ticker>({
    {"bestBid", Ticker::bid}, {"bestBidPrice", Ticker::bid}, {"bestAsk", Ticker::ask}, {"bestAskPrice", Ticker::ask}, {"bestBidSize", Ticker::bid_quantity},
    {"bestAskSize", Ticker::ask_quantity}, {"price", Ticker::last}, {"markPrice", Ticker::mark}, {"sequence", Ticker::sequence}, {"time", Ticker::at},
    {"Time", Ticker::at}, {"ts", Ticker::at}, {"timestamp", Ticker::at}});

}  // namespace

const Decimal* Events::contract_size(std::string_view native) const { return is_futures() ? contract_size_of(instruments_, native) : nullptr; }

std::optional<Decimal> Events::contracts_to_base(const std::optional<Decimal>& count, const Decimal* contract_size) {
    if (!count || contract_size == nullptr) return std::nullopt;
    const auto product = Decimal::multiply(*count, *contract_size, Rounding::down);
    return product ? std::optional{*product} : std::nullopt;
}

bool Events::read(const TopicName& topic, JsonWalk& data) {
    topic_ = topic;
    switch (topic.content) {
        case Content::ticker:
        case Content::mark: return read_ticker(data);
        case Content::trade: return read_trade(data);
        case Content::candle: return read_candle(data);
        case Content::book:
        case Content::book_snapshot: return read_book(data);
        case Content::order: return read_order(data);
        case Content::balance:
        case Content::wallet: return read_balance(data);
        case Content::position: return read_position(data);
        case Content::none: break;
    }
    return true;
}

bool Events::emit(StreamSink& sink) {
    switch (topic_.content) {
        case Content::ticker:
            if (!ticker_.bid && !ticker_.ask && !ticker_.last) return false;
            sink.on_ticker(ticker_);
            return true;
        case Content::mark:
            // The same topic tells the funding rate, which is no price.
            if (ticker_.mark) sink.on_ticker(ticker_);
            return true;
        case Content::trade: return emit_trade(sink);
        case Content::candle: return emit_candle(sink);
        case Content::book:
        case Content::book_snapshot: return emit_book(sink);
        case Content::order: return emit_order(sink);
        case Content::balance:
        case Content::wallet: return emit_balance(sink);
        case Content::position: return emit_position(sink);
        case Content::none: break;
    }
    return true;
}

bool Events::read_ticker(JsonWalk& object) {
    // Field by field: clearing the whole event as memory costs more than reading a field.
    for (auto* amount : {&ticker_.bid, &ticker_.bid_quantity, &ticker_.ask, &ticker_.ask_quantity, &ticker_.last, &ticker_.mark}) amount->reset();
    ticker_.at.reset();
    ticker_.sequence.reset();
    ticker_.native_symbol = topic_.argument;
    const Decimal* const contract = contract_size(topic_.argument);
    const auto read_units = [&](const Token& token, std::optional<Decimal>& out) {
        token.read(out);
        if (is_futures()) out = contracts_to_base(out, contract);
    };
    return object.each_wanted(kTicker, [&](Ticker wanted, const JsonWalk& value) {
        const auto token = token_of(value);
        switch (wanted) {
            case Ticker::bid: token.read(ticker_.bid); break;
            case Ticker::ask: token.read(ticker_.ask); break;
            case Ticker::bid_quantity: read_units(token, ticker_.bid_quantity); break;
            case Ticker::ask_quantity: read_units(token, ticker_.ask_quantity); break;
            case Ticker::last: token.read(ticker_.last); break;
            case Ticker::mark: token.read(ticker_.mark); break;
            case Ticker::sequence: ticker_.sequence = token.integer(); break;
            case Ticker::at: ticker_.at = instant_of(token); break;
        }
        return true;
    });
}

bool Events::read_trade(JsonWalk& object) {
    trade_.symbol = topic_.argument;
    trade_.id = trade_.side = {};
    trade_.price.reset();
    trade_.size.reset();
    trade_.at.reset();
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        const auto token = token_of(value);
        switch (name.front()) {
            case 's':
                if (name.is("size")) trade_.size = token.decimal();
                else if (name.is("side")) trade_.side = token.text();
                else if (name.is("symbol")) trade_.symbol = token.text();
                break;
            case 'p':
                if (name.is("price")) trade_.price = token.decimal();
                break;
            case 't':
                if (name.is("tradeId")) trade_.id = token.text();
                else if (name.is("time") || name.is("ts")) trade_.at = instant_of(token);
                break;
            default: break;
        }
        return true;
    });
}

bool Events::emit_trade(StreamSink& sink) {
    const auto side = side_of(trade_.side);
    if (!side || !trade_.price) return false;
    TradeEvent event;
    event.native_symbol = trade_.symbol;
    event.id = trade_.id;
    event.taker_side = *side;
    event.price = *trade_.price;
    event.native_quantity = trade_.size;
    event.quantity = base_units(trade_.size, contract_size(trade_.symbol));
    event.at = trade_.at;
    sink.on_trade(event);
    return true;
}

bool Events::read_candle(JsonWalk& object) {
    candle_ = {};
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        if (!name.is("candles")) return true;
        std::size_t at = 0;
        return value.each_element([&](const JsonWalk& number) {
            const auto token = token_of(number);
            if (at == 0) candle_.open_time = instant_of(token);
            else if (at <= 5) candle_.values[at - 1] = token.decimal();
            ++at;
            return true;
        });
    });
}

bool Events::emit_candle(StreamSink& sink) {
    // Both markets here: time (s), open, CLOSE, high, low, volume. The futures volume is wrong by KuCoin's own note.
    const auto& [open, close, high, low, volume] = candle_.values;
    const auto mark = topic_.argument.rfind('_');
    if (!candle_.open_time || !open || !close || !high || !low || mark == std::string_view::npos) return false;
    CandleEvent event;
    event.native_symbol = topic_.argument.substr(0, mark);
    event.native_interval = topic_.argument.substr(mark + 1);
    event.candle = {*candle_.open_time, *open, *high, *low, *close, is_futures() ? std::nullopt : volume};
    sink.on_candle(event);
    return true;
}

bool Events::read_levels(JsonWalk& rows, std::vector<BookLevel>& levels) {
    return rows.each_element([&levels](JsonWalk& row) {
        std::optional<Decimal> numbers[2];
        std::size_t at = 0;
        const bool good = row.each_element([&](const JsonWalk& number) {
            if (at < 2) numbers[at] = token_of(number).decimal();
            ++at;
            return true;
        });
        if (!good || !numbers[0] || !numbers[1]) return false;
        // A price of zero marks a change beyond the kept depth: only its sequence counts.
        if (!numbers[0]->is_zero()) levels.push_back({*numbers[0], *numbers[1]});
        return true;
    });
}

bool Events::read_change_lists(JsonWalk& changes) {
    return fast::each_member(changes, [&](Name name, JsonWalk& value) {
        if (name.is("asks")) return read_levels(value, book_.asks);
        if (name.is("bids")) return read_levels(value, book_.bids);
        return true;
    });
}

bool Events::read_change(std::string_view change) {
    // "5000.0,sell,83"
    const auto first = change.find(','), last = change.rfind(',');
    if (first == std::string_view::npos || last == first) return false;
    const auto price = Decimal::read(change.substr(0, first)), size = Decimal::read(change.substr(last + 1));
    const auto side = side_of(change.substr(first + 1, last - first - 1));
    if (!price || !size || !side) return false;
    if (!price->is_zero()) (*side == market::Side::buy ? book_.bids : book_.asks).push_back({*price, *size});
    return true;
}

bool Events::read_book(JsonWalk& object) {
    book_.native_symbol = topic_.argument;
    book_.snapshot = topic_.content == Content::book_snapshot;
    book_.sequence_from = book_.sequence_to = 0;
    book_.bids.clear();
    book_.asks.clear();
    return fast::each_member(object, [&](Name name, JsonWalk& value) {
        if (name.is("changes")) return read_change_lists(value);
        if (name.is("asks")) return read_levels(value, book_.asks);
        if (name.is("bids")) return read_levels(value, book_.bids);
        if (name.is("change")) return read_change(token_of(value).text());
        if (name.is("sequenceStart")) book_.sequence_from = token_of(value).integer().value_or(0);
        if (name.is("sequenceEnd")) book_.sequence_to = token_of(value).integer().value_or(0);
        if (name.is("sequence")) book_.sequence_from = book_.sequence_to = token_of(value).integer().value_or(0);
        return true;
    });
}

bool Events::emit_book(StreamSink& sink) {
    // A change without its number can't be put in order.
    if (!book_.snapshot && (book_.sequence_from <= 0 || book_.sequence_to < book_.sequence_from)) return false;
    sink.on_book(book_);
    return true;
}

}  // namespace bf::exchange::kucoin
