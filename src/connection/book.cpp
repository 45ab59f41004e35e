#include "connection/entry.hpp"

#include "base/text.hpp"
#include "wire/json.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

constexpr std::size_t kNameLengthMax = 60;
constexpr milliseconds kTick{1000};
/// Scheduled tests running at once: a start with many connections must not look like an attack to an exchange.
constexpr std::size_t kScheduledTestsMax = 4;
constexpr std::string_view kAddressesSetting = "own_addresses";

Unexpected<Error> not_found(const std::string& name) {
    return Unexpected{Error{ErrorKind::not_found, "There is no connection \"" + name + "\".", Fate::not_sent, "not_found"}};
}

Unexpected<Error> malformed(const std::vector<exchange::ShapeFinding>& findings) {
    const bool real_key = findings.front().kind == exchange::ShapeFinding::Kind::not_simulated;
    return Unexpected{Error{ErrorKind::bad_input, tell(facts_of(findings), exchange::Language::en) + "; nothing was saved or sent.", Fate::not_sent,
                            real_key ? "real_key_in_demo" : "malformed_credentials"}};
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

std::string addresses_document(const OwnAddresses& addresses) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object();
    for (const auto& [name, address] : {std::pair{"v4", &addresses.v4}, {"v6", &addresses.v6}}) {
        if (!*address) continue;
        out.key(name).begin_object().member("address", (*address)->address).member("source", (*address)->source);
        out.member("exchange", (*address)->exchange ? std::optional{std::string{exchange::to_string(*(*address)->exchange)}} : std::nullopt);
        out.member("confirmed_at", (*address)->confirmed_at ? std::optional{(*address)->confirmed_at->ms()} : std::nullopt).end_object();
    }
    out.end_object();
    return json;
}

std::optional<OwnAddress> read_address(const wire::JsonValue& value) {
    const auto address = value["address"].text();
    if (!address) return std::nullopt;
    OwnAddress own{std::string{*address}, std::string{value["source"].text().value_or("typed")}, exchange::parse_exchange(value["exchange"].text().value_or("")), {}};
    if (const auto at = value["confirmed_at"].integer()) own.confirmed_at = Instant::from_ms(*at);
    return own;
}

}  // namespace

Book::Book(World world, ports::Keys& keys, ports::Store& store, ports::Entropy& entropy, AdapterOf adapter_of, IsRepointed is_repointed,
           BookListener& listener)
    : world_{world}, keys_{keys}, store_{store}, entropy_{entropy}, adapter_of_{std::move(adapter_of)}, is_repointed_{std::move(is_repointed)},
      listener_{listener} {}

Book::~Book() {
    *alive_ = false;
    if (tick_timer_) world_.timers.cancel(*tick_timer_);
}

Book::Entry* Book::entry(const std::string& id) {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : at->second.get();
}
const Book::Entry* Book::entry(const std::string& id) const { return const_cast<Book*>(this)->entry(id); }

Status Book::load() {
    BF_TRY(const auto rows, store_.connections());
    for (const auto& row : rows) {
        auto record = read_document(row.document);
        if (!record || record->id != row.id) {
            damaged_.push_back(row.name);
            continue;
        }
        // A test that was running when we ended never came to a verdict.
        if (record->status == ConnectionStatus::testing) record->status = ConnectionStatus::draft;
        auto added = std::make_unique<Entry>();
        std::array<unsigned char, 4> dice{};
        entropy_.fill(dice);
        added->spread = static_cast<std::uint32_t>(dice[0]) | static_cast<std::uint32_t>(dice[1]) << 8 | static_cast<std::uint32_t>(dice[2]) << 16;
        const Instant now = world_.clock.wall();
        added->next_light = now + milliseconds{2000 + added->spread % 30000};
        added->next_full = record->proven_at.value_or(Instant{}) + kFullEvery;
        added->record = std::move(*record);
        Entry& stored = *(entries_[added->record.id] = std::move(added));
        follow_stream(stored);
    }
    BF_TRY(const auto addresses, store_.setting(std::string{kAddressesSetting}));
    if (addresses)
        if (const auto json = wire::Json::parse(*addresses)) addresses_ = {read_address((*json)["v4"]), read_address((*json)["v6"])};
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
    return trimmed;
}

std::string Book::fresh_id() {
    std::array<unsigned char, 8> bytes{};
    entropy_.fill(bytes);
    return "c" + to_hex(bytes);
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

Status Book::save(const Entry& entry, std::vector<ports::StoredHistory> history) {
    return store_.save({entry.record.id, entry.record.name, to_document(entry.record)}, history);
}

void Book::add(AddRequest request, AddDone done) {
    auto name = free_name(request.name, {});
    if (!name) return done(Unexpected{std::move(name).error()});
    if (!adapter_of_(request.exchange)) return done(bad_input("This exchange is not supported yet."));
    const auto id = fresh_id();
    const auto exchange = request.exchange;
    auto sealed = std::move(request.sealed);
    keys_.add(id, exchange, std::move(sealed), [this, alive = std::weak_ptr<bool>{alive_}, id, request = std::move(request), done](Result<ports::KeptKey> kept) mutable {
        if (alive.expired()) return;
        if (!kept) return done(Unexpected{std::move(kept).error()});
        if (std::any_of(kept->findings.begin(), kept->findings.end(), [](const auto& finding) { return finding.fatal; }))
            return done(malformed(kept->findings));
        // The name was free when asked; between then and now another may have taken it.
        auto still_free = free_name(request.name, {});
        if (!still_free) {
            keys_.remove(id, [](Status) {});
            return done(Unexpected{std::move(still_free).error()});
        }
        auto added = std::make_unique<Entry>();
        auto& record = added->record;
        record.id = id;
        record.name = *still_free;
        record.exchange = request.exchange;
        record.market = request.market;
        record.site = request.site;
        record.key_fingerprint = kept->fingerprint;
        added->shape = kept->findings;
        record.created_at = record.status_since = world_.clock.wall();
        record.accepted = request.accepted;
        added->next_light = record.created_at + kLightEvery;
        added->next_full = record.created_at + kFullEvery;
        std::vector<ports::StoredHistory> history{note(record, "created", {Saying::saved_with_key, {record.key_fingerprint}})};
        note_accepted(record, record.accepted, history);
        if (auto saved = save(*added, std::move(history)); !saved) {
            keys_.remove(id, [](Status) {});
            return done(Unexpected{std::move(saved).error()});
        }
        Entry& stored = *(entries_[id] = std::move(added));
        if (request.test)
            start_test(stored, false, true);
        else
            listener_.on_connection(stored.record);
        done(id);
    });
}

Status Book::rename(const std::string& id, const std::string& name) {
    Entry* found = entry(id);
    if (found == nullptr) return not_found(id);
    BF_TRY(auto free, free_name(name, id));
    const auto before = std::exchange(found->record.name, std::move(free));
    if (auto saved = save(*found, {note(found->record, "renamed", {Saying::renamed, {before, found->record.name}})}); !saved) {
        found->record.name = before;
        return saved;
    }
    listener_.on_connection(found->record);
    return {};
}

Status Book::disable(const std::string& id) {
    Entry* found = entry(id);
    if (found == nullptr) return not_found(id);
    found->runner.reset();
    found->stream.reset();
    std::vector<ports::StoredHistory> history{note(found->record, "disabled", {Saying::disabled})};
    set_status(*found, ConnectionStatus::disabled, history);
    BF_TRY_VOID(save(*found, std::move(history)));
    listener_.on_connection(found->record);
    return {};
}

Status Book::enable(const std::string& id) {
    Entry* found = entry(id);
    if (found == nullptr) return not_found(id);
    if (found->record.status != ConnectionStatus::disabled) return {};
    // What was proven before the pause is not taken for granted: it comes back by a test.
    std::vector<ports::StoredHistory> history{note(found->record, "enabled", {Saying::enabled})};
    set_status(*found, ConnectionStatus::draft, history);
    BF_TRY_VOID(save(*found, std::move(history)));
    start_test(*found, false, true);
    return {};
}

void Book::remove(const std::string& id, Done done) {
    Entry* found = entry(id);
    if (found == nullptr) return done(not_found(id));
    found->runner.reset();
    found->stream.reset();
    keys_.remove(id, [this, alive = std::weak_ptr<bool>{alive_}, id, done](Status wiped) {
        if (alive.expired()) return;
        // Were the row to go while the secret stayed, nobody would ever wipe it.
        if (!wiped) return done(wiped);
        Entry* gone = entry(id);
        if (gone == nullptr) return done({});
        if (auto removed = store_.remove(id, note(gone->record, "removed", {Saying::removed})); !removed) return done(removed);
        entries_.erase(id);
        listener_.on_removed(id);
        done({});
    });
}

const Record* Book::find(const std::string& id_or_name) const {
    if (const Entry* by_id = entry(id_or_name)) return &by_id->record;
    for (const auto& [id, other] : entries_)
        if (to_lower(other->record.name) == to_lower(id_or_name)) return &other->record;
    return nullptr;
}

std::vector<const Record*> Book::all() const {
    std::vector<const Record*> records;
    for (const auto& [id, entry] : entries_) records.push_back(&entry->record);
    std::sort(records.begin(), records.end(), [](const Record* a, const Record* b) { return a->created_at < b->created_at || (a->created_at == b->created_at && a->id < b->id); });
    return records;
}

bool Book::is_testing(const std::string& id) const {
    const Entry* found = entry(id);
    return found != nullptr && ((found->runner != nullptr && !found->light) || found->rotation != nullptr);
}

std::string_view Book::stream_state(const std::string& id) const {
    const Entry* found = entry(id);
    if (found == nullptr || !found->stream) return "none";
    switch (found->stream->state()) {
        case StreamKeeper::State::opening: return "opening";
        case StreamKeeper::State::live: return "live";
        case StreamKeeper::State::down: return "down";
    }
    return "none";
}

std::optional<Instant> Book::next_test_at(const std::string& id) const {
    const Entry* found = entry(id);
    if (found == nullptr || found->record.status == ConnectionStatus::disabled || found->record.status == ConnectionStatus::draft) return std::nullopt;
    return std::min(found->next_light, found->next_full);
}

Status Book::set_addresses(OwnAddresses addresses) {
    BF_TRY_VOID(store_.put_setting(std::string{kAddressesSetting}, addresses_document(addresses)));
    addresses_ = std::move(addresses);
    return {};
}

void Book::tick() {
    const Instant now = world_.clock.wall();
    std::size_t running = 0;
    for (const auto& [id, entry] : entries_) running += entry->runner != nullptr && !entry->by_user;
    for (auto& [id, entry] : entries_) {
        const auto status = entry->record.status;
        const bool watched = status == ConnectionStatus::connected || status == ConnectionStatus::degraded || status == ConnectionStatus::error;
        if (!watched || entry->runner || running >= kScheduledTestsMax) continue;
        if (now >= entry->next_full) {
            start_test(*entry, false, false);
            ++running;
        } else if (now >= entry->next_light) {
            start_test(*entry, true, false);
            ++running;
        }
    }
    tick_timer_ = world_.timers.after(kTick, [this] { tick(); });
}

}  // namespace bf::connection
