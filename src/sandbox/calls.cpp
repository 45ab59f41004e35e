#include "sandbox/calls.hpp"

#include "base/sanitized.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <seccomp.h>

namespace bf::sandbox {
namespace {

constexpr std::string_view kHostile[] = {
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount",
    "fsconfig", "fspick", "mount_setattr", "unshare", "setns", "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "keyctl", "add_key", "request_key", "open_by_handle_at",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset",
};

struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

/// Adds one rule; a call that this processor or this libseccomp does not know can't be made either.
int add(void* context, std::uint32_t action, std::string_view name, const scmp_arg_cmp* condition) {
    const int number = seccomp_syscall_resolve_name(std::string{name}.c_str());
    if (number < 0) return 0;
    return condition == nullptr ? seccomp_rule_add(context, action, number, 0) : seccomp_rule_add_array(context, action, number, 1, condition);
}

int build(void* context, const CallRules& rules) {
    const bool kills = rules.otherwise == CallRules::Otherwise::kill;
    // One filter for all threads, also those that are there already.
    int failed = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
    // A binary tree of the numbers: fewer steps than a list for each call.
    if (failed == 0) failed = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (const auto& call : rules.allowed) {
        if (failed != 0) return failed;
        const scmp_arg_cmp condition{static_cast<unsigned>(std::max(call.argument, 0)), SCMP_CMP_MASKED_EQ, call.mask, call.value};
        failed = add(context, SCMP_ACT_ALLOW, call.name, call.argument == Call::kAnyway ? nullptr : &condition);
    }
    if (kills)
        for (const auto name : rules.absent)
            if (failed == 0) failed = add(context, SCMP_ACT_ERRNO(ENOSYS), name, nullptr);
    if (!kills)
        for (const auto name : rules.fatal)
            if (failed == 0) failed = add(context, SCMP_ACT_KILL_PROCESS, name, nullptr);
    return failed != 0 ? failed : seccomp_load(context);
}

}  // namespace

Feature only_listed_calls(const CallRules& rules) {
    if (kSanitized) return {"only_listed_calls", false, "a sanitizer makes system calls of its own"};
    const bool kills = rules.otherwise == CallRules::Otherwise::kill;
    const Context context{seccomp_init(kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(ENOSYS))};
    if (!context) return {"only_listed_calls", false, "the system knows no filter of system calls"};
    const int failed = build(context.get(), rules);
    if (failed != 0) return {"only_listed_calls", false, std::strerror(-failed)};
    std::vector<std::string_view> names;
    for (const auto& call : rules.allowed) names.push_back(call.name);
    std::sort(names.begin(), names.end());
    const auto count = std::unique(names.begin(), names.end()) - names.begin();
    return {"only_listed_calls", true, "it can make " + std::to_string(count) + " system calls; any other " + (kills ? "ends it" : "is refused")};
}

std::span<const std::string_view> hostile_calls() { return kHostile; }

}  // namespace bf::sandbox
