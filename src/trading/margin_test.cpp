#include "trading/margin.hpp"

#include "trading/liquidation.hpp"
#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;

TEST_CASE("4.3: the base order follows from the limit") {
    Settings settings = settings_of(R"({"name":"n","connection":"c","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low"})");
    const Rules low = make_rules(settings);
    CHECK(group_limit(low.protection, 10'000)->value() == 500);
    CHECK(base_order(low, 0, 10'000).value() == 100);
    CHECK(fixed(base_order(low, "0.001"_d, 10'000)) == "99.90");
    // The whole ladder with fees and the reserve is the limit, never a digit more.
    const Number base = base_order(low, "0.001"_d, 10'000), ladder = rungs_cost(market::Market::spot, low.shape, base, "0.001"_d, 0);
    CHECK(ladder <= 400);
    CHECK(ladder > "399.999999999999"_d);
    // An absolute limit and a share: the smaller wins.
    settings.margin.group_limit = 300;
    CHECK(group_limit(make_rules(settings).protection, 10'000)->value() == 300);
    CHECK(group_limit(make_rules(settings).protection, 4'000)->value() == 200);
    // An account that owes more than it has.
    CHECK(group_limit(low.protection, -50)->value() == 0);
    CHECK(base_order(low, "0.001"_d, -50).value() == 0);
    // Futures: the size is margin, which pays fees of L times itself.
    settings.market = market::Market::futures;
    settings.pairs = {"ETH/USDT:USDT"};
    settings.margin.group_limit.reset();
    settings.futures.leverage = 2;
    const Rules futures = make_rules(settings);
    CHECK(fixed(base_order(futures, "0.0006"_d, 10'000), 6) == "99.760575");  // 400 / (4 x 1.0024)
}

TEST_CASE("4.3: what each level fills in, and that written values win") {
    struct Row { const char* level; int limit, total, add_ons, step; const char* multiplier; int leverage, adverse, groups; };
    const Row rows[] = {{"low", 5, 20, 3, 5, "1", 2, 8, 3}, {"medium", 10, 40, 4, 4, "1.2", 4, 10, 4}, {"high", 15, 60, 5, 3, "1.5", 5, 12, 4}};
    for (const Row& row : rows) {
        CAPTURE(row.level);
        const Settings filled = with_level(settings_of(std::string{R"({"risk_level":")"} + row.level + "\"}"));
        CHECK(filled.margin.group_limit_pct == Decimal{row.limit});
        CHECK(filled.margin.connection_limit_pct == Decimal{row.total});
        CHECK(filled.add_on.max == row.add_ons);
        CHECK(filled.add_on.zone_step_pct == Decimal{row.step});
        CHECK(filled.add_on.size_multiplier == Decimal::parse(row.multiplier).value());
        CHECK(filled.futures.leverage == Decimal{row.leverage});
        CHECK(filled.recovery.adverse_move_pct == Decimal{row.adverse});
        CHECK(filled.entry.max_open_groups == row.groups);
    }
    CHECK(with_level(settings_of(R"({"risk_level":"high","add_on":{"max":0}})")).add_on.max == 0);
}

TEST_CASE("what a group uses: cost on spot; margin and the fees still to pay on futures; open orders besides") {
    Scene scene;
    scene.holding({"3000", "2850", "2700"});
    CHECK(margin_used(market::Market::spot, *scene.group, "0.001"_d).value() == "855.855"_d);
    scene.group->open_entries = 100;
    CHECK(margin_used(market::Market::spot, *scene.group, "0.001"_d).value() == "955.955"_d);
    struct Row { const char* leverage; const char* margin[3]; };
    for (const Row& row : {Row{"3", {"100", "195", "285"}}, Row{"5", {"60", "117", "171"}}, Row{"10", {"30", "58.5", "85.5"}}}) {
        Scene futures;
        futures.futures(row.leverage);
        const std::initializer_list<const char*> fills[] = {{"3000"}, {"3000", "2850"}, {"3000", "2850", "2700"}};
        for (std::size_t i = 0; i < 3; ++i) {
            futures.holding(fills[i]);
            const Decimal exit_fees = futures.group->books.notional() * "0.0006"_d;
            CHECK(margin_used(market::Market::futures, *futures.group, "0.0006"_d).value() == Decimal::parse(row.margin[i]).value() + exit_fees);
        }
    }
    CHECK(margin_needed(market::Market::futures, 300, 5, "0.0006"_d).value() == "60.36"_d);
    CHECK(margin_needed(market::Market::spot, 300, 1, "0.001"_d).value() == "300.3"_d);
}

TEST_CASE("what a group may still take is held back for it, and given back as it is used") {
    Scene scene;
    scene.holding({"3000"});
    const auto reserved = [&] { return still_reserved(make_rules(scene.settings), *scene.group, "0.001"_d, 100'000).value(); };
    CHECK(reserved() == "900.9"_d + 1000);
    scene.group->add_ons = 1;
    scene.group->deepest_zone = 3;  // a jump into zone 3 frees the skipped ones
    CHECK(reserved() == 1000);
    scene.group->deepest_zone = 0;
    scene.group->add_ons = 0;
    scene.group->state = GroupState::recovery;
    CHECK(reserved() == 1000);
    scene.group->recovery_add_ons = 1;
    CHECK(reserved() == 0);
    scene.group->state = GroupState::active;
    scene.settings.add_on.max = 1;  // a lowered maximum protects at once
    CHECK(reserved() == "300.3"_d);
}

TEST_CASE("orders are rounded inward, sizes down") {
    const Quote quote{.bid = "2999.93"_d, .ask = "3000.07"_d, .mark = 3000};
    CHECK(entry_limit(quote, Direction::long_side, "0.002"_d, "0.1"_d).value() == 3006);       // 3,006.07
    CHECK(entry_limit(quote, Direction::short_side, "0.002"_d, "0.1"_d).value() == "2994"_d);  // 2,993.93
    CHECK(exit_limit(quote, Direction::long_side, "0.002"_d, "0.1"_d).value() == "2994"_d);
    CHECK(exit_limit(quote, Direction::short_side, "0.002"_d, "0.1"_d).value() == 3006);
    CHECK(quantity_for(300, 1, "2999.99"_d, "0.0001"_d).value() == "0.1"_d);
    CHECK(quantity_for(300, 1, "3000.01"_d, "0.0001"_d).value() == "0.0999"_d);
    CHECK(quantity_for(60, 5, 3000, "0.01"_d).value() == "0.1"_d);
}

TEST_CASE("AT-F: liquidation of the ETH example") {
    struct Row { const char* leverage; std::initializer_list<const char*> fills; const char* price; };
    const Row rows[] = {{"3", {"3000"}, "2011.26"}, {"5", {"3000"}, "2413.52"}, {"10", {"3000"}, "2715.21"},
                        {"3", {"3000", "2850"}, "1960.98"}, {"5", {"3000", "2850"}, "2353.18"}, {"10", {"3000", "2850"}, "2647.33"},
                        {"3", {"3000", "2850", "2700"}, "1910.70"}, {"5", {"3000", "2850", "2700"}, "2292.84"}, {"10", {"3000", "2850", "2700"}, "2579.44"}};
    const auto price = [](Direction direction, const Row& row) {
        const Books books = books_of(direction, row.fills, "0.1", "0.0006");
        const Position position{direction, books.average(), books.sellable(), divide_down(books.notional(), Decimal::parse(row.leverage).value())};
        return fixed(liquidation_price(position, "0.005"_d, "0.0006"_d));
    };
    for (const Row& row : rows) CHECK(price(Direction::long_side, row) == row.price);
    for (const Row& row : {Row{"5", {"3000"}, "3579.95"}, Row{"5", {"3000", "3150"}, "3669.45"}, Row{"5", {"3000", "3150", "3300"}, "3758.95"}})
        CHECK(price(Direction::short_side, row) == row.price);
    // The lone first entry in percent of its price, as the practical reading has it.
    for (const auto& [leverage, percent] : {std::pair{"2", "49.7"}, {"3", "33.0"}, {"4", "24.6"}, {"5", "19.5"}, {"10", "9.5"}}) {
        const Number at_price = liquidation_price({Direction::long_side, 3000, 1, divide_down(3000, Decimal::parse(leverage).value())}, "0.005"_d, "0.0006"_d);
        CHECK(fixed(liquidation_distance(Direction::long_side, at_price, 3000) * 100, 1) == percent);
    }
    CHECK(with_buffer(Direction::long_side, 8, 10).value() == "8.1"_d);
    CHECK(with_buffer(Direction::short_side, 12, 10).value() == "11.9"_d);
    CHECK(liquidation_price({Direction::long_side, 100, 1, 100}, "0.005"_d, 0).value() == 0);
    const std::vector<RiskTier> tiers{{1000, "0.005"_d}, {5000, "0.01"_d}};
    CHECK(maintenance_rate(tiers, {1000, 1}) == "0.005"_d);
    CHECK(maintenance_rate(tiers, {"1000.01"_d, 1}) == "0.01"_d);
    CHECK_FALSE(maintenance_rate(tiers, {5001, 1}).has_value());
    CHECK_FALSE(maintenance_rate({}, {1, 1}).has_value());
    // Counted in quantity no price matters; counted in value a short is as large as its mark makes it, a long as its entry did.
    const std::vector<RiskTier> by_quantity{{10, "0.005"_d, {}, true}, {20, "0.01"_d, {}, true}};
    CHECK(maintenance_rate(by_quantity, {1'000'000, 10}) == "0.005"_d);
    CHECK(maintenance_rate(by_quantity, {1, "10.1"_d}) == "0.01"_d);
    CHECK(maintenance_rate(tiers, PositionSize::of(900, 9, 120)) == "0.01"_d);
    CHECK(maintenance_rate(tiers, PositionSize::of(1100, 11, 80)) == "0.01"_d);
}

TEST_CASE("explain's figures of a futures group carry the liquidation price; the exchange's own is preferred") {
    Scene scene;
    scene.futures("5").holding({"3000"}).price("2850");
    const auto decision = scene.decide();
    CHECK(summary(decision) == "ADDED");
    CHECK(fixed(*decision.before->liquidation) == "2413.52");
    scene.group->exchange_liquidation = 2400;
    CHECK(scene.decide().before->liquidation->value() == 2400);
    scene.instrument.risk_tiers.clear();
    scene.group->exchange_liquidation.reset();
    CHECK_FALSE(scene.decide().before->liquidation.has_value());
}

TEST_CASE("the estimate of a liquidation goes by the margin that is there: added by hand it is farther away, taken it is nearer") {
    Scene scene;
    scene.futures("5").holding({"3000"}).price("2850");
    REQUIRE(summary(scene.decide()) == "ADDED");
    const auto distance = [&] { return scene.decide().find(Code::liquidation_too_close)->actual.number.value(); };
    const auto planned = distance();
    scene.group->exchange_margin = 60;  // 0.1 at 3,000 with leverage 5
    CHECK(fixed(*scene.decide().before->liquidation) == "2413.52");
    CHECK(distance() == planned);
    scene.group->exchange_margin = 90;
    CHECK(fixed(*scene.decide().before->liquidation) == "2111.83");
    CHECK(distance() > planned);
    CHECK(scene.decide().before->margin_used.value() == "90.18"_d);  // and its exit's fee
    scene.group->exchange_margin = 10;
    CHECK(fixed(*scene.decide().before->liquidation) == "2916.33");
    CHECK(summary(scene.decide()) == "BLOCKED LIQUIDATION_TOO_CLOSE");
}
