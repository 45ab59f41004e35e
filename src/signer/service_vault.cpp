// The questions that change or show what the vault holds.
#include "signer/fingerprint.hpp"
#include "signer/service.hpp"
#include "signer/service_words.hpp"

namespace bf::signer {
namespace {

vault::Slot stored(Slot slot) { return static_cast<vault::Slot>(slot); }
static_assert(static_cast<int>(vault::Slot::staged) == static_cast<int>(Slot::staged));
static_assert(static_cast<int>(vault::Slot::previous) == static_cast<int>(Slot::previous));

}  // namespace

HeldKey Service::load(vault::Vault& vault, const exchange::Calls* calls, std::string_view connection, Slot slot) const {
    auto fields = vault.read(connection, stored(slot));
    if (!fields) return {nullptr, {}, true};
    HeldKey held{nullptr, fingerprint_of_key_id(fields->key), false};
    if (calls != nullptr) held.key = calls->make_key(std::move(fields).value());
    return held;
}

void Service::load_all() {
    const auto opened = door_.vault();
    if (!opened) return;
    auto& vault = **opened;
    const auto rows = vault.rows();
    if (!rows) return door_.fail(rows.error());
    for (const auto& row : *rows) {
        auto* held = keyring_.find(row.connection);
        if (held == nullptr) {
            const auto* calls = row.exchange ? world_.calls_of(*row.exchange) : nullptr;
            held = &keyring_.put(row.connection, HeldConnection{row.exchange, calls, Keep::vault, {}});
        }
        const auto slot = static_cast<Slot>(row.slot);
        held->slot(slot) = row.exchange ? load(vault, held->calls, row.connection, slot) : HeldKey{nullptr, {}, true};
    }
    std::vector<std::string> connections;
    for (const auto& row : *rows)
        if (connections.empty() || connections.back() != row.connection) connections.push_back(row.connection);
    // What could not be opened is told with each connection: nothing is opened on it.
    (void)policies_.open(vault, door_.folder(), connections, world_.clock.wall()).has_value();
}

template <class Change>
Answer Service::change_stored(std::string_view connection, Change&& change) {
    auto* held = keyring_.find(connection);
    if (held == nullptr) return no_connection();
    if (held->keep != Keep::vault) return refused(Refusal::conflict, "the connection is only held in memory");
    auto opened = door_.vault();
    if (!opened) return std::move(opened).error();
    if (const Status done = change(**opened); !done) return to_refused(done.error());
    for (const auto slot : {Slot::active, Slot::staged, Slot::previous}) {
        const auto there = (*opened)->has(connection, stored(slot));
        if (there && *there)
            held->slot(slot) = load(**opened, held->calls, connection, slot);
        else
            held->slot(slot).reset();
    }
    return Done{};
}

Answer Service::handle(const StageRequest& question) {
    const auto* held = keyring_.find(question.connection);
    if (held == nullptr) return no_connection();
    if (held->calls == nullptr) return refused(Refusal::unknown_exchange, "this build can't sign for the connection's exchange");
    if (auto why = refuse_box(question.sealed, question.connection)) return std::move(*why);
    auto fields = open(question.sealed);
    if (!fields) return std::move(fields).error();
    Added added{false, fingerprint_of_key_id(fields->key), shape_of(held->calls->info(), *fields, world_.simulated_only)};
    if (any_fatal(added.findings)) return added;
    auto done = change_stored(question.connection, [&](vault::Vault& vault) {
        return vault.put(question.connection, vault::Slot::staged, *held->exchange, *fields);
    });
    if (!std::holds_alternative<Done>(done)) return done;
    added.kept = true;
    note_kept(question.connection, question.sealed);
    return added;
}

Answer Service::handle(const PromoteRequest& question) {
    return change_stored(question.connection, [&](vault::Vault& vault) { return vault.promote(question.connection); });
}
Answer Service::handle(const RollBackRequest& question) {
    return change_stored(question.connection, [&](vault::Vault& vault) { return vault.roll_back(question.connection); });
}
Answer Service::handle(const DropRequest& question) {
    if (question.slot == Slot::active) return refused(Refusal::conflict, "the key in use is removed with its connection only");
    return change_stored(question.connection, [&](vault::Vault& vault) { return vault.drop(question.connection, stored(question.slot)); });
}

Answer Service::handle(const RemoveRequest& question) {
    const auto* held = keyring_.find(question.connection);
    if (held == nullptr) return no_connection();
    if (held->keep == Keep::vault) {
        auto opened = door_.vault();
        if (!opened) return std::move(opened).error();
        if (const auto done = (*opened)->remove(question.connection); !done) return to_refused(done.error());
    }
    keyring_.remove(question.connection);
    policies_.remove(question.connection);
    note_removed(question.connection);
    return Done{};
}

Answer Service::handle(const ListRequest& question) { return keyring_.list(question.after); }

Answer Service::handle(const UnlockRequest& question) {
    const auto passphrase = sealing_.open(question.sealed);
    if (!passphrase) return refused(Refusal::bad_credentials, passphrase.error().detail);
    if (auto done = door_.unlock(*passphrase); !done) return std::move(done).error();
    load_all();
    open_ledger();
    if (door_.state() == VaultState::failed) return refused(Refusal::damaged, door_.detail());
    return Done{};
}

Answer Service::handle(const RewrapRequest& question) {
    std::optional<crypto::Secret> passphrase;
    if (question.change == Rewrap::to_passphrase) {
        auto opened = sealing_.open(question.sealed);
        if (!opened) return refused(Refusal::bad_credentials, opened.error().detail);
        passphrase = std::move(opened).value();
    }
    // Under a passphrase that a thief made up nobody opens it again; from a key file beside it, who has the disk does.
    if (question.change != Rewrap::new_root_key) {
        if (auto opened = door_.vault(); !opened) return std::move(opened).error();
        if (auto why = ask_for_code(question.step_up, "what opens the vault is changed with a code of your authenticator app")) return std::move(*why);
    }
    if (auto done = door_.rewrap(question.change, passphrase, std::exchange(thought_.wrapping, std::nullopt)); !done) return std::move(done).error();
    return Done{};
}

}  // namespace bf::signer
