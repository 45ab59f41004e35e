#include "signer/vault_door.hpp"

#include "exchange/remark.hpp"
#include "vault/key_file.hpp"

namespace bf::signer {

Refused to_refused(const Error& error) {
    switch (error.kind) {
        case ErrorKind::not_found: return {Refusal::unknown_connection, error.detail, {}};
        case ErrorKind::conflict: return {Refusal::conflict, error.detail, {}};
        case ErrorKind::damaged: return {Refusal::damaged, error.detail, {}};
        default: return {Refusal::vault_failed, error.detail, {}};
    }
}

VaultDoor::VaultDoor(std::optional<VaultPlace> place) : place_{std::move(place)} {
    if (!place_) {
        detail_ = exchange::say(exchange::Remark::no_vault);
        return;
    }
    key_handed_over_ = !place_->key_file.empty();
    if (!key_handed_over_) place_->key_file = place_->folder / "root.key";
    if (place_->restoring)
        detail_ = exchange::say(exchange::Remark::awaits_backup);
    else
        open();
}

Opener VaultDoor::opener() const {
    if (!kind_) return Opener::unknown;
    switch (*kind_) {
        case vault::ProtectionKind::key_file: return key_handed_over_ ? Opener::key_credential : Opener::key_file;
        case vault::ProtectionKind::passphrase: return place_->passphrase_file.empty() ? Opener::passphrase : Opener::passphrase_credential;
        case vault::ProtectionKind::backup: return Opener::unknown;
    }
    return Opener::unknown;
}

void VaultDoor::open() {
    const auto kind = vault::Vault::look(place_->folder);
    // A new vault is made under a key file.
    if (kind) kind_ = kind->value_or(vault::ProtectionKind::key_file);
    const vault::Protection by_file = vault::ByKeyFile{place_->key_file};
    if (!kind) {
        settle(Unexpected{kind.error()});
    } else if (!*kind) {
        settle(vault::Vault::create(place_->folder, by_file));
    } else if (**kind != vault::ProtectionKind::passphrase) {
        settle(vault::Vault::open(place_->folder, by_file));
    } else {
        state_ = VaultState::sealed;
        detail_ = exchange::say(exchange::Remark::vault_sealed);
        open_by_credential();
    }
}

void VaultDoor::open_by_credential() {
    if (place_->passphrase_file.empty()) return;
    const auto passphrase = vault::read_passphrase_file(place_->passphrase_file);
    auto opened = passphrase ? vault::Vault::open(place_->folder, vault::ByPassphrase{*passphrase}) : Result<vault::Vault>{Unexpected{passphrase.error()}};
    // It stays sealed, not failed: somebody who knows the passphrase can still type it.
    if (opened)
        settle(std::move(opened));
    else
        detail_ = exchange::say(exchange::Remark::vault_sealed_still, {opened.error().detail});
}

void VaultDoor::settle(Result<vault::Vault> opened) {
    if (opened) {
        vault_.emplace(std::move(opened).value());
        state_ = VaultState::open;
        detail_.clear();
    } else {
        state_ = VaultState::failed;
        detail_ = opened.error().detail;
    }
}

void VaultDoor::reopen() {
    if (state_ == VaultState::failed) open();
}

void VaultDoor::fail(const Error& error) {
    vault_.reset();
    state_ = VaultState::failed;
    detail_ = error.detail;
}

Result<vault::Vault*, Refused> VaultDoor::vault() {
    if (!vault_) return Unexpected{Refused{Refusal::vault_closed, detail_, {}}};
    return &*vault_;
}

Result<void, Refused> VaultDoor::unlock(const crypto::Secret& passphrase) {
    if (state_ != VaultState::sealed) return Unexpected{Refused{Refusal::conflict, vault_ ? "the vault is open already" : detail_, {}}};
    auto opened = vault::Vault::open(place_->folder, vault::ByPassphrase{passphrase});
    // A wrong passphrase leaves it sealed: one may try again.
    if (!opened) return Unexpected{Refused{Refusal::vault_failed, opened.error().detail, {}}};
    settle(std::move(opened));
    // A change to this passphrase that was cut short after it took hold may have left the file: it opens old copies of the vault.
    vault::wipe_key_file(place_->key_file);
    vault::wipe_key_file(place_->key_file.native() + ".new");
    return {};
}

Result<void, Refused> VaultDoor::rewrap(Rewrap change, const std::optional<crypto::Secret>& passphrase, const std::optional<vault::NamedKey>& derived) {
    BF_TRY(auto* const open, vault());
    if (change == Rewrap::to_key_file && key_handed_over_)
        return Unexpected{Refused{Refusal::conflict, "the service manager hands the vault's key file over, and it can't be replaced there: put the file into the vault's folder as root.key, "
                                                     "take the credential backfuture.root-key out of the unit, and start the signer again", {}}};
    Status done;
    switch (change) {
        case Rewrap::to_passphrase: done = open->protect_by(vault::ByPassphrase{*passphrase, place_->cost, derived ? &*derived : nullptr}); break;
        case Rewrap::to_key_file: done = open->protect_by(vault::ByKeyFile{place_->key_file}); break;
        case Rewrap::new_root_key: done = open->rotate_root_key(); break;
    }
    if (!done) return Unexpected{to_refused(done.error())};
    if (change == Rewrap::to_passphrase) kind_ = vault::ProtectionKind::passphrase;
    if (change == Rewrap::to_key_file) kind_ = vault::ProtectionKind::key_file;
    // The file opens nothing any more but old copies of the vault.
    if (change == Rewrap::to_passphrase) vault::wipe_key_file(place_->key_file);
    return {};
}

}  // namespace bf::signer
