#include "net/local_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace bf::net {
namespace {

Unexpected<Error> failed(const std::string& what, const std::string& path) {
    const int system = errno;
    const bool absent = system == ENOENT || system == ENOTDIR;
    const auto kind = system == EACCES || system == EPERM ? ErrorKind::denied : absent ? ErrorKind::not_found : ErrorKind::io;
    return Unexpected{Error{kind, what + " " + path + " failed: " + std::strerror(system) + "."}};
}

/// A path as the kernel takes it. Its field holds 107 characters; a longer path is reached through an open handle of its folder.
struct Place {
    sockaddr_un address{};
    Fd folder{};

    static Result<Place> of(const std::string& path) {
        Place place;
        place.address.sun_family = AF_UNIX;
        std::string text = path;
        if (text.size() >= sizeof place.address.sun_path) {
            const std::filesystem::path whole{path};
            place.folder = Fd{::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
            if (!place.folder.is_open()) return failed("Opening the folder of", path);
            text = "/proc/self/fd/" + std::to_string(place.folder.get()) + "/" + whole.filename().string();
        }
        if (path.empty() || text.size() >= sizeof place.address.sun_path) return bad_input("The socket's path is empty or too long.");
        std::memcpy(place.address.sun_path, text.c_str(), text.size() + 1);
        return place;
    }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Result<Fd> open_socket(LocalKind kind) {
    Fd socket{::socket(AF_UNIX, (kind == LocalKind::seqpacket ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0)};
    if (!socket.is_open()) return failed("Opening", "a local socket");
    return socket;
}

Status private_folder(const std::string& path, Reach reach) {
    const auto folder = std::filesystem::path{path}.parent_path().string();
    const bool shared = reach == Reach::own_group;
    if (folder.empty()) return bad_input("The socket's path names no folder.");
    if (!shared && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("Making the folder", folder);
    struct stat found {};
    if (::lstat(folder.c_str(), &found) != 0) return failed("Looking at the folder", folder);
    // Whoever can write in it could put a socket of his own in our socket's place.
    const unsigned closed = shared ? 027U : 077U;
    if (!S_ISDIR(found.st_mode) || (found.st_uid != ::geteuid() && found.st_uid != 0) || (found.st_mode & closed) != 0)
        return Unexpected{Error{ErrorKind::denied, "The folder " + folder + " must belong to this user and be closed to others (chmod " + (shared ? "750" : "700") + ")."}};
    return {};
}

Unexpected<Error> other_user(uid_t who) {
    return Unexpected{Error{ErrorKind::denied, "A process of another user (" + std::to_string(who) + ") was refused.", Fate::not_sent, kOtherUser}};
}

bool is_served(const Place& place, LocalKind kind) {
    const auto probe = open_socket(kind);
    return probe && ::connect(probe->get(), place.get(), sizeof place.address) == 0;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

void Fd::close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Result<uid_t> peer_of(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return failed("Asking who is behind", "a local socket");
    return peer.uid;
}

Status check_peer(int socket) {
    BF_TRY(const auto who, peer_of(socket));
    if (who == ::geteuid() || who == 0) return {};
    return other_user(who);
}

Result<Fd> listen_local(const std::string& path, LocalKind kind, Reach reach) {
    BF_TRY_VOID(private_folder(path, reach));
    BF_TRY(const auto place, Place::of(path));
    BF_TRY(auto listener, open_socket(kind));
    int bound = ::bind(listener.get(), place.get(), sizeof place.address);
    if (bound != 0 && errno == EADDRINUSE) {
        if (is_served(place, kind)) return Unexpected{Error{ErrorKind::conflict, path + " is served by another process."}};
        struct stat found {};
        if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode))
            return Unexpected{Error{ErrorKind::conflict, path + " is in the way and is not a socket."}};
        ::unlink(path.c_str());
        bound = ::bind(listener.get(), place.get(), sizeof place.address);
    }
    // Nobody can connect before listen(), so the mode is in force in time.
    if (bound != 0 || ::chmod(path.c_str(), reach == Reach::own_group ? 0660 : 0600) != 0 || ::listen(listener.get(), 64) != 0) return failed("Listening on", path);
    return listener;
}

Result<Fd> accept_local(int listener, std::optional<uid_t> guest) {
    const int flags = ::fcntl(listener, F_GETFL);
    if ((flags & O_NONBLOCK) == 0) ::fcntl(listener, F_SETFL, flags | O_NONBLOCK);
    Fd socket{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket.is_open()) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR) return Fd{};
        return failed("Accepting on", "a local socket");
    }
    if (guest) {
        BF_TRY(const auto who, peer_of(socket.get()));
        if (who == *guest) return socket;
    }
    BF_TRY_VOID(check_peer(socket.get()));
    return socket;
}

Result<Fd> connect_local(const std::string& path, LocalKind kind, std::optional<uid_t> owner) {
    BF_TRY(const auto place, Place::of(path));
    BF_TRY(auto socket, open_socket(kind));
    // A server that accepts nobody must not hold us up, so connecting does not wait. What follows may.
    const int flags = ::fcntl(socket.get(), F_GETFL);
    ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK);
    if (::connect(socket.get(), place.get(), sizeof place.address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
            return Unexpected{Error{ErrorKind::not_found, "Nothing serves " + path + "."}};
        return failed("Connecting to", path);
    }
    ::fcntl(socket.get(), F_SETFL, flags);
    if (owner) {
        BF_TRY(const auto who, peer_of(socket.get()));
        if (who != *owner)
            return Unexpected{Error{ErrorKind::denied, path + " is served by the user " + std::to_string(who) + ", not by " + std::to_string(*owner) + ": nothing is asked of it.",
                                    Fate::not_sent, kOtherUser}};
        return socket;
    }
    BF_TRY_VOID(check_peer(socket.get()));
    return socket;
}

}  // namespace bf::net
