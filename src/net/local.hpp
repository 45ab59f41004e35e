// Our own processes' links, on the Loop: calls to a seqpacket server (engine -> signer), and streams of JSON messages (web <-> engine,
// command line <-> engine). Both ends check who the other is; see local_socket.hpp. All callbacks come later, on the loop's thread.
#pragma once
#include "base/error.hpp"
#include "net/loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace bf::net {

/// Requests and answers as seqpacket messages, matched by a number in the first 8 bytes (little-endian) that is added and taken off
/// here; many may be under way. Connects when the first call needs it, and again after a loss.
class CallClient {
public:
    /// The answer without its number; the view lives for the length of the call. An Error is always `unreachable` (but bad_input for a
    /// request above the size); its fate tells whether the request went.
    using Done = std::function<void(Result<std::string_view>)>;

    /// To a server of `owner`; without one: of our own user.
    CallClient(Loop& loop, std::string path, std::optional<uid_t> owner = {});
    /// Calls under way are dropped without their callback.
    ~CallClient();
    CallClient(const CallClient&) = delete;
    CallClient& operator=(const CallClient&) = delete;

    /// `timeout` is kept to within 100 ms.
    void call(std::string_view request, milliseconds timeout, Done done);

private:
    struct Inside;
    std::shared_ptr<Inside> inside_;  ///< Shared with its pending operations.
};

/// Largest message of a link.
inline constexpr std::size_t kLinkMessageMax = 16 * 1024 * 1024;

/// Accepts many. Messages are framed by their length (4 bytes, little-endian).
class LinkServer {
public:
    using Id = std::uint64_t;
    class Events {
    public:
        virtual ~Events() = default;
        virtual void on_joined(Id) {}
        /// The view has 64 readable bytes behind it and lives for the length of the call.
        virtual void on_message(Id id, std::string_view message) = 0;
        virtual void on_left(Id) {}
    };

    static Result<std::unique_ptr<LinkServer>> open(Loop& loop, const std::string& path, Events& events);
    /// Cuts all links without a callback.
    ~LinkServer();
    LinkServer(const LinkServer&) = delete;
    LinkServer& operator=(const LinkServer&) = delete;

    /// Dropped if that one is gone; one that leaves more than 32 MiB unread is cut off.
    void send(Id id, std::string_view message);
    void drop(Id id);

private:
    struct Inside;
    explicit LinkServer(std::shared_ptr<Inside> inside);
    std::shared_ptr<Inside> inside_;
};

class LinkClient {
public:
    class Events {
    public:
        virtual ~Events() = default;
        virtual void on_connected() {}
        virtual void on_message(std::string_view message) = 0;
        /// Could not connect, or the link broke. With Reconnect::always it is tried again by itself.
        virtual void on_lost(const Error&) {}
    };
    enum class Reconnect : std::uint8_t { never, always };  ///< Always: after 50 ms, then twice that, at most 2 s.

    LinkClient(Loop& loop, std::string path, Reconnect reconnect, Events& events);
    ~LinkClient();
    LinkClient(const LinkClient&) = delete;
    LinkClient& operator=(const LinkClient&) = delete;

    /// False, and the message is dropped, while there is no link.
    bool send(std::string_view message);

private:
    struct Inside;
    std::shared_ptr<Inside> inside_;
};

}  // namespace bf::net
