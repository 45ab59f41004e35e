#include "vault/sqlite.hpp"

#include <sqlite3.h>

namespace bf::vault {
namespace {

/// What happened in words. SQLite's own message may quote SQL but never a value: values are always bound.
Unexpected<Error> trouble(sqlite3* database) {
    const auto fail = [](ErrorKind kind, std::string detail) { return Unexpected{Error{kind, std::move(detail)}}; };
    switch (sqlite3_errcode(database) & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return fail(ErrorKind::conflict, "the vault is in use by another process");
        case SQLITE_FULL: return fail(ErrorKind::io, "the disk is full; nothing in the vault was changed");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return fail(ErrorKind::damaged, "the vault's file is damaged or not a vault; put a backup of it in its place");
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN: return fail(ErrorKind::io, "the vault's file can't be opened for writing");
        case SQLITE_CONSTRAINT: return fail(ErrorKind::conflict, "the vault already holds that");
        default: return fail(ErrorKind::io, std::string{"the vault's file could not be read or written: "} + sqlite3_errmsg(database));
    }
}

}  // namespace

void Statement::Finish::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }

Statement& Statement::text(int position, std::string_view value) {
    BF_ASSERT(sqlite3_bind_text(statement_.get(), position, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT) == SQLITE_OK);
    return *this;
}
Statement& Statement::bytes(int position, std::string_view value) {
    BF_ASSERT(sqlite3_bind_blob(statement_.get(), position, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT) == SQLITE_OK);
    return *this;
}
Statement& Statement::integer(int position, std::int64_t value) {
    BF_ASSERT(sqlite3_bind_int64(statement_.get(), position, value) == SQLITE_OK);
    return *this;
}

Result<bool> Statement::step() {
    switch (sqlite3_step(statement_.get())) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: return false;
        default: return trouble(sqlite3_db_handle(statement_.get()));
    }
}

Status Statement::run() {
    while (true) {
        BF_TRY(const bool row, step());
        if (!row) return {};
    }
}

std::string_view Statement::read(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}
std::int64_t Statement::read_integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

Result<Database> Database::open(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database{raw};
    if (raw == nullptr) throw std::bad_alloc{};
    if (opened != SQLITE_OK) return trouble(raw);
    // FULL: an acknowledged key is on the disk, whatever the power does next; there are few writes, so nobody waits for it.
    // TRUNCATE: with the exclusive lock a deleted journal would stay, with the old pages in it.
    // secure_delete: what is removed is overwritten with zeros, not only unlinked from the tree.
    // cell_size_check, trusted_schema: a file somebody tampered with is refused rather than worked with.
    BF_TRY_VOID(database.run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;"
                             "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
                             "PRAGMA synchronous=FULL; BEGIN EXCLUSIVE; COMMIT; PRAGMA journal_mode=TRUNCATE;"));
    BF_TRY(auto check, database.prepare("PRAGMA quick_check(1)"));
    BF_TRY(const bool row, check.step());
    if (!row || check.read(0) != "ok")
        return Unexpected{Error{ErrorKind::damaged, "the vault's file is damaged; put a backup of it in its place"}};
    return database;
}

Status Database::run(const char* sql) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return trouble(database_.get());
    return {};
}

Result<Statement> Database::prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return trouble(database_.get());
    return Statement{statement};
}

Result<std::int64_t> Database::integer(const char* sql) {
    BF_TRY(auto statement, prepare(sql));
    BF_TRY(const bool row, statement.step());
    return row ? statement.read_integer(0) : 0;
}

int Database::rows_changed() const { return sqlite3_changes(database_.get()); }

Result<std::string> Database::copy(const std::function<Status(Database& copy)>& change) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    Database memory{raw};
    if (raw == nullptr) throw std::bad_alloc{};
    if (opened != SQLITE_OK) return trouble(raw);
    auto* const backup = sqlite3_backup_init(raw, "main", database_.get(), "main");
    if (backup == nullptr) return trouble(raw);
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) return trouble(raw);
    // Rows that were removed are gone from the copy too.
    BF_TRY_VOID(memory.run("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"));
    BF_TRY_VOID(change(memory));
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> bytes{sqlite3_serialize(raw, "main", &size, 0), sqlite3_free};
    if (!bytes) throw std::bad_alloc{};
    return std::string{reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

Result<Transaction> Transaction::begin(Database& database) {
    BF_TRY_VOID(database.run("BEGIN IMMEDIATE"));
    return Transaction{database};
}

Transaction::~Transaction() {
    // Some failures have rolled back already; then there is nothing to roll back, and saying so is no trouble.
    if (database_ != nullptr) (void)database_->run("ROLLBACK").has_value();
}

Status Transaction::commit() {
    BF_TRY_VOID(database_->run("COMMIT"));
    database_ = nullptr;
    return {};
}

}  // namespace bf::vault
