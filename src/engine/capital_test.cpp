#include "engine/capital.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using engine::Capital;

TEST_CASE("a group counts once, on its connection and on its strategy, however often it changed") {
    Capital capital;
    capital.set(1, {"a", "s", "USDT"}, {Decimal{100}, Decimal{400}});
    capital.set(1, {"a", "s", "USDT"}, {Decimal{200}, Decimal{300}});
    capital.set(2, {"b", "s", "USDT"}, {Decimal{50}, Decimal{0}});
    CHECK(capital.of_connection("a", "USDT").used == Decimal{200});
    CHECK(capital.of_connection("a", "USDT").reserved == Decimal{300});
    CHECK(capital.of_connection("b", "USDT").groups == 1);
    CHECK(capital.of_strategy("s", "USDT").used == Decimal{250});
    CHECK(capital.of_group(1).reserved == Decimal{300});
    capital.remove(1);
    capital.remove(1);
    CHECK(capital.of_connection("a", "USDT").groups == 0);
    CHECK(capital.of_connection("a", "USDT").used.is_zero());
    CHECK(capital.of_strategy("s", "USDT").used == Decimal{50});
}

TEST_CASE("each money has sums of its own, and all groups of a connection count as groups") {
    Capital capital;
    capital.set(1, {"a", "s", "USDT"}, {Decimal{5000}, Decimal{400}});
    capital.set(2, {"a", "s", "BTC"}, {"0.1"_d, "0.3"_d});
    CHECK(capital.of_connection("a", "BTC").used == "0.1"_d);
    CHECK(capital.of_connection("a", "BTC").reserved == "0.3"_d);
    CHECK(capital.of_connection("a", "BTC").groups == 2);
    CHECK(capital.of_connection("a", "USDT").used == Decimal{5000});
    CHECK(capital.of_strategy("s", "BTC").used == "0.1"_d);
    CHECK(capital.of_connection("a", "EUR").used.is_zero());
    CHECK(capital.of_connection("a", "EUR").groups == 2);
    capital.remove(2);
    CHECK(capital.of_connection("a", "BTC").used.is_zero());
    CHECK(capital.of_connection("a", "BTC").groups == 1);
}

TEST_CASE("the sums are those of the groups that are there") {
    const bool held = rc::check("sums", [](const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>>& steps) {
        Capital capital;
        std::map<std::uint64_t, std::pair<std::string, Decimal>> truth;
        for (const auto& [group, connection, amount] : steps) {
            const auto number = static_cast<std::uint64_t>(group % 7);
            const std::string name(1, static_cast<char>('a' + connection % 3));
            if (amount % 5 == 0) {
                capital.remove(number);
                truth.erase(number);
            } else {
                capital.set(number, {name, "s", "USDT"}, {Decimal{amount}, Decimal{1}});
                truth[number] = {name, Decimal{amount}};
            }
        }
        for (const auto* name : {"a", "b", "c"}) {
            Decimal used;
            int groups = 0;
            for (const auto& [number, entry] : truth)
                if (entry.first == name) {
                    used += entry.second;
                    ++groups;
                }
            RC_ASSERT(capital.of_connection(name, "USDT").used == used);
            RC_ASSERT(capital.of_connection(name, "USDT").groups == groups);
        }
    });
    CHECK(held);
}
