// Who may use the dashboard: the owner's password and the sessions signed in with it. Kept in the web process's own database, apart
// from the engine's. No default password exists: until the one-time set-up code was used, nobody gets in.
#pragma once
#include "ports/clock.hpp"
#include "store/database.hpp"

#include <map>
#include <optional>
#include <string>

namespace bf::server {

struct Session {
    Instant signed_in_at;
    Instant expires_at;
};

class Accounts {
public:
    static Result<std::unique_ptr<Accounts>> open(const std::string& url, const ports::Clock& clock, ports::Entropy& entropy);

    [[nodiscard]] bool needs_set_up() const { return !owner_exists_; }
    /// The code that lets somebody choose the owner's password; made anew at every start until it was used, never stored.
    [[nodiscard]] const std::string& set_up_code() const { return set_up_code_; }

    /// Sets the owner's password; gives a session token. Codes: wrong_code, already_set_up, password_too_short.
    Result<std::string> set_up(const std::string& code, const std::string& password);
    /// Codes: wrong_password, slow_down (Error.detail tells the seconds). `peer` is counted against.
    Result<std::string> sign_in(const std::string& password, const std::string& peer);
    void sign_out(const std::string& token);
    /// The session of a token, if it is good; moves its idle limit.
    std::optional<Session> session(const std::string& token);
    /// Seconds until this peer may try again; 0 when it may now.
    [[nodiscard]] std::int64_t wait_s(const std::string& peer) const;

private:
    Accounts(store::Database database, const ports::Clock& clock, ports::Entropy& entropy);
    Status load();
    Result<std::string> begin_session();
    void count_failure(const std::string& peer);

    struct Failures {
        int count{0};
        Instant not_before;
    };
    struct Known {
        Session session;
        Instant idle_until;
    };
    store::Database database_;
    const ports::Clock& clock_;
    ports::Entropy& entropy_;
    bool owner_exists_{false};
    std::string set_up_code_;
    std::map<std::string, Known> sessions_;  ///< By the token's hash: a read of our memory or disk gives no usable token.
    std::map<std::string, Failures> failures_;
};

}  // namespace bf::server
