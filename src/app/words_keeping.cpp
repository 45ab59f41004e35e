#include "app/command_line.hpp"

#include "app/backup_command.hpp"
#include "app/ledger_command.hpp"
#include "app/vault_command.hpp"

namespace bf::app {

void add_ledger(CommandLine& line) {
    const auto options = std::make_shared<LedgerOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, int (*enter)(const LedgerOptions&)) { return line.part(parent, name, help, options, enter, "Data folder, or a copy of its folder vault/ledger"); };
    auto* command = line.app().add_subcommand("ledger", "Every use of your keys: checked, shown, exported; no server needed");
    command->require_subcommand(1);
    part(command, "verify", "Is it whole? Names the place of every change", ledger_verify)->add_option("--anchor", options->anchors, "A line that `ledger head` printed earlier");
    auto* show = part(command, "show", "The newest entries", ledger_show);
    show->add_option("--limit", options->limit, "So many; 50 if not given");
    auto* exported = part(command, "export", "All entries, as CSV or with --json as one object", ledger_export);
    for (auto* one : {show, exported}) {
        one->add_option("--connection", options->connection, "Only of this connection, by its id");
        one->add_option("--class", options->use, "read, order, cancel, setting, key, policy, account, refusal, outcome, ledger");
        one->add_option("--from", options->from, "UTC: 2026-11-28 or 2026-11-28T14:50");
        one->add_option("--to", options->to, "UTC, inclusive");
    }
    part(command, "head", "One line to keep elsewhere: it proves later that nothing before it was changed", ledger_head);
    part(command, "accept", "Go on after a break that you have looked at; needs the running server", ledger_accept);
}

void add_backup(CommandLine& line) {
    const auto options = std::make_shared<BackupOptions>();
    const auto part = [&](CLI::App* parent, const char* name, const char* help, int (*enter)(const BackupOptions&)) { return line.part(parent, name, help, options, enter); };
    auto* command = line.app().add_subcommand("backup", "Everything of this installation in one encrypted file");
    command->require_subcommand(1);
    auto* create = part(command, "create", "Make one, while the server runs or not; its passphrase from a prompt or standard input", backup_create);
    create->add_option("--to", options->file, "The new file")->required();
    create->add_flag("--without-keys", options->without_keys, "Leave the exchange keys out");
    create->add_option("--account", options->account, "Whose code is asked for after the passphrase: needed with keys, where an account has a second factor");
    create->add_flag("--recovery-code", options->make_code, "Make a recovery code instead of asking for a passphrase, and show it once");
    auto* verify = part(command, "verify", "Restore it into a private folder, open everything, and tell what is in it", backup_verify);
    verify->add_option("file", options->file, "The backup")->required();
    verify->add_option("--in", options->verify_in, "A folder with room for it");
    part(command, "confirm", "After a restore: trading may begin again", backup_confirm);
    part(&line.app(), "restore", "Put a backup into an empty data folder", restore)->add_option("file", options->file, "The backup")->required();
}

void add_vault(CommandLine& line) {
    const auto options = std::make_shared<VaultOptions>();
    auto* command = line.app().add_subcommand("vault", "What opens the keys at rest");
    command->require_subcommand(1);
    const auto part = [&](const char* name, const char* help, int (*enter)(const VaultOptions&)) { return line.part(command, name, help, options, enter); };
    part("status", "Whether it is open, and by what", vault_status);
    part("unlock", "Open the running server's vault with its passphrase", vault_unlock);
    for (auto* change : {part("passphrase", "A new passphrase; at each start the vault waits for it", vault_passphrase), part("key-file", "A new key file; the vault opens by itself", vault_key_file)})
        change->add_option("--account", options->account, "Whose code is asked for last: needed where an account has a second factor");
    part("rotate-key", "A new root key: every key is sealed anew", vault_rotate_key);
}

}  // namespace bf::app
