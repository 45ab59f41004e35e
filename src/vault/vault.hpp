// The vault: exchange keys at rest, in one SQLite file. Everything secret in it is sealed; what can be read without the root key is
// which connections there are and of which exchange.
//
//   key file or passphrase -> root key -> a data key per set of credentials -> its fields
//
// What else the signer keeps (items.cpp) is sealed by the root key itself. Each arrow is an envelope (envelope.hpp) bound to its place. Each change is one transaction that has been read back before it is
// committed. The file is opened exclusively: one process holds a vault.
#pragma once
#include "exchange/calls.hpp"
#include "vault/root_key.hpp"
#include "vault/sqlite.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::vault {

/// Rotation keeps up to three sets of credentials of a connection.
enum class Slot : std::uint8_t { active, staged, previous };

struct Row {
    std::string connection;
    Slot slot{Slot::active};
    std::optional<exchange::ExchangeId> exchange;  ///< Nothing if the row is damaged there.
};

/// A stored secret that does not open: changed, moved to another row, or sealed under a lost root key.
struct Damage {
    std::string connection;
    Slot slot{Slot::active};
    std::string detail;
};

class Vault {
public:
    /// How the vault in `folder` is protected; nothing if there is none yet.
    static Result<std::optional<ProtectionKind>> look(const std::filesystem::path& folder);
    /// A new, empty vault. Makes the folder and, if it is not there, the key file. Either the whole vault is there afterwards or none.
    static Result<Vault> create(const std::filesystem::path& folder, const Protection& protection);
    /// Errors: not_found (no vault, no key file), denied (wrong passphrase or key file, permissions too wide), damaged, conflict (in use).
    static Result<Vault> open(const std::filesystem::path& folder, const Protection& protection);

    [[nodiscard]] Result<std::vector<Row>> rows();
    [[nodiscard]] Result<bool> has(std::string_view connection, Slot slot);
    [[nodiscard]] Result<exchange::CredentialFields> read(std::string_view connection, Slot slot);
    /// Opens every secret and forgets it again: what would fail later is known now.
    [[nodiscard]] Result<std::vector<Damage>> canary();

    /// A new set: the active one of a new connection (conflict if it has one), or the staged one, which replaces one staged before.
    Status put(std::string_view connection, Slot slot, exchange::ExchangeId exchange, const exchange::CredentialFields& fields);
    /// staged -> active, active -> previous; a former previous one is wiped.
    Status promote(std::string_view connection);
    /// previous -> active, active -> staged. Conflict while another one is staged.
    Status roll_back(std::string_view connection);
    /// Wipes one set, or all of a connection.
    Status drop(std::string_view connection, Slot slot);
    Status remove(std::string_view connection);

    /// What the process that holds the vault keeps of its own beside the keys, under a kind and a name: sealed by the root key and bound to
    /// both, so that it can't be read, changed or put in another's place. Nothing if there is none of that name; `damaged` if it does not open.
    Result<std::optional<crypto::Secret>> item(std::string_view kind, std::string_view name);
    Result<std::vector<std::string>> item_names(std::string_view kind);
    Status put_item(std::string_view kind, std::string_view name, const crypto::Secret& plain);
    /// Not there is as good as removed.
    Status remove_item(std::string_view kind, std::string_view name);

    Result<std::vector<std::pair<std::string, std::string>>> all_items();
    /// Opens every item and forgets it again; `damaged` at the first that does not open.
    Status verify_items();

    /// Seals the root key anew under another passphrase, a passphrase instead of the key file, or a new key file.
    Status protect_by(const Protection& protection);
    /// The whole file as it would stand on another disk, its root key sealed by `wrapping` instead: what a backup holds. Nothing changes here.
    [[nodiscard]] Result<std::string> copy_sealed_by(const NamedKey& wrapping);
    /// A new root key: every data key is sealed anew. Refused while a stored secret is damaged, since that would end all hope for it.
    Status rotate_root_key();

private:
    struct Stored;
    Vault(std::filesystem::path folder, Database database, SealedRoot sealed, NamedKey wrapping, crypto::Secret root);

    Result<Stored> find(std::string_view connection, Slot slot);
    Result<NamedKey> data_key(const Stored& stored);
    Status insert(Stored& stored, const NamedKey& data_key, const exchange::CredentialFields& fields);
    /// Moves a set to another slot. One that is damaged can't be moved and is dropped: false.
    Result<bool> move(std::string_view connection, Slot from, Slot to);
    Status reseal_data_keys(const NamedKey& new_root);
    Status reseal_items(const NamedKey& new_root);
    /// Reads back what is about to be committed, as the next start would.
    Status verify(const NamedKey& wrapping);

    std::filesystem::path folder_;
    Database database_;
    SealedRoot sealed_;
    NamedKey wrapping_;  ///< Seals the root key; kept so that a rotation needs no passphrase.
    NamedKey root_;
};

}  // namespace bf::vault
