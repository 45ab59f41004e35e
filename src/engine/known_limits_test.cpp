#include "engine/known_limits.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;

TEST_CASE("orders whose worth can't be summed up any more leave no room, and end nothing") {
    const market::Symbol pair{"BTC", "USDT", {}};
    const Now now{Instant::from_ms(1'700'000'000'000), seconds{1}};
    ports::LimitState state;
    state.limits.values["USDT"] = {1000, 500, 3000, 5000, 10'000};
    KnownLimits known;
    known.told(now, "c1", state);
    CHECK(known.has_room(now, "c1", pair, Decimal{3000}));
    CHECK_FALSE(known.has_room(now, "c1", pair, Decimal{3001}));
    known.ordered("c1", "USDT", Decimal{2000});
    CHECK(known.has_room(now, "c1", pair, Decimal{1000}));
    CHECK_FALSE(known.has_room(now, "c1", pair, Decimal{1001}));
    const auto absurd = Decimal::parse("99999999999999999999.999999999999999999").value();
    for (int i = 0; i < 3; ++i) known.ordered("c1", "USDT", absurd);
    CHECK_FALSE(known.has_room(now, "c1", pair, absurd));
    known.told(now, "c1", state);
    CHECK(known.has_room(now, "c1", pair, Decimal{3000}));
}
