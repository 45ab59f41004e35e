// One group of trades while it lives: its terms, its books made anew from its orders' fills, the exit that is kept at the exchange.
//
// Everything it knows is either in the journal (terms, changes, orders with their fills) or can be asked again; so a restart that reads the
// journal ends in the same group. It decides nothing: the engine tells it what was decided, it tells the engine how it stands.
#pragma once
#include "engine/care.hpp"
#include "engine/exit_keeper.hpp"
#include "engine/group_records.hpp"
#include "engine/orders.hpp"
#include "engine/stop_keeper.hpp"
#include "trading/decision.hpp"
#include "trading/exits.hpp"
#include "trading/recovery.hpp"

#include <map>
#include <memory>
#include <optional>

namespace bf::engine {

/// So many ended orders without a fill a group keeps at hand, and shows: the newest.
inline constexpr std::size_t kIdleOrdersKept = 50;

/// Which of a group's orders. Part of the order's client id: a number must never mean something else later.
struct Leg {
    enum class Kind : std::uint8_t { entry = 0, add_on = 1, recovery_add_on = 2, exit = 3, close = 4, stop = 5 };
    Kind kind{Kind::entry};
    int ordinal{0};  ///< Which add-on, from 1.
    int zone{0};     ///< The deepest zone an add-on uses up.

    [[nodiscard]] constexpr std::uint32_t number() const {
        return static_cast<std::uint32_t>(kind) << 16U | static_cast<std::uint32_t>(ordinal) << 8U | static_cast<std::uint32_t>(zone);
    }
    static constexpr Leg of(std::uint32_t number) {
        return {static_cast<Kind>(number >> 16U), static_cast<int>(number >> 8U & 0xffU), static_cast<int>(number & 0xffU)};
    }
};

/// The exchange has another quantity than the group's books.
struct Difference {
    Decimal expected;
    Decimal found;
    Instant as_of{};  ///< The exchange's time, as well as we know it.
    friend bool operator==(const Difference&, const Difference&) = default;
};

/// The exchange says that as much as the books hold was entered at another average.
struct AverageDifference {
    Decimal expected, found;
    Decimal worth;   ///< What the books' entry notional would have to be more.
    Instant as_of{};  ///< As that of a Difference.
};

class LiveGroup {
public:
    LiveGroup(Orders& orders, GroupTerms terms);

    [[nodiscard]] const GroupTerms& terms() const { return terms_; }
    /// For what is still to be paid.
    [[nodiscard]] const trading::FeeRates& fees() const { return fees_; }
    [[nodiscard]] GroupNumber number() const { return terms_.number; }
    [[nodiscard]] bool is_long() const { return terms_.direction == trading::Direction::long_side; }
    [[nodiscard]] bool is_futures() const { return terms_.symbol.is_futures(); }
    [[nodiscard]] bool is_over() const { return !over_.empty(); }
    [[nodiscard]] const std::string& ended_why() const { return over_; }      ///< "take_profit", "signal", "user", "hard_stop", …
    [[nodiscard]] const std::string& closing_why() const { return closing_; }  ///< Empty while it is not being closed.
    [[nodiscard]] std::optional<Instant> ended_at() const { return ended_at_; }
    [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }
    /// Never beside a difference in quantity: averages are compared of the same quantity only.
    [[nodiscard]] const std::optional<AverageDifference>& average_difference() const { return average_difference_; }
    /// What the exchange's average would be, as far as the books and what was ignored tell.
    [[nodiscard]] trading::Number expected_average() const;
    [[nodiscard]] const std::optional<GroupChange>& recovery() const { return recovery_; }  ///< Why it is in Recovery Mode.
    [[nodiscard]] const std::optional<GroupChange>& orphaned() const { return orphaned_; }  ///< Its connection is gone: nothing is done for it.
    [[nodiscard]] const Decimal& tolerated() const { return tolerated_; }

    [[nodiscard]] bool has_funding(std::string_view id) const;
    [[nodiscard]] Decimal funding() const;  ///< All that was received for holding it, less what was paid.
    [[nodiscard]] std::optional<Instant> last_funding_at() const;
    /// What the exchange took of it by itself: its liquidation, say. In the order in which it was told.
    struct ForcedExit {
        market::Forced kind{};
        std::string order;  ///< The exchange's id.
        BookedFill fill;
    };
    [[nodiscard]] const std::vector<ForcedExit>& forced_exits() const { return forced_; }
    [[nodiscard]] bool has_forced(std::string_view trade) const;
    /// The kind of its last exit, if that was the exchange's own.
    [[nodiscard]] const std::optional<market::Forced>& forced_last() const { return forced_last_; }
    /// What left it last was no exit of ours: a difference that its person adopted.
    [[nodiscard]] bool adopted_last() const;
    /// What it held at a moment, by its fills; of what was bought or sold in that same millisecond the larger.
    [[nodiscard]] Decimal held_at(Instant at) const;

    /// As decisions see it, with its state.
    [[nodiscard]] const trading::Group& facts() const { return facts_; }
    /// Fills of all its orders and its adjustments, in the exchange's order.
    [[nodiscard]] const std::vector<trading::BookedFill>& fills() const { return fills_; }
    /// In the order in which they were made; those on the orders' shelf, which ended with nothing filled, are not among them.
    [[nodiscard]] const std::vector<OrderNumber>& orders() const { return order_numbers_; }
    [[nodiscard]] bool entry_unfinished() const { return entry_unfinished_; }
    [[nodiscard]] const ExitKeeper& exit() const { return exit_; }
    [[nodiscard]] const StopKeeper& stop() const { return stop_; }
    /// Fills of a stop of its stand in the books: it is over by its hard stop, whoever else has not noticed.
    [[nodiscard]] bool stop_sold() const { return stop_sold_; }
    [[nodiscard]] const trading::Rules& own_rules() const { return rules_; }  ///< Of its terms' settings.
    /// The exchange's steps and minima of today: they may change while it is open. Those of its terms count until they are told.
    void keep_to(const InstrumentLimits& limits);
    /// What its terms tell of the instrument: what is known when the market tells nothing.
    [[nodiscard]] const trading::InstrumentFacts& own_instrument() const { return instrument_; }
    [[nodiscard]] trading::RecoveryWatch& watch() { return watch_; }
    [[nodiscard]] Care& care() { return care_; }  ///< The trader's own.
    [[nodiscard]] const Care& care() const { return care_; }

    /// The plan of an entry or add-on under these terms.
    [[nodiscard]] OrderPlan plan(Leg leg, const trading::OrderPlan& order) const;
    /// One that it knows already changes nothing.
    void add_order(OrderNumber order);
    /// Of a group that lives long with an exit that is placed anew again and again: its ended orders without a fill go to the shelf, but for the newest.
    void shelve_orders(Now now);
    /// An exit that the journal tells of: the keeper goes on with it.
    void adopt_exit(OrderNumber order) { exit_.adopt(order); }
    void adopt_stop(OrderNumber order) { stop_.adopt(order); }

    /// Something the journal keeps about it was decided (or read back). One that it knows already changes nothing.
    void apply(const GroupChange& change);
    [[nodiscard]] const std::vector<GroupChange>& changes() const { return changes_; }
    /// The orders changed: books, counters and state are made anew from all of them. False when a sum leaves the range of money.
    bool rebuild();
    /// Of its position at the exchange; null: there is none. True when its margin changed.
    bool set_exchange_figures(const market::Position* position);
    /// The exchange has so much less than its books, by its figures of now. True when what can be sold is another quantity than before.
    bool note_missing(const Decimal& quantity);

    /// Something that refused its exit or its stop, or found nobody for it, may have changed: tried again at the next steer(), whatever pause there was.
    void try_again() {
        exit_.again();
        stop_.again();
    }
    /// Its state as it is, with nothing done at the exchange.
    void look() { derive_state(); }
    /// Tells the keepers what is to rest or to be closed at `quote` and where the hard stop is to wait, and lets them act.
    void steer(Now now, const trading::Quote* quote, const trading::InstrumentFacts* instrument, const trading::Protection& protection);
    void on(Now now, const Observation& observation) {
        stop_.on(now, observation);
        exit_.on(now, observation);
    }
    /// What of its books can be sold: a difference that was found or accepted is not there.
    [[nodiscard]] Decimal there() const { return std::max(facts_.books.sellable() - lacking(), Decimal{}); }
    enum class Left : std::uint8_t {
        something,  ///< It goes on: something is on its way, or can be sold.
        too_small,  ///< Less than the exchange takes now, and more than a remainder: it waits until the minimum falls or the price rises.
        nothing,    ///< It is over, or never began; what is left is dust. Its stop may still wait at the exchange.
    };
    [[nodiscard]] Left left(const trading::InstrumentFacts* instrument) const;
    [[nodiscard]] const InstrumentLimits& limits() const { return limits_; }  ///< As keep_to() said last.
    /// What wants it closed has waited for a price of now as long as an exit does: its close does not wait once more.
    void no_price_came() { exit_.no_price_came(); }
    /// When its exit or stop wants to be looked at again.
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

private:
    static ExitKeeper::Terms exit_terms(const GroupTerms& terms);
    static StopKeeper::Terms stop_terms(const GroupTerms& terms);
    void steer_stop(Now now, const trading::Quote* quote, const trading::Protection& protection);
    [[nodiscard]] Decimal lacking() const;
    /// The triggers that were true when the group was released stay silent, in later lives too.
    void silence(const GroupChange& release);
    /// No order can carry it: whether that is because of what changed since it was opened, and not because it is what a sale left.
    [[nodiscard]] bool was_carried(const trading::InstrumentFacts& known) const;
    void note_order(const Order* order);
    [[nodiscard]] trading::FillFee fee_of(const BookedFill& fill) const;
    [[nodiscard]] Result<trading::Books> fold() const;
    // The sequence of the last fill of an order: what the exchange took by itself stands behind it.
    void book_adopted(std::uint64_t last_ordered);
    void bear_forced(std::uint64_t last_ordered);
    void derive_state();
    /// The position's margin counts while it is of as much as the books hold: what was told before a fill, or with the user's own in it, is not this group's.
    void take_margin();

    struct Funding {
        std::string id;
        Decimal amount;
        Instant at;
    };
    Orders& orders_;
    GroupTerms terms_;
    trading::Rules rules_;
    trading::InstrumentFacts instrument_;
    InstrumentLimits limits_;
    trading::FeeRates fees_;
    trading::Group facts_;
    std::vector<trading::BookedFill> fills_;
    /// A difference that was adopted: from that moment on the group holds so much.
    struct Adopted {
        Instant at;
        Decimal price, held;
    };
    std::vector<Adopted> adopted_;
    std::vector<OrderNumber> order_numbers_;
    std::vector<GroupChange> changes_;
    std::map<std::string, Decimal, std::less<>> fee_values_;  ///< By trade id.
    std::vector<Funding> funding_;  ///< In the order of their times.
    std::vector<ForcedExit> forced_;
    std::optional<market::Forced> forced_last_;
    Decimal tolerated_{};
    std::optional<GroupChange> recovery_, orphaned_;
    std::optional<Difference> difference_;
    std::optional<AverageDifference> average_difference_;
    Decimal tolerated_worth_{};
    /// An average that was adopted: what the notional became more at that moment.
    struct Moved {
        Instant at;
        Decimal worth;
    };
    std::vector<Moved> moved_;
    struct Margin {
        Decimal quantity, amount;
    };
    std::optional<Margin> margin_;  ///< As the exchange told it last.
    std::optional<Decimal> missing_;  ///< Nothing until the exchange told its figures in this life.
    std::string closing_, over_;
    std::optional<Instant> ended_at_;
    bool entry_unfinished_{false};
    bool stop_sold_{false};
    bool held_back_{false};  ///< A close waits for its stop's end.
    ExitKeeper exit_;
    StopKeeper stop_;
    trading::RecoveryWatch watch_;
    Care care_;
};

/// What a release leaves behind: by whom, and which triggers it silences; without figures those that hold when a price is told again.
std::vector<std::pair<std::string, std::string>> release_facts(const char* by, const std::optional<trading::TriggerFigures>& figures);

}  // namespace bf::engine
