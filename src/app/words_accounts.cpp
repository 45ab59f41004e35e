#include "app/command_line.hpp"

#include "app/accounts_command.hpp"

namespace bf::app {

void add_accounts(CommandLine& line) {
    const auto options = std::make_shared<AccountsOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, bool named, int (*enter)(const AccountsOptions&)) {
        auto* one = line.part(parent, name, help, options, enter, "Data folder of the running server");
        if (named) one->add_option("name", options->name, "The account's name")->required();
        return one;
    };
    auto* command = line.app().add_subcommand("accounts", "Who may use the running server; needs no password on its own machine");
    command->require_subcommand(1);
    part(command, "list", "All accounts", false, accounts_list);
    part(command, "add", "A further account; its password on standard input", true, accounts_add)->add_option("--role", options->role, "owner, trader or viewer")->required();
    part(command, "remove", "Remove an account; its sessions and tokens end", true, accounts_remove);
    part(command, "role", "Give an account another role", true, accounts_role)->add_option("role", options->role, "owner, trader or viewer")->required();
    part(command, "reset-password", "Set a new password, from standard input; sessions and tokens end", true, accounts_reset_password);
    part(command, "reset-factor", "Take a lost second factor away, in an hour", true, accounts_reset_factor);
    part(command, "vouch", "Make an owner's second factor count for widening limits; a code of who vouches on standard input", true, accounts_vouch)
        ->add_option("--by", options->by, "The account that vouches, whose factor counts already; where none counts, the same")->required();
    part(command, "passkeys", "An account's passkeys", true, accounts_passkeys);
    part(command, "remove-passkey", "Remove a passkey, a lost one for instance", true, accounts_remove_passkey)->add_option("id", options->passkey, "As the list names it")->required();
    auto* tokens = command->add_subcommand("tokens", "Tokens for scripts");
    tokens->require_subcommand(1);
    part(tokens, "list", "An account's tokens", true, accounts_tokens);
    auto* add = part(tokens, "add", "A new token, printed this once", true, accounts_tokens_add);
    add->add_option("--for", options->token_name, "What it is for")->required();
    add->add_option("--scope", options->scope, "read, trade or manage; read if not given");
    add->add_option("--days", options->days, "How long it lives; 90 if not given, 366 at most");
    part(tokens, "revoke", "Kill a token", true, accounts_tokens_revoke)->add_option("id", options->token_id)->required();
}

}  // namespace bf::app
