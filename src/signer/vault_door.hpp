// The signer's side of the vault: which state it is in, and every way to change that. The vault itself is bf::vault.
#pragma once
#include "signer/protocol.hpp"
#include "vault/vault.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace bf::signer {

/// Where the vault lies. At first start one is made there that opens by a key file, also made there.
struct VaultPlace {
    std::filesystem::path folder;
    std::filesystem::path key_file;  ///< Empty: `root.key` in the folder. Better kept elsewhere: on a medium that backups don't reach.
    vault::KdfCost cost{};           ///< For a new passphrase, and for backups.
    std::filesystem::path passphrase_file{};  ///< Opens a vault under a passphrase by itself: a systemd credential. Empty: people do.
    bool restoring{false};           ///< The folder waits for a backup: nothing is opened or made there.
};

class VaultDoor {
public:
    /// Opens what opens by itself. Never fails: the state and its sentence say how it went.
    explicit VaultDoor(std::optional<VaultPlace> place);

    [[nodiscard]] VaultState state() const { return state_; }
    [[nodiscard]] const std::string& detail() const { return detail_; }
    [[nodiscard]] Opener opener() const;
    /// Where the vault lies; only while there is one.
    [[nodiscard]] const std::filesystem::path& folder() const { return place_->folder; }
    /// The open vault, or the refusal that says why there is none.
    [[nodiscard]] Result<vault::Vault*, Refused> vault();

    [[nodiscard]] const std::optional<VaultPlace>& place() const { return place_; }
    /// Tries again what failed when it was opened: a disk may have room again, a backup may be in place.
    void reopen();
    /// Gives up an open vault that turns out to be unreadable.
    void fail(const Error& error);
    Result<void, Refused> unlock(const crypto::Secret& passphrase);
    /// `passphrase` is the new one, for to_passphrase only; `derived` what it gives at the place's cost, if that is known.
    Result<void, Refused> rewrap(Rewrap change, const std::optional<crypto::Secret>& passphrase, const std::optional<vault::NamedKey>& derived = std::nullopt);

private:
    void open();
    void open_by_credential();
    void settle(Result<vault::Vault> opened);

    std::optional<VaultPlace> place_;
    bool key_handed_over_{false};
    std::optional<vault::ProtectionKind> kind_;  ///< Nothing while the vault could not be read.
    std::optional<vault::Vault> vault_;
    VaultState state_{VaultState::none};
    std::string detail_;
};

/// A vault's Error as the signer's answer.
Refused to_refused(const Error& error);

}  // namespace bf::signer
