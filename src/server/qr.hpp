// A text as a QR picture: SVG without style or script, so that a page may show it as an image under the strictest content policy.
#pragma once
#include <string>

namespace bf::server {

/// Empty for a text that is too long for any QR code.
std::string qr_svg(const std::string& text);

}  // namespace bf::server
