// The four products that there are adapters and simulated exchanges for.
#pragma once
#include "market/types.hpp"

namespace bf::test {

struct Product {
    const char* exchange;
    market::Market market;
};
inline constexpr Product kProducts[] = {
    {"mexc", market::Market::spot}, {"mexc", market::Market::futures}, {"kucoin", market::Market::spot}, {"kucoin", market::Market::futures}};

}  // namespace bf::test
