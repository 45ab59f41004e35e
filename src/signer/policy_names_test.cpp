// Client order ids are the caller's words. Whoever has taken over the engine may use one twice, for an entry and an exit, for two symbols, or
// tell of an order that was never signed: whatever he does with names, no more may be sold than was bought, and nothing gives back an amount.
#include "signer/policy_rules.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>

using namespace bf;
using namespace bf::signer;
using market::Side;

namespace {

ConnectionPolicy policy_of(const ports::UseLimits& limits) {
    PolicyState state;
    state.limits = limits;
    return ConnectionPolicy{std::move(state)};
}

ports::UseLimits limits() {
    auto made = ports::default_limits(market::Market::spot);
    made.values = {{"USDT", {1000, 500, 100'000, 200'000, 100'000}}};
    made.orders_a_minute = 5000;
    made.exits_a_minute = 5000;
    return made;
}

}  // namespace

TEST_CASE("a name that is used again, for another side or another pair, gives nothing back and lets nothing more be sold") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice{seed};
    const char* const names[] = {"a", "b", "A", "a ", ""};
    const auto symbols = std::array{*market::Symbol::parse("BTC/USDT"), *market::Symbol::parse("ETH/USDT")};
    std::size_t entries = 0, exits = 0, settled = 0;
    for (int life = 0; life < 300; ++life) {
        auto policy = policy_of(limits());
        Instant now = Instant::from_ms(1'790'000'000'000);
        std::map<market::Symbol, Decimal> bought;
        Decimal signed_value;
        const auto used = [&] {
            for (const auto& one : policy.tell(now).used)
                if (one.asset == "USDT") return one;
            return ports::LimitState::Used{};
        };
        for (int step = 0; step < 60; ++step) {
            now = now + milliseconds{dice() % 200};
            const auto& symbol = symbols[dice() % symbols.size()];
            const std::string name = names[dice() % std::size(names)];
            const Decimal quantity{static_cast<std::int64_t>(1 + dice() % 9)};
            if (dice() % 3 == 0) {
                ++settled;
                const auto before = used();
                const bool exit = dice() % 2 == 0;
                policy.settle(SettledOrder{"c", name, symbol, exit, dice() % 4 == 0 ? Decimal{1'000'000} : quantity * Decimal{static_cast<std::int64_t>(dice() % 2)}}, now);
                const auto after = used();
                // What was signed within the hour and the day stays signed, whatever became of it.
                CHECK(after.hour == before.hour);
                CHECK(after.day == before.day);
            } else {
                SignItem item{"c", Slot::active, now, now + seconds{5}, {}, ports::PriceReference{100, now}};
                item.call.operation = exchange::Operation::place_order;
                item.call.symbol = symbol;
                item.call.side = dice() % 2 == 0 ? Side::buy : Side::sell;
                item.call.type = market::OrderType::limit;
                item.call.quantity = quantity;
                item.call.price = Decimal{100};
                if (!name.empty()) item.call.client_order_id = name;
                if (dice() % 5 == 0) item.call.reduce_only = true;
                const auto before = used();
                const bool exit = item.call.side == Side::sell && quantity <= (bought.contains(symbol) ? bought[symbol] : Decimal{});
                const auto why = policy.judge(item, now, [&policy]() -> Status {
                    static std::uint64_t number = 0;
                    policy.begin_write(++number);
                    policy.end_write(number, true);
                    return {};
                });
                const bool counted = used().day != before.day;
                if (!why && item.call.side == Side::buy) {
                    ++entries;
                    bought[symbol] += quantity;
                    signed_value += quantity * Decimal{100};
                    CHECK(counted);
                }
                if (!why && item.call.side == Side::sell && !counted) {
                    ++exits;
                    // Outside of the amounts: no more than the signed buys can have filled.
                    CHECK(exit);
                }
                if (!why && item.call.side == Side::sell && counted) signed_value += quantity * Decimal{100};
            }
            CHECK(used().day == signed_value);
            for (const auto& [of, use] : policy.state().symbols) CHECK(use.quantity <= (bought.contains(of) ? bought[of] : Decimal{}));
        }
    }
    MESSAGE("entries " << entries << ", exits " << exits << ", told " << settled);
    CHECK(entries > 1000);
    CHECK(exits > 500);
}
