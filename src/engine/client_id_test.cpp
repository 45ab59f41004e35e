#include "engine/client_id.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace bf;
using namespace bf::engine;
using exchange::ExchangeId;
using market::Market;

namespace {

constexpr ExchangeId kAll[] = {ExchangeId::mexc, ExchangeId::kucoin, ExchangeId::binance, ExchangeId::okx, ExchangeId::bitget,
                               ExchangeId::gate, ExchangeId::htx, ExchangeId::bingx, ExchangeId::coinbase, ExchangeId::bybit};
constexpr Market kMarkets[] = {Market::spot, Market::futures};

bool is_of(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [more](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || more.find(c) != std::string_view::npos;
    });
}

}  // namespace

TEST_CASE("a client order id fits each exchange's alphabet and length") {
    struct Row { ExchangeId exchange; std::size_t length_max; const char* more; };
    const Row rows[] = {
        {ExchangeId::mexc, 32, "_-"}, {ExchangeId::kucoin, 40, "_-"}, {ExchangeId::binance, 36, "_-"}, {ExchangeId::okx, 32, ""}, {ExchangeId::bitget, 50, "_-"},
        {ExchangeId::gate, 30, "_-."}, {ExchangeId::htx, 64, "_-"}, {ExchangeId::bingx, 40, "_"}, {ExchangeId::coinbase, 128, "_-"}, {ExchangeId::bybit, 36, "_-"},
    };
    const ClientIds ids{5};
    for (const auto& row : rows) {
        for (const auto market : kMarkets) {
            const auto id = ids.make(row.exchange, market, {"0d9f4a52-connection", 7, 3, 12});
            CAPTURE(id);
            CHECK(id.size() <= row.length_max);
            CHECK(is_of(id, row.more));
            // BingX gives swaps' ids back in lower case.
            CHECK(std::none_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
        }
    }
    CHECK(ids.make(ExchangeId::gate, Market::spot, {"c", 1, 1, 1}).starts_with("t-"));
    const auto number = ids.make(ExchangeId::htx, Market::futures, {"c", 1, 1, 1});
    CHECK(std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }));
    CHECK(number.size() == 19);
    CHECK(number < std::string{"9223372036854775807"});
}

TEST_CASE("the same name gives the same id for ever; any other name another one") {
    const ClientIds ids{5};
    CHECK(ids.make(ExchangeId::mexc, Market::spot, {"c1", 2, 3, 4}) == "bf1782144fac8d86f358467b183");
    std::set<std::string> seen;
    std::size_t made = 0;
    for (const char* connection : {"c", "c1", "1c"})
        for (std::uint64_t group = 0; group < 40; ++group)
            for (std::uint32_t leg = 0; leg < 8; ++leg)
                for (std::uint32_t attempt = 0; attempt < 40; ++attempt, ++made) seen.insert(ids.make(ExchangeId::mexc, Market::spot, {connection, group, leg, attempt}));
    CHECK(seen.size() == made);
}

TEST_CASE("ours is told from others'") {
    const ClientIds ids{5}, others{6};
    for (const auto exchange : kAll) {
        for (const auto market : kMarkets) {
            int mistaken = 0;
            for (std::uint64_t group = 0; group < 200; ++group) {
                auto id = ids.make(exchange, market, {"c1", group, 1, 1});
                CHECK(ids.is_ours(exchange, market, id));
                if (others.is_ours(exchange, market, id)) ++mistaken;
                std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
                CHECK(ids.is_ours(exchange, market, id));
            }
            CHECK(mistaken <= 2);
            for (const char* other : {"", "bf1", "t-", "x-40PTWbMI", "8", "bf1zzzzzzzzzzzzzzzzzzzzzzzz", "bf-000001"}) CHECK_FALSE(ids.is_ours(exchange, market, other));
        }
    }
}
