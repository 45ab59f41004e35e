// The engine's side of the signer's ledger: says what each use is for and what came of each order, holds the journal against the ledger at
// a start, and once a day the exchanges' own orders and fills. What does not fit is named by an alarm.
#pragma once
#include "app/ledger_source.hpp"
#include "engine/order_audit.hpp"
#include "engine/performer.hpp"
#include "ports/store.hpp"

#include <set>

namespace bf::app {

class LedgerWatch {
public:
    struct Setup {
        ports::Clock& clock;
        ports::Timers& timers;
        LedgerSource& signer;
        engine::Trader& trader;
        engine::Performer& performer;
        ports::Store& settings;
        /// Real connections that trading can ask, and the pairs that are traded or held on each.
        std::function<std::vector<std::string>()> connections;
        std::function<std::set<market::Symbol>(const std::string& connection)> symbols_of;
        /// So many of the ledger are read for a comparison, the newest; what is older is not held against it.
        std::size_t entries_max{200'000};
    };
    /// What the journal holds of intents, gathered while it is read.
    class Intents {
    public:
        void replayed(std::uint16_t kind, std::string_view payload);
        /// Of the intents before this the journal has forgotten some.
        [[nodiscard]] Instant complete_since() const { return complete_since_; }
        [[nodiscard]] bool has(const exchange::CallDigest& digest) const { return digests_.contains(digest); }

    private:
        std::set<exchange::CallDigest> digests_;
        Instant complete_since_{};
        bool after_checkpoint_{false};
    };
    LedgerWatch(Setup setup, Intents intents);
    ~LedgerWatch();
    LedgerWatch(const LedgerWatch&) = delete;
    LedgerWatch& operator=(const LedgerWatch&) = delete;

    [[nodiscard]] signer::LedgerEntry::Purpose purpose_of(const std::string& connection, const exchange::Call& call) const;

    /// The last comparison with the exchanges.
    struct Compared {
        std::optional<Instant> at{};
        std::int64_t connections{0};
        std::int64_t looked_at{0};  ///< Orders and fills.
        std::int64_t strangers{0};
        std::int64_t missed{0};     ///< Questions without an answer.
    };
    [[nodiscard]] const Compared& compared() const { return compared_; }
    [[nodiscard]] bool comparing() const { return comparing_.has_value(); }
    /// Now, not only once a day. False while one is under way.
    bool compare();

private:
    using Entries = std::vector<signer::LedgerEntry>;
    struct Read {
        Entries entries;
        Instant back;  ///< What is older was not read, or not all of it.
    };
    using WhenRead = std::function<void(std::optional<Read>)>;
    void look();
    void on_standing(const signer::LedgerStanding& standing);
    void outcome(const engine::Performer::Outcome& outcome);
    void send_outcomes();
    /// Entries of a class, newest first, down to `from`; nothing if the signer did not answer.
    void read(signer::UseClass use, Instant from, WhenRead done);
    void read_on(signer::LedgerQuery query, std::shared_ptr<Read> so_far, WhenRead done);
    void check_journal();
    void hold_against(const Read& orders);
    void start_comparing(const Read& orders, const Read& outcomes);
    void finish_comparing();
    void find(engine::Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection);
    template <class Use>
    auto alive(Use use);
    [[nodiscard]] std::int64_t number(const char* setting) const;
    void keep(const char* setting, std::int64_t value);

    Setup setup_;
    Intents intents_;
    Instant started_;
    std::vector<signer::LedgerOutcome> outcomes_;
    std::optional<ports::Timers::Id> outcome_timer_, look_timer_;
    bool journal_checked_{false};
    std::string told_;  ///< The state of the ledger that an alarm told of.
    Compared compared_;
    struct Comparing {
        Instant began;
        std::map<std::string, std::set<std::string>> ordered;  ///< By connection: client order ids in lower case, exchange's ids.
        std::size_t waiting{0};
        Compared result;
    };
    std::optional<Comparing> comparing_;
    std::unique_ptr<engine::OrderAudit> audit_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
