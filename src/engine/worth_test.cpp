#include "engine/worth.hpp"

#include <doctest/doctest.h>

using namespace bf;
using engine::Worth;

TEST_CASE("what groups hold is summed by connection and asset, and not known while one price is not") {
    Worth worth;
    CHECK(worth.of("a", "USDT") == Decimal{});
    worth.set(1, "a", "USDT", Decimal{100});
    worth.set(2, "a", "USDT", Decimal{50});
    worth.set(3, "a", "USDC", Decimal{7});
    worth.set(4, "b", "USDT", Decimal{9});
    CHECK(worth.of("a", "USDT") == Decimal{150});
    CHECK(worth.of("a", "USDC") == Decimal{7});
    CHECK(worth.of("b", "USDT") == Decimal{9});
    worth.set(2, "a", "USDT", std::nullopt);
    CHECK(worth.of("a", "USDT") == std::nullopt);
    CHECK(worth.of("b", "USDT") == Decimal{9});
    worth.set(2, "a", "USDT", Decimal{60});
    CHECK(worth.of("a", "USDT") == Decimal{160});
    worth.set(1, "a", "USDT", std::nullopt);
    worth.remove(1);
    CHECK(worth.of("a", "USDT") == Decimal{60});
    worth.remove(2);
    CHECK(worth.of("a", "USDT") == Decimal{});
}
