// Other people's accounts, and API tokens: which the console may look after for anybody.
#include "base/text.hpp"
#include "server/account_api.hpp"
#include "server/api_replies.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace bf::server {
namespace {

using wire::Method;
using Outcome = AccountApi::Outcome;

constexpr std::int64_t kTokenDaysMax = 366;
constexpr std::size_t kTokenNameMax = 60;

std::string text(const wire::JsonValue& value) { return std::string{value.text().value_or("")}; }
ApiReply no_such_account() { return problem_reply(404, "not_found", "Not found", "There is no such account."); }

/// `why` in the signer's words, where it was asked.
Outcome own_factor(const std::string& why = {}) {
    return {problem_reply(409, "own_factor", "Conflict", "Nobody vouches for the own factor while any counts: an owner whose does vouches for another's." + (why.empty() ? why : " " + why))};
}

/// A token's scope in its own words: what it may, not who its person is.
constexpr std::array<std::pair<std::string_view, Role>, 3> kScopes{{{"read", Role::viewer}, {"trade", Role::trader}, {"manage", Role::owner}}};
std::optional<Role> parse_scope(std::string_view word) {
    for (const auto& [name, role] : kScopes)
        if (name == word) return role;
    return std::nullopt;
}
std::string_view scope_word(Role role) {
    for (const auto& [name, of] : kScopes)
        if (of == role) return name;
    return "none";
}

void write_token(wire::JsonWriter& out, const ApiToken& token) {
    out.begin_object().member("id", token.id).member("account", token.account).member("name", token.name).member("scope", scope_word(token.scope));
    out.member("created_at", token.created_at.ms()).member("expires_at", token.expires_at.ms());
    out.member("used_at", token.used_at ? std::optional{token.used_at->ms()} : std::nullopt).end_object();
}

}  // namespace

void AccountApi::tokens(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Done done) {
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return done({malformed()});
    // Only the console names somebody else.
    const bool console = caller.actor.local;
    const auto account = !console ? caller.actor.account : request.method == Method::post ? text((*json)["account"]) : query_value(request.query, "account").value_or("");
    if (accounts_.person(account) == nullptr) return done({no_such_account()});
    if (parts.size() == 2) {
        const auto mine = accounts_.api_tokens(account);
        if (std::none_of(mine.begin(), mine.end(), [&parts](const auto& one) { return one.id == parts[1]; })) return done({problem_reply(404, "not_found", "Not found", "There is no such token.")});
        if (request.method != Method::del) return done({wrong_method()});
        if (!accounts_.end_api_token(account, std::string{parts[1]})) return done({problem_reply(500, "store", "Failed", "The token is dead, but that could not be written down: revoke it again after the next start.")});
        tell("token_revoked", account, caller.actor.account, {}, "An API token of the account " + account + " was revoked.");
        return done({{204, {}}});
    }
    if (request.method == Method::get) {
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("tokens").begin_array();
        for (const auto& one : accounts_.api_tokens(account)) write_token(out, one);
        out.end_array().end_object();
        return done({{200, std::move(body)}});
    }
    if (request.method != Method::post) return done({wrong_method()});
    const auto name = std::string{trim(text((*json)["name"]))};
    const auto scope = parse_scope(text((*json)["scope"]));
    const auto days = (*json)["days"].is_number() ? (*json)["days"].integer() : std::nullopt;
    if (name.empty() || name.size() > kTokenNameMax) return done({bad_field("name", "A token needs a name of 1 to 60 characters: what it is for.")});
    if (!scope) return done({bad_field("scope", "The scope must be read, trade or manage.")});
    if (!days || *days < 1 || *days > kTokenDaysMax) return done({bad_field("days", "A token lives 1 to 366 days.")});
    const auto made = accounts_.make_api_token(account, {name, *scope, clock_.wall() + std::chrono::hours{24 * *days}});
    if (!made) {
        const auto& error = made.error();
        return done({error.code == "scope_too_wide" ? bad_field("scope", error.detail) : error_reply(error)});
    }
    tell("token_made", account, caller.actor.account, {}, "An API token of the account " + account + " was made: " + std::string{scope_word(*scope)} + ", " + std::to_string(*days) + " days.");
    const auto all = accounts_.api_tokens(account);
    const auto mine = std::find_if(all.begin(), all.end(), [&made](const auto& one) { return one.id == made->id; });
    std::string body;
    wire::JsonWriter out{body};
    write_token(out, *mine);
    // Told this once: we keep only its hash.
    body.insert(body.size() - 1, ",\"token\":\"" + made->token + "\"");
    done({{201, std::move(body)}});
}

void AccountApi::write_person(wire::JsonWriter& out, const Person& person, std::optional<bool> counts) const {
    out.begin_object().member("name", person.name).member("role", to_string(person.role)).member("second_factor", person.has_factor).member("factor_counts", counts);
    out.member("created_at", person.created_at.ms()).member("sessions", accounts_.sessions(person.name).size()).member("tokens", accounts_.api_tokens(person.name).size());
    out.end_object();
}

void AccountApi::people(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done) {
    if (parts.size() == 1 && request.method == Method::get) return list_people(std::move(done));
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return done({malformed()});
    if (parts.size() == 1) return request.method == Method::post ? add_person(json->root(), caller, std::move(place), std::move(done)) : done({wrong_method()});
    const auto name = account_name(url_decode(parts[1]).value_or("")).value_or("");
    if (accounts_.person(name) == nullptr) return done({no_such_account()});
    if (parts.size() >= 3 && parts[2] == "passkeys") {
        if (parts.size() == 3) return request.method == Method::get ? list_passkeys(name, std::move(done)) : done({wrong_method()});
        return request.method == Method::del ? remove_passkey(name, std::string{parts[3]}, caller.actor.account, std::move(place), std::move(done)) : done({wrong_method()});
    }
    if (parts.size() > 3) return done({not_found()});
    if (parts.size() == 3) return person_part(name, parts[2], json->root(), request.method, caller, std::move(place), std::move(done));
    if (request.method == Method::patch) return change_role(name, json->root(), caller, place, done);
    if (request.method != Method::del) return done({wrong_method()});
    if (const auto removed = accounts_.remove_person(name); !removed) return done({error_reply(removed.error())});
    tell("account_removed", name, caller.actor.account, place, "The account " + name + " was removed.");
    // Its second factor falls in an hour; whether the signer heard of it changes nothing about the account.
    setup_.factor({"remove", name}, [](const FactorAnswer&) {});
    done({{204, {}}});
}

void AccountApi::list_people(Done done) {
    /// One owner's factor after the other; a signer that is away is asked once.
    struct Round {
        std::vector<std::string> left;
        std::map<std::string, bool> counts;
        Done done;
    };
    const auto round = std::make_shared<Round>();
    for (const auto& [name, person] : accounts_.people())
        if (person.has_factor && person.role == Role::owner) round->left.push_back(name);
    round->done = std::move(done);
    const auto finish = [this, round] {
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("people").begin_array();
        for (const auto& [name, person] : accounts_.people()) {
            const auto known = round->counts.find(name);
            write_person(out, person, known == round->counts.end() ? std::nullopt : std::optional{known->second});
        }
        out.end_array().end_object();
        round->done({{200, std::move(body)}});
    };
    if (round->left.empty()) return finish();
    for (const auto& name : std::vector{round->left})
        setup_.factor({"state", name}, [round, name, finish](const FactorAnswer& answer) {
            if (!answer.problem) round->counts[name] = answer.on && answer.trusted;
            round->left.pop_back();
            if (round->left.empty()) finish();
        });
}

void AccountApi::vouch(const std::string& name, const wire::JsonValue& body, const Caller& caller, Place place, Done done) {
    if (accounts_.person(name)->role != Role::owner)
        return done({problem_reply(409, "not_an_owner", "Conflict", "Only owners widen limits: the factor of this account need not count.")});
    // The console speaks for nobody: it names the account whose code it brings.
    const auto by = caller.actor.local ? account_name(text(body["by"])).value_or("") : caller.actor.account;
    const auto code = text(body["code"]);
    // Who was an owner when his factor came to count may be none any more: without his word nobody's would ever count.
    if (caller.actor.local && accounts_.person(by) == nullptr) return done({bad_field("by", "Name the account whose factor counts, and give its code.")});
    if (code.empty()) return done({bad_field("code", "Give a fresh one-time code of the owner who vouches.")});
    if (by != name) return ask_to_vouch(name, by, code, std::move(place), std::move(done));
    // Only where nobody's counts any more: the account of the last one whose did was removed, say. The signer knows.
    setup_.factor({"state", name}, [this, name, by, code, place = std::move(place), done = std::move(done)](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        if (answer.trusted) return done(own_factor());
        ask_to_vouch(name, by, code, place, done);
    });
}

void AccountApi::ask_to_vouch(const std::string& name, const std::string& by, const std::string& code, Place place, Done done) {
    setup_.factor({"vouch", name, code, by}, [this, name, by, code, place = std::move(place), done = std::move(done)](const FactorAnswer& answer) {
        const auto why = answer.problem && by == name ? wire::Json::parse(answer.problem->body) : Result<wire::Json>{Unexpected{Error{}}};
        if (why && (*why)["code"].text() == "policy") return done(own_factor(text((*why)["detail"])));
        if (answer.problem) return done({*answer.problem});
        if (answer.verdict.empty() && answer.trusted) {
            tell("factor_vouched", name, by, place, "The second factor of the account " + name + " counts from now on: " + by + " vouched for it.");
            std::string told;
            wire::JsonWriter out{told};
            write_person(out, *accounts_.person(name), true);
            return done({{200, std::move(told)}});
        }
        if (answer.verdict == "none") return done({problem_reply(409, "no_factor", "Conflict", "Who vouches needs a second factor: set one up.")});
        tell("code_refused", by, by, place, "A code of the account " + by + " was refused: it was to vouch for " + name + ".");
        // How long a guesser waits is the signer's word, over all ways to it.
        done(refused_code(422, answer, code));
    });
}

void AccountApi::add_person(const wire::JsonValue& body, const Caller& caller, Place place, Done done) {
    const auto name = account_name(text(body["name"]));
    const auto role = parse_role(text(body["role"]));
    if (!name) return done({bad_field("name", "A name has 1 to 64 of a-z, 0-9 and . _ - @ +")});
    if (!role || *role == Role::nobody) return done({bad_field("role", "The role must be owner, trader or viewer.")});
    with_hash(text(body["password"]), *name, "password", done, [this, name = *name, role = *role, by = caller.actor.account, place, done](const std::string& hash) {
        if (const auto added = accounts_.add_person(name, role, hash); !added) return done({error_reply(added.error())});
        tell("account_added", name, by, place, "The account " + name + " was added as " + std::string{to_string(role)} + ".");
        std::string made;
        wire::JsonWriter out{made};
        write_person(out, *accounts_.person(name));
        done({{201, std::move(made)}});
    });
}

void AccountApi::change_role(const std::string& name, const wire::JsonValue& body, const Caller& caller, const Place& place, const Done& done) {
    const auto wanted = parse_role(text(body["role"]));
    if (!wanted || *wanted == Role::nobody) return done({bad_field("role", "The role must be owner, trader or viewer.")});
    const auto before = accounts_.person(name)->role;
    if (const auto set = accounts_.set_role(name, *wanted); !set) return done({error_reply(set.error())});
    const std::string was{to_string(before)}, is{to_string(*wanted)};
    tell("role_changed", name, caller.actor.account, place, "The account " + name + " was " + was + " and is " + is + " now.");
    std::string changed;
    wire::JsonWriter out{changed};
    write_person(out, *accounts_.person(name));
    done({{200, std::move(changed)}});
}

void AccountApi::person_part(const std::string& name, std::string_view part, const wire::JsonValue& body, Method method, const Caller& caller, Place place, Done done) {
    const auto by = caller.actor.account;
    if (part == "password") {
        if (method != Method::post) return done({wrong_method()});
        // Of oneself only with the password until now, or a borrowed session would be enough.
        if (name == by) return done({problem_reply(409, "own_password", "Conflict", "Change your own password with the one you have: POST /api/v1/password.", "password")});
        return with_hash(text(body["password"]), name, "password", done, [this, name, by, place, done](const std::string& hash) {
            if (const auto set = accounts_.set_password(name, hash); !set) return done({error_reply(set.error())});
            tell("password_reset", name, by, place, "The password of the account " + name + " was set anew; its sessions and tokens ended.");
            done({{204, {}}});
        });
    }
    if (part == "vouch") return method == Method::post ? vouch(name, body, caller, std::move(place), std::move(done)) : done({wrong_method()});
    if (part != "second-factor") return done({not_found()});
    if (method != Method::del) return done({wrong_method()});
    setup_.factor({"remove", name}, [this, name, by, place, done](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        std::string body_out;
        wire::JsonWriter{body_out}.begin_object().member("falls_at", answer.on ? answer.falls_at : std::nullopt).end_object();
        if (answer.on)
            tell("factor_reset", name, by, place, "The second factor of the account " + name + " falls in an hour unless it is used until then.");
        else
            static_cast<void>(accounts_.set_factor(name, false).has_value());
        done({{200, std::move(body_out)}});
    });
}

}  // namespace bf::server
