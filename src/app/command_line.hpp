// The words of the program: every command with its options, and which work it hands over to. Each kind of command is added by a function of its own;
// its options live as long as the command line does.
#pragma once
#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bf::app {

/// Where a server keeps its things unless told otherwise.
std::string default_data(bool demo = false);
/// For an option that is a seed: empty if the text is one, else what it must be.
std::string check_seed(const std::string& text);
void add_json(CLI::App* command, bool& json);
/// An empty one is refused, not taken for the default: a script whose variable is not set would act on the real installation.
void add_data(CLI::App* command, std::string& data, const std::string& whose);

class CommandLine {
public:
    CommandLine();
    /// Reads the words and does the work; the exit status.
    int run(int argc, char** argv);

    [[nodiscard]] CLI::App& app() { return app_; }
    /// What the command does when it is called.
    void does(CLI::App* command, std::function<int()> work) {
        command->callback([this, work = std::move(work)] { work_ = work; });
    }
    /// Likewise, with a data folder, which `whose` tells of, and JSON.
    template <class Options>
    void does_on_data(CLI::App* command, const std::shared_ptr<Options>& options, int (*enter)(const Options&), const char* whose) {
        add_data(command, options->data, whose);
        add_json(command, options->json);
        does(command, [options, enter] {
            if (options->data.empty()) options->data = default_data();
            return enter(*options);
        });
    }
    /// A part of `parent` of that kind.
    template <class Options>
    CLI::App* part(CLI::App* parent, const char* name, const char* help, const std::shared_ptr<Options>& options, int (*enter)(const Options&), const char* whose = "Data folder") {
        auto* command = parent->add_subcommand(name, help);
        does_on_data(command, options, enter, whose);
        return command;
    }

private:
    std::vector<char*> arranged(int argc, char** argv);

    CLI::App app_;
    std::function<int()> work_;
};

/// A check of an option: a script's variable that was never set must not turn "the simulator" into "the exchange itself".
std::string not_empty(const std::string& value);

// words_alone.cpp: what needs neither a server nor a data folder
void add_check(CommandLine& line);
void add_wire(CommandLine& line);
void add_explain(CommandLine& line);
void add_simulate(CommandLine& line);
// words_backtest.cpp
void add_backtest(CommandLine& line);
void add_candles(CommandLine& line);
// words_serve.cpp: the server, its processes, and how safe it stands
void add_serve(CommandLine& line);
void add_signer(CommandLine& line);
void add_security(CommandLine& line);
void add_processes(CommandLine& line);
// words_trading.cpp: connections and what trades on them
void add_connections(CommandLine& line);
void add_strategies(CommandLine& line);
// words_accounts.cpp
void add_accounts(CommandLine& line);
// words_keeping.cpp: what is kept, and kept safe
void add_ledger(CommandLine& line);
void add_backup(CommandLine& line);
void add_vault(CommandLine& line);

}  // namespace bf::app
