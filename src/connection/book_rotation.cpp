// A key is replaced: the new one is tested beside the old one and takes over only when it passed and belongs to the same account.
#include "connection/entry.hpp"

#include <algorithm>

namespace bf::connection {

using Code = exchange::ProblemCode;

namespace {

/// What looked unusual about the key this test was of.
Facts odd_shape(const Report& report) {
    for (const auto& step : report.steps)
        if (step.id == StepId::input_shape && step.result == StepResult::warn) return step.detail;
    return {};
}

}  // namespace

void Book::rotate(const std::string& id, std::string sealed, Done staged, Done done, std::chrono::hours keep_old) {
    auto found = usable(id);
    if (!found) return staged(Unexpected{std::move(found).error()});
    Entry& entry = **found;
    if (entry.record.status == ConnectionStatus::disabled)
        return staged(Unexpected{Error{ErrorKind::conflict, "The connection is disabled: enable it first.", Fate::not_sent, "disabled"}});
    if (entry.rotating) return staged(Unexpected{Error{ErrorKind::conflict, "A new key is being tested already.", Fate::not_sent, "rotation_running"}});
    if (unfinished_.find(id) != nullptr)
        return staged(Unexpected{Error{ErrorKind::conflict, "An earlier change of this connection's key is still being finished: try again in a moment.", Fate::not_sent, "key_change_running"}});
    if (auto begun = unfinished_.begin(id, {Unfinished::Kind::staging}); !begun) return staged(begun);
    entry.rotating = true;
    entry.keep_old = std::clamp(keep_old, std::chrono::hours{0}, kKeepOldKeyMax);
    entry.rotation_done = std::move(done);
    keys_.stage(id, entry.record.exchange, std::move(sealed), [this, alive = std::weak_ptr<bool>{alive_}, id, staged](Result<ports::KeptKey> kept) {
        if (alive.expired()) return;
        Entry* current = this->entry(id);
        // Removed meanwhile: the signer wiped every key of it, after this one or before it came; the next start looks again.
        if (current == nullptr) return staged(Unexpected{Error{ErrorKind::conflict, "The connection was removed meanwhile.", Fate::refused, "removed"}});
        const bool disabled = current->record.status == ConnectionStatus::disabled;
        if (kept && !disabled && !any_fatal(kept->findings)) return begin_rotation(*current, *kept, staged);
        Fact fact{Saying::new_key_disabled};
        Error why = disabled_meanwhile();
        if (!kept) {
            fact = {Saying::new_key_not_kept, {kept.error().detail}};
            why = kept.error();
        } else if (!disabled) {
            const auto findings = tell(facts_of(kept->findings), exchange::Language::en);
            fact = {Saying::new_key_malformed, {findings}};
            why = {ErrorKind::bad_input, findings + "; the old key stays in use.", Fate::not_sent, malformed_code(kept->findings)};
        }
        current->rotation_done = [](const Status&) {};
        staged(Unexpected{why});
        drop_rotation(id, fact, why);
    });
}

void Book::begin_rotation(Entry& entry, const ports::KeptKey& kept, const Done& staged) {
    const auto adapter = adapter_of_(entry.record.exchange);
    auto input = input_for(entry.record, *adapter);
    input.shape = facts_of(kept.findings);
    const auto id = entry.record.id;
    const auto number = ++last_test_;
    entry.rotation = std::make_unique<TestRunner>(
        world_of(entry.record), *adapter, ports::Keys::staged_name(id), std::move(input),
        [this, id, number](StepId step, const Step* finished) { listener_.on_step(id, number, step, finished); },
        [this, id, number, fingerprint = kept.fingerprint](const Report& report) { end_rotation(id, number, fingerprint, report); },
        TestRoom{.pace = pace_of(entry.record.exchange)});
    entry.rotation->start();
    listener_.on_connection(entry.record);
    staged({});
}

void Book::end_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, Report report) {
    Entry* found = entry(id);
    if (found == nullptr) return;
    const auto runner = std::move(found->rotation);
    const auto wrong_account = hold_to_account(found->record, report);
    const bool other_account = wrong_account == exchange::Remark::other_account, account_unknown = wrong_account == exchange::Remark::account_untold;
    if (report.verdict == Verdict::connected) return promote_rotation(id, test, fingerprint, report);
    // Not the exchange's word at all: for a connection that is frozen whole the signer signs no test either.
    if (report.problem && report.problem->exchange_message == exchange::say(exchange::Remark::frozen_wholly)) {
        listener_.on_report(found->record, test, report);
        const std::string why = "The connection is frozen for everything, so a new key can't be tested. End the freeze first; a freeze of entries alone lets a key be replaced.";
        return drop_rotation(id, {Saying::new_key_not_kept, {exchange::say(exchange::Remark::frozen_wholly) + '.'}}, {ErrorKind::denied, why, Fate::refused, "rotation_frozen"});
    }
    const std::string code{exchange::to_string(report.problem ? report.problem->code : Code::other)};
    const Fact fact = other_account ? Fact{Saying::new_key_other_account} : account_unknown ? Fact{Saying::new_key_account_unknown} : Fact{Saying::new_key_failed, {code}};
    listener_.on_report(found->record, test, report);
    const char* const why = other_account ? "rotation_other_account" : account_unknown ? "rotation_account_unknown" : report.verdict == Verdict::refused ? "rotation_refused" : "rotation_failed";
    drop_rotation(id, fact, {ErrorKind::denied, tell({fact}, exchange::Language::en), Fate::refused, why});
}

void Book::promote_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, const Report& report) {
    if (auto begun = unfinished_.begin(id, {Unfinished::Kind::promoting, fingerprint}); !begun)
        return drop_rotation(id, {Saying::new_key_not_kept, {begun.error().detail}}, begun.error());
    keys_.promote(id, [this, alive = std::weak_ptr<bool>{alive_}, id, test, fingerprint, report](Status promoted) {
        if (alive.expired()) return;
        Entry* changed = entry(id);
        if (changed == nullptr) return;
        if (!promoted && promoted.error().fate != Fate::unknown) return drop_rotation(id, {Saying::new_key_not_kept, {promoted.error().detail}}, promoted.error());
        if (!promoted) {
            // Whether it took over is found out by asking: see settle().
            finish_rotation(*changed, promoted);
            return settle_unfinished();
        }
        const auto before = changed->record.status;
        std::vector<ports::StoredHistory> history{note(changed->record, "rotated", {Saying::key_replaced, {fingerprint}})};
        keep_old_key(changed->record, changed->keep_old, history);
        changed->record.key_fingerprint = fingerprint;
        changed->record.shape = odd_shape(report);
        changed->record.key_change.reset();
        changed->by_user = true;
        // A disabled connection keeps its new key and its pause.
        if (before != ConnectionStatus::disabled) apply_full(*changed, report);
        if (before != changed->record.status) {
            changed->record.status_since = world_.clock.wall();
            history.push_back(note_status(changed->record));
        }
        const auto saved = save(changed->record, history);
        if (saved) unfinished_.end(id);
        confirm_address(report);
        hand_over_stream(*changed);
        listener_.on_report(changed->record, test, report);
        finish_rotation(*changed, saved);
        listener_.on_connection(changed->record);
        tend_old_keys();
    });
}

void Book::drop_rotation(const std::string& id, const Fact& fact, const Error& why) {
    if (Entry* found = entry(id)) found->rotation.reset();
    keys_.drop_staged(id, [this, alive = std::weak_ptr<bool>{alive_}, id, fact, why](const Status& dropped) {
        if (alive.expired()) return;
        // Otherwise it is tried again: no secret stays that nobody uses.
        if (dropped || dropped.error().kind == ErrorKind::not_found)
            unfinished_.end(id);
        else
            settle_unfinished();
        Entry* kept = entry(id);
        if (kept == nullptr) return;
        if (auto saved = save(kept->record, {note(kept->record, "rotated", fact)}); !saved) listener_.on_trouble(kept->record, saved.error());
        finish_rotation(*kept, Unexpected{why});
        listener_.on_connection(kept->record);
    });
}

void Book::finish_rotation(Entry& entry, const Status& ended) {
    if (!entry.rotating) return;
    entry.rotating = false;
    const auto done = std::exchange(entry.rotation_done, {});
    if (done) done(ended);
}

}  // namespace bf::connection
