// When tests run: at once when their user wants it, on schedule otherwise, and never beyond what the exchange lets this server ask.
#include "connection/entry.hpp"

namespace bf::connection {
namespace {

constexpr milliseconds kTick{1000};
constexpr milliseconds kSoonest{20};
/// Scheduled tests running at once: a start with many connections must not look like an attack to an exchange, and an exchange that
/// does not answer must not hold up the checks of the others for long.
constexpr std::size_t kScheduledTestsMax = 16;

}  // namespace

Pace* Book::pace_of(exchange::ExchangeId id) {
    const auto adapter = adapter_of_(id);
    if (!adapter || !adapter->limits) return nullptr;
    auto& pace = paces_[id];
    if (!pace) pace = std::make_unique<Pace>(*adapter->limits);
    return pace.get();
}

TestInput Book::input_for(const Record& record, const Adapter& adapter) const {
    TestInput input{.info = adapter.calls.info(), .replies = adapter.replies};
    input.market = record.market;
    input.site = record.site;
    input.accepted = record.accepted;
    input.shape = record.shape;
    input.repointed = is_repointed_(record.exchange);
    const auto& own = record.family == ports::Family::v6 ? addresses_.v6 : addresses_.v4;
    if (own) input.known_address = own->address;
    if (record.report) {
        input.account_mode = record.report->account_mode;
        input.key_version = record.report->key_version;
    }
    return input;
}

Result<std::uint64_t> Book::test(const std::string& id, Wishes wishes, TestDone done) {
    BF_TRY(Entry* const found, usable(id));
    if (found->record.status == ConnectionStatus::disabled)
        return Unexpected{Error{ErrorKind::conflict, "The connection is disabled: enable it first.", Fate::not_sent, "disabled"}};
    Record changed = found->record;
    std::vector<ports::StoredHistory> history;
    if (wishes.accepted) {
        // What was accepted once stays accepted; acceptance is only added here.
        const Accepted before = changed.accepted;
        changed.accepted = {before.internal_transfer || wishes.accepted->internal_transfer, before.unknown_withdrawal || wishes.accepted->unknown_withdrawal};
        const Accepted added{changed.accepted.internal_transfer && !before.internal_transfer, changed.accepted.unknown_withdrawal && !before.unknown_withdrawal};
        note_accepted(changed, added, history);
    }
    if (wishes.site && *wishes.site != changed.site) {
        changed.site = *wishes.site;
        history.push_back(note(changed, "site", {*wishes.site == exchange::Site::eu ? Saying::site_eu : Saying::site_global}));
    }
    if (!history.empty()) {
        BF_TRY_VOID(change(*found, std::move(changed), history));
        found->runner.reset();
    }
    if (found->runner && found->light) found->runner.reset();
    if (!found->runner && !found->queued) begin_test(*found, false, true);
    if (done) found->waiting.push_back(std::move(done));
    return found->test;
}

bool Book::begin_test(Entry& entry, bool light, bool by_user) {
    entry.test = ++last_test_;
    entry.light = light;
    entry.by_user = by_user;
    auto& record = entry.record;
    if (!light && by_user && !record.proven_at && record.status != ConnectionStatus::testing) {
        record.status = ConnectionStatus::testing;
        record.status_since = world_.clock.wall();
        // So that a start that follows a sudden end tests it again.
        if (auto saved = save(record, {}); !saved) listener_.on_trouble(record, saved.error());
    }
    const bool runs = try_run(entry, by_user ? Pace::Share::whole : Pace::Share::scheduled);
    entry.queued = by_user && !runs;
    if (!light && (by_user || runs)) listener_.on_connection(record);
    return runs;
}

bool Book::try_run(Entry& entry, Pace::Share share) {
    const auto adapter = adapter_of_(entry.record.exchange);
    BF_ASSERT(adapter);
    TestRoom room{.pace = pace_of(entry.record.exchange)};
    if (room.pace != nullptr) {
        auto booking = room.pace->admit(world_.clock.steady(), room.pace->expected(entry.record.market, entry.light), share);
        if (!booking) return false;
        room.booking = std::move(*booking);
    }
    auto input = input_for(entry.record, *adapter);
    input.light = entry.light;
    input.stream_is_live = entry.stream && entry.stream->state() == StreamKeeper::State::live;
    const auto id = entry.record.id;
    entry.runner = std::make_unique<TestRunner>(
        world_of(entry.record), *adapter, id, std::move(input),
        [this, id, number = entry.test, light = entry.light](StepId step, const Step* finished) {
            if (!light) listener_.on_step(id, number, step, finished);
        },
        [this, id](const Report& report) { end_test(id, report); }, std::move(room));
    entry.runner->start();
    return true;
}

void Book::stop_test(Entry& entry) {
    entry.runner.reset();
    entry.queued = false;
    for (auto& done : std::exchange(entry.waiting, {})) done(entry.record, nullptr);
}

void Book::run_queued() {
    std::vector<Entry*> queued;
    for (auto& [id, entry] : entries_)
        if (entry->queued) queued.push_back(entry.get());
    std::sort(queued.begin(), queued.end(), [](const Entry* a, const Entry* b) { return a->test < b->test; });
    std::set<exchange::ExchangeId> full;
    milliseconds soonest = kTick;
    for (Entry* entry : queued) {
        if (full.contains(entry->record.exchange)) continue;
        entry->queued = !try_run(*entry, Pace::Share::whole);
        if (!entry->queued) continue;
        full.insert(entry->record.exchange);
        Pace& pace = *pace_of(entry->record.exchange);
        // No sooner than a test's calls need: what is set aside comes free with them.
        soonest = std::min(soonest, std::max(kSoonest, pace.room_in(world_.clock.steady(), pace.expected(entry->record.market, false))));
    }
    if (full.empty() || queue_timer_) return;
    queue_timer_ = world_.timers.after(soonest, [this] {
        queue_timer_.reset();
        run_queued();
    });
}

void Book::tick() {
    run_queued();
    watch_address();
    note_key_life();
    tend_old_keys();
    const Instant now = world_.clock.wall();
    std::size_t running = 0;
    std::vector<Entry*> due;
    for (const auto& [id, entry] : entries_) {
        // A test that was made while the clock was ahead would be the last one until it has caught up.
        entry->next_light = std::min(entry->next_light, now + kLightEvery + kLightSpread);
        entry->next_full = std::min(entry->next_full, now + kFullEvery + kFullSpread);
        running += entry->runner != nullptr && !entry->by_user;
        const bool idle = !entry->runner && !entry->queued && !entry->removing;
        if (idle && is_watched(entry->record.status) && (now >= entry->next_full || now >= entry->next_light)) due.push_back(entry.get());
    }
    // The longest overdue first: none is passed over for ever.
    std::sort(due.begin(), due.end(), [](const Entry* a, const Entry* b) { return std::min(a->next_full, a->next_light) < std::min(b->next_full, b->next_light); });
    std::set<exchange::ExchangeId> full;
    for (Entry* entry : due) {
        if (running >= kScheduledTestsMax) break;
        if (full.contains(entry->record.exchange)) continue;
        if (begin_test(*entry, now < entry->next_full, false))
            ++running;
        else
            full.insert(entry->record.exchange);
    }
    tick_timer_ = world_.timers.after(kTick, [this] { tick(); });
}

}  // namespace bf::connection
