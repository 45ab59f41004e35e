#include "app/forget_clock.hpp"

#include <doctest/doctest.h>

using namespace bf;
using app::ForgetClock;
using std::chrono::hours;

TEST_CASE("a clock that jumped ahead makes nothing old before it has stood for a day; one that goes on does") {
    const auto start = Instant::from_ms(1'790'000'000'000);
    ForgetClock clock{start};
    CHECK(clock.believes(start + hours{1}, hours{1}));
    CHECK(clock.believes(start + hours{48}, hours{48}));
    // Back is harmless.
    CHECK(clock.believes(start + hours{40}, hours{49}));
    const auto ahead = hours{24 * 365};
    CHECK_FALSE(clock.believes(start + ahead + hours{50}, hours{50}));
    CHECK_FALSE(clock.believes(start + ahead + hours{73}, hours{73}));
    CHECK(clock.believed() == start + hours{40});
    SUBCASE("put right") {
        CHECK(clock.believes(start + hours{74}, hours{74}));
        CHECK_FALSE(clock.believes(start + ahead + hours{75}, hours{75}));
    }
    SUBCASE("it stands") { CHECK(clock.believes(start + ahead + hours{74}, hours{74})); }
    SUBCASE("set again") {
        CHECK_FALSE(clock.believes(start + ahead * 2 + hours{74}, hours{74}));
        CHECK_FALSE(clock.believes(start + ahead * 2 + hours{97}, hours{97}));
        CHECK(clock.believes(start + ahead * 2 + hours{98}, hours{98}));
    }
}

TEST_CASE("the first time of an installation is believed; a later process that begins a year ahead is not") {
    const auto start = Instant::from_ms(1'790'000'000'000);
    ForgetClock clock{std::nullopt};
    CHECK(clock.believes(start, hours{7}));
    ForgetClock next{clock.believed()};
    CHECK_FALSE(next.believes(start + hours{24 * 365}, hours{1}));
    CHECK(next.believes(start + hours{5}, hours{6}));
}
