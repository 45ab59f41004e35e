#include "app/key_roll.hpp"

#include <map>
#include <memory>

namespace bf::app {
namespace {

/// Whether the key in use opens, by connection.
using Held = std::map<std::string, bool>;

void tell(const Held& held, const connection::Book& book, Log& log) {
    for (const auto* record : book.all()) {
        const auto at = held.find(record->id);
        if (at == held.end())
            log.say(Log::Level::error, "secret_missing", "The vault holds no key for \"" + record->name + "\": remove the connection and add it anew, or put a backup of the vault in its place.",
                    {{"connection", record->id}});
        else if (!at->second)
            log.say(Log::Level::error, "secret_damaged", "The stored key of \"" + record->name + "\" fails its check: enter it again (rotate it), or put a backup of the vault in its place.",
                    {{"connection", record->id}});
    }
    std::int64_t strangers = 0;
    for (const auto& [id, good] : held)
        if (!book.knows(id)) ++strangers;
    if (strangers > 0)
        log.say(Log::Level::error, "keys_without_connection", "The vault holds keys of connections that the database does not know (" + std::to_string(strangers) +
                "). If the database was lost, put a backup of it in its place: they still open.", {{"connections", strangers}});
}

void ask(SignerLink& signer, const connection::Book& book, Log& log, std::shared_ptr<Held> held, std::string after) {
    signer.list(std::move(after), [&signer, &book, &log, held](Result<signer::Listing> page) {
        if (!page) return;
        for (const auto& entry : page->entries) {
            if (entry.keep != signer::Keep::vault) continue;
            auto& good = held->try_emplace(entry.connection, true).first->second;
            if (entry.slot == signer::Slot::active) good = !entry.damaged;
        }
        if (page->more && !page->entries.empty()) return ask(signer, book, log, held, page->entries.back().connection);
        tell(*held, book, log);
    });
}

}  // namespace

void call_the_roll(SignerLink& signer, const connection::Book& book, Log& log) { ask(signer, book, log, std::make_shared<Held>(), {}); }

}  // namespace bf::app
