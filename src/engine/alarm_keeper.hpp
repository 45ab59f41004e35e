// Alarms on their way to people and into the store. What the store does not take, because the disk is full or the database away, is told all
// the same, now, when it matters most; it waits in memory and is stored as soon as the store takes it.
#pragma once
#include "engine/effects.hpp"
#include "ports/trading_store.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>

namespace bf::engine {

class TraderListener;

class AlarmKeeper {
public:
    AlarmKeeper(ports::TradingStore& store, TraderListener& listener) : store_{store}, listener_{listener} {}

    struct Kept {
        std::int64_t id;  ///< Below zero until the store has taken it: a number of this life.
        bool stored;
    };
    /// Tells a new one, whatever the store says.
    Kept raise(Now now, ports::StoredAlarm alarm);
    /// Tells that one says more than before, and puts that in its place. Nothing when it is not there any more, or somebody has acknowledged it.
    std::optional<Kept> amend(Now now, const ports::StoredAlarm& alarm);
    /// `conflict` for one that the store has not taken: there is nothing yet to mark.
    Status acknowledge(std::int64_t id);
    /// As TradingStore::alarms, with those that wait, the newest first. While the store can't be read those alone.
    Result<std::vector<ports::StoredAlarm>> alarms(int limit) const;
    /// Hears what has been stored after it had to wait: the number it was told under, and its own.
    void on_stored(std::function<void(std::int64_t told, std::int64_t id)> callback) { stored_ = std::move(callback); }
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

private:
    [[nodiscard]] std::deque<ports::StoredAlarm>::iterator find(std::int64_t id);
    Kept wait(Now now, ports::StoredAlarm alarm, const Error& why);
    /// Its id in the store, 0 if it is not wanted there any more.
    Result<std::int64_t> store(const ports::StoredAlarm& alarm);

    ports::TradingStore& store_;
    TraderListener& listener_;
    std::function<void(std::int64_t, std::int64_t)> stored_;
    std::deque<ports::StoredAlarm> waiting_;  ///< With ids above zero: those whose newest words wait.
    std::int64_t last_told_{0};
    std::chrono::microseconds due_{0};
};

}  // namespace bf::engine
