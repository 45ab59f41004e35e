#include "net/route.hpp"

#include "wire/http.hpp"

#include <algorithm>

namespace bf::net {
namespace {

bool fits_request_line(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

Destination behind(const wire::Url& base, std::string_view target) {
    std::string prefix = base.target;
    while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
    Endpoint endpoint{.secure = base.is_secure(), .host = base.host, .port = base.port};
    return {std::move(endpoint), prefix + std::string{target}};
}

Unexpected<Error> not_listed(std::string_view what) {
    return Unexpected{Error{ErrorKind::bad_input, std::string{what} + " is not among the places that may be called.", Fate::not_sent, "not_listed"}};
}

}  // namespace

std::string Endpoint::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : '[' + host + ']';
    if (port != (secure ? 443 : 80)) text += ':' + std::to_string(port);
    return text;
}

Result<Destination> route_request(const Routes& routes, const Listed& listed, std::string_view host, std::string_view target) {
    if (!target.starts_with('/') || !fits_request_line(target) || target.find('#') != std::string_view::npos)
        return bad_input("The request's target is not an encoded path.");
    if (const auto route = routes.find(host); route != routes.end()) {
        const auto base = wire::Url::parse(route->second);
        if (!base) return bad_input("The base URL of " + route->first + " is not an http or https URL.");
        return behind(*base, target);
    }
    if (!listed.hosts.contains(host)) return not_listed("The request's host");
    return Destination{{.secure = true, .host = std::string{host}}, std::string{target}};
}

Result<Destination> route_stream(const Routes& routes, const Listed& listed, std::string_view url) {
    const auto parsed = wire::Url::parse(url);
    if (!parsed || (parsed->scheme != "ws" && parsed->scheme != "wss")) return bad_input("The stream's address is not a ws or wss URL.");
    if (const auto route = routes.find(parsed->host); route != routes.end()) {
        const auto base = wire::Url::parse(route->second);
        if (!base) return bad_input("The base URL of " + route->first + " is not an http or https URL.");
        return behind(*base, parsed->target);
    }
    if (!listed.streams || !listed.streams(url)) return not_listed("The stream's address");
    return Destination{{.secure = parsed->is_secure(), .host = parsed->host, .port = parsed->port}, parsed->target};
}

Status check_routes(const Routes& routes) {
    for (const auto& [host, text] : routes) {
        const auto base = wire::Url::parse(text);
        if (!base || !base->scheme.starts_with("http") || base->target.find('?') != std::string::npos)
            return bad_input("\"" + text + "\" is not an http or https base URL.");
    }
    return {};
}

}  // namespace bf::net
