// 1,000 connections tested at once while the exchange's limits are in force, in virtual time: how long it takes beside what the limits
// force, and that no request is over them. The book, its pace and the adapters are the product's; the exchange is simulated, in memory.
#define DOCTEST_CONFIG_IMPLEMENT  // tests/support checks with doctest.
#include "support/crowd.hpp"
#include "support/measure.hpp"

using namespace bf;
using namespace bf::bench;

namespace {

/// How long one test lasts that nothing holds up.
double alone(const std::string& exchange) {
    test::Desk desk{{.exchanges = {exchange}, .limits = true}};
    const auto begun = desk.clock.true_time();
    connection::AddRequest request{.name = "C", .exchange = *exchange::parse_exchange(exchange), .market = market::Market::spot, .sealed = desk.good_key(exchange).sealed(), .test = true};
    desk.book->add(std::move(request), [](const Result<std::string>&) {});
    REQUIRE(desk.clock.run_until([&] { return desk.tested.size() == 1; }, seconds{60}));
    return static_cast<double>((desk.clock.true_time() - begun).count()) / 1000;
}

}  // namespace

int main() {
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    for (const std::string exchange : {"kucoin", "mexc"}) {
        test::Desk desk{{.exchanges = {exchange}, .limits = true}};
        const auto run = test::run_crowd(desk, exchange);
        if (run.connected != test::kCrowd) return 1;
        const double forced = run.seconds_forced + alone(exchange);
        print({"limits_" + exchange, run.seconds_taken, "s of virtual time for 1,000 tests; baseline: what the limits force and one test's own duration", forced,
               run.seconds_taken / forced, {Want::at_most, 1.05}});
        print({"limits_" + exchange + "_refused", static_cast<double>(run.refused), "requests over the limits; baseline: all requests", static_cast<double>(run.requests),
               static_cast<double>(run.refused) / static_cast<double>(run.requests), {Want::at_most, 0}});
    }
    return 0;
}
