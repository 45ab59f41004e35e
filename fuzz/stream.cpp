// A WebSocket session fed with anything: text frames line by line, or one binary frame. The first byte chooses the plan and the kind.
#include "exchange/catalogue/replies/replies_of.hpp"
#include "input.hpp"
#include "market/json.hpp"
#include "wire/json.hpp"

using namespace bf;

namespace {

constexpr auto kExchange = exchange::ExchangeId::BF_FUZZ_EXCHANGE;
constexpr std::size_t kReadableBehind = 64;

class Printer final : public exchange::StreamSink {
public:
    void on_order(const market::Order& order) override { print(order); }
    void on_fill(const market::Fill& fill) override { print(fill); }
    void on_balance(const market::Balance& balance) override { print(balance); }
    void on_position(const market::Position& position) override { print(position); }
    void on_trade(const exchange::TradeEvent& trade) override { read(trade.native_symbol); }
    void on_ticker(const exchange::TickerEvent& ticker) override { read(ticker.native_symbol); }
    void on_book(const exchange::BookEvent& book) override { read(book.native_symbol); }

private:
    template <class T>
    static void print(const T& value) {
        std::string json;
        wire::JsonWriter out{json};
        market::write_json(out, value);
        fuzz::must(wire::Json::parse(json).has_value(), "an event prints as JSON");
    }
    /// A view that dangles is found by the sanitizer.
    static void read(std::string_view text) { fuzz::must(std::string{text}.size() == text.size(), "text"); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using exchange::TopicKind;
    static const auto* replies = exchange::replies_of(kExchange);
    fuzz::Input input{data, size};
    const auto options = input.byte();
    exchange::StreamPlan plan;
    if ((options & 1) != 0) plan.market = market::Market::futures;
    if ((options & 2) != 0) plan.account_mode = exchange::AccountMode::unified;
    plan.is_private = (options & 4) != 0;
    const market::Symbol symbol{"BTC", "USDT", (options & 1) != 0 ? "USDT" : ""};
    if (plan.is_private)
        plan.topics = {{TopicKind::orders}, {TopicKind::fills}, {TopicKind::balances}};
    else
        plan.topics = {{TopicKind::ticker, symbol}, {TopicKind::trades, symbol}, {TopicKind::candles, symbol, market::Interval::m1}, {TopicKind::book, symbol}};
    const auto session = replies->open_session(plan, nullptr);
    Printer printer;
    session->on_open();
    const auto hand_in = [&](std::string_view frame, bool binary) {
        std::string padded{frame};
        padded.append(kReadableBehind, '\0');
        const auto view = std::string_view{padded}.substr(0, frame.size());
        const auto read = binary ? session->on_binary(view, printer) : session->on_text(view, printer);
        (void)read.has_value();
        (void)session->take_frames();
        (void)session->state();
    };
    if ((options & 8) != 0)
        hand_in(input.rest(), true);
    else
        while (!input.rest().empty()) hand_in(input.piece('\n'), false);
    return 0;
}
