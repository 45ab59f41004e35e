// Passkeys of an account: the web process carries challenges and answers between browser and signer, which alone judges them.
#include "server/account_api.hpp"
#include "server/api_replies.hpp"

#include <algorithm>

namespace bf::server {
namespace {

using wire::Method;
using Outcome = AccountApi::Outcome;

constexpr std::string_view kPasskeyMark = "passkey.";

std::string text(const wire::JsonValue& value) { return std::string{value.text().value_or("")}; }

}  // namespace

Outcome AccountApi::refused_code(int status, const FactorAnswer& answer, const std::string& code) {
    const auto title = status == 401 ? "Not signed in" : "Not accepted";
    const auto say = [&](std::string_view word, std::string_view sentence) { return Outcome{problem_reply(status, word, title, sentence, "code")}; };
    if (answer.verdict == "slow_down") {
        Outcome outcome{problem_reply(429, "slow_down", "Slow down", "Too many wrong codes: try again in " + std::to_string(answer.wait_s) + " seconds.", "code")};
        outcome.retry_after = answer.wait_s;
        return outcome;
    }
    if (answer.verdict == "replayed") return say("code_replayed", "That code was used already: wait for the next one, at most 30 seconds.");
    if (answer.verdict == "stale") return say("passkey_stale", "The passkey was asked too long ago, or for something else: ask it again.");
    if (answer.verdict == "copied") return say("passkey_copied", "This passkey counts backwards, so somebody may have a copy of it: use a code, and remove it.");
    if (code.starts_with(kPasskeyMark)) return say("wrong_passkey", "The passkey is not one of this account's, or did not ask for a PIN, a finger or a face.");
    return say("wrong_code", "The one-time code is wrong. Check that your phone's clock is right.");
}

void AccountApi::ask_for_code(const std::string& account, const Place& place, Done done) {
    // Told only to who has the password: which authenticators an account has is nobody else's business.
    setup_.factor({.act = "passkey-challenge", .account = account, .passkey = {.origin = place.origin}}, [done = std::move(done)](const FactorAnswer& answer) {
        auto reply = problem_reply(401, "code_needed", "One thing more", "Give the one-time code of your app, or a recovery code.", "code");
        if (answer.asked) {
            std::string asked;
            wire::JsonWriter out{asked};
            write_asked(out, *answer.asked);
            reply.body.insert(reply.body.size() - 1, ",\"passkey\":" + asked);
        }
        done({std::move(reply)});
    });
}

void AccountApi::passkeys(const ApiRequest& request, const std::vector<std::string_view>& parts, const Caller& caller, Place place, Done done) {
    const auto account = caller.actor.account;
    const bool posts = request.method == Method::post;
    if (parts.size() == 1 && request.method == Method::get) return list_passkeys(account, std::move(done));
    const auto act = parts.size() == 2 ? parts[1] : std::string_view{};
    if (parts.size() == 2 && act != "begin" && act != "challenge") return one_passkey(account, std::string{act}, request.method, std::move(place), std::move(done));
    if (!posts) return done({wrong_method()});
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return done({malformed()});
    if (act.empty()) return add_passkey(json->root(), account, std::move(place), std::move(done));
    const auto code = text((*json)["code"]);
    if (act == "begin" && code.empty()) return done({bad_field("code", "Give a one-time code of your app, or another passkey.")});
    FactorQuestion question{.act = act == "begin" ? "passkey-begin" : "passkey-challenge", .account = account, .code = code, .passkey = {.origin = place.origin}};
    setup_.factor(std::move(question), [this, account, code, place, done](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        if (!answer.asked) {
            if (answer.verdict == "wrong" || answer.verdict == "copied") tell("code_refused", account, account, place, "A code of the account " + account + " was refused: it was to add a passkey.");
            return done(refused_code(422, answer, code));
        }
        std::string body;
        wire::JsonWriter out{body};
        write_asked(out, *answer.asked);
        done({{200, std::move(body)}});
    });
}

void AccountApi::one_passkey(const std::string& account, const std::string& id, Method method, Place place, Done done) {
    if (method == Method::del) return remove_passkey(account, id, account, std::move(place), std::move(done));
    setup_.factor({"passkeys", account}, [id, done = std::move(done)](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        const bool there = std::any_of(answer.passkeys.begin(), answer.passkeys.end(), [&id](const auto& one) { return one.id == id; });
        done({there ? wrong_method() : problem_reply(404, "not_found", "Not found", "There is no such passkey.")});
    });
}

void AccountApi::add_passkey(const wire::JsonValue& body, const std::string& account, Place place, Done done) {
    FactorQuestion question{.act = "passkey-add", .account = account};
    question.passkey = {.name = text(body["name"]), .client_data = text(body["client_data"]), .authenticator_data = text(body["authenticator_data"])};
    for (const auto name : {"name", "client_data", "authenticator_data"})
        if (text(body[name]).empty()) return done({bad_field(name, "Give it as text.")});
    setup_.factor(question, [this, account, name = question.passkey.name, place, done](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        tell("passkey_added", account, account, place, "The account " + account + " has a further passkey.");
        std::string told;
        wire::JsonWriter out{told};
        write_passkeys(out.begin_object().key("passkeys"), answer.passkeys);
        out.end_object();
        done({{201, std::move(told)}});
    });
}

void AccountApi::list_passkeys(const std::string& account, Done done) {
    setup_.factor({"passkeys", account}, [done = std::move(done)](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        std::string body;
        wire::JsonWriter out{body};
        write_passkeys(out.begin_object().key("passkeys"), answer.passkeys);
        out.end_object();
        done({{200, std::move(body)}});
    });
}

void AccountApi::remove_passkey(const std::string& account, const std::string& id, const std::string& by, Place place, Done done) {
    setup_.factor({.act = "passkey-remove", .account = account, .passkey = {.id = id}}, [this, account, by, place, done](const FactorAnswer& answer) {
        if (answer.problem) return done({*answer.problem});
        tell("passkey_removed", account, by, place, "A passkey of the account " + account + " was removed.");
        done({{204, {}}});
    });
}

}  // namespace bf::server
