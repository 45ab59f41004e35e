// What the inside asks of the network: send a request and get its answer, or hold a WebSocket. Callbacks run later, never inside the
// call, on the one thread of their owner. The transport decides where a host really is (a simulator may stand in for it), holds the
// kept-alive connections and verifies certificates; it follows no redirect.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"
#include "ports/family.hpp"
#include "wire/http.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bf::ports {

/// Receives what happens on one WebSocket. After on_closed nothing more comes.
class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    virtual void on_open() = 0;
    /// One whole message. The view has at least 64 readable bytes behind its end (simdjson's padding).
    virtual void on_text(std::string_view message) = 0;
    virtual void on_binary(std::string_view message) = 0;
    /// Also when it could not be opened. The error says whether the fault is ours, the network's or the other side's.
    virtual void on_closed(const Error& reason) = 0;
};

/// A WebSocket as its user holds it. Destroying it closes it without a further callback.
class Stream {
public:
    virtual ~Stream() = default;
    virtual void send_text(std::string message) = 0;
};

class Transport {
public:
    using Done = std::function<void(Result<wire::Response>)>;
    virtual ~Transport() = default;

    /// Calls `done` exactly once. An Error's fate is `not_sent` while nothing has left (no address, no connection, TLS refused) and
    /// `unknown` from the first byte sent on; any HTTP status is a Response, not an Error.
    virtual void send(wire::Request request, milliseconds timeout, Done done) = 0;

    /// Opens `url` (wss, or the re-pointed scheme). `handler` must outlive the Stream.
    virtual std::unique_ptr<Stream> open_stream(std::string url, milliseconds timeout, StreamHandler& handler) = 0;

    /// The same network over addresses of this family and no other; it lives as long as this. What is not told goes over IPv4. A host
    /// without an address of the family is an Error with `code` "no_ipv4" or "no_ipv6".
    virtual Transport& over(Family family) = 0;
};

}  // namespace bf::ports
