// The signer as a process: hardened, holding the vault, answering on one socket until it is told to stop. Called by a hidden
// subcommand in a child of `serve` and `check`; the parent makes the socket and asks for the child's end with its own
// (PR_SET_PDEATHSIG), since only it knows whose child that is.
#pragma once
#include "signer/service.hpp"

namespace bf::signer {

struct Options {
    enum class Socket : std::uint8_t {
        listening,  ///< Serves every process of our own user that connects, until killed.
        connected,  ///< Serves one peer and ends with it.
    };
    int socket{-1};  ///< An inherited descriptor, SOCK_SEQPACKET.
    Socket kind{Socket::connected};
    CallsOf calls_of;
    Policy& policy;
    const ports::Clock& clock;
    std::optional<VaultPlace> vault{};  ///< None: keys are only held in memory, as `check` does.
};

/// Returns the process's exit status: 0 when the connected peer went, else 3 with a sentence on standard error.
int run(const Options& options);

}  // namespace bf::signer
