// Internal to net/: one connection of the server, while it speaks HTTP.
#pragma once
#include "net/server.hpp"
#include "net/socket_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <set>

namespace bf::net {

class ServerSession;

/// What the connections of one server have in common.
struct ServerCommon {
    asio::io_context& context;
    ServerOptions options;
    ServerHandler* handler;  ///< Nobody once the server is going.
    std::optional<TlsServer> tls{};
    std::set<std::shared_ptr<ServerSession>> sessions{};
    std::set<std::shared_ptr<detail::ServerSocket>> sockets{};
};
using ServerCommonPtr = std::shared_ptr<ServerCommon>;

class ServerSession : public std::enable_shared_from_this<ServerSession> {
public:
    ServerSession(ServerCommonPtr common, SocketStream::Socket socket);
    ~ServerSession();
    ServerSession(const ServerSession&) = delete;
    ServerSession& operator=(const ServerSession&) = delete;

    void start();
    /// Ends it at once, without a word.
    void cut();
    /// Since when it has owed us a whole request; nothing while one is served.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> waiting_since() const { return waiting_since_; }

    // The answer to request `number`; an old number is nobody's answer any more.
    void answer(std::uint64_t number, wire::Response response);
    void never(std::uint64_t number);
    void reset(std::uint64_t number);
    void accept(std::uint64_t number, std::unique_ptr<SocketEvents> events);

private:
    struct Reading;  ///< Beast's parser and buffer, kept out of this header.
    void next_request();
    void read_head();
    void have_head(const error_code& ec);
    void read_body();
    void have_body(const error_code& ec);
    void dispatch();
    ServerRequest take_request();
    void refuse_or_end(const error_code& ec);
    void refuse(int status, const char* words);
    void write(wire::Response response, bool keep_alive);
    void written(const error_code& ec);
    void linger();
    void limit(milliseconds span);
    void end();

    ServerCommonPtr common_;
    SocketStream stream_;
    asio::steady_timer timer_;
    std::unique_ptr<Reading> reading_;
    std::string peer_;
    std::string outgoing_{};
    std::uint64_t number_{0};
    std::optional<std::chrono::steady_clock::time_point> waiting_since_{};
    bool answering_{false};  ///< A request is with the handler.
    bool head_only_{false};
    bool keep_alive_{false};
};

}  // namespace bf::net
