#include "server/backtest_asked.hpp"

#include "backtest/candle_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;

TEST_CASE("a run over REST takes the same steps as the command line where nobody knows the pair's") {
    struct Row { const char* why; int digits; const char* step; };
    const Row rows[] = {{"whole prices say little", 0, "0.01"}, {"coarse ones, too", 1, "0.01"}, {"the candles' own", 2, "0.01"}, {"finer ones", 5, "0.00001"}};
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto columns = test::random_candles(1, 10, 0, row.digits);
        server::BacktestAsked asked;
        const auto plan = server::plan_of(asked, columns.view());
        CHECK(plan.instrument.price_step.to_string() == row.step);
        CHECK(plan.instrument.quantity_step.to_string() == "0.00000001");
        CHECK(plan.instrument.price_step == default_instrument(columns.view()).price_step);
        asked.instrument = trading::InstrumentFacts{};
        asked.instrument->price_step = "0.5"_d;
        CHECK(server::plan_of(asked, columns.view()).instrument.price_step == "0.5"_d);
    }
}
