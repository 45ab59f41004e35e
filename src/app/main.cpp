// The program: reads the command line and hands over. Every command's work is in its own file.
#include "app/accounts_command.hpp"
#include "app/backtest_command.hpp"
#include "app/backup_command.hpp"
#include "app/candles_command.hpp"
#include "app/check_command.hpp"
#include "app/connections_command.hpp"
#include "app/exit_code.hpp"
#include "app/explain_command.hpp"
#include "app/ledger_command.hpp"
#include "app/processes.hpp"
#include "app/security_command.hpp"
#include "app/serve_command.hpp"
#include "app/simulate_command.hpp"
#include "app/strategies_command.hpp"
#include "app/usage_error.hpp"
#include "app/vault_command.hpp"
#include "app/web_copy.hpp"
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
        add_backtest();
        add_simulate();
        add_serve();
        add_connections();
        add_strategies();
        add_accounts();
        add_ledger();
        add_candles();
        add_security();
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
        command->add_option("--family", check_.family, "ipv4 or ipv6: the only addresses it goes out over; ipv4 if not given");
        command->add_option("--base-url", check_.base_url, "Talk to a simulator instead");
        command->add_option("--symbol", check_.symbol, "Probe with this pair, for instance BTC/USDT");
        command->add_option("--accept", check_.accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
        command->add_flag("--as-outsider", check_.outsider, "From another machine than the server: one signed read shows whether the key works from anywhere");
        command->add_option("--server-address", check_.server_address, "With --as-outsider: the server's own address, so that this machine is not taken for an outsider when it shares it");
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

    void add_backtest() {
        auto* command = app_.add_subcommand("backtest", "What a strategy would have done over recorded candles, with every fill and decision");
        command->add_option("--settings", backtest_.settings_file, "The strategy's settings, a JSON file")->required();
        command->add_option("--candles", backtest_.candles_file, "A CSV file: open_time_ms,open,high,low,close,volume; or give --set");
        command->add_option("--set", backtest_.candle_set, "Stored candles instead of a file, as `candles list` names them: binance-spot-BTC-USDT-1m");
        command->add_option("--data", backtest_.data, "Data folder of --set");
        command->add_option("--instrument", backtest_.instrument_file, "Steps and minima, as in a case of explain; else the candles' own tick and no minima");
        command->add_option("--equity", backtest_.equity, "Money at the start; 10000 if not given");
        command->add_option("--signals", backtest_.signals_file, "Recorded signals, one JSON object a line");
        command->add_option("--fill", backtest_.fill, "conservative or touch: when a resting exit counts as filled");
        command->add_option("--from", backtest_.from, "First candle: Unix milliseconds or UTC");
        command->add_option("--to", backtest_.to, "Candles before this: Unix milliseconds or UTC");
        command->add_option("--pair", backtest_.pair, "Which of the strategy's pairs the candles are of; else its first");
        command->add_option("--spread-bps", backtest_.spread_bps, "Ask minus bid, in hundredths of a percent of the price");
        command->add_option("--slippage-bps", backtest_.slippage_bps, "What orders that take pay beyond the best price, likewise");
        command->add_option("--funding-rate-pct", backtest_.funding_rate_pct, "Futures: paid by longs every eight hours, in percent");
        command->add_option("--funding", backtest_.funding_file, "Futures: recorded rates, a CSV file: time,rate");
        command->add_option("--sweep", backtest_.sweep_file, "Settings to vary and their values, a JSON file; prints a row for each variant");
        command->add_option("--results", backtest_.results_file, "Of a sweep: keeps each row as it comes; started again it goes on from there");
        command->add_option("--threads", backtest_.threads, "Of a sweep; all processors if not given")->check(CLI::Range(1, 1024));
        add_json(command, backtest_.json);
        command->callback([this] {
            command_ = [this] {
                if (backtest_.data.empty()) backtest_.data = default_data(false);
                return backtest(backtest_);
            };
        });
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
        command->add_option("--address-echo", serve_.process.address_echo, "A URL that answers with the address it is asked from, to notice when this server's changes");
        command->add_option("--exchange-ca", serve_.process.extra_ca_file, "Trust this CA file too (simulate --tls)");
        command->add_option("--host", serve_.process.hosts, "A further name the dashboard is reached under");
        command->add_option("--tls-cert", serve_.process.tls_certificate, "PEM file: the dashboard's certificate with its chain; taken anew when it changes");
        command->add_option("--tls-key", serve_.process.tls_key, "PEM file: the key of --tls-cert");
        command->add_option("--tls", serve_.tls, "self-signed: https with a certificate made here, its fingerprint on the console")->check(CLI::IsMember({"self-signed"}));
        command->add_flag("--behind-tls-proxy", serve_.process.behind_tls_proxy, "A proxy before it speaks TLS: allows other addresses, cookies for https only");
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
        add->add_option("--family", connections_.family, "ipv4 or ipv6: the only addresses it goes out over; ipv4 if not given");
        auto* test = connections_part(command, "test", "Test a connection and print the report", true, connections_test);
        for (auto* part : {add, test}) {
            part->add_option("--accept", connections_.accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
            part->add_option("--site", connections_.site, "global or eu");
        }
        connections_part(command, "list", "All connections", false, connections_list);
        connections_part(command, "show", "One connection with its last report", true, connections_show);
        auto* pairs = connections_part(command, "pairs", "The market's pairs, what of them an API key may trade and how that is known", true, connections_pairs);
        pairs->add_option("--search", connections_.search, "Part of the pair");
        pairs->add_flag("--closed", connections_.closed, "Only those on which nothing is opened now");
        auto* rotate = connections_part(command, "rotate", "Replace the key: the new one, on standard input, is tested first", true, connections_rotate);
        connections_part(command, "disable", "Pause a connection", true, connections_disable);
        connections_part(command, "enable", "End the pause; the connection is tested anew", true, connections_enable);
        connections_part(command, "remove", "Remove a connection and wipe its secret", true, connections_remove);
        auto* freeze = connections_part(command, "freeze", "Open and add nothing on a connection any more; exits go on. Needs no sign-in", false, connections_freeze);
        freeze->add_flag("--everything", connections_.everything, "Sign nothing at all, exits neither");
        auto* unfreeze = connections_part(command, "unfreeze", "End a freeze; where an account has a second factor its code is read from standard input", false, connections_unfreeze);
        unfreeze->add_option("--account", connections_.account, "Whose code it is");
        for (auto* part : {freeze, unfreeze}) {
            part->add_option("name", connections_.name, "The connection's name");
            part->add_flag("--all", connections_.all, "Every connection");
        }
        auto* limits = connections_part(command, "limits", "What a connection's key may be used for; set reads JSON from standard input", true, connections_limits);
        limits->add_option("action", connections_.action, "show or set")->required()->check(CLI::IsMember({"show", "set"}));
        rotate->add_option("--keep-hours", connections_.keep_hours, "How long the old key stays sealed, to go back to: 0 to 720, 24 if not given")->check(CLI::Range(0, 720));
        connections_part(command, "roll-back", "Put the key back that was replaced, while it is kept", true, connections_roll_back);
        connections_part(command, "ask-old-key", "Ask the exchange whether it still takes the key that was replaced", true, connections_ask_old_key);
        connections_part(command, "forget-old-key", "The old key is deleted at the exchange: wipe it here too", true, connections_forget_old_key);
        auto* rename = connections_part(command, "rename", "Give a connection another name", true, connections_rename);
        rename->add_option("new-name", connections_.new_name)->required();
        auto* family = connections_part(command, "family", "Let a connection go out over ipv4 or ipv6 only; it is tested anew", true, connections_family);
        family->add_option("family", connections_.family, "ipv4 or ipv6")->required()->check(CLI::IsMember({"ipv4", "ipv6"}));
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
        accounts_part(command, "vouch", "Make an owner's second factor count for widening limits; a code of who vouches on standard input", true, accounts_vouch)
            ->add_option("--by", accounts_.by, "The owner who vouches, whose factor counts already")->required();
        accounts_part(command, "passkeys", "An account's passkeys", true, accounts_passkeys);
        accounts_part(command, "remove-passkey", "Remove a passkey, a lost one for instance", true, accounts_remove_passkey)->add_option("id", accounts_.passkey, "As the list names it")->required();
        auto* tokens = command->add_subcommand("tokens", "Tokens for scripts");
        tokens->require_subcommand(1);
        accounts_part(tokens, "list", "An account's tokens", true, accounts_tokens);
        auto* add = accounts_part(tokens, "add", "A new token, printed this once", true, accounts_tokens_add);
        add->add_option("--for", accounts_.token_name, "What it is for")->required();
        add->add_option("--scope", accounts_.scope, "read, trade or manage; read if not given");
        add->add_option("--days", accounts_.days, "How long it lives; 90 if not given, 366 at most");
        accounts_part(tokens, "revoke", "Kill a token", true, accounts_tokens_revoke)->add_option("id", accounts_.token_id)->required();
    }

    CLI::App* ledger_part(CLI::App* command, const char* name, const char* help, int (*enter)(const LedgerOptions&)) {
        auto* part = command->add_subcommand(name, help);
        part->add_option("--data", ledger_.data, "Data folder, or a copy of its folder vault/ledger");
        add_json(part, ledger_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (ledger_.data.empty()) ledger_.data = default_data(false);
                return enter(ledger_);
            };
        });
        return part;
    }

    void add_ledger() {
        auto* command = app_.add_subcommand("ledger", "Every use of your keys: checked, shown, exported; no server needed");
        command->require_subcommand(1);
        ledger_part(command, "verify", "Is it whole? Names the place of every change", ledger_verify)->add_option("--anchor", ledger_.anchors, "A line that `ledger head` printed earlier");
        auto* show = ledger_part(command, "show", "The newest entries", ledger_show);
        show->add_option("--limit", ledger_.limit, "So many; 50 if not given");
        auto* exported = ledger_part(command, "export", "All entries, as CSV or with --json as one object", ledger_export);
        for (auto* part : {show, exported}) {
            part->add_option("--connection", ledger_.connection, "Only of this connection, by its id");
            part->add_option("--class", ledger_.use, "read, order, cancel, setting, key, policy, account, refusal, outcome, ledger");
            part->add_option("--from", ledger_.from, "UTC: 2026-11-28 or 2026-11-28T14:50");
            part->add_option("--to", ledger_.to, "UTC, inclusive");
        }
        ledger_part(command, "head", "One line to keep elsewhere: it proves later that nothing before it was changed", ledger_head);
        ledger_part(command, "accept", "Go on after a break that you have looked at; needs the running server", ledger_accept);
    }

    CLI::App* candles_part(CLI::App* command, const char* name, const char* help, int (*enter)(const CandlesOptions&)) {
        auto* part = command->add_subcommand(name, help);
        part->add_option("--data", candles_.data, "Data folder");
        add_json(part, candles_.json);
        part->callback([this, enter] {
            command_ = [this, enter] {
                if (candles_.data.empty()) candles_.data = default_data(false);
                return enter(candles_);
            };
        });
        return part;
    }

    void add_candles() {
        auto* command = app_.add_subcommand("candles", "Candles for backtests: bring your own, download them, look after them");
        command->require_subcommand(1);
        auto* import = candles_part(command, "import", "Add files to a set: CSV, monthly kline dumps (zip or csv), JSON arrays of ccxt and freqtrade", candles_import);
        import->add_option("files", candles_.files, "The files, in any order")->required();
        import->add_option("--exchange", candles_.exchange, "Whose candles they are, for instance binance")->required();
        import->add_option("--market", candles_.market, "spot or futures")->required();
        import->add_option("--pair", candles_.pair, "For instance BTC/USDT")->required();
        import->add_option("--interval", candles_.interval, "1m, 5m, 1h, ...; else what the files say");
        import->add_flag("--replace", candles_.replace, "Where the set has other candles for the same time, the files' stand");
        import->add_flag("--confined", candles_.confined)->group("");
        import->add_option("--asked", candles_.asked)->group("");
        import->add_option("--source", candles_.source)->group("");
        candles_part(command, "list", "All sets", candles_list);
        candles_part(command, "show", "One set and its gaps", candles_show)->add_option("id", candles_.id, "As `list` names it")->required();
        candles_part(command, "verify", "Read sets and check every byte and candle", candles_verify)->add_option("ids", candles_.ids, "As `list` names them; all if none is named");
        candles_part(command, "remove", "Remove a set", candles_remove)->add_option("id", candles_.id, "As `list` names it")->required();
        auto* exported = candles_part(command, "export", "A set, or a part of it, as CSV", candles_export);
        exported->add_option("id", candles_.id, "As `list` names it")->required();
        exported->add_option("--out", candles_.out, "A new file; standard output if not given");
        auto* download = candles_part(command, "download", "Have the running server fetch candles from a connection's exchange", candles_download);
        download->add_option("--connection", candles_.connection, "The connection's name")->required();
        download->add_option("--pair", candles_.pair, "For instance BTC/USDT")->required();
        download->add_option("--interval", candles_.interval, "1m, 5m, 15m, 1h, 4h or 1d")->required();
        for (auto* part : {exported, download}) {
            part->add_option("--from", candles_.from, "First candle: 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds")->required(part == download);
            part->add_option("--to", candles_.to, "Candles before this, likewise; all if not given");
        }
        auto* sample = candles_part(command, "sample", "Make five years of example candles, the same from the same seed", candles_sample);
        sample->add_option("--seed", candles_.seed, "1 if not given");
        sample->add_flag("--confined", candles_.confined)->group("");
    }

    void add_security() {
        auto* command = app_.add_subcommand("security", "What is not as safe as it could be on the running server, and how to mend it");
        command->add_option("--data", security_.data, "Data folder of the running server");
        command->add_option("--language", security_.language, "Of the sentences: en or nl")->check(CLI::IsMember({"en", "nl"}));
        add_json(command, security_.json);
        command->callback([this] {
            command_ = [this] {
                if (security_.data.empty()) security_.data = default_data(false);
                return security(security_);
            };
        });
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
            command->add_option("--tls-cert", process_.tls_certificate);
            command->add_option("--tls-key", process_.tls_key);
            command->add_flag("--tls-self-signed", process_.tls_self_signed);
            command->add_flag("--behind-tls-proxy", process_.behind_tls_proxy);
            command->add_option("--address-echo", process_.address_echo);
            command->add_flag("--json-log", process_.json_log);
            command->add_flag("--one-peer", process_.one_peer);
            command->add_flag("--restoring", process_.restoring);
            command->callback([this, enter = std::move(enter)] { command_ = enter; });
        };
        part("engine-process", [this] { return engine_process(process_); });
        part("web-copy-process", [this] { return web_copy_process(process_.data); });
        part("web-process", [this] { return web_process(process_); });
        part("signer-process", [this] { return signer_process(process_); });
    }

    CLI::App app_;
    std::function<int()> command_;
    CheckOptions check_;
    WireOptions wire_;
    ExplainOptions explain_;
    BacktestOptions backtest_;
    SimulateOptions simulate_;
    ServeOptions serve_;
    ConnectionsOptions connections_;
    StrategiesOptions strategies_;
    AccountsOptions accounts_;
    LedgerOptions ledger_;
    CandlesOptions candles_;
    SecurityOptions security_;
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
