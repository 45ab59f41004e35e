// A database file that another program has locked: how long a piece of work waits for it. SQLite waits for each piece anew, and the thread that
// waits trades (or answers everybody): somebody's tool with an unfinished transaction would make every exit late. So the first piece waits a
// moment, in which most locks are gone, and those after it don't wait at all until one has been written.
#pragma once
#include "store/tell.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace soci {
class session;
}

namespace bf::store {

/// The code of the error that says that another program holds the file.
inline constexpr const char* kHeld = "database_locked";

class FileWait {
public:
    /// As long as nobody is held up by it: at a start, where a tool that finishes its work is worth waiting for, and when the file is closed.
    static constexpr std::chrono::milliseconds kPatience{5'000};

    void tell(Tell tell) { tell_ = std::move(tell); }
    void be_patient(soci::session& session);
    void be_impatient(soci::session& session);
    /// After a piece of work for which the file was held.
    void refused(soci::session& session);
    /// After one that was kept.
    void wrote(soci::session& session);
    /// Whether the transaction that is open has changed anything: one that only read succeeds while another program writes.
    static bool is_writing(soci::session& session);

private:
    void wait_for(soci::session& session, std::chrono::milliseconds patience);

    Tell tell_;
    std::chrono::milliseconds patience_{kPatience};
    std::uint64_t failed_{0};  ///< Pieces of work since it is held.
};

}  // namespace bf::store
