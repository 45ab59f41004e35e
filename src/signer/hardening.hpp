// Makes the process a poor target before it holds anything worth taking: unreadable by its neighbours, without core files, without
// new sockets or programs, its memory kept from the swap. Every measure is tried and reported as found, never assumed.
#pragma once
#include "signer/protocol.hpp"

#include <vector>

namespace bf::signer {

/// First thing: names the process and closes what came from its parent, but for standard error and `socket` (-1: none). Fails if a
/// measure that must hold does not: not dumpable, no core file, no new privileges, no foreign descriptors.
Result<std::vector<Feature>> harden(int socket);

/// Last thing before the first message, when the vault is open and the socket listens: gives up the right to do such things.
/// The allow-list of system calls (seccomp) and the file rules (Landlock) belong here, beside the short deny-list that is here.
void seal_off(std::vector<Feature>& features);

}  // namespace bf::signer
