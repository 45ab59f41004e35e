#include "connection/entry.hpp"

#include "base/text.hpp"

namespace bf::connection {
namespace {

constexpr std::size_t kNameLengthMax = 60;

Unexpected<Error> not_found(const std::string& name) {
    return Unexpected{Error{ErrorKind::not_found, "There is no connection \"" + name + "\".", Fate::not_sent, "not_found"}};
}

Unexpected<Error> being_removed() { return Unexpected{Error{ErrorKind::conflict, "The connection is being removed.", Fate::not_sent, "removing"}}; }

Unexpected<Error> malformed(const std::vector<exchange::ShapeFinding>& findings) {
    return Unexpected{Error{ErrorKind::bad_input, tell(facts_of(findings), exchange::Language::en) + "; nothing was saved or sent.", Fate::not_sent,
                            malformed_code(findings)}};
}

Saying saying_of(ConnectionStatus status) {
    switch (status) {
        case ConnectionStatus::draft: return Saying::status_draft;
        case ConnectionStatus::testing: return Saying::status_testing;
        case ConnectionStatus::connected: return Saying::status_connected;
        case ConnectionStatus::degraded: return Saying::status_degraded;
        case ConnectionStatus::error: return Saying::status_error;
        case ConnectionStatus::refused: return Saying::status_refused;
        case ConnectionStatus::disabled: return Saying::status_disabled;
    }
    return Saying::status_error;
}

}  // namespace

Book::Book(World world, ports::Keys& keys, ports::Store& store, ports::Entropy& entropy, AdapterOf adapter_of, IsRepointed is_repointed,
           BookListener& listener)
    : world_{world}, keys_{keys}, store_{store}, entropy_{entropy}, adapter_of_{std::move(adapter_of)}, is_repointed_{std::move(is_repointed)},
      listener_{listener}, unfinished_{store} {}

Book::~Book() {
    *alive_ = false;
    if (tick_timer_) world_.timers.cancel(*tick_timer_);
    if (queue_timer_) world_.timers.cancel(*queue_timer_);
    if (settle_timer_) world_.timers.cancel(*settle_timer_);
}

Book::Entry* Book::entry(const std::string& id) {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : at->second.get();
}
const Book::Entry* Book::entry(const std::string& id) const { return const_cast<Book*>(this)->entry(id); }

Result<Book::Entry*> Book::usable(const std::string& id) {
    Entry* found = entry(id);
    if (found == nullptr) return not_found(id);
    // Also one whose key may be wiped already: another change of it would make the removal forgotten, and leave a connection without a key.
    const auto* change = unfinished_.find(id);
    if (found->removing || (change != nullptr && change->kind == Unfinished::Kind::removing)) return being_removed();
    return found;
}

Status Book::load() {
    BF_TRY(const auto rows, store_.connections());
    BF_TRY_VOID(unfinished_.load());
    BF_TRY_VOID(load_addresses());
    for (const auto& row : rows) {
        auto record = read_document(row.document);
        const auto family = ports::parse_family(row.family);
        if (!record || record->id != row.id || !family) {
            damaged_[row.id] = row.name;
            continue;
        }
        record->family = *family;
        auto added = std::make_unique<Entry>();
        added->spread = fresh_spread();
        const Instant now = world_.clock.wall();
        added->next_light = now + milliseconds{2000 + added->spread % 30000};
        added->next_full = record->proven_at.value_or(Instant{}) + kFullEvery;
        added->record = std::move(*record);
        Entry& stored = *(entries_[added->record.id] = std::move(added));
        follow_stream(stored);
        // A first test that was cut short never came to a verdict: it is made again.
        if (stored.record.status == ConnectionStatus::testing) begin_test(stored, false, true);
    }
    settle_unfinished();
    tick();
    return {};
}

Result<std::string> Book::free_name(const std::string& name, const std::string& own_id) const {
    const std::string trimmed{trim(name)};
    if (trimmed.empty()) return Unexpected{Error{ErrorKind::bad_input, "A connection needs a name, for instance \"MEXC Spot Main\".", Fate::not_sent, "name_empty"}};
    if (trimmed.size() > kNameLengthMax) return Unexpected{Error{ErrorKind::bad_input, "A connection's name has at most 60 characters.", Fate::not_sent, "name_too_long"}};
    const bool clean = std::none_of(trimmed.begin(), trimmed.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!clean) return Unexpected{Error{ErrorKind::bad_input, "A connection's name can't hold control characters.", Fate::not_sent, "name_malformed"}};
    for (const auto& [id, other] : entries_)
        if (id != own_id && to_lower(other->record.name) == to_lower(trimmed))
            return Unexpected{Error{ErrorKind::conflict, "There is a connection \"" + other->record.name + "\" already: names are unique.", Fate::not_sent, "name_taken"}};
    for (const auto& [id, unread] : damaged_)
        if (to_lower(unread) == to_lower(trimmed))
            return Unexpected{Error{ErrorKind::conflict, "There is a connection \"" + unread + "\" already, which can't be read: remove it first, or choose another name.", Fate::not_sent, "name_taken"}};
    return trimmed;
}

std::string Book::fresh_id() {
    std::array<unsigned char, 8> bytes{};
    entropy_.fill(bytes);
    return "c" + to_hex(bytes);
}

std::uint32_t Book::fresh_spread() {
    std::array<unsigned char, 3> dice{};
    entropy_.fill(dice);
    return static_cast<std::uint32_t>(dice[0]) | static_cast<std::uint32_t>(dice[1]) << 8 | static_cast<std::uint32_t>(dice[2]) << 16;
}

ports::StoredHistory Book::note(const Record& record, std::string kind, const Fact& fact) const {
    std::string detail;
    wire::JsonWriter out{detail};
    out.begin_object().key("facts");
    write_json(out, Facts{fact});
    out.end_object();
    return {0, record.id, world_.clock.wall(), std::move(kind), tell({fact}, exchange::Language::en), std::move(detail)};
}

ports::StoredHistory Book::note_status(const Record& record) const {
    Fact fact{saying_of(record.status)};
    if (record.problem) fact.about.emplace_back(exchange::to_string(record.problem->code));
    return note(record, "status", fact);
}

void Book::note_accepted(const Record& record, const Accepted& accepted, std::vector<ports::StoredHistory>& history) const {
    if (accepted.internal_transfer) history.push_back(note(record, "accepted", {Saying::accepted_internal_transfer}));
    if (accepted.unknown_withdrawal) history.push_back(note(record, "accepted", {Saying::accepted_unknown_withdrawal}));
}

Status Book::save(const Record& record, const std::vector<ports::StoredHistory>& history) {
    return store_.save({record.id, record.name, to_document(record), std::string{ports::to_string(record.family)}}, history);
}

Status Book::change(Entry& entry, Record changed, const std::vector<ports::StoredHistory>& history) {
    BF_TRY_VOID(save(changed, history));
    entry.record = std::move(changed);
    listener_.on_connection(entry.record);
    return {};
}

void Book::add(AddRequest request, AddDone done) {
    auto name = free_name(request.name, {});
    if (!name) return done(Unexpected{std::move(name).error()});
    if (!adapter_of_(request.exchange)) return done(bad_input("This exchange is not supported yet."));
    const auto id = request.again ? request.again->id : fresh_id();
    if (request.again && (knows(id) || adding_.contains(id)))
        return done(Unexpected{Error{ErrorKind::conflict, "This connection is here already.", Fate::not_sent, "not_removed"}});
    if (auto begun = unfinished_.begin(id, {Unfinished::Kind::adding}); !begun) return done(Unexpected{std::move(begun).error()});
    adding_.insert(id);
    const auto exchange = request.exchange;
    auto sealed = std::move(request.sealed);
    auto limits = request.limits ? *request.limits : ports::default_limits(request.market);
    keys_.add_limited(id, exchange, std::move(sealed), std::move(limits),
                      [this, alive = std::weak_ptr<bool>{alive_}, id, request = std::move(request), done](Result<ports::KeptKey> kept) {
        if (alive.expired()) return;
        adding_.erase(id);
        if (kept) return keep_added(request, id, *kept, done);
        // Where the signer's answer was lost the secret may be there all the same.
        if (kept.error().fate == Fate::unknown)
            settle_unfinished();
        else
            unfinished_.end(id);
        done(Unexpected{std::move(kept).error()});
    });
}

void Book::keep_added(AddRequest request, const std::string& id, const ports::KeptKey& kept, const AddDone& done) {
    if (any_fatal(kept.findings)) {
        unfinished_.end(id);
        return done(malformed(kept.findings));
    }
    const auto undo = [&](Error why) {
        settle_unfinished();
        done(Unexpected{std::move(why)});
    };
    // The name was free when asked; between then and now another may have taken it.
    auto still_free = free_name(request.name, {});
    if (!still_free) return undo(std::move(still_free).error());
    auto added = std::make_unique<Entry>();
    auto& record = added->record;
    record.id = id;
    record.name = *still_free;
    record.exchange = request.exchange;
    record.market = request.market;
    record.site = request.site;
    record.family = request.family;
    record.status = request.test ? ConnectionStatus::testing : ConnectionStatus::draft;
    record.key_fingerprint = kept.fingerprint;
    record.shape = facts_of(kept.findings);
    added->spread = fresh_spread();
    record.created_at = record.status_since = world_.clock.wall();
    record.accepted = request.accepted;
    if (request.again) record.owed_account = request.again->account;
    added->next_light = record.created_at + kLightEvery;
    added->next_full = record.created_at + kFullEvery;
    const auto saved_with = request.site == exchange::Site::eu ? Saying::saved_with_eu_key : Saying::saved_with_key;
    std::vector<ports::StoredHistory> history{note(record, "created", {saved_with, {record.key_fingerprint}})};
    if (record.family == ports::Family::v6) history.push_back(note(record, "family", {Saying::goes_over_v6}));
    note_accepted(record, record.accepted, history);
    if (auto saved = save(record, history); !saved) return undo(std::move(saved).error());
    unfinished_.end(id);
    Entry& stored = *(entries_[id] = std::move(added));
    in_order_.clear();
    if (request.test)
        begin_test(stored, false, true);
    else
        listener_.on_connection(stored.record);
    done(id);
}

Status Book::rename(const std::string& id, const std::string& name) {
    BF_TRY(Entry* const found, usable(id));
    BF_TRY(auto free, free_name(name, id));
    Record changed = found->record;
    const auto before = std::exchange(changed.name, std::move(free));
    const auto entry = note(changed, "renamed", {Saying::renamed, {before, changed.name}});
    return change(*found, std::move(changed), {entry});
}

Status Book::set_family(const std::string& id, ports::Family family) {
    BF_TRY(Entry* const found, usable(id));
    if (found->record.family == family) return {};
    if (found->rotating) return Unexpected{Error{ErrorKind::conflict, "A new key is being tested: wait until that has ended.", Fate::not_sent, "rotation_running"}};
    Record changed = found->record;
    changed.family = family;
    changed.proven_from.reset();
    std::vector<ports::StoredHistory> history{note(changed, "family", {family == ports::Family::v6 ? Saying::goes_over_v6 : Saying::goes_over_v4})};
    const bool is_tested = is_watched(changed.status) || changed.status == ConnectionStatus::testing;
    if (is_tested) {
        // An exchange lets an address in, not a key alone: what was proven from one is nothing for the other.
        changed.status = ConnectionStatus::testing;
        changed.status_since = world_.clock.wall();
        changed.problem.reset();
        changed.proven_at.reset();
        changed.failures_in_row = 0;
        history.push_back(note_status(changed));
    }
    BF_TRY_VOID(change(*found, std::move(changed), history));
    found->close_streams();
    found->runner.reset();
    if (is_tested) begin_test(*found, false, true);
    return {};
}

Status Book::disable(const std::string& id) {
    BF_TRY(Entry* const found, usable(id));
    if (found->record.status == ConnectionStatus::disabled) return {};
    Record changed = found->record;
    changed.status = ConnectionStatus::disabled;
    changed.status_since = world_.clock.wall();
    const std::vector history{note(changed, "disabled", {Saying::disabled}), note_status(changed)};
    BF_TRY_VOID(save(changed, history));
    found->record = std::move(changed);
    found->close_streams();
    if (found->rotation) drop_rotation(id, {Saying::new_key_disabled}, disabled_meanwhile());
    stop_test(*found);
    listener_.on_connection(found->record);
    return {};
}

Status Book::enable(const std::string& id) {
    BF_TRY(Entry* const found, usable(id));
    if (found->record.status != ConnectionStatus::disabled) return {};
    // What was proven before the pause is not taken for granted: it comes back by a test.
    Record changed = found->record;
    changed.status = ConnectionStatus::testing;
    changed.status_since = world_.clock.wall();
    changed.problem.reset();
    changed.proven_at.reset();
    changed.failures_in_row = 0;
    const std::vector history{note(changed, "enabled", {Saying::enabled}), note_status(changed)};
    BF_TRY_VOID(change(*found, std::move(changed), history));
    begin_test(*found, false, true);
    return {};
}

void Book::remove(const std::string& id, Done done) {
    Entry* const found = entry(id);
    if (found == nullptr && !damaged_.contains(id)) return done(not_found(id));
    if (found != nullptr && found->removing) return done(being_removed());
    if (auto begun = unfinished_.begin(id, {Unfinished::Kind::removing}); !begun) return done(begun);
    if (found != nullptr) found->removing = true;
    keys_.remove(id, [this, alive = std::weak_ptr<bool>{alive_}, id, done](Status wiped) {
        if (alive.expired()) return;
        Entry* gone = entry(id);
        if (gone == nullptr && !damaged_.contains(id)) return done({});
        // Wiped before, by a removal whose end was lost, or gone with its vault: nothing is left to wipe.
        if (!wiped && wiped.error().kind == ErrorKind::not_found) wiped = Status{};
        // Were the row to go while the secret stayed, nobody would ever wipe it.
        const bool store_failed = wiped.has_value();
        if (wiped) wiped = drop_row(id);
        if (!wiped) {
            if (gone != nullptr) gone->removing = false;
            // Where the secret may be gone the connection has to go too, and that is tried again.
            if (wiped.error().fate == Fate::unknown || store_failed)
                settle_unfinished();
            else
                unfinished_.end(id);
            return done(wiped);
        }
        unfinished_.end(id);
        if (gone == nullptr) {
            listener_.on_removed(id);
            return done({});
        }
        gone->close_streams();
        gone->rotation.reset();
        finish_rotation(*gone, Unexpected{Error{ErrorKind::conflict, "The connection was removed meanwhile.", Fate::refused, "removed"}});
        stop_test(*gone);
        in_order_.clear();
        entries_.erase(id);
        listener_.on_removed(id);
        done({});
    });
}

Status Book::drop_row(const std::string& id) {
    Record unread;
    unread.id = id;
    const Entry* const found = entry(id);
    BF_TRY_VOID(store_.remove(id, note(found != nullptr ? found->record : unread, "removed", {Saying::removed})));
    damaged_.erase(id);
    return {};
}

const Record* Book::find(const std::string& id_or_name) const {
    if (const Entry* by_id = entry(id_or_name)) return &by_id->record;
    for (const auto& [id, other] : entries_)
        if (to_lower(other->record.name) == to_lower(id_or_name)) return &other->record;
    return nullptr;
}

std::vector<Warning> Book::warnings_of(const Record& record, exchange::Language language) const {
    auto warnings = connection::warnings_of(record, all(), now(), language);
    std::erase_if(warnings, [&](const Warning& warning) { return warning.code == "unused" && is_used(record); });
    if (!warn_) return warnings;
    for (auto& warning : warn_(record, language)) warnings.push_back(std::move(warning));
    return warnings;
}

const std::vector<const Record*>& Book::all() const {
    // Asked for with every connection that is shown, for the warnings about others: a thousand of them are not sorted a thousand times.
    if (in_order_.size() == entries_.size()) return in_order_;
    in_order_.clear();
    for (const auto& [id, entry] : entries_) in_order_.push_back(&entry->record);
    std::sort(in_order_.begin(), in_order_.end(),
              [](const Record* a, const Record* b) { return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id); });
    return in_order_;
}

bool Book::is_testing(const std::string& id) const {
    const Entry* found = entry(id);
    return found != nullptr && (found->is_tested_fully() || found->rotation != nullptr);
}

std::string_view Book::stream_state(const std::string& id) const {
    const Entry* found = entry(id);
    if (found == nullptr || !found->stream) return "none";
    // While the streams change over it is the old one that is heard.
    if (found->retiring && found->retiring->state() == StreamKeeper::State::live) return "live";
    switch (found->stream->state()) {
        case StreamKeeper::State::opening: return "opening";
        case StreamKeeper::State::live: return "live";
        case StreamKeeper::State::down: return "down";
    }
    return "none";
}

std::optional<Instant> Book::next_test_at(const std::string& id) const {
    const Entry* found = entry(id);
    if (found == nullptr || !is_watched(found->record.status)) return std::nullopt;
    return std::min(found->next_light, found->next_full);
}

}  // namespace bf::connection
