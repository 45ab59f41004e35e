// WebSocket sessions as values: frames in, events out, in any order they may come; no socket.
//
// Life of one: the owner opens the socket, calls on_open, sends what `take_frames` gives, hands in every frame, and sends `ping()`
// every ping interval. `state` says how far it is. Events go to a sink during on_text / on_binary; their string_views point into the
// frame and die with the call. A frame that can't be read is a problem for the owner to count, never an event.
#pragma once
#include "exchange/problem.hpp"
#include "market/types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::exchange {

enum class TopicKind : std::uint8_t { orders, fills, balances, positions, ticker, trades, candles, book };

struct Topic {
    TopicKind kind;
    std::optional<market::Symbol> symbol{};      ///< Public topics; private ones cover the account.
    std::optional<market::Interval> interval{};  ///< Candles.
};

struct StreamPlan {
    market::Market market{market::Market::spot};
    AccountMode account_mode{AccountMode::classic};
    bool is_private{false};
    std::vector<Topic> topics;  ///< On a private stream: orders, fills, balances, positions as the market has them.
};

struct TickerEvent {
    std::string_view native_symbol;
    std::optional<Decimal> bid, bid_quantity, ask, ask_quantity, last, mark;
    std::optional<Instant> at;
    std::optional<std::int64_t> sequence;
};
struct TradeEvent {
    std::string_view native_symbol;
    std::string_view id;
    market::Side taker_side{market::Side::buy};
    Decimal price;
    std::optional<Decimal> quantity;        ///< Base units; empty when the contract size is not known.
    std::optional<Decimal> native_quantity;  ///< As sent.
    std::optional<Instant> at;
};
struct CandleEvent {
    std::string_view native_symbol;
    std::string_view native_interval;
    market::Candle candle;
};
struct BookLevel {
    Decimal price;
    Decimal quantity;  ///< As sent (contracts on futures); zero removes the level.
};
struct BookEvent {
    std::string_view native_symbol;
    bool snapshot{false};
    std::int64_t sequence_from{0};
    std::int64_t sequence_to{0};
    std::vector<BookLevel> bids, asks;
};

class StreamSink {
public:
    virtual ~StreamSink() = default;
    virtual void on_ticker(const TickerEvent&) {}
    virtual void on_trade(const TradeEvent&) {}
    virtual void on_candle(const CandleEvent&) {}
    virtual void on_book(const BookEvent&) {}
    virtual void on_order(const market::Order&) {}
    virtual void on_fill(const market::Fill&) {}
    virtual void on_balance(const market::Balance&) {}
    virtual void on_position(const market::Position&) {}
};

class StreamSession {
public:
    enum class State : std::uint8_t {
        opening,
        needs_login,  ///< The owner asks the signer for a stream_login frame and sends it.
        subscribing,
        live,         ///< Every topic of the plan is acknowledged.
        refused,      ///< `problem` says why.
    };
    virtual ~StreamSession() = default;

    virtual void on_open() = 0;
    /// `frame` has 64 readable bytes behind its end, the first of them '\0'. Returns a problem for a frame that can't be read or an error frame.
    virtual Answer<void> on_text(std::string_view frame, StreamSink& sink) = 0;
    virtual Answer<void> on_binary(std::string_view frame, StreamSink& sink) = 0;

    /// Frames to send now, taken once.
    [[nodiscard]] virtual std::vector<std::string> take_frames() = 0;
    [[nodiscard]] virtual State state() const = 0;
    [[nodiscard]] virtual const std::optional<Problem>& problem() const = 0;
    [[nodiscard]] virtual std::string ping() = 0;
};

}  // namespace bf::exchange
