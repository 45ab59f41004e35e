// Getting a group out: one order at the exchange at most, kept equal to what the engine wants. Resting: a limit order at the wanted price
// for all that is held. Closing: limit orders through the book, immediate or cancel, one after the other on what remains; no market
// orders, since some pairs have none (MEXC) and where they exist a limit bounds the price.
//
// An order is never changed in place: it is cancelled, and only when the exchange has confirmed its end, with every fill of it booked,
// the next one is placed. So two exits never exceed what is held, whatever answers are lost. A close is finished when what is held is
// below the exchange's minimum and nothing is working, not when an order ended.
//
// What can't be done is tried for ever, after pauses that grow (Pauses). So is what the exchange takes and ends by itself each time. Whatever
// may have changed the answer ends the pause: a fill, another quantity, a price that moved, and again().
#pragma once
#include "engine/orders.hpp"
#include "engine/pauses.hpp"
#include "money/amounts.hpp"

namespace bf::engine {

class ExitKeeper {
public:
    struct Terms {
        std::string connection;
        market::Symbol symbol;
        market::Side side{market::Side::sell};  ///< Of the exit.
        GroupNumber group{0};
        std::uint32_t exit_leg{0};
        std::uint32_t close_leg{0};
        InstrumentLimits limits{};
        std::optional<market::MarginMode> margin_mode{};  ///< Futures, all three; exits are then reduce-only.
        std::optional<market::PositionMode> position_mode{};
        std::optional<std::int64_t> leverage{};
        Ratio slippage{};  ///< How far through the best price a close may go.
    };
    enum class State : std::uint8_t {
        idle,        ///< Nothing wanted, nothing there.
        working,     ///< An order is on its way, resting, or being replaced.
        waiting,     ///< For the next act(), for a price, or for a pause to be over.
        unresolved,  ///< An order whose fate is unknown; nothing else is placed.
        too_small,   ///< What is held is below the exchange's minimum at the wanted price. A close is finished then.
    };

    ExitKeeper(Orders& orders, Terms terms) : orders_{orders}, terms_{std::move(terms)} {}

    // --- what is wanted
    /// The exchange's steps and minima of today.
    void keep_to(const InstrumentLimits& limits) { terms_.limits = limits; }
    /// What is held and can be sold. After every fill, before on() and act() hear of it.
    void hold(const Decimal& quantity) {
        // What was refused before was another order.
        if (held_ != quantity) again();
        held_ = quantity;
    }
    void rest_at(const Price& price);
    void close();
    void nothing();  ///< Withdraws what rests.
    enum class PriceAge : std::uint8_t { current, old };
    /// The price to go through when closing: best bid of a sell, best ask of a buy. A close without one waits, with an old one for
    /// trading::kPriceAwaited: one that does not come holds it up no longer, the last one still bounds what the order gives away.
    void quote(const std::optional<Price>& best, PriceAge age = PriceAge::current);
    /// Whoever wants it closed has waited for one already.
    void no_price_came();
    /// What was in the way may be gone: the next try comes at once, and pauses begin anew.
    void again();

    /// An order of this group from the journal that has not finished.
    void adopt(OrderNumber order) { current_ = order; }
    /// Every observation of the group's orders, in their order.
    void on(Now now, const Observation& observation);
    /// Something changed: compares what is wanted with what is there and does the next step. After every event that concerns the group.
    void act(Now now);

    [[nodiscard]] State state() const;
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }  ///< Of the last attempt.
    /// How often in a row the exchange took what should rest and ended it by itself.
    [[nodiscard]] int taken_back_in_row() const { return pauses_.taken_back_in_row(); }
    /// The order that is at the exchange or on its way, until its OrderFinished was heard.
    [[nodiscard]] const Order* current() const;
    /// Whether what is held could leave at the wanted price under these steps and minima.
    [[nodiscard]] bool fits(const InstrumentLimits& limits) const;
    /// Nothing more can be sold and nothing is working.
    [[nodiscard]] bool closed() const;
    /// A close without a price of now.
    [[nodiscard]] bool lacks_price() const;
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

    /// As much of it as one order may carry, and what is left then an order of its own. All of it where the exchange's figures can't be kept.
    [[nodiscard]] static Decimal part_of(const Decimal& quantity, const Decimal& price, const InstrumentLimits& limits);
    /// Whether an order of this reaches the minima.
    [[nodiscard]] static bool sellable(const Decimal& price, const Decimal& quantity, const InstrumentLimits& limits);
private:
    struct Wanted {
        Decimal price;
        Decimal quantity;
        bool through{false};
    };
    enum class Mode : std::uint8_t { nothing, rest, close };
    [[nodiscard]] std::optional<Wanted> wanted() const;
    void place(Now now, const Wanted& wanted);

    Orders& orders_;
    Terms terms_;
    Mode mode_{Mode::nothing};
    Decimal held_{};
    Decimal price_{};
    std::optional<Price> best_;
    PriceAge age_{PriceAge::current};
    std::optional<Price> tried_at_;  ///< What `best_` was when an order last went through it.
    std::optional<OrderNumber> current_;
    std::optional<Refusal> refusal_;
    Pauses pauses_;
    std::optional<std::chrono::microseconds> price_until_;
    bool waited_{false};  ///< For a price of now, in vain.
    int empty_rounds_{0};  ///< Of a close, in a row, that found nobody.
};

}  // namespace bf::engine
