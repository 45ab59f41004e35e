// The one place where candles meet the disk: files mapped into memory, files written whole or not at all, a folder held by one writer.
// Everything else about candles works on bytes.
#pragma once
#include "base/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

/// A file's bytes, read-only, as the system brings them in. At least kReadable zero bytes can be read behind the end, so that a reader may
/// take words at a time. A file that is replaced meanwhile (as write_whole does) stays as it was for who has it mapped.
class MappedFile {
public:
    static constexpr std::size_t kReadable = 4096;
    /// `not_found` where there is none.
    static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(memory_), size_}; }

private:
    MappedFile(void* memory, std::size_t size, std::size_t mapped) : memory_{memory}, size_{size}, mapped_{mapped} {}
    void* memory_;
    std::size_t size_, mapped_;
};

/// Writes a new file beside `path`, has it reach the disk, and gives it the name: after a crash there is the old file or the new one, whole.
/// 0600. What a crash leaves begins with kUnfinished.
Status write_whole(const std::string& path, std::span<const std::string_view> pieces);
inline constexpr std::string_view kUnfinished = ".unfinished-";

/// Holds a folder for one writer at a time, of all programs; waits for the other to finish. Made 0700 if it is missing.
class FolderLock {
public:
    static Result<FolderLock> take(const std::string& folder);
    ~FolderLock();
    FolderLock(FolderLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    FolderLock& operator=(FolderLock&&) = delete;

private:
    explicit FolderLock(int fd) : fd_{fd} {}
    int fd_;
};

/// Names in it that don't begin with a point, sorted; none where the folder is missing.
Result<std::vector<std::string>> list_folder(const std::string& folder);
/// With the name itself gone from the disk. `not_found` where there is none.
Status remove_file(const std::string& path);
/// Files that a killed writer left. Under the lock.
void sweep_unfinished(const std::string& folder);

}  // namespace bf::backtest
