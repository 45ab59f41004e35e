// A journal's folder copied while its journal goes on being written: all segments that hold records up to one that is durable, and of the last
// one nothing behind it. Any beginning of a journal is a journal.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bf::app {

class JournalCopy {
public:
    /// Holds the segments that are there now: what a checkpoint forgets meanwhile can be read all the same.
    static Result<JournalCopy> open(const std::string& folder);
    JournalCopy(JournalCopy&&) noexcept = default;
    JournalCopy& operator=(JournalCopy&&) = delete;
    ~JournalCopy();

    /// Hands on each segment's name, what stands in it, and how many zero bytes follow. `last`: the record to end with, which is durable by now;
    /// nothing: all there is, of a journal that nobody writes. `damaged` when a record up to `last` is not as it was written.
    using Take = std::function<Status(const std::string& name, std::string_view bytes, std::uint64_t zeros)>;
    Status copy(std::optional<std::uint64_t> last, const Take& take);

    /// Holds those that are new since: to be called where the databases are pinned. Between two that do not follow each other some came and
    /// were forgotten; what stands before them is not needed by a database of now either.
    Status hold();
    /// Holds those that came while what the databases know of went to the disk: to be called as soon as it is there, before they are forgotten, too.
    Status hold_new();

private:
    explicit JournalCopy(std::string folder) : folder_{std::move(folder)} {}
    std::string folder_;
    std::map<std::string, int> segments_;  ///< Open descriptors by name, which sorts by number.
};

/// Whether the name is a segment's.
bool is_segment(std::string_view name);

}  // namespace bf::app
