#include "signer/socket.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace bf::signer {
namespace {

Unexpected<Error> io(const char* what, int number) {
    return Unexpected{Error{ErrorKind::io, std::string{what} + ": " + std::strerror(number)}};
}

Result<Descriptor> new_socket() {
    Descriptor made{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!made) return io("a Unix socket could not be made", errno);
    return made;
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& text = path.native();
    if (text.size() >= sizeof address.sun_path) return bad_input("the path of the socket is longer than the system allows: " + text);
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}
Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Result<std::pair<Descriptor, Descriptor>> socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return io("a pair of sockets could not be made", errno);
    return std::pair{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

Result<Descriptor> listen_at(const std::filesystem::path& path) {
    BF_TRY(const auto address, address_of(path));
    if (connect_to(path))
        return Unexpected{Error{ErrorKind::conflict, "another process already listens at " + path.native()}};
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return Unexpected{Error{ErrorKind::conflict, path.native() + " is there and is not a socket"}};
        ::unlink(path.c_str());
    }
    BF_TRY(auto listening, new_socket());
    // The mode is set before the name exists, so there is no moment at which others could connect.
    if (::fchmod(listening.number(), 0600) != 0) return io("the socket's permissions could not be set", errno);
    if (::bind(listening.number(), generic(address), sizeof address) != 0) return io("the socket could not be bound", errno);
    if (::chmod(path.c_str(), 0600) != 0) return io("the socket's permissions could not be set", errno);
    if (::listen(listening.number(), 64) != 0) return io("the socket could not listen", errno);
    return listening;
}

Result<Descriptor> connect_to(const std::filesystem::path& path) {
    BF_TRY(const auto address, address_of(path));
    BF_TRY(auto socket, new_socket());
    if (::connect(socket.number(), generic(address), sizeof address) != 0)
        return Unexpected{Error{ErrorKind::unreachable, "nothing answers at " + path.native() + ": " + std::strerror(errno)}};
    return socket;
}

Result<uid_t> peer_user(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return io("the peer's user could not be read", errno);
    return credentials.uid;
}

Result<std::optional<Descriptor>> accept_from(int listening, uid_t user) {
    Descriptor peer{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!peer) {
        // A connection that was given up before we took it is nobody's trouble.
        if (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED || errno == EMFILE) return std::optional<Descriptor>{};
        return io("a connection could not be taken", errno);
    }
    BF_TRY(const auto who, peer_user(peer.number()));
    if (who != user) return std::optional<Descriptor>{};
    return std::optional{std::move(peer)};
}

Status set_patience(int socket, milliseconds patience) {
    const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
    if (::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0 ||
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0)
        return io("the socket's time limit could not be set", errno);
    return {};
}

Result<Received> receive(int socket, std::string& buffer, std::string_view& message) {
    while (true) {
        const auto size = ::recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == ECONNRESET) return Received::closed;
        if (size < 0 && errno == EAGAIN) return Unexpected{Error{ErrorKind::unreachable, "no answer in time", Fate::unknown}};
        if (size < 0) return io("a message could not be received", errno);
        if (size == 0) return Received::closed;
        if (static_cast<std::size_t>(size) > buffer.size())
            return Unexpected{Error{ErrorKind::protocol, "a message is longer than the protocol allows"}};
        message = std::string_view{buffer}.substr(0, static_cast<std::size_t>(size));
        return Received::message;
    }
}

Status send(int socket, std::string_view message) {
    while (true) {
        if (::send(socket, message.data(), message.size(), MSG_NOSIGNAL) >= 0) return {};
        if (errno == EINTR) continue;
        if (errno == EPIPE || errno == ECONNRESET) return Unexpected{Error{ErrorKind::unreachable, "the other end is gone"}};
        return io("a message could not be sent", errno);
    }
}

}  // namespace bf::signer
