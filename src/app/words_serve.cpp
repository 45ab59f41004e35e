#include "app/command_line.hpp"

#include "app/processes.hpp"
#include "app/security_command.hpp"
#include "app/serve_command.hpp"
#include "app/signer_command.hpp"
#include "app/web_copy.hpp"
#include "base/text.hpp"

namespace bf::app {

void add_serve(CommandLine& line) {
    const auto options = std::make_shared<ServeOptions>();
    auto* command = line.app().add_subcommand("serve", "Start the server: dashboard, engine, signer");
    add_data(command, options->process.data, "Data folder");
    command->add_option("--listen", options->process.listen, "ADDRESS:PORT of the dashboard; port 0 picks one");
    command->add_option("--store", options->process.store_url, "postgresql://... instead of the embedded store")->check(not_empty);
    command->add_option("--exchange-url", options->process.exchange_urls, "EXCHANGE=URL: talk to a simulator instead");
    command->add_option("--address-echo", options->process.address_echo, "A URL that answers with the address it is asked from, to notice when this server's changes");
    command->add_option("--exchange-ca", options->process.extra_ca_file, "Trust this CA file too (simulate --tls)");
    command->add_option("--host", options->process.hosts, "A further name the dashboard is reached under");
    command->add_option("--tls-cert", options->process.tls_certificate, "PEM file: the dashboard's certificate with its chain; taken anew when it changes");
    command->add_option("--tls-key", options->process.tls_key, "PEM file: the key of --tls-cert");
    command->add_option("--tls", options->tls, "self-signed: https with a certificate made here, its fingerprint on the console")->check(CLI::IsMember({"self-signed"}));
    command->add_flag("--behind-tls-proxy", options->process.behind_tls_proxy, "A proxy before it speaks TLS: allows other addresses, cookies for https only");
    command->add_option("--breached-passwords", options->process.breached_passwords, "File of SHA-1 hashes of leaked passwords, sorted by hash, as Have I Been Pwned publishes it: no account may have one of them");
    command->add_option("--signer-socket", options->process.signer_at, "Where a signer answers that runs under a user of its own (backfuture signer); none is started then")->check(not_empty);
    command->add_option("--signer-user", options->process.signer_user, "Name or number of that user: nobody else's process is asked");
    command->add_option("--alarm-command", options->alarm_command, "A program of yours that is told of every alarm: one JSON object on its standard input, no arguments");
    command->add_option("--hung-after", options->hung_after, "Seconds after which a process that hangs is ended and started again; 0: never")->check([](const std::string& text) {
        const auto given = parse_int(text);
        return given && (*given == 0 || (*given >= 10 && *given <= 3600)) ? std::string{} : "give 10 to 3600 seconds, or 0, not '" + text + "'";
    })->capture_default_str();
    command->add_option("--keep-blocked", options->process.keep_blocked, "Days that a signal which was blocked is kept with its checks (a million of them at most), and an alarm that was seen; 0: all for good. What led to an order always is")
        ->check([](const std::string& text) {
            const auto given = parse_int(text);
            return given && (*given == 0 || (*given >= 2 && *given <= 36'500)) ? std::string{} : "give 2 to 36500 days, or 0, not '" + text + "'";
        })->capture_default_str();
    command->add_flag("--demo", options->demo, "Simulated exchanges, own data folder, no real keys");
    command->add_flag("--json-log", options->process.json_log, "Logs as JSON lines");
    add_json(command, options->json);
    line.does(command, [options] {
        if (options->process.data.empty()) options->process.data = default_data(options->demo);
        return serve(*options);
    });
}

void add_signer(CommandLine& line) {
    const auto options = std::make_shared<SignerOptions>();
    auto* command = line.app().add_subcommand("signer", "The process that holds the keys, alone and under a user of its own: for a service manager");
    command->add_option("--data", options->data, "Its own data folder")->required();
    command->add_option("--socket", options->socket, "Where it listens, in a folder that its group may enter")->required();
    command->add_option("--engine-user", options->engine_user, "Name or number of the user that runs `serve`: nobody else is answered")->required();
    command->add_flag("--json-log", options->json_log, "Logs as JSON lines");
    line.does(command, [options] { return signer(*options); });
}

void add_security(CommandLine& line) {
    const auto options = std::make_shared<SecurityOptions>();
    auto* command = line.app().add_subcommand("security", "What is not as safe as it could be on the running server, and how to mend it");
    add_data(command, options->data, "Data folder of the running server");
    command->add_option("--language", options->language, "Of the sentences: en or nl")->check(CLI::IsMember({"en", "nl"}));
    add_json(command, options->json);
    line.does(command, [options] {
        if (options->data.empty()) options->data = default_data();
        return security(*options);
    });
}

/// Entered by the supervisor and by `check` only.
void add_processes(CommandLine& line) {
    const auto options = std::make_shared<ProcessOptions>();
    const auto part = [&](const char* name, std::function<int()> enter) {
        auto* command = line.app().add_subcommand(name)->group("");
        command->add_option("--data", options->data);
        command->add_option("--store", options->store_url);
        command->add_option("--listen", options->listen);
        command->add_option("--exchange-url", options->exchange_urls);
        command->add_option("--exchange-ca", options->extra_ca_file);
        command->add_option("--host", options->hosts);
        command->add_option("--demo-admin", options->demo_admin);
        command->add_option("--tls-cert", options->tls_certificate);
        command->add_option("--tls-key", options->tls_key);
        command->add_flag("--tls-self-signed", options->tls_self_signed);
        command->add_flag("--behind-tls-proxy", options->behind_tls_proxy);
        command->add_option("--breached-passwords", options->breached_passwords);
        command->add_option("--address-echo", options->address_echo);
        command->add_option("--signer-socket", options->signer_at);
        command->add_option("--signer-user", options->signer_user);
        command->add_option("--keep-blocked", options->keep_blocked);
        command->add_flag("--json-log", options->json_log);
        command->add_flag("--one-peer", options->one_peer);
        command->add_flag("--restoring", options->restoring);
        line.does(command, std::move(enter));
    };
    part("engine-process", [options] { return engine_process(*options); });
    part("web-copy-process", [options] { return web_copy_process(options->data); });
    part("web-process", [options] { return web_process(*options); });
    part("signer-process", [options] { return signer_process(*options); });
}

}  // namespace bf::app
