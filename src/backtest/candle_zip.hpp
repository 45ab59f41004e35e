// The one file in a zip, as the exchanges publish their monthly dumps. The bytes are hostile: what is unpacked is bounded by what was
// allowed, whatever the archive says of itself, and its checksum is checked.
#pragma once
#include "base/error.hpp"

#include <string>
#include <string_view>

namespace bf::backtest {

struct Unzipped {
    std::string name;
    std::string bytes;  ///< The file, and 64 zero bytes behind it.
    [[nodiscard]] std::string_view file() const { return std::string_view{bytes}.substr(0, bytes.size() - kPadding); }
    static constexpr std::size_t kPadding = 64;
};

bool looks_like_zip(std::string_view bytes);
/// `bytes_max` of the unpacked file.
Result<Unzipped> unzip_one(std::string_view bytes, const std::string& name, std::size_t bytes_max);

}  // namespace bf::backtest
