// What the verdicts of tests do to a connection and its stream.
#include "connection/entry.hpp"

#include <algorithm>
#include <utility>

namespace bf::connection {
namespace {

using Code = exchange::ProblemCode;

constexpr int kFailuresToChange = 3;

std::string code_of(const Report& report) { return std::string{exchange::to_string(report.problem ? report.problem->code : Code::other)}; }

}  // namespace

std::optional<exchange::Remark> Book::hold_to_account(const Record& record, Report& report) {
    // Where the account is known it must be the same: the orders of open groups are looked up there, and on another one they would be called absent.
    const auto& wanted = record.owed_account ? record.owed_account : record.account_id;
    if (report.verdict != Verdict::connected || !wanted || wanted == report.account_id) return std::nullopt;
    const auto why = report.account_id ? exchange::Remark::other_account : exchange::Remark::account_untold;
    report.verdict = Verdict::failed;
    report.problem = exchange::Problem{.code = Code::other, .exchange_message = exchange::say(why)};
    return why;
}

void Book::end_test(const std::string& id, const Report& finished) {
    Entry* found = entry(id);
    if (found == nullptr) return;
    Report report = finished;
    if (found->record.owed_account && !found->light) (void)hold_to_account(found->record, report);
    const auto runner = std::move(found->runner);
    const Instant now = world_.clock.wall();
    const auto before = found->record.status;
    const auto report_before = found->record.report;
    found->record.checked_at = now;
    found->next_light = now + kLightEvery + milliseconds{found->spread % kLightSpread.count()};
    if (found->light)
        apply_light(*found, report);
    else
        apply_full(*found, report);
    std::vector<ports::StoredHistory> history;
    if (!found->light && found->by_user && report.verdict == Verdict::connected) found->record.key_change.reset();
    if (report_before) note_key_change(found->record, *report_before, report, history);
    if (!found->light)
        history.push_back(note(found->record, "tested", report.verdict == Verdict::connected ? Fact{Saying::test_passed} : Fact{Saying::test_failed, {code_of(report)}}));
    if (before != found->record.status) {
        found->record.status_since = now;
        history.push_back(note_status(found->record));
    }
    // A verdict that can't be written is told all the same; the next save writes it.
    if (auto saved = save(found->record, history); !saved) listener_.on_trouble(found->record, saved.error());
    confirm_address(report);
    follow_stream(*found);
    listener_.on_tested(found->record, found->light, report);
    if (!found->light) listener_.on_report(found->record, found->test, report);
    listener_.on_connection(found->record);
    for (auto& done : std::exchange(found->waiting, {})) done(found->record, &report);
    run_queued();
}

void Book::apply_full(Entry& entry, const Report& report) {
    auto& record = entry.record;
    const Instant now = world_.clock.wall();
    record.tested_at = now;
    entry.next_full = now + kFullEvery + milliseconds{entry.spread % kFullSpread.count()};
    const bool away = report.problem && is_away(report.problem->code);
    // The earlier proof stays while the exchange is away: nothing new was learned about the key.
    if (!away || !record.report) {
        const auto offset = record.report ? record.report->clock_offset : milliseconds{0};
        record.report = report;
        // Nothing is signed by one that is further off. Once the clock is set right the one before serves again, at once.
        if (std::chrono::abs(report.clock_offset) > kClockCorrectedMax) record.report->clock_offset = offset;
    }
    if (report.account_id && !record.owed_account) record.account_id = report.account_id;
    if (report.verdict == Verdict::connected) {
        if (record.owed_account) record.account_id = std::exchange(record.owed_account, std::nullopt);
        record.site = report.site;
        record.failures_in_row = 0;
        record.problem.reset();
        record.proven_at = now;
        record.status = ConnectionStatus::connected;
        const bool v6 = record.family == ports::Family::v6;
        const auto& known = v6 ? addresses_.v6 : addresses_.v4;
        const auto& told = v6 ? report.egress_v6 : report.egress_v4;
        // A network on the way may change the one into the other: what the exchange saw is what counts.
        record.proven_from = told ? told : v6 ? report.egress_v4 : report.egress_v6;
        if (!record.proven_from && known && known->confirmed_at) record.proven_from = known->address;
        return;
    }
    apply_failure(entry, report.problem.value_or(exchange::Problem{}), report.verdict == Verdict::refused);
    // What a light check does not look at must be able to fail three times in a row as well.
    const bool stands = record.status == ConnectionStatus::connected || record.status == ConnectionStatus::degraded;
    if (stands) entry.next_full = entry.next_light;
}

void Book::apply_light(Entry& entry, const Report& report) {
    auto& record = entry.record;
    if (report.verdict != Verdict::connected) return apply_failure(entry, report.problem.value_or(exchange::Problem{}), report.verdict == Verdict::refused);
    record.failures_in_row = 0;
    if (record.report) {
        auto& kept = *record.report;
        kept.claims.key_valid = report.claims.key_valid;
        kept.claims.withdraw = report.claims.withdraw;
        kept.claims.transfer = report.claims.transfer;
        kept.claims.ip_bound = report.claims.ip_bound;
        if (!report.permissions.empty()) {
            kept.permissions = report.permissions;
            kept.more_than_needed = report.more_than_needed;
            kept.ip_allow_list = report.ip_allow_list;
        }
        kept.balances = report.balances;
        kept.expires_at = report.expires_at;
        kept.clock_offset = report.clock_offset;
        // Another kind of account has other calls, which only a full test has tried.
        if (kept.account_mode != report.account_mode) entry.next_full = world_.clock.wall();
    }
    if (record.status == ConnectionStatus::error) {
        // What was wrong is only known to be right again after a full test.
        entry.next_full = world_.clock.wall();
    } else if (record.status == ConnectionStatus::degraded) {
        // Recovery from an absence needs no new proof while the last one is fresh.
        record.status = ConnectionStatus::connected;
        record.problem.reset();
        if (record.proven_at) entry.next_full = std::min(entry.next_full, *record.proven_at + kFullEvery);
    }
}

void Book::apply_failure(Entry& entry, const exchange::Problem& problem, bool refused) {
    auto& record = entry.record;
    if (refused) {
        ++record.failures_in_row;
        record.status = ConnectionStatus::refused;
        record.problem = problem;
        return;
    }
    const bool passing = is_away(problem.code);
    // Three in a row of one kind: an exchange that was away twice and then refuses once has refused once.
    if (record.failures_in_row > 0 && passing != record.failures_are_passing) record.failures_in_row = 0;
    record.failures_are_passing = passing;
    ++record.failures_in_row;
    const bool proven_wrong = record.status == ConnectionStatus::error && record.problem && !is_away(record.problem->code);
    // An error of the key stays what it is while the exchange is away.
    if (passing && proven_wrong) return;
    const bool stands = record.status == ConnectionStatus::connected || record.status == ConnectionStatus::degraded;
    if (!entry.by_user && stands && record.failures_in_row < kFailuresToChange) return;
    record.problem = problem;
    record.status = passing && record.proven_at ? ConnectionStatus::degraded : ConnectionStatus::error;
}

void Book::follow_stream(Entry& entry) {
    const auto& record = entry.record;
    const bool wanted = record.status == ConnectionStatus::connected || record.status == ConnectionStatus::degraded;
    if (!wanted) return entry.close_streams();
    if (entry.stream) {
        if (record.report && entry.stream->account_mode() != record.report->account_mode) return hand_over_stream(entry);
        if (record.report) entry.stream->set_clock_offset(record.report->clock_offset);
        return;
    }
    const auto adapter = adapter_of_(record.exchange);
    if (!adapter) return;
    StreamKeeper::Setup setup{.connection = record.id, .market = record.market, .site = record.site};
    setup.repointed = is_repointed_(record.exchange);
    setup.spread = entry.spread;
    setup.pace = pace_of(record.exchange);
    if (tap_of_) setup.tap = tap_of_(record);
    if (record.report) {
        setup.account_mode = record.report->account_mode;
        setup.key_version = record.report->key_version;
        setup.clock_offset = record.report->clock_offset;
    }
    const auto id = record.id;
    entry.stream = std::make_unique<StreamKeeper>(world_of(record), *adapter, std::move(setup), [this, id](StreamKeeper::State state, const std::optional<exchange::Problem>&) {
        Entry* found = this->entry(id);
        if (found == nullptr) return;
        if (state == StreamKeeper::State::live && found->retiring) {
            found->retiring->silence();
            found->retiring.reset();
        }
        listener_.on_connection(found->record);
    });
}

void Book::hand_over_stream(Entry& entry) {
    const bool live = entry.stream && entry.stream->state() == StreamKeeper::State::live;
    if (live) {
        entry.stream->retire();
        entry.retiring = std::move(entry.stream);
    }
    entry.stream.reset();
    follow_stream(entry);
}

}  // namespace bf::connection
