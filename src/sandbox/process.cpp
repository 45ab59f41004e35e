#include "sandbox/process.hpp"

#include "base/sanitized.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bf::sandbox {
namespace {

std::string reason() { return std::strerror(errno); }

/// As a service manager leaves it (systemd's PrivateNetwork=). By the kernel's own list, not the C library's, which opens a socket of netlink.
bool only_loopback() {
    std::ifstream devices{"/proc/self/net/dev"};
    std::string line;
    int found = 0;
    while (std::getline(devices, line)) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;  // The two lines of headings.
        const auto name = line.substr(0, colon);
        if (name.substr(name.find_last_of(' ') + 1) != "lo") return false;
        ++found;
    }
    return found == 1;
}

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
    constexpr const char* kName = "empty_network_namespace";
    if (::unshare(CLONE_NEWNET) == 0) return {kName, true, "no network device is there"};
    const auto refused = reason();
    if (only_loopback()) return {kName, true, "no network device is there but its own loopback"};
    return {kName, false, "needs CAP_SYS_ADMIN: " + refused};
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, kDescriptors));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bf::sandbox
