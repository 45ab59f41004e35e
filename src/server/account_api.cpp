#include "server/account_api.hpp"

#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "server/qr.hpp"
#include "server/version.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using wire::Method;
using Outcome = AccountApi::Outcome;

constexpr std::string_view kFirstOwner = "owner";

std::optional<wire::Json> object_of(const std::string& body) {
    auto json = wire::Json::parse(body.empty() ? "{}" : body);
    if (!json || !json->root().is_object()) return std::nullopt;
    return std::move(*json);
}
std::string text(const wire::JsonValue& value) { return std::string{value.text().value_or("")}; }
Outcome problem(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view field = {}) {
    return {problem_reply(status, code, title, detail, field)};
}
Outcome nothing() { return {{204, {}}}; }
Outcome busy() {
    auto outcome = problem(503, "busy", "Busy", "Too many people are signing in at this moment: try again.");
    outcome.retry_after = 1;
    return outcome;
}
Outcome wait(std::int64_t seconds_left, std::string_view what) {
    auto outcome = problem(429, "slow_down", "Slow down", "Too many wrong " + std::string{what} + ": try again in " + std::to_string(seconds_left) + " seconds.");
    outcome.retry_after = seconds_left;
    return outcome;
}
/// What is there but is no text, for the strict: its name.
std::string_view no_text(const wire::Json& json, std::initializer_list<std::string_view> names) {
    for (const auto name : names)
        if (json[name].exists() && !json[name].is_text()) return name;
    return {};
}
bool is_console(const Caller& caller) { return caller.actor.local; }

}  // namespace

/// One try to sign in.
struct AccountApi::Attempt {
    std::string account;
    std::string code;
    Place place;
    std::string former;
};

AccountApi::AccountApi(Accounts& accounts, PasswordDesk& desk, const ports::Clock& clock, Setup setup)
    : accounts_{accounts}, desk_{desk}, clock_{clock}, setup_{std::move(setup)} {}

void AccountApi::tell(std::string event, std::string account, std::string by, const Place& place, std::string sentence) const {
    setup_.audit({std::move(event), std::move(account), std::move(by), place.address, std::move(sentence)});
}

std::optional<Outcome> AccountApi::slow_down(const std::string& account, const Place& place) const {
    const auto seconds_left = accounts_.throttle().wait_s(account, place.address);
    if (seconds_left > 0) return wait(seconds_left, "passwords");
    return std::nullopt;
}

void AccountApi::with_hash(const std::string& password, const std::string& name, std::string_view field, Done done, std::function<void(std::string)> then) {
    const auto not_accepted = [field = std::string{field}](const Error& error) { return problem(422, error.code, "Not accepted", error.detail, field); };
    if (const auto good = check_password(password, name); !good) return done(not_accepted(good.error()));
    const bool taken = desk_.hash(password, [this, name, done, not_accepted, then = std::move(then)](Result<std::string> hash) {
        if (!hash && hash.error().kind == ErrorKind::bad_input) return done(not_accepted(hash.error()));
        if (!hash && hash.error().code == "breached_list") {
            tell("breached_list", name, name, {}, hash.error().detail);
            return done(problem(503, "breached_list", "Failed", "Whether the password leaked somewhere can't be told, so it is not taken: the server's list of leaked passwords can't be read. The server's log says why."));
        }
        if (!hash) return done(problem(503, hash.error().code, "Failed", hash.error().detail));
        then(std::move(*hash));
    });
    if (!taken) done(busy());
}

void AccountApi::with_password(const std::string& account, const std::string& password, const Place& place, Done done, std::function<void()> then) {
    if (auto refused = slow_down(account, place)) return done(std::move(*refused));
    const auto* person = accounts_.person(account);
    // As much work for a name that nobody has.
    const auto hash = person != nullptr ? person->password_hash : nobodys_hash();
    // Sent all at once, wrong ones would all be looked at before the first has made anybody wait.
    const auto under_way = accounts_.throttle().begin(account, place.address);
    if (!under_way) return done(busy());
    const bool taken = desk_.verify(hash, password, [this, account, hash, place, done, under_way = *under_way, then = std::move(then)](const PasswordDesk::Verdict& verdict) {
        accounts_.throttle().end(under_way);
        const auto* now = accounts_.person(account);
        // A password changed meanwhile was the wrong one, in effect.
        if (!verdict.good || now == nullptr || now->password_hash != hash) {
            accounts_.throttle().failed(account, place.address);
            tell("sign_in_refused", account, account, place, "A wrong password was given for the account " + account + ".");
            auto outcome = problem(401, "wrong_password", "Not signed in", "The password is wrong.", "password");
            outcome.retry_after = accounts_.throttle().wait_s(account, place.address);
            return done(std::move(outcome));
        }
        // A hash that can't be renewed now is renewed at another sign-in.
        if (!verdict.renewed.empty()) static_cast<void>(accounts_.renew_hash(account, verdict.renewed).has_value());
        then();
    });
    if (taken) return;
    accounts_.throttle().end(*under_way);
    done(busy());
}

void AccountApi::with_code(const std::string& account, const std::string& code, const Place& place, Done done, std::function<void(bool gone)> then) {
    setup_.factor({"check", account, code}, [this, account, code, place, done, then = std::move(then)](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        if (answer.verdict == "slow_down" || answer.verdict == "replayed" || answer.verdict == "stale") return done(refused_code(401, answer, code));
        if (answer.verdict == "none") {
            // It fell: somebody asked for that at the console an hour ago or earlier.
            static_cast<void>(accounts_.set_factor(account, false).has_value());
            return then(true);
        }
        if (answer.verdict != "ok") {
            accounts_.throttle().failed(account, place.address);
            tell("code_refused", account, account, place, answer.verdict == "copied" ? "A passkey of the account " + account + " counted backwards: somebody may have a copy of it."
                                                                                     : "A wrong one-time code or passkey was given for the account " + account + ".");
            auto outcome = refused_code(401, answer, code);
            outcome.retry_after = std::max(answer.wait_s, accounts_.throttle().wait_s(account, place.address));
            return done(std::move(outcome));
        }
        if (answer.by_recovery)
            tell("recovery_code_used", account, account, place, "A recovery code of the account " + account + " was used; " + std::to_string(answer.recovery_left) + " are left.");
        if (answer.fall_cancelled)
            tell("factor_fall_cancelled", account, account, place, "The second factor of the account " + account + " was used and stays: its removal had been asked for without a code.");
        then(false);
    });
}

// --- set-up and signing in

ApiReply AccountApi::is_set_up() const {
    std::string body;
    wire::JsonWriter{body}.begin_object().member("needed", accounts_.needs_set_up()).member("demo", setup_.demo).member("version", kVersion).end_object();
    return {200, std::move(body)};
}

void AccountApi::set_up(const std::string& body, Place place, Done done) {
    const auto json = object_of(body);
    if (!json) return done({malformed()});
    if (auto refused = slow_down({}, place)) return done(std::move(*refused));
    if (!accounts_.needs_set_up()) return done(problem(409, "already_set_up", "Not set up", "This installation is set up already: sign in.", "password"));
    if (!accounts_.is_set_up_code(text((*json)["code"]))) {
        accounts_.throttle().failed({}, place.address);
        return done(problem(403, "wrong_code", "Not set up", "The set-up code is wrong. It stands on the console where BackFuture was started.", "code"));
    }
    const auto name = account_name((*json)["account"].exists() ? text((*json)["account"]) : std::string{kFirstOwner});
    if (!name) return done(problem(422, "name_bad", "Not set up", "A name has 1 to 64 of a-z, 0-9 and . _ - @ +", "account"));
    with_hash(text((*json)["password"]), *name, "password", done, [this, name = *name, place, done](const std::string& hash) {
        if (!accounts_.needs_set_up()) return done(problem(409, "already_set_up", "Not set up", "This installation is set up already: sign in.", "password"));
        if (const auto added = accounts_.add_person(name, Role::owner, hash); !added) return done({error_reply(added.error())});
        tell("set_up", name, name, place, "This installation was set up; its owner is the account " + name + ".");
        open_session({name, {}, place, {}}, done);
    });
}

void AccountApi::sign_in(const std::string& body, Place place, std::string former, Done done) {
    const auto json = object_of(body);
    if (!json) return done({malformed()});
    // A name that can't be one is tried all the same, as one that nobody has.
    const auto typed = (*json)["account"].exists() ? text((*json)["account"]) : std::string{kFirstOwner};
    Attempt attempt{account_name(typed).value_or("nobody at all"), text((*json)["code"]), std::move(place), std::move(former)};
    const auto account = attempt.account;
    const auto where = attempt.place;
    with_password(account, text((*json)["password"]), where, done, [this, attempt = std::move(attempt), done] { sign_in_with_password_right(attempt, done); });
}

void AccountApi::sign_in_with_password_right(Attempt attempt, Done done) {
    const auto* person = accounts_.person(attempt.account);
    if (!person->has_factor) return open_session(attempt, done);
    if (attempt.code.empty()) return ask_for_code(attempt.account, attempt.place, std::move(done));
    const auto account = attempt.account, code = attempt.code;
    const auto place = attempt.place;
    with_code(account, code, place, done, [this, attempt = std::move(attempt), done](bool) { open_session(attempt, done); });
}

void AccountApi::open_session(const Attempt& attempt, const Done& done) {
    // Never the session that somebody may have put into this browser: always a new one, and the former ends.
    if (!attempt.former.empty()) accounts_.end_session(attempt.former);
    auto token = accounts_.begin_session(attempt.account, attempt.place);
    if (!token) return done({error_reply(token.error())});
    accounts_.throttle().passed(attempt.account, attempt.place.address);
    tell("signed_in", attempt.account, attempt.account, attempt.place, "The account " + attempt.account + " signed in.");
    auto outcome = nothing();
    outcome.cookie = std::move(*token);
    done(std::move(outcome));
}

// --- one's own account

bool AccountApi::serves(std::string_view first_part) {
    constexpr std::array<std::string_view, 9> kParts{"session", "sessions", "sign-out", "step-up", "password", "second-factor", "passkeys", "tokens", "people"};
    return std::find(kParts.begin(), kParts.end(), first_part) != kParts.end();
}

void AccountApi::handle(const ApiRequest& request, const Caller& caller, Place place, Done done) {
    constexpr std::string_view kRoot = "/api/v1/";
    const auto parts = split(std::string_view{request.path}.substr(kRoot.size()), '/');
    if (parts.empty() || parts.size() > (parts[0] == "people" ? 4U : 2U)) return done({not_found()});
    const auto what = parts[0];
    const bool gets = request.method == Method::get, posts = request.method == Method::post, alone = parts.size() == 1;
    if (what == "people") return people(request, parts, caller, std::move(place), std::move(done));
    if (what == "tokens" && is_console(caller)) return tokens(request, parts, caller, std::move(done));
    // The console is nobody's account.
    if (is_console(caller)) return done({not_found()});
    if (what == "session" && alone) return gets ? session(caller, std::move(done)) : done({wrong_method()});
    // A token must not outlive its person's second thoughts by making more of itself.
    if (!caller.token.empty()) return done(problem(403, "not_for_tokens", "Not allowed", "That is for a person who signed in, not for an API token."));
    if (what == "sign-out" && alone) {
        if (!posts) return done({wrong_method()});
        accounts_.end_session(caller.session);
        auto outcome = nothing();
        outcome.cookie = "";
        return done(std::move(outcome));
    }
    if (what == "sessions") return sessions(request, parts, caller, std::move(done));
    if (what == "step-up" && alone) return posts ? step_up(request, caller, std::move(place), std::move(done)) : done({wrong_method()});
    if (what == "password" && alone) return posts ? change_password(request, caller, std::move(place), std::move(done)) : done({wrong_method()});
    if (what == "second-factor") return second_factor(request, parts, caller, std::move(place), std::move(done));
    if (what == "passkeys") return passkeys(request, parts, caller, std::move(place), std::move(done));
    if (what == "tokens") return tokens(request, parts, caller, std::move(done));
    done({not_found()});
}

void AccountApi::note_refusal(const Caller& caller, const Place& place, const ApiRequest& request, std::string_view code) {
    // A flood fills no disk: so many lines a minute of each account, and the last of them says so.
    constexpr int kLines = 60;
    const auto now = clock_.wall();
    if (now - refusals_since_ >= std::chrono::minutes{1} || now < refusals_since_) {
        refusals_since_ = now;
        refusals_.clear();
    }
    const int count = ++refusals_[caller.actor.account];
    if (count > kLines) return;
    const auto who = caller.actor.account.empty() ? std::string{"Somebody"} : "The account " + caller.actor.account;
    tell("access_refused", caller.actor.account, caller.token.empty() ? caller.actor.account : "token " + caller.token, place,
         who + " was refused " + std::string{wire::to_string(request.method)} + " " + request.path.substr(0, 120) + " (" + std::string{code} + ")." +
             (count == kLines ? " Further ones of this minute are not told." : ""));
}

void AccountApi::session(const Caller& caller, Done done) const {
    const auto* person = accounts_.person(caller.actor.account);
    const auto* session = accounts_.session(caller.session);
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().member("user", caller.actor.account).member("role", to_string(caller.actor.role));
    out.member("signed_in_at", session != nullptr ? std::optional{session->signed_in_at.ms()} : std::nullopt);
    out.member("expires_at", session != nullptr ? std::optional{session->expires_at.ms()} : std::nullopt).member("demo", setup_.demo);
    out.member("second_factor", person != nullptr && person->has_factor);
    out.member("stepped_up_until", caller.actor.stepped_up_at ? std::optional{(*caller.actor.stepped_up_at + kStepUpFresh).ms()} : std::nullopt).end_object();
    done({{200, std::move(body)}});
}

void AccountApi::sessions(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Done done) {
    const auto mine = accounts_.sessions(caller.actor.account);
    if (parts.size() == 1) {
        if (request.method != Method::get) return done({wrong_method()});
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("sessions").begin_array();
        for (const auto& one : mine) {
            out.begin_object().member("id", one.id).member("signed_in_at", one.signed_in_at.ms()).member("expires_at", one.expires_at.ms());
            out.member("idle_until", one.idle_until.ms()).member("address", one.place.address).member("agent", one.place.agent);
            out.member("current", one.id == caller.session).end_object();
        }
        out.end_array().end_object();
        return done({{200, std::move(body)}});
    }
    const std::string id{parts[1]};
    if (id == "others" && request.method == Method::del) {
        for (const auto& one : mine)
            if (one.id != caller.session) accounts_.end_session(one.id);
        return done(nothing());
    }
    // Somebody else's is not there either.
    if (std::none_of(mine.begin(), mine.end(), [&id](const auto& one) { return one.id == id; })) return done({problem_reply(404, "not_found", "Not found", "There is no such session.")});
    if (request.method != Method::del) return done({wrong_method()});
    accounts_.end_session(id);
    auto outcome = nothing();
    if (id == caller.session) outcome.cookie = "";
    done(std::move(outcome));
}

void AccountApi::step_up(const ApiRequest& request, const Caller& caller, Place place, Done done) {
    const auto json = object_of(request.body);
    if (!json) return done({malformed()});
    const auto account = caller.actor.account;
    const auto* person = accounts_.person(account);
    const auto after = [this, session = caller.session, account, place, done] {
        auto token = accounts_.step_up(session);
        if (!token) return done({error_reply(token.error())});
        accounts_.throttle().passed(account, place.address);
        auto outcome = nothing();
        outcome.cookie = std::move(*token);
        done(std::move(outcome));
    };
    const auto code = text((*json)["code"]), password = text((*json)["password"]);
    if (const auto wrong = no_text(*json, {"password", "code"}); !wrong.empty()) return done({bad_field(wrong, "Give it as text.")});
    if (person == nullptr || !person->has_factor) {
        if (password.empty()) return done(problem(422, "bad_field", "Not accepted", "Give your password.", "password"));
        return with_password(account, password, place, done, after);
    }
    if (code.empty()) return done(problem(422, "bad_field", "Not accepted", "Give the one-time code of your app.", "code"));
    if (auto refused = slow_down(account, place)) return done(std::move(*refused));
    with_code(account, code, place, done, [after, done](bool gone) {
        // Without a factor a code proves nothing.
        if (gone) return done(problem(422, "bad_field", "Not accepted", "This account has no second factor any more: give your password.", "password"));
        after();
    });
}

void AccountApi::change_password(const ApiRequest& request, const Caller& caller, Place place, Done done) {
    const auto json = object_of(request.body);
    if (!json) return done({malformed()});
    const auto account = caller.actor.account;
    if (text((*json)["password"]).empty()) return done({bad_field("password", "Give the password you have now.")});
    with_password(account, text((*json)["password"]), place, done, [this, fresh = text((*json)["new_password"]), account, session = caller.session, place, done] {
        with_hash(fresh, account, "new_password", done, [this, account, session, place, done](const std::string& hash) {
            if (const auto set = accounts_.set_password(account, hash, session); !set) return done({error_reply(set.error())});
            tell("password_changed", account, account, place, "The password of the account " + account + " was changed; its other sessions ended.");
            done(nothing());
        });
    });
}

void AccountApi::second_factor(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done) {
    const auto account = caller.actor.account;
    if (parts.size() == 1) {
        if (request.method != Method::get) return done({wrong_method()});
        return setup_.factor({"state", account}, [this, account, done](const FactorAnswer& answer) {
            if (answer.problem) return done({*answer.problem});
            // The signer knows best; a factor that fell is no longer asked for.
            const auto* person = accounts_.person(account);
            if (person != nullptr && person->has_factor != answer.on) static_cast<void>(accounts_.set_factor(account, answer.on).has_value());
            std::string body;
            wire::JsonWriter{body}.begin_object().member("on", answer.on).member("trusted", answer.trusted).member("recovery_left", answer.recovery_left)
                .member("falls_at", answer.falls_at).end_object();
            done({{200, std::move(body)}});
        });
    }
    const auto act = parts[1];
    if (act != "begin" && act != "confirm" && act != "recovery-codes" && act != "remove") return done({not_found()});
    if (request.method != Method::post) return done({wrong_method()});
    const auto json = object_of(request.body);
    if (!json) return done({malformed()});
    if (act == "begin")
        return setup_.factor({"begin", account}, [account, done](const FactorAnswer& answer) {
            if (answer.problem) return done({*answer.problem});
            const auto uri = "otpauth://totp/BackFuture:" + url_encode(account) + "?secret=" + answer.secret + "&issuer=BackFuture";
            std::string body;
            wire::JsonWriter{body}.begin_object().member("secret", answer.secret).member("uri", uri).member("qr", qr_svg(uri)).end_object();
            done({{200, std::move(body)}});
        });
    const auto code = text((*json)["code"]);
    if (code.empty()) return done(problem(422, "bad_field", "Not accepted", "Give the one-time code of your app.", "code"));
    const std::string question{act == "recovery-codes" ? std::string_view{"renew"} : act};
    const FactorQuestion asked{.act = question, .account = account, .code = code, .may_count = caller.actor.role == Role::owner};
    setup_.factor(asked, [this, question, account, code, place, done](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        if (answer.verdict == "none") return done(problem(409, "no_factor", "Conflict", "There is no second factor to do that with: begin setting one up."));
        if (!answer.verdict.empty()) {
            tell("code_refused", account, account, place, "A code of the account " + account + " was refused at its second factor (" + question + ").");
            return done(refused_code(422, answer, code));
        }
        const bool on = question != "remove";
        if (const auto set = accounts_.set_factor(account, on); !set) return done({error_reply(set.error())});
        if (question == "confirm") tell("factor_on", account, account, place, "The account " + account + " has a second factor from now on.");
        if (question == "renew") tell("recovery_codes_renewed", account, account, place, "The account " + account + " has new recovery codes.");
        if (!on) tell("factor_off", account, account, place, "The second factor of the account " + account + " was removed with a code.");
        if (!on) return done(nothing());
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("codes").begin_array();
        for (const auto& one : answer.codes) out.text(one);
        out.end_array().end_object();
        done({{200, std::move(body)}});
    });
}

}  // namespace bf::server
