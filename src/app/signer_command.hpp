// `backfuture signer`: the signer alone, under a user of its own, started by the service manager. `serve --signer-socket` asks it.
#pragma once
#include <string>

namespace bf::app {

struct SignerOptions {
    std::string data;
    std::string socket;       ///< In a folder that the engine's user may enter through our group.
    std::string engine_user;  ///< Name or number. Besides our own the only user who is answered, but root.
    bool json_log{false};
};

/// Runs until it is killed.
int signer(const SignerOptions& options);

}  // namespace bf::app
