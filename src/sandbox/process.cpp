#include "sandbox/process.hpp"

#include "base/sanitized.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bf::sandbox {
namespace {

std::string reason() { return std::strerror(errno); }

}  // namespace

Feature not_dumpable() {
    const bool on = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    return {"not_dumpable", on, on ? "other processes of this user can't read its memory" : reason()};
}

Feature no_core() {
    const rlimit none{0, 0};
    const bool on = ::setrlimit(RLIMIT_CORE, &none) == 0;
    return {"no_core", on, on ? "a crash leaves no core file" : reason()};
}

Feature no_new_privileges() {
    const bool on = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    return {"no_new_privileges", on, on ? "no program it could start gains rights" : reason()};
}

Feature foreign_descriptors_closed(int keep_open) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    bool on = null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 && ::dup2(null, STDOUT_FILENO) >= 0;
    const auto keep = static_cast<unsigned>(keep_open < 0 ? STDERR_FILENO : keep_open);
    if (keep > 3) on = ::syscall(SYS_close_range, 3U, keep - 1, 0U) == 0 && on;
    on = ::syscall(SYS_close_range, keep + 1, ~0U, 0U) == 0 && on;
    return {"foreign_descriptors_closed", on, on ? "it holds its socket and standard error, nothing of its parent's" : reason()};
}

Feature memory_locked() {
    if (kSanitized) return {"memory_locked", false, "a sanitizer build maps more than can be locked"};
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
    // With a limit, locking all future memory would turn every allocation beyond it into a failure. libsodium then still locks the
    // pages of each secret.
    const bool unlimited = limit.rlim_cur == RLIM_INFINITY || ::geteuid() == 0;
    if (unlimited && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return {"memory_locked", true, "nothing of it reaches the swap"};
    return {"memory_locked", false, "only the pages of secrets are locked, up to " + std::to_string(limit.rlim_cur / 1024) + " KiB (RLIMIT_MEMLOCK)"};
}

Feature own_network() {
    const bool on = ::unshare(CLONE_NEWNET) == 0;
    return {"empty_network_namespace", on, on ? "no network device is there" : "needs CAP_SYS_ADMIN: " + reason()};
}

}  // namespace bf::sandbox
