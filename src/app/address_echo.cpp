#include "app/address_echo.hpp"

#include <arpa/inet.h>

namespace bf::app {
namespace {

constexpr const char* kHost = "address-echo.invalid";

std::optional<std::string> address_in(const std::string& body) {
    const std::string text{trim(body)};
    unsigned char bytes[16];
    const bool is_one = text.size() < 46 && (::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1);
    return is_one ? std::optional{text} : std::nullopt;
}

}  // namespace

Status add_address_echo(net::Routes& routes, const std::string& url) {
    const auto parsed = wire::Url::parse(url);
    if (!parsed || (parsed->scheme != "https" && parsed->scheme != "http")) return bad_input("--address-echo must be an http or https URL, not '" + url + "'.");
    const bool v6 = parsed->host.find(':') != std::string::npos;
    routes[kHost] = parsed->scheme + "://" + (v6 ? "[" + parsed->host + "]" : parsed->host) + ":" + std::to_string(parsed->port);
    return net::check_routes(routes);
}

connection::Book::Resolve address_echo(net::Client& client, const std::string& url) {
    const auto parsed = wire::Url::parse(url);
    BF_ASSERT(parsed);
    return [&client, target = parsed->target](ports::Family family, std::function<void(std::optional<std::string>)> done) {
        wire::Request request;
        request.host = kHost;
        request.target = target;
        request.set("Accept", "text/plain");
        client.over(family).send(std::move(request), seconds{6}, [done = std::move(done)](const Result<wire::Response>& response) {
            done(response && response->status == 200 ? address_in(response->body) : std::nullopt);
        });
    };
}

}  // namespace bf::app
