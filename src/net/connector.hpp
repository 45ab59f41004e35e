// Internal to net/: from an endpoint to a connected, if need be TLS-verified stream, within a deadline.
#pragma once
#include "net/resolver.hpp"
#include "net/route.hpp"
#include "net/socket_stream.hpp"
#include "ports/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace bf::net {

using Deadline = std::chrono::steady_clock::time_point;

/// What all connections of a client have in common. Outlives them.
struct Outbound {
    ports::Timers& timers;
    asio::io_context& context;
    Resolver& resolver;
    TlsClient& tls;
};

/// One attempt. Shared by its pending operations; the owner cancels it through its own reference.
class Connector : public std::enable_shared_from_this<Connector> {
public:
    using Done = std::function<void(Result<SocketStream>)>;

    /// Calls `done` once, later, unless cancelled.
    static std::shared_ptr<Connector> start(Outbound& outbound, Endpoint endpoint, Deadline deadline, Done done);
    void cancel();

    Connector(Outbound& outbound, Endpoint endpoint, Deadline deadline, Done done);

private:
    void resolved(Result<Resolver::Addresses> found);
    void try_next();
    void connected(const error_code& ec);
    void shake_hands();
    void limit(Deadline until);
    void timed_out();
    void finish(Result<SocketStream> result);
    void fail(const std::string& why, const char* code);

    Outbound& outbound_;
    Endpoint endpoint_;
    Deadline deadline_;
    Done done_;
    SocketStream stream_;
    asio::steady_timer timer_;
    Resolver::Addresses addresses_;
    std::size_t next_{0};
    bool connecting_{false};
    const char* stage_{"looking up its address"};
};

}  // namespace bf::net
