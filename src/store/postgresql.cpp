#include "store/postgresql.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <utility>

namespace bf::store {
namespace {

using Steady = std::chrono::steady_clock;

struct Free {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, Free>;

/// One thread waits for the database and trades: nothing of it may take more than seconds. Of a host that vanished, rather than said goodbye, the
/// kernel tells sooner so. Kerberos is asked for nothing: its library makes calls that end a process in its sandbox.
const std::map<std::string, std::string> kPatience{
    {"connect_timeout", "3"}, {"tcp_user_timeout", "5000"}, {"keepalives_idle", "5"}, {"keepalives_interval", "2"}, {"gssencmode", "disable"}};
/// And of a server that is there and does not answer. Trading waits meanwhile, and whoever supervises us begins to wonder after a minute.
constexpr std::chrono::milliseconds kAnswersWithin{5'000};
/// Between two attempts; after one that took long ten times what it took, so that at most a tenth of the time is spent on them.
constexpr std::chrono::seconds kPause{1};
constexpr int kPauseOfLong = 10;

Error away() {
    return {ErrorKind::unreachable, "The database can't be reached, and nothing was changed: see that PostgreSQL runs and lets BackFuture in. It is tried again by itself; the log says why it failed.",
            Fate::not_sent, kAway};
}

PGconn* connection_of(soci::session& session) {
    const auto* backend = static_cast<soci::postgresql_session_backend*>(session.get_backend());
    return backend == nullptr ? nullptr : backend->conn_;
}

/// What the server said meanwhile is taken in, which shows whether it hung up. No round trip: a server that vanished is found by the work itself.
bool is_open(soci::session& session) {
    PGconn* const connection = connection_of(session);
    if (connection == nullptr) return false;
    for (int i = 0; i < 16; ++i) {
        pollfd socket{PQsocket(connection), POLLIN, 0};
        if (::poll(&socket, 1, 0) <= 0 || PQconsumeInput(connection) != 1) break;
    }
    return PQstatus(connection) == CONNECTION_OK;
}

constexpr std::string_view kNoConnection = "Cannot establish connection to the database.";

/// What SOCI and libpq say on several lines.
std::string one_line(std::string text) {
    if (text.starts_with(kNoConnection)) text.erase(0, kNoConnection.size());
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    const auto line = trim(text);
    return line.empty() ? std::string{"no reason is given"} : std::string{line.substr(0, 300)};
}

Unexpected<Error> unreadable() {
    return bad_input("The database's address can't be read: it is postgresql://USER@HOST:PORT/NAME. In a name or a password %40 stands for @, %2F for /, %3A for : and %25 for %.");
}

std::vector<std::uint16_t> ports_in(const std::string& text) {
    std::vector<std::uint16_t> ports;
    for (const auto one : split(text.empty() ? std::string_view{"5432"} : std::string_view{text}, ',')) {
        const auto port = parse_int(one);
        ports.push_back(port && *port > 0 && *port < 65536 ? static_cast<std::uint16_t>(*port) : std::uint16_t{5432});
    }
    return ports;
}

}  // namespace

Result<std::string> postgresql_address(const std::string& url) {
    char* complaint = nullptr;
    const Options options{PQconninfoParse(url.c_str(), &complaint)};
    PQfreemem(complaint);
    if (!options) return unreadable();
    std::map<std::string, std::string> parameters;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr) parameters[option->keyword] = option->val;
    const auto part = [&](const char* name) {
        const auto found = parameters.find(name);
        return found == parameters.end() ? std::string{} : found->second;
    };
    // An unescaped @ or / in a password ends it early. A host may begin with @: a socket in the abstract name space.
    if (part("host").find('@', 1) != std::string::npos || part("dbname").find('@') != std::string::npos) return unreadable();
    if (part("port").find_first_not_of("0123456789,") != std::string::npos) return unreadable();
    parameters.insert(kPatience.begin(), kPatience.end());
    // SOCI reads an address as words of the form name=value and writes it anew: one without any = gets one at its end, and a blank ends it.
    std::string address = "postgresql://";
    char before = '?';
    for (const auto& [name, value] : parameters) {
        address += before + name + '=' + url_encode(value);
        before = '&';
    }
    return address;
}

std::optional<Error> cannot_connect(const std::string& what) {
    if (!what.starts_with(kNoConnection)) return std::nullopt;
    return Error{ErrorKind::unreachable, "The database can't be reached (" + one_line(what) + "). See that PostgreSQL runs and lets BackFuture in.", Fate::not_sent, kAway};
}

Status Postgresql::reach(soci::session& session) {
    if (is_open(session)) return {};
    const auto began = Steady::now();
    if (began < next_) {
        ++failed_;
        return Unexpected{away()};
    }
    try {
        session.reconnect();
    } catch (const std::exception& error) {
        const auto now = Steady::now();
        next_ = now + std::max<Steady::duration>(kPause, kPauseOfLong * (now - began));
        went(one_line(error.what()));
        ++failed_;
        return Unexpected{away()};
    }
    next_ = {};
    away_ = false;
    const auto failed = std::exchange(failed_, 0);
    if (tell_)
        tell_(true, failed == 0 ? "The connection to the database was lost and is made again: nothing is missing."
                                : "The database is reached again. Meanwhile " + std::to_string(failed) + " reads and writes of it failed.");
    return {};
}

void Postgresql::begin(soci::session& session) {
    if (cut_off_) cut_off_->begin(PQsocket(connection_of(session)), kAnswersWithin);
}

void Postgresql::end() { cut_ = cut_off_ && cut_off_->end(); }

std::optional<Error> Postgresql::lost(soci::session& session, bool ending) {
    PGconn* const connection = connection_of(session);
    if (connection != nullptr && PQstatus(connection) == CONNECTION_OK) return std::nullopt;
    went(cut_ ? "it did not answer within 5 s" : "the connection was lost in the middle of something");
    ++failed_;
    if (!ending) return away();
    return Error{ErrorKind::unreachable, "The connection to the database was lost at the last moment: what was asked may have been kept, or not. Look before you ask again.", Fate::unknown, "database_lost"};
}

void Postgresql::went(const std::string& why) {
    if (std::exchange(away_, true) || !tell_) return;
    tell_(false, "The database can't be reached (" + why + "). Trading goes on with what is known; what can't be kept is refused or lost until it is back, which is tried again by itself.");
}

ConnectionNeeds Postgresql::needs(soci::session& session) {
    ConnectionNeeds needs;
    const Options options{PQconninfo(connection_of(session))};
    for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        const std::string name{option->keyword}, value{option->val == nullptr ? "" : option->val};
        if (name == "port") needs.ports = ports_in(value);
        if (!value.starts_with('/')) continue;
        if (name == "passfile") needs.files.push_back(value);
        if (name == "sslcert" || name == "sslkey" || name == "sslrootcert" || name == "sslcrl" || name == "sslcrldir") needs.certificates.push_back(value);
    }
    return needs;
}

}  // namespace bf::store
