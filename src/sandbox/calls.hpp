// The system calls a process may still make (seccomp). What is not listed is refused by the kernel, whoever has taken over the process.
//
// Calls go by their names, since numbers differ between processors and some calls exist on one only; a name this processor does not
// have is left out. The filter holds for every thread that is there and every one to come, and can only ever be tightened.
#pragma once
#include "sandbox/feature.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bf::sandbox {

/// One allowed call. With a condition only if the argument, under the mask, has the value.
struct Call {
    static constexpr int kAnyway = -1;
    std::string_view name{};
    int argument{kAnyway};
    std::uint64_t value{0};
    std::uint64_t mask{~std::uint64_t{0}};
};

struct CallRules {
    std::vector<Call> allowed;
    /// Answered with "no such call": the C library asks for these first and has another way.
    std::vector<std::string_view> absent;
    /// Kills the process although others are only refused: what an intruder does first.
    std::vector<std::string_view> fatal;
    enum class Otherwise : std::uint8_t {
        kill,    ///< The process ends: for one that holds secrets.
        refuse,  ///< "No such call": for one whose end would cost more than the call.
    } otherwise{Otherwise::kill};
};

/// Puts the filter in force. Needs no_new_privileges() before, unless it is root's. `on` says whether it holds.
Feature only_listed_calls(const CallRules& rules);

/// What no process of ours ever does: other programs, other processes' memory, mounts, kernel modules, io_uring.
std::span<const std::string_view> hostile_calls();

}  // namespace bf::sandbox
