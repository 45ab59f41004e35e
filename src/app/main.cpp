// The program: reads the command line and hands over. Every command's work is in its own file.
#include "app/accounts_command.hpp"
#include "app/backup_command.hpp"
#include "app/check_command.hpp"
#include "app/connections_command.hpp"
#include "app/exit_code.hpp"
#include "app/explain_command.hpp"
#include "app/processes.hpp"
#include "app/serve_command.hpp"
#include "app/simulate_command.hpp"
#include "app/strategies_command.hpp"
#include "app/usage_error.hpp"
#include "app/vault_command.hpp"
#include "app/wire_command.hpp"
#include "server/version.hpp"
#include "wire/json_writer.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace {

using namespace bf::app;

std::string default_data(bool demo) {
    const char* data_home = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    const std::string base = data_home != nullptr && *data_home == '/' ? data_home : std::string{home == nullptr ? "." : home} + "/.local/share";
    return base + (demo ? "/backfuture-demo" : "/backfuture");
}

/// What a processor lacks that this build's instructions need; empty if nothing.
std::string missing_instructions() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2")) return "AVX2";
    if (!__builtin_cpu_supports("pclmul")) return "PCLMULQDQ";
#endif
    return {};
}

void add_json(CLI::App* command, bool& json) { command->add_flag("--json", json, "One JSON object on standard output and nothing else there"); }

class CommandLine {
public:
    CommandLine() : app_{"BackFuture: connects your exchange accounts safely and trades on them under written rules."} {
        app_.set_version_flag("--version", std::string{bf::server::kVersion});
        app_.require_subcommand(1);
        add_check();
        add_wire();
        add_explain();
        add_simulate();
        add_serve();
        add_connections();
        add_strategies();
        add_accounts();
        add_backup();
        add_vault();
        add_processes();
    }

    int run(int argc, char** argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::Success& success) {
            return app_.exit(success);
        } catch (const CLI::ParseError& error) {
            return usage(explain_usage(app_, error, {argv + 1, argv + argc}), argc, argv);
        }
        return command_ ? command_() : kUsage;
    }

private:
    static int usage(const UsageError& error, int argc, char** argv) {
        for (int i = 1; i < argc; ++i)
            if (std::strcmp(argv[i], "--json") == 0) {
                std::string json;
                bf::wire::JsonWriter{json}.begin_object().member("error", error.sentence).member("where", error.where).end_object();
                std::puts(json.c_str());
            }
        std::fprintf(stderr, "%s\nRun backfuture --help, or --help behind a command.\n", error.sentence.c_str());
        return kUsage;
    }

    void add_check() {
        auto* command = app_.add_subcommand("check", "Test a key without a server; credentials as JSON on standard input");
        command->add_option("--exchange", check_.exchange, "mexc, kucoin")->required();
        command->add_option("--market", check_.market, "spot or futures")->required();
        command->add_option("--site", check_.site, "global or eu");
        command->add_option("--base-url", check_.base_url, "Talk to a simulator instead");
        command->add_option("--symbol", check_.symbol, "Probe with this pair, for instance BTC/USDT");
        command->add_option("--accept", check_.accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
        command->add_option("--exchange-ca", check_.extra_ca_file, "Trust this CA file too (simulate --tls)");
        add_json(command, check_.json);
        command->callback([this] { command_ = [this] { return check(check_); }; });
    }

    void add_wire() {
        auto* command = app_.add_subcommand("wire", "Show what would be sent, or what an answer means; sends nothing");
        command->require_subcommand(1);
        auto* request = command->add_subcommand("request", "The signed request(s) of an operation; credentials as JSON on standard input");
        auto* parse = command->add_subcommand("parse", "What a reply body on standard input means");
        for (auto* part : {request, parse}) {
            part->add_option("--exchange", wire_.exchange)->required();
            part->add_option("--market", wire_.market)->required();
            part->add_option("--operation", wire_.operation)->required();
            part->add_option("--args", wire_.arguments, "The operation's arguments as a JSON object");
            part->add_option("--instruments", wire_.instruments_file, "A reply body of `instruments`");
            part->add_option("--account-mode", wire_.account_mode, "classic or unified");
            part->add_option("--site", wire_.site, "global or eu");
            add_json(part, ignored_);
        }
        request->add_option("--timestamp-ms", wire_.timestamp_ms)->required();
        request->add_option("--base-url", wire_.base_url);
        parse->add_option("--status", wire_.status, "The reply's HTTP status");
        request->callback([this] { command_ = [this] { return wire_request(wire_); }; });
        parse->callback([this] { command_ = [this] { return wire_parse(wire_); }; });
    }

    void add_explain() {
        auto* command = app_.add_subcommand("explain", "Why would it open, add, block or wait? Decides one case and names every check");
        command->add_option("--case", explain_.case_file, "A JSON file, or - for standard input")->required();
        add_json(command, explain_.json);
        command->callback([this] { command_ = [this] { return explain(explain_); }; });
    }

    void add_simulate() {
        auto* command = app_.add_subcommand("simulate", "Simulated exchanges on a socket");
        command->add_option("--listen", simulate_.listen, "ADDRESS:PORT; port 0 picks one");
        command->add_option("--exchanges", simulate_.exchanges, "mexc,kucoin")->delimiter(',');
        command->add_option("--seed", simulate_.seed, "The same seed gives the same market");
        command->add_option("--limits", simulate_.limits, "real or off")->check(CLI::IsMember({"real", "off"}));
        command->add_flag("--tls", simulate_.tls, "Serve https with a CA of its own");
        command->add_flag("--json-log", simulate_.json_log, "Logs as JSON lines");
        add_json(command, ignored_);
        command->callback([this] { command_ = [this] { return simulate(simulate_); }; });
    }

    void add_serve() {
        auto* command = app_.add_subcommand("serve", "Start the server: dashboard, engine, signer");
        command->add_option("--data", serve_.process.data, "Data folder");
        command->add_option("--listen", serve_.process.listen, "ADDRESS:PORT of the dashboard; port 0 picks one");
        command->add_option("--store", serve_.process.store_url, "postgresql://... instead of the embedded store");
        command->add_option("--exchange-url", serve_.process.exchange_urls, "EXCHANGE=URL: talk to a simulator instead");
        command->add_option("--exchange-ca", serve_.process.extra_ca_file, "Trust this CA file too (simulate --tls)");
        command->add_option("--host", serve_.process.hosts, "A further name the dashboard is reached under");
        command->add_flag("--demo", serve_.demo, "Simulated exchanges, own data folder, no real keys");
        command->add_flag("--json-log", serve_.process.json_log, "Logs as JSON lines");
        add_json(command, serve_.json);
        command->callback([this] {
            command_ = [this] {
                if (serve_.process.data.empty()) serve_.process.data = default_data(serve_.demo);
                return serve(serve_);
            };
        });
    }

    CLI::App* connections_part(CLI::App* command, const char* name, const char* help, bool named, int (*enter)(const ConnectionsOptions&)) {
        auto* part = command->add_subcommand(name, help);
        if (named) part->add_option("name", connections_.name, "The connection's name")->required();
        part->add_option("--data", connections_.data, "Data folder of the running server");
        add_json(part, connections_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (connections_.data.empty()) connections_.data = default_data(false);
                return enter(connections_);
            };
        });
        return part;
    }

    void add_connections() {
        auto* command = app_.add_subcommand("connections", "The running server's connections");
        command->require_subcommand(1);
        auto* add = connections_part(command, "add", "Save a connection and start its first test; credentials as JSON on standard input", false, connections_add);
        add->add_option("--name", connections_.name)->required();
        add->add_option("--exchange", connections_.exchange)->required();
        add->add_option("--market", connections_.market)->required();
        auto* test = connections_part(command, "test", "Test a connection and print the report", true, connections_test);
        for (auto* part : {add, test}) {
            part->add_option("--accept", connections_.accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
            part->add_option("--site", connections_.site, "global or eu");
        }
        connections_part(command, "list", "All connections", false, connections_list);
        connections_part(command, "show", "One connection with its last report", true, connections_show);
        connections_part(command, "rotate", "Replace the key: the new one, on standard input, is tested first", true, connections_rotate);
        connections_part(command, "disable", "Pause a connection", true, connections_disable);
        connections_part(command, "enable", "End the pause; the connection is tested anew", true, connections_enable);
        connections_part(command, "remove", "Remove a connection and wipe its secret", true, connections_remove);
        auto* rename = connections_part(command, "rename", "Give a connection another name", true, connections_rename);
        rename->add_option("new-name", connections_.new_name)->required();
    }

    CLI::App* strategies_part(CLI::App* command, const char* name, const char* help, bool named, int (*enter)(const StrategiesOptions&)) {
        auto* part = command->add_subcommand(name, help);
        if (named) part->add_option("name", strategies_.name, "The strategy's name")->required();
        part->add_option("--data", strategies_.data, "Data folder of the running server");
        add_json(part, strategies_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (strategies_.data.empty()) strategies_.data = default_data(false);
                return enter(strategies_);
            };
        });
        return part;
    }

    void add_strategies() {
        auto* command = app_.add_subcommand("strategies", "The running server's strategies and their groups");
        command->require_subcommand(1);
        strategies_part(command, "add", "Save a strategy; prints its signal address this once", false, strategies_add)->add_option("--file", strategies_.file, "Settings as JSON; - for standard input")->required();
        strategies_part(command, "list", "All strategies", false, strategies_list);
        strategies_part(command, "show", "One strategy, and why it can't be enabled if it can't", true, strategies_show);
        strategies_part(command, "enable", "Let it act on signals", true, strategies_enable);
        strategies_part(command, "disable", "No more entries; exits go on", true, strategies_disable);
        strategies_part(command, "mode", "normal, no_new_groups, exit_only or close_now", true, strategies_mode)->add_option("mode", strategies_.mode)->required();
        strategies_part(command, "remove", "Remove a strategy without open groups", true, strategies_remove);
        strategies_part(command, "groups", "Open groups", false, strategies_groups);
        strategies_part(command, "decisions", "What became of the latest signals", false, strategies_decisions);
        strategies_part(command, "rotate-hook", "A new signal address; the earlier one is dead at once", true, strategies_rotate_hook);
        auto* money = strategies_part(command, "paper-money", "Set the play money of the account that a strategy on paper trades on", true, strategies_paper_money);
        money->add_option("--amount", strategies_.amount, "So much it has from now on")->required();
        money->add_option("--asset", strategies_.asset, "Of this asset; USDT if not given");
        auto* signal = strategies_part(command, "signal", "Send one signal by hand", true, strategies_signal);
        signal->add_option("--kind", strategies_.kind, "entry, add or exit")->required();
        signal->add_option("--pair", strategies_.pair, "For instance BTC/USDT")->required();
        signal->add_option("--direction", strategies_.direction, "long or short")->required();
    }

    CLI::App* accounts_part(CLI::App* command, const char* name, const char* help, bool named, int (*enter)(const AccountsOptions&)) {
        auto* part = command->add_subcommand(name, help);
        if (named) part->add_option("name", accounts_.name, "The account's name")->required();
        part->add_option("--data", accounts_.data, "Data folder of the running server");
        add_json(part, accounts_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (accounts_.data.empty()) accounts_.data = default_data(false);
                return enter(accounts_);
            };
        });
        return part;
    }

    void add_accounts() {
        auto* command = app_.add_subcommand("accounts", "Who may use the running server; needs no password on its own machine");
        command->require_subcommand(1);
        accounts_part(command, "list", "All accounts", false, accounts_list);
        accounts_part(command, "add", "A further account; its password on standard input", true, accounts_add)->add_option("--role", accounts_.role, "owner, trader or viewer")->required();
        accounts_part(command, "remove", "Remove an account; its sessions and tokens end", true, accounts_remove);
        accounts_part(command, "role", "Give an account another role", true, accounts_role)->add_option("role", accounts_.role, "owner, trader or viewer")->required();
        accounts_part(command, "reset-password", "Set a new password, from standard input; sessions and tokens end", true, accounts_reset_password);
        accounts_part(command, "reset-factor", "Take a lost second factor away, in an hour", true, accounts_reset_factor);
        auto* tokens = command->add_subcommand("tokens", "Tokens for scripts");
        tokens->require_subcommand(1);
        accounts_part(tokens, "list", "An account's tokens", true, accounts_tokens);
        auto* add = accounts_part(tokens, "add", "A new token, printed this once", true, accounts_tokens_add);
        add->add_option("--for", accounts_.token_name, "What it is for")->required();
        add->add_option("--scope", accounts_.scope, "read, trade or manage; read if not given");
        add->add_option("--days", accounts_.days, "How long it lives; 90 if not given, 366 at most");
        accounts_part(tokens, "revoke", "Kill a token", true, accounts_tokens_revoke)->add_option("id", accounts_.token_id)->required();
    }

    CLI::App* backup_part(CLI::App* command, const char* name, const char* help, int (*enter)(const BackupOptions&)) {
        auto* part = command->add_subcommand(name, help);
        part->add_option("--data", backup_.data, "Data folder");
        add_json(part, backup_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (backup_.data.empty()) backup_.data = default_data(false);
                return enter(backup_);
            };
        });
        return part;
    }

    void add_backup() {
        auto* command = app_.add_subcommand("backup", "Everything of this installation in one encrypted file");
        command->require_subcommand(1);
        auto* create = backup_part(command, "create", "Make one, while the server runs or not; its passphrase from a prompt or standard input", backup_create);
        create->add_option("--to", backup_.file, "The new file")->required();
        create->add_flag("--without-keys", backup_.without_keys, "Leave the exchange keys out");
        create->add_flag("--recovery-code", backup_.make_code, "Make a recovery code instead of asking for a passphrase, and show it once");
        auto* verify = backup_part(command, "verify", "Restore it into a private folder, open everything, and tell what is in it", backup_verify);
        verify->add_option("file", backup_.file, "The backup")->required();
        verify->add_option("--in", backup_.verify_in, "A folder with room for it");
        backup_part(command, "confirm", "After a restore: trading may begin again", backup_confirm);
        backup_part(&app_, "restore", "Put a backup into an empty data folder", restore)->add_option("file", backup_.file, "The backup")->required();
    }

    void add_vault() {
        auto* command = app_.add_subcommand("vault", "What opens the keys at rest");
        command->require_subcommand(1);
        const auto part = [&](const char* name, const char* help, int (*enter)(const VaultOptions&)) {
            auto* one = command->add_subcommand(name, help);
            one->add_option("--data", vault_.data, "Data folder");
            add_json(one, vault_.json);
            one->callback([this, enter] {
                command_ = [this, enter] {
                    if (vault_.data.empty()) vault_.data = default_data(false);
                    return enter(vault_);
                };
            });
        };
        part("status", "Whether it is open, and by what", vault_status);
        part("unlock", "Open the running server's vault with its passphrase", vault_unlock);
        part("passphrase", "A new passphrase; at each start the vault waits for it", vault_passphrase);
        part("key-file", "A new key file; the vault opens by itself", vault_key_file);
        part("rotate-key", "A new root key: every key is sealed anew", vault_rotate_key);
    }

    /// Entered by the supervisor and by `check` only.
    void add_processes() {
        const auto part = [this](const char* name, std::function<int()> enter) {
            auto* command = app_.add_subcommand(name)->group("");
            command->add_option("--data", process_.data);
            command->add_option("--store", process_.store_url);
            command->add_option("--listen", process_.listen);
            command->add_option("--exchange-url", process_.exchange_urls);
            command->add_option("--exchange-ca", process_.extra_ca_file);
            command->add_option("--host", process_.hosts);
            command->add_option("--demo-admin", process_.demo_admin);
            command->add_flag("--json-log", process_.json_log);
            command->add_flag("--one-peer", process_.one_peer);
            command->add_flag("--restoring", process_.restoring);
            command->callback([this, enter = std::move(enter)] { command_ = enter; });
        };
        part("engine-process", [this] { return engine_process(process_); });
        part("web-process", [this] { return web_process(process_); });
        part("signer-process", [this] { return signer_process(process_); });
    }

    CLI::App app_;
    std::function<int()> command_;
    CheckOptions check_;
    WireOptions wire_;
    ExplainOptions explain_;
    SimulateOptions simulate_;
    ServeOptions serve_;
    ConnectionsOptions connections_;
    StrategiesOptions strategies_;
    AccountsOptions accounts_;
    BackupOptions backup_;
    VaultOptions vault_;
    ProcessOptions process_;
    bool ignored_{false};
};

}  // namespace

int main(int argc, char** argv) {
    if (const auto missing = missing_instructions(); !missing.empty()) {
        std::fprintf(stderr, "This processor lacks %s, which BackFuture needs (any x86-64 processor since 2013 has it).\n", missing.c_str());
        return kFailed;
    }
    try {
        return CommandLine{}.run(argc, argv);
    } catch (const std::exception& error) {
        // What reaches this is a fault of ours or no memory: never a half-done change, since every change is a transaction.
        std::fprintf(stderr, "backfuture stopped: %s\n", error.what());
        return kFailed;
    }
}
