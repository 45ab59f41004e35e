// Golden files as the tests of the replies use them.
#pragma once
#include "exchange/mexc/replies/replies.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

namespace bf::exchange::mexc::testing {

inline std::string golden(const std::string& name) {
    std::ifstream file{std::string{BF_SOURCE_DIR "/golden/mexc/"} + name};
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE_MESSAGE(!text.str().empty(), name);
    return text.str();
}

inline const Instant kNow = Instant::from_ms(1'790'000'000'000);

/// A question and the answer's envelope, kept together for a reader.
struct Case {
    Call call{};
    wire::Response response{};
    Instruments instruments{};

    Case(market::Market market, Operation operation, std::string body, int status = 200) {
        call.market = market;
        call.operation = operation;
        response.status = status;
        response.body = std::move(body);
    }
    [[nodiscard]] Asked asked() const { return {call, kNow, instruments.empty() ? nullptr : &instruments}; }
    Case& know(const char* native, const char* symbol, const char* contract_size = nullptr) {
        market::Instrument instrument;
        instrument.native_symbol = native;
        instrument.symbol = market::Symbol::parse(symbol);
        if (contract_size != nullptr) instrument.contract_size = Decimal::parse(contract_size).value();
        instruments[native] = instrument;
        return *this;
    }
};

inline Case spot(Operation operation, std::string body, int status = 200) {
    return {market::Market::spot, operation, std::move(body), status};
}
inline Case futures(Operation operation, std::string body, int status = 200) {
    return {market::Market::futures, operation, std::move(body), status};
}

/// The value of an answer that must be good.
template <class T>
T good(Answer<T> answer) {
    if (!answer) FAIL(to_string(answer.error().code), " ", answer.error().exchange_code, " ", answer.error().exchange_message);
    return std::move(answer).value();
}

/// Events of a session in the order they came.
struct Recorder final : StreamSink {
    std::vector<TickerEvent> tickers;
    std::vector<TradeEvent> trades;
    std::vector<CandleEvent> candles;
    std::vector<BookEvent> books;
    std::vector<market::Order> orders;
    std::vector<market::Fill> fills;
    std::vector<market::Balance> balances;
    std::vector<market::Position> positions;
    void on_ticker(const TickerEvent& event) override { tickers.push_back(event); }
    void on_trade(const TradeEvent& event) override { trades.push_back(event); }
    void on_candle(const CandleEvent& event) override { candles.push_back(event); }
    void on_book(const BookEvent& event) override { books.push_back(event); }
    void on_order(const market::Order& event) override { orders.push_back(event); }
    void on_fill(const market::Fill& event) override { fills.push_back(event); }
    void on_balance(const market::Balance& event) override { balances.push_back(event); }
    void on_position(const market::Position& event) override { positions.push_back(event); }
};

/// A frame with the room behind it that the interface promises.
inline std::string padded(std::string frame) {
    frame.reserve(frame.size() + 64);
    return frame;
}

}  // namespace bf::exchange::mexc::testing
