// The three processes of a running BackFuture, each entered through a hidden subcommand by the supervisor, and what they are told.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bf::app {

inline constexpr int kReadyFd = 3;   ///< Where web and engine report that they are up, one line, and then that they are alive.
inline constexpr int kSignerFd = 3;  ///< A signer that serves its parent alone: its end of the socket pair.

/// The engine's folders beneath the data folder: made before its sandbox is shut, and what a backup carries.
inline constexpr const char* kEngineFolders[] = {"journal", "paper", "candles", "sweeps"};

struct ProcessOptions {
    std::string data;
    std::string store_url;  ///< Empty: SQLite in the data folder.
    std::string listen{"127.0.0.1:8420"};
    std::vector<std::string> exchange_urls;  ///< "kucoin=http://127.0.0.1:8500/kucoin"
    std::vector<std::string> hosts;          ///< Further names the dashboard may be reached under.
    std::string demo_admin;                  ///< The simulator's admin URL; empty outside the demo.
    std::string extra_ca_file;
    std::string address_echo;  ///< A URL that answers with our address; empty: only exchanges are asked.
    int keep_blocked{365};  ///< Days that blocked signals and alarms that were seen are kept; 0: for good.
    bool json_log{false};
    std::string tls_certificate;  ///< PEM files of the dashboard's own TLS; empty: plain HTTP, on loopback or behind a proxy only.
    std::string tls_key;
    bool tls_self_signed{false};
    bool behind_tls_proxy{false};
    std::string breached_passwords;  ///< A sorted list of hashes (server/breached_passwords.hpp); empty: there is none.
    /// Where a signer with a user of its own answers, and as whom (name or number). Empty: `serve` starts one, which runs as itself.
    std::string signer_at, signer_user;
    bool one_peer{false};   ///< The signer: serves its parent alone, on kSignerFd.
    bool restoring{false};  ///< The signer: takes a backup in, into an empty folder.
};

int engine_process(const ProcessOptions& options);
int web_process(const ProcessOptions& options);
/// With an empty `data`: keys in memory only, one connected peer on kSignerFd (for `check`).
int signer_process(const ProcessOptions& options);

inline std::string engine_socket(const std::string& data) { return data + "/run/engine.sock"; }
/// Where the web process waits for the engine: it can't connect to anything itself.
inline std::string dashboard_socket(const std::string& data) { return data + "/run/dashboard.sock"; }
/// Where the web process takes the command line's questions about accounts.
inline std::string web_socket(const std::string& data) { return data + "/run/web.sock"; }
inline std::string signer_socket(const std::string& data) { return data + "/run/signer.sock"; }

}  // namespace bf::app
