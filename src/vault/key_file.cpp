#include "vault/key_file.hpp"

#include "vault/envelope.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::vault {
namespace {

constexpr std::string_view kTitle = "backfuture vault key 1 ";
constexpr std::size_t kFileSize = kTitle.size() + 2 * kKeySize + 1;

struct File {
    int number;
    ~File() {
        if (number >= 0) ::close(number);
    }
};

Unexpected<Error> io(const std::filesystem::path& path, const char* what) {
    return Unexpected{Error{errno == ENOENT ? ErrorKind::not_found : errno == EEXIST ? ErrorKind::conflict : ErrorKind::io,
                            path.native() + " " + what + ": " + std::strerror(errno)}};
}

Unexpected<Error> denied(const std::filesystem::path& path, const std::string& what) {
    return Unexpected{Error{ErrorKind::denied, path.native() + " " + what}};
}

Status check_owner(const std::filesystem::path& path, const struct stat& status) {
    // A service manager keeps its credentials under root's name and lets in the one user by an access list, which shows as the group's right.
    if (status.st_uid == 0 && S_ISREG(status.st_mode) && ::geteuid() != 0 && (status.st_mode & 037) == 0) return {};
    if (status.st_uid != ::geteuid()) return denied(path, "belongs to another user; keys are only read from files of the user that runs this");
    if ((status.st_mode & 077) != 0)
        return denied(path, std::string{"can be reached by other users; close it with: chmod "} + (S_ISDIR(status.st_mode) ? "700" : "600"));
    return {};
}

}  // namespace

Status check_private(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return io(path, "can't be looked at");
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) return denied(path, "is neither a plain file nor a folder");
    return check_owner(path, status);
}

Status sync_folder(const std::filesystem::path& folder) {
    const File opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened.number < 0 || ::fsync(opened.number) != 0) return io(folder, "could not be written to the disk");
    return {};
}

Status make_key_file(const std::filesystem::path& path) {
    const File file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.number < 0) return io(path, "can't be created");
    const auto key = crypto::Secret::random(kKeySize);
    // sodium_bin2hex writes a closing zero, which becomes the end of the line.
    auto line = crypto::Secret::zeros(kFileSize);
    const bool written = line.fill([&](std::span<unsigned char> bytes) {
        std::memcpy(bytes.data(), kTitle.data(), kTitle.size());
        key.reveal([&](std::string_view secret) {
            sodium_bin2hex(reinterpret_cast<char*>(bytes.data()) + kTitle.size(), 2 * kKeySize + 1,
                           reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
        });
        bytes.back() = '\n';
        return ::write(file.number, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file.number) == 0;
    });
    if (!written) {
        const auto failed = io(path, "could not be written");
        ::unlink(path.c_str());
        return failed;
    }
    return sync_folder(path.parent_path());
}

Result<crypto::Secret> read_key_file(const std::filesystem::path& path) {
    const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.number < 0) {
        if (errno == ENOENT)
            return Unexpected{Error{ErrorKind::not_found, "the vault's key file " + path.native() + " is missing; without it the stored keys can't be read"}};
        return io(path, "can't be opened");
    }
    struct stat status {};
    if (::fstat(file.number, &status) != 0) return io(path, "can't be looked at");
    if (!S_ISREG(status.st_mode)) return denied(path, "is not a plain file");
    BF_TRY_VOID(check_owner(path, status));
    const auto not_a_key = [&path] { return Unexpected{Error{ErrorKind::damaged, path.native() + " is not a key file of a vault"}}; };
    if (status.st_size != static_cast<off_t>(kFileSize)) return not_a_key();
    auto line = crypto::Secret::zeros(kFileSize);
    const bool read = line.fill([&](std::span<unsigned char> bytes) { return ::read(file.number, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()); });
    if (!read) return io(path, "could not be read");
    auto key = crypto::Secret::zeros(kKeySize);
    const bool good = line.reveal([&](std::string_view text) {
        return key.fill([&](std::span<unsigned char> into) {
            std::size_t size = 0;
            return text.starts_with(kTitle) && text.back() == '\n' &&
                   sodium_hex2bin(into.data(), into.size(), text.data() + kTitle.size(), 2 * kKeySize, nullptr, &size, nullptr) == 0 && size == kKeySize;
        });
    });
    if (!good) return not_a_key();
    return key;
}

Result<crypto::Secret> read_passphrase_file(const std::filesystem::path& path) {
    constexpr off_t kSizeMax = 1024;
    const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.number < 0) return io(path, "can't be opened");
    struct stat status {};
    if (::fstat(file.number, &status) != 0) return io(path, "can't be looked at");
    if (!S_ISREG(status.st_mode)) return denied(path, "is not a plain file");
    BF_TRY_VOID(check_owner(path, status));
    const auto no_passphrase = [&path] { return Unexpected{Error{ErrorKind::damaged, path.native() + " holds no passphrase of 1 to 1,024 bytes in one line"}}; };
    if (status.st_size < 1 || status.st_size > kSizeMax) return no_passphrase();
    auto line = crypto::Secret::zeros(static_cast<std::size_t>(status.st_size));
    const bool read = line.fill([&](std::span<unsigned char> bytes) { return ::read(file.number, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()); });
    if (!read) return io(path, "could not be read");
    const auto size = line.reveal([](std::string_view text) { return text.ends_with('\n') ? text.size() - 1 : text.size(); });
    const bool one_line = line.reveal([size](std::string_view text) { return text.substr(0, size).find('\n') == std::string_view::npos; });
    if (size == 0 || !one_line) return no_passphrase();
    auto passphrase = crypto::Secret::zeros(size);
    line.reveal([&](std::string_view text) { passphrase.fill([&](std::span<unsigned char> into) { std::memcpy(into.data(), text.data(), into.size()); }); });
    return passphrase;
}

void wipe_key_file(const std::filesystem::path& path) {
    const File file{::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.number < 0) return;
    const std::array<char, kFileSize> zeros{};
    if (::pwrite(file.number, zeros.data(), zeros.size(), 0) >= 0) ::fsync(file.number);
    ::unlink(path.c_str());
}

}  // namespace bf::vault
