#include "app/connections_command.hpp"

#include "app/check_command.hpp"
#include "app/command_words.hpp"
#include "app/credentials_input.hpp"
#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/processes.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "server/api.hpp"
#include "signer/protocol.hpp"
#include "signer/sealing.hpp"
#include "wire/json.hpp"

#include <cstdio>
#include <optional>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Json;
using wire::JsonValue;
using wire::Method;

std::string text(const JsonValue& value) { return printable(value.text().value_or("")); }

/// The problem as a sentence; with --json as its object.
int fail(const ConnectionsOptions& options, const ApiReply& reply) {
    const auto json = Json::parse(reply.body);
    const auto detail = json ? text((*json)["detail"]) : "The server gave no readable answer.";
    if (options.json) std::puts(reply.body.c_str());
    std::fprintf(stderr, "%s\n", detail.c_str());
    const std::string code = json ? text((*json)["code"]) : "";
    if (code == "rotation_refused") return kRefused;
    // Only the signer can read the credentials, so it is the one to find that they are no JSON with the right fields.
    const bool unreadable = code == signer::to_string(signer::Refusal::bad_credentials);
    const bool no_name = code.starts_with("name_") && code != "name_taken";
    return reply.status == 400 || unreadable || no_name ? kUsage : kFailed;
}

/// What was answered, as `print` shows it or as it came; else the problem.
template <class Print>
int tell(const ConnectionsOptions& options, const ApiReply& reply, Print&& print) {
    if (reply.status >= 300) return fail(options, reply);
    const std::string body = reply.body.empty() ? "{}" : reply.body;
    if (options.json) {
        std::puts(body.c_str());
        return kDone;
    }
    const auto json = Json::parse(body);
    if (!json) return fail(options, reply);
    print(json->root());
    return kDone;
}

/// A field that is not right is a usage error here: the flags are the form.
int fail_form(const ConnectionsOptions& options, const ApiReply& reply) {
    const int status = fail(options, reply);
    const auto json = Json::parse(reply.body);
    return json && text((*json)["code"]) == "bad_field" ? kUsage : status;
}

int usage(const ConnectionsOptions& options, const std::string& sentence) {
    auto reply = server::problem_reply(400, "usage", "Malformed request", sentence);
    return fail(options, reply);
}

std::string shown_status(const std::string& status) { return status == "connected" ? "Online" : status; }

/// The id of the connection named so, or nothing.
std::optional<std::string> id_of(const std::string& name, const ApiReply& list) {
    const auto json = Json::parse(list.body);
    if (!json) return std::nullopt;
    for (const char* list_name : {"connections", "unreadable"}) {
        const auto connections = (*json)[list_name];
        for (std::size_t i = 0; i < connections.size(); ++i) {
            const auto connection = connections.at(i);
            if (to_lower(text(connection["name"])) == to_lower(name) || text(connection["id"]) == name) return text(connection["id"]);
        }
    }
    return std::nullopt;
}

/// Looks the connection up and hands its id on.
template <class Use>
int with_connection(const ConnectionsOptions& options, Use&& use) {
    EngineAsker asker{options.data};
    const auto list = asker.ask(Method::get, "connections");
    if (list.status != 200) return fail(options, list);
    const auto id = id_of(options.name, list);
    if (!id) return fail(options, server::problem_reply(404, "not_found", "Not found", "There is no connection \"" + options.name + "\": `backfuture connections list` shows those there are."));
    return use(asker, *id);
}

void print_connection(const JsonValue& connection) {
    // The usual one needs no word.
    const char* over = text(connection["family"]) == "ipv6" ? "  over IPv6" : "";
    std::printf("%-28s %-8s %-8s %-10s key %s%s\n", text(connection["name"]).c_str(), text(connection["exchange"]).c_str(), text(connection["market"]).c_str(),
                shown_status(text(connection["status"])).c_str(), text(connection["key_fingerprint"]).c_str(), over);
    const auto problem = connection["problem"];
    if (problem.is_object()) std::printf("  %s: %s\n  %s\n", text(problem["title"]).c_str(), text(problem["cause"]).c_str(), text(problem["remedy"]).c_str());
    const auto old = connection["old_key"];
    if (old.is_object())
        std::printf("  old key %s: %s at the exchange, %s here\n", text(old["fingerprint"]).c_str(),
                    text(old["works"]) == "yes" ? "works" : text(old["works"]) == "no" ? "dead" : "not known whether it works", old["kept_until"].integer() ? "sealed" : "wiped");
    const auto warnings = connection["warnings"];
    for (std::size_t i = 0; i < warnings.size(); ++i) std::printf("  ! %s\n", text(warnings.at(i)["text"]).c_str());
}

void print_pair(const JsonValue& pair) {
    const auto amount = [&pair](const char* name) { return pair[name].is_null() ? std::string{"-"} : text(pair[name]); };
    const auto refused = pair["refused"];
    const bool holds = refused["holds"].boolean().value_or(false);
    const auto open = pair["tradable"].boolean(), to_keys = pair["api_tradable"].boolean();
    // A contract's mark can be wrong: there only a refusal decides.
    const bool contract = text(pair["pair"]).find(':') != std::string::npos;
    const char* state = open == false ? "halted" : to_keys == false && !contract ? "closed to API keys" : holds ? "refused" : !open ? "not told" : to_keys == false ? "marked closed" : "open";
    std::string types;
    for (std::size_t i = 0; i < pair["order_types"].size(); ++i) types.append(i == 0 ? "" : ", ").append(text(pair["order_types"].at(i)));
    const auto worth = pair["min_notional"].is_null() ? std::string{} : " and " + amount("min_notional");
    std::printf("%-22s %-19s %-14s price step %s, quantity step %s, at least %s%s\n", text(pair["pair"]).c_str(), state, types.empty() ? "types not told" : types.c_str(),
                amount("price_step").c_str(), amount("quantity_step").c_str(), amount("min_quantity").c_str(), worth.c_str());
    if (refused.is_object()) {
        const auto at = Instant::from_ms(refused["at"].integer().value_or(0));
        std::printf("  refused by the exchange at %s: %s\n", shown_time(at).c_str(), text(refused["words"]).c_str());
    }
    if (const auto fees = pair["fees"]; fees.is_object())
        std::printf("  this account pays %s %% as maker, %s %% as taker\n", text(fees["maker_pct"]).c_str(), text(fees["taker_pct"]).c_str());
    const auto orders = pair["orders"];
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto one = orders.at(i);
        const auto form = text(one["form"]);
        std::printf("  %s orders:", form == "immediate" ? "immediate-or-cancel" : form.c_str());
        const auto accepted = one["accepted_at"].integer();
        if (accepted) std::printf(" last taken about %s", shown_time(Instant::from_ms(*accepted)).c_str());
        if (const auto why = one["refused"]; why.is_object())
            std::printf("%s last refused %s%s: %s %s", accepted ? "," : "", shown_time(Instant::from_ms(why["at"].integer().value_or(0))).c_str(),
                        why["holds"].boolean().value_or(false) ? ", which counts" : "", text(why["exchange_code"]).c_str(), text(why["words"]).c_str());
        std::printf("\n");
    }
}

int print_one(const ConnectionsOptions& options, const ApiReply& reply) { return tell(options, reply, print_connection); }

/// Credentials from standard input, sealed to the signer's key. base64.
std::optional<std::string> read_sealed(EngineAsker& asker, const ConnectionsOptions& options, int& status) {
    // Whether there is a server at all, in its own words.
    const auto identity = asker.ask(Method::get, "signer");
    const auto to = signer_key_of(options.data);
    if (identity.status != 200 || !to) {
        status = fail(options, identity.status != 200 ? identity : server::problem_reply(503, to.error().code, "Not available", to.error().detail));
        return std::nullopt;
    }
    const auto credentials = read_credentials();
    if (!credentials) {
        status = usage(options, credentials.error().detail);
        return std::nullopt;
    }
    return to_base64(as_bytes(signer::seal(*to, *credentials)));
}

std::string accept_json(const std::vector<std::string>& words) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_array();
    for (const auto& word : words) out.text(word);
    out.end_array();
    return json;
}

int simple(const ConnectionsOptions& options, const char* action) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) { return print_one(options, asker.ask(Method::post, "connections/" + id + "/" + action, "{}")); });
}

/// With the groups that would be left, and how to leave them.
int fail_removal(const ConnectionsOptions& options, const ApiReply& reply) {
    const auto json = Json::parse(reply.body);
    if (options.json || !json || text((*json)["code"]) != "groups_open") return fail(options, reply);
    std::fprintf(stderr, "Groups are open on \"%s\". Without its key nothing can be asked or done for them any more; what they hold, and the orders that rest for them, stays at the exchange:\n", options.name.c_str());
    std::string numbers;
    const auto groups = (*json)["groups"];
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto group = groups.at(i);
        const auto number = std::to_string(group["id"].integer().value_or(0));
        numbers += (i == 0 ? "" : ",") + number;
        const auto exit = group["exit"];
        std::fprintf(stderr, "%-6s %-16s %-6s holds %s, average %s, result by the last price %s%s\n", number.c_str(), text(group["pair"]).c_str(), text(group["direction"]).c_str(), text(group["quantity"]).c_str(),
                     group["average"].text() ? text(group["average"]).c_str() : "unknown", group["unrealised"].text() ? text(group["unrealised"]).c_str() : "unknown",
                     exit.is_object() ? (", exit at " + text(exit["price"])).c_str() : "");
    }
    std::fprintf(stderr, "Close them first; or, if it is only the key that goes, replace it: backfuture connections rotate \"%s\". To leave them: backfuture connections remove \"%s\" --leaving %s\n",
                 options.name.c_str(), options.name.c_str(), numbers.c_str());
    return kFailed;
}

/// `again`: the id of the removed connection that this one is; empty for a new one.
int add_one(EngineAsker& asker, const ConnectionsOptions& options, const std::string& again) {
    int status = kFailed;
    const auto sealed = read_sealed(asker, options, status);
    if (!sealed) return status;
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().member("name", options.name).member("exchange", options.exchange).member("market", options.market);
    out.member("site", options.site.empty() ? "global" : options.site).member("family", options.family).member("sealed", *sealed).member("test", true);
    if (!again.empty()) out.member("again", again);
    out.key("accept").raw(accept_json(options.accept)).end_object();
    const auto reply = asker.ask(Method::post, "connections", std::move(body));
    return reply.status == 422 ? fail_form(options, reply) : print_one(options, reply);
}

}  // namespace

int connections_add(const ConnectionsOptions& options) {
    EngineAsker asker{options.data};
    return add_one(asker, options, {});
}

int connections_again(const ConnectionsOptions& options) {
    EngineAsker asker{options.data};
    const auto groups = asker.ask(Method::get, "groups", {}, "limit=200");
    const auto json = Json::parse(groups.body);
    if (groups.status != 200 || !json) return fail(options, groups);
    const auto list = (*json)["groups"];
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto before = list.at(i)["orphaned"];
        const auto id = text(before["again"]);
        if (!before.is_object() || (to_lower(text(before["connection"])) != to_lower(options.name) && (id.empty() || id != options.name))) continue;
        if (id.empty())
            return fail(options, server::problem_reply(409, "account_unknown", "Conflict",
                                                       "Which account \"" + options.name + "\" was of was never known, so no key can be proven to be of the same one. Look at the exchange, then let its groups go: `backfuture strategies let-go`."));
        auto wanted = options;
        wanted.name = options.new_name.empty() ? text(before["connection"]) : options.new_name;
        wanted.exchange = text(before["exchange"]);
        wanted.market = text(before["market"]);
        wanted.site = text(before["site"]);
        return add_one(asker, wanted, id);
    }
    return fail(options, server::problem_reply(404, "not_found", "Not found", "No group is left on a removed connection \"" + options.name + "\": `backfuture strategies groups` shows the open ones."));
}

int connections_list(const ConnectionsOptions& options) {
    EngineAsker asker{options.data};
    return tell(options, asker.ask(Method::get, "connections"), [](const JsonValue& all) {
        const auto connections = all["connections"], unreadable = all["unreadable"];
        for (std::size_t i = 0; i < unreadable.size(); ++i)
            std::printf("%-28s what is stored of it can't be read: put a backup in its place, or remove it\n", text(unreadable.at(i)["name"]).c_str());
        if (connections.size() == 0 && unreadable.size() == 0) std::puts("No connections yet: `backfuture connections add --help` shows how to add one.");
        for (std::size_t i = 0; i < connections.size(); ++i) print_connection(connections.at(i));
    });
}

int connections_show(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        const auto reply = asker.ask(Method::get, "connections/" + id);
        const int status = print_one(options, reply);
        if (status != kDone || options.json) return status;
        const auto json = Json::parse(reply.body);
        if (json && (*json)["report"].is_object()) {
            std::puts("");
            const auto at = reply.body.find("\"report\":");
            print_report(reply.body.substr(at + 9, reply.body.size() - at - 10));
        }
        return status;
    });
}

int connections_history(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        return tell(options, asker.ask(Method::get, "connections/" + id + "/history", {}, "limit=" + std::to_string(options.limit)), [](const JsonValue& history) {
            const auto entries = history["entries"];
            for (std::size_t i = 0; i < entries.size(); ++i)
                std::printf("%-22s %s\n", shown_time(Instant::from_ms(entries.at(i)["at"].integer().value_or(0))).c_str(), text(entries.at(i)["text"]).c_str());
            if (history["more"].boolean().value_or(false)) std::puts("There are older ones: ask for more with --limit, or over REST.");
        });
    });
}

int connections_test(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        std::string wishes;
        wire::JsonWriter out{wishes};
        out.begin_object().key("accept").raw(accept_json(options.accept));
        if (!options.site.empty()) out.member("site", options.site);
        out.end_object();
        const auto reply = asker.ask(Method::post, "connections/" + id + "/test", wishes, "wait=report");
        if (reply.status != 200) return fail_form(options, reply);
        if (options.json)
            std::puts(reply.body.c_str());
        else
            print_report(reply.body);
        const auto json = Json::parse(reply.body);
        const auto verdict = json ? text((*json)["verdict"]) : "";
        return verdict == "connected" ? kDone : verdict == "refused" ? kRefused : kFailed;
    });
}

int connections_pairs(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        const auto query = "connection=" + id + "&search=" + url_encode(options.search) + (options.closed ? "&closed=true" : "");
        return tell(options, asker.ask(Method::get, "instruments", {}, query), [](const JsonValue& list) {
            const auto pairs = list["instruments"];
            for (std::size_t i = 0; i < pairs.size(); ++i) print_pair(pairs.at(i));
            if (list["loading"].boolean().value_or(false)) std::puts("The exchange's list is still being read: ask again in a moment.");
            else if (pairs.size() == 0) std::puts("No such pair.");
            if (list["more"].boolean().value_or(false)) std::puts("There are more: narrow it down with --search.");
        });
    });
}

int connections_rename(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        std::string body;
        wire::JsonWriter{body}.begin_object().member("name", options.new_name).end_object();
        return print_one(options, asker.ask(Method::patch, "connections/" + id, std::move(body)));
    });
}

int connections_family(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        std::string body;
        wire::JsonWriter{body}.begin_object().member("family", options.family).end_object();
        return print_one(options, asker.ask(Method::patch, "connections/" + id, std::move(body)));
    });
}

int connections_rotate(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        int status = kFailed;
        const auto sealed = read_sealed(asker, options, status);
        if (!sealed) return status;
        return print_one(options, asker.ask(Method::post, "connections/" + id + "/rotate", "{\"sealed\":\"" + *sealed + "\",\"keep_hours\":" + std::to_string(options.keep_hours) + "}", "wait=report"));
    });
}

int connections_roll_back(const ConnectionsOptions& options) { return simple(options, "roll-back"); }
int connections_ask_old_key(const ConnectionsOptions& options) { return simple(options, "ask-old-key"); }
int connections_forget_old_key(const ConnectionsOptions& options) { return simple(options, "forget-old-key"); }
int connections_disable(const ConnectionsOptions& options) { return simple(options, "disable"); }
int connections_enable(const ConnectionsOptions& options) { return simple(options, "enable"); }

int connections_remove(const ConnectionsOptions& options) {
    return with_connection(options, [&](EngineAsker& asker, const std::string& id) {
        const auto reply = asker.ask(Method::del, "connections/" + id, {}, options.leaving.empty() ? "" : "leaving=" + url_encode(options.leaving));
        if (reply.status != 204) return fail_removal(options, reply);
        if (options.json)
            std::puts("{\"removed\":true}");
        else
            std::printf("\"%s\" is removed and its secret wiped. Delete the key at the exchange too.\n", options.name.c_str());
        return kDone;
    });
}

}  // namespace bf::app
