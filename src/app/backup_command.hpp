// `backfuture backup`, `restore`, `vault`: what a person does with the whole of an installation, from the command line.
#pragma once
#include <string>

namespace bf::app {

struct BackupOptions {
    std::string data;
    std::string file;
    std::string verify_in;  ///< Where to restore for a look; empty: the system's folder for temporary files.
    std::string account;    ///< Whose code of a second factor comes after the passphrase; empty: none does.
    bool without_keys{false};
    bool make_code{false};
    bool json{false};
};

int backup_create(const BackupOptions& options);
int backup_verify(const BackupOptions& options);
int backup_confirm(const BackupOptions& options);
int restore(const BackupOptions& options);

}  // namespace bf::app
