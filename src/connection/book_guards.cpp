// What the book watches besides tests: the address this server goes out by, what exchanges report of a key from one test to the next, and
// how long keys live. What is found is told once as an alarm; what follows from it stands in the record.
#include "connection/entry.hpp"

#include <algorithm>
#include <array>

namespace bf::connection {
namespace {

using exchange::Ternary;
using Severity = GuardNews::Severity;

constexpr milliseconds kWatchEvery = std::chrono::minutes{2};
constexpr milliseconds kLifeEvery = std::chrono::minutes{1};
constexpr std::chrono::hours kDay{24};
/// Days left, the most urgent first.
constexpr std::array<int, 5> kLifeWarnings{1, 3, 7, 14, 30};
/// Where an exchange tells whole days left (MEXC), the end of the same life moves by up to one with each test.
constexpr milliseconds kSameLife = kDay + kDay / 2;

std::string join(std::vector<std::string> items, std::string_view none) {
    std::sort(items.begin(), items.end());
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text.empty() ? std::string{none} : text;
}

bool same_items(std::vector<std::string> a, std::vector<std::string> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

std::string days_en(std::int64_t days) { return days < 1 ? "within a day" : days == 1 ? "in 1 day" : "in " + std::to_string(days) + " days"; }
std::string days_nl(std::int64_t days) { return days < 1 ? "binnen een dag" : days == 1 ? "over 1 dag" : "over " + std::to_string(days) + " dagen"; }

}  // namespace

bool Book::egress_as_proven(const Record& record) const {
    if (!record.proven_from) return true;
    const auto& own = record.proven_from->find(':') == std::string::npos ? addresses_.v4 : addresses_.v6;
    return !own || !own->confirmed_at || same_address(own->address, *record.proven_from);
}

void Book::tell_address_change(const OwnAddress& before, const OwnAddress& now) {
    std::string names;
    std::vector<Entry*> affected;
    for (const auto* record : all()) {
        if (egress_as_proven(*record) || record->status == ConnectionStatus::draft || record->status == ConnectionStatus::disabled) continue;
        names += (names.empty() ? "\"" : ", \"") + record->name + "\"";
        affected.push_back(entry(record->id));
    }
    const auto teller = now.exchange ? adapter_of_(*now.exchange) : std::nullopt;
    const std::string by{teller ? teller->calls.info().name : std::string_view{"resolver"}};
    GuardNews news{affected.empty() ? Severity::info : Severity::critical, "EGRESS_CHANGED"};
    if (affected.size() == 1) news.connection = affected.front()->record.id;
    news.english = "This server's address changed from " + before.address + " to " + now.address + " (seen by: " + by + "). ";
    news.dutch = "Het adres van deze server veranderde van " + before.address + " in " + now.address + " (gezien door: " + by + "). ";
    if (affected.empty()) {
        news.english += "No key was proven with the old address.";
        news.dutch += "Geen sleutel is met het oude adres bewezen.";
    } else {
        news.english += "Proven with the old one: " + names + ". Nothing new is opened there until a test passes from the new address; exits go on. Paste at the exchange, in the key's list of addresses: " + now.address;
        news.dutch += "Met het oude bewezen: " + names + ". Daar wordt niets nieuws geopend tot een test vanaf het nieuwe adres slaagt; uitstappen gaat door. Plak bij de exchange, in de adressenlijst van de sleutel: " + now.address;
    }
    for (Entry* one : affected) {
        const auto entry = note(one->record, "guard", {Saying::address_changed, {before.address, now.address}});
        if (auto saved = save(one->record, {entry}); !saved) listener_.on_trouble(one->record, saved.error());
        // It may well be listed already, or bound to nothing: the test tells.
        one->next_full = world_.clock.wall();
        listener_.on_connection(one->record);
    }
    listener_.on_guard(news);
}

void Book::watch_address() {
    const Instant now = world_.clock.wall();
    if (now - watched_at_ < kWatchEvery && now >= watched_at_) return;
    watched_at_ = now;
    std::set<std::pair<exchange::ExchangeId, ports::Family>> tellers;
    // Over IPv4 the resolver is asked in any case: that is what a new connection goes out by.
    std::set<ports::Family> families{ports::Family::v4};
    for (const auto& [id, entry] : entries_) {
        if (!is_watched(entry->record.status)) continue;
        families.insert(entry->record.family);
        const auto adapter = adapter_of_(entry->record.exchange);
        if (adapter && adapter->calls.info().tells_our_address) tellers.emplace(entry->record.exchange, entry->record.family);
    }
    for (const auto& teller : tellers) {
        if (!watching_.insert(teller).second) continue;
        // No answer is no news: the regular tests tell whether the exchange is away.
        learn_address(teller.first, teller.second, [this, alive = std::weak_ptr<bool>{alive_}, teller](const Status&) {
            if (!alive.expired()) watching_.erase(teller);
        });
    }
    if (!resolve_) return;
    for (const auto family : families)
        resolve_(family, [this, alive = std::weak_ptr<bool>{alive_}](const std::optional<std::string>& address) {
            if (!alive.expired() && address) saw_address(*address, {});
        });
}

void Book::note_key_change(Record& record, const Report& before, const Report& report, std::vector<ports::StoredHistory>& history) {
    // Of a key that could not be inspected nothing is known, then or now.
    if (before.permissions.empty() || report.permissions.empty()) return;
    KeyChange change{world_.clock.wall(), {}};
    const auto compare = [&change](const std::vector<std::string>& then, const std::vector<std::string>& now, Saying saying) {
        if (!same_items(then, now)) change.facts.push_back({saying, {join(then, "-"), join(now, "-")}});
    };
    compare(before.permissions, report.permissions, Saying::rights_changed);
    compare(before.ip_allow_list, report.ip_allow_list, Saying::allow_list_changed);
    if (change.facts.empty()) return;
    for (const auto& fact : change.facts) history.push_back(note(record, "guard", fact));
    listener_.on_guard({Severity::warning, "KEY_CHANGED", record.id, "\"" + record.name + "\": " + tell(change.facts, exchange::Language::en) + ". If that was not you, freeze the connection and replace the key.",
                        "\"" + record.name + "\": " + tell(change.facts, exchange::Language::nl) + ". Was jij dat niet, bevries dan de verbinding en vervang de sleutel."});
    record.key_change = std::move(change);
}

void Book::note_key_life() {
    const Instant now = world_.clock.wall();
    if (now - life_looked_at_ < kLifeEvery && now >= life_looked_at_) return;
    life_looked_at_ = now;
    for (const auto& [id, entry] : entries_) {
        const auto& record = entry->record;
        const auto expiry = expiry_of(record);
        if (!expiry.at || expiry.basis != "exchange" || record.status == ConnectionStatus::disabled) continue;
        const auto left = *expiry.at - now;
        const auto due = std::find_if(kLifeWarnings.begin(), kLifeWarnings.end(), [&](int days) { return left <= kDay * days; });
        if (due == kLifeWarnings.end()) continue;
        const bool same = record.life_warned_for && *record.life_warned_for - *expiry.at < kSameLife && *expiry.at - *record.life_warned_for < kSameLife;
        // One that was told more than days too early was told by a clock that was ahead.
        const bool in_time = left <= kDay * record.life_warned_days + kSameLife;
        if (same && in_time && record.life_warned_days <= *due) continue;
        Record changed = record;
        changed.life_warned_for = expiry.at;
        changed.life_warned_days = *due;
        const auto days = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::hours>(left).count() / 24);
        const auto told = note(changed, "guard", {Saying::key_life_warned, {std::to_string(*due)}});
        // Written down first: once, over restarts.
        if (auto saved = change(*entry, std::move(changed), {told}); !saved) {
            listener_.on_trouble(record, saved.error());
            continue;
        }
        listener_.on_guard({*due <= 3 ? Severity::critical : Severity::warning, "KEY_EXPIRES", id,
                            "The key of \"" + record.name + "\" expires " + days_en(days) + ": make a new one at the exchange and replace it here. No strategy stops meanwhile.",
                            "De sleutel van \"" + record.name + "\" verloopt " + days_nl(days) + ": maak bij de exchange een nieuwe en vervang hem hier. Geen strategie stopt intussen."});
    }
}

void Book::note_limits(const std::string& id, const Facts& facts) {
    Entry* const found = entry(id);
    if (found == nullptr || facts.empty()) return;
    std::vector<ports::StoredHistory> history;
    for (const auto& fact : facts) history.push_back(note(found->record, "limits", fact));
    if (auto saved = save(found->record, history); !saved) listener_.on_trouble(found->record, saved.error());
    // An order that the old ones held back is tried again.
    listener_.on_connection(found->record);
}

void Book::note_freeze(const std::string& id, ports::FreezeLevel level, const std::string& who) {
    using ports::FreezeLevel;
    Entry* const found = entry(id);
    if (found == nullptr || found->record.freeze_told == level) return;
    const bool seen = who.empty();
    const auto saying = level == FreezeLevel::none      ? (seen ? Saying::found_unfrozen : Saying::unfrozen)
                        : level == FreezeLevel::entries ? (seen ? Saying::found_frozen_entries : Saying::frozen_entries)
                                                        : (seen ? Saying::found_frozen_everything : Saying::frozen_everything);
    Record changed = found->record;
    changed.freeze_told = level;
    const auto told = note(changed, "limits", seen ? Fact{saying, {}} : Fact{saying, {who}});
    if (auto saved = change(*found, std::move(changed), {told}); !saved) listener_.on_trouble(found->record, saved.error());
}

}  // namespace bf::connection
