#include "app/command_line.hpp"

#include "app/check_command.hpp"
#include "app/explain_command.hpp"
#include "app/simulate_command.hpp"
#include "app/wire_command.hpp"

namespace bf::app {
void add_check(CommandLine& line) {
    const auto options = std::make_shared<CheckOptions>();
    auto* command = line.app().add_subcommand("check", "Test a key without a server; credentials as JSON on standard input");
    command->add_option("--exchange", options->exchange, "mexc, kucoin")->required();
    command->add_option("--market", options->market, "spot or futures")->required();
    command->add_option("--site", options->site, "global or eu");
    command->add_option("--family", options->family, "ipv4 or ipv6: the only addresses it goes out over; ipv4 if not given");
    command->add_option("--base-url", options->base_url, "Talk to a simulator instead")->check(not_empty);
    command->add_option("--symbol", options->symbol, "Probe with this pair, for instance BTC/USDT")->check(not_empty);
    command->add_option("--accept", options->accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
    command->add_flag("--as-outsider", options->outsider, "From another machine than the server: one signed read shows whether the key works from anywhere");
    command->add_option("--server-address", options->server_address, "With --as-outsider: the server's own address, so that this machine is not taken for an outsider when it shares it");
    command->add_option("--exchange-ca", options->extra_ca_file, "Trust this CA file too (simulate --tls)");
    add_json(command, options->json);
    line.does(command, [options] { return check(*options); });
}

void add_wire(CommandLine& line) {
    const auto options = std::make_shared<WireOptions>();
    auto* command = line.app().add_subcommand("wire", "Show what would be sent, or what an answer means; sends nothing");
    command->require_subcommand(1);
    auto* request = command->add_subcommand("request", "The signed request(s) of an operation; credentials as JSON on standard input");
    auto* parse = command->add_subcommand("parse", "What a reply body on standard input means");
    for (auto* part : {request, parse}) {
        part->add_option("--exchange", options->exchange)->required();
        part->add_option("--market", options->market)->required();
        part->add_option("--operation", options->operation)->required();
        part->add_option("--args", options->arguments, "The operation's arguments as a JSON object");
        part->add_option("--instruments", options->instruments_file, "A reply body of `instruments`");
        part->add_option("--account-mode", options->account_mode, "classic or unified");
        part->add_option("--site", options->site, "global or eu");
        part->add_flag("--json")->description("One JSON object on standard output and nothing else there");
    }
    request->add_option("--timestamp-ms", options->timestamp_ms)->required();
    request->add_option("--base-url", options->base_url)->check(not_empty);
    parse->add_option("--status", options->status, "The reply's HTTP status")->check(CLI::Range(100, 599));
    line.does(request, [options] { return wire_request(*options); });
    line.does(parse, [options] { return wire_parse(*options); });
}

void add_explain(CommandLine& line) {
    const auto options = std::make_shared<ExplainOptions>();
    auto* command = line.app().add_subcommand("explain", "Why would it open, add, block or wait? Decides one case and names every check");
    command->add_option("--case", options->case_file, "A JSON file, or - for standard input")->required();
    add_json(command, options->json);
    line.does(command, [options] { return explain(*options); });
}

void add_simulate(CommandLine& line) {
    const auto options = std::make_shared<SimulateOptions>();
    auto* command = line.app().add_subcommand("simulate", "Simulated exchanges on a socket");
    command->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 picks one");
    command->add_option("--exchanges", options->exchanges, "mexc,kucoin")->delimiter(',');
    command->add_option("--seed", options->seed, "The same seed gives the same market")->check(check_seed);
    command->add_option("--limits", options->limits, "real or off")->check(CLI::IsMember({"real", "off"}));
    command->add_flag("--tls", options->tls, "Serve https with a CA of its own");
    command->add_flag("--json-log", options->json_log, "Logs as JSON lines");
    command->add_flag("--json")->description("One JSON object on standard output and nothing else there");
    line.does(command, [options] { return simulate(*options); });
}

}  // namespace bf::app
