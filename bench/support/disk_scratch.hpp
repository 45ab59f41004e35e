// A folder on the disk, beside the benchmark's program, gone after it: what waits for a disk is not measured in memory.
#pragma once
#include <cstdlib>
#include <filesystem>

namespace bf::bench {

class DiskScratch {
public:
    DiskScratch() {
        auto name = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "backfuture-bench-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    DiskScratch(const DiskScratch&) = delete;
    DiskScratch& operator=(const DiskScratch&) = delete;
    ~DiskScratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace bf::bench
