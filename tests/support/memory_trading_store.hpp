// Trading's store in memory, with a disk that can be full; a "restart" goes on from the same object.
#pragma once
#include "ports/trading_store.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace bf::test {

class MemoryTradingStore final : public ports::TradingStore {
public:
    bool full{false};  ///< Every write is refused.
    bool breaks_off{false};  ///< The next decision is taken, and the answer lost.
    std::optional<std::string> refused;  ///< A decision with this document is refused for what it says.
    std::map<std::int64_t, ports::StoredDecision> kept_decisions;
    std::map<std::uint64_t, ports::StoredGroup> kept_groups;
    std::vector<ports::StoredAlarm> kept_alarms;
    int alarms_amended{0};

    Result<std::vector<ports::StoredStrategy>> strategies() override {
        std::vector<ports::StoredStrategy> all;
        for (const auto& [id, row] : strategies_) all.push_back(row);
        return all;
    }
    Status save(const ports::StoredStrategy& strategy) override {
        if (full) return no_room();
        strategies_[strategy.id] = strategy;
        return {};
    }
    Status remove_strategy(const std::string& id) override {
        if (full) return no_room();
        strategies_.erase(id);
        return {};
    }
    Result<std::int64_t> add_signal(const ports::StoredSignal& signal) override {
        if (full) return no_room();
        const auto id = static_cast<std::int64_t>(signals_.size()) + 1;
        signals_[id] = {signal, false};
        signals_[id].first.id = id;
        by_key_[{signal.strategy, signal.key}].push_back(id);
        return id;
    }
    Result<bool> has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) override {
        const auto found = by_key_.find({strategy, key});
        if (found == by_key_.end()) return false;
        return std::any_of(found->second.begin(), found->second.end(), [&](std::int64_t id) { return id < before && signals_.at(id).first.at > since; });
    }
    Result<std::vector<ports::StoredSignal>> unsettled_signals() override {
        std::vector<ports::StoredSignal> all;
        for (const auto& [id, entry] : signals_) {
            if (entry.second) continue;
            all.push_back(entry.first);
            for (const auto& [number, decision] : kept_decisions)
                if (decision.signal == id) all.back().decision = number;
        }
        return all;
    }
    Status settle(std::int64_t signal) override {
        if (full) return no_room();
        if (const auto found = signals_.find(signal); found != signals_.end()) found->second.second = true;
        return {};
    }
    Result<std::int64_t> save(const ports::StoredDecision& decision, bool final) override {
        if (full || decision.document == refused) return no_room();
        const auto id = decision.id != 0 ? decision.id : static_cast<std::int64_t>(kept_decisions.size()) + 1;
        kept_decisions[id] = decision;
        kept_decisions[id].id = id;
        if (const auto signal = signals_.find(decision.signal); final && signal != signals_.end()) signal->second.second = true;
        if (std::exchange(breaks_off, false)) return Unexpected{Error{ErrorKind::unreachable, "The connection was lost at the last moment.", Fate::unknown, "database_lost"}};
        return id;
    }
    Result<std::vector<ports::StoredDecision>> decisions(const ports::DecisionQuery& query) override {
        std::vector<ports::StoredDecision> found;
        for (auto at = kept_decisions.rbegin(); at != kept_decisions.rend() && static_cast<int>(found.size()) < query.limit; ++at) {
            const auto& row = at->second;
            if (query.before > 0 && row.id >= query.before) continue;
            if (!query.strategy.empty() && row.strategy != query.strategy) continue;
            if (!query.outcome.empty() && row.outcome != query.outcome) continue;
            if (!query.pair.empty() && row.pair != query.pair) continue;
            if (query.group != 0 && row.group != query.group) continue;
            found.push_back(row);
        }
        return found;
    }
    Result<std::optional<ports::StoredDecision>> decision(std::int64_t id) override {
        const auto found = kept_decisions.find(id);
        return found == kept_decisions.end() ? std::optional<ports::StoredDecision>{} : std::optional{found->second};
    }
    Result<int> forget_blocked(const ports::BlockedKept&, int) override { return 0; }
    Result<int> forget_alarms(Instant, int) override { return 0; }
    Status save(const ports::StoredGroup& group) override {
        if (full) return no_room();
        kept_groups[group.number] = group;
        return {};
    }
    Result<std::optional<ports::StoredGroup>> group(std::uint64_t number) override {
        const auto found = kept_groups.find(number);
        return found == kept_groups.end() ? std::optional<ports::StoredGroup>{} : std::optional{found->second};
    }
    Result<std::vector<ports::StoredGroup>> closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) override {
        std::vector<ports::StoredGroup> found;
        for (auto at = kept_groups.rbegin(); at != kept_groups.rend() && static_cast<int>(found.size()) < limit; ++at)
            if (at->second.closed && (strategy.empty() || at->second.strategy == strategy) && (connection.empty() || at->second.connection == connection) && (before == 0 || at->first < before)) found.push_back(at->second);
        return found;
    }
    Result<std::vector<ports::GroupEnd>> group_ends() override {
        std::vector<ports::GroupEnd> ends;
        for (const auto& [number, row] : kept_groups)
            if (row.closed) ends.push_back({number, *row.closed});
        return ends;
    }
    Result<std::int64_t> add(const ports::StoredAlarm& alarm) override {
        if (full) return no_room();
        kept_alarms.push_back(alarm);
        return kept_alarms.back().id = static_cast<std::int64_t>(kept_alarms.size());
    }
    Status amend_alarm(std::int64_t id, const std::string& document) override {
        if (full) return no_room();
        ++alarms_amended;
        for (auto& alarm : kept_alarms) {
            if (alarm.id != id || alarm.acknowledged) continue;
            alarm.document = document;
            return {};
        }
        return Unexpected{Error{ErrorKind::not_found, "There is no such alarm that nobody has seen yet.", Fate::not_sent, "not_found"}};
    }
    Status acknowledge_alarm(std::int64_t id) override {
        for (auto& alarm : kept_alarms) {
            if (alarm.id != id) continue;
            alarm.acknowledged = true;
            return {};
        }
        return Unexpected{Error{ErrorKind::not_found, "There is no such alarm.", Fate::not_sent, "not_found"}};
    }
    Result<std::vector<ports::StoredAlarm>> alarms(int limit) override {
        std::vector<ports::StoredAlarm> found{kept_alarms.rbegin(), kept_alarms.rend()};
        std::stable_partition(found.begin(), found.end(), [](const auto& alarm) { return !alarm.acknowledged; });
        found.resize(std::min<std::size_t>(static_cast<std::size_t>(limit), found.size()));
        return found;
    }

private:
    static Unexpected<Error> no_room() { return Unexpected{Error{ErrorKind::io, "The disk is full.", Fate::not_sent, "disk_full"}}; }
    std::map<std::string, ports::StoredStrategy> strategies_;
    std::map<std::int64_t, std::pair<ports::StoredSignal, bool>> signals_;
    std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> by_key_;  ///< Signals of a strategy that share a duplicate key.
};

}  // namespace bf::test
