#include "engine/exit_keeper.hpp"

#include <doctest/doctest.h>

using namespace bf;
using engine::ExitKeeper;

TEST_CASE("what is sold has to reach both minima, however high the price is told to be") {
    engine::InstrumentLimits limits;
    limits.min_quantity = "0.5"_d;
    limits.min_notional = Decimal{5};
    CHECK(ExitKeeper::sellable(Decimal{10}, "0.5"_d, limits));
    CHECK_FALSE(ExitKeeper::sellable(Decimal{10}, "0.4"_d, limits));
    CHECK_FALSE(ExitKeeper::sellable("9.9"_d, "0.5"_d, limits));
    CHECK(ExitKeeper::sellable(Decimal::parse("99999999999999999999").value(), Decimal{1'000}, limits));
}
