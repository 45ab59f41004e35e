// The signer as a process: hardened, holding the vault, answering until it is killed or left alone. Called by a hidden subcommand in a
// child of `serve` and `check`; the parent asks for the child's end with its own (PR_SET_PDEATHSIG), since only it knows whose child
// that is.
#pragma once
#include "signer/service.hpp"

#include <cstdint>
#include <sys/types.h>

namespace bf::signer {

/// What the log is told: something that is good to know, or that something is wrong.
enum class Saying : std::uint8_t { news, trouble };

struct Options {
    /// Where to listen, serving every process of our own user until killed. Empty: `socket` is used.
    std::string listen_at{};
    /// Another user whose processes are served as well, but for what is_of_its_own_user: the engine's, where the signer has a user of its own.
    std::optional<uid_t> guest{};
    int lock{-1};  ///< While listening: the descriptor that holds the data folder, kept open.
    /// An inherited descriptor, one end of a SOCK_SEQPACKET pair: serves that one peer and ends with it. The peer is done waiting for
    /// the start when the first `hello` is answered.
    int socket{-1};
    CallsOf calls_of;
    Policy& policy;
    const ports::Clock& clock;
    bool simulated_only{false};  ///< The demo: no real key is taken.
    bool limits{true};           ///< False only where their cost is measured, or the ledger is looked at alone.
    std::optional<VaultPlace> vault{};  ///< None: keys are only held in memory, as `check` does.
    /// Instead of standard error. `event` as in docs/reference/logs.md.
    void (*say)(Saying what, const char* event, const std::string& sentence){nullptr};
};

/// Returns the process's exit status: 0 when the peer of `socket` went, else 3 with a sentence on standard error.
int run(const Options& options);

}  // namespace bf::signer
