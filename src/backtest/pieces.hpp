// The bytes of a file, one piece after the other: a mapped file is a single one, a zip gives a megabyte at a time.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace bf::backtest {

/// The next piece; empty at the end. What it points into stays until the next call.
using Pieces = std::function<Result<std::string_view>()>;

/// All of it at once.
inline Pieces one_piece(std::string_view bytes) {
    return [bytes]() mutable -> Result<std::string_view> { return std::exchange(bytes, {}); };
}

/// What a piece of something unpacked has at most, and the zero bytes behind what is gathered, which a reader may look at.
constexpr std::size_t kPiece = std::size_t{1} << 20, kPadding = 64;

/// What is left of something packed, behind what came, in one; with kPadding zero bytes behind it, which `bytes_max` does not count.
template <class Packed>
Result<std::string> gather(Packed& packed, std::string_view came, std::uint64_t bytes_max) {
    std::string all{came};
    while (true) {
        BF_TRY(const auto piece, packed.next(bytes_max));
        if (piece.empty()) break;
        all += piece;
    }
    all.append(kPadding, '\0');
    return all;
}

}  // namespace bf::backtest
