#include "app/command_line.hpp"

#include "app/exit_code.hpp"
#include "app/usage_error.hpp"
#include "base/text.hpp"
#include "server/version.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace bf::app {
namespace {

bool ask_for_json(const std::vector<std::string>& words) { return std::find(words.begin(), words.end(), "--json") != words.end(); }

int usage(const UsageError& error, const std::vector<std::string>& words) {
    // `wire` always prints JSON.
    if (ask_for_json(words) || (!words.empty() && words.front() == "wire")) {
        std::string json;
        wire::JsonWriter{json}.begin_object().member("error", error.sentence).member("where", error.where).end_object();
        std::puts(json.c_str());
    }
    std::fprintf(stderr, "%s\nRun backfuture --help, or --help behind a command.\n", error.sentence.c_str());
    return kUsage;
}

}  // namespace

std::string default_data(bool demo) {
    const char* data_home = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    const std::string base = data_home != nullptr && *data_home == '/' ? data_home : std::string{home == nullptr ? "." : home} + "/.local/share";
    return base + (demo ? "/backfuture-demo" : "/backfuture");
}

std::string check_seed(const std::string& text) {
    const auto seed = parse_int(text);
    return seed && *seed >= 0 ? "" : "a whole number that is not below zero, at most 9223372036854775807, not " + text;
}

void add_data(CLI::App* command, std::string& data, const std::string& whose) {
    command->add_option("--data", data, whose)->check([](const std::string& text) { return std::string{text.empty() ? "names no folder" : ""}; });
}

void add_json(CLI::App* command, bool& json) { command->add_flag("--json", json, "One JSON object on standard output and nothing else there"); }

CommandLine::CommandLine() : app_{"BackFuture: connects your exchange accounts safely and trades on them under written rules."} {
    app_.set_version_flag("--version", std::string{server::kVersion});
    app_.require_subcommand(1);
    // In the order in which --help lists them.
    for (const auto add : {add_check, add_wire, add_explain, add_backtest, add_simulate, add_serve, add_signer, add_connections, add_strategies, add_accounts, add_ledger,
                           add_candles, add_security, add_backup, add_vault, add_processes})
        add(*this);
}

/// --json holds for the whole line: before or between the names of commands it belongs to the last of them. (Behind them it can be an option's value.)
std::vector<char*> CommandLine::arranged(int argc, char** argv) {
    std::vector<char*> words{argv, argv + argc};
    const CLI::App* named = &app_;
    auto at = words.begin() + 1;
    std::vector<char*> json;
    while (at != words.end()) {
        if (std::string_view{*at} == "--json") {
            json.push_back(*at);
            at = words.erase(at);
            continue;
        }
        const auto inner = named->get_subcommands([&at](const CLI::App* one) { return one->get_name() == *at; });
        if (inner.empty()) break;
        named = inner.front();
        ++at;
    }
    words.insert(at, json.begin(), json.end());
    return words;
}

int CommandLine::run(int argc, char** argv) {
    const auto line = arranged(argc, argv);
    const std::vector<std::string> words{line.begin() + 1, line.end()};
    try {
        app_.parse(static_cast<int>(line.size()), line.data());
    } catch (const CLI::CallForVersion& version) {
        if (!ask_for_json(words)) return app_.exit(version);
        std::string json;
        wire::JsonWriter{json}.begin_object().member("version", server::kVersion).end_object();
        std::puts(json.c_str());
        return kDone;
    } catch (const CLI::Success& success) {
        return app_.exit(success);
    } catch (const CLI::ParseError& error) {
        return usage(explain_usage(app_, error, words), words);
    }
    return work_ ? work_() : kUsage;
}

std::string not_empty(const std::string& value) { return value.empty() ? "needs a value, and this one is empty" : ""; }

}  // namespace bf::app
