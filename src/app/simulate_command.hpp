// `backfuture simulate`: simulated exchanges on a socket, until a signal ends them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bf::app {

struct SimulateOptions {
    std::string listen{"127.0.0.1:0"};
    std::vector<std::string> exchanges{"mexc", "kucoin"};
    std::uint64_t seed{1};
    std::string limits{"real"};  ///< real or off
    bool tls{false};
    bool json_log{false};
};

/// Prints one JSON line when ready; with TLS it has besides `ca_file`. Returns the exit status.
int simulate(const SimulateOptions& options);

}  // namespace bf::app
