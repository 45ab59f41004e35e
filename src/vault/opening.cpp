// Making a vault, opening it, and changing what seals its root key.
#include "vault/key_file.hpp"
#include "vault/vault.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::vault {
namespace {

constexpr std::int64_t kApplication = 0x42465631;  ///< "BFV1", in the file's header.
/// 1 had no table of items; it is made when such a vault is opened.
constexpr std::int64_t kFormat = 2;

constexpr const char* kSchema =
    "PRAGMA application_id=1111905841; PRAGMA user_version=2;"
    "CREATE TABLE root(id INTEGER PRIMARY KEY CHECK(id=1), vault BLOB NOT NULL, key BLOB NOT NULL, kind INTEGER NOT NULL,"
    " passes INTEGER NOT NULL, memory INTEGER NOT NULL, salt BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE TABLE credential(connection TEXT NOT NULL, slot INTEGER NOT NULL, exchange TEXT NOT NULL,"
    " key_id BLOB NOT NULL UNIQUE, fields TEXT NOT NULL, data_key BLOB NOT NULL, PRIMARY KEY(connection, slot)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE field(key_id BLOB NOT NULL REFERENCES credential(key_id) ON DELETE CASCADE, name TEXT NOT NULL,"
    " sealed BLOB NOT NULL, PRIMARY KEY(key_id, name)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE item(kind TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;";
constexpr const char* kFromFormat1 =
    "PRAGMA user_version=2;"
    "CREATE TABLE item(kind TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;";
static_assert(kApplication == 1111905841);

std::filesystem::path database_in(const std::filesystem::path& folder) { return folder / "vault.db"; }
/// A key file that is not in force yet: its vault's transaction may or may not have been committed.
std::filesystem::path fresh(const std::filesystem::path& key_file) { return key_file.native() + ".new"; }

Result<SealedRoot> read_root(Database& database) {
    const auto damaged = [](const char* what) { return Unexpected{Error{ErrorKind::damaged, what}}; };
    BF_TRY(const auto application, database.integer("PRAGMA application_id"));
    if (application != kApplication) return damaged("the vault's file is not a vault");
    BF_TRY(const auto format, database.integer("PRAGMA user_version"));
    if (format != 1 && format != kFormat) return damaged("the vault was written by a newer BackFuture; this one can't read it");
    BF_TRY(auto select, database.prepare("SELECT vault, key, kind, passes, memory, salt, sealed FROM root"));
    BF_TRY(const bool there, select.step());
    if (!there) return damaged("the vault has lost its root key; put a backup of it in its place");
    const auto vault = to_key_id(select.read(0));
    const auto key = to_key_id(select.read(1));
    const auto salt = to_key_id(select.read(5));
    if (!vault || !key || !salt) return damaged("the vault's root key is damaged; put a backup of it in its place");
    const auto kind = select.read_integer(2) == 1 ? ProtectionKind::passphrase : select.read_integer(2) == 2 ? ProtectionKind::backup : ProtectionKind::key_file;
    const KdfCost cost{static_cast<std::uint64_t>(select.read_integer(3)), static_cast<std::uint64_t>(select.read_integer(4))};
    return SealedRoot{*vault, *key, kind, cost, *salt, std::string{select.read(6)}};
}

Status bring_up_to_date(Database& database) {
    BF_TRY(const auto format, database.integer("PRAGMA user_version"));
    if (format == kFormat) return {};
    BF_TRY(auto transaction, Transaction::begin(database));
    BF_TRY_VOID(database.run(kFromFormat1));
    return transaction.commit();
}

Status write_root(Database& database, const SealedRoot& root) {
    BF_TRY(auto replace, database.prepare("INSERT OR REPLACE INTO root(id, vault, key, kind, passes, memory, salt, sealed) VALUES(1,?,?,?,?,?,?,?)"));
    replace.bytes(1, view(root.vault)).bytes(2, view(root.key)).integer(3, static_cast<std::int64_t>(root.kind));
    replace.integer(4, static_cast<std::int64_t>(root.cost.passes)).integer(5, static_cast<std::int64_t>(root.cost.memory_bytes));
    return replace.bytes(6, view(root.salt)).bytes(7, root.sealed).run();
}

struct Opened {
    NamedKey wrapping;
    crypto::Secret root;
};

Result<Opened> open_with(const SealedRoot& root, NamedKey wrapping, const char* wrong) {
    auto key = open_root(root, wrapping);
    if (!key) return Unexpected{Error{ErrorKind::denied, wrong}};
    return Opened{std::move(wrapping), std::move(key).value()};
}

NamedKey copy_of(const NamedKey& key) {
    NamedKey copy{key.id, crypto::Secret::zeros(key.bytes.size())};
    key.bytes.reveal([&](std::string_view from) { copy.bytes.fill([&](std::span<unsigned char> into) { std::copy(from.begin(), from.end(), into.begin()); }); });
    return copy;
}

Result<Opened> open_by_key_file(const SealedRoot& root, const std::filesystem::path& path) {
    BF_TRY(const auto content, read_key_file(path));
    return open_with(root, derive_from_key_file(content, root.salt), "the key file is not the one this vault was sealed with");
}

/// The file `fresh(path)` becomes the one in force.
Status put_in_place(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::rename(fresh(path), path, failed);
    if (failed) return Unexpected{Error{ErrorKind::io, "the new key file could not be put in place: " + failed.message()}};
    return sync_folder(path.parent_path());
}

/// A change of the key file that was cut short is finished here, one that never happened is cleaned up.
Result<Opened> open_by_either_key_file(const SealedRoot& root, const std::filesystem::path& path) {
    auto opened = open_by_key_file(root, path);
    if (opened) {
        wipe_key_file(fresh(path));
        return opened;
    }
    auto by_fresh = open_by_key_file(root, fresh(path));
    if (!by_fresh) return opened;
    BF_TRY_VOID(put_in_place(path));
    return by_fresh;
}

Result<Opened> open_by(const SealedRoot& root, const Protection& protection) {
    if (root.kind == ProtectionKind::backup && kind_of(protection) != root.kind)
        return Unexpected{Error{ErrorKind::denied, "the vault came out of a backup that was not restored to its end: restore it again into an empty folder"}};
    if (kind_of(protection) != root.kind)
        return Unexpected{Error{ErrorKind::denied, root.kind == ProtectionKind::passphrase ? "the vault is opened by a passphrase, not by a key file"
                                                                                            : "the vault is opened by its key file, not by a passphrase"}};
    if (const auto* by_file = std::get_if<ByKeyFile>(&protection); by_file != nullptr) return open_by_either_key_file(root, by_file->path);
    if (const auto* by_backup = std::get_if<ByBackup>(&protection); by_backup != nullptr)
        return open_with(root, copy_of(by_backup->key), "the vault was not sealed for this backup");
    BF_TRY(auto wrapping, derive_from_passphrase(std::get<ByPassphrase>(protection).text, root.cost, root.salt));
    return open_with(root, std::move(wrapping), "the passphrase is wrong");
}

/// The key that will seal the root key under `protection`, whose kind, cost and salt go into `root`. A key file is made at `key_file`.
Result<NamedKey> new_wrapping(SealedRoot& root, const Protection& protection, const std::filesystem::path& key_file) {
    BF_ASSERT(kind_of(protection) != ProtectionKind::backup);
    root.kind = kind_of(protection);
    root.salt = random_key_id();
    if (const auto* by_passphrase = std::get_if<ByPassphrase>(&protection); by_passphrase != nullptr) {
        root.cost = by_passphrase->cost;
        if (by_passphrase->derived != nullptr) {
            root.salt = by_passphrase->derived->id;
            return copy_of(*by_passphrase->derived);
        }
        return derive_from_passphrase(by_passphrase->text, root.cost, root.salt);
    }
    root.cost = KdfCost{0, 0};
    BF_TRY(const auto content, read_key_file(key_file));
    return derive_from_key_file(content, root.salt);
}

Unexpected<Error> io(const std::filesystem::path& path, const char* what) {
    return Unexpected{Error{ErrorKind::io, path.native() + " " + what + ": " + std::strerror(errno)}};
}

/// A whole new vault in the file `building`, which nobody looks at yet.
Status build(const std::filesystem::path& building, const Protection& protection) {
    ::unlink(building.c_str());
    const int made = ::open(building.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made < 0) return io(building, "can't be created");
    ::close(made);
    const auto* by_file = std::get_if<ByKeyFile>(&protection);
    SealedRoot root{random_key_id(), random_key_id(), {}, {}, {}, {}};
    BF_TRY(const auto wrapping, new_wrapping(root, protection, by_file != nullptr ? by_file->path : std::filesystem::path{}));
    seal_root(root, wrapping, crypto::Secret::random(kKeySize));
    BF_TRY(auto database, Database::open(building));
    BF_TRY(auto transaction, Transaction::begin(database));
    BF_TRY_VOID(database.run(kSchema));
    BF_TRY_VOID(write_root(database, root));
    return transaction.commit();
}

Status make_folder(const std::filesystem::path& folder) {
    std::error_code ignored;
    std::filesystem::create_directories(folder.parent_path(), ignored);
    if (::mkdir(folder.c_str(), 0700) == 0) {
        // The folders' own entries, else a power cut loses them with all that is in them. Who may not read one above can't, and goes on.
        for (auto above = folder.lexically_normal().parent_path(); !above.empty(); above = above.parent_path())
            if (!sync_folder(above) || above == above.parent_path()) break;
    } else if (errno != EEXIST) {
        return io(folder, "can't be created");
    }
    return check_private(folder);
}

}  // namespace

Vault::Vault(std::filesystem::path folder, Database database, SealedRoot sealed, NamedKey wrapping, crypto::Secret root)
    : folder_{std::move(folder)}, database_{std::move(database)}, sealed_{std::move(sealed)}, wrapping_{std::move(wrapping)},
      root_{sealed_.key, std::move(root)} {}

Result<std::optional<ProtectionKind>> Vault::look(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::exists(database_in(folder), ignored)) return std::optional<ProtectionKind>{};
    // SQLite would take it for a database that is still to be written, and write.
    if (std::filesystem::file_size(database_in(folder), ignored) == 0)
        return Unexpected{Error{ErrorKind::damaged, "the vault's file is empty; put a backup of it in its place"}};
    BF_TRY(auto database, Database::open(database_in(folder)));
    BF_TRY(const auto root, read_root(database));
    return std::optional{root.kind};
}

Result<Vault> Vault::create(const std::filesystem::path& folder, const Protection& protection) {
    BF_TRY_VOID(make_folder(folder));
    if (std::filesystem::exists(database_in(folder))) return Unexpected{Error{ErrorKind::conflict, "there is already a vault in " + folder.native()}};
    if (const auto* by_file = std::get_if<ByKeyFile>(&protection); by_file != nullptr && !std::filesystem::exists(by_file->path))
        BF_TRY_VOID(make_key_file(by_file->path));
    // Built under another name: a creation cut short is no vault, and a vault that is there is whole.
    const auto building = database_in(folder).native() + ".new";
    const auto built = build(building, protection);
    ::unlink((building + "-journal").c_str());
    if (!built) {
        ::unlink(building.c_str());
        return Unexpected{built.error()};
    }
    if (::rename(building.c_str(), database_in(folder).c_str()) != 0) return io(building, "could not be put in place");
    BF_TRY_VOID(sync_folder(folder));
    return open(folder, protection);
}

Result<Vault> Vault::open(const std::filesystem::path& folder, const Protection& protection) {
    std::error_code ignored;
    if (!std::filesystem::exists(database_in(folder), ignored))
        return Unexpected{Error{ErrorKind::not_found, "there is no vault in " + folder.native()}};
    BF_TRY_VOID(check_private(folder));
    BF_TRY_VOID(check_private(database_in(folder)));
    BF_TRY(auto database, Database::open(database_in(folder)));
    BF_TRY(auto root, read_root(database));
    BF_TRY(auto opened, open_by(root, protection));
    BF_TRY_VOID(bring_up_to_date(database));
    return Vault{folder, std::move(database), std::move(root), std::move(opened.wrapping), std::move(opened.root)};
}

Status Vault::verify(const NamedKey& wrapping) {
    BF_TRY(const auto stored, read_root(database_));
    const auto root = open_root(stored, wrapping);
    if (!root) return Unexpected{Error{ErrorKind::damaged, "the vault could not be read back; nothing was changed"}};
    const bool same = root->reveal(
        [this](std::string_view a) { return root_.bytes.reveal([a](std::string_view b) { return sodium_memcmp(a.data(), b.data(), kKeySize) == 0; }); });
    if (!same || stored.key != root_.id) return Unexpected{Error{ErrorKind::damaged, "the vault could not be read back; nothing was changed"}};
    return {};
}

Status Vault::protect_by(const Protection& protection) {
    const auto* by_file = std::get_if<ByKeyFile>(&protection);
    const auto new_file = by_file != nullptr ? fresh(by_file->path) : std::filesystem::path{};
    if (by_file != nullptr) {
        // What a change before this one left there may be what opens the vault by now.
        if (sealed_.kind == ProtectionKind::key_file && open_by_key_file(sealed_, new_file)) BF_TRY_VOID(put_in_place(by_file->path));
        wipe_key_file(new_file);
        BF_TRY_VOID(make_key_file(new_file));
    }
    SealedRoot changed = sealed_;
    BF_TRY(auto wrapping, new_wrapping(changed, protection, new_file));
    seal_root(changed, wrapping, root_.bytes);
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY_VOID(write_root(database_, changed));
    BF_TRY_VOID(verify(wrapping));
    BF_TRY_VOID(transaction.commit());
    sealed_ = std::move(changed);
    wrapping_ = std::move(wrapping);
    if (by_file == nullptr) return {};
    // From here on the new file is the one in force; should this fail, the next change or the next start finishes it.
    return put_in_place(by_file->path);
}

Result<std::string> Vault::copy_sealed_by(const NamedKey& wrapping) {
    SealedRoot changed = sealed_;
    changed.kind = ProtectionKind::backup;
    changed.cost = KdfCost{0, 0};
    changed.salt = wrapping.id;
    seal_root(changed, wrapping, root_.bytes);
    return database_.copy([&](Database& copy) { return write_root(copy, changed); });
}

Status Vault::rotate_root_key() {
    BF_TRY(const auto damages, canary());
    if (!damages.empty())
        return Unexpected{Error{ErrorKind::damaged, "the root key is not changed while a stored secret is damaged (connection " +
                                                        damages.front().connection + "): remove it or enter it again first"}};
    NamedKey fresh_root = random_key();
    SealedRoot changed = sealed_;
    changed.key = fresh_root.id;
    seal_root(changed, wrapping_, fresh_root.bytes);
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY_VOID(reseal_data_keys(fresh_root));
    BF_TRY_VOID(reseal_items(fresh_root));
    BF_TRY_VOID(write_root(database_, changed));
    std::swap(root_, fresh_root);
    auto good = [this]() -> Status {
        BF_TRY_VOID(verify(wrapping_));
        BF_TRY(const auto unreadable, canary());
        if (!unreadable.empty()) return Unexpected{Error{ErrorKind::damaged, "the vault could not be read back; nothing was changed"}};
        return verify_items();
    }();
    if (good) good = transaction.commit();
    if (!good) {
        std::swap(root_, fresh_root);
        return good;
    }
    sealed_ = std::move(changed);
    return {};
}

}  // namespace bf::vault
