// The part of the REST interface that is about who may use this installation: set-up, signing in, one's own password, second factor,
// sessions and tokens, and other people's accounts. Served by the web process itself, to browsers and scripts and, over its Unix socket,
// to the command line.
#pragma once
#include "server/accounts.hpp"
#include "server/factor.hpp"
#include "server/passwords.hpp"
#include "wire/json.hpp"

#include <functional>

namespace bf::server {

/// Something about accounts that somebody may want to know later. Never a secret.
struct AuditLine {
    std::string event;     ///< "signed_in", "sign_in_refused", "role_changed", ...
    std::string account;   ///< Whose account it is about.
    std::string by;        ///< Who did it: an account, "console".
    std::string address;   ///< From where; empty for the console.
    std::string sentence;  ///< For people.
};

class AccountApi {
public:
    struct Setup {
        bool demo{false};
        AskFactor factor;
        std::function<void(const AuditLine&)> audit;
    };
    struct Outcome {
        ApiReply reply;
        std::optional<std::string> cookie{};  ///< The session's new token; empty text takes the cookie away.
        std::int64_t retry_after{0};          ///< Seconds; 0 for none.
    };
    using Done = std::function<void(Outcome)>;
    AccountApi(Accounts& accounts, PasswordDesk& desk, const ports::Clock& clock, Setup setup);

    [[nodiscard]] ApiReply is_set_up() const;
    /// Calls `done` once, now or later. `former` is the session that the same browser had, which ends.
    void set_up(const std::string& body, Place place, Done done);
    void sign_in(const std::string& body, Place place, std::string former, Done done);

    /// Told to whoever keeps the log: somebody who is in asked for what the role or the token does not reach, or for another site's page.
    void note_refusal(const Caller& caller, const Place& place, const ApiRequest& request, std::string_view code);

    /// Whether a path's first part is served here.
    static bool serves(std::string_view first_part);
    /// For a caller that the access table lets pass.
    void handle(const ApiRequest& request, const Caller& caller, Place place, Done done);

private:
    struct Attempt;
    void session(const Caller& caller, Done done) const;
    void sessions(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Done done);
    void step_up(const ApiRequest& request, const Caller& caller, Place place, Done done);
    void change_password(const ApiRequest& request, const Caller& caller, Place place, Done done);
    void second_factor(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done);
    void passkeys(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done);
    void add_passkey(const wire::JsonValue& body, const std::string& account, Place place, Done done);
    void one_passkey(const std::string& account, const std::string& id, wire::Method method, Place place, Done done);
    void list_passkeys(const std::string& account, Done done);
    void remove_passkey(const std::string& account, const std::string& id, const std::string& by, Place place, Done done);
    void tokens(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Done done);
    void people(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done);
    void add_person(const wire::JsonValue& body, const Caller& caller, Place place, Done done);
    void change_role(const std::string& name, const wire::JsonValue& body, const Caller& caller, const Place& place, const Done& done);
    /// Everybody, and of the owners who have a factor whether it counts, where the signer can be asked.
    void list_people(Done done);
    /// A factor that counts makes another owner's count: with a fresh code that the signer judges.
    void vouch(const std::string& name, const wire::JsonValue& body, const Caller& caller, Place place, Done done);
    void ask_to_vouch(const std::string& name, const std::string& by, const std::string& code, Place place, Done done);
    /// `part`: password, second-factor, vouch.
    void person_part(const std::string& name, std::string_view part, const wire::JsonValue& body, wire::Method method, const Caller& caller, Place place, Done done);

    void sign_in_with_password_right(Attempt attempt, Done done);
    void ask_for_code(const std::string& account, const Place& place, Done done);
    void open_session(const Attempt& attempt, const Done& done);
    /// Hashes and goes on; a password that won't do is answered here.
    void with_hash(const std::string& password, const std::string& name, std::string_view field, Done done, std::function<void(std::string)> then);
    /// Goes on when `password` is the account's; counts and answers otherwise.
    void with_password(const std::string& account, const std::string& password, const Place& place, Done done, std::function<void()> then);
    /// Goes on when the signer finds the code good; counts and answers otherwise. The factor may turn out to be gone: then `then` is told.
    void with_code(const std::string& account, const std::string& code, const Place& place, Done done, std::function<void(bool gone)> then);
    void tell(std::string event, std::string account, std::string by, const Place& place, std::string sentence) const;
    /// What a verdict that is not good says to a person; `code` is what was given.
    [[nodiscard]] static Outcome refused_code(int status, const FactorAnswer& answer, const std::string& code);
    [[nodiscard]] std::optional<Outcome> slow_down(const std::string& account, const Place& place) const;
    void write_person(wire::JsonWriter& out, const Person& person, std::optional<bool> counts = {}) const;

    Accounts& accounts_;
    PasswordDesk& desk_;
    const ports::Clock& clock_;
    Setup setup_;
    Instant refusals_since_{};
    std::map<std::string, int> refusals_{};  ///< Since then, by account.
};

}  // namespace bf::server
