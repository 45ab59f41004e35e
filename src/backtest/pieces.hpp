// The bytes of a file, one piece after the other: a mapped file is a single one, a zip gives a megabyte at a time.
#pragma once
#include "base/error.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace bf::backtest {

/// The next piece; empty at the end. What it points into stays until the next call.
using Pieces = std::function<Result<std::string_view>()>;

/// All of it at once.
inline Pieces one_piece(std::string_view bytes) {
    return [bytes]() mutable -> Result<std::string_view> { return std::exchange(bytes, {}); };
}

}  // namespace bf::backtest
