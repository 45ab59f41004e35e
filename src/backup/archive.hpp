// Files one behind the other in the plain text of a stream: for each the mark 1, its name, blocks of its content (length, bytes; length 0
// ends them), and how many zero bytes follow the content (a journal's segments are mostly zeros). After the last the mark 0 and the number of
// files. What is in it, and whether it is whole, the stream around it has proven; names are checked all the same, since they become paths.
//
// Pure: bytes in, events out, in any slicing.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace bf::backup {

inline constexpr std::size_t kBlockMax = 64 * 1024;
/// More zeros than any segment has: a file that says it is huge must not fill a disk.
inline constexpr std::uint64_t kZerosMax = 64ULL * 1024 * 1024;

/// A relative path of plain parts: letters, digits and . _ - in each, no part beginning with a dot, at most 200 characters.
bool is_plain_path(std::string_view name);

/// Appends to a string that its owner empties.
class ArchiveWriter {
public:
    explicit ArchiveWriter(std::string& out) : out_{out} {}
    void begin(std::string_view name);
    void bytes(std::string_view content);
    void end(std::uint64_t zeros = 0);
    /// A whole small file.
    void file(std::string_view name, std::string_view content);
    void finish();
    [[nodiscard]] std::uint32_t files() const { return files_; }

private:
    std::string& out_;
    std::uint32_t files_{0};
};

class ArchiveEvents {
public:
    virtual ~ArchiveEvents() = default;
    virtual Status on_file(std::string_view name) = 0;
    virtual Status on_bytes(std::string_view content) = 0;
    virtual Status on_end(std::uint64_t zeros) = 0;
};

class ArchiveReader {
public:
    explicit ArchiveReader(ArchiveEvents& events) : events_{events} {}
    /// Stops at the first error, the events' own among them.
    Status read(std::string_view bytes);
    Status finish() const;
    [[nodiscard]] std::uint32_t files() const { return static_cast<std::uint32_t>(names_.size()); }

private:
    enum class Expect : std::uint8_t { mark, name, block, zeros, count, nothing };
    Result<bool> step();
    std::string_view take(std::size_t size);

    ArchiveEvents& events_;
    std::set<std::string, std::less<>> names_;
    std::string waiting_;
    std::size_t at_{0};
    Expect expect_{Expect::mark};
};

}  // namespace bf::backup
