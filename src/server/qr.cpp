#include "server/qr.hpp"

#include <memory>
#include <qrencode.h>

namespace bf::server {

std::string qr_svg(const std::string& text) {
    constexpr int kMargin = 4;  ///< What the standard asks for around it, or phones don't find it.
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code{QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free};
    if (!code) return {};
    const auto side = std::to_string(code->width + 2 * kMargin);
    std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + " " + side + R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + side + "v" + side + "H0z\"/><path d=\"";
    for (int y = 0; y < code->width; ++y)
        for (int x = 0; x < code->width; ++x) {
            if ((code->data[y * code->width + x] & 1) == 0) continue;
            int run = 1;
            while (x + run < code->width && (code->data[y * code->width + x + run] & 1) != 0) ++run;
            svg += "M" + std::to_string(x + kMargin) + " " + std::to_string(y + kMargin) + "h" + std::to_string(run) + "v1h-" + std::to_string(run) + "z";
            x += run - 1;
        }
    return svg + "\"/></svg>";
}

}  // namespace bf::server
