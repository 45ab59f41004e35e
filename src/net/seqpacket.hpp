// Whole messages between our processes over SOCK_SEQPACKET, in plain POSIX: for the signer, which has no event loop and links no Asio. A message is
// 1 byte to 256 KiB long and arrives whole or not at all.
#pragma once
#include "base/time.hpp"
#include "net/local_socket.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
    std::unique_ptr<char[]> buffer_{};  ///< kMessageMax, never cleared: only what a message fills is touched.
    milliseconds send_limit_{0};  ///< As set on the socket; 0: waits for ever.
    milliseconds receive_limit_{0};
};

}  // namespace bf::net
