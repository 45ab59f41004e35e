// Whole messages between our processes over SOCK_SEQPACKET, in plain POSIX: for the signer, which has no event loop but poll(2) and links
// no Asio. A message is 1 to 256 KiB long and arrives whole or not at all.
#pragma once
#include "base/time.hpp"
#include "net/local_socket.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace bf::net {

inline constexpr std::size_t kMessageMax = 256 * 1024;

/// One end of a connection.
class Seqpacket {
public:
    /// Told of an `owner`, to a server of that user only.
    static Result<Seqpacket> connect(const std::string& path, std::optional<uid_t> owner = {});
    /// Takes over a connected socket and gives it room for the largest message; fails where the system's limit is lower.
    static Result<Seqpacket> adopt(Fd socket);
    /// Two ends joined: for a parent and its child, and for tests.
    static Result<std::pair<Seqpacket, Seqpacket>> pair();

    /// Waits at most `timeout`. An error's fate is `not_sent` if the message did not go.
    Status send(std::string_view message, milliseconds timeout);
    /// Waits at most `timeout`. The view lives until the next call. `unreachable` when the other side is gone or says nothing in time
    /// (code "timeout").
    Result<std::string_view> receive(milliseconds timeout);
    /// The same however long it takes, which spares the kernel a timer for each message.
    Result<std::string_view> receive();

    /// Without waiting: false if there is no room now.
    Result<bool> try_send(std::string_view message);
    /// Without waiting: nothing if there is no message.
    Result<std::optional<std::string_view>> try_receive();

    [[nodiscard]] int fd() const { return socket_.get(); }
    int release() { return socket_.release(); }

private:
    explicit Seqpacket(Fd socket) : socket_{std::move(socket)} {}
    Result<std::optional<std::string_view>> receive_with(int flags);
    Status limit(int option, milliseconds& current, milliseconds wanted);
    Fd socket_;
    std::vector<char> buffer_{};
    milliseconds send_limit_{0};  ///< As set on the socket; 0: waits for ever.
    milliseconds receive_limit_{0};
};

/// Serves many clients from one thread. A client that does not fetch its answers is not read from until it does.
class SeqpacketServer {
public:
    using ClientId = std::uint64_t;
    class Events {
    public:
        virtual ~Events() = default;
        /// The view lives for the length of the call. Answer with send(), now or later.
        virtual void on_message(ClientId client, std::string_view message) = 0;
        virtual void on_gone(ClientId) {}
    };

    static Result<SeqpacketServer> listen(const std::string& path, std::size_t clients_max = 16);

    /// A client that is there already, from a socket pair.
    ClientId add(Seqpacket client);
    /// Calls `ready` whenever `fd` can be read: a supervisor's pipe, a signalfd.
    void watch(int fd, std::function<void()> ready);
    /// Waits for at most `timeout` (negative: for ever) and deals with what is there. Fails only if poll(2) does.
    Status serve_once(milliseconds timeout, Events& events);
    /// Messages to a client that is gone are dropped; so is a client with more than 8 MiB unfetched.
    void send(ClientId client, std::string_view message);
    [[nodiscard]] std::size_t clients() const { return clients_.size(); }

private:
    struct Client {
        Seqpacket link;
        std::deque<std::string> outbox{};
        std::size_t outbox_bytes{0};
        bool gone{false};
    };
    SeqpacketServer(Fd listener, std::size_t clients_max) : listener_{std::move(listener)}, clients_max_{clients_max} {}
    void accept();
    void read(ClientId id, Events& events);
    static void flush(Client& client);
    void bury(Events& events);

    Fd listener_;
    std::size_t clients_max_;
    ClientId last_{0};
    std::map<ClientId, Client> clients_{};
    std::vector<std::pair<int, std::function<void()>>> watched_{};
};

}  // namespace bf::net
