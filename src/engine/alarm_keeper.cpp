#include "engine/alarm_keeper.hpp"

#include "engine/trader.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

/// More than a page shows; the oldest goes.
constexpr std::size_t kWaitingMax = 100;
constexpr std::chrono::seconds kRetryEvery{5};

}  // namespace

std::deque<ports::StoredAlarm>::iterator AlarmKeeper::find(std::int64_t id) {
    return std::find_if(waiting_.begin(), waiting_.end(), [id](const auto& alarm) { return alarm.id == id; });
}

AlarmKeeper::Kept AlarmKeeper::raise(Now now, ports::StoredAlarm alarm) {
    const auto kept = store_.add(alarm);
    alarm.id = kept ? *kept : --last_told_;
    if (!kept) return wait(now, std::move(alarm), kept.error());
    listener_.on_alarm(alarm);
    return {alarm.id, true};
}

std::optional<AlarmKeeper::Kept> AlarmKeeper::amend(Now now, const ports::StoredAlarm& alarm) {
    const auto waits = find(alarm.id);
    if (waits != waiting_.end()) {
        waits->document = alarm.document;
        listener_.on_alarm(alarm);
        return Kept{alarm.id, false};
    }
    if (alarm.id < 0) return std::nullopt;
    const auto amended = store_.amend_alarm(alarm.id, alarm.document);
    if (!amended && amended.error().kind == ErrorKind::not_found) return std::nullopt;
    if (!amended) return wait(now, alarm, amended.error());
    listener_.on_alarm(alarm);
    return Kept{alarm.id, true};
}

AlarmKeeper::Kept AlarmKeeper::wait(Now now, ports::StoredAlarm alarm, const Error& why) {
    const auto id = alarm.id;
    listener_.on_trouble(why);
    listener_.on_alarm(alarm);
    if (waiting_.empty()) due_ = now.steady + kRetryEvery;
    if (waiting_.size() >= kWaitingMax) waiting_.pop_front();
    waiting_.push_back(std::move(alarm));
    return {id, false};
}

Result<std::int64_t> AlarmKeeper::store(const ports::StoredAlarm& alarm) {
    // A store that broke off at the last moment may have taken it: then it stands there twice, which is better than not at all.
    if (alarm.id < 0) return store_.add(alarm);
    const auto amended = store_.amend_alarm(alarm.id, alarm.document);
    if (!amended && amended.error().kind != ErrorKind::not_found) return Unexpected{amended.error()};
    return amended ? alarm.id : 0;
}

void AlarmKeeper::tick(Now now) {
    if (waiting_.empty() || now.steady < due_) return;
    due_ = now.steady + kRetryEvery;
    std::optional<ports::StoredAlarm> last;
    while (!waiting_.empty()) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        const auto kept = store(next);
        if (!kept) {
            // At the end, so that one that is refused for what it says keeps no other from being stored.
            waiting_.push_back(std::move(next));
            break;
        }
        if (*kept == 0) continue;
        if (stored_) stored_(next.id, *kept);
        next.id = *kept;
        last = std::move(next);
    }
    if (last) listener_.on_alarms_stored(*last);
}

std::optional<std::chrono::microseconds> AlarmKeeper::next_wake() const { return waiting_.empty() ? std::nullopt : std::optional{due_}; }

Status AlarmKeeper::acknowledge(std::int64_t id) {
    if (const auto waits = find(id); waits != waiting_.end()) {
        if (id < 0)
            return Unexpected{Error{ErrorKind::conflict, "The database has not taken this alarm yet: as soon as it has, it can be marked as seen.", Fate::not_sent, "alarm_not_kept"}};
        // What is acknowledged is what was told.
        BF_TRY_VOID(store(*waits));
        waiting_.erase(waits);
        if (stored_) stored_(id, id);
    }
    return store_.acknowledge_alarm(id);
}

Result<std::vector<ports::StoredAlarm>> AlarmKeeper::alarms(int limit) const {
    auto found = store_.alarms(limit);
    if (waiting_.empty()) return found;
    auto all = found ? std::move(*found) : std::vector<ports::StoredAlarm>{};
    for (const auto& alarm : waiting_) {
        const auto known = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == alarm.id; });
        if (known == all.end())
            all.insert(all.begin(), alarm);
        else
            known->document = alarm.document;
    }
    if (all.size() > static_cast<std::size_t>(limit)) all.resize(static_cast<std::size_t>(limit));
    return all;
}

}  // namespace bf::engine
