// The dashboard's files, built into the program.
#pragma once
#include <optional>
#include <string_view>

namespace bf::server {

struct Asset {
    std::string_view content_type;
    std::string_view bytes;
    bool immutable;  ///< Its name holds a hash of its content.
    std::string_view gzip;  ///< The same bytes compressed; empty where that gains nothing.
};

/// "/" and "/assets/...". Nothing when there is no such file, or the program was built without the dashboard.
std::optional<Asset> find_asset(std::string_view path);

}  // namespace bf::server
