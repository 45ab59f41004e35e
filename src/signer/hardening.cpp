#include "signer/hardening.hpp"

#include "base/sanitized.hpp"
#include "crypto/secret_pages.hpp"
#include "sandbox/files.hpp"
#include "sandbox/process.hpp"

#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace bf::signer {
namespace {

Feature found(sandbox::Feature feature) { return {std::move(feature.name), feature.on, std::move(feature.detail)}; }

Unexpected<Error> stops(const Feature& must) {
    return Unexpected{Error{ErrorKind::denied, "the signer does not start: the system refuses \"" + must.name + "\" (" + must.detail + ")"}};
}

Feature secret_pages() {
    const auto opened = crypto::open_secret_pages();
    return {"secret_pages", opened.has_value(), opened ? "secrets lie where the kernel itself can't look, nor root's debugger" : "secrets lie in ordinary locked pages: " + opened.error().detail};
}

}  // namespace

Result<std::vector<Feature>> harden(int kept) {
    ::prctl(PR_SET_NAME, "bf-signer", 0, 0, 0);
    sandbox::raise_descriptor_limit();
    std::vector<Feature> features{found(sandbox::no_new_privileges()), found(sandbox::not_dumpable()), found(sandbox::no_core()),
                                  found(sandbox::foreign_descriptors_closed(kept))};
    for (const auto& must : features)
        if (!must.on) return stops(must);
    features.push_back(found(sandbox::memory_locked()));
    features.push_back(secret_pages());
    return features;
}

sandbox::CallRules signer_calls() {
    using sandbox::Call;
    sandbox::CallRules rules;
    rules.allowed = {
        // Its peers.
        {"accept4"}, {"recvfrom"}, {"sendto"}, {"getsockopt"}, {"setsockopt"}, {"fcntl"}, {"close"},
        // The vault's files; Landlock says which. Standard error is written to as well.
        {"openat"}, {"read"}, {"write"}, {"pread64"}, {"pwrite64"}, {"newfstatat"}, {"fsync"}, {"fdatasync"}, {"ftruncate"}, {"fchmod"},
        // Memory that can never become code.
        {"mmap", 2, 0, PROT_EXEC}, {"mprotect", 2, 0, PROT_EXEC}, {"munmap"}, {"madvise"}, {"mlock"}, {"munlock"}, {"brk"},
        // A thread for each peer, never another process, and its own end.
        {"clone", 0, CLONE_THREAD, CLONE_THREAD}, {"futex"}, {"set_robust_list"}, {"rseq"}, {"rt_sigaction"}, {"rt_sigprocmask"}, {"restart_syscall"},
        {"tgkill", 0, static_cast<std::uint64_t>(::getpid())}, {"exit"}, {"exit_group"},
        // Who and when it is, and dice.
        {"getpid"}, {"geteuid"}, {"clock_gettime"}, {"getrandom"},
#if defined(__x86_64__)
        {"poll"}, {"access"}, {"mkdir"}, {"unlink"}, {"rename"},
#else
        {"ppoll"}, {"faccessat"}, {"mkdirat"}, {"unlinkat"}, {"renameat"}, {"fstat"},
#endif
    };
    // clone3's flags lie in memory, where a filter can't look; the C library then takes clone. The others it can do without.
    rules.absent = {"clone3", "mremap", "fchown", "sched_getaffinity", "gettid", "statx", "faccessat2", "sysinfo", "prlimit64"};
    rules.otherwise = sandbox::CallRules::Otherwise::kill;
    return rules;
}

Status seal_off(std::vector<Feature>& features, const std::vector<std::filesystem::path>& folders) {
    features.push_back(found(sandbox::own_network()));
    sandbox::Fence fence;
    for (const auto& folder : folders) fence.files.push_back({folder.native(), sandbox::FileUse::read_write});
    for (auto& feature : sandbox::fence_in(fence)) features.push_back(found(std::move(feature)));
    features.push_back(found(sandbox::only_listed_calls(signer_calls())));
    if (!kSanitized && !features.back().on) return stops(features.back());
    return {};
}

}  // namespace bf::signer
