#include "server/origin.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

namespace bf::server {

bool is_our_host(const net::ServerRequest& request, std::span<const std::string> hosts) {
    const auto host = wire::find_header(request.headers, "Host");
    return host && std::find(hosts.begin(), hosts.end(), to_lower(*host)) != hosts.end();
}

std::string our_origin(const net::ServerRequest& request, bool secure) {
    return (secure ? "https://" : "http://") + to_lower(wire::find_header(request.headers, "Host").value_or(""));
}

bool is_our_origin(const net::ServerRequest& request, bool secure) {
    const auto site = wire::find_header(request.headers, "Sec-Fetch-Site");
    if (site && *site != "same-origin" && *site != "none") return false;
    const auto origin = wire::find_header(request.headers, "Origin");
    if (!origin) return true;  // No browser: scripts send none. The cookie is SameSite=Strict besides.
    return to_lower(*origin) == our_origin(request, secure);
}

std::string csrf_token(const std::string& session) {
    constexpr std::string_view kPurpose = "backfuture csrf 1 ";
    const auto text = std::string{kPurpose} + session;
    std::array<unsigned char, 24> hash{};
    crypto_generichash(hash.data(), hash.size(), as_bytes(text).data(), text.size(), nullptr, 0);
    return to_hex(hash);
}

bool has_csrf_token(const net::ServerRequest& request, const std::string& session) {
    const bool browser = wire::find_header(request.headers, "Origin") || wire::find_header(request.headers, "Sec-Fetch-Site");
    if (session.empty() || !browser) return true;
    // Then the cookie counts for nothing, and no other site can make a browser send that header.
    if (wire::find_header(request.headers, "Authorization")) return true;
    const auto sent = wire::find_header(request.headers, kCsrfHeader).value_or("");
    const auto wanted = csrf_token(session);
    return sent.size() == wanted.size() && sodium_memcmp(sent.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace bf::server
