// All connections of this installation: added, tested, watched, checked on schedule, renamed, rotated, removed. Pure but for the world
// it is handed; one thread.
//
// Rules: names are unique without regard to case. A first test shows `testing`; a repeated one leaves the status until it ends. A light
// check every 15 minutes, a full test every 24 hours, spread out and within half of what the exchange lets one address ask; a test its
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
#include "ports/keys.hpp"
#include "ports/store.hpp"

#include <map>
#include <set>

namespace bf::connection {

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
    /// What happened could not be written down; it goes on in memory and is written with the next change.
    virtual void on_trouble(const Record&, const Error&) {}
};

struct AddRequest {
    std::string name;
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{exchange::Site::global};
    std::string sealed;
    std::optional<ports::UseLimits> limits{};  ///< What the key may be used for; nothing: the defaults of its market.
    Accepted accepted{};
    bool test{true};
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
    Status disable(const std::string& id);
    Status enable(const std::string& id);
    /// The secret is wiped at the signer before the connection goes.
    void remove(const std::string& id, Done done);
    /// Tests the new key beside the old one; it takes over only when it passed and belongs to the same account. `staged` is told when the
    /// test has begun (or that it can't), `done` how it ended; listeners hear of its steps and its report.
    void rotate(const std::string& id, std::string sealed, Done staged, Done done);

    [[nodiscard]] const Record* find(const std::string& id_or_name) const;
    /// Also one whose row can't be read, or whose key is just being added or removed.
    [[nodiscard]] bool knows(const std::string& id) const { return entries_.contains(id) || damaged_ids_.contains(id) || unfinished_.all().contains(id); }
    /// In the order they were made.
    [[nodiscard]] const std::vector<const Record*>& all() const;
    [[nodiscard]] bool is_testing(const std::string& id) const;
    [[nodiscard]] std::string_view stream_state(const std::string& id) const;  ///< "none", "opening", "live", "down"
    [[nodiscard]] std::optional<Instant> next_test_at(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> damaged_rows() const { return damaged_; }

    /// What an exchange lets our address ask, shared by all that goes out; null without limits. Lives as long as the book.
    Pace* pace_of(exchange::ExchangeId id);
    [[nodiscard]] Instant now() const { return world_.clock.wall(); }
    [[nodiscard]] const OwnAddresses& addresses() const { return addresses_; }
    Status set_addresses(OwnAddresses addresses);
    /// Asks the exchange, which sees us at it; a public call.
    void learn_address(exchange::ExchangeId exchange, Done done);

private:
    struct Entry;
    Entry* entry(const std::string& id);
    [[nodiscard]] const Entry* entry(const std::string& id) const;
    Result<std::string> free_name(const std::string& name, const std::string& own_id) const;
    /// The entry, or why nothing can be done with it now.
    Result<Entry*> usable(const std::string& id);
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
    void apply_full(Entry& entry, const Report& report);
    void apply_light(Entry& entry, const Report& report);
    void apply_failure(Entry& entry, const exchange::Problem& problem, bool refused);
    void confirm_address(const Report& report);
    void follow_stream(Entry& entry);
    TestInput input_for(const Record& record, const Adapter& adapter) const;

    // Rotation.
    void begin_rotation(Entry& entry, const ports::KeptKey& kept, const Done& staged);
    void end_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, Report report);
    void promote_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, const Report& report);
    void finish_rotation(Entry& entry, const Status& ended);
    /// Wipes the new key and ends the rotation with `why`, told in the history as `fact`; the old key stays.
    void drop_rotation(const std::string& id, const Fact& fact, const Error& why);

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
    std::vector<std::string> damaged_;
    std::set<std::string> damaged_ids_;
    std::set<std::string> adding_;  ///< Connections whose key the signer is asked to keep just now.
    UnfinishedKeys unfinished_;
    OwnAddresses addresses_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> tick_timer_;
    std::optional<ports::Timers::Id> queue_timer_;
    std::optional<ports::Timers::Id> settle_timer_;
    std::uint64_t last_test_{0};
};

/// A record as the store keeps it, and back.
std::string to_document(const Record& record);
std::optional<Record> read_document(const std::string& document);

}  // namespace bf::connection
