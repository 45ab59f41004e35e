// An HTTP/1.1 and WebSocket server for the dashboard and for the simulated exchanges. It knows bytes, limits and time; what an answer
// says is its handler's business. Values in, values out; an answer may come at once, later, never, or be a reset.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"
#include "net/loop.hpp"
#include "wire/http.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bf::net {

/// What a client asked. Any method's name may come, also ones that wire::Method does not know.
struct ServerRequest {
    std::string method;
    std::string target;  ///< As sent: path and query, percent-encoded.
    std::vector<wire::Header> headers;
    std::string body;
    std::string peer_address;  ///< "127.0.0.1"
    bool secure{false};        ///< Came over TLS.

    [[nodiscard]] std::string_view path() const { return std::string_view{target}.substr(0, target.find('?')); }
    [[nodiscard]] std::string_view query() const;
};

namespace detail {
class PendingAnswer;
class PendingUpgrade;
class ServerSocket;
}  // namespace detail

/// The right to answer one request, once; copies share it. If the last copy dies unused, the client gets a 500. On the loop's thread.
class Responder {
public:
    explicit Responder(std::shared_ptr<detail::PendingAnswer> pending) : pending_{std::move(pending)} {}
    /// Content-Length and Connection are added. The body of an answer to HEAD is counted but not sent.
    void answer(wire::Response response) const;
    /// Leaves the client waiting until it gives up.
    void never() const;
    /// Cuts the connection with a TCP reset.
    void reset() const;

private:
    std::shared_ptr<detail::PendingAnswer> pending_;
};

/// One open WebSocket, as a handle: when the socket is gone, its calls do nothing. On the loop's thread.
class Socket {
public:
    Socket() = default;
    explicit Socket(std::weak_ptr<detail::ServerSocket> socket) : socket_{std::move(socket)} {}
    void send_text(std::string message) const;
    void send_binary(std::string message) const;
    void ping(std::string payload) const;  ///< Up to 125 bytes.
    /// What was sent before goes out first.
    void close(std::uint16_t code, std::string reason) const;
    void reset() const;
    [[nodiscard]] bool is_open() const;

private:
    std::weak_ptr<detail::ServerSocket> socket_;
};

/// Receives what happens on one WebSocket. Destroyed after on_closed.
class SocketEvents {
public:
    virtual ~SocketEvents() = default;
    virtual void on_open(Socket socket) = 0;
    /// The views have at least 64 readable bytes behind their end.
    virtual void on_text(std::string_view message) = 0;
    virtual void on_binary(std::string_view message) = 0;
    virtual void on_closed() = 0;
};

/// The decision about one WebSocket upgrade, to be taken once; as Responder otherwise.
class Upgrade {
public:
    explicit Upgrade(std::shared_ptr<detail::PendingUpgrade> pending) : pending_{std::move(pending)} {}
    void accept(std::unique_ptr<SocketEvents> events) const;
    void refuse(wire::Response response) const;
    void never() const;
    void reset() const;

private:
    std::shared_ptr<detail::PendingUpgrade> pending_;
};

class ServerHandler {
public:
    virtual ~ServerHandler() = default;
    virtual void on_request(ServerRequest request, Responder responder) = 0;
    virtual void on_upgrade(ServerRequest request, Upgrade upgrade) = 0;
};

struct ServerOptions {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};  ///< 0 picks a free one.
    // TLS is on when a certificate is given: two PEM files, or two PEM texts.
    std::string certificate_file{};
    std::string key_file{};
    std::string certificate_pem{};
    std::string key_pem{};

    /// Added to every answer, also those that no handler gave.
    std::vector<wire::Header> always{};
    std::size_t header_bytes_max{16 * 1024};
    std::size_t body_bytes_max{1024 * 1024};
    std::size_t message_bytes_max{1024 * 1024};     ///< Of a WebSocket message received.
    std::size_t outbox_bytes_max{4 * 1024 * 1024};  ///< Unsent on one WebSocket; above it the client is too slow and is cut off.
    /// One above makes room by closing the connection that has waited longest without a whole request; if none waits, it is closed itself.
    std::size_t connections_max{1024};
    milliseconds head_timeout{10'000};              ///< From a request's first byte (or the connection) to the end of its headers.
    milliseconds body_timeout{30'000};
    milliseconds idle_timeout{75'000};   ///< Between requests.
    milliseconds write_timeout{30'000};  ///< For one whole answer.
    /// A WebSocket silent for half of this is pinged, for all of this closed. 0: never (the exchanges of the simulator have own rules).
    milliseconds socket_idle_timeout{60'000};
    milliseconds socket_close_timeout{10'000};  ///< Between our closing words on a WebSocket and the other side's.
};

class Server {
public:
    /// Listens when it returns. `handler` must outlive the server. A port in use is `conflict` with the code "port_in_use".
    static Result<std::unique_ptr<Server>> open(Loop& loop, ServerOptions options, ServerHandler& handler);
    /// Cuts all connections; sockets' events get their on_closed.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;
    /// Connections from now on get what stands in these files. If they can't be used the former certificate stays.
    Status renew_tls(const std::string& certificate_file, const std::string& key_file);

private:
    struct Inside;
    explicit Server(std::shared_ptr<Inside> inside);
    std::shared_ptr<Inside> inside_;  ///< Shared with its connections, which may end after it.
};

}  // namespace bf::net
