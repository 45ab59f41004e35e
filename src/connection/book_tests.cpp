// The book's testing half: starting tests, what their verdicts do to a connection, its stream, rotation.
#include "connection/entry.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

using Code = exchange::ProblemCode;

/// An exchange that is away says nothing about the key.
bool is_passing(Code code) { return code == Code::exchange_unavailable || code == Code::maintenance || code == Code::rate_limited; }

constexpr int kFailuresToChange = 3;

std::string code_of(const Report& report) { return std::string{exchange::to_string(report.problem ? report.problem->code : Code::other)}; }

}  // namespace

TestInput Book::input_for(const Record& record, const Adapter& adapter) const {
    TestInput input{.info = adapter.calls.info(), .replies = adapter.replies};
    input.market = record.market;
    input.site = record.site;
    input.accepted = record.accepted;
    input.repointed = is_repointed_(record.exchange);
    if (addresses_.v4) input.known_address = addresses_.v4->address;
    return input;
}

Result<std::uint64_t> Book::test(const std::string& id, std::optional<Accepted> accepted, TestDone done) {
    Entry* found = entry(id);
    if (found == nullptr) return Unexpected{Error{ErrorKind::not_found, "There is no such connection.", Fate::not_sent, "not_found"}};
    if (found->record.status == ConnectionStatus::disabled)
        return Unexpected{Error{ErrorKind::conflict, "The connection is disabled: enable it first.", Fate::not_sent, "disabled"}};
    if (accepted && *accepted != found->record.accepted) {
        // What was accepted once stays accepted; acceptance is only added here.
        auto& now = found->record.accepted;
        now = {now.internal_transfer || accepted->internal_transfer, now.unknown_withdrawal || accepted->unknown_withdrawal};
        std::vector<ports::StoredHistory> history;
        note_accepted(found->record, *accepted, history);
        BF_TRY_VOID(save(*found, std::move(history)));
        if (found->runner) found->runner.reset();
    }
    if (found->runner && found->light) found->runner.reset();
    if (!found->runner) start_test(*found, false, true);
    if (done) found->waiting.push_back(std::move(done));
    return found->test;
}

void Book::start_test(Entry& entry, bool light, bool by_user) {
    const auto adapter = adapter_of_(entry.record.exchange);
    BF_ASSERT(adapter);
    entry.test = ++last_test_;
    entry.light = light;
    entry.by_user = by_user;
    auto input = input_for(entry.record, *adapter);
    input.light = light;
    input.shape = entry.shape;
    input.stream_is_live = entry.stream && entry.stream->state() == StreamKeeper::State::live;
    const auto id = entry.record.id;
    const auto number = entry.test;
    entry.runner = std::make_unique<TestRunner>(
        world_, *adapter, id, std::move(input),
        [this, id, number, light](StepId step, const Step* finished) {
            if (!light) listener_.on_step(id, number, step, finished);
        },
        [this, id](const Report& report) { end_test(id, report); });
    if (!light && (entry.record.status == ConnectionStatus::draft || (by_user && !entry.record.proven_at))) {
        entry.record.status = ConnectionStatus::testing;
        entry.record.status_since = world_.clock.wall();
    }
    if (!light) listener_.on_connection(entry.record);
    entry.runner->start();
}

void Book::end_test(const std::string& id, const Report& finished) {
    Entry* found = entry(id);
    if (found == nullptr) return;
    const Report report = finished;
    const auto runner = std::move(found->runner);
    const Instant now = world_.clock.wall();
    const auto before = found->record.status;
    found->record.checked_at = now;
    found->next_light = now + kLightEvery + milliseconds{found->spread % 60000};
    std::vector<ports::StoredHistory> history;
    if (found->light)
        apply_light(*found, report);
    else
        apply_full(*found, report);
    if (!found->light)
        history.push_back(note(found->record, "tested", report.verdict == Verdict::connected ? Fact{Saying::test_passed} : Fact{Saying::test_failed, {code_of(report)}}));
    if (before != found->record.status) {
        found->record.status_since = now;
        history.push_back(note_status(found->record));
    }
    // A verdict that can't be written is told all the same; the next save writes it.
    if (auto saved = save(*found, std::move(history)); !saved) damaged_.push_back(found->record.name);
    confirm_address(report);
    follow_stream(*found);
    if (!found->light) listener_.on_report(found->record, found->test, report);
    listener_.on_connection(found->record);
    for (auto& done : std::exchange(found->waiting, {})) done(found->record, report);
}

void Book::apply_full(Entry& entry, const Report& report) {
    auto& record = entry.record;
    const Instant now = world_.clock.wall();
    record.tested_at = now;
    entry.next_full = now + kFullEvery + milliseconds{entry.spread % 600000};
    record.site = report.site;
    const bool away = report.problem && is_passing(report.problem->code);
    // The earlier proof stays while the exchange is away: nothing new was learned about the key.
    if (!away || !record.report) record.report = report;
    if (report.verdict == Verdict::connected) {
        record.failures_in_row = 0;
        record.problem.reset();
        record.proven_at = now;
        record.status = ConnectionStatus::connected;
        return;
    }
    apply_failure(entry, report.problem.value_or(exchange::Problem{}), report.verdict == Verdict::refused);
}

void Book::apply_light(Entry& entry, const Report& report) {
    auto& record = entry.record;
    if (report.verdict != Verdict::connected) return apply_failure(entry, report.problem.value_or(exchange::Problem{}), report.verdict == Verdict::refused);
    record.failures_in_row = 0;
    if (record.report) {
        record.report->claims.key_valid = report.claims.key_valid;
        record.report->claims.withdraw = report.claims.withdraw;
        record.report->claims.ip_bound = report.claims.ip_bound;
        record.report->balances = report.balances;
        record.report->expires_at = report.expires_at;
    }
    // Recovery from an absence needs no new proof while the last one is fresh; from an error it does.
    if (record.status == ConnectionStatus::degraded) {
        record.status = ConnectionStatus::connected;
        record.problem.reset();
    } else if (record.status == ConnectionStatus::error) {
        entry.next_full = world_.clock.wall();
    }
}

void Book::apply_failure(Entry& entry, const exchange::Problem& problem, bool refused) {
    auto& record = entry.record;
    ++record.failures_in_row;
    if (refused) {
        record.status = ConnectionStatus::refused;
        record.problem = problem;
        return;
    }
    if (!entry.by_user && record.status == ConnectionStatus::connected && record.failures_in_row < kFailuresToChange) return;
    record.problem = problem;
    record.status = is_passing(problem.code) && record.proven_at ? ConnectionStatus::degraded : ConnectionStatus::error;
}

void Book::set_status(Entry& entry, ConnectionStatus status, std::vector<ports::StoredHistory>& history) {
    if (entry.record.status == status) return;
    entry.record.status = status;
    entry.record.status_since = world_.clock.wall();
    history.push_back(note_status(entry.record));
}

void Book::follow_stream(Entry& entry) {
    const auto& record = entry.record;
    const bool wanted = record.status == ConnectionStatus::connected || record.status == ConnectionStatus::degraded;
    if (!wanted) return entry.stream.reset();
    if (entry.stream) return;
    const auto adapter = adapter_of_(record.exchange);
    if (!adapter) return;
    StreamKeeper::Setup setup{.connection = record.id, .market = record.market, .site = record.site};
    setup.repointed = is_repointed_(record.exchange);
    setup.spread = entry.spread;
    if (record.report) {
        setup.account_mode = record.report->account_mode;
        setup.key_version = record.report->key_version;
        setup.clock_offset = record.report->clock_offset;
    }
    const auto id = record.id;
    entry.stream = std::make_unique<StreamKeeper>(world_, *adapter, std::move(setup), [this, id](StreamKeeper::State, const std::optional<exchange::Problem>&) {
        if (Entry* found = this->entry(id)) listener_.on_connection(found->record);
    });
}

void Book::confirm_address(const Report& report) {
    auto updated = addresses_;
    const auto confirm = [&](std::optional<OwnAddress>& own, const std::optional<std::string>& seen) {
        if (!seen) return false;
        if (own && own->address == *seen && own->confirmed_at) return false;
        own = OwnAddress{*seen, own && own->address == *seen ? own->source : "exchange", report.exchange, world_.clock.wall()};
        return true;
    };
    const bool v4 = confirm(updated.v4, report.egress_v4);
    const bool v6 = confirm(updated.v6, report.egress_v6);
    if (v4 || v6) static_cast<void>(set_addresses(std::move(updated)).has_value());
}

void Book::learn_address(exchange::ExchangeId exchange, Done done) {
    const auto adapter = adapter_of_(exchange);
    if (!adapter || !adapter->calls.info().tells_our_address) return done(bad_input("This exchange does not tell our address without a key."));
    exchange::Call call;
    call.operation = exchange::Operation::egress_address;
    exchange::RequestList requests;
    if (auto written = adapter->calls.write(call, nullptr, world_.clock.wall(), requests); !written) return done(bad_input(written.error().detail));
    world_.transport.send(requests[0], milliseconds{6000}, [this, alive = std::weak_ptr<bool>{alive_}, adapter, call, exchange, done](Result<wire::Response> response) {
        if (alive.expired()) return;
        if (!response) return done(Unexpected{std::move(response).error()});
        const auto address = adapter->replies.egress_address(*response, {.call = call, .now = world_.clock.wall()});
        if (!address) return done(Unexpected{Error{ErrorKind::unreachable, "The exchange did not tell our address; try again, or type it.", Fate::refused, "address_not_told"}});
        Report seen;
        seen.exchange = exchange;
        (address->find(':') == std::string::npos ? seen.egress_v4 : seen.egress_v6) = *address;
        confirm_address(seen);
        done({});
    });
}

void Book::rotate(const std::string& id, std::string sealed, Done staged, Done done) {
    Entry* found = entry(id);
    if (found == nullptr) return staged(Unexpected{Error{ErrorKind::not_found, "There is no such connection.", Fate::not_sent, "not_found"}});
    if (found->rotation) return staged(Unexpected{Error{ErrorKind::conflict, "A new key is being tested already.", Fate::not_sent, "rotation_running"}});
    keys_.stage(id, found->record.exchange, std::move(sealed), [this, alive = std::weak_ptr<bool>{alive_}, id, staged, done](Result<ports::KeptKey> kept) {
        if (alive.expired()) return;
        Entry* current = entry(id);
        if (!kept) return staged(Unexpected{std::move(kept).error()});
        if (current == nullptr) return keys_.drop_staged(id, [staged](Status) { staged(bad_input("The connection was removed meanwhile.")); });
        if (std::any_of(kept->findings.begin(), kept->findings.end(), [](const auto& finding) { return finding.fatal; }))
            return staged(Unexpected{Error{ErrorKind::bad_input, tell(facts_of(kept->findings), exchange::Language::en) + "; the old key stays in use.", Fate::not_sent, "malformed_credentials"}});
        const auto adapter = adapter_of_(current->record.exchange);
        auto input = input_for(current->record, *adapter);
        input.shape = kept->findings;
        const auto fingerprint = kept->fingerprint;
        const auto number = ++last_test_;
        current->rotation = std::make_unique<TestRunner>(
            world_, *adapter, ports::Keys::staged_name(id), std::move(input),
            [this, id, number](StepId step, const Step* finished) { listener_.on_step(id, number, step, finished); },
            [this, id, number, fingerprint, done](const Report& report) { end_rotation(id, number, fingerprint, report, done); });
        current->rotation->start();
        listener_.on_connection(current->record);
        staged({});
    });
}

void Book::end_rotation(const std::string& id, std::uint64_t test, const std::string& fingerprint, Report report, Done done) {
    Entry* found = entry(id);
    if (found == nullptr) return;
    const auto runner = std::move(found->rotation);
    const auto& old_account = found->record.report ? found->record.report->account_id : std::nullopt;
    const bool other_account = report.verdict == Verdict::connected && old_account && report.account_id && *old_account != *report.account_id;
    if (other_account) {
        report.verdict = Verdict::failed;
        report.problem = exchange::Problem{.code = Code::other, .exchange_message = "The new key belongs to another account at the exchange."};
    }
    if (report.verdict != Verdict::connected) {
        const Fact fact = other_account ? Fact{Saying::new_key_other_account} : Fact{Saying::new_key_failed, {code_of(report)}};
        const Error error{ErrorKind::denied, tell({fact}, exchange::Language::en), Fate::refused, other_account ? "rotation_other_account" : "rotation_failed"};
        return keys_.drop_staged(id, [this, alive = std::weak_ptr<bool>{alive_}, id, test, report, fact, error, done](Status) {
            Entry* kept = alive.expired() ? nullptr : entry(id);
            if (kept == nullptr) return done(Unexpected{error});
            static_cast<void>(save(*kept, {note(kept->record, "rotated", fact)}).has_value());
            listener_.on_report(kept->record, test, report);
            listener_.on_connection(kept->record);
            done(Unexpected{error});
        });
    }
    keys_.promote(id, [this, alive = std::weak_ptr<bool>{alive_}, id, test, fingerprint, report, done](Status promoted) {
        if (alive.expired()) return;
        Entry* changed = entry(id);
        if (!promoted || changed == nullptr) return done(promoted);
        changed->record.key_fingerprint = fingerprint;
        changed->stream.reset();
        changed->by_user = true;
        apply_full(*changed, report);
        if (auto saved = save(*changed, {note(changed->record, "rotated", {Saying::key_replaced, {fingerprint}})}); !saved) return done(saved);
        follow_stream(*changed);
        listener_.on_report(changed->record, test, report);
        listener_.on_connection(changed->record);
        done({});
    });
}

}  // namespace bf::connection
