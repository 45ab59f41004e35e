#include "net/seqpacket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bf::net {
namespace {

constexpr std::size_t kOutboxMax = 8 * 1024 * 1024;
constexpr int kMessagesAtOnce = 64;  ///< From one client before the others get their turn.

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
    buffer_.resize(kMessageMax);
    for (;;) {
        const auto got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), flags | MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<std::string_view>{};
        if (got < 0 && errno != ECONNRESET) return failed("Receiving");
        if (got <= 0) return gone(Fate::unknown);
        const auto size = static_cast<std::size_t>(got);
        if (size > buffer_.size()) return Unexpected{Error{ErrorKind::protocol, "A local message was larger than 256 KiB.", Fate::unknown}};
        return std::optional{std::string_view{buffer_.data(), size}};
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

Result<SeqpacketServer> SeqpacketServer::listen(const std::string& path, std::size_t clients_max) {
    BF_TRY(auto listener, listen_local(path, LocalKind::seqpacket));
    return SeqpacketServer{std::move(listener), clients_max};
}

SeqpacketServer::ClientId SeqpacketServer::add(Seqpacket client) {
    clients_.emplace(++last_, Client{.link = std::move(client)});
    return last_;
}

void SeqpacketServer::watch(int fd, std::function<void()> ready) {
    watched_.emplace_back(fd, std::move(ready));
}

Status SeqpacketServer::serve_once(milliseconds timeout, Events& events) {
    std::vector<pollfd> waiting;
    std::vector<ClientId> order;
    waiting.push_back({listener_.get(), POLLIN, 0});
    for (const auto& [fd, ready] : watched_) waiting.push_back({fd, POLLIN, 0});
    for (const auto& [id, client] : clients_) {
        const auto wanted = client.outbox.empty() ? POLLIN : POLLOUT;
        waiting.push_back({client.link.fd(), static_cast<short>(wanted), 0});
        order.push_back(id);
    }
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count()));
    if (ready < 0 && errno != EINTR) return failed("Waiting for");
    if (ready <= 0) return {};
    const std::size_t first_client = 1 + watched_.size();
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& found = waiting[first_client + i];
        if (found.revents == 0) continue;
        auto& client = clients_.at(order[i]);
        if ((found.revents & POLLOUT) != 0) flush(client);
        if (client.outbox.empty())
            read(order[i], events);
        else if ((found.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            client.gone = true;  // Nobody will fetch them.
    }
    for (std::size_t i = 0; i < watched_.size(); ++i)
        if (waiting[1 + i].revents != 0) watched_[i].second();
    if (waiting[0].revents != 0) accept();
    bury(events);
    return {};
}

void SeqpacketServer::accept() {
    auto socket = accept_local(listener_.get());
    if (!socket || !socket->is_open() || clients_.size() >= clients_max_) return;
    if (auto link = Seqpacket::adopt(std::move(*socket))) add(std::move(*link));
}

void SeqpacketServer::read(ClientId id, Events& events) {
    auto& client = clients_.at(id);
    for (int i = 0; i < kMessagesAtOnce && client.outbox.empty() && !client.gone; ++i) {
        const auto message = client.link.try_receive();
        if (!message) {
            client.gone = true;
            return;
        }
        if (!message->has_value()) return;
        events.on_message(id, **message);
    }
}

void SeqpacketServer::send(ClientId id, std::string_view message) {
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.gone) return;
    auto& client = found->second;
    if (client.outbox.empty()) {
        const auto went = client.link.try_send(message);
        if (!went) client.gone = true;
        if (!went || *went) return;
    }
    client.outbox_bytes += message.size();
    client.outbox.emplace_back(message);
    if (client.outbox_bytes > kOutboxMax) client.gone = true;
}

void SeqpacketServer::flush(Client& client) {
    while (!client.outbox.empty()) {
        const auto went = client.link.try_send(client.outbox.front());
        if (!went) client.gone = true;
        if (!went || !*went) return;
        client.outbox_bytes -= client.outbox.front().size();
        client.outbox.pop_front();
    }
}

void SeqpacketServer::bury(Events& events) {
    for (auto at = clients_.begin(); at != clients_.end();) {
        if (!at->second.gone) {
            ++at;
            continue;
        }
        const ClientId id = at->first;
        at = clients_.erase(at);
        events.on_gone(id);
    }
}

}  // namespace bf::net
