#include "crypto/secret_pages.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <new>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace bf::crypto {
namespace {

/// Only addresses: a page takes memory when it is first used. A signer holds about four secrets for a connection.
constexpr std::size_t kPages = 8192;

std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

/// Pages of a memfd_secret, each with a page behind it that can't be touched. None is ever given back: a file of this kind can't be cut.
class SecretPages {
public:
    SecretPages(int file, char* begin) : file_{file}, begin_{begin} {}

    /// Null when the system lets no more be locked.
    void* allocate(std::size_t size) {
        const std::lock_guard one{mutex_};
        if (free_.empty() && !map_another()) return nullptr;
        const auto index = free_.back();
        free_.pop_back();
        sizes_[index] = size;
        return page(index) + page_size() - size;
    }
    /// False: these bytes are none of ours.
    bool free(void* bytes) {
        const std::lock_guard one{mutex_};
        const auto at = reinterpret_cast<std::uintptr_t>(bytes), begin = reinterpret_cast<std::uintptr_t>(begin_);
        if (at < begin || at >= begin + sizes_.size() * 2 * page_size()) return false;
        const auto index = (at - begin) / (2 * page_size());
        char* const secret = page(index) + page_size() - sizes_[index];
        BF_ASSERT(bytes == secret);
        const auto before = static_cast<std::size_t>(secret - page(index));
        BF_ASSERT(before == 0 || (*page(index) == 0 && std::memcmp(page(index), page(index) + 1, before - 1) == 0));
        sodium_memzero(bytes, sizes_[index]);
        free_.push_back(index);
        return true;
    }

private:
    [[nodiscard]] char* page(std::size_t index) const { return begin_ + index * 2 * page_size(); }
    bool map_another() {
        const auto index = sizes_.size();
        if (full_ || index == kPages) return false;
        free_.reserve(index + 1);
        sizes_.reserve(index + 1);
        // A page that was refused leaves a hole, in which others' memory may come to lie: none is asked for again. They are shared by nature,
        // so that a child would see them: it gets none.
        full_ = ::mmap(page(index), page_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, static_cast<off_t>(index * page_size())) == MAP_FAILED ||
                ::madvise(page(index), page_size(), MADV_DONTFORK) != 0;
        if (full_) return false;
        sizes_.push_back(0);
        free_.push_back(index);
        return true;
    }

    std::mutex mutex_;
    int file_;
    char* begin_;
    std::vector<std::size_t> sizes_{};  ///< Of the secret in each mapped page.
    std::vector<std::size_t> free_{};
    bool full_{false};
};

/// A process's memory is one thing; this is the one place that knows how its secrets lie in it. Never undone.
std::atomic<SecretPages*>& pages() {
    static std::atomic<SecretPages*> one{nullptr};
    return one;
}

Unexpected<Error> refused(const char* what) { return Unexpected{Error{ErrorKind::denied, std::string{what} + ": " + std::strerror(errno)}}; }

}  // namespace

Status open_secret_pages() {
    if (pages().load() != nullptr) return {};
#ifdef SYS_memfd_secret
    const int file = static_cast<int>(::syscall(SYS_memfd_secret, static_cast<unsigned>(O_CLOEXEC)));
    if (file < 0) return refused("memfd_secret");
    const auto give_up = [file](const char* what) {
        auto why = refused(what);
        ::close(file);
        return why;
    };
    if (::ftruncate(file, static_cast<off_t>(kPages * page_size())) != 0) return give_up("ftruncate");
    void* const begin = ::mmap(nullptr, kPages * 2 * page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin == MAP_FAILED) return give_up("mmap");
    auto made = std::make_unique<SecretPages>(file, static_cast<char*>(begin));
    // What is promised is tried: where not even one page may be locked there are none.
    void* const first = made->allocate(1);
    if (first == nullptr) {
        auto why = give_up("mmap");
        ::munmap(begin, kPages * 2 * page_size());
        return why;
    }
    made->free(first);
    pages() = made.release();
    return {};
#else
    return Unexpected{Error{ErrorKind::denied, "memfd_secret: not on this architecture"}};
#endif
}

void* allocate_secret(std::size_t size) {
    BF_ASSERT(sodium_init() >= 0);
    // Nothing, too, has a first byte to lend.
    size = std::max<std::size_t>(size, 1);
    if (auto* const held = pages().load(); held != nullptr && size <= page_size())
        if (auto* const bytes = held->allocate(size); bytes != nullptr) return bytes;
    auto* const bytes = static_cast<char*>(sodium_malloc(size));
    if (bytes == nullptr) throw std::bad_alloc{};
    // Should the process ever fork, the child finds zeros. The bytes lie in whole pages of their own, at the end of them.
    auto* const first = reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(bytes) / page_size() * page_size());
    const auto span = static_cast<std::size_t>(bytes - first) + size;
    ::madvise(first, (span + page_size() - 1) / page_size() * page_size(), MADV_WIPEONFORK);
    return bytes;
}

void free_secret(void* bytes) noexcept {
    if (auto* const held = pages().load(); held != nullptr && held->free(bytes)) return;
    sodium_free(bytes);
}

}  // namespace bf::crypto
