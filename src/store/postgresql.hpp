// A PostgreSQL that is told of by its address: the address as SOCI takes it, the connection that may be lost at any moment, and when it is made again.
#pragma once
#include "base/error.hpp"
#include "store/cut_off.hpp"
#include "store/tell.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace bf::store {

/// The code of the error that says that the database is away.
inline constexpr const char* kAway = "database_away";

/// postgresql://... with each of its parts as a parameter, and with patience of a few seconds where the address says nothing else. Refuses what
/// libpq can't read, and what it would read a piece of a password from as a host or a port: those stand in its complaints. No refusal repeats the address.
Result<std::string> postgresql_address(const std::string& url);
/// What SOCI says of a connection that could not be made, as a sentence; nothing if it says something else.
std::optional<Error> cannot_connect(const std::string& what);

/// What a new connection takes of this machine: whoever fences itself in grants it beforehand.
struct ConnectionNeeds {
    std::vector<std::uint16_t> ports{};
    std::vector<std::string> files{};
    std::vector<std::string> certificates{};  ///< Files that are replaced by others while we run.
};

/// Looks after the connection of one session: it is looked at before each piece of work, and cut where one takes too long.
class Postgresql {
public:
    void tell(Tell tell) { tell_ = std::move(tell); }
    /// There, or made anew now; an error at once while an attempt that failed was a short while ago.
    Status reach(soci::session& session);
    /// From now on no piece of work may take more than seconds. Before that, while tables are brought up to date, each may.
    void be_impatient() { cut_off_ = std::make_unique<CutOff>(); }
    /// Around each piece of work, from when the connection was reached.
    void begin(soci::session& session);
    void end();
    /// What to say of work that has just failed, if it failed because the connection was lost. `ending`: when all was done, and was to be kept.
    std::optional<Error> lost(soci::session& session, bool ending);
    static ConnectionNeeds needs(soci::session& session);

private:
    void went(const std::string& why);

    Tell tell_;
    std::unique_ptr<CutOff> cut_off_;
    bool cut_{false};  ///< Of the last piece of work.
    bool away_{false};
    std::uint64_t failed_{0};  ///< Pieces of work since it went away.
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace bf::store
