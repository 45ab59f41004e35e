// Internal to net/: one connection of the server after its upgrade to a WebSocket. Includes Beast.
#pragma once
#include "net/server_session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>

namespace bf::net::detail {

class ServerSocket : public std::enable_shared_from_this<ServerSocket> {
public:
    using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

    ServerSocket(ServerCommonPtr common, SocketStream stream, std::unique_ptr<SocketEvents> events);

    void start(UpgradeRequest request);
    void send(std::string message, bool text);
    void ping(std::string payload);
    void close(std::uint16_t code, std::string reason);
    void reset();
    /// The server is going.
    void cut();
    [[nodiscard]] bool is_open() const { return open_; }

private:
    struct Outgoing {
        std::string message;
        bool text;
    };
    void read();
    void have_read(const error_code& ec);
    void write_next();
    void written(const error_code& ec);
    void say_close();
    void end();

    ServerCommonPtr common_;
    boost::beast::websocket::stream<SocketStream, false> socket_;
    /// Beast's own limit does not end a connection whose closing and reading wait for each other, as they do when the other side's closing words
    /// can't be taken.
    asio::steady_timer close_timer_;
    std::shared_ptr<SocketEvents> events_;  ///< Shared with the callback that is running: it may end us.
    boost::beast::flat_buffer buffer_{};
    std::deque<Outgoing> outbox_{};
    std::size_t outbox_bytes_{0};
    boost::beast::websocket::close_reason close_reason_{boost::beast::websocket::close_code::none};
    bool open_{false};
    bool writing_{false};
    bool pinging_{false};
    bool closing_{false};  ///< We want to close once the outbox is empty.
};

}  // namespace bf::net::detail
