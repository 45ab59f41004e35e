// One database, SQLite by default, PostgreSQL by a URL: opened, checked, brought to the newest schema. Errors are sentences.
#pragma once
#include "base/error.hpp"
#include "store/file_wait.hpp"
#include "store/postgresql.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace bf::store {

class Database {
public:
    /// `url` is a file's path (SQLite; made 0600 if it is not there) or postgresql://... . `migrations[i]` leads from version i to i+1.
    /// Refuses a file that fails SQLite's own check, one of a newer program, and one that another process holds. Of a file above 64 MB the tables in
    /// `histories` are left out of the check, which reads all it checks: what is damaged there is told (`database_damaged`) when it is asked for.
    static Result<Database> open(const std::string& url, const std::vector<std::string>& migrations, const std::vector<std::string>& histories = {});
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs `work` in one transaction: all of it is durable when this returns, or nothing happened. A PostgreSQL that was lost since is connected to
    /// again before; `work` never runs twice. One that is lost at the very end leaves open whether it happened (Fate::unknown).
    Status transaction(const std::function<void(soci::session&)>& work);
    /// Reads; no transaction.
    Status read(const std::function<void(soci::session&)>& work);
    [[nodiscard]] bool is_postgresql() const { return postgresql_.has_value(); }
    /// Hears when a PostgreSQL goes away or another program holds the file, and when that is over.
    void watched_by(Tell tell) {
        if (postgresql_)
            postgresql_->tell(std::move(tell));
        else
            file_wait_.tell(std::move(tell));
    }
    /// From now on somebody must not be held up: a file that another program holds is waited for no longer than a moment. A start waits for seconds.
    /// (A PostgreSQL may take seconds, and no more, from open() on.)
    void be_impatient() {
        if (!postgresql_) file_wait_.be_impatient(*session_);
    }
    /// What connecting again takes of this machine; nothing for SQLite.
    [[nodiscard]] ConnectionNeeds needs() const { return postgresql_ ? Postgresql::needs(*session_) : ConnectionNeeds{}; }

private:
    Database(std::unique_ptr<soci::session> session, bool postgresql);
    template <class Work>
    Status run(const Work& work, const bool& ending);
    std::unique_ptr<soci::session> session_;
    std::optional<Postgresql> postgresql_;
    FileWait file_wait_;  ///< Of SQLite.
};

}  // namespace bf::store
