// The real network behind ports::Transport: HTTP/1.1 with kept-alive connections for each host, and WebSockets, both over TLS with the
// host's name checked. Calls the hosts that it was made with and no other, follows no redirect, keeps no cookie, repeats nothing but a
// question that met a connection closed while idle.
#pragma once
#include "net/loop.hpp"
#include "net/route.hpp"
#include "ports/transport.hpp"

namespace bf::net {

struct ClientOptions {
    Routes routes{};
    Listed listed{};  ///< Beside the routed hosts.
    std::string extra_ca_file{};  ///< PEM, trusted beside the system's roots; empty for none.
    std::size_t response_bytes_max{16 * 1024 * 1024};
    std::size_t header_bytes_max{64 * 1024};
    std::size_t message_bytes_max{8 * 1024 * 1024};  ///< Of one WebSocket message.
    std::size_t connections_per_host_max{64};        ///< Requests above it wait, within their own timeout.
    std::size_t idle_per_host_max{16};
    milliseconds idle_for_max{20'000};
};

/// Itself the way over IPv4. Each family has connections of its own: one that was opened over the other is never used again for it.
class Client final : public ports::Transport {
public:
    /// Fails if a base URL or the CA file can't be used.
    static Result<std::unique_ptr<Client>> create(Loop& loop, ClientOptions options);
    /// Requests under way are dropped without their callback. Streams must be destroyed before.
    ~Client() override;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// An error's `code` is one of: not_listed, dns, no_ipv4, no_ipv6, connect, tls, timeout (with the fate), closed, too_large, bad_http; empty for bad input.
    void send(wire::Request request, milliseconds timeout, Done done) override;
    /// on_closed's codes besides: http_403 and the like when the upgrade was refused, slow.
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
    ports::Transport& over(ports::Family family) override;

private:
    struct Inside;
    explicit Client(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

}  // namespace bf::net
