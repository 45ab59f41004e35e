#include "app/journal_copy.hpp"

#include "journal/record.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

Unexpected<Error> io(const std::string& path) {
    return Unexpected{Error{ErrorKind::io, path + " can't be read: " + std::strerror(errno) + ".", Fate::not_sent, "unreadable"}};
}

Unexpected<Error> damaged(const std::string& name) {
    return Unexpected{Error{ErrorKind::damaged, "The journal is damaged (" + name + "): no backup was made of it.", Fate::not_sent, "journal_damaged"}};
}

Result<std::string> read_whole(int file, const std::string& path) {
    struct stat about {};
    if (::fstat(file, &about) != 0) return io(path);
    std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const auto got = ::pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return io(path);
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::uint64_t number_of(std::string_view name) { return std::strtoull(std::string{name.substr(name.rfind('-') + 1)}.c_str(), nullptr, 10); }

/// Where in the journal's records a walk through its segments stands.
struct Walk {
    std::uint64_t seed{0}, last{0};
    std::uint32_t previous{0};
    bool begun{false};
};

/// Where the records up to `to` end in the segment; nothing when it does not follow what came before.
std::optional<std::size_t> end_of_records(std::string_view bytes, Walk& walk, std::uint64_t to) {
    const auto header = journal::read_header(bytes.substr(0, std::min(bytes.size(), journal::kBlock)));
    if (!header) return std::nullopt;
    if (!std::exchange(walk.begun, true)) walk = {header->journal, header->first_sequence - 1, header->previous, true};
    if (header->journal != walk.seed || header->first_sequence != walk.last + 1 || header->previous != walk.previous) return std::nullopt;
    std::size_t at = journal::kBlock;
    while (walk.last < to) {
        const auto record = journal::read_record(bytes.substr(at), walk.seed);
        if (!record || record->sequence != walk.last + 1 || record->previous != walk.previous) break;
        walk.last = record->sequence;
        walk.previous = static_cast<std::uint32_t>(record->checksum);
        at += journal::record_size(record->payload.size());
    }
    return at;
}

}  // namespace

bool is_segment(std::string_view name) { return name.starts_with("journal-"); }

Result<JournalCopy> JournalCopy::open(const std::string& folder) {
    JournalCopy copy{folder};
    BF_TRY_VOID(copy.hold());
    return copy;
}

JournalCopy::~JournalCopy() {
    for (const auto& [name, file] : segments_) ::close(file);
}

Status JournalCopy::hold() {
    BF_TRY_VOID(hold_new());
    const auto gap = [](const auto& before, const auto& after) { return number_of(after.first) != number_of(before.first) + 1; };
    for (auto at = std::adjacent_find(segments_.begin(), segments_.end(), gap); at != segments_.end(); at = std::adjacent_find(segments_.begin(), segments_.end(), gap))
        for (const auto end = std::next(at); segments_.begin() != end; segments_.erase(segments_.begin())) ::close(segments_.begin()->second);
    return {};
}

Status JournalCopy::hold_new() {
    DIR* const listing = ::opendir(folder_.c_str());
    if (listing == nullptr) return io(folder_);
    Status held;
    while (const dirent* entry = ::readdir(listing)) {
        const std::string name = entry->d_name;
        // One that was forgotten before we began was not needed any more then; and only later ones are new.
        if (!is_segment(name) || segments_.contains(name) || (!segments_.empty() && name < segments_.begin()->first)) continue;
        const int file = ::open((folder_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file >= 0) segments_.emplace(name, file);
        if (file < 0 && errno != ENOENT) held = io(folder_ + "/" + name);
    }
    ::closedir(listing);
    return held;
}

Status JournalCopy::copy(std::optional<std::uint64_t> last, const Take& take) {
    // From here on a gap is one.
    Walk walk;
    for (const auto& [name, file] : segments_) {
        BF_TRY(const auto bytes, read_whole(file, folder_ + "/" + name));
        std::string_view kept = bytes;
        if (last) {
            if (walk.begun && walk.last >= *last) break;
            const auto end = end_of_records(bytes, walk, *last);
            if (!end) return Unexpected{damaged(name).error};
            kept = kept.substr(0, *end);
        }
        const auto content = kept.find_last_not_of('\0');
        kept = kept.substr(0, content == std::string_view::npos ? 0 : content + 1);
        BF_TRY_VOID(take(name, kept, bytes.size() - kept.size()));
    }
    if (last && walk.last < *last) return Unexpected{damaged(folder_).error};
    return {};
}

}  // namespace bf::app
