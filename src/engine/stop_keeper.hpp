// A group's hard stop that waits at the exchange, so that it also acts while BackFuture does not run: a market order that only reduces, for
// all that is held, at the wanted price of the mark. Market and not limit: what a price gaps through must still be sold.
//
// It is replaced by overlap: the new one is placed, and when the exchange has it the old one is taken back. The other way round a process
// that dies between the two would leave the group without any. The overlap is safe because both only reduce: if both fire, the exchange
// sells what is held and cancels the rest. There are two at most, and never a new one while one has fired.
//
// One that is refused, or taken and ended by the exchange, is placed anew after pauses that grow (Pauses).
//
// An exit that goes through the book must not race with a stop: `in_the_way` says for how long it holds back.
#pragma once
#include "engine/orders.hpp"
#include "engine/pauses.hpp"

#include <vector>

namespace bf::engine {

class StopKeeper {
public:
    struct Terms {
        std::string connection;
        market::Symbol symbol;
        market::Side side{market::Side::sell};  ///< Of the stop.
        GroupNumber group{0};
        std::uint32_t leg{0};
        InstrumentLimits limits{};
        std::optional<market::MarginMode> margin_mode{};
        std::optional<market::PositionMode> position_mode{};
        std::optional<std::int64_t> leverage{};
    };
    enum class State : std::uint8_t {
        none,         ///< Nothing wanted, nothing there.
        missing,      ///< Wanted and not there: refused, or not placed yet.
        placing,      ///< On its way, its fate perhaps unknown.
        resting,      ///< Waits at the exchange as wanted.
        replacing,    ///< One waits, but not as wanted.
        fired,        ///< Triggered and not ended yet.
        withdrawing,  ///< Not wanted any more and not known to have ended.
    };

    StopKeeper(Orders& orders, Terms terms) : orders_{orders}, terms_{std::move(terms)} {}

    // --- what is wanted
    void keep_to(const InstrumentLimits& limits) { terms_.limits = limits; }  ///< The exchange's steps and minima of today.
    /// What is held and can be sold.
    void hold(const Decimal& quantity) {
        // What was refused before was another order.
        if (held_ != quantity) again();
        held_ = quantity;
    }
    /// Where it is to wait; nothing: withdraws what waits.
    void want(const std::optional<Decimal>& price) {
        if (price_ != price) pauses_.skip();
        price_ = price;
    }
    /// What was in the way may be gone: the next try comes at once, and pauses begin anew.
    void again() { pauses_.again(); }

    /// An order of this group from the journal that has not finished. In the order of their numbers.
    void adopt(OrderNumber order) { live_.push_back(order); }
    /// Every observation of the group's orders, in their order.
    void on(Now now, const Observation& observation);
    /// Compares what is wanted with what is there and does the next step. `place`: false while the price is beyond the stop already: what
    /// waits stays, nothing new is placed.
    void act(Now now, bool place);

    [[nodiscard]] State state() const;
    /// The newest one that waits.
    [[nodiscard]] const Order* waiting() const;
    /// Those whose OrderFinished was not heard yet, oldest first.
    [[nodiscard]] const std::vector<OrderNumber>& live() const { return live_; }
    [[nodiscard]] bool fired() const;
    /// One of them may be at the exchange and should fire at that mark.
    [[nodiscard]] bool due_at(const Decimal& mark) const;
    /// What sells through the book waits for it: until what has fired has ended, and until what is withdrawn has ended. Bounded in time: an
    /// exchange that does not tell must not keep the group in, and what only reduces can't sell more than is held.
    [[nodiscard]] bool in_the_way() const { return !live_.empty() && !gave_up_; }
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }  ///< Of the last attempt.
    /// How often in a row the exchange took one and ended it before it fired, by no wish of ours.
    [[nodiscard]] int taken_back_in_row() const { return pauses_.taken_back_in_row(); }
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

private:
    [[nodiscard]] Decimal quantity() const;
    [[nodiscard]] bool wanted() const;
    [[nodiscard]] bool fits(const Order& order) const;
    [[nodiscard]] const Order* newest() const { return live_.empty() ? nullptr : orders_.find(live_.back()); }
    void withdraw(Now now, std::size_t count);
    void settle();
    void place(Now now);

    Orders& orders_;
    Terms terms_;
    Decimal held_{};
    std::optional<Decimal> price_;
    std::vector<OrderNumber> live_;
    std::optional<Refusal> refusal_;
    Pauses pauses_;
    std::optional<std::chrono::microseconds> give_up_at_;  ///< Until then an exit holds back. Set while one has fired or none is wanted.
    bool gave_up_{false};
};
std::string_view to_string(StopKeeper::State state);

}  // namespace bf::engine
