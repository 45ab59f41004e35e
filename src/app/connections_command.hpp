// `backfuture connections ...`: the running server's connections from the command line, over its Unix socket.
#pragma once
#include <string>
#include <vector>

namespace bf::app {

struct ConnectionsOptions {
    std::string data;
    std::string name;
    std::string new_name;
    std::string leaving;
    std::string exchange;
    std::string market;
    std::string site;  ///< Empty: what it is; of a new one the global site.
    std::string family{"ipv4"};
    std::vector<std::string> accept;
    int keep_hours{24};
    int limit{50};  ///< history: how many entries.
    bool json{false};
    bool all{false};         ///< freeze, unfreeze: every connection.
    bool everything{false};  ///< freeze: nothing is signed at all.
    std::string account{};   ///< unfreeze: whose code stands on standard input.
    std::string action{};    ///< limits: show or set.
    std::string search{};    ///< pairs: part of the pair.
    bool closed{false};      ///< pairs: only those on which nothing is opened.
};

int connections_add(const ConnectionsOptions& options);
int connections_again(const ConnectionsOptions& options);
int connections_list(const ConnectionsOptions& options);
int connections_show(const ConnectionsOptions& options);
int connections_history(const ConnectionsOptions& options);
int connections_test(const ConnectionsOptions& options);
int connections_pairs(const ConnectionsOptions& options);
int connections_rename(const ConnectionsOptions& options);
int connections_family(const ConnectionsOptions& options);
int connections_rotate(const ConnectionsOptions& options);
int connections_roll_back(const ConnectionsOptions& options);
int connections_ask_old_key(const ConnectionsOptions& options);
int connections_forget_old_key(const ConnectionsOptions& options);
int connections_disable(const ConnectionsOptions& options);
int connections_enable(const ConnectionsOptions& options);
int connections_remove(const ConnectionsOptions& options);
// limits_command.cpp
int connections_freeze(const ConnectionsOptions& options);
int connections_unfreeze(const ConnectionsOptions& options);
int connections_limits(const ConnectionsOptions& options);

}  // namespace bf::app
