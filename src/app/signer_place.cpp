#include "app/signer_place.hpp"

#include "app/processes.hpp"
#include "base/text.hpp"
#include "vault/key_file.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <pwd.h>
#include <unistd.h>

namespace bf::app {
namespace {

std::string file_in(const std::string& data) { return data + "/signer.json"; }

Unexpected<Error> io(const std::string& file, const char* what) {
    return Unexpected{Error{ErrorKind::io, file + " " + what + ": " + std::strerror(errno) + ".", Fate::not_sent, "data_folder"}};
}

struct Account {
    std::string name;
    uid_t number;
};

/// The first account of /etc/passwd that `wanted` holds for.
template <class Wanted>
std::optional<Account> find_account(Wanted&& wanted) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen("/etc/passwd", "re"), [](std::FILE* open) { return open == nullptr ? 0 : std::fclose(open); }};
    while (const auto* found = file ? ::fgetpwent(file.get()) : nullptr)
        if (Account account{found->pw_name, found->pw_uid}; wanted(account)) return account;
    return std::nullopt;
}

}  // namespace

Result<SignerPlace> SignerPlace::of(const std::string& data) {
    std::ifstream file{file_in(data), std::ios::binary};
    if (!file) {
        if (is_kept(data)) return io(file_in(data), "can't be read");
        return SignerPlace{signer_socket(data)};
    }
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto json = wire::Json::parse(text);
    const auto socket = json ? (*json)["socket"].text() : std::nullopt;
    const auto user = json ? (*json)["user"].integer() : std::nullopt;
    if (!socket || socket->empty() || !user || *user < 0 || *user >= UINT32_MAX)
        return Unexpected{Error{ErrorKind::damaged, file_in(data) + " is damaged: start `backfuture serve` or `backfuture signer` again, which write it.", Fate::not_sent, "signer_place"}};
    return SignerPlace{std::string{*socket}, static_cast<uid_t>(*user)};
}

bool SignerPlace::is_kept(const std::string& data) { return ::access(file_in(data).c_str(), F_OK) == 0; }

Status SignerPlace::keep(const std::string& data) const {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("socket", socket).member("user", static_cast<std::int64_t>(user.value_or(::geteuid()))).end_object();
    const auto fresh = file_in(data) + ".new";
    ::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return io(fresh, "can't be made");
    const bool written = ::write(file, json.data(), json.size()) == static_cast<ssize_t>(json.size()) && ::fsync(file) == 0;
    const int reason = errno;
    ::close(file);
    errno = reason;
    if (!written) return io(fresh, "can't be written");
    if (::rename(fresh.c_str(), file_in(data).c_str()) != 0) return io(fresh, "can't be put in place");
    return vault::sync_folder(data);
}

bool SignerPlace::is_of_another() const { return user && *user != ::geteuid(); }

Error SignerPlace::of_another() const {
    const auto name = name_of_user(user.value_or(::geteuid()));
    return {ErrorKind::denied, "The keys are held by the user " + name + ": run this as that user, with --data its own folder (sudo -u " + name + " backfuture ...).", Fate::not_sent, "signers_user"};
}

Error SignerPlace::sealed() const {
    const auto name = name_of_user(user.value_or(::geteuid()));
    return {ErrorKind::denied, "The vault waits for its passphrase: sudo -u " + name + " backfuture vault unlock, with --data that user's folder.", Fate::not_sent, "signers_user"};
}

Result<uid_t> read_user(const std::string& text) {
    if (const auto number = parse_int(text)) {
        // The last one is the system's word for no user at all.
        if (*number < 0 || *number >= UINT32_MAX) return bad_input(text + " is no user's number.");
        return static_cast<uid_t>(*number);
    }
    const auto account = find_account([&text](const Account& one) { return one.name == text; });
    if (!account) return bad_input("There is no user " + text + " in /etc/passwd.");
    return account->number;
}

std::string name_of_user(uid_t user) {
    const auto account = find_account([user](const Account& one) { return one.number == user; });
    return account ? account->name : std::to_string(user);
}

}  // namespace bf::app
