// The one file in a zip, as the exchanges publish their monthly dumps, a piece at a time. The bytes are hostile: what is unpacked is bounded by what was
// allowed, whatever the archive says of itself, and its checksum is checked.
#pragma once
#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace bf::backtest {

bool looks_like_zip(std::string_view bytes);

class Unzip {
public:
    /// `bytes` and `name` (of the zip, for sentences) outlive it.
    static Result<Unzip> open(std::string_view bytes, const std::string& name);
    Unzip(Unzip&&) noexcept;
    ~Unzip();

    /// What the file in it is called, tamed.
    [[nodiscard]] const std::string& inside() const;
    /// kPiece at most, until the next call; empty at the end, when it was whole and its checksum right. Fails when more than `bytes_max` came in all,
    /// or will.
    Result<std::string_view> next(std::uint64_t bytes_max);

private:
    struct State;
    explicit Unzip(std::unique_ptr<State> state);
    [[nodiscard]] Unexpected<Error> refuse(const std::string& what) const;
    std::unique_ptr<State> state_;
};

}  // namespace bf::backtest
