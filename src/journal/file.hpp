// What the journal needs of a disk. A real one is in disk.hpp; the simulation's tears and loses writes.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bf::journal {

inline constexpr const char* kDiskFull = "disk_full";            ///< An Error's code: there may be room again.
inline constexpr const char* kNoDescriptors = "no_descriptors";  ///< Likewise: too many files are open.

/// A file of fixed size, written ahead with zeros.
class File {
public:
    virtual ~File() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    virtual Status read(std::uint64_t offset, std::span<char> to) = 0;
    /// On the disk for certain only when the next sync() succeeded.
    virtual Status write(std::uint64_t offset, std::string_view bytes) = 0;
    virtual Status sync() = 0;
};

class Folder {
public:
    virtual ~Folder() = default;
    virtual Result<std::vector<std::string>> list() = 0;
    /// Fails with `not_found` where there is none of that name, and with the code kNoDescriptors where only the process lacks room for one more.
    virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;
    /// A new file of `size` zeros, durable together with its name when this returns.
    virtual Result<std::unique_ptr<File>> create(const std::string& name, std::uint64_t size) = 0;
    virtual Status remove(const std::string& name) = 0;
};

}  // namespace bf::journal
