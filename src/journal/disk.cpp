#include "journal/disk.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::journal {
namespace {

constexpr const char* kReadyName = "next-segment";
constexpr std::size_t kChunk = 1U << 20;

Unexpected<Error> failed(const std::string& what, const std::string& path) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    const bool no_descriptors = reason == EMFILE || reason == ENFILE;
    return Unexpected{Error{ErrorKind::io, what + " " + path + " failed: " + (full ? "the disk is full" : std::strerror(reason)) + ".",
                            Fate::not_sent, full ? kDiskFull : no_descriptors ? kNoDescriptors : "journal_unwritable"}};
}

class DiskFile final : public File {
public:
    DiskFile(int fd, std::string path, std::uint64_t size) : fd_{fd}, path_{std::move(path)}, size_{size} {}
    ~DiskFile() override { ::close(fd_); }
    DiskFile(const DiskFile&) = delete;
    DiskFile& operator=(const DiskFile&) = delete;

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    Status read(std::uint64_t offset, std::span<char> to) override {
        for (std::size_t done = 0; done < to.size();) {
            const auto got = ::pread(fd_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return failed("Reading", path_);
            done += static_cast<std::size_t>(got);
        }
        return {};
    }

    Status write(std::uint64_t offset, std::string_view bytes) override {
        for (std::size_t done = 0; done < bytes.size();) {
            const auto put = ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return failed("Writing", path_);
            done += static_cast<std::size_t>(put);
        }
        return {};
    }

    Status sync() override {
        // Never repeated: after a failure the kernel may have dropped what it could not write, and would say yes the second time.
        if (::fdatasync(fd_) != 0) return failed("Syncing", path_);
        return {};
    }

private:
    int fd_;
    std::string path_;
    std::uint64_t size_;
};

Status fill_with_zeros(const std::string& path, std::uint64_t size) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed("Making", path);
    DiskFile file{fd, path, size};
    const std::string zeros(kChunk, '\0');
    for (std::uint64_t at = 0; at < size; at += kChunk)
        BF_TRY_VOID(file.write(at, std::string_view{zeros}.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size - at)))));
    if (::fsync(fd) != 0) return failed("Syncing", path);
    return {};
}

}  // namespace

DiskFolder::DiskFolder(std::string path, std::uint64_t ready_size) : path_{std::move(path)}, ready_size_{ready_size} {
    if (ready_size_ > 0) maker_ = std::thread{[this] { keep_ready(); }};
}

DiskFolder::~DiskFolder() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    changed_.notify_all();
    if (maker_.joinable()) maker_.join();
    // Half of one may be there: it is made anew at the next start.
    if (ready_size_ > 0) ::unlink(in_folder(kReadyName).c_str());
}

void DiskFolder::keep_ready() {
    std::unique_lock lock{mutex_};
    while (!stopped_) {
        wanted_ = false;
        lock.unlock();
        const bool made = fill_with_zeros(in_folder(kReadyName), ready_size_).has_value();
        lock.lock();
        // A full disk is told by whoever needs the file: create() makes it then itself, and another is tried for afterwards.
        ready_ = made;
        // One that stands there is never begun anew: it could be given its name while it is filled, and the zeros would go over what was written since.
        changed_.wait(lock, [this] { return stopped_ || (wanted_ && !ready_); });
    }
}

Result<std::vector<std::string>> DiskFolder::list() {
    DIR* const folder = ::opendir(path_.c_str());
    if (folder == nullptr) return failed("Reading the folder", path_);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    ::closedir(folder);
    return names;
}

Result<std::unique_ptr<File>> DiskFolder::open(const std::string& name) {
    const auto path = in_folder(name);
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct stat about {};
    if (fd < 0) {
        const bool none = errno == ENOENT;
        auto refused = failed("Opening", path);
        if (none) refused.error.kind = ErrorKind::not_found;
        return refused;
    }
    if (::fstat(fd, &about) != 0) {
        auto error = failed("Opening", path);
        ::close(fd);
        return error;
    }
    return std::unique_ptr<File>{std::make_unique<DiskFile>(fd, path, static_cast<std::uint64_t>(about.st_size))};
}

Result<std::unique_ptr<File>> DiskFolder::create(const std::string& name, std::uint64_t size) {
    const auto path = in_folder(name);
    bool named = false;
    if (size == ready_size_) {
        const std::lock_guard lock{mutex_};
        if (ready_) named = ::rename(in_folder(kReadyName).c_str(), path.c_str()) == 0;
        ready_ = false;
        wanted_ = true;
    }
    changed_.notify_all();
    if (!named) {
        // It gets its name when it is whole: who dies in between, or meets a full disk, leaves no half of one.
        const auto unnamed = in_folder("." + name + ".new");
        if (auto filled = fill_with_zeros(unnamed, size); !filled) {
            ::unlink(unnamed.c_str());
            return Unexpected{std::move(filled.error())};
        }
        if (::rename(unnamed.c_str(), path.c_str()) != 0) return failed("Naming", path);
    }
    BF_TRY_VOID(sync_names());
    return open(name);
}

Status DiskFolder::remove(const std::string& name) {
    if (::unlink(in_folder(name).c_str()) != 0 && errno != ENOENT) return failed("Removing", in_folder(name));
    return sync_names();
}

Status DiskFolder::sync_names() const {
    const int fd = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed("Opening the folder", path_);
    const bool synced = ::fsync(fd) == 0;
    auto error = failed("Syncing the folder", path_);
    ::close(fd);
    if (!synced) return error;
    return {};
}

}  // namespace bf::journal
