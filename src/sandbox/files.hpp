// Which files, TCP ports and processes a process can still reach (Landlock), whatever its user may do. Holds for the thread that asks and
// those it makes later: ask before there are others. Kernels differ in how much of it they know; each part is reported as found.
#pragma once
#include "sandbox/feature.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bf::sandbox {

enum class FileUse : std::uint8_t {
    read,        ///< Files and folders beneath.
    read_write,  ///< Also make, cut and remove them.
};
/// A folder with all beneath it, or one file. One that is not there gives no right and is no mistake.
struct FileRule {
    std::string path;
    FileUse use{FileUse::read};
};

struct Fence {
    std::vector<FileRule> files;
    /// TCP ports it may connect to. None listed: no TCP connection at all.
    std::vector<std::uint16_t> tcp_ports;
    /// TCP ports it may still listen on; 0 stands for any that the system picks.
    std::vector<std::uint16_t> listen_ports{};
};

/// Features: own_files_only, tcp_fenced, signals_fenced. Starting programs is refused in any case where files are.
std::vector<Feature> fence_in(const Fence& fence);

/// The kernel's version of Landlock; 0 if it has none.
int landlock_version();

}  // namespace bf::sandbox
