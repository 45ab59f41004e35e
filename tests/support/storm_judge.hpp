// A judge of trading who believes nobody: he reads the exchanges' own records and the bytes that the journal's disk holds for certain, and
// nothing else. He reads records as they are written down, but asks the engine nothing and does his own sums.
//
// After every step: no order at an exchange without an intent that was durable before, none twice; every fill in the journal is one the
// exchange made, exact to the last digit, booked once; an order is called ended only when the exchange says so; no group beyond its
// add-ons, its zones or its limits, nothing bought under a difference, no exit for more than is held or below its target; Recovery Mode not
// before its minute. At the end, when the weather has been calm for two minutes: everything the exchange knows is in the journal, money
// adds up to the last unit, what groups say is what is there, or they say that it isn't.
#pragma once
#include "engine/group_records.hpp"
#include "journal/record.hpp"
#include "support/storm_house.hpp"

namespace bf::test {

class StormJudge {
public:
    explicit StormJudge(StormHouse& house);

    /// Orders that the user placed by hand.
    std::set<const simulator::Order*> by_hand;
    std::uint64_t intents_read{0}, fills_read{0}, records_read{0}, groups_read{0}, add_ons_read{0}, recoveries_read{0}, forced_read{0}, desyncs_read{0}, averages_read{0}, too_small_read{0};
    std::uint64_t too_small_at_the_end{0}, orphans_read{0}, let_go_read{0}, checkpoints_read{0}, exchange_orders{0};
    std::uint64_t hash{1469598103934665603U};  ///< Of all bytes read.

    void look();
    /// Two minutes after the last fault.
    void settle();

    /// What the exchange did since the last look, for comparing runs.
    void note(std::string_view bytes);

private:
    struct Known {
        engine::Intent intent;
        std::map<std::string, engine::BookedFill> fills{};
        std::optional<engine::FinishedRecord> end{};
        Instant read_at{};  ///< The exchanges' time.
        [[nodiscard]] Decimal booked() const;
        /// Its place may be filled yet, or was.
        [[nodiscard]] bool counts() const { return !end || !fills.empty(); }
    };
    struct Group {
        engine::GroupTerms terms;
        trading::Settings settings;  ///< With the risk level's figures.
        trading::FeeRates fees{};    ///< For what is still to be paid.
        std::vector<engine::OrderNumber> orders{};
        bool closed{false}, differs{false}, average_differs{false}, adjusted{false}, in_recovery{false}, orphaned{false}, too_small{false};
        std::string closing{};
        Decimal tolerated{}, funding{};
        struct Difference {
            Instant as_of{};
            Decimal found{};
        };
        std::optional<Difference> difference{};
        std::vector<std::pair<Instant, Decimal>> adopted{};  ///< From then on it holds so much.
        std::vector<const simulator::Fill*> forced{};        ///< What the exchange took by itself.
    };
    struct Seen {
        std::size_t orders{0}, fills{0};
        std::map<std::string, const simulator::Order*> by_name{};
        std::map<std::string, const simulator::Fill*> fills_by_id{};
    };
    struct Sums {
        Decimal bought, sold, base_fees, cost, proceeds;  ///< Entries' and exits' quantities; quote with its fees.
        Decimal notional;                                 ///< Of entries, without fees.
    };

    // --- what the exchange tells
    void watch_exchange(const StormLine& line);

    // --- what the disk tells
    static std::string segment_name(std::uint64_t number);
    std::string_view segment(std::uint64_t number, bool unsynced);
    void read_disk(bool unsynced);
    void take(engine::RecordKind kind, std::string_view payload);

    /// A checkpoint repeats all that is still needed: nothing in it is new, and the numbers given so far stand in it.
    void begin_to_repeat(std::string_view payload);
    void act(std::string_view payload);
    void check_signal(const engine::Intent& intent);
    template <class Known, class Told>
    void compare(const Known* known, const Told& told, const std::string& what) {
        if (known == nullptr || !(*known == told)) house_.complain("a checkpoint tells otherwise of " + what);
    }

    void take(engine::GroupTerms terms);

    void take(engine::Intent intent);
    void take(engine::AcceptedRecord accepted);
    void take(engine::FillRecord record);
    void take(engine::FinishedRecord end);
    void take(const engine::GroupChange& change);

    /// Only somebody who trades beside BackFuture makes another average.
    void take_average(Group& group);
    /// As the exchange made it, in one group only, and once.
    void take_forced(Group& group, const engine::GroupChange& change);

    // --- rules
    const simulator::Order* at_exchange(const Known& order);
    static bool is_entry(const Known& order) { return !engine::lessens(order.intent.plan.purpose); }
    Sums sums_of(const Group& group);
    static bool is_long(const Group& group) { return group.terms.direction == trading::Direction::long_side; }
    /// By its orders' fills; what the user took over counts from the moment at which it was found.
    Decimal held(const Group& group);
    /// The exchange's of today.
    engine::InstrumentLimits limits_of(const Group& group) const { return house_.limits(house_.line(group.terms.connection)->product, group.terms.symbol.base); }
    /// Of what it holds: whole lots, of those when it was opened and of today's.
    Decimal sellable(const Group& group);
    static Decimal part(const Decimal& percent) { return percent * Decimal::from_parts(1, 2); }
    static std::string named(const Group& group) { return "group " + std::to_string(group.terms.number) + " (" + group.terms.connection + ' ' + group.terms.symbol.to_string() + ')'; }

    void check_entry(const Group& group, const Known& fresh);
    /// What the group holds and this order may take, against its limit at its own equity (today's may only be lower).
    void check_limit(const Group& group, const Known& fresh, bool recovery);
    /// What this group's ladder and those of the others on the connection may take together, against the connection's limit.
    void check_capital(const Group& fresh);
    void check_exit(const Group& group, const Known& fresh);
    void enter_recovery(Group& group, const engine::GroupChange& change);
    void close(Group& group, std::string_view reason);

    // --- when all is calm
    void settle_orders();
    void settle_forced();
    void settle_groups();
    void settle_money(const StormLine& line);
    void settle_holdings(const StormLine& line);

    StormHouse& house_;
    std::uint64_t segment_{1}, sequence_{0}, seed_{0};
    std::size_t offset_{0};
    std::map<std::string, engine::OrderNumber> names_;
    std::map<engine::OrderNumber, Known> orders_;
    std::map<engine::GroupNumber, Group> groups_;
    std::map<std::int64_t, engine::GroupNumber> signals_;
    std::set<std::int64_t> acted_;
    std::map<engine::OrderNumber, std::int64_t> acting_;
    std::set<std::string> keys_;
    std::set<const simulator::Fill*> forced_;
    bool repeats_{false};  ///< Within a checkpoint.
    engine::GroupNumber last_group_{0};
    std::map<std::string, Seen> seen_;
};



/// A position that was liquidated is gone from the group that is still open and held it.


/// Every group that holds something has one exit at the exchange, for all of it, unless it is being closed or differs.



/// On spot the wallet is what it began with and every fill of the journal, to the last unit, and what the user did by hand.


}  // namespace bf::test
