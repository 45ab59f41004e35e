#include "net/client.hpp"

#include "net/http_pool.hpp"
#include "net/stream_client.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>

namespace bf::net {
namespace {

bool is_header_name(std::string_view name) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(c) != std::string_view::npos;
    });
}

/// A line break in a value would let it forge further headers.
bool is_header_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

Result<std::string> to_bytes(const wire::Request& request, const Destination& destination) {
    std::string bytes;
    bytes.reserve(256 + destination.target.size() + request.headers.size() * 64 + request.body.size());
    bytes.append(wire::to_string(request.method)).append(" ").append(destination.target).append(" HTTP/1.1\r\nHost: ");
    bytes.append(destination.endpoint.authority()).append("\r\n");
    for (const auto& header : request.headers) {
        if (!is_header_name(header.name) || !is_header_value(header.value)) return bad_input("A header of the request is malformed.");
        bytes.append(header.name).append(": ").append(header.value).append("\r\n");
    }
    for (const auto* ours : {"Host", "Content-Length", "Transfer-Encoding", "Connection"})
        if (wire::find_header(request.headers, ours)) return bad_input(std::string{"The header "} + ours + " is set by the transport.");
    if (!wire::find_header(request.headers, "User-Agent")) bytes.append("User-Agent: backfuture\r\n");
    const bool may_have_body = request.method != wire::Method::get && request.method != wire::Method::del;
    if (may_have_body || !request.body.empty()) bytes.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    bytes.append("\r\n").append(request.body);
    return bytes;
}

}  // namespace

struct Client::Inside {
    Inside(Loop& owner, ClientOptions chosen, std::unique_ptr<TlsClient> tls_client)
        : loop{owner}, options{std::move(chosen)}, tls{std::move(tls_client)} {}

    /// The way over one family.
    class Road final : public ports::Transport {
    public:
        Road(Inside& owner, ports::Family family) : owner_{owner}, resolver_{owner.loop.context(), family} {}
        void send(wire::Request request, milliseconds timeout, Done done) override;
        std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
        ports::Transport& over(ports::Family family) override { return owner_.road(family); }

    private:
        HttpPool& pool(const Endpoint& endpoint);

        Inside& owner_;
        Resolver resolver_;
        Outbound outbound_{owner_.loop, owner_.loop.context(), resolver_, *owner_.tls};
        std::map<Endpoint, HttpPool> pools_{};
    };
    Road& road(ports::Family family) { return family == ports::Family::v6 ? v6 : v4; }

    Loop& loop;
    ClientOptions options;
    std::unique_ptr<TlsClient> tls;
    Road v4{*this, ports::Family::v4}, v6{*this, ports::Family::v6};
};

HttpPool& Client::Inside::Road::pool(const Endpoint& endpoint) {
    const auto& given = owner_.options;
    const PoolLimits limits{.connections_max = given.connections_per_host_max,
                            .idle_max = given.idle_per_host_max,
                            .idle_for_max = given.idle_for_max,
                            .header_bytes_max = given.header_bytes_max,
                            .body_bytes_max = given.response_bytes_max};
    return pools_.try_emplace(endpoint, outbound_, endpoint, limits).first->second;
}

void Client::Inside::Road::send(wire::Request request, milliseconds timeout, Done done) {
    auto destination = route_request(owner_.options.routes, owner_.options.listed, request.host, request.target);
    auto bytes = destination ? to_bytes(request, *destination) : Result<std::string>{Unexpected{destination.error()}};
    if (!bytes) {
        owner_.loop.post([done = std::move(done), error = std::move(bytes).error()] { done(Unexpected{error}); });
        return;
    }
    pool(destination->endpoint)
        .submit({.bytes = std::move(*bytes),
                 .is_get = request.method == wire::Method::get,
                 .deadline = std::chrono::steady_clock::now() + timeout,
                 .done = std::move(done)});
}

std::unique_ptr<ports::Stream> Client::Inside::Road::open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) {
    const StreamLimits limits{.message_bytes_max = owner_.options.message_bytes_max};
    return net::open_stream(outbound_, route_stream(owner_.options.routes, owner_.options.listed, url), limits, timeout, handler);
}

Client::Client(std::unique_ptr<Inside> inside) : inside_{std::move(inside)} {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(Loop& loop, ClientOptions options) {
    BF_TRY_VOID(check_routes(options.routes));
    BF_TRY(auto tls, TlsClient::create(options.extra_ca_file));
    return std::unique_ptr<Client>{new Client{std::make_unique<Inside>(loop, std::move(options), std::move(tls))}};
}

void Client::send(wire::Request request, milliseconds timeout, Done done) { inside_->v4.send(std::move(request), timeout, std::move(done)); }

std::unique_ptr<ports::Stream> Client::open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) {
    return inside_->v4.open_stream(std::move(url), timeout, handler);
}

ports::Transport& Client::over(ports::Family family) { return inside_->road(family); }

}  // namespace bf::net
