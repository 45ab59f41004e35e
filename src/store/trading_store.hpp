// Implements ports::TradingStore over the engine's database.
#pragma once
#include "ports/trading_store.hpp"
#include "store/database.hpp"

namespace bf::store {

class TradingStore final : public ports::TradingStore {
public:
    /// The database outlives it and has the engine's schema.
    explicit TradingStore(Database& database) : database_{database} {}

    Result<std::vector<ports::StoredStrategy>> strategies() override;
    Status save(const ports::StoredStrategy& strategy) override;
    Status remove_strategy(const std::string& id) override;
    Result<std::int64_t> add_signal(const ports::StoredSignal& signal) override;
    Result<bool> has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) override;
    Result<std::vector<ports::StoredSignal>> unsettled_signals() override;
    Status settle(std::int64_t signal) override;
    Result<std::int64_t> save(const ports::StoredDecision& decision, bool final) override;
    Result<std::vector<ports::StoredDecision>> decisions(const ports::DecisionQuery& query) override;
    Result<std::optional<ports::StoredDecision>> decision(std::int64_t id) override;
    Result<int> forget_blocked(const ports::BlockedKept& kept, int limit) override;
    Status save(const ports::StoredGroup& group) override;
    Result<std::optional<ports::StoredGroup>> group(std::uint64_t number) override;
    Result<std::vector<ports::StoredGroup>> closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) override;
    Result<std::vector<ports::GroupEnd>> group_ends() override;
    Result<std::int64_t> add(const ports::StoredAlarm& alarm) override;
    Status amend_alarm(std::int64_t id, const std::string& document) override;
    Status acknowledge_alarm(std::int64_t id) override;
    Result<std::vector<ports::StoredAlarm>> alarms(int limit) override;
    Result<int> forget_alarms(Instant before, int limit) override;

private:
    Database& database_;
};

}  // namespace bf::store
