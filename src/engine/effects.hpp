// What the orders ask of the outside and what they tell, as values: filled during an event, taken and cleared by the owner after it.
//
// The owner does three things with what one event left, in this order: appends every Append to the journal (one flush for all of them),
// hands every Ask to the signer (one message), and sends an Ask's requests when they are signed and its `after` is durable. So signing
// runs while the flush runs and the send waits for both. It reports back by Orders::on_durable, on_sent and on_answer.
#pragma once
#include "engine/order.hpp"
#include "engine/records.hpp"
#include "exchange/call.hpp"
#include "wire/http.hpp"

#include <variant>
#include <vector>

namespace bf::engine {

/// Time as an event brings it. `steady` never steps; `wall` is what the exchanges see.
struct Now {
    Instant wall;
    std::chrono::microseconds steady{0};
};

/// Write this into the journal. Numbers rise by one over the life of an Orders.
struct Append {
    std::uint64_t number{0};
    RecordKind kind{RecordKind::intent};
    std::string payload;
};

/// Sign and send this. The answer comes back under its ticket, once: a response, or why there is none.
struct Ask {
    std::uint64_t ticket{0};
    std::string connection;
    exchange::Call call;
    std::uint64_t after{0};  ///< The Append that must be durable before anything is sent; 0: none.
    /// Ready to be sent only later than this (steady): not sent, answered with an Error of fate not_sent and code "too_late".
    std::optional<std::chrono::microseconds> not_after{};
};

/// What came of an Ask. For an operation of several requests: the first failure, else the last answer.
using CallAnswer = std::variant<wire::Response, Error, exchange::CallError>;

// --- what the engine hears

/// The exchange has it.
struct OrderAccepted {
    OrderNumber order{0};
};
/// One execution more; `fill` and the order's cumulative figures after it. Also when the order had been called finished: then a second
/// OrderFinished follows.
struct OrderFilled {
    OrderNumber order{0};
    BookedFill fill;
    Decimal booked;
};
/// A trigger order fired: what comes of it now is fills.
struct OrderTriggered {
    OrderNumber order{0};
};
/// Nothing more will come of it; its place may be taken by another. `refusal` with refused, rejected and denied.
struct OrderFinished {
    OrderNumber order{0};
    End end{End::filled};
    Decimal filled;
    std::optional<Refusal> refusal{};
};
/// It is not known whether it is there. It keeps what it was given.
struct OrderUnresolved {
    OrderNumber order{0};
    std::string why;
};
/// An unresolved one was found at the exchange (else OrderFinished with `absent` ends it).
struct OrderResolved {
    OrderNumber order{0};
};
/// Something that a person should see: a cancel that is refused, an order that stays unknown, fills that don't add up.
struct OrderTrouble {
    OrderNumber order{0};
    Refusal what;
};
/// The account has an open order or a fill that no intent of this journal belongs to.
struct StrayOrder {
    std::string connection;
    std::string native_symbol;
    std::string exchange_id;
    std::string client_id;
    bool ours{false};  ///< By its client order id this installation made it.
};
/// The exchange closed or lessened a position by itself. It may be told more than once, also to each connection of one account.
struct PositionForced {
    std::string connection;
    market::Fill fill;  ///< With id, order id, symbol, side, price, quantity, fee and kind.
};
using Observation = std::variant<OrderAccepted, OrderFilled, OrderFinished, OrderUnresolved, OrderResolved, OrderTrouble, StrayOrder, PositionForced, OrderTriggered>;

struct Effects {
    std::vector<Append> appends;
    std::vector<Ask> asks;
    std::vector<Observation> observations;
    [[nodiscard]] bool empty() const { return appends.empty() && asks.empty() && observations.empty(); }
    void clear() {
        appends.clear();
        asks.clear();
        observations.clear();
    }
};

}  // namespace bf::engine
