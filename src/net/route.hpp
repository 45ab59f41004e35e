// Where a host really is, and whether it may be called at all. In life it is itself, by TLS; a route points it at a base URL instead (the
// simulator's). Pure.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace bf::net {

/// Exchange host -> base URL: {"api.mexc.com", "http://127.0.0.1:8500/mexc"}. A base URL is http or https, its path goes before ours.
using Routes = std::map<std::string, std::string, std::less<>>;

/// What may be called, whoever asks and whatever a reply named. What is not here and has no route is not even looked up, so an empty one
/// reaches nothing.
struct Listed {
    std::set<std::string, std::less<>> hosts{};           ///< Of requests: by TLS, at 443.
    std::function<bool(std::string_view url)> streams{};  ///< Whether this ws or wss URL may be opened; null: none.
};

/// One place to connect to.
struct Endpoint {
    bool secure{true};
    std::string host;
    std::uint16_t port{443};

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
    /// As the Host header wants it: the port only where it is not the scheme's own, IPv6 in brackets.
    [[nodiscard]] std::string authority() const;
};

struct Destination {
    Endpoint endpoint;
    std::string target;
};

/// Where a request to `host` (a bare name) with this target goes. Refuses targets that could not stand in a request. A host that is neither
/// routed nor listed is an Error with `code` "not_listed".
Result<Destination> route_request(const Routes& routes, const Listed& listed, std::string_view host, std::string_view target);

/// The same for a ws or wss URL. A host without a route is used exactly as given.
Result<Destination> route_stream(const Routes& routes, const Listed& listed, std::string_view url);

/// Each base URL must be one.
Status check_routes(const Routes& routes);

}  // namespace bf::net
