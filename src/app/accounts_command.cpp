#include "app/accounts_command.hpp"

#include "app/credentials_input.hpp"
#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/processes.hpp"
#include "app/reply_words.hpp"
#include "base/text.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <ctime>
#include <iostream>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Json;
using wire::JsonValue;
using wire::Method;

ApiReply ask(const AccountsOptions& options, Method method, const std::string& path, std::string body = {}, std::string query = {}) {
    auto asker = EngineAsker::at(web_socket(options.data));
    return asker.ask(method, path, std::move(body), std::move(query));
}

std::string day(const JsonValue& ms) {
    const std::time_t at = ms.integer().value_or(0) / 1000;
    std::tm utc{};
    char words[32]{};
    if (at == 0 || gmtime_r(&at, &utc) == nullptr || std::strftime(words, sizeof words, "%Y-%m-%d %H:%M UTC", &utc) == 0) return "never";
    return words;
}

std::string path_of(const AccountsOptions& options) { return "people/" + url_encode(options.name); }

void print_person(const JsonValue& person) {
    std::printf("%-24s %-8s %-22s sessions %-3s tokens %s\n", shown_text(person["name"]).c_str(), shown_text(person["role"]).c_str(),
                !person["second_factor"].boolean().value_or(false) ? "no second factor" : person["factor_counts"].boolean().value_or(true) ? "second factor" : "second factor (*)", shown_text(person["sessions"]).c_str(), shown_text(person["tokens"]).c_str());
}

/// A body with the password from standard input, or an exit status.
int with_password(const AccountsOptions& options, const std::function<int(const std::string&)>& use) {
    auto password = read_password();
    if (!password) return say_problem(options.json, server::problem_reply(400, "usage", "Malformed request", password.error().detail));
    const int status = password->reveal([&use](std::string_view plain) { return use(std::string{plain}); });
    return status;
}

}  // namespace

int accounts_list(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::get, "people"), [](const JsonValue& all) {
        for (std::size_t i = 0; i < all["people"].size(); ++i) print_person(all["people"].at(i));
        for (std::size_t i = 0; i < all["people"].size(); ++i)
            if (!all["people"].at(i)["factor_counts"].boolean().value_or(true)) return static_cast<void>(std::puts("(*) does not count for widening limits until another owner vouches for it."));
        if (all["people"].size() == 0) std::puts("Nobody yet: open the dashboard and set it up with the code on the server's console.");
    });
}

int accounts_add(const AccountsOptions& options) {
    return with_password(options, [&options](const std::string& password) {
        std::string body;
        wire::JsonWriter{body}.begin_object().member("name", options.name).member("role", options.role).member("password", password).end_object();
        return say_reply(options.json, ask(options, Method::post, "people", std::move(body)), print_person);
    });
}

int accounts_remove(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::del, path_of(options)), [&options](const JsonValue&) { std::printf("%s is removed; its sessions and tokens ended. A second factor of it counts for another hour.\n", options.name.c_str()); });
}

int accounts_role(const AccountsOptions& options) {
    std::string body;
    wire::JsonWriter{body}.begin_object().member("role", options.role).end_object();
    return say_reply(options.json, ask(options, Method::patch, path_of(options), std::move(body)), print_person);
}

int accounts_reset_password(const AccountsOptions& options) {
    return with_password(options, [&options](const std::string& password) {
        std::string body;
        wire::JsonWriter{body}.begin_object().member("password", password).end_object();
        return say_reply(options.json, ask(options, Method::post, path_of(options) + "/password", std::move(body)),
                      [&options](const JsonValue&) { std::printf("%s has a new password; its sessions and tokens ended.\n", options.name.c_str()); });
    });
}

int accounts_reset_factor(const AccountsOptions& options) {
    const auto reply = ask(options, Method::del, path_of(options) + "/second-factor");
    return say_reply(options.json, reply, [&options](const JsonValue& told) {
        if (!told["falls_at"].integer()) return static_cast<void>(std::printf("%s has no second factor.\n", options.name.c_str()));
        std::printf("The second factor of %s falls at %s, unless it is used until then.\n", options.name.c_str(), day(told["falls_at"]).c_str());
    });
}

int accounts_vouch(const AccountsOptions& options) {
    std::string code, body;
    std::getline(std::cin, code);
    wire::JsonWriter{body}.begin_object().member("by", options.by).member("code", code).end_object();
    return say_reply(options.json, ask(options, Method::post, path_of(options) + "/vouch", std::move(body)), [&options](const JsonValue&) {
        std::printf("The second factor of %s counts for widening limits: %s vouched for it.\n", options.name.c_str(), options.by.c_str());
    });
}

int accounts_passkeys(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::get, path_of(options) + "/passkeys"), [](const JsonValue& all) {
        for (std::size_t i = 0; i < all["passkeys"].size(); ++i) {
            const auto one = all["passkeys"].at(i);
            std::printf("%s  %-24s for %-24s made %s, used %s\n", shown_text(one["id"]).c_str(), shown_text(one["name"]).c_str(), shown_text(one["host"]).c_str(), day(one["made_at"]).c_str(), day(one["used_at"]).c_str());
        }
    });
}

int accounts_remove_passkey(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::del, path_of(options) + "/passkeys/" + url_encode(options.passkey)),
                  [&options](const JsonValue&) { std::printf("The passkey of %s is removed; the one-time codes go on.\n", options.name.c_str()); });
}

int accounts_tokens(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::get, "tokens", {}, "account=" + url_encode(options.name)), [](const JsonValue& all) {
        for (std::size_t i = 0; i < all["tokens"].size(); ++i) {
            const auto one = all["tokens"].at(i);
            std::printf("%s  %-24s %-7s until %s, used %s\n", shown_text(one["id"]).c_str(), shown_text(one["name"]).c_str(), shown_text(one["scope"]).c_str(), day(one["expires_at"]).c_str(), day(one["used_at"]).c_str());
        }
    });
}

int accounts_tokens_add(const AccountsOptions& options) {
    std::string body;
    wire::JsonWriter{body}.begin_object().member("account", options.name).member("name", options.token_name).member("scope", options.scope).member("days", options.days).end_object();
    return say_reply(options.json, ask(options, Method::post, "tokens", std::move(body)), [](const JsonValue& made) {
        std::fprintf(stderr, "Shown this once; send it as \"Authorization: Bearer ...\". Good until %s.\n", day(made["expires_at"]).c_str());
        std::puts(shown_text(made["token"]).c_str());
    });
}

int accounts_tokens_revoke(const AccountsOptions& options) {
    return say_reply(options.json, ask(options, Method::del, "tokens/" + url_encode(options.token_id), {}, "account=" + url_encode(options.name)),
                  [](const JsonValue&) { std::puts("The token is dead."); });
}

}  // namespace bf::app
