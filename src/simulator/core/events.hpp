// What happens on a simulated exchange, for the faces to turn into stream messages. Pointers are valid during the call.
#pragma once
#include "simulator/core/types.hpp"

#include <span>
#include <variant>

namespace bf::simulator {

/// One side and price of a book whose quantity changed; zero: the level is gone.
struct BookChange {
    Side side;
    Decimal price;
    Decimal quantity;
};

/// Changes carry the numbers first_sequence ... one by one; the book's sequence is then that of the last.
struct BookEvent {
    const Instrument* instrument;
    std::uint64_t first_sequence;
    std::span<const BookChange> changes;
};

struct TradeEvent {
    const Instrument* instrument;
    const PublicTrade* trade;
};

/// The price moved or was set: tickers, marks and candles may be read anew. Once a tick and instrument.
struct TickEvent {
    const Instrument* instrument;
};

/// received: accepted, before matching. open: rests on the book. match: one fill. filled, canceled: the end.
enum class OrderChange : std::uint8_t { received, open, match, filled, canceled };
struct OrderEvent {
    const Account* account;
    const Order* order;
    OrderChange change;
    const Fill* fill{nullptr};  ///< With match.
};

/// A trigger order waits, goes to the book (its OrderEvents follow) or was taken back while it waited.
enum class StopChange : std::uint8_t { waiting, triggered, canceled };
struct StopEvent {
    const Account* account;
    const Order* order;
    StopChange change;
};

enum class BalanceReason : std::uint8_t { order_placed, order_canceled, trade, funding, liquidation, transfer };
struct BalanceEvent {
    const Account* account;
    Market market;
    std::string asset;
    Decimal free_change;
    Decimal locked_change;
    BalanceReason reason;
    const Order* order{nullptr};
};

/// A position changed or closed (then its quantity is zero).
struct PositionEvent {
    const Account* account;
    const Position* position;
    bool funding{false};
    bool liquidation{false};
};

using Event = std::variant<BookEvent, TradeEvent, TickEvent, OrderEvent, StopEvent, BalanceEvent, PositionEvent>;

class Listener {
public:
    virtual ~Listener() = default;
    virtual void on_event(const Event& event) = 0;
    /// Whether BookEvents of this instrument are wanted now: their making is the dearest part of a tick.
    [[nodiscard]] virtual bool wants_book(const Instrument&) const { return false; }
};

}  // namespace bf::simulator
