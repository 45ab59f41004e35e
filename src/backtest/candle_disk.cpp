#include "backtest/candle_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::backtest {
namespace {

Unexpected<Error> failed(const std::string& what, const std::string& path) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    const auto kind = reason == ENOENT ? ErrorKind::not_found : ErrorKind::io;
    return Unexpected{Error{kind, what + " " + path + " failed: " + (full ? "the disk is full" : std::strerror(reason)) + ".", Fate::not_sent, full ? "disk_full" : "candles_unreadable"}};
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

Status sync_folder(const std::string& folder) {
    const Descriptor fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed("Syncing the folder", folder);
    return {};
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto put = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), 1U << 30));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return failed("Writing", path);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Status write_and_sync(const std::string& path, std::span<const std::string_view> pieces) {
    const Descriptor fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (fd.get() < 0) return failed("Making", path);
    for (const auto piece : pieces) BF_TRY_VOID(write_all(fd.get(), piece, path));
    // Never repeated: after a failure the kernel may have dropped what it could not write, and would say yes the second time.
    if (::fsync(fd.get()) != 0) return failed("Syncing", path);
    return {};
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
    const Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (fd.get() < 0) return failed("Opening", path);
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0) return failed("Opening", path);
    if (!S_ISREG(about.st_mode)) return bad_input(path + " is no file.");
    const auto size = static_cast<std::size_t>(about.st_size);
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto whole_pages = (size + page - 1) / page * page;
    const auto mapped = whole_pages + std::max(page, kReadable);
    // Pages of nothing first, the file over their beginning: the rest of its last page and what follows reads as zeros.
    void* const memory = ::mmap(nullptr, mapped, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return failed("Mapping", path);
    if (size > 0 && ::mmap(memory, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd.get(), 0) == MAP_FAILED) {
        auto error = failed("Mapping", path);
        ::munmap(memory, mapped);
        return error;
    }
    return std::shared_ptr<const MappedFile>{new MappedFile{memory, size, mapped}};
}

MappedFile::~MappedFile() { ::munmap(memory_, mapped_); }

Status write_whole(const std::string& path, std::span<const std::string_view> pieces) {
    const auto folder = folder_of(path);
    const auto unfinished = folder + "/" + std::string{kUnfinished} + std::to_string(::getpid()) + "-" + path.substr(path.rfind('/') + 1);
    if (auto written = write_and_sync(unfinished, pieces); !written) {
        ::unlink(unfinished.c_str());
        return written;
    }
    if (::rename(unfinished.c_str(), path.c_str()) != 0) {
        auto error = failed("Naming", path);
        ::unlink(unfinished.c_str());
        return error;
    }
    return sync_folder(folder);
}

Result<FolderLock> FolderLock::take(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("Making the folder", folder);
    const auto path = folder + "/.lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failed("Opening", path);
    FolderLock lock{fd};
    while (::flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) return failed("Locking", path);
    return lock;
}

FolderLock::~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
}

Result<std::vector<std::string>> list_folder(const std::string& folder) {
    std::vector<std::string> names;
    DIR* const opened = ::opendir(folder.c_str());
    if (opened == nullptr) {
        if (errno == ENOENT) return names;
        return failed("Reading the folder", folder);
    }
    while (const dirent* entry = ::readdir(opened))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    ::closedir(opened);
    std::sort(names.begin(), names.end());
    return names;
}

Status remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return failed("Removing", path);
    return sync_folder(folder_of(path));
}

void sweep_unfinished(const std::string& folder) {
    DIR* const opened = ::opendir(folder.c_str());
    if (opened == nullptr) return;
    std::vector<std::string> left;
    while (const dirent* entry = ::readdir(opened))
        if (std::string_view{entry->d_name}.starts_with(kUnfinished)) left.emplace_back(entry->d_name);
    ::closedir(opened);
    for (const auto& name : left) ::unlink((folder + "/" + name).c_str());
}

}  // namespace bf::backtest
