#include "vault/snapshot.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace bf::vault {
namespace {

constexpr int kPagesAtOnce = 256;

Unexpected<Error> trouble(const std::filesystem::path& file, int code, const char* words) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Unexpected{Error{ErrorKind::damaged, "The database " + file.native() + " is damaged.", Fate::not_sent, "database_damaged"}};
        case SQLITE_FULL: return Unexpected{Error{ErrorKind::io, "The disk is full.", Fate::not_sent, "disk_full"}};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Unexpected{Error{ErrorKind::conflict, "The database " + file.native() + " is in use by another program.", Fate::not_sent, "database_locked"}};
        default: return Unexpected{Error{ErrorKind::io, "The database " + file.native() + " could not be read or written: " + words, Fate::not_sent, "database"}};
    }
}

using Handle = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

Result<Handle> open_at(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, nullptr);
    Handle database{raw, sqlite3_close};
    if (raw == nullptr) throw std::bad_alloc{};
    if (opened != SQLITE_OK) return trouble(file, opened, sqlite3_errmsg(raw));
    sqlite3_busy_timeout(raw, 5000);
    return database;
}

}  // namespace

void Snapshot::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }

Result<Snapshot> Snapshot::open(const std::filesystem::path& file) {
    BF_TRY(auto database, open_at(file));
    // Reads the schema now, so that pin() does not have to.
    if (const int read = sqlite3_exec(database.get(), "PRAGMA query_only=ON; SELECT count(*) FROM sqlite_schema;", nullptr, nullptr, nullptr); read != SQLITE_OK)
        return trouble(file, read, sqlite3_errmsg(database.get()));
    return Snapshot{database.release()};
}

Status Snapshot::pin() {
    auto* const database = database_.get();
    // Whoever pins must not wait: a writer never makes a reader wait here, but a checkpoint after a crash can.
    sqlite3_busy_timeout(database, 0);
    if (const int begun = sqlite3_exec(database, "BEGIN; SELECT count(*) FROM sqlite_schema;", nullptr, nullptr, nullptr); begun != SQLITE_OK)
        return trouble(sqlite3_db_filename(database, "main"), begun, sqlite3_errmsg(database));
    return {};
}

Status Snapshot::copy_to(const std::filesystem::path& fresh) {
    const int made = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made < 0) return Unexpected{Error{ErrorKind::io, fresh.native() + " can't be created: " + std::strerror(errno), Fate::not_sent, "unwritable"}};
    ::close(made);
    BF_TRY(const auto to, open_at(fresh));
    // A copy that is cut short is thrown away: nothing has to be on the disk before it is whole.
    sqlite3_exec(to.get(), "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;", nullptr, nullptr, nullptr);
    auto* const backup = sqlite3_backup_init(to.get(), "main", database_.get(), "main");
    if (backup == nullptr) return trouble(fresh, sqlite3_extended_errcode(to.get()), sqlite3_errmsg(to.get()));
    int step = SQLITE_OK;
    while (step == SQLITE_OK) step = sqlite3_backup_step(backup, kPagesAtOnce);
    const int finished = sqlite3_backup_finish(backup);
    if (step != SQLITE_DONE || finished != SQLITE_OK) return trouble(fresh, step != SQLITE_DONE ? step : finished, sqlite3_errmsg(to.get()));
    return {};
}

Status check_whole(const std::filesystem::path& file) {
    BF_TRY(const auto database, open_at(file));
    for (const char* question : {"PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"}) {
        sqlite3_stmt* raw = nullptr;
        const int prepared = sqlite3_prepare_v2(database.get(), question, -1, &raw, nullptr);
        const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement{raw, sqlite3_finalize};
        if (prepared != SQLITE_OK) return trouble(file, prepared, sqlite3_errmsg(database.get()));
        const int stepped = sqlite3_step(raw);
        if (stepped != SQLITE_ROW && stepped != SQLITE_DONE) return trouble(file, stepped, sqlite3_errmsg(database.get()));
        const auto* said = stepped == SQLITE_ROW ? reinterpret_cast<const char*>(sqlite3_column_text(raw, 0)) : "ok";
        if (said == nullptr || std::string_view{said} != "ok")
            return Unexpected{Error{ErrorKind::damaged, "The database " + file.filename().native() + " is damaged: " + (said == nullptr ? "a reference leads nowhere" : said) + ".", Fate::not_sent, "database_damaged"}};
    }
    return {};
}

}  // namespace bf::vault
