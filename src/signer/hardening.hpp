// Makes the process a poor target before it holds anything worth taking: unreadable by its neighbours, without core files, without
// new sockets or programs, its memory kept from the swap. Every measure is tried and reported as found, never assumed.
#pragma once
#include "sandbox/calls.hpp"
#include "signer/protocol.hpp"

#include <filesystem>
#include <vector>

namespace bf::signer {

/// First thing: names the process and closes what came from its parent, but for standard error and `kept` (-1: none), its socket or a lock. Fails if a
/// measure that must hold does not: not dumpable, no core file, no new privileges, no foreign descriptors.
Result<std::vector<Feature>> harden(int kept);

/// Last thing before the first message, when the vault is open and the socket listens: from here on it reaches the files beneath
/// `folders` only (one that is not there is none) and makes the calls of signer_calls() only. Fails if the calls can't be limited.
Status seal_off(std::vector<Feature>& features, const std::vector<std::filesystem::path>& folders);

/// All it may ask of the kernel once it is sealed off; any other call ends it.
sandbox::CallRules signer_calls();

}  // namespace bf::signer
