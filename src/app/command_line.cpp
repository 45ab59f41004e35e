#include "app/command_line.hpp"

#include "app/exit_code.hpp"
#include "app/usage_error.hpp"
#include "server/version.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bf::app {
namespace {

int usage(const UsageError& error, int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--json") == 0) {
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

void add_json(CLI::App* command, bool& json) { command->add_flag("--json", json, "One JSON object on standard output and nothing else there"); }

CommandLine::CommandLine() : app_{"BackFuture: connects your exchange accounts safely and trades on them under written rules."} {
    app_.set_version_flag("--version", std::string{server::kVersion});
    app_.require_subcommand(1);
    // In the order in which --help lists them.
    for (const auto add : {add_check, add_wire, add_explain, add_backtest, add_simulate, add_serve, add_connections, add_strategies, add_accounts, add_ledger,
                           add_candles, add_security, add_backup, add_vault, add_processes})
        add(*this);
}

int CommandLine::run(int argc, char** argv) {
    try {
        app_.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app_.exit(success);
    } catch (const CLI::ParseError& error) {
        return usage(explain_usage(app_, error, {argv + 1, argv + argc}), argc, argv);
    }
    return work_ ? work_() : kUsage;
}

}  // namespace bf::app
