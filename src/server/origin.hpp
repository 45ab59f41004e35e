// Where a request comes from, as far as a browser tells: the defences against DNS rebinding and against other sites' requests.
//
// Rebinding: a page of elsewhere whose name was turned to our address. Its requests carry that name in Host, so only names on our list are
// served. Cross-site requests: the origin must be ours, and a changing request of a session carries a token that only our page can read.
// Browsers alone send cookies without being asked; scripts with an API token and the command line are no part of this.
#pragma once
#include "net/server.hpp"

#include <span>
#include <string>

namespace bf::server {

/// The one Host header is on the list, in any case of letters.
bool is_our_host(const net::ServerRequest& request, std::span<const std::string> hosts);

/// The origin of our pages under the host that the request names.
std::string our_origin(const net::ServerRequest& request, bool secure);

/// No browser's request, or one from our own pages: Origin is ours and Sec-Fetch-Site, where it is sent, says the same.
bool is_our_origin(const net::ServerRequest& request, bool secure);

/// The header that carries the token, both ways.
inline constexpr std::string_view kCsrfHeader = "X-BF-Token";

/// The token that goes with a session. Made from it, so that nothing is stored; the session can't be found from it.
std::string csrf_token(const std::string& session);

/// Whether a changing request may pass: no session's, no browser's, or with the session's token.
bool has_csrf_token(const net::ServerRequest& request, const std::string& session);

}  // namespace bf::server
