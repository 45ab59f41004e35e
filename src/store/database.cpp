#include "store/database.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::store {
namespace {

/// What SQLite and PostgreSQL say, as a sentence that helps.
Error explain(const std::string& what) {
    if (auto error = cannot_connect(what)) return *error;
    if (what.find("disk is full") != std::string::npos || what.find("disk full") != std::string::npos)
        return {ErrorKind::io, "The disk is full: nothing was written. Free some space and try again.", Fate::not_sent, "disk_full"};
    if (what.find("malformed") != std::string::npos || what.find("not a database") != std::string::npos)
        return {ErrorKind::damaged, "The database file is damaged. Put a backup in its place; the damaged file is left as it is.", Fate::not_sent, "database_damaged"};
    if (what.find("locked") != std::string::npos || what.find("busy") != std::string::npos)
        return {ErrorKind::unreachable, "The database is in use by another program: nothing was kept. Close that program and try again.", Fate::not_sent, kHeld};
    if (what.find("readonly") != std::string::npos || what.find("unable to open") != std::string::npos)
        return {ErrorKind::io, "The database can't be written: check the folder's owner and rights.", Fate::not_sent, "database_unwritable"};
    if (what.find("disk I/O") != std::string::npos)
        return {ErrorKind::io, "The disk could not be read or written, and nothing was changed: check that it has room and is healthy.", Fate::not_sent, "disk_io"};
    return {ErrorKind::io, "The database refused: " + what.substr(0, 200), Fate::not_sent, "database"};
}

/// Who reads it at a start has three database files to choose from.
Error name_file(Error error, const std::string& path) {
    if (!path.empty()) error.detail += " The file is " + path + ".";
    return error;
}

template <class Work>
Status guarded(Work&& work) {
    try {
        work();
        return {};
    } catch (const soci::soci_error& error) {
        // Its what() goes on with the statement and its values: words of a signal, which are nobody's reason.
        return Unexpected{explain(error.get_error_message())};
    } catch (const std::exception& error) {
        return Unexpected{explain(error.what())};
    }
}

/// SQLite would make the file with the process's umask; a key store's neighbours are for its owner only.
Status make_private_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return Unexpected{Error{ErrorKind::io, "The database file " + path + " can't be opened: check the folder's owner and rights.", Fate::not_sent, "database_unwritable"}};
    ::fchmod(file, 0600);
    ::close(file);
    return {};
}

/// Above this a check of the whole file would be what a start waits for.
constexpr std::uintmax_t kCheckedWhole = 64'000'000;

void check_sqlite(soci::session& sql, const std::string& path, const std::vector<std::string>& histories) {
    std::vector<std::string> wanted{""};
    std::error_code unknown;
    if (!histories.empty() && std::filesystem::file_size(path, unknown) > kCheckedWhole && !unknown) {
        wanted.clear();
        std::string name;
        soci::statement tables = (sql.prepare << "select name from sqlite_master where type = 'table'", soci::into(name));
        tables.execute();
        while (tables.fetch())
            if (std::find(histories.begin(), histories.end(), name) == histories.end()) wanted.push_back("(" + name + ")");
    }
    for (const auto& table : wanted) {
        std::string check;
        sql << "pragma quick_check" + table, soci::into(check);
        if (check != "ok") throw std::runtime_error{"database disk image is malformed"};
    }
}

void prepare_sqlite(soci::session& sql) {
    std::string mode;
    // FULL: what was acknowledged survives a power cut. Deleted rows are overwritten.
    sql << "pragma journal_mode = wal", soci::into(mode);
    sql << "pragma synchronous = full";
    sql << "pragma secure_delete = on";
    sql << "pragma foreign_keys = on";
    // The processes reach no folder for temporary files.
    sql << "pragma temp_store = memory";
}

}  // namespace

Database::Database(std::unique_ptr<soci::session> session, bool postgresql) : session_{std::move(session)} {
    if (postgresql) postgresql_.emplace();
}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() {
    if (!session_ || postgresql_) return;
    // Everything into the one file: a process in its sandbox can't remove the log beside it, and a log with content would be played into
    // whatever backup is put in the file's place.
    static_cast<void>(guarded([this] {
        file_wait_.be_patient(*session_);
        int busy = 0, frames = 0, moved = 0;
        *session_ << "pragma wal_checkpoint(truncate)", soci::into(busy), soci::into(frames), soci::into(moved);
    }).has_value());
}

Result<Database> Database::open(const std::string& url, const std::vector<std::string>& migrations, const std::vector<std::string>& histories) {
    const bool postgresql = url.starts_with("postgresql://") || url.starts_with("postgres://");
    std::string address;
    if (postgresql) {
        BF_TRY(address, postgresql_address(url));
    } else {
        BF_TRY_VOID(make_private_file(url));
    }
    std::unique_ptr<soci::session> session;
    FileWait file_wait;
    int version = 0;
    const auto opened = guarded([&] {
        if (postgresql) {
            session = std::make_unique<soci::session>(soci::postgresql, address);
        } else {
            session = std::make_unique<soci::session>(soci::sqlite3, "dbname=" + url);
            file_wait.be_patient(*session);
            prepare_sqlite(*session);
            check_sqlite(*session, url, histories);
        }
        *session << "create table if not exists schema_version (version integer not null)";
        soci::indicator found = soci::i_null;
        *session << "select max(version) from schema_version", soci::into(version, found);
        if (found != soci::i_ok) version = 0;
    });
    if (!opened) return Unexpected{name_file(opened.error(), postgresql ? std::string{} : url)};
    if (version > static_cast<int>(migrations.size()))
        return Unexpected{Error{ErrorKind::conflict, "The database was written by a newer version of BackFuture: install that version again.", Fate::not_sent, "database_newer"}};
    Database database{std::move(session), postgresql};
    for (int next = version; next < static_cast<int>(migrations.size()); ++next) {
        BF_TRY_VOID(database.transaction([&](soci::session& sql) {
            sql << migrations[static_cast<std::size_t>(next)];
            const int reached = next + 1;
            sql << "insert into schema_version (version) values (:version)", soci::use(reached);
        }));
    }
    if (database.postgresql_) database.postgresql_->be_impatient();
    return database;
}

Status Database::transaction(const std::function<void(soci::session&)>& work) {
    bool ending = false, writing = false;
    auto done = run(
        [&] {
            soci::transaction transaction{*session_};
            work(*session_);
            ending = true;
            writing = !postgresql_ && FileWait::is_writing(*session_);
            transaction.commit();
        },
        ending);
    if (done && writing) file_wait_.wrote(*session_);
    return done;
}

Status Database::read(const std::function<void(soci::session&)>& work) {
    return run([&] { work(*session_); }, false);
}

/// `ending`: as of when it fails.
template <class Work>
Status Database::run(const Work& work, const bool& ending) {
    if (!postgresql_) {
        auto done = guarded(work);
        if (!done && done.error().code == kHeld) file_wait_.refused(*session_);
        return done;
    }
    BF_TRY_VOID(postgresql_->reach(*session_));
    postgresql_->begin(*session_);
    auto done = guarded(work);
    postgresql_->end();
    if (done) return done;
    auto lost = postgresql_->lost(*session_, ending);
    return lost ? Status{Unexpected{std::move(*lost)}} : done;
}

}  // namespace bf::store
