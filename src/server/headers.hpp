// What every answer of the web process tells the browser about itself.
#pragma once
#include "wire/http.hpp"

#include <string_view>

namespace bf::server {

/// The type, no guessing of another, the content policy, no framing, no referrer, nothing shared with other origins.
wire::Response with_headers(wire::Response response, std::string_view content_type);

/// Only after TLS that the user's own certificate or a proxy gives: with a self-signed one it would lock its owner out.
wire::Header strict_transport();

}  // namespace bf::server
