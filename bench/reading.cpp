// Bytes of an exchange to the domain's words: lists of 1,000 instruments, and stream frames to the engine's own events, as the session that
// a socket feeds reads them. Beside it ccxt and ccxt.pro with their transport replaced (JSON.parse or protobufjs included, as it is part of
// what they do with the bytes), and the bare libraries over the same bytes: simdjson's on-demand interface taking the same fields in the
// order they stand in, and libprotobuf parsing into a message that is used again. The bare sides hand over texts and fixed-point numbers of
// 64 bits and check nothing.
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/inputs.hpp"
#include "support/measure.hpp"
#include "support/node.hpp"

#include <mexc_push.pb.h>
#include <simdjson.h>

using namespace bf;
using namespace bf::bench;
using exchange::ExchangeId;
using market::Market;
namespace ondemand = simdjson::ondemand;
namespace push = exchange::mexc::push;

namespace {

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "%s was not read\n", what.c_str());
    std::exit(1);
}

// --- bare simdjson

struct Fixed {
    std::int64_t mantissa{0};
    int scale{0};
};

/// The digits of a JSON text or number.
Fixed fixed(std::string_view token) {
    Fixed out;
    bool fraction = false;
    for (const char c : token) {
        if (c >= '0' && c <= '9') {
            out.mantissa = out.mantissa * 10 + (c - '0');
            out.scale += fraction ? 1 : 0;
        } else if (c == '.') {
            fraction = true;
        } else if (c != '"') {
            break;
        }
    }
    return out;
}

struct BareInstrument {
    std::string_view symbol, base, quote, status;
    Fixed price_step, quantity_step, quantity_min, notional_min;
    bool tradable{false};
};

class BareLists {
public:
    std::size_t kucoin_spot(const std::string& json) {
        return each(json, "data", [](ondemand::object& one, BareInstrument& out) {
            out.symbol = token(one, "symbol");
            out.base = token(one, "baseCurrency");
            out.quote = token(one, "quoteCurrency");
            out.quantity_min = fixed(token(one, "baseMinSize"));
            out.quantity_step = fixed(token(one, "baseIncrement"));
            out.price_step = fixed(token(one, "priceIncrement"));
            out.notional_min = fixed(token(one, "minFunds"));
            out.tradable = token(one, "enableTrading") == "true";
            out.status = token(one, "callauctionIsEnabled");
        });
    }
    std::size_t mexc_spot(const std::string& json) {
        return each(json, "symbols", [](ondemand::object& one, BareInstrument& out) {
            out.symbol = token(one, "symbol");
            out.status = token(one, "status");
            out.base = token(one, "baseAsset");
            out.quantity_step = fixed(token(one, "baseAssetPrecision"));
            out.quote = token(one, "quoteAsset");
            out.price_step = fixed(token(one, "quotePrecision"));
            for (auto type : one.find_field("orderTypes").get_array()) keep(type.raw_json_token().value().data());
            out.tradable = token(one, "isSpotTradingAllowed") == "true";
            out.notional_min = fixed(token(one, "quoteAmountPrecision"));
            out.quantity_min = fixed(token(one, "baseSizePrecision"));
            keep(token(one, "tradeSideType").data());
        });
    }

private:
    static std::string_view token(ondemand::object& one, std::string_view name) { return one.find_field(name).raw_json_token().value(); }
    template <class Take>
    std::size_t each(const std::string& json, std::string_view list, Take&& take) {
        auto document = parser_.iterate(json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING);
        out_.clear();
        for (ondemand::object one : document.find_field(list).get_array()) take(one, out_.emplace_back());
        return out_.size();
    }
    ondemand::parser parser_;
    std::vector<BareInstrument> out_;
};

// --- instruments

struct List {
    ExchangeId id;
    Market market;
    const char* name;
    const std::string& json;
};

/// Ours, as the engine gets it: a response's body with room behind it.
auto reader_of(const List& list) {
    const auto* replies = exchange::replies_of(list.id);
    exchange::Call call;
    call.operation = exchange::Operation::instruments;
    call.market = list.market;
    wire::Response response{200, {}, {}};
    response.body.reserve(list.json.size() + 64);
    response.body = list.json;
    return [replies, call, response = std::move(response), name = list.name] {
        const auto instruments = replies->instruments(response, {call, Instant::from_ms(0)});
        if (!instruments || instruments->size() != static_cast<std::size_t>(kSymbols) || !(*instruments)[1].price_step || !(*instruments)[1].symbol) give_up(name);
    };
}

void compare_lists(Node& node, const Lists& lists) {
    const List all[] = {{ExchangeId::kucoin, Market::spot, "kucoin_spot", lists.kucoin_spot},
                        {ExchangeId::kucoin, Market::futures, "kucoin_futures", lists.kucoin_futures},
                        {ExchangeId::mexc, Market::spot, "mexc_spot", lists.mexc_spot},
                        {ExchangeId::mexc, Market::futures, "mexc_futures", lists.mexc_futures}};
    for (const auto& list : all) {
        const auto task = std::string{"instruments_"} + list.name;
        const auto ours = reader_of(list);
        node.warm_up(task);
        const auto figures = medians([&] { return ns_each(ours); }, [&] { return node.ns_each(task); });
        print({task + "_vs_ccxt", figures[0] / 1e6, "ms a list of 1,000", figures[1] / 1e6, figures[1] / figures[0], {Want::at_least, 20}});
    }
    BareLists bare;
    const auto against_bare = [&](const List& list, auto&& take) {
        const auto ours = reader_of(list);
        // The padding is read, not only reserved.
        std::string padded = list.json;
        padded.reserve(padded.size() + 64);
        const auto figures = medians([&] { return ns_each(ours); }, [&] {
            return ns_each([&] {
                if (take(padded) != static_cast<std::size_t>(kSymbols)) give_up("the bare side's list");
            });
        });
        print({std::string{"instruments_"} + list.name + "_vs_simdjson", figures[0] / 1e6, "ms a list of 1,000", figures[1] / 1e6, figures[1] / figures[0], {Want::at_least, 0.80}});
    };
    against_bare(all[0], [&](const std::string& json) { return bare.kucoin_spot(json); });
    against_bare(all[2], [&](const std::string& json) { return bare.mexc_spot(json); });
}

// --- streams

class Counter final : public exchange::StreamSink {
public:
    void on_ticker(const exchange::TickerEvent& event) override { take(event.bid); }
    void on_trade(const exchange::TradeEvent& event) override { take(event.quantity); }
    void on_order(const market::Order& event) override { take(event.quantity); }
    void on_fill(const market::Fill& event) override { take(event.quantity); }
    std::size_t events{0};

private:
    void take(const std::optional<Decimal>& amount) {
        if (!amount) give_up("an event's amount");
        keep(amount->mantissa());
        ++events;
    }
};

/// Calls `use` with one frame after another, round and round.
template <class Use>
auto in_turn(const std::vector<std::string>& frames, Use&& use) {
    return [&frames, use = std::forward<Use>(use), at = std::size_t{0}]() mutable {
        use(frames[at]);
        at = at + 1 == frames.size() ? 0 : at + 1;
    };
}

struct Stream {
    ExchangeId id;
    const char* name;
    const std::vector<std::string>& frames;
    exchange::TopicKind kind;
    double goal;
};

template <class Bare>
void compare_stream(Node& node, const Stream& stream, Bare* bare) {
    const bool is_private = stream.kind == exchange::TopicKind::orders;
    std::vector<exchange::Topic> topics(1);
    topics[0].kind = stream.kind;
    if (!is_private) topics[0].symbol = market::Symbol::parse("BTC/USDT");
    const exchange::StreamPlan plan{.market = Market::spot, .is_private = is_private, .topics = topics};
    exchange::Instruments instruments;
    const auto session = exchange::replies_of(stream.id)->open_session(plan, &instruments);
    Counter counter;
    std::size_t frames = 0;
    auto ours = in_turn(stream.frames, [&](const std::string& frame) {
        const bool binary = stream.id == ExchangeId::mexc;
        const auto read = binary ? session->on_binary(frame, counter) : session->on_text(frame, counter);
        if (!read) give_up(stream.name);
        ++frames;
    });
    const auto task = std::string{"stream_"} + stream.name;
    node.warm_up(task);
    const auto figures = medians([&] { return ns_each(ours); }, [&] { return node.ns_each(task); });
    if (counter.events < frames) give_up(stream.name);
    print({task + "_vs_ccxt_pro", figures[0] / 1000, "us a frame", figures[1] / 1000, figures[1] / figures[0], {Want::at_least, stream.goal}});
    if constexpr (!std::is_same_v<Bare, void>) {
        push::Push message;
        auto parse = in_turn(stream.frames, [&](const std::string& frame) {
            if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) give_up(stream.name);
            (*bare)(message);
        });
        const auto beside = medians([&] { return ns_each(ours); }, [&] { return ns_each(parse); });
        print({task + "_vs_protobuf", beside[0] / 1000, "us a frame", beside[1] / 1000, beside[1] / beside[0], {Want::at_least, 0.80}});
    }
}

void compare_streams(Node& node, const Frames& frames) {
    using exchange::TopicKind;
    void* const none = nullptr;
    compare_stream(node, {ExchangeId::kucoin, "kucoin_ticker", frames.kucoin_ticker, TopicKind::ticker, 30}, none);
    compare_stream(node, {ExchangeId::kucoin, "kucoin_trade", frames.kucoin_trade, TopicKind::trades, 30}, none);
    compare_stream(node, {ExchangeId::kucoin, "kucoin_order", frames.kucoin_order, TopicKind::orders, 100}, none);
    auto ticker = [](const push::Push& message) {
        const auto& body = message.aggregated_book_ticker();
        for (const auto* text : {&body.bid_price(), &body.bid_quantity(), &body.ask_price(), &body.ask_quantity()}) keep(fixed(*text).mantissa);
    };
    auto trade = [](const push::Push& message) {
        for (const auto& deal : message.aggregated_deals().deals())
            for (const auto* text : {&deal.price(), &deal.quantity()}) keep(fixed(*text).mantissa);
    };
    auto order = [](const push::Push& message) {
        const auto& body = message.private_order();
        for (const auto* text : {&body.price(), &body.quantity(), &body.cumulative_quantity(), &body.avg_price()}) keep(fixed(*text).mantissa);
        keep(body.id().data());
    };
    compare_stream(node, {ExchangeId::mexc, "mexc_ticker", frames.mexc_ticker, TopicKind::ticker, 10}, &ticker);
    compare_stream(node, {ExchangeId::mexc, "mexc_trade", frames.mexc_trade, TopicKind::trades, 10}, &trade);
    compare_stream(node, {ExchangeId::mexc, "mexc_order", frames.mexc_order, TopicKind::orders, 10}, &order);
}

}  // namespace

int main() {
    const auto lists = make_lists();
    const auto frames = make_frames();
    const test::Scratch folder;
    write_inputs(folder, lists, frames);
    Node node{folder.path()};
    compare_lists(node, lists);
    compare_streams(node, frames);
    return 0;
}
