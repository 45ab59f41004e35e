// For tests: a text in pieces of random sizes, each gone when the next one comes.
#pragma once
#include "backtest/pieces.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>

namespace bf::backtest::test {

/// `text` and `dice` outlive it.
inline Pieces in_pieces(const std::string& text, std::mt19937_64& dice) {
    return [&text, &dice, at = std::size_t{0}, held = std::shared_ptr<std::string>{}]() mutable -> Result<std::string_view> {
        const auto size = std::min<std::size_t>(text.size() - at, 1 + dice() % (dice() % 4 == 0 ? 2'000 : 30));
        held = std::make_shared<std::string>(text.substr(at, size));
        at += size;
        return std::string_view{*held};
    };
}

}  // namespace bf::backtest::test
