// Makes the process a poor target before it holds anything worth taking: unreadable by its neighbours, without core files, without
// new sockets or programs, its memory kept from the swap. Every measure is tried and reported as found, never assumed.
#pragma once
#include "signer/protocol.hpp"

#include <vector>

namespace bf::signer {

/// Applies what the kernel allows, keeps open only standard error and `socket`, and names the process. Fails only if a measure that
/// must hold does not: not dumpable, no core file, no new privileges, no foreign descriptors.
///
/// The allow-list of system calls (seccomp) and the file rules (Landlock) belong at the end of this function, after everything that
/// needs more than the running signer does.
Result<std::vector<Feature>> harden(int socket);

}  // namespace bf::signer
