// What a wire face of a simulated exchange is handed and what it gives back: requests, replies, WebSocket sessions. No socket here:
// the socket server and the in-memory tests both stand on the other side of these few types.
#pragma once
#include "base/time.hpp"
#include "wire/http.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bf::simulator {

/// A request as it arrived on the socket, prefix included.
struct Inbound {
    wire::Method method{wire::Method::get};
    std::string target;  ///< Path with query as sent: "/kucoin/futures/api/v1/orders?status=active".
    std::vector<wire::Header> headers;
    std::string body;
    std::string peer;    ///< Address of the client, without port.
    bool secure{false};  ///< Arrived over TLS: addresses in replies are then wss.
};

/// A reply and how it reaches the client.
struct Reply {
    enum class Delivery : std::uint8_t { send, never, reset };
    wire::Response response;
    Delivery delivery{Delivery::send};
    milliseconds delay{0};  ///< Send it that much later.
};

/// The socket's side of one WebSocket. Calls after close are ignored. Outlives the Socket it was given to.
class Outbox {
public:
    virtual ~Outbox() = default;
    virtual void send_text(std::string message) = 0;
    virtual void send_binary(std::string message) = 0;
    /// kCut: without a closing handshake, as a broken connection looks. Must not destroy the Socket before it returns.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    static constexpr std::uint16_t kCut = 1006;
};

/// The exchange's side of one WebSocket: what the client sends comes in here. Destroyed when the connection is gone.
class Socket {
public:
    virtual ~Socket() = default;
    virtual void on_text(std::string_view message) = 0;
    virtual void on_binary(std::string_view message) = 0;
};

/// Where a session's messages go. Replies to the client's own words go straight out; pushed events pass the stream faults (dropped,
/// doubled, late, reordered) that the administrator switched on.
class Pusher {
public:
    virtual ~Pusher() = default;
    virtual void reply(std::string text) = 0;
    virtual void push_text(std::string message) = 0;
    virtual void push_binary(std::string message) = 0;
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

/// A request with the simulator's own prefix taken off: what the real host would have received, and so what was signed.
struct Call {
    wire::Method method{wire::Method::get};
    std::string target;  ///< Path with query as signed: "/api/v1/orders?status=active".
    std::string path;
    std::string query;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< The query, decoded.
    std::vector<wire::Header> headers;
    std::string body;
    std::string peer;
    bool futures_host{false};   ///< It stood under <prefix>/futures.
    std::string socket_base{};  ///< "ws://host:port/kucoin" (with "/futures" if it stood there): where the client reaches this exchange's sockets.

    [[nodiscard]] std::string_view header(std::string_view name) const;     ///< Empty if absent.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;  ///< Empty if absent.
};

/// A reply of a face and whose request it was, for the administrator's record.
struct Answer {
    wire::Response response;
    std::string account{};  ///< Empty while the key is unknown.
};

/// Either a session, or the refusal of the upgrade.
struct SocketAnswer {
    std::unique_ptr<Socket> socket;
    wire::Response refusal;
    std::string account{};
};

/// Faults that are answered in the exchange's own words.
enum class Outage : std::uint8_t { unavailable, maintenance, rate_limit };

/// One exchange's REST paths, signatures, error bodies and WebSockets over an Exchange that knows none of them.
class Face {
public:
    virtual ~Face() = default;
    virtual Answer handle(const Call& call) = 0;
    virtual SocketAnswer open_socket(const Call& call, Pusher& pusher) = 0;
    /// What this exchange answers when it is out of order. `call` tells which of its products was asked.
    virtual wire::Response outage(Outage kind, const Call& call) = 0;
};

}  // namespace bf::simulator
