#include "net/seqpacket.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bf::net {
namespace {

Unexpected<Error> gone(Fate fate) {
    return Unexpected{Error{ErrorKind::unreachable, "The other process has closed the connection.", fate, "closed"}};
}

Unexpected<Error> failed(const char* what) {
    return Unexpected{Error{ErrorKind::io, std::string{what} + " a local message failed: " + std::strerror(errno) + "."}};
}

/// The kernel refuses a message larger than the send buffer less 32 bytes, and an ordinary user may raise the buffer to
/// net.core.wmem_max only: checked here, once, instead of failing at the first large message.
Status make_room(int socket) {
    const int wanted = static_cast<int>(kMessageMax) + 4096;
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    int got = 0;
    socklen_t size = sizeof got;
    if (::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &got, &size) != 0 || got < wanted)
        return Unexpected{
            Error{ErrorKind::io, "The system's limit for local messages is too low: set net.core.wmem_max to 262144 or more."}};
    return {};
}

}  // namespace

Result<Seqpacket> Seqpacket::connect(const std::string& path, std::optional<uid_t> owner) {
    BF_TRY(auto socket, connect_local(path, LocalKind::seqpacket, owner));
    return adopt(std::move(socket));
}

Result<Seqpacket> Seqpacket::adopt(Fd socket) {
    BF_TRY_VOID(make_room(socket.get()));
    return Seqpacket{std::move(socket)};
}

Result<std::pair<Seqpacket, Seqpacket>> Seqpacket::pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return failed("Preparing");
    Fd first{ends[0]};
    Fd second{ends[1]};
    BF_TRY(auto one, adopt(std::move(first)));
    BF_TRY(auto other, adopt(std::move(second)));
    return std::pair{std::move(one), std::move(other)};
}

/// 0: for ever, as the kernel has it.
Status Seqpacket::limit(int option, milliseconds& current, milliseconds wanted) {
    if (wanted == current) return {};
    const timeval span{.tv_sec = wanted.count() / 1000, .tv_usec = wanted.count() % 1000 * 1000};
    if (::setsockopt(socket_.get(), SOL_SOCKET, option, &span, sizeof span) != 0) return failed("Limiting the time of");
    current = wanted;
    return {};
}

Status Seqpacket::send(std::string_view message, milliseconds timeout) {
    BF_TRY(const bool went, try_send(message));
    if (went) return {};
    BF_TRY_VOID(limit(SO_SNDTIMEO, send_limit_, std::max(timeout, milliseconds{1})));
    while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return gone(Fate::not_sent);
        return Unexpected{Error{ErrorKind::unreachable, "The other process takes no more messages.", Fate::not_sent, "timeout"}};
    }
    return {};
}

Result<bool> Seqpacket::try_send(std::string_view message) {
    if (message.empty() || message.size() > kMessageMax) return bad_input("A local message is empty or larger than 256 KiB.");
    while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
        if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return gone(Fate::not_sent);
        return failed("Sending");
    }
    return true;
}

Result<std::optional<std::string_view>> Seqpacket::receive_with(int flags) {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kMessageMax);
    for (;;) {
        const auto got = ::recv(socket_.get(), buffer_.get(), kMessageMax, flags | MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<std::string_view>{};
        if (got < 0 && errno != ECONNRESET) return failed("Receiving");
        if (got <= 0) return gone(Fate::unknown);
        const auto size = static_cast<std::size_t>(got);
        if (size > kMessageMax) return Unexpected{Error{ErrorKind::protocol, "A local message was larger than 256 KiB.", Fate::unknown}};
        return std::optional{std::string_view{buffer_.get(), size}};
    }
}

Result<std::optional<std::string_view>> Seqpacket::try_receive() {
    return receive_with(MSG_DONTWAIT);
}

Result<std::string_view> Seqpacket::receive(milliseconds timeout) {
    BF_TRY_VOID(limit(SO_RCVTIMEO, receive_limit_, std::max(timeout, milliseconds{1})));
    BF_TRY(const auto message, receive_with(0));
    if (message) return *message;
    return Unexpected{Error{ErrorKind::unreachable, "The other process did not answer in time.", Fate::unknown, "timeout"}};
}

Result<std::string_view> Seqpacket::receive() {
    BF_TRY_VOID(limit(SO_RCVTIMEO, receive_limit_, milliseconds{0}));
    while (true) {
        BF_TRY(const auto message, receive_with(0));
        if (message) return *message;
    }
}

}  // namespace bf::net
