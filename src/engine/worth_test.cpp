#include "engine/worth.hpp"

#include <doctest/doctest.h>

using namespace bf;
using engine::Worth;

TEST_CASE("what groups hold is summed by connection and asset, and not known while one price is not") {
    Worth worth;
    CHECK(worth.of("a", "USDT") == Decimal{});
    auto one = worth.open("a", "USDT"), two = worth.open("a", "USDT"), three = worth.open("a", "USDC"), four = worth.open("b", "USDT");
    one.set(Decimal{100});
    two.set(Decimal{50});
    three.set(Decimal{7});
    four.set(Decimal{9});
    CHECK(worth.of("a", "USDT") == Decimal{150});
    CHECK(worth.of("a", "USDC") == Decimal{7});
    CHECK(worth.of("b", "USDT") == Decimal{9});
    two.set(std::nullopt);
    CHECK(worth.of("a", "USDT") == std::nullopt);
    CHECK(worth.of("b", "USDT") == Decimal{9});
    two.set(Decimal{60});
    CHECK(worth.of("a", "USDT") == Decimal{160});
    one.set(std::nullopt);
    one.clear();
    one.clear();
    CHECK(worth.of("a", "USDT") == Decimal{60});
    two.clear();
    CHECK(worth.of("a", "USDT") == Decimal{});
}

TEST_CASE("a worth at a price that can't be meant is not known; it ends nothing and is gone with the price") {
    Worth worth;
    auto one = worth.open("a", "USDT"), two = worth.open("a", "USDT");
    const auto most = Decimal::parse("99999999999999999999.999999999999999999").value();
    one.set(most);
    two.set(most);
    CHECK(worth.of("a", "USDT") == std::nullopt);
    one.set(Decimal{5});
    two.set(Decimal{6});
    CHECK(worth.of("a", "USDT") == Decimal{11});
}
