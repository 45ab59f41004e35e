// The mark that some editors and shells put before UTF-8 text. It says nothing, and JSON does not know it.
#pragma once
#include <string>
#include <string_view>

namespace bf::app {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

inline std::string without_utf8_mark(std::string text) {
    if (text.starts_with(kUtf8Mark)) text.erase(0, kUtf8Mark.size());
    return text;
}

}  // namespace bf::app
