// What a process gives up about itself before it holds anything worth taking, and the one limit that it raises while it still can.
#pragma once
#include "sandbox/feature.hpp"

namespace bf::sandbox {

/// Neither /proc/PID/mem nor ptrace for other processes of our user.
Feature not_dumpable();
Feature no_core();
/// Also what an ordinary user must give before a filter of system calls.
Feature no_new_privileges();
/// Closes everything but standard error and `keep` (-1: nothing else); standard input and output become /dev/null.
Feature foreign_descriptors_closed(int keep);
/// All memory, where the limit allows it.
Feature memory_locked();
/// A network namespace without a device but a loopback: of our own making (root, or where users may make namespaces), or the service manager's.
Feature own_network();

/// Most systems start a process with room for 1,024 open files: up to kDescriptors, as far as the hard limit goes.
inline constexpr unsigned kDescriptors = 16384;
void raise_descriptor_limit();

}  // namespace bf::sandbox
