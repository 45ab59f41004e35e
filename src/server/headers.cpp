#include "server/headers.hpp"

#include <string>

namespace bf::server {
namespace {

/// No inline code, nothing from elsewhere, in no frame: a text that got into a page by mistake still can't run. Trusted Types besides: a
/// script can make markup from a string through the one policy that Svelte's templates use, and code from a string not at all.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// Nothing the dashboard needs of the machine: a script that got in can't ask for it either.
constexpr std::string_view kPermissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), display-capture=()";

}  // namespace

wire::Response with_headers(wire::Response response, std::string_view content_type) {
    response.headers.push_back({"Content-Type", std::string{content_type}});
    response.headers.push_back({"Content-Security-Policy", std::string{kContentSecurityPolicy}});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
    response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    response.headers.push_back({"Permissions-Policy", std::string{kPermissions}});
    return response;
}

wire::Header strict_transport() { return {"Strict-Transport-Security", "max-age=31536000"}; }

}  // namespace bf::server
