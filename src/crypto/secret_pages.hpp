// Where secrets lie: in libsodium's guarded memory, or, once a process has asked for it and the kernel has them, in pages that the kernel
// itself can't see (memfd_secret(2)): no debugger, no /proc/PID/mem and no flaw that reads the kernel's memory finds them, not even root's.
#pragma once
#include "base/error.hpp"

#include <cstddef>

namespace bf::crypto {

/// From here on secrets of up to a page lie in such pages, one in each, between pages that nobody may touch. To be called before the first
/// thread and before system calls are limited. Fails with the system's reason where the kernel has none; secrets then stay where they were.
Status open_secret_pages();

/// Locked, left out of core files, not there in a child (or zero). The bytes end where a page does, so that reading on ends the process.
/// Throws bad_alloc.
void* allocate_secret(std::size_t size);
/// Wipes first. A byte written before the secret's own ends the process, if the page shows it.
void free_secret(void* bytes) noexcept;

}  // namespace bf::crypto
