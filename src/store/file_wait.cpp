#include "store/file_wait.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <string>

namespace bf::store {
namespace {

/// Of people's patience and of a market's: nobody sees it in an exit.
constexpr std::chrono::milliseconds kMoment{250};

sqlite_api::sqlite3* file_of(soci::session& session) { return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_; }

}  // namespace

void FileWait::wait_for(soci::session& session, std::chrono::milliseconds patience) {
    sqlite_api::sqlite3_busy_timeout(file_of(session), static_cast<int>(patience.count()));
}

void FileWait::be_patient(soci::session& session) {
    patience_ = kPatience;
    wait_for(session, patience_);
}

void FileWait::be_impatient(soci::session& session) {
    patience_ = kMoment;
    wait_for(session, failed_ == 0 ? patience_ : std::chrono::milliseconds{0});
}

void FileWait::refused(soci::session& session) {
    if (failed_++ != 0) return;
    wait_for(session, std::chrono::milliseconds{0});
    if (tell_)
        tell_(false, "Another program holds the database file, so nothing can be written into it: close that program. Trading goes on with what is known; "
                     "what can't be kept waits in memory or is refused until then.");
}

void FileWait::wrote(soci::session& session) {
    if (failed_ == 0) return;
    wait_for(session, patience_);
    const auto failed = std::exchange(failed_, 0);
    if (tell_) tell_(true, "The database file can be written again. Meanwhile " + std::to_string(failed) + (failed == 1 ? " read or write" : " reads and writes") + " of it failed.");
}

bool FileWait::is_writing(soci::session& session) { return sqlite_api::sqlite3_txn_state(file_of(session), nullptr) == SQLITE_TXN_WRITE; }

}  // namespace bf::store
