// All connections of this installation: added, tested, watched, checked on schedule, renamed, rotated, removed. Pure but for the world
// it is handed; one thread.
//
// Rules: names are unique without regard to case. A first test shows `testing`; a repeated one leaves the status until it ends. A light
// check every 15 minutes, a full test every 12 hours, spread out and within half of what the exchange lets one address ask; a test its
// user starts goes at once while there is room at all. A scheduled check changes the status only at the third failure of its kind in a
// row; one the user started does at once, and a key found able to withdraw is refused at once, always. When the exchange is away the
// earlier proof is kept (`degraded`), and so is an earlier error; the key is never blamed for it.
#pragma once
#include "connection/keeper.hpp"
#include "connection/pace.hpp"
#include "connection/record.hpp"
#include "connection/runner.hpp"
#include "connection/unfinished.hpp"
#include "connection/warnings.hpp"
#include "exchange/remark.hpp"
#include "ports/keys.hpp"
#include "ports/store.hpp"

#include <map>
#include <set>

namespace bf::connection {

/// What a guard found, for people: an alarm.
struct GuardNews {
    enum class Severity : std::uint8_t { info, warning, critical };
    Severity severity{Severity::warning};
    std::string_view code;  ///< "EGRESS_CHANGED", "KEY_EXPIRES", "KEY_CHANGED", "OLD_KEY_WORKS"
    std::string connection{};  ///< Empty: more than one, or none.
    std::string english{};
    std::string dutch{};
};

/// How long a key that was replaced is kept for roll-back when its user does not say.
inline constexpr std::chrono::hours kKeepOldKey{24};
inline constexpr std::chrono::hours kKeepOldKeyMax{24 * 30};

class BookListener {
public:
    virtual ~BookListener() = default;
    virtual void on_connection(const Record& record) = 0;
    virtual void on_removed(const std::string& id) = 0;
    /// `finished` is null while the step runs.
    virtual void on_step(const std::string& id, std::uint64_t test, StepId step, const Step* finished) = 0;
    virtual void on_report(const Record& record, std::uint64_t test, const Report& report) = 0;
    /// Any test that ended, a regular light check too; for figures.
    virtual void on_tested(const Record&, bool /*light*/, const Report&) {}
    virtual void on_guard(const GuardNews&) {}
    /// What happened could not be written down; it goes on in memory and is written with the next change.
    virtual void on_trouble(const Record&, const Error&) {}
};

struct AddRequest {
    std::string name;
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{exchange::Site::global};
    ports::Family family{ports::Family::v4};
    std::string sealed;
    std::optional<ports::UseLimits> limits{};  ///< What the key may be used for; nothing: the defaults of its market.
    Accepted accepted{};
    bool test{true};
    /// A connection that was removed while groups were open on it, here again: its id, and the account it must prove to be of.
    struct Again {
        std::string id, account;
    };
    std::optional<Again> again{};
};

class Book {
public:
    using AdapterOf = std::function<std::optional<Adapter>(exchange::ExchangeId)>;
    using IsRepointed = std::function<bool(exchange::ExchangeId)>;
    using AddDone = std::function<void(Result<std::string>)>;
    using Done = std::function<void(Status)>;
    /// The report is null when the test was stopped: the connection was disabled or removed meanwhile.
    using TestDone = std::function<void(const Record&, const Report*)>;

    Book(World world, ports::Keys& keys, ports::Store& store, ports::Entropy& entropy, AdapterOf adapter_of, IsRepointed is_repointed,
         BookListener& listener);
    ~Book();
    Book(const Book&) = delete;
    Book& operator=(const Book&) = delete;

    /// Who hears the private streams of connections; null for none. Before load.
    using TapOf = std::function<StreamTap*(const Record&)>;
    void tap_streams(TapOf tap_of) { tap_of_ = std::move(tap_of); }

    /// Reads what is kept and starts the schedule. A row that can't be read is reported, the others go on.
    Status load();

    /// Gives the new connection's id; its first test is started when asked for.
    void add(AddRequest request, AddDone done);
    /// What a user may change of a connection with a test.
    struct Wishes {
        std::optional<Accepted> accepted{};  ///< Added to what was accepted before.
        std::optional<exchange::Site> site{};
    };
    /// Starts a full test, or joins the one that runs; gives its number. `done` may be empty.
    Result<std::uint64_t> test(const std::string& id, Wishes wishes, TestDone done);
    Status rename(const std::string& id, const std::string& name);
    /// All that goes out for the connection goes over this family from now on. What was proven was proven from another address: its stream is
    /// opened anew and it is tested at once, unless it is a draft, refused or disabled.
    Status set_family(const std::string& id, ports::Family family);
    Status disable(const std::string& id);
    Status enable(const std::string& id);
    /// The secret is wiped at the signer before the connection goes.
    void remove(const std::string& id, Done done);
    /// Tests the new key beside the old one; it takes over only when it passed and belongs to the same account. `staged` is told when the
    /// test has begun (or that it can't), `done` how it ended; listeners hear of its steps and its report.
    /// Nothing stops meanwhile: requests go on with the old key until the moment the new one is in use, and the old one's stream is heard
    /// until the new one's is live. The old key stays sealed for `keep_old`, to go back to.
    void rotate(const std::string& id, std::string sealed, Done staged, Done done, std::chrono::hours keep_old = kKeepOldKey);
    /// The old key is in use again, the new one wiped, and the connection tested.
    void roll_back(const std::string& id, Done done);
    /// Asks the exchange whether it still takes the key that was replaced; what it said stands in the record then.
    void ask_old_key(const std::string& id, Done done);
    /// Its user says that it is deleted at the exchange: it is wiped here. Refused while the exchange still takes it.
    void forget_old_key(const std::string& id, Done done);

    /// What was done about a connection's limits or by whom it was frozen, for its history: one entry a fact. A connection that is not there
    /// has none.
    void note_limits(const std::string& id, const Facts& facts);
    /// The level of the signer's freeze, as it was just heard. What the history does not have yet is noted, as done by `who`; or, where that is
    /// empty, as found.
    void note_freeze(const std::string& id, ports::FreezeLevel level, const std::string& who);

    [[nodiscard]] const Record* find(const std::string& id_or_name) const;
    /// Also one whose row can't be read, or whose key is just being added or removed.
    [[nodiscard]] bool knows(const std::string& id) const { return entries_.contains(id) || damaged_.contains(id) || unfinished_.all().contains(id); }
    /// In the order they were made.
    [[nodiscard]] const std::vector<const Record*>& all() const;
    [[nodiscard]] bool is_testing(const std::string& id) const;
    [[nodiscard]] std::string_view stream_state(const std::string& id) const;  ///< "none", "opening", "live", "down"
    [[nodiscard]] std::optional<Instant> next_test_at(const std::string& id) const;
    /// Those whose row can't be read, by their id: they can be removed, and nothing else.
    [[nodiscard]] const std::map<std::string, std::string>& damaged() const { return damaged_; }

    /// What an exchange lets our address ask, shared by all that goes out; null without limits. Lives as long as the book.
    Pace* pace_of(exchange::ExchangeId id);
    [[nodiscard]] Instant now() const { return world_.clock.wall(); }
    [[nodiscard]] const OwnAddresses& addresses() const { return addresses_; }
    Status set_addresses(OwnAddresses addresses);
    /// Asks the exchange over this family, which sees us at it; a public call.
    void learn_address(exchange::ExchangeId exchange, ports::Family family, Done done);
    /// Where somebody else saw us: an exchange that refused a call, or the resolver of the user's choice (then without exchange).
    void saw_address(const std::string& address, std::optional<exchange::ExchangeId> exchange);
    /// Every few minutes the resolver of the user's choice is asked, if there is one, over each family that is in use; it calls back with the
    /// address, or nothing.
    using Resolve = std::function<void(ports::Family, std::function<void(std::optional<std::string>)>)>;
    void watch_by(Resolve resolve) { resolve_ = std::move(resolve); }
    /// Whether anything trades on a connection; unknown without somebody who knows.
    void used_by(std::function<bool(const Record&)> is_used) { is_used_ = std::move(is_used); }
    /// What trading has to say about a connection, beside warnings_of().
    using Warn = std::function<std::vector<Warning>(const Record&, exchange::Language)>;
    void warned_by(Warn warn) { warn_ = std::move(warn); }
    [[nodiscard]] std::vector<Warning> warnings_of(const Record& record, exchange::Language language) const;
    [[nodiscard]] bool is_used(const Record& record) const { return is_used_ && is_used_(record); }
    /// False: our address is another than the one the key was proven from.
    [[nodiscard]] bool egress_as_proven(const Record& record) const;

private:
    struct Entry;
    Entry* entry(const std::string& id);
    [[nodiscard]] const Entry* entry(const std::string& id) const;
    /// The outside as this connection meets it: over its own family.
    [[nodiscard]] World world_of(const Record& record) const { return {world_.clock, world_.timers, world_.transport, world_.signer, record.family}; }
    Result<std::string> free_name(const std::string& name, const std::string& own_id) const;
    /// The entry, or why nothing can be done with it now.
    Result<Entry*> usable(const std::string& id);
    /// The connection's row goes, its history stays.
    Status drop_row(const std::string& id);
    void keep_added(AddRequest request, const std::string& id, const ports::KeptKey& kept, const AddDone& done);

    // The schedule.
    /// Whether it runs now; one of a user waits for room otherwise.
    bool begin_test(Entry& entry, bool light, bool by_user);
    /// False when there is no room at the exchange.
    bool try_run(Entry& entry, Pace::Share share);
    void stop_test(Entry& entry);
    void run_queued();
    void tick();

    // Verdicts.
    void end_test(const std::string& id, const Report& report);
    /// A report that passed fails when its key is not of the account that the connection is of, and why.
    static std::optional<exchange::Remark> hold_to_account(const Record& record, Report& report);
    void apply_full(Entry& entry, const Report& report);
    void apply_light(Entry& entry, const Report& report);
    void apply_failure(Entry& entry, const exchange::Problem& problem, bool refused);
    void confirm_address(const Report& report);
    void follow_stream(Entry& entry);
    void hand_over_stream(Entry& entry);
    TestInput input_for(const Record& record, const Adapter& adapter) const;

    // Rotation.
    void begin_rotation(Entry& entry, const ports::KeptKey& kept, const Done& staged);
    void end_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, Report report);
    void promote_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, const Report& report);
    void finish_rotation(Entry& entry, const Status& ended);
    /// Wipes the new key and ends the rotation with `why`, told in the history as `fact`; the old key stays.
    void drop_rotation(const std::string& id, const Fact& fact, const Error& why);

    // The key before (book_old_key.cpp).
    void keep_old_key(Record& record, std::chrono::hours keep, std::vector<ports::StoredHistory>& history);
    void tend_old_keys();
    void judge_old_key(const std::string& id, const std::string& asked, exchange::Ternary works, const Done& done);  ///< `asked`: the fingerprint.
    void wipe_old_key(const std::string& id, const Done& done);
    void end_roll_back(const std::string& id, const std::string& fingerprint, const Done& done);

    // Guards (book_guards.cpp).
    void note_key_change(Record& record, const Report& before, const Report& report, std::vector<ports::StoredHistory>& history);
    void note_key_life();
    void tell_address_change(const OwnAddress& before, const OwnAddress& now);
    void watch_address();

    // Starts that were cut short.
    void settle_unfinished();
    void settle(const std::string& id, const Unfinished& change);

    Status load_addresses();
    Status save(const Record& record, const std::vector<ports::StoredHistory>& history);
    /// Saves `changed` and only then makes it the entry's.
    Status change(Entry& entry, Record changed, const std::vector<ports::StoredHistory>& history);
    ports::StoredHistory note(const Record& record, std::string kind, const Fact& fact) const;
    ports::StoredHistory note_status(const Record& record) const;
    /// One entry for each thing its user accepted.
    void note_accepted(const Record& record, const Accepted& accepted, std::vector<ports::StoredHistory>& history) const;
    std::string fresh_id();
    std::uint32_t fresh_spread();

    World world_;
    ports::Keys& keys_;
    ports::Store& store_;
    ports::Entropy& entropy_;
    AdapterOf adapter_of_;
    IsRepointed is_repointed_;
    BookListener& listener_;
    TapOf tap_of_{};
    std::map<exchange::ExchangeId, std::unique_ptr<Pace>> paces_;  ///< Before the entries, whose tests hold bookings in them.
    std::map<std::string, std::unique_ptr<Entry>> entries_;
    mutable std::vector<const Record*> in_order_;  ///< Empty: to be made again.
    std::map<std::string, std::string> damaged_;  ///< Names by their ids.
    std::set<std::string> adding_;  ///< Connections whose key the signer is asked to keep just now.
    UnfinishedKeys unfinished_;
    OwnAddresses addresses_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> tick_timer_;
    std::optional<ports::Timers::Id> queue_timer_;
    std::optional<ports::Timers::Id> settle_timer_;
    Resolve resolve_{};
    std::function<bool(const Record&)> is_used_{};
    Warn warn_{};
    Instant watched_at_{}, life_looked_at_{};
    std::set<std::pair<exchange::ExchangeId, ports::Family>> watching_;
    std::uint64_t last_test_{0};
};

/// A record as the store keeps it, and back.
std::string to_document(const Record& record);
std::optional<Record> read_document(const std::string& document);

}  // namespace bf::connection
