// `backfuture accounts`: who may use the running server, looked after from the machine it runs on, without signing in.
#pragma once
#include <cstdint>
#include <string>

namespace bf::app {

struct AccountsOptions {
    std::string data;
    std::string name;
    std::string role;
    std::string by;
    std::string token_name;
    std::string token_id;
    std::string passkey;
    std::string scope{"read"};
    std::int64_t days{90};
    bool json{false};
};

int accounts_list(const AccountsOptions& options);
int accounts_add(const AccountsOptions& options);              ///< The password is read from standard input.
int accounts_remove(const AccountsOptions& options);
int accounts_role(const AccountsOptions& options);
int accounts_reset_password(const AccountsOptions& options);   ///< So is the new one.
int accounts_reset_factor(const AccountsOptions& options);
int accounts_vouch(const AccountsOptions& options);            ///< The code is read from standard input.
int accounts_passkeys(const AccountsOptions& options);
int accounts_remove_passkey(const AccountsOptions& options);
int accounts_tokens(const AccountsOptions& options);
int accounts_tokens_add(const AccountsOptions& options);       ///< Prints the token this once.
int accounts_tokens_revoke(const AccountsOptions& options);

}  // namespace bf::app
