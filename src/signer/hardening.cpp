#include "signer/hardening.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bf::signer {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::string reason() { return std::strerror(errno); }

Feature not_dumpable() {
    // Also makes /proc/PID/mem and ptrace root's alone: other processes of the same user can't look in.
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

Feature foreign_descriptors_closed(int socket) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    bool on = null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 && ::dup2(null, STDOUT_FILENO) >= 0;
    const auto keep = static_cast<unsigned>(socket < 0 ? STDERR_FILENO : socket);
    if (keep > 3) on = ::syscall(SYS_close_range, 3U, keep - 1, 0U) == 0 && on;
    on = ::syscall(SYS_close_range, keep + 1, ~0U, 0U) == 0 && on;
    return {"foreign_descriptors_closed", on, on ? "it holds its socket and standard error, nothing of its parent's" : reason()};
}

Feature own_network() {
    const bool on = ::unshare(CLONE_NEWNET) == 0;
    return {"empty_network_namespace", on, on ? "no network device is there" : "needs CAP_SYS_ADMIN: " + reason()};
}

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the filter of system calls has to be told this processor's number"
#endif

/// A short deny-list: what a signer never does and an intruder would do first. The complete allow-list is another, larger filter.
Feature no_sockets_no_programs() {
    constexpr unsigned kDenied[] = {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_execve, SYS_execveat,
                                    SYS_io_uring_setup, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev};
    constexpr auto kCount = std::size(kDenied);
    sock_filter program[kCount + 7]{};
    std::size_t n = 0;
    const auto put = [&](sock_filter step) { program[n++] = step; };
    const auto jump = [](unsigned kind, unsigned value, std::size_t yes, std::size_t no) {
        return sock_filter{static_cast<std::uint16_t>(BPF_JMP | kind | BPF_K), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no), value};
    };
    put(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
    put(jump(BPF_JEQ, kArchitecture, 1, 0));
    put(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    put(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    // The x32 calls of x86-64 have numbers of their own, from this bit on.
    put(jump(BPF_JGE, 0x40000000U, kCount + 1, 0));
    for (std::size_t i = 0; i < kCount; ++i) put(jump(BPF_JEQ, kDenied[i], kCount - i, 0));
    put(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    put(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    const sock_fprog filter{static_cast<unsigned short>(n), program};
    const bool on = ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
    return {"no_sockets_no_programs", on, on ? "it can't open a socket, start a program or look into another process" : reason()};
}

}  // namespace

Result<std::vector<Feature>> harden(int socket) {
    ::prctl(PR_SET_NAME, "bf-signer", 0, 0, 0);
    std::vector<Feature> features{no_new_privileges(), not_dumpable(), no_core(), foreign_descriptors_closed(socket)};
    for (const auto& must : features)
        if (!must.on)
            return Unexpected{Error{ErrorKind::denied, "the signer does not start: the system refuses \"" + must.name + "\" (" + must.detail + ")"}};
    features.push_back(memory_locked());
    return features;
}

void seal_off(std::vector<Feature>& features) {
    features.push_back(own_network());
    features.push_back(no_sockets_no_programs());
}

}  // namespace bf::signer
