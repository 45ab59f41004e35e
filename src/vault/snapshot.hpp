// A copy of a database that somebody else goes on writing: the engine's, the web process's. SQLite's own way of copying: what the copy shows is
// one moment, and no writer waits for it. Not for the vault, which is nobody else's to open.
#pragma once
#include "vault/sqlite.hpp"

namespace bf::vault {

class Snapshot {
public:
    /// Opens the file beside whoever has it open. Never make or read it by other means in a process that holds it open: closing such a
    /// descriptor would drop SQLite's locks.
    static Result<Snapshot> open(const std::filesystem::path& file);
    /// From here on the copy shows what stood there now. Takes microseconds; the copying itself is done later.
    Status pin();
    /// Into a new file of mode 0600, which is whole when this returns.
    Status copy_to(const std::filesystem::path& fresh);

private:
    struct Close {
        void operator()(sqlite3* database) const noexcept;
    };
    explicit Snapshot(sqlite3* database) : database_{database} {}
    std::unique_ptr<sqlite3, Close> database_;
};

/// Looks at every page, index and reference of a database nobody else has open: `damaged` with SQLite's first finding.
Status check_whole(const std::filesystem::path& file);

}  // namespace bf::vault
