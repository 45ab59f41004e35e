// What the exchange reports that an account pays counts before the settings' fees, and follows the exchange for groups that are open.
#include "support/trading_floor.hpp"

using namespace bf;
using test::TradingFloor;
using trading::SignalKind;

namespace {

/// More than any simulated exchange charges.
std::string settings(const std::string& market, const std::string& pair) {
    return R"({"name":"Ladder","connection":"Main","market":")" + market + R"(","pairs":[")" + pair + R"("],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},"entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
        "add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},"exit":{"take_profit_pct":"1.0"},"fees":{"maker_pct":"0.3","taker_pct":"0.3"}})";
}

bool asks_for_fees(const wire::Request& request) {
    return request.target.find("/trade-fees") != std::string::npos || request.target.find("/tradeFee") != std::string::npos || request.target.find("/tiered_fee_rate") != std::string::npos;
}

/// From now on the exchange answers questions about fees so; nothing: not at all.
void answer_fees(TradingFloor& floor, const char* body) {
    floor.transport->instead = [body](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (!asks_for_fees(request)) return std::nullopt;
        return body == nullptr ? wire::Response{503, {}, ""} : wire::Response{200, {}, body};
    };
}

}  // namespace

TEST_CASE("an entry counts with the fees that the exchange reports, with the settings' ones while it reports none") {
    for (const std::string exchange : {"kucoin", "mexc"})
        for (const auto market : {market::Market::spot, market::Market::futures})
            for (const bool reports : {true, false}) {
                CAPTURE(exchange);
                CAPTURE(market::to_string(market));
                CAPTURE(reports);
                TradingFloor floor{{.exchange = exchange, .market = market}};
                if (!reports) answer_fees(floor, nullptr);
                const std::string pair = market == market::Market::spot ? "ETH/USDT" : "ETH/USDT:USDT";
                floor.start();
                floor.price(pair, "3000");
                floor.add_strategy(settings(std::string{market::to_string(market)}, pair));
                floor.run(seconds{2});
                REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
                floor.run(seconds{5});
                const auto* group = floor.only_group();
                REQUIRE(group != nullptr);
                const auto* truth = floor.truth().orders.front()->instrument;
                const trading::FeeRates wanted = reports ? trading::FeeRates{truth->maker_fee, truth->taker_fee} : trading::FeeRates{"0.003"_d, "0.003"_d};
                CHECK(group->fees() == wanted);
                CHECK(group->terms().fees == wanted);
                // The exit nets one percent of what was paid after the fee that the exchange will take.
                const auto* exit = group->exit().current();
                REQUIRE(exit != nullptr);
                const auto& books = group->facts().books;
                const auto price = books.take_profit(wanted.taker, group->facts().target()).value();
                CHECK(*exit->plan().price >= price);
                CHECK(*exit->plan().price - price < truth->price_step);
            }
}

TEST_CASE("fees that the exchange changes move the target of a group that is open, and it keeps them over a restart") {
    TradingFloor floor{{}};
    floor.start();
    floor.price("ETH/USDT", "3000");
    floor.add_strategy(settings("spot", "ETH/USDT"));
    floor.run(seconds{2});
    REQUIRE(floor.signal("Ladder", "ETH/USDT", SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{5});
    const auto exit = [&] { return *floor.only_group()->exit().current()->plan().price; };
    const auto before = exit();
    answer_fees(floor, R"({"code":"200000","data":[{"symbol":"ETH-USDT","takerFeeRate":"0.004","makerFeeRate":"0.002"}]})");
    const auto later = [&] {
        for (int i = 0; i < 4 * 60; ++i) {
            floor.run(std::chrono::minutes{1} * 2);
            floor.price("ETH/USDT", "3000");
        }
    };
    later();
    CHECK(floor.only_group()->fees() == trading::FeeRates{"0.002"_d, "0.004"_d});
    CHECK(floor.only_group()->terms().fees == trading::FeeRates{"0.001"_d, "0.001"_d});
    floor.run(seconds{10});
    const auto after = exit();
    CHECK(after > before + Decimal{8});
    // The exchange tells nothing now: what it told last holds.
    answer_fees(floor, nullptr);
    floor.restart_from_checkpoint();
    floor.price("ETH/USDT", "3000");
    floor.run(seconds{10});
    CHECK(floor.only_group()->fees() == trading::FeeRates{"0.002"_d, "0.004"_d});
    CHECK(exit() == after);
    CHECK(floor.troubles.empty());
}

TEST_CASE("a group that was charged more than the exchange reports counts with what it was charged") {
    TradingFloor floor{{.exchange = "mexc", .market = market::Market::futures}};
    answer_fees(floor, R"({"success":true,"code":0,"data":{"symbol":"ETH_USDT","realMakerFee":0,"realTakerFee":0}})");
    floor.start();
    floor.price("ETH/USDT:USDT", "3000");
    floor.add_strategy(settings("futures", "ETH/USDT:USDT"));
    floor.run(seconds{2});
    REQUIRE(floor.signal("Ladder", "ETH/USDT:USDT", SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{5});
    const auto* group = floor.only_group();
    REQUIRE(group != nullptr);
    CHECK(group->terms().fees == trading::FeeRates{});
    const auto charged = floor.truth().orders.front()->instrument->taker_fee;
    CHECK(group->fees().taker >= charged);
    CHECK(group->fees().taker - charged < "0.00001"_d);
    const auto& books = group->facts().books;
    CHECK(*group->exit().current()->plan().price >= books.take_profit(charged, group->facts().target()).value());
}
