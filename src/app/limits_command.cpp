// `backfuture connections freeze|unfreeze|limits`: what the running server's keys may be used for, from the host. A freeze goes to the signer
// itself, past the engine: it holds even if the engine does not answer, or is not ours any more.
#include "app/connections_command.hpp"
#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/reply_words.hpp"
#include "app/signer_place.hpp"
#include "app/utf8_mark.hpp"
#include "base/text.hpp"
#include "signer/client.hpp"
#include "wire/json.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Json;
using wire::JsonValue;
using wire::Method;

int fail(const ConnectionsOptions& options, const Error& error) { return say_problem(options.json, server::problem_reply(500, error.code, "Failed", error.detail)); }

struct Named {
    std::string id;
    std::string name;
};

/// Those that the signer holds a key of: an engine that keeps one quiet keeps nothing back, and one that hangs holds nothing up.
Result<std::vector<Named>> every_key(signer::Client& client) {
    BF_TRY(const auto entries, client.list());
    std::vector<Named> found;
    for (const auto& entry : entries)
        if (found.empty() || found.back().id != entry.connection) found.push_back({entry.connection, entry.connection});
    return found;
}

/// The connections that are meant. Without an engine a name can't be looked up, and is taken for an id.
Result<std::vector<Named>> find(const ConnectionsOptions& options, EngineAsker& asker) {
    const auto reply = asker.ask(Method::get, "connections");
    const auto json = Json::parse(reply.body);
    std::vector<Named> found;
    if (reply.status == 200 && json) {
        const auto list = (*json)["connections"];
        for (std::size_t i = 0; i < list.size(); ++i) {
            Named one{shown_text(list.at(i)["id"]), shown_text(list.at(i)["name"])};
            if (options.all || to_lower(one.name) == to_lower(options.name) || one.id == options.name) found.push_back(std::move(one));
        }
        if (found.empty() && !options.all)
            return Unexpected{Error{ErrorKind::not_found, "There is no connection \"" + options.name + "\": `backfuture connections list` shows those there are.", Fate::not_sent, "not_found"}};
        return found;
    }
    if (!options.all) return std::vector{Named{options.name, options.name}};
    BF_TRY(const auto place, SignerPlace::of(options.data));
    BF_TRY(auto link, place.connect());
    signer::Client client{std::move(link)};
    return every_key(client);
}

/// What it is called, if the engine tells.
void name_them(std::vector<Named>& which, EngineAsker& asker) {
    const auto reply = asker.ask(Method::get, "connections");
    const auto json = Json::parse(reply.body);
    if (reply.status != 200 || !json) return;
    const auto list = (*json)["connections"];
    for (std::size_t i = 0; i < list.size(); ++i)
        for (auto& one : which)
            if (one.id == shown_text(list.at(i)["id"])) one.name = shown_text(list.at(i)["name"]);
}

/// How hard it is frozen now: one that was frozen harder stays so.
Result<ports::FreezeLevel> freeze_at_least(signer::Client& client, const std::string& id, ports::FreezeLevel level) {
    BF_TRY(const auto before, client.limits(id));
    if (before.freeze >= level) return before.freeze;
    BF_TRY_VOID(client.freeze(id, level));
    return level;
}

std::string percent(const JsonValue& value) { return shown_text(value) + " %"; }

void print_limits(const JsonValue& limits) {
    const auto operations = limits["operations"], symbols = limits["symbols"], values = limits["values"];
    std::string allowed, traded;
    for (std::size_t i = 0; i < operations.size(); ++i) allowed += (i == 0 ? "" : ", ") + shown_text(operations.at(i));
    for (std::size_t i = 0; i < symbols.size(); ++i) traded += (i == 0 ? "" : ", ") + shown_text(symbols.at(i));
    const auto number = [&limits](const char* name) { return std::to_string(limits[name].integer().value_or(0)); };
    std::printf("  operations      %s\n", allowed.empty() ? "none that open or add" : allowed.c_str());
    std::printf("  symbols         %s\n", symbols.is_null() ? "all of the market" : traded.empty() ? "none" : traded.c_str());
    std::printf("  price band      %s, exits %s\n", percent(limits["price_band"]).c_str(), percent(limits["exit_band"]).c_str());
    std::printf("  leverage        at most %s\n", number("leverage").c_str());
    std::printf("  a minute        %s orders, %s exits\n", number("orders_a_minute").c_str(), number("exits_a_minute").c_str());
    std::printf("  a raise waits   %s s\n", number("raise_delay_s").c_str());
    if (values.size() > 0) std::printf("  %-15s %16s %16s %16s %16s %16s\n", "at most in", "an order", "without price", "an hour", "a day", "open");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto caps = values.at(i);
        std::printf("  %-15s %16s %16s %16s %16s %16s\n", std::string{values.name_at(i)}.c_str(), shown_text(caps["order"]).c_str(), shown_text(caps["market_order"]).c_str(),
                    shown_text(caps["hour"]).c_str(), shown_text(caps["day"]).c_str(), shown_text(caps["exposure"]).c_str());
    }
}

std::string sentence_of(const std::string& finding) {
    if (finding == "defaults") return "Nobody set these limits: they are the wide ones of every new connection.";
    if (finding == "no_second_factor") return "No account has a second factor: only the delay stands between a thief and wider limits.";
    if (finding == "damaged") return "The stored limits are lost or were changed by somebody else. Nothing is opened; set them anew.";
    if (finding == "rolled_back") return "The signer's store is older than it was. Nothing is opened until `unfreeze` says that this is right.";
    return finding;
}

int print_state(const ConnectionsOptions& options, const ApiReply& reply) {
    if (reply.status >= 300) return say_problem(options.json, reply);
    const auto json = Json::parse(reply.body);
    if (options.json || !json) {
        std::puts(reply.body.c_str());
        return kDone;
    }
    const auto freeze = shown_text((*json)["freeze"]);
    std::puts(freeze == "none" ? "Not frozen." : freeze == "entries" ? "Frozen: nothing is opened or added to; exits go on." : "Frozen: nothing is signed at all.");
    print_limits((*json)["limits"]);
    if (const auto raise = (*json)["raise"]; raise.is_object()) {
        std::printf("From %lld (Unix milliseconds) on:\n", static_cast<long long>(raise["due"].integer().value_or(0)));
        print_limits(raise["limits"]);
    }
    const auto used = (*json)["used"];
    for (std::size_t i = 0; i < used.size(); ++i)
        std::printf("  used of %-7s %s within an hour, %s within a day, %s open\n", shown_text(used.at(i)["asset"]).c_str(), shown_text(used.at(i)["hour"]).c_str(),
                    shown_text(used.at(i)["day"]).c_str(), shown_text(used.at(i)["exposure"]).c_str());
    const auto findings = (*json)["findings"];
    for (std::size_t i = 0; i < findings.size(); ++i) std::printf("  ! %s\n", sentence_of(shown_text(findings.at(i))).c_str());
    return kDone;
}

std::string read_all() { return without_utf8_mark({std::istreambuf_iterator<char>{std::cin}, {}}); }

/// {"account","code"}, the code from standard input.
std::string step_up_json(const ConnectionsOptions& options) {
    std::string body, code;
    if (!options.account.empty()) std::getline(std::cin, code);
    wire::JsonWriter{body}.begin_object().member("account", options.account).member("code", code).end_object();
    return body;
}

}  // namespace

int connections_freeze(const ConnectionsOptions& options) {
    if (options.all == !options.name.empty()) return say_problem(options.json, server::problem_reply(400, "usage", "Malformed request", "Name a connection, or give --all."));
    const auto place = SignerPlace::of(options.data);
    if (!place) return fail(options, place.error());
    auto link = place->connect();
    // One that is there and can't be reached, or is not whom we were told of, may sign all the same.
    if (!link && link.error().kind != ErrorKind::not_found) return fail(options, link.error());
    if (!link) return say_problem(options.json, server::problem_reply(503, "no_signer", "Not reachable", "No signer answers in " + options.data + ": nothing is signed there anyway."));
    signer::Client client{std::move(*link)};
    const auto level = options.everything ? ports::FreezeLevel::everything : ports::FreezeLevel::entries;
    EngineAsker asker{options.data};
    auto which = options.all ? every_key(client) : find(options, asker);
    // A vault that is closed lists nothing; its limits can be frozen all the same.
    if (!which && options.all) which = find(options, asker);
    if (!which) return fail(options, which.error());
    // All of them before anything else is asked or said; one that can't be frozen holds no other back.
    std::vector<Result<ports::FreezeLevel>> frozen;
    for (const auto& one : *which) frozen.push_back(freeze_at_least(client, one.id, level));
    if (options.all && !which->empty()) name_them(*which, asker);
    std::size_t done = 0;
    for (std::size_t i = 0; i < which->size(); ++i) {
        const auto& one = (*which)[i];
        if (!frozen[i]) {
            std::fprintf(stderr, "\"%s\" is not frozen: %s\n", one.name.c_str(), frozen[i].error().detail.c_str());
            continue;
        }
        ++done;
        // The engine need not try what would be refused.
        (void)asker.ask(Method::post, "connections/" + one.id + "/freeze", std::string{"{\"level\":\""} + std::string{to_string(level)} + "\"}");
        if (!options.json)
            std::printf("\"%s\" is frozen: %s.\n", one.name.c_str(), *frozen[i] == ports::FreezeLevel::everything ? "nothing is signed at all" : "nothing is opened or added to, exits go on");
    }
    if (options.json) std::printf("{\"frozen\":%zu}\n", done);
    if (!options.json && which->empty()) std::puts("There is no key to freeze.");
    return done == which->size() ? kDone : kFailed;
}

int connections_unfreeze(const ConnectionsOptions& options) {
    if (options.all == !options.name.empty()) return say_problem(options.json, server::problem_reply(400, "usage", "Malformed request", "Name a connection, or give --all."));
    EngineAsker asker{options.data};
    const auto which = find(options, asker);
    if (!which) return fail(options, which.error());
    for (const auto& one : *which) {
        // A code is good once, so each connection takes one.
        const auto reply = asker.ask(Method::post, "connections/" + one.id + "/unfreeze", step_up_json(options));
        if (reply.status >= 300) return say_problem(options.json, reply);
        if (!options.json) std::printf("\"%s\" is not frozen any more.\n", one.name.c_str());
    }
    if (options.json) std::printf("{\"unfrozen\":%zu}\n", which->size());
    return kDone;
}

int connections_limits(const ConnectionsOptions& options) {
    EngineAsker asker{options.data};
    const auto which = find(options, asker);
    if (!which) return fail(options, which.error());
    const auto path = "connections/" + which->front().id + "/limits";
    if (options.action == "show") return print_state(options, asker.ask(Method::get, path));
    const auto given = read_all();
    const auto json = Json::parse(given);
    if (!json || !json->root().is_object())
        return say_problem(options.json, server::problem_reply(400, "usage", "Malformed request", "The limits come as JSON on standard input: what `show --json` prints under \"limits\"."));
    // The limits alone, or {"limits","account","code"}.
    const auto reply = asker.ask(Method::put, path, (*json)["limits"].is_object() ? given : "{\"limits\":" + given + "}");
    return print_state(options, reply);
}

}  // namespace bf::app
