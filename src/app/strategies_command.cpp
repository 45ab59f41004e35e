#include "app/strategies_command.hpp"

#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/reply_words.hpp"
#include "app/unknown_settings.hpp"
#include "app/usage_error.hpp"
#include "app/utf8_mark.hpp"
#include "backtest/example_strategy.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "trading/settings.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Json;
using wire::JsonValue;
using wire::Method;

int usage(const StrategiesOptions& options, const std::string& sentence) {
    if (options.json) std::puts(usage_json(sentence).c_str());
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return kUsage;
}

template <class Print>
int finish(const StrategiesOptions& options, const ApiReply& reply, Print&& print) {
    return say_reply(options.json, reply, std::forward<Print>(print), ProblemSays::field_and_sentence);
}
int fail(const StrategiesOptions& options, const ApiReply& reply) { return say_problem(options.json, reply, ProblemSays::field_and_sentence); }

/// Nothing that is not real money is printed without this.
const char* paper_mark(const JsonValue& thing) { return thing["paper"].boolean().value_or(false) ? "  PAPER" : ""; }

void print_strategy(const JsonValue& strategy) {
    std::printf("%-28s %-9s %-14s %-28s groups %s%s\n", shown_text(strategy["name"]).c_str(), strategy["enabled"].boolean().value_or(false) ? "enabled" : "disabled",
                shown_text(strategy["mode"]).c_str(), shown_text(strategy["settings"]["connection"]).c_str(), shown_text(strategy["open_groups"]).c_str(), paper_mark(strategy));
    const auto problems = strategy["problems"];
    for (std::size_t i = 0; i < problems.size(); ++i) std::printf("  ! %s: %s\n", shown_text(problems.at(i)["code"]).c_str(), shown_text(problems.at(i)["text"]).c_str());
    const auto warnings = strategy["warnings"];
    for (std::size_t i = 0; i < warnings.size(); ++i) std::printf("  ? %s: %s\n", shown_text(warnings.at(i)["code"]).c_str(), shown_text(warnings.at(i)["text"]).c_str());
}

/// At most eight fraction digits: more tells nobody anything, and --json has them all.
std::string short_figure(const JsonValue& value, Rounding rounding) {
    const auto number = value.decimal();
    return number ? Decimal::parse(number->to_fixed(8, rounding)).value_or(*number).to_string() : shown_text(value);
}

void print_more(const JsonValue& list, const char* what) {
    if (list["more"].boolean().value_or(false)) std::printf("These are the latest %zu; GET /api/v1/%s has all, page by page.\n", list[what].size(), what);
}

void print_group(const JsonValue& group) {
    // On the side that loses nothing.
    const auto even = short_figure(group["break_even"], shown_text(group["direction"]) == "long" ? Rounding::up : Rounding::down);
    std::printf("%-6s %-16s %-6s %-9s %-14s average %-14s break-even %-14s take-profit %-14s %s%s\n", shown_text(group["id"]).c_str(), shown_text(group["pair"]).c_str(), shown_text(group["direction"]).c_str(),
                shown_text(group["state"]).c_str(), shown_text(group["quantity"]).c_str(), short_figure(group["average"], Rounding::towards_zero).c_str(), even.c_str(), shown_text(group["take_profit"]).c_str(),
                shown_text(group["strategy"]["name"]).c_str(), paper_mark(group));
}

void print_closed_group(const JsonValue& group) {
    std::printf("%-6s %s UTC  %-16s %-6s %-10s %-18s result %-14s %s%s\n", shown_text(group["id"]).c_str(), utc_text(Instant::from_ms(group["closed_at"].integer().value_or(0))).c_str(),
                shown_text(group["pair"]).c_str(), shown_text(group["direction"]).c_str(), shown_text(group["state"]).c_str(), shown_text(group["close_reason"]).c_str(),
                short_figure(group["realised"], Rounding::down).c_str(), shown_text(group["strategy"]["name"]).c_str(), paper_mark(group));
}

void print_decision(const JsonValue& decision) {
    std::printf("%s UTC  %-7s %-14s %-5s %s%s\n%25s%s\n", utc_text(Instant::from_ms(decision["at"].integer().value_or(0))).c_str(), shown_text(decision["outcome"]).c_str(), shown_text(decision["signal"]["pair"]).c_str(),
                shown_text(decision["signal"]["kind"]).c_str(), shown_text(decision["strategy"]["name"]).c_str(), paper_mark(decision), "", shown_text(decision["sentence"]).c_str());
}

template <class Use>
int with_strategy(const StrategiesOptions& options, Use&& use) {
    EngineAsker asker{options.data};
    const auto list = asker.ask(Method::get, "strategies");
    if (list.status != 200) return fail(options, list);
    const auto json = Json::parse(list.body);
    if (json)
        for (std::size_t i = 0; i < (*json)["strategies"].size(); ++i) {
            const auto strategy = (*json)["strategies"].at(i);
            if (to_lower(shown_text(strategy["name"])) == to_lower(options.name) || shown_text(strategy["id"]) == options.name) return use(asker, "strategies/" + shown_text(strategy["id"]));
        }
    return fail(options, server::problem_reply(404, "not_found", "Not found", "There is no strategy \"" + options.name + "\": `backfuture strategies list` shows those there are."));
}

int act(const StrategiesOptions& options, const std::string& action, const std::string& body = "{}") {
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) { return finish(options, asker.ask(Method::post, path + "/" + action, body), print_strategy); });
}

}  // namespace

int strategies_add(const StrategiesOptions& options) {
    std::stringstream document;
    if (options.file == "-") {
        document << std::cin.rdbuf();
    } else {
        std::ifstream file{options.file};
        if (!file) return usage(options, "--file: " + options.file + " can't be read.");
        document << file.rdbuf();
    }
    const auto given = without_utf8_mark(document.str());
    const auto settings = Json::parse(given);
    if (!settings || !settings->root().is_object()) return usage(options, "--file: the settings must be a JSON object.");
    EngineAsker asker{options.data};
    const auto reply = asker.ask(Method::post, "strategies", "{\"settings\":" + given + "}");
    if (std::vector<std::string> unknown; reply.status < 300 && trading::read_settings(settings->root(), &unknown)) tell_unknown_settings(unknown);
    return finish(options, reply, [](const JsonValue& strategy) {
        print_strategy(strategy);
        std::printf("  Its signals are sent to %s (told this once; `strategies rotate-hook` makes a new one)\n", shown_text(strategy["hook"]["path"]).c_str());
    });
}

int strategies_list(const StrategiesOptions& options) {
    EngineAsker asker{options.data};
    return finish(options, asker.ask(Method::get, "strategies"), [](const JsonValue& list) {
        for (std::size_t i = 0; i < list["strategies"].size(); ++i) print_strategy(list["strategies"].at(i));
        if (list["strategies"].size() == 0) std::puts("No strategies yet: `backfuture strategies add --help` shows how to add one.");
    });
}

int strategies_show(const StrategiesOptions& options) {
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) { return finish(options, asker.ask(Method::get, path), print_strategy); });
}

int strategies_enable(const StrategiesOptions& options) { return act(options, "enable"); }
int strategies_disable(const StrategiesOptions& options) { return act(options, "disable"); }

int strategies_mode(const StrategiesOptions& options) {
    std::string body;
    wire::JsonWriter{body}.begin_object().member("mode", options.mode).end_object();
    return act(options, "mode", body);
}

int strategies_remove(const StrategiesOptions& options) {
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) { return finish(options, asker.ask(Method::del, path), [](const JsonValue&) {}); });
}

int strategies_groups(const StrategiesOptions& options) {
    EngineAsker asker{options.data};
    return finish(options, asker.ask(Method::get, "groups", {}, options.closed ? "state=closed" : ""), [&](const JsonValue& list) {
        for (std::size_t i = 0; i < list["groups"].size(); ++i) (options.closed ? print_closed_group : print_group)(list["groups"].at(i));
        if (list["groups"].size() == 0) std::puts(options.closed ? "No group has ended yet." : "No group is open.");
        print_more(list, "groups");
    });
}

int strategies_let_go(const StrategiesOptions& options) {
    EngineAsker asker{options.data};
    return finish(options, asker.ask(Method::post, "groups/" + std::to_string(options.group) + "/let-go", "{}"), [](const JsonValue& group) {
        std::printf("Group %s is let go. By its books it held %s; that, and what rests for it, is at the exchange. What comes of it BackFuture does not know.\n", shown_text(group["id"]).c_str(), shown_text(group["quantity"]).c_str());
    });
}

int strategies_signal(const StrategiesOptions& options) {
    std::string body;
    wire::JsonWriter{body}.begin_object().member("pair", options.pair).member("kind", options.kind).member("direction", options.direction).end_object();
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) {
        return finish(options, asker.ask(Method::post, path + "/signal", body), [](const JsonValue& reply) { std::printf("Signal %s is kept; `strategies decisions` says what became of it.\n", shown_text(reply["signal"]).c_str()); });
    });
}

int strategies_paper_money(const StrategiesOptions& options) {
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) {
        const auto shown = asker.ask(Method::get, path);
        const auto strategy = Json::parse(shown.body);
        if (shown.status != 200 || !strategy) return fail(options, shown);
        if (!(*strategy)["paper"].boolean().value_or(false))
            return fail(options, server::problem_reply(409, "not_on_paper", "Conflict", "\"" + options.name + "\" trades with real money: only a strategy on paper has play money."));
        std::string body;
        wire::JsonWriter{body}.begin_object().member("asset", options.asset).member("amount", options.amount).end_object();
        return finish(options, asker.ask(Method::post, "accounts/" + shown_text((*strategy)["connection"]["id"]) + "/paper", body), [&](const JsonValue&) {
            std::printf("The paper account of \"%s\" has %s %s.\n", options.name.c_str(), options.amount.c_str(), options.asset.c_str());
        });
    });
}

int strategies_rotate_hook(const StrategiesOptions& options) {
    return with_strategy(options, [&](EngineAsker& asker, const std::string& path) {
        return finish(options, asker.ask(Method::post, path + "/rotate-hook", "{}"), [](const JsonValue& reply) { std::printf("Signals are sent to %s from now on; the earlier address is dead.\n", shown_text(reply["path"]).c_str()); });
    });
}

int strategies_decisions(const StrategiesOptions& options) {
    EngineAsker asker{options.data};
    return finish(options, asker.ask(Method::get, "decisions"), [](const JsonValue& list) {
        for (std::size_t i = list["decisions"].size(); i-- > 0;) print_decision(list["decisions"].at(i));
        if (list["decisions"].size() == 0) std::puts("No signal was decided yet.");
        print_more(list, "decisions");
    });
}

int strategies_sample(const StrategiesOptions& options) {
    const auto text = options.ranges ? backtest::example_ranges() : backtest::example_strategy();
    std::printf("%.*s", static_cast<int>(text.size()), text.data());
    return 0;
}

}  // namespace bf::app
