// Internal to net/: one WebSocket to an exchange.
#pragma once
#include "net/connector.hpp"
#include "ports/transport.hpp"

namespace bf::net {

struct StreamLimits {
    std::size_t message_bytes_max{8 * 1024 * 1024};
    std::size_t outbox_bytes_max{4 * 1024 * 1024};  ///< More than this unsent means that nobody reads: the stream is given up.
};

/// Opens in the background. The returned Stream must not outlive `outbound`.
std::unique_ptr<ports::Stream> open_stream(Outbound& outbound, Result<Destination> destination, StreamLimits limits, milliseconds timeout,
                                           ports::StreamHandler& handler);

}  // namespace bf::net
