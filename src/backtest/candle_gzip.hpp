// A file packed with gzip, a piece at a time. The bytes are hostile: what is unpacked is bounded by what was allowed, and its checksum is checked.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bf::backtest {

bool looks_like_gzip(std::string_view bytes);

class Gunzip {
public:
    /// `bytes` and `name` (of the file, for sentences) outlive it.
    static Result<Gunzip> open(std::string_view bytes, const std::string& name);
    Gunzip(Gunzip&&) noexcept;
    ~Gunzip();

    /// kPiece at most, until the next call; empty at the end, when it was whole and its checksum right. Fails when more than `bytes_max` came in all.
    Result<std::string_view> next(std::uint64_t bytes_max);

private:
    struct State;
    explicit Gunzip(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace bf::backtest
