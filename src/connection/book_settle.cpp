// Finishes or undoes the changes of keys that an earlier process, or a lost answer of the signer, left half done.
#include "connection/entry.hpp"

namespace bf::connection {
namespace {
/// The signer may be starting just as we are.
constexpr milliseconds kSettleAgain{2000};
}  // namespace

void Book::settle_unfinished() {
    if (unfinished_.all().empty() || settle_timer_) return;
    // Later: a change that is under way in this process is not half done.
    settle_timer_ = world_.timers.after(kSettleAgain, [this] {
        settle_timer_.reset();
        const auto changes = unfinished_.all();
        for (const auto& [id, change] : changes) {
            const Entry* found = entry(id);
            const bool under_way = adding_.contains(id) || (found != nullptr && (found->rotating || found->removing));
            if (!under_way) settle(id, change);
        }
    });
}

void Book::settle(const std::string& id, const Unfinished& change) {
    const auto ended = [this, alive = std::weak_ptr<bool>{alive_}, id, kind = change.kind, fingerprint = change.fingerprint](const Status& done) {
        if (alive.expired()) return;
        const bool none = !done && done.error().kind == ErrorKind::not_found;
        if (!done && !none) return settle_unfinished();
        Entry* found = entry(id);
        if (found != nullptr && kind == Unfinished::Kind::promoting && none && found->record.key_fingerprint != fingerprint) {
            // Nothing is staged any more: the new key has taken over.
            Record changed = found->record;
            std::vector<ports::StoredHistory> history{note(changed, "rotated", {Saying::key_replaced, {fingerprint}})};
            keep_old_key(changed, kKeepOldKey, history);
            changed.key_fingerprint = fingerprint;
            changed.shape.clear();
            if (!this->change(*found, std::move(changed), history)) return settle_unfinished();
        }
        if (kind == Unfinished::Kind::removing && (found != nullptr || damaged_.contains(id))) {
            if (!drop_row(id)) return settle_unfinished();
            if (found != nullptr) stop_test(*found);
            in_order_.clear();
            entries_.erase(id);
        }
        // Also of one whose row was gone already: who trades on it may not have been told.
        if (kind == Unfinished::Kind::removing) listener_.on_removed(id);
        unfinished_.end(id);
    };
    const bool stored = entry(id) != nullptr || damaged_.contains(id);
    switch (change.kind) {
        case Unfinished::Kind::adding:
            // It was stored after all, if not in a form that can be read: then its key is its.
            if (stored) return unfinished_.end(id);
            return keys_.remove(id, ended);
        case Unfinished::Kind::removing: return keys_.remove(id, ended);
        case Unfinished::Kind::staging:
        case Unfinished::Kind::promoting: return keys_.drop_staged(id, ended);
        case Unfinished::Kind::rolling_back:
            return keys_.roll_back(id, [this, alive = std::weak_ptr<bool>{alive_}, id, fingerprint = change.fingerprint](const Status& done) {
                if (alive.expired()) return;
                // No old key is kept any more: it had been put back before. What stands beside it then is wiped.
                if (!done && done.error().kind != ErrorKind::not_found) return settle_unfinished();
                end_roll_back(id, fingerprint, [](const Status&) {});
            });
    }
}

}  // namespace bf::connection
