#include "app/command_line.hpp"

#include "app/connections_command.hpp"
#include "app/strategies_command.hpp"

namespace bf::app {

void add_connections(CommandLine& line) {
    const auto options = std::make_shared<ConnectionsOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, bool named, int (*enter)(const ConnectionsOptions&)) {
        auto* one = line.part(parent, name, help, options, enter, "Data folder of the running server");
        if (named) one->add_option("name", options->name, "The connection's name")->required();
        return one;
    };
    auto* command = line.app().add_subcommand("connections", "The running server's connections");
    command->require_subcommand(1);
    auto* add = part(command, "add", "Save a connection and start its first test; credentials as JSON on standard input", false, connections_add);
    add->add_option("--name", options->name)->required();
    add->add_option("--exchange", options->exchange)->required();
    add->add_option("--market", options->market)->required();
    add->add_option("--family", options->family, "ipv4 or ipv6: the only addresses it goes out over; ipv4 if not given");
    auto* again = part(command, "again", "Connect a removed connection again, so that the groups left on it go on; credentials of the same account as JSON on standard input", true, connections_again);
    again->add_option("--as", options->new_name, "Another name, where its own is taken");
    again->add_option("--family", options->family, "ipv4 or ipv6, as in add");
    auto* test = part(command, "test", "Test a connection and print the report", true, connections_test);
    for (auto* one : {add, again, test}) one->add_option("--accept", options->accept, "internal_transfer, unknown_withdrawal")->delimiter(',');
    for (auto* one : {add, test}) one->add_option("--site", options->site, "global or eu");
    part(command, "list", "All connections", false, connections_list);
    part(command, "show", "One connection with its last report", true, connections_show);
    part(command, "history", "What happened to a connection, the latest first", true, connections_history)
        ->add_option("--limit", options->limit, "How many entries: 1 to 200, 50 if not given")->check(CLI::Range(1, 200));
    auto* pairs = part(command, "pairs", "The market's pairs, what of them an API key may trade and how that is known", true, connections_pairs);
    pairs->add_option("--search", options->search, "Part of the pair");
    pairs->add_flag("--closed", options->closed, "Only those on which nothing is opened now");
    auto* rotate = part(command, "rotate", "Replace the key: the new one, on standard input, is tested first", true, connections_rotate);
    part(command, "disable", "Pause a connection", true, connections_disable);
    part(command, "enable", "End the pause; the connection is tested anew", true, connections_enable);
    part(command, "remove", "Remove a connection and wipe its secret", true, connections_remove)
        ->add_option("--leaving", options->leaving, "The numbers of its open groups, which nothing follows then: 3,5");
    auto* freeze = part(command, "freeze", "Open and add nothing on a connection any more; exits go on. Needs no sign-in", false, connections_freeze);
    freeze->add_flag("--everything", options->everything, "Sign nothing at all, exits neither");
    auto* unfreeze = part(command, "unfreeze", "End a freeze; where an account has a second factor its code is read from standard input", false, connections_unfreeze);
    unfreeze->add_option("--account", options->account, "Whose code it is");
    for (auto* one : {freeze, unfreeze}) {
        one->add_option("name", options->name, "The connection's name");
        one->add_flag("--all", options->all, "Every connection");
    }
    auto* limits = part(command, "limits", "What a connection's key may be used for; set reads JSON from standard input", true, connections_limits);
    limits->add_option("action", options->action, "show or set")->required()->check(CLI::IsMember({"show", "set"}));
    rotate->add_option("--keep-hours", options->keep_hours, "How long the old key stays sealed, to go back to: 0 to 720, 24 if not given")->check(CLI::Range(0, 720));
    part(command, "roll-back", "Put the key back that was replaced, while it is kept", true, connections_roll_back);
    part(command, "ask-old-key", "Ask the exchange whether it still takes the key that was replaced", true, connections_ask_old_key);
    part(command, "forget-old-key", "The old key is deleted at the exchange: wipe it here too", true, connections_forget_old_key);
    auto* rename = part(command, "rename", "Give a connection another name", true, connections_rename);
    rename->add_option("new-name", options->new_name)->required();
    auto* family = part(command, "family", "Let a connection go out over ipv4 or ipv6 only; it is tested anew", true, connections_family);
    family->add_option("family", options->family, "ipv4 or ipv6")->required()->check(CLI::IsMember({"ipv4", "ipv6"}));
}

void add_strategies(CommandLine& line) {
    const auto options = std::make_shared<StrategiesOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, bool named, int (*enter)(const StrategiesOptions&)) {
        auto* one = line.part(parent, name, help, options, enter, "Data folder of the running server");
        if (named) one->add_option("name", options->name, "The strategy's name")->required();
        return one;
    };
    auto* command = line.app().add_subcommand("strategies", "The running server's strategies and their groups");
    command->require_subcommand(1);
    part(command, "add", "Save a strategy; prints its signal address this once", false, strategies_add)->add_option("--file", options->file, "Settings as JSON; - for standard input")->required();
    part(command, "list", "All strategies", false, strategies_list);
    part(command, "show", "One strategy, and why it can't be enabled if it can't", true, strategies_show);
    part(command, "enable", "Let it act on signals", true, strategies_enable);
    part(command, "disable", "No more entries; exits go on", true, strategies_disable);
    part(command, "mode", "normal, no_new_groups, exit_only or close_now", true, strategies_mode)->add_option("mode", options->mode)->required();
    part(command, "remove", "Remove a strategy without open groups", true, strategies_remove);
    part(command, "groups", "Open groups", false, strategies_groups)->add_flag("--closed", options->closed, "Those that ended instead, the latest first: why, and with what result");
    part(command, "let-go", "End a group whose connection was removed: what it holds stays at the exchange", false, strategies_let_go)
        ->add_option("group", options->group, "Its number")->required();
    part(command, "decisions", "What became of the latest signals", false, strategies_decisions);
    part(command, "rotate-hook", "A new signal address; the earlier one is dead at once", true, strategies_rotate_hook);
    part(command, "sample", "Print settings to try a back-test with on the candles of `candles sample`", false, strategies_sample)
        ->add_flag("--ranges", options->ranges, "Print ranges for `backtest --sweep` instead");
    auto* money = part(command, "paper-money", "Set the play money of the account that a strategy on paper trades on", true, strategies_paper_money);
    money->add_option("--amount", options->amount, "So much it has from now on")->required();
    money->add_option("--asset", options->asset, "Of this asset; USDT if not given");
    auto* signal = part(command, "signal", "Send one signal by hand", true, strategies_signal);
    signal->add_option("--kind", options->kind, "entry, add or exit")->required();
    signal->add_option("--pair", options->pair, "For instance BTC/USDT")->required();
    signal->add_option("--direction", options->direction, "long or short")->required();
}

}  // namespace bf::app
