// `backfuture vault`: what opens the keys at rest, and changes of it, each one transaction of the signer's that may be killed at any point. Asks the
// running signer, or one of its own where no server runs.
#pragma once
#include <string>

namespace bf::app {

struct VaultOptions {
    std::string data;
    std::string account;  ///< Whose code is given.
    bool json{false};
};

int vault_status(const VaultOptions& options);
/// Opens the sealed vault of a running server.
int vault_unlock(const VaultOptions& options);
/// A passphrase instead of what opened it before: key file or another passphrase.
int vault_passphrase(const VaultOptions& options);
/// A key file instead of a passphrase, or a new key file.
int vault_key_file(const VaultOptions& options);
/// Another root key: every key in the vault is sealed anew.
int vault_rotate_key(const VaultOptions& options);

}  // namespace bf::app
