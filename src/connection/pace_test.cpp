#include "connection/pace.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::connection;
using exchange::Charge;
using exchange::Operation;
using market::Market;
using std::chrono::microseconds;

namespace {

constexpr exchange::Pool kPools[] = {{"weight", 100, seconds{10}}, {"lists", 4, seconds{60}}};
exchange::Charges charges(Operation operation, Market) {
    if (operation == Operation::instruments) return {Charge{0, 5}, Charge{1, 1}};
    if (operation == Operation::server_time) return {Charge{0, 10}};
    return {};
}
constexpr microseconds at(double s) { return microseconds{static_cast<std::int64_t>(s * 1e6)}; }

}  // namespace

TEST_CASE("a call waits exactly until enough of the span has passed, and never longer") {
    Pace pace{{kPools, charges}};
    for (int i = 0; i < 10; ++i) {
        REQUIRE(pace.wait(at(i * 0.1), Operation::server_time, Market::spot).count() == 0);
        pace.spend(at(i * 0.1), Operation::server_time, Market::spot);
    }
    // The first left at 0 s and counts for 10.1 s.
    CHECK(pace.wait(at(1), Operation::server_time, Market::spot) == milliseconds{9100});
    CHECK(pace.wait(at(1), Operation::key_info, Market::spot).count() == 0);
    CHECK(pace.wait(at(10.05), Operation::server_time, Market::spot) == milliseconds{50});
    CHECK(pace.wait(at(10.1), Operation::server_time, Market::spot).count() == 0);
    CHECK(pace.used(0, at(10.1)) == 90);
}

TEST_CASE("the tightest pool decides") {
    Pace pace{{kPools, charges}};
    for (int i = 0; i < 4; ++i) pace.spend(at(i), Operation::instruments, Market::spot);
    CHECK(pace.wait(at(4), Operation::instruments, Market::spot) == milliseconds{56600});
    CHECK(pace.wait(at(4), Operation::server_time, Market::spot).count() == 0);
}

TEST_CASE("what is set aside is not given twice, comes back unused, and scheduled checks get half") {
    Pace pace{{kPools, charges}};
    const Pace::Weights expected{30, 1};
    auto first = pace.admit(at(0), expected, Pace::Share::scheduled);
    REQUIRE(first);
    CHECK_FALSE(pace.admit(at(0), expected, Pace::Share::scheduled));  // 60 of 50.
    auto user = pace.admit(at(0), expected, Pace::Share::whole);
    REQUIRE(user);
    CHECK(pace.admit(at(0), expected, Pace::Share::whole));            // 90 of 100, given back at once.
    pace.spend(at(0), Operation::server_time, Market::spot, &*user);
    user.reset();                                                      // 10 asked, 20 come back.
    CHECK(pace.used(0, at(0)) == 10);
    first.reset();
    CHECK(pace.admit(at(0), expected, Pace::Share::scheduled));
    CHECK_FALSE(pace.admit(at(0), {95, 0}, Pace::Share::whole));
    CHECK_FALSE(pace.admit(at(9.5), {95, 0}, Pace::Share::whole));  // Counts until 10.1 s.
    CHECK(pace.admit(at(9.6), {95, 0}, Pace::Share::whole));
    CHECK_MESSAGE(pace.admit(at(11), {500, 9}, Pace::Share::scheduled), "alone, a test larger than a pool may run");
}

TEST_CASE("in no span of a window's length more goes out than the limit, whatever is asked when") {
    const std::uint64_t seed = 20260914;
    CAPTURE(seed);
    std::uint64_t state = seed;
    const auto dice = [&state] { return (state = state * 6364136223846793005U + 1442695040888963407U) >> 33; };
    Pace pace{{kPools, charges}};
    std::vector<std::pair<microseconds, int>> sent;
    microseconds now{0};
    for (int i = 0; i < 4000; ++i) {
        now += microseconds{static_cast<std::int64_t>(dice() % 400'000)};
        const auto operation = dice() % 3 == 0 ? Operation::instruments : Operation::server_time;
        now += microseconds{pace.wait(now, operation, Market::spot)};
        REQUIRE(pace.wait(now, operation, Market::spot).count() == 0);
        pace.spend(now, operation, Market::spot);
        sent.emplace_back(now, operation == Operation::instruments ? 5 : 10);
    }
    for (std::size_t end = 0, begin = 0, weight = 0; end < sent.size(); ++end) {
        weight += static_cast<std::size_t>(sent[end].second);
        while (sent[begin].first <= sent[end].first - microseconds{seconds{10}}) weight -= static_cast<std::size_t>(sent[begin++].second);
        REQUIRE(weight <= 100);
    }
}
