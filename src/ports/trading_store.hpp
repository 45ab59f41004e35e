// What trading keeps beside its journal: strategies, signals, the decisions made on them, groups for their history, alarms.
// Documents are JSON of their owner's; columns are what is searched for. Every write is durable when it returns.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bf::ports {

struct StoredStrategy {
    std::string id;
    std::string name;       ///< Unique, whatever its case.
    std::string hook_hash;  ///< Of the token its signals come in by; the token itself is nowhere.
    std::string document;
};

struct StoredSignal {
    std::int64_t id{0};
    std::string strategy;
    Instant at;         ///< When it came in.
    std::string key;    ///< What two deliveries of one signal share.
    std::string document;
    std::int64_t decision{0};  ///< That was kept for it so far; 0: none. Read only.
};

struct StoredDecision {
    std::int64_t id{0};
    Instant at;
    std::int64_t signal{0};
    std::string strategy;
    std::string pair;
    std::string outcome;
    std::uint64_t group{0};  ///< 0: none.
    std::string document;
};

struct StoredGroup {
    std::uint64_t number{0};
    std::string strategy;
    std::string connection;
    Instant opened;
    std::optional<Instant> closed;
    std::string document;
};

/// That a group is over is kept, and as of when.
struct GroupEnd {
    std::uint64_t number{0};
    Instant closed;
};

struct StoredAlarm {
    std::int64_t id{0};
    Instant at;
    bool acknowledged{false};
    std::string document;
};

/// Newest first, older than `before` (0: from the newest). Empty texts and zero: any.
struct DecisionQuery {
    std::int64_t before{0};
    int limit{50};
    std::string strategy{};
    std::string outcome{};
    std::string pair{};
    std::uint64_t group{0};
};

/// How long blocked signals are kept. What led to an order, and what still waits, stays for good.
struct BlockedKept {
    Instant since;         ///< Those decided before go.
    std::int64_t newest;   ///< Those that so many later decisions of any kind followed go too,
    Instant spared_since;  ///< unless they were decided since then: a signal that is sent again is known by what came before.
};

class TradingStore {
public:
    virtual ~TradingStore() = default;

    virtual Result<std::vector<StoredStrategy>> strategies() = 0;
    /// Inserts or replaces. `conflict` when another one has the name.
    virtual Status save(const StoredStrategy& strategy) = 0;
    virtual Status remove_strategy(const std::string& id) = 0;

    /// Its id; the signal counts as unsettled until a final decision is kept for it, or settle().
    virtual Result<std::int64_t> add_signal(const StoredSignal& signal) = 0;
    /// Whether the last earlier signal of the strategy under that key came in since then.
    virtual Result<bool> has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) = 0;
    /// Came in and not decided for good: what a restart goes on with. Oldest first.
    virtual Result<std::vector<StoredSignal>> unsettled_signals() = 0;
    /// Keeps the decision and, when it is final, settles its signal, in one transaction. Its id. A waiting signal's later decisions
    /// replace its earlier ones: give the earlier one's id.
    virtual Result<std::int64_t> save(const StoredDecision& decision, bool final) = 0;
    /// What was decided on it can't be lost any more.
    virtual Status settle(std::int64_t signal) = 0;
    virtual Result<std::vector<StoredDecision>> decisions(const DecisionQuery& query) = 0;
    virtual Result<std::optional<StoredDecision>> decision(std::int64_t id) = 0;
    /// Removes blocked decisions with their signals, oldest first, `limit` at most. How many it were.
    virtual Result<int> forget_blocked(const BlockedKept& kept, int limit) = 0;

    /// Inserts or replaces.
    virtual Status save(const StoredGroup& group) = 0;
    virtual Result<std::optional<StoredGroup>> group(std::uint64_t number) = 0;
    /// Closed ones, newest opened first, with numbers below `before` (0: all). Empty texts: any.
    virtual Result<std::vector<StoredGroup>> closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) = 0;
    /// Of all closed ones, by their numbers.
    virtual Result<std::vector<GroupEnd>> group_ends() = 0;

    virtual Result<std::int64_t> add(const StoredAlarm& alarm) = 0;
    /// Puts another document in its place. `not_found` when there is none of that number that nobody has acknowledged.
    virtual Status amend_alarm(std::int64_t id, const std::string& document) = 0;
    virtual Status acknowledge_alarm(std::int64_t id) = 0;  ///< `not_found` when there is none of that number.
    /// Those that nobody has acknowledged before the others, each newest first: one that counts on does not sink under later ones.
    virtual Result<std::vector<StoredAlarm>> alarms(int limit) = 0;
    /// Removes those from before then that somebody acknowledged, oldest first, `limit` at most. How many it were.
    virtual Result<int> forget_alarms(Instant before, int limit) = 0;
};

}  // namespace bf::ports
