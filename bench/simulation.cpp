// How much faster than life a strategy is simulated: the engine, its journal, its adapters, a signer and a simulated exchange in one process
// over virtual time, as the storms of tests/simulation run them, with one strategy and nothing that fails. A price moves every five to fifteen
// seconds and a signal comes every ten minutes, so that groups open, add and close all the time. Baseline: real time, in which an hour takes an hour.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/measure.hpp"
#include "support/storm_house.hpp"

#include <ctime>

using namespace bf;
using namespace bf::test;

namespace {

class OneStrategy : public StormHouse {
public:
    explicit OneStrategy(StormProduct wanted) : StormHouse{1, {{"c1", "Main", wanted, Decimal{200'000}}}, false}, product{wanted} {
        middle = price(product, kBase);
        set_price(product, kBase, middle);
        begin();
        clock.run_for(seconds{10});
        poll_quote(product, kBase);
        clock.run_for(seconds{2});
        const auto document = wire::Json::parse(R"({"name":"One","connection":"Main","market":")" + std::string{product.market == market::Market::spot ? "spot" : "futures"} + R"(","pairs":[")" +
                                                symbol(product, kBase).to_string() + R"("],"directions":["long"],"risk_level":"high","margin":{"group_limit":"9000","group_limit_pct":"45","connection_limit_pct":"90"},)"
                                                R"("entry":{"base_order":"700","max_slippage_pct":"0.20","max_spread_pct":"0.50"},"add_on":{"max":3,"zone_step_pct":"0.8","cooldown_s":0},"exit":{"take_profit_pct":"0.4"},"recovery":{"auto_release":true}})").value();
        const auto settings = trading::read_settings(document.root()).value();
        id = event([&](engine::Now now, engine::Trader& trader) { return trader.add_strategy(now, settings, "hash"); }).value()->id;
        if (!event([&](engine::Now now, engine::Trader& trader) { return trader.enable(now, id); })) std::abort();
        clock.after(seconds{20}, [this] { move_price(); });
        clock.after(minutes{10}, [this] { send_signal(); });
    }

private:
    static constexpr const char* kBase = "ETH";
    using minutes = std::chrono::minutes;

    void move_price() {
        clock.after(milliseconds{5'000 + static_cast<std::int64_t>(clock.roll(10'000))}, [this] { move_price(); });
        const auto now = price(product, kBase);
        auto thousandths = static_cast<std::int64_t>(clock.roll(9)) - 4;
        if (now > middle * Decimal::from_parts(108, 2)) thousandths = -std::abs(thousandths);
        if (now < middle * Decimal::from_parts(92, 2)) thousandths = std::abs(thousandths);
        set_price(product, kBase, round_to_step(now * Decimal::from_parts(1000 + thousandths, 3), exchange(product).find(symbol(product, kBase))->price_step, Rounding::down));
        clock.after(milliseconds{200}, [this] { poll_quote(product, kBase); });
    }
    void send_signal() {
        clock.after(minutes{10}, [this] { send_signal(); });
        trading::Signal signal;
        signal.strategy = "One";
        signal.pair = symbol(product, kBase).to_string();
        signal.direction = trading::Direction::long_side;
        signal.kind = trading::SignalKind::entry;
        signal.time = clock.wall();
        signal.id = "s" + std::to_string(++signals);
        event([&](engine::Now now, engine::Trader& trader) { static_cast<void>(trader.receive(now, *trader.find_strategy(id), std::move(signal))); });
        for (const int after : {0, 1500, 4000, 7000}) clock.after(milliseconds{after}, [this] { poll_quote(product, kBase); });
    }

    StormProduct product;
    Decimal middle;
    std::string id;
    std::uint64_t signals{0};
};

}  // namespace

int main() {
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    for (const auto& product : kStormProducts) {
        OneStrategy house{product};
        constexpr std::chrono::hours kSpan{48};
        const auto orders_before = house.truth(house.lines[0]).orders.size();
        const auto began = std::clock();
        house.clock.run_for(kSpan);
        const double took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC, lived = std::chrono::duration<double>(kSpan).count();
        const auto orders = house.truth(house.lines[0]).orders.size() - orders_before;
        if (orders < 100 || !house.complaints.empty()) std::abort();
        const std::string name = std::string{"simulation_"} + product.exchange + (product.market == market::Market::spot ? "_spot" : "_futures");
        bench::print({name, took, "s of processor time for two days of one strategy, " + std::to_string(orders) + " orders; baseline: as they pass", lived, lived / took, {bench::Want::at_least, 100'000}});
    }
    return 0;
}
