// Trading's store for long storms: what trading reads back is kept whole, of the rest only counts. It can refuse every write, as a disk
// does that is full, and takes none of a process that is dead.
#pragma once
#include "ports/trading_store.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace bf::test {

class StormStore final : public ports::TradingStore {
public:
    /// Before every write: false when the process that wants it is dead by then.
    std::function<bool()> step{[] { return true; }};
    bool full{false};
    std::uint64_t writes_asked{0};
    std::uint64_t refused_write{0};                       ///< This one is refused.
    std::uint64_t refused{0};                             ///< Writes, while it was full.
    std::map<std::string, std::uint64_t> outcomes;        ///< Of decisions that are final.
    std::uint64_t limits_met{0};                          ///< Final decisions that a group's limit stopped.
    std::map<std::string, std::uint64_t> alarm_counts;    ///< By code.
    std::vector<std::string> moved;                       ///< What was said of money that moved without an order.
    std::vector<std::int64_t> unseen;                     ///< Alarms about strangers' orders that nobody has acknowledged.
    std::set<std::string> strangers;                      ///< Orders that were called a stranger's, by the exchange's id.
    std::uint64_t signals_kept{0};
    std::uint64_t groups_closed{0};
    std::map<std::uint64_t, Instant> ends;                ///< Of closed groups.

    Result<std::vector<ports::StoredStrategy>> strategies() override;
    Status save(const ports::StoredStrategy& strategy) override;
    Status remove_strategy(const std::string& id) override;
    Result<std::int64_t> add_signal(const ports::StoredSignal& signal) override;
    Result<bool> has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) override;
    Result<std::vector<ports::StoredSignal>> unsettled_signals() override;
    Status settle(std::int64_t signal) override;
    Result<std::int64_t> save(const ports::StoredDecision& decision, bool final) override;
    /// Of every signal that came: its strategy and what two deliveries of it share.
    [[nodiscard]] std::string key_of(std::int64_t signal) const;
    Result<std::vector<ports::StoredDecision>> decisions(const ports::DecisionQuery&) override { return std::vector<ports::StoredDecision>{}; }
    Result<std::optional<ports::StoredDecision>> decision(std::int64_t) override { return std::optional<ports::StoredDecision>{}; }
    Result<int> forget_blocked(const ports::BlockedKept&, int) override { return 0; }
    Result<int> forget_alarms(Instant, int) override { return 0; }
    Status save(const ports::StoredGroup& group) override;
    Result<std::optional<ports::StoredGroup>> group(std::uint64_t) override { return std::optional<ports::StoredGroup>{}; }
    Result<std::vector<ports::StoredGroup>> closed_groups(const std::string&, const std::string&, std::uint64_t, int) override { return std::vector<ports::StoredGroup>{}; }
    Result<std::vector<ports::GroupEnd>> group_ends() override;
    Result<std::int64_t> add(const ports::StoredAlarm& alarm) override;
    Status amend_alarm(std::int64_t, const std::string&) override { return writes() ? Status{} : no_room(); }
    Status acknowledge_alarm(std::int64_t) override { return {}; }
    Result<std::vector<ports::StoredAlarm>> alarms(int) override { return std::vector<ports::StoredAlarm>{}; }

private:
    bool writes();
    static Unexpected<Error> no_room() { return Unexpected{Error{ErrorKind::io, "The disk is full.", Fate::not_sent, "disk_full"}}; }
    std::map<std::string, ports::StoredStrategy> strategies_;
    std::map<std::int64_t, ports::StoredSignal> unsettled_;
    std::unordered_map<std::string, std::deque<std::pair<std::int64_t, Instant>>> came_;
    std::unordered_map<std::int64_t, std::string> keys_;
    std::int64_t last_decision_{0}, last_alarm_{0};
};

}  // namespace bf::test
