#pragma once
#include <string_view>

namespace bf::server {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace bf::server
