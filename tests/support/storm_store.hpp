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

    Result<std::vector<ports::StoredStrategy>> strategies() override {
        std::vector<ports::StoredStrategy> all;
        for (const auto& [id, row] : strategies_) all.push_back(row);
        return all;
    }
    Status save(const ports::StoredStrategy& strategy) override {
        if (!writes()) return no_room();
        strategies_[strategy.id] = strategy;
        return {};
    }
    Status remove_strategy(const std::string& id) override {
        if (!writes()) return no_room();
        strategies_.erase(id);
        return {};
    }
    Result<std::int64_t> add_signal(const ports::StoredSignal& signal) override {
        if (!writes()) return no_room();
        const auto id = static_cast<std::int64_t>(++signals_kept);
        auto& kept = unsettled_[id] = signal;
        kept.id = id;
        if (signal.key.empty()) return id;
        keys_[id] = signal.strategy + '\n' + signal.key;
        came_[keys_[id]].emplace_back(id, signal.at);
        return id;
    }
    Result<bool> has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) override {
        const auto found = came_.find(strategy + '\n' + key);
        if (found == came_.end()) return false;
        for (const auto& [id, at] : found->second)
            if (at > since && id < before) return true;
        return false;
    }
    Result<std::vector<ports::StoredSignal>> unsettled_signals() override {
        std::vector<ports::StoredSignal> all;
        for (const auto& [id, row] : unsettled_) all.push_back(row);
        return all;
    }
    Status settle(std::int64_t signal) override {
        if (!writes()) return no_room();
        unsettled_.erase(signal);
        return {};
    }
    Result<std::int64_t> save(const ports::StoredDecision& decision, bool final) override {
        if (!writes()) return no_room();
        const auto id = decision.id != 0 ? decision.id : ++last_decision_;
        if (const auto signal = unsettled_.find(decision.signal); signal != unsettled_.end()) signal->second.decision = id;
        if (final) ++outcomes[decision.outcome];
        if (final && decision.document.find(R"("primary":"MARGIN_GROUP_EXCEEDED")") != std::string::npos) ++limits_met;
        if (final) unsettled_.erase(decision.signal);
        return id;
    }
    /// Of every signal that came: its strategy and what two deliveries of it share.
    [[nodiscard]] std::string key_of(std::int64_t signal) const {
        const auto found = keys_.find(signal);
        return found == keys_.end() ? std::string{} : found->second;
    }
    Result<std::vector<ports::StoredDecision>> decisions(const ports::DecisionQuery&) override { return std::vector<ports::StoredDecision>{}; }
    Result<std::optional<ports::StoredDecision>> decision(std::int64_t) override { return std::optional<ports::StoredDecision>{}; }
    Result<int> forget_blocked(const ports::BlockedKept&, int) override { return 0; }
    Result<int> forget_alarms(Instant, int) override { return 0; }
    Status save(const ports::StoredGroup& group) override {
        if (!writes()) return no_room();
        if (!group.closed) return {};
        ++groups_closed;
        ends[group.number] = *group.closed;
        return {};
    }
    Result<std::optional<ports::StoredGroup>> group(std::uint64_t) override { return std::optional<ports::StoredGroup>{}; }
    Result<std::vector<ports::StoredGroup>> closed_groups(const std::string&, const std::string&, std::uint64_t, int) override { return std::vector<ports::StoredGroup>{}; }
    Result<std::vector<ports::GroupEnd>> group_ends() override {
        std::vector<ports::GroupEnd> all;
        for (const auto& [number, at] : ends) all.push_back({number, at});
        return all;
    }
    Result<std::int64_t> add(const ports::StoredAlarm& alarm) override {
        if (!writes()) return no_room();
        const auto begins = alarm.document.find("\"code\":\"");
        const auto from = begins == std::string::npos ? 0 : begins + 8;
        const auto code = alarm.document.substr(from, alarm.document.find('"', from) - from);
        ++alarm_counts[code];
        if (code == "FOREIGN_ORDER") {
            const auto name = alarm.document.find(": order ") + 8;
            strangers.insert(alarm.document.substr(name, alarm.document.find(" on ", name) - name));
        }
        if (code == "MONEY_LEFT" || code == "MONEY_ARRIVED") moved.push_back(alarm.document);
        ++last_alarm_;
        if (code == "FOREIGN_ORDER") unseen.push_back(last_alarm_);
        return last_alarm_;
    }
    Status amend_alarm(std::int64_t, const std::string&) override { return writes() ? Status{} : no_room(); }
    Status acknowledge_alarm(std::int64_t) override { return {}; }
    Result<std::vector<ports::StoredAlarm>> alarms(int) override { return std::vector<ports::StoredAlarm>{}; }

private:
    bool writes() {
        if (!step()) return false;
        const bool refuses = full || ++writes_asked == refused_write;
        refused += refuses ? 1U : 0U;
        return !refuses;
    }
    static Unexpected<Error> no_room() { return Unexpected{Error{ErrorKind::io, "The disk is full.", Fate::not_sent, "disk_full"}}; }
    std::map<std::string, ports::StoredStrategy> strategies_;
    std::map<std::int64_t, ports::StoredSignal> unsettled_;
    std::unordered_map<std::string, std::deque<std::pair<std::int64_t, Instant>>> came_;
    std::unordered_map<std::int64_t, std::string> keys_;
    std::int64_t last_decision_{0}, last_alarm_{0};
};

}  // namespace bf::test
