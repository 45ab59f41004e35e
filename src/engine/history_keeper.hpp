// Closed groups and decisions on their way into the store. What it does not take, because the disk is full or the database away, waits in memory
// and is written as soon as it is taken: in order, each once. Lists show it meanwhile, so that nobody is told that nothing happened.
//
// Waiting is bounded by its bytes. When no more fits, the oldest decisions go, then the oldest groups; how many is told. Groups are in the
// journal, too: a start that finds the store without one writes it then (Trader::know_ends).
#pragma once
#include "engine/effects.hpp"
#include "ports/trading_store.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bf::engine {

class TraderListener;

class HistoryKeeper {
public:
    static constexpr std::size_t kBytesMax = std::size_t{16} * 1024 * 1024;

    HistoryKeeper(ports::TradingStore& store, TraderListener& listener) : store_{store}, listener_{listener} {}

    void keep(ports::StoredGroup group);
    /// One that an earlier life could not keep: written with the next tick().
    void owe(ports::StoredGroup group);
    /// Its id: below zero, a number of this life, until the store has taken it. Give that again for what is said of it later.
    std::int64_t keep(ports::StoredDecision decision, bool final);
    /// One of that signal waits: what is settled before it is kept is not decided again after a crash, and nowhere to be seen.
    [[nodiscard]] bool has_decision_of(std::int64_t signal) const;
    /// Hears what has been stored after it had to wait: the number it was told under, and its own.
    void on_stored(std::function<void(std::int64_t told, std::int64_t id)> callback) { stored_ = std::move(callback); }
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

    // --- what is missing in the store
    struct Unkept {
        std::size_t groups{0}, decisions{0};                ///< They wait.
        std::uint64_t lost_groups{0}, lost_decisions{0};  ///< For which there was no room, in this life.
        [[nodiscard]] bool any() const { return groups + decisions + lost_groups + lost_decisions > 0; }
    };
    [[nodiscard]] Unkept unkept() const;
    /// Once for each time that the store took nothing for so long that something went.
    [[nodiscard]] bool lost_anew();

    // --- as TradingStore has them, with those that wait
    Result<std::vector<ports::StoredGroup>> closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) const;
    Result<std::optional<ports::StoredGroup>> group(std::uint64_t number) const;
    /// `before` below zero: one of those that wait.
    Result<std::vector<ports::StoredDecision>> decisions(const ports::DecisionQuery& query) const;
    /// Those that wait alone, for when the store can't be read.
    [[nodiscard]] std::vector<ports::StoredDecision> waiting(const ports::DecisionQuery& query) const;
    /// Also by the number that it was told under while it waited.
    Result<std::optional<ports::StoredDecision>> decision(std::int64_t id) const;

private:
    struct Decision {
        ports::StoredDecision row;
        bool final{false};
        /// The store broke off at the last moment: it may have what was decided then, about that group.
        std::optional<std::pair<Instant, std::uint64_t>> doubtful{};
    };
    [[nodiscard]] bool empty() const { return groups_.empty() && decisions_.empty(); }
    void wait(ports::StoredGroup group);
    void wait(Decision decision);
    void make_room();
    Status write(const ports::StoredGroup& group);
    Status write(Decision& decision);
    template <class Waiting>
    bool write_first(std::deque<Waiting>& waiting);
    Result<std::int64_t> stored_id(const Decision& decision) const;
    [[nodiscard]] std::int64_t known_as(std::int64_t told) const;

    ports::TradingStore& store_;
    TraderListener& listener_;
    std::function<void(std::int64_t, std::int64_t)> stored_;
    std::deque<ports::StoredGroup> groups_;
    std::deque<Decision> decisions_;
    std::deque<std::pair<std::int64_t, std::int64_t>> stored_as_;  ///< The latest: told, and its own.
    std::size_t bytes_{0};
    std::int64_t last_told_{0};
    std::uint64_t lost_groups_{0}, lost_decisions_{0};
    bool loses_{false}, loss_told_{false};
    std::chrono::microseconds due_{0}, ticked_{0};
};

}  // namespace bf::engine
