// Who may use this installation: people with their roles, the sessions they signed in to, and their API tokens. Kept in the web process's
// own database, apart from the engine's. No default password exists: until the one-time set-up code was used, nobody gets in.
//
// Of a session's or a token's secret only the hash is known here: who reads our memory or disk has nothing to use. Passwords are checked
// elsewhere (passwords.hpp), second factors in the signer; this is what is known once they were.
#pragma once
#include "server/access.hpp"
#include "server/throttle.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bf::server {

struct Person {
    std::string name;  ///< a-z 0-9 . _ - @ +, 1 to 64: what the signer takes.
    Role role{Role::viewer};
    std::string password_hash;
    bool has_factor{false};  ///< Signing in takes a code; the signer knows more.
    Instant created_at;
};
/// The name as it is kept (lower case), or nothing if it can't be one.
std::optional<std::string> account_name(std::string_view typed);

/// Where a session was begun: so that its person knows it again in a list.
struct Place {
    std::string address{};
    std::string agent{};  ///< What the browser calls itself, cut at 200 characters.
    std::string origin{};  ///< Of the page, by the host it was reached under: "https://bot.example:8420". Not kept; empty at the console.
};

struct Session {
    std::string id;  ///< Safe to show; no secret.
    std::string account;
    Instant signed_in_at;
    Instant expires_at;
    Instant idle_until;
    Instant stepped_up_at;
    Place place;
};

struct ApiToken {
    std::string id;
    std::string account;
    std::string name;
    Role scope{Role::viewer};  ///< It may what its person may, and no more than this.
    Instant created_at;
    Instant expires_at;
    std::optional<Instant> used_at;  ///< To ten minutes.
};

/// What a request was let in with.
struct Caller {
    Actor actor;
    std::string session;  ///< Its id; empty for a token.
    std::string token;    ///< Its id; empty for a session.
};

class Accounts {
public:
    static Result<std::unique_ptr<Accounts>> open(const std::string& url, const ports::Clock& clock, ports::Entropy& entropy);

    [[nodiscard]] bool needs_set_up() const { return people_.empty(); }
    /// The code that lets somebody become the first owner; made anew at every start until it was used, never stored.
    [[nodiscard]] const std::string& set_up_code() const { return set_up_code_; }
    [[nodiscard]] bool is_set_up_code(const std::string& typed) const;
    Throttle& throttle() { return throttle_; }

    // People. Codes: name_bad, name_taken, last_owner, no_such_account.
    [[nodiscard]] const Person* person(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, Person>& people() const { return people_; }
    Status add_person(const std::string& name, Role role, const std::string& password_hash);
    /// In force with the next request of that person.
    Status set_role(const std::string& name, Role role);
    /// Ends the person's sessions but `keep`, and unless that is given the tokens too.
    Status set_password(const std::string& name, const std::string& password_hash, const std::string& keep = {});
    /// The same password under other parameters: nothing ends.
    Status renew_hash(const std::string& name, const std::string& password_hash);
    Status set_factor(const std::string& name, bool has_factor);
    Status remove_person(const std::string& name);

    // Sessions. A token made here is shown once, as a cookie.
    Result<std::string> begin_session(const std::string& account, Place place);
    /// Fresh for what is dangerous; a new token, the old one ends (a few seconds later, for requests that are under way).
    Result<std::string> step_up(const std::string& session);
    [[nodiscard]] std::vector<Session> sessions(const std::string& account) const;
    [[nodiscard]] const Session* session(const std::string& id) const;
    /// Not there is as good as ended.
    void end_session(const std::string& id);

    // API tokens.
    struct NewToken {
        std::string name;
        Role scope{Role::viewer};
        Instant expires_at;
    };
    struct MadeToken {
        std::string id;
        std::string token;
    };
    Result<MadeToken> make_api_token(const std::string& account, NewToken token);
    [[nodiscard]] std::vector<ApiToken> api_tokens(const std::string& account) const;
    bool end_api_token(const std::string& account, const std::string& id);

    // Who asks.
    std::optional<Caller> by_cookie(const std::string& token);
    std::optional<Caller> by_bearer(const std::string& token);
    /// Whether that one may still be here; for a stream that was opened earlier.
    [[nodiscard]] bool is_good(const Caller& caller) const;

private:
    struct KnownSession {
        Session session;
        std::string hash;        ///< Of the token in force.
        std::string leaving{};   ///< Of the one before it,
        Instant leaving_until{}; ///< good for so long, and not for what is dangerous.
    };
    struct KnownToken {
        ApiToken token;
        std::string hash;
    };
    Accounts(store::Database database, const ports::Clock& clock, ports::Entropy& entropy);
    Status load();
    [[nodiscard]] bool is_over(const Session& session) const;
    [[nodiscard]] bool is_last_owner(const std::string& name) const;
    void forget_sessions(const std::string& account, const std::string& keep);
    std::string make_id();

    store::Database database_;
    const ports::Clock& clock_;
    ports::Entropy& entropy_;
    Throttle throttle_;
    std::string set_up_code_;
    std::map<std::string, Person> people_;
    std::map<std::string, KnownSession> sessions_;    ///< By id.
    std::map<std::string, std::string> by_hash_;      ///< Token's hash -> session's id; leaving ones too.
    std::map<std::string, KnownToken> tokens_;        ///< By id.
    std::map<std::string, std::string> tokens_by_hash_;
};

}  // namespace bf::server
