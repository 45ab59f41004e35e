#include "support/storm_store.hpp"

namespace bf::test {

Result<std::vector<ports::StoredStrategy>> StormStore::strategies() {
    std::vector<ports::StoredStrategy> all;
    for (const auto& [id, row] : strategies_) all.push_back(row);
    return all;
}

Status StormStore::save(const ports::StoredStrategy& strategy) {
    if (!writes()) return no_room();
    strategies_[strategy.id] = strategy;
    return {};
}

Status StormStore::remove_strategy(const std::string& id) {
    if (!writes()) return no_room();
    strategies_.erase(id);
    return {};
}

Result<std::int64_t> StormStore::add_signal(const ports::StoredSignal& signal) {
    if (!writes()) return no_room();
    const auto id = static_cast<std::int64_t>(++signals_kept);
    auto& kept = unsettled_[id] = signal;
    kept.id = id;
    if (signal.key.empty()) return id;
    keys_[id] = signal.strategy + '\n' + signal.key;
    came_[keys_[id]].emplace_back(id, signal.at);
    return id;
}

Result<bool> StormStore::has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) {
    const auto found = came_.find(strategy + '\n' + key);
    if (found == came_.end()) return false;
    for (const auto& [id, at] : found->second)
        if (at > since && id < before) return true;
    return false;
}

Result<std::vector<ports::StoredSignal>> StormStore::unsettled_signals() {
    std::vector<ports::StoredSignal> all;
    for (const auto& [id, row] : unsettled_) all.push_back(row);
    return all;
}

Status StormStore::settle(std::int64_t signal) {
    if (!writes()) return no_room();
    unsettled_.erase(signal);
    return {};
}

Result<std::int64_t> StormStore::save(const ports::StoredDecision& decision, bool final) {
    if (!writes()) return no_room();
    const auto id = decision.id != 0 ? decision.id : ++last_decision_;
    if (const auto signal = unsettled_.find(decision.signal); signal != unsettled_.end()) signal->second.decision = id;
    if (final) ++outcomes[decision.outcome];
    if (final && decision.document.find(R"("primary":"MARGIN_GROUP_EXCEEDED")") != std::string::npos) ++limits_met;
    if (final) unsettled_.erase(decision.signal);
    return id;
}

std::string StormStore::key_of(std::int64_t signal) const {
    const auto found = keys_.find(signal);
    return found == keys_.end() ? std::string{} : found->second;
}

Status StormStore::save(const ports::StoredGroup& group) {
    if (!writes()) return no_room();
    if (!group.closed) return {};
    ++groups_closed;
    ends[group.number] = *group.closed;
    return {};
}

Result<std::vector<ports::GroupEnd>> StormStore::group_ends() {
    std::vector<ports::GroupEnd> all;
    for (const auto& [number, at] : ends) all.push_back({number, at});
    return all;
}

Result<std::int64_t> StormStore::add(const ports::StoredAlarm& alarm) {
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

bool StormStore::writes() {
    if (!step()) return false;
    const bool refuses = full || ++writes_asked == refused_write;
    refused += refuses ? 1U : 0U;
    return !refuses;
}

}  // namespace bf::test
