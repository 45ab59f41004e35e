// The key before: kept sealed for a while to go back to, asked about at the exchange until that refuses it, then wiped.
#include "connection/entry.hpp"

namespace bf::connection {
namespace {

using Code = exchange::ProblemCode;
using exchange::Ternary;

/// Requests that were signed with it are answered by then.
constexpr milliseconds kFirstAsked = seconds{60};
constexpr milliseconds kAskedEvery = std::chrono::minutes{15};
constexpr milliseconds kPatience{8000};

/// What the exchange's answer about the key says of it. Nothing: it says nothing.
std::optional<Ternary> works(const exchange::Answer<exchange::KeyInfo>& info) {
    if (info) return info->dead.value_or(false) ? Ternary::no : Ternary::yes;
    switch (info.error().code) {
        // It was in use here, so that a secret that is suddenly wrong is a key that is gone (MEXC says so of an expired one).
        case Code::invalid_key:
        case Code::invalid_secret:
        case Code::key_expired: return Ternary::no;
        // The key is looked up before address and rights.
        case Code::ip_not_allowed:
        case Code::no_read_permission:
        case Code::no_trade_permission:
        case Code::no_futures_permission: return Ternary::yes;
        default: return std::nullopt;
    }
}

/// One that was asked about while the clock was ahead is asked about again, not once the clock has caught up.
bool is_due(const OldKey& old, Instant now) {
    if (!old.asked_at) return now >= old.replaced_at + kFirstAsked;
    return now >= *old.asked_at + kAskedEvery || now < *old.asked_at;
}

Unexpected<Error> no_old_key() { return Unexpected{Error{ErrorKind::conflict, "No key from before is kept for this connection.", Fate::not_sent, "no_old_key"}}; }

}  // namespace

void Book::keep_old_key(Record& record, std::chrono::hours keep, std::vector<ports::StoredHistory>& history) {
    OldKey old{record.key_fingerprint, world_.clock.wall()};
    if (record.report) old.key_version = record.report->key_version;
    old.kept_until = old.replaced_at + std::chrono::duration_cast<milliseconds>(keep);
    if (keep.count() > 0) history.push_back(note(record, "old_key", {Saying::old_key_kept, {old.fingerprint, std::to_string(keep.count())}}));
    record.old_key = std::move(old);
}

void Book::tend_old_keys() {
    const Instant now = world_.clock.wall();
    const Done nobody = [](const Status&) {};
    std::vector<std::string> to_wipe, to_ask;
    for (const auto& [id, entry] : entries_) {
        const auto& old = entry->record.old_key;
        if (!old || !old->kept_until || entry->asking_old || entry->rotating || entry->removing || unfinished_.find(id) != nullptr) continue;
        if (now >= *old->kept_until)
            to_wipe.push_back(id);
        else if (old->works != Ternary::no && is_due(*old, now))
            to_ask.push_back(id);
    }
    for (const auto& id : to_ask) ask_old_key(id, nobody);
    for (const auto& id : to_wipe) wipe_old_key(id, nobody);
}

void Book::ask_old_key(const std::string& id, Done done) {
    auto found = usable(id);
    if (!found) return done(Unexpected{std::move(found).error()});
    Entry& entry = **found;
    auto& record = entry.record;
    if (!record.old_key || !record.old_key->kept_until) return done(no_old_key());
    if (entry.asking_old || entry.rotating || unfinished_.find(id) != nullptr)
        return done(Unexpected{Error{ErrorKind::conflict, "This connection's keys are being changed or asked about: try again in a moment.", Fate::not_sent, "key_change_running"}});
    const auto adapter = adapter_of_(record.exchange);
    BF_ASSERT(adapter);
    exchange::Call call;
    call.operation = exchange::Operation::key_info;
    call.market = record.market;
    call.site = record.site;
    call.key_version = record.old_key->key_version;
    if (record.report) call.account_mode = record.report->account_mode;
    const auto offset = record.report ? record.report->clock_offset : milliseconds{0};
    if (auto* pace = pace_of(record.exchange)) {
        if (pace->wait(world_.clock.steady(), call.operation, call.market, Pace::Share::most).count() > 0)
            return done(Unexpected{Error{ErrorKind::unreachable, "The exchange is asked as much as it allows just now: try again in a moment.", Fate::not_sent, "rate_limited"}});
        pace->spend(world_.clock.steady(), call.operation, call.market);
    }
    entry.asking_old = true;
    const auto ended = [this, alive = std::weak_ptr<bool>{alive_}, id, done, asked = record.old_key->fingerprint](Ternary answer) {
        if (!alive.expired()) judge_old_key(id, asked, answer, done);
    };
    const auto sent = [this, alive = std::weak_ptr<bool>{alive_}, adapter, call, ended, family = record.family](ports::SignOutcome outcome) {
        if (alive.expired()) return;
        auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
        if (requests == nullptr || requests->empty()) return ended(Ternary::unknown);
        world_.transport.over(family).send(std::move(requests->front()), kPatience, [this, alive, adapter, call, ended](const Result<wire::Response>& response) {
            if (alive.expired()) return;
            if (!response) return ended(Ternary::unknown);
            ended(works(adapter->replies.key_info(*response, {.call = call, .now = world_.clock.wall()})).value_or(Ternary::unknown));
        });
    };
    world_.signer.sign(ports::Keys::previous_name(id), call, world_.clock.wall() + offset, sent);
}

void Book::judge_old_key(const std::string& id, const std::string& asked, Ternary answer, const Done& done) {
    Entry* found = entry(id);
    if (found == nullptr) return done(no_old_key());
    found->asking_old = false;
    // Another replacement may have ended meanwhile: what was said of one key says nothing of the next.
    if (!found->record.old_key || found->record.old_key->fingerprint != asked) return done(no_old_key());
    Record changed = found->record;
    auto& old = *changed.old_key;
    old.asked_at = world_.clock.wall();
    std::vector<ports::StoredHistory> history;
    // No answer takes nothing back: what it said before stands.
    if (answer != Ternary::unknown && answer != old.works) {
        old.works = answer;
        history.push_back(note(changed, "old_key", {answer == Ternary::no ? Saying::old_key_dead : Saying::old_key_works, {old.fingerprint}}));
    }
    if (auto saved = change(*found, std::move(changed), history); !saved) return done(saved);
    if (answer != Ternary::unknown) return done({});
    done(Unexpected{Error{ErrorKind::unreachable, "The exchange did not say whether it still takes the old key: try again later.", Fate::refused, "old_key_unknown"}});
}

void Book::wipe_old_key(const std::string& id, const Done& done) {
    Entry* const found = entry(id);
    BF_ASSERT(found != nullptr && found->record.old_key);
    if (const auto now = world_.clock.wall(); now < *found->record.old_key->kept_until) {
        // Written down first: when the signer's answer is lost it is a key still to be wiped, and none to go back to.
        Record changed = found->record;
        changed.old_key->kept_until = now;
        if (auto saved = change(*found, std::move(changed), {}); !saved) return done(saved);
    }
    found->asking_old = true;
    keys_.drop_previous(id, [this, alive = std::weak_ptr<bool>{alive_}, id, done](const Status& wiped) {
        if (alive.expired()) return;
        Entry* entry = this->entry(id);
        if (entry == nullptr) return done(no_old_key());
        entry->asking_old = false;
        // Otherwise it is tried again with the next tick.
        if (!wiped && wiped.error().kind != ErrorKind::not_found) return done(wiped);
        if (!entry->record.old_key) return done({});
        Record changed = entry->record;
        const OldKey old = *changed.old_key;
        const std::vector history{note(changed, "old_key", {Saying::old_key_wiped, {old.fingerprint}})};
        changed.old_key->kept_until.reset();
        if (old.works == Ternary::no) changed.old_key.reset();
        if (auto saved = change(*entry, std::move(changed), history); !saved) return done(saved);
        if (old.works == Ternary::yes) {
            const auto& name = entry->record.name;
            listener_.on_guard({GuardNews::Severity::warning, "OLD_KEY_WORKS", id,
                                "The key that was replaced on \"" + name + "\" still works at the exchange. It is wiped here: delete it there too.",
                                "De vervangen sleutel van \"" + name + "\" werkt nog bij de exchange. Hier is hij gewist: verwijder hem daar ook."});
        }
        done({});
    });
}

void Book::forget_old_key(const std::string& id, Done done) {
    auto found = usable(id);
    if (!found) return done(Unexpected{std::move(found).error()});
    if (!(*found)->record.old_key) return done(no_old_key());
    const auto forget = [this, alive = std::weak_ptr<bool>{alive_}, id, done](const Status& wiped) {
        if (alive.expired()) return;
        if (!wiped) return done(wiped);
        Entry* entry = this->entry(id);
        if (entry == nullptr || !entry->record.old_key) return done({});
        Record changed = entry->record;
        const std::vector history{note(changed, "old_key", {Saying::old_key_confirmed_deleted, {changed.old_key->fingerprint}})};
        changed.old_key.reset();
        done(change(*entry, std::move(changed), history));
    };
    if (!(*found)->record.old_key->kept_until) return forget({});
    ask_old_key(id, [this, alive = std::weak_ptr<bool>{alive_}, id, done, forget](const Status& asked) {
        if (alive.expired()) return;
        Entry* entry = this->entry(id);
        if (entry == nullptr || !entry->record.old_key) return done({});
        // Asked and not answered: its user's word has to do. Not asked at all: later.
        if (!asked && asked.error().code != "old_key_unknown") return done(asked);
        if (asked && entry->record.old_key->works == Ternary::yes)
            return done(Unexpected{Error{ErrorKind::conflict, "The exchange still takes the old key: delete it there first.", Fate::refused, "old_key_works"}});
        wipe_old_key(id, forget);
    });
}

void Book::roll_back(const std::string& id, Done done) {
    auto found = usable(id);
    if (!found) return done(Unexpected{std::move(found).error()});
    Entry& entry = **found;
    const auto& old = entry.record.old_key;
    if (!old || !old->kept_until) return done(no_old_key());
    if (old->works == Ternary::no)
        return done(Unexpected{Error{ErrorKind::conflict, "The exchange refuses the old key: going back to it would stop the connection.", Fate::not_sent, "old_key_dead"}});
    if (entry.rotating || entry.asking_old || unfinished_.find(id) != nullptr)
        return done(Unexpected{Error{ErrorKind::conflict, "This connection's keys are being changed or asked about: try again in a moment.", Fate::not_sent, "key_change_running"}});
    const auto fingerprint = old->fingerprint;
    if (auto begun = unfinished_.begin(id, {Unfinished::Kind::rolling_back, fingerprint}); !begun) return done(begun);
    entry.asking_old = true;
    keys_.roll_back(id, [this, alive = std::weak_ptr<bool>{alive_}, id, fingerprint, done](const Status& back) {
        if (alive.expired()) return;
        if (Entry* now = this->entry(id)) now->asking_old = false;
        if (back) return end_roll_back(id, fingerprint, done);
        if (back.error().fate == Fate::unknown)
            settle_unfinished();
        else
            unfinished_.end(id);
        done(back);
    });
}

void Book::end_roll_back(const std::string& id, const std::string& fingerprint, const Done& done) {
    Entry* found = entry(id);
    if (found == nullptr) {
        unfinished_.end(id);
        return done(no_old_key());
    }
    if (found->record.key_fingerprint != fingerprint) {
        Record changed = found->record;
        changed.key_fingerprint = fingerprint;
        changed.shape.clear();
        changed.old_key.reset();
        changed.key_change.reset();
        const std::vector history{note(changed, "rotated", {Saying::rolled_back, {fingerprint}})};
        if (auto saved = change(*found, std::move(changed), history); !saved) {
            settle_unfinished();
            return done(saved);
        }
        hand_over_stream(*found);
    }
    keys_.drop_staged(id, [this, alive = std::weak_ptr<bool>{alive_}, id, done](const Status& dropped) {
        if (alive.expired()) return;
        // Otherwise it is tried again: no secret stays that nobody uses.
        if (dropped || dropped.error().kind == ErrorKind::not_found)
            unfinished_.end(id);
        else
            settle_unfinished();
        Entry* back = entry(id);
        if (back != nullptr && back->record.status != ConnectionStatus::disabled && !back->is_tested_fully()) {
            back->runner.reset();
            begin_test(*back, false, true);
        }
        done({});
    });
}

}  // namespace bf::connection
