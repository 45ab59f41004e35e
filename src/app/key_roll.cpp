#include "app/key_roll.hpp"

#include <map>
#include <memory>

namespace bf::app {
namespace {

using VaultFacts = connection::InstallationFacts::Vault;
using Done = std::function<void(std::optional<VaultFacts>)>;

/// Whether the key in use opens, by connection.
using Held = std::map<std::string, bool>;

VaultFacts compare(const Held& held, const connection::Book& book) {
    VaultFacts facts;
    for (const auto* record : book.all()) {
        const auto at = held.find(record->id);
        if (at == held.end()) facts.missing.insert(record->id);
        else if (!at->second) facts.damaged.insert(record->id);
    }
    for (const auto& [id, good] : held)
        if (!book.knows(id)) ++facts.strangers;
    return facts;
}

void ask(SignerLink& signer, const connection::Book& book, std::shared_ptr<Held> held, std::string after, Done done) {
    signer.list(std::move(after), [&signer, &book, held, done = std::move(done)](Result<signer::Listing> page) mutable {
        if (!page) return done(std::nullopt);
        for (const auto& entry : page->entries) {
            if (entry.keep != signer::Keep::vault) continue;
            auto& good = held->try_emplace(entry.connection, true).first->second;
            if (entry.slot == signer::Slot::active) good = !entry.damaged;
        }
        if (page->more && !page->entries.empty()) return ask(signer, book, held, page->entries.back().connection, std::move(done));
        done(compare(*held, book));
    });
}

void tell(const VaultFacts& facts, const connection::Book& book, Log& log) {
    for (const auto* record : book.all()) {
        if (facts.missing.contains(record->id))
            log.say(Log::Level::error, "secret_missing", "The vault holds no key for \"" + record->name + "\": remove the connection and add it anew, or put a backup of the vault in its place.",
                    {{"connection", record->id}});
        if (facts.damaged.contains(record->id))
            log.say(Log::Level::error, "secret_damaged", "The stored key of \"" + record->name + "\" fails its check: enter it again (rotate it), or put a backup of the vault in its place.",
                    {{"connection", record->id}});
    }
    if (facts.strangers > 0)
        log.say(Log::Level::error, "keys_without_connection", "The vault holds keys of connections that the database does not know (" + std::to_string(facts.strangers) +
                "). If the database was lost, put a backup of it in its place: they still open.", {{"connections", facts.strangers}});
}

}  // namespace

void ask_the_roll(SignerLink& signer, const connection::Book& book, Done done) { ask(signer, book, std::make_shared<Held>(), {}, std::move(done)); }

void call_the_roll(SignerLink& signer, const connection::Book& book, Log& log) {
    ask_the_roll(signer, book, [&book, &log](const std::optional<VaultFacts>& facts) {
        if (facts) tell(*facts, book, log);
    });
}

}  // namespace bf::app
