#include "engine/history_keeper.hpp"

#include "engine/trader.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr std::chrono::microseconds kRetryEvery{seconds{5}};
/// So many in one go, then others have their turn: each is a transaction of its own.
constexpr std::size_t kAtOnce = 10;
constexpr std::chrono::microseconds kGoOn{milliseconds{100}};
constexpr std::size_t kStoredAsMax = 1'000;
/// Among so many of the newest one is looked for that the store may have taken: nothing was written after it.
constexpr int kDoubtful = 20;

std::size_t size_of(const ports::StoredGroup& group) { return sizeof(group) + group.document.size() + group.strategy.size() + group.connection.size(); }
std::size_t size_of(const ports::StoredDecision& row) { return sizeof(row) + row.document.size() + row.strategy.size() + row.pair.size(); }
template <class Waiting>
std::size_t size_of(const Waiting& waiting) { return size_of(waiting.row); }

bool fits(const ports::StoredDecision& row, const ports::DecisionQuery& query) {
    return (query.strategy.empty() || row.strategy == query.strategy) && (query.outcome.empty() || row.outcome == query.outcome) &&
           (query.pair.empty() || row.pair == query.pair) && (query.group == 0 || row.group == query.group);
}

}  // namespace

void HistoryKeeper::keep(ports::StoredGroup group) {
    if (groups_.empty()) {
        const auto kept = store_.save(group);
        if (kept) return;
        listener_.on_trouble(kept.error());
    }
    wait(std::move(group));
}

void HistoryKeeper::owe(ports::StoredGroup group) { wait(std::move(group)); }

std::int64_t HistoryKeeper::keep(ports::StoredDecision decision, bool final) {
    if (decision.id < 0) decision.id = known_as(decision.id);
    const auto waits = std::find_if(decisions_.begin(), decisions_.end(), [&](const auto& one) { return decision.id != 0 && one.row.id == decision.id; });
    if (waits != decisions_.end()) {
        bytes_ -= size_of(*waits);
        waits->row = std::move(decision);
        waits->final = waits->final || final;
        bytes_ += size_of(*waits);
        const auto id = waits->row.id;
        make_room();
        return id;
    }
    Decision one{std::move(decision), final};
    if (empty()) {
        auto row = one.row;
        row.id = std::max<std::int64_t>(row.id, 0);
        const auto kept = store_.save(row, final);
        if (kept) return *kept;
        listener_.on_trouble(kept.error());
        if (kept.error().fate == Fate::unknown) one.doubtful = {row.at, row.group};
    }
    if (one.row.id == 0) one.row.id = --last_told_;
    const auto id = one.row.id;
    wait(std::move(one));
    return id;
}

void HistoryKeeper::wait(ports::StoredGroup group) {
    if (empty()) due_ = ticked_ + kRetryEvery;
    bytes_ += size_of(group);
    groups_.push_back(std::move(group));
    make_room();
}

void HistoryKeeper::wait(Decision decision) {
    if (empty()) due_ = ticked_ + kRetryEvery;
    bytes_ += size_of(decision);
    decisions_.push_back(std::move(decision));
    make_room();
}

void HistoryKeeper::make_room() {
    while (bytes_ > kBytesMax && decisions_.size() + groups_.size() > 1) {
        loses_ = true;
        if (!decisions_.empty()) {
            bytes_ -= size_of(decisions_.front());
            decisions_.pop_front();
            ++lost_decisions_;
        } else {
            bytes_ -= size_of(groups_.front());
            groups_.pop_front();
            ++lost_groups_;
        }
    }
}

bool HistoryKeeper::has_decision_of(std::int64_t signal) const {
    return std::any_of(decisions_.begin(), decisions_.end(), [signal](const auto& one) { return one.row.signal == signal; });
}

// --- into the store

Status HistoryKeeper::write(const ports::StoredGroup& group) { return store_.save(group); }

/// Of what the store may have taken; 0: it has not.
Result<std::int64_t> HistoryKeeper::stored_id(const Decision& decision) const {
    const auto& row = decision.row;
    BF_TRY(const auto newest, store_.decisions({.limit = kDoubtful, .strategy = row.strategy, .pair = row.pair}));
    const auto same = std::find_if(newest.begin(), newest.end(), [&](const auto& one) { return one.signal == row.signal && std::pair{one.at, one.group} == *decision.doubtful; });
    return same == newest.end() ? 0 : same->id;
}

Status HistoryKeeper::write(Decision& decision) {
    auto row = decision.row;
    row.id = std::max<std::int64_t>(row.id, 0);
    if (decision.doubtful && row.id == 0) {
        BF_TRY(row.id, stored_id(decision));
    }
    const auto kept = store_.save(row, decision.final);
    if (!kept) {
        if (kept.error().fate == Fate::unknown && !decision.doubtful) decision.doubtful = {row.at, row.group};
        return Unexpected{kept.error()};
    }
    if (decision.row.id > 0) return {};
    if (stored_as_.size() >= kStoredAsMax) stored_as_.pop_front();
    stored_as_.emplace_back(decision.row.id, *kept);
    if (stored_) stored_(decision.row.id, *kept);
    return {};
}

/// The first of them. One that is refused while the next is taken is refused for what it says, and goes to the end. False when nothing is taken.
template <class Waiting>
bool HistoryKeeper::write_first(std::deque<Waiting>& waiting) {
    std::size_t which = 0;
    while (which < 2 && which < waiting.size() && !write(waiting[which])) ++which;
    if (which == 2 || which >= waiting.size()) return false;
    bytes_ -= size_of(waiting[which]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(which));
    if (which == 1) {
        waiting.push_back(std::move(waiting.front()));
        waiting.pop_front();
    }
    return true;
}

void HistoryKeeper::tick(Now now) {
    ticked_ = now.steady;
    if (empty() || now.steady < due_) return;
    std::size_t written = 0;
    while (written < kAtOnce && !groups_.empty() && write_first(groups_)) ++written;
    while (written < kAtOnce && !decisions_.empty() && write_first(decisions_)) ++written;
    due_ = now.steady + (written == kAtOnce ? kGoOn : kRetryEvery);
    if (empty()) loss_told_ = false;
    if (written > 0) listener_.on_history_stored();
}

std::optional<std::chrono::microseconds> HistoryKeeper::next_wake() const { return empty() ? std::nullopt : std::optional{due_}; }

// --- what is missing, and what is there

HistoryKeeper::Unkept HistoryKeeper::unkept() const { return {groups_.size(), decisions_.size(), lost_groups_, lost_decisions_}; }

bool HistoryKeeper::lost_anew() { return std::exchange(loses_, false) && !std::exchange(loss_told_, true); }

Result<std::vector<ports::StoredGroup>> HistoryKeeper::closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) const {
    BF_TRY(auto found, store_.closed_groups(strategy, connection, before, limit));
    for (const auto& group : groups_) {
        if ((!strategy.empty() && group.strategy != strategy) || (!connection.empty() && group.connection != connection) || (before != 0 && group.number >= before)) continue;
        std::erase_if(found, [&](const auto& one) { return one.number == group.number; });
        found.push_back(group);
    }
    std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) { return one.number > other.number; });
    if (found.size() > static_cast<std::size_t>(limit)) found.resize(static_cast<std::size_t>(limit));
    return found;
}

Result<std::optional<ports::StoredGroup>> HistoryKeeper::group(std::uint64_t number) const {
    const auto waits = std::find_if(groups_.begin(), groups_.end(), [number](const auto& one) { return one.number == number; });
    if (waits != groups_.end()) return std::optional{*waits};
    return store_.group(number);
}

std::vector<ports::StoredDecision> HistoryKeeper::waiting(const ports::DecisionQuery& query) const {
    std::vector<ports::StoredDecision> found;
    for (auto one = decisions_.rbegin(); one != decisions_.rend() && found.size() < static_cast<std::size_t>(query.limit); ++one)
        if (one->row.id < 0 && (query.before == 0 || one->row.id > query.before) && fits(one->row, query)) found.push_back(one->row);
    return found;
}

Result<std::vector<ports::StoredDecision>> HistoryKeeper::decisions(const ports::DecisionQuery& query) const {
    auto found = query.before <= 0 ? waiting(query) : std::vector<ports::StoredDecision>{};
    auto rest = query;
    rest.before = std::max<std::int64_t>(query.before, 0);
    rest.limit -= static_cast<int>(found.size());
    if (rest.limit == 0) return found;
    BF_TRY(auto stored, store_.decisions(rest));
    for (auto& row : stored) {
        const auto newer = std::find_if(decisions_.begin(), decisions_.end(), [&row](const auto& one) { return one.row.id == row.id; });
        if (newer != decisions_.end()) row = newer->row;
        if (fits(row, query)) found.push_back(std::move(row));
    }
    return found;
}

Result<std::optional<ports::StoredDecision>> HistoryKeeper::decision(std::int64_t id) const {
    const auto known = id < 0 ? known_as(id) : id;
    const auto waits = std::find_if(decisions_.begin(), decisions_.end(), [known](const auto& one) { return one.row.id == known; });
    if (waits != decisions_.end()) return std::optional{waits->row};
    if (known <= 0) return std::optional<ports::StoredDecision>{};
    return store_.decision(known);
}

std::int64_t HistoryKeeper::known_as(std::int64_t told) const {
    const auto found = std::find_if(stored_as_.rbegin(), stored_as_.rend(), [told](const auto& one) { return one.first == told; });
    return found == stored_as_.rend() ? told : found->second;
}

}  // namespace bf::engine
