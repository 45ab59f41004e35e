#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;

namespace {

/// The document of the reference, as written there.
constexpr const char* kFull = R"({"name":"KuCoin ETH conservative","connection":"KuCoin Spot Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low","on_opposite":"block","allow_shrink":false,)"
    R"("margin":{"group_limit":"500","group_limit_pct":null,"strategy_limit":null,"connection_limit_pct":"20","recovery_reserve_pct":"20"},)"
    R"("entry":{"base_order":null,"max_slippage_pct":"0.2","max_spread_pct":"0.5","pair_cooldown_s":0,"max_open_groups":null,"max_lag_s":300},)"
    R"("add_on":{"trigger":"signal_and_zone","on_entry_signal":true,"max":3,"zone_step_pct":"5","zone_step_multiplier":"1","size_multiplier":"1","min_improvement_pct":"0.1","cooldown_s":60,"anchor":"first_entry"},)"
    R"("exit":{"take_profit_pct":"1","hard_stop_pct":null,"allow_loss_exit":false},)"
    R"("recovery":{"enabled":true,"cautious":false,"adverse_move_pct":"8","add_on_mode":"signal","add_on_budget":1,"min_improvement_pct":"0.5","cooldown_s":14400,"target_pct":"0.3","auto_release":false,"pro_connection":null},)"
    R"("futures":{"leverage":2,"margin_mode":"isolated","min_liq_distance_pct":"10","liquidation_guard_pct":"3"},)"
    R"("brake":{"drawdown_pct":"10","window_h":24},"fees":{"maker_pct":"0.1","taker_pct":"0.1"},"generator":{"enabled":false,"interval":"15m","fast":20,"slow":50,"quiet_factor":"2"}})";

std::string written(const Settings& settings) {
    std::string json;
    wire::JsonWriter out{json};
    write_json(out, settings);
    return json;
}

std::string field_of(const std::string& json) {
    const auto document = wire::Json::parse(json);
    const auto settings = read_settings(document->root());
    return settings ? "read" : settings.error().field;
}

}  // namespace

TEST_CASE("settings are written back as they were read, nulls included, and the defaults are the reference's") {
    CHECK(written(settings_of(kFull)) == kFull);
    const std::string defaults = written(settings_of(R"({"name":"KuCoin ETH conservative","connection":"KuCoin Spot Main","market":"spot","pairs":["ETH/USDT"],)"
                                                     R"("directions":["long"],"risk_level":"low","margin":{"group_limit":"500","connection_limit_pct":"20"},)"
                                                     R"("add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0"},"recovery":{"adverse_move_pct":"8"},"futures":{"leverage":2}})"));
    CHECK(defaults == kFull);
    CHECK(check(settings_of(kFull)).empty());
}

TEST_CASE("a member of the wrong shape is named") {
    CHECK(field_of(R"({"margin":{"group_limit":"much"}})") == "margin.group_limit");
    CHECK(field_of(R"({"margin":{"group_limit":"1e3"}})") == "margin.group_limit");
    CHECK(field_of(R"({"margin":7})") == "margin");
    CHECK(field_of(R"({"add_on":{"max":2.5}})") == "add_on.max");
    CHECK(field_of(R"({"add_on":{"trigger":"always"}})") == "add_on.trigger");
    CHECK(field_of(R"({"directions":["up"]})") == "directions[0]");
    CHECK(field_of(R"({"pairs":"ETH/USDT"})") == "pairs");
    CHECK(field_of(R"({"exit":{"allow_loss_exit":"yes"}})") == "exit.allow_loss_exit");
    CHECK(field_of(R"({"name":"a","name":"b"})") == "name");
    CHECK(field_of("{}") == "read");
    std::vector<std::string> unknown;
    const auto typo = wire::Json::parse(R"({"add_on":{"step":5},"leverage":3})");
    REQUIRE(read_settings(typo->root(), &unknown).has_value());
    CHECK(unknown == std::vector<std::string>{"add_on.step", "leverage"});
}

TEST_CASE("ranges: the last good value and the first bad one") {
    struct Row { const char* field; void (*good)(Settings&); void (*bad)(Settings&); };
    const Row rows[] = {
        {"name", [](Settings& s) { s.name = "x"; }, [](Settings& s) { s.name.clear(); }},
        {"connection", [](Settings&) {}, [](Settings& s) { s.connection.clear(); }},
        {"pairs", [](Settings& s) { s.pairs = {"BTC/USDT", "ETH/USDT"}; }, [](Settings& s) { s.pairs.clear(); }},
        {"pairs", [](Settings&) {}, [](Settings& s) { s.pairs = {"ETH/USDT:USDT"}; }},
        {"pairs", [](Settings&) {}, [](Settings& s) { s.pairs = {"ETH/USDT", "ETH/USDT"}; }},
        {"directions", [](Settings& s) { s.allow_short = true; }, [](Settings& s) { s.allow_long = false; }},
        {"on_opposite", [](Settings& s) { s.on_opposite = OnOpposite::close_if_profit; }, [](Settings& s) { s.on_opposite = OnOpposite::hedge; }},
        {"margin.group_limit", [](Settings& s) { s.margin.group_limit = "0.01"_d; }, [](Settings& s) { s.margin.group_limit = 0; }},
        {"margin.group_limit_pct", [](Settings& s) { s.margin.group_limit_pct = 100; }, [](Settings& s) { s.margin.group_limit_pct = "100.01"_d; }},
        {"margin.connection_limit_pct", [](Settings& s) { s.margin.connection_limit_pct = "0.01"_d; }, [](Settings& s) { s.margin.connection_limit_pct = 0; }},
        {"margin.recovery_reserve_pct", [](Settings& s) { s.margin.recovery_reserve_pct = 90; }, [](Settings& s) { s.margin.recovery_reserve_pct = "90.1"_d; }},
        {"entry.base_order", [](Settings& s) { s.entry.base_order = 1; }, [](Settings& s) { s.entry.base_order = -1; }},
        {"entry.pair_cooldown_s", [](Settings& s) { s.entry.pair_cooldown_s = 2'592'000; }, [](Settings& s) { s.entry.pair_cooldown_s = 2'592'001; }},
        {"add_on.max", [](Settings& s) { s.add_on.max = 10; }, [](Settings& s) { s.add_on.max = 11; }},
        {"add_on.max", [](Settings& s) { s.add_on.max = 0; }, [](Settings& s) { s.add_on.max = -1; }},
        {"add_on.zone_step_pct", [](Settings& s) { s.add_on.zone_step_pct = 24; }, [](Settings& s) { s.add_on.zone_step_pct = "50.1"_d; }},
        {"add_on.zone_step_multiplier", [](Settings& s) { s.add_on.zone_step_multiplier = "0.5"_d; }, [](Settings& s) { s.add_on.zone_step_multiplier = "3.1"_d; }},
        {"add_on.zone_step_multiplier", [](Settings& s) { s.add_on.zone_step_pct = "24.99"_d; }, [](Settings& s) { s.add_on.zone_step_pct = 25; }},  // four gaps
        {"add_on.size_multiplier", [](Settings& s) { s.add_on.size_multiplier = 2; }, [](Settings& s) { s.add_on.size_multiplier = "0.9"_d; }},
        {"add_on.cooldown_s", [](Settings& s) { s.add_on.cooldown_s = 0; }, [](Settings& s) { s.add_on.cooldown_s = -1; }},
        {"exit.take_profit_pct", [](Settings& s) { s.exit.take_profit_pct = "0.01"_d; }, [](Settings& s) { s.exit.take_profit_pct = 0; }},
        {"exit.hard_stop_pct", [](Settings& s) { s.exit.hard_stop_pct = 99; }, [](Settings& s) { s.exit.hard_stop_pct = 100; }},
        {"recovery.cooldown_s", [](Settings& s) { s.recovery.cooldown_s = 0; }, [](Settings& s) { s.recovery.cooldown_s = 2'592'001; }},
        {"recovery.pro_connection", [](Settings& s) { s.recovery.pro_connection = "Pro"; }, [](Settings& s) { s.recovery.pro_connection = "Main"; }},
        {"futures.leverage", [](Settings& s) { s.futures.leverage = 1; }, [](Settings& s) { s.futures.leverage = 0; }},
        {"futures.margin_mode", [](Settings&) {}, [](Settings& s) { s.futures.margin_mode = market::MarginMode::cross; }},
        {"brake.drawdown_pct", [](Settings& s) { s.brake.drawdown_pct = 100; }, [](Settings& s) { s.brake.drawdown_pct = 0; }},
        {"generator.slow", [](Settings& s) { s.generator.slow = 21; }, [](Settings& s) { s.generator.slow = 20; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.field);
        Settings good = Scene{}.settings, bad = good;
        row.good(good);
        row.bad(bad);
        CHECK(check(good).empty());
        const auto errors = check(bad);
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().field == row.field);
        for (const auto language : {Language::en, Language::nl}) CHECK_FALSE(sentence(errors.front(), language).empty());
        REQUIRE(make_rules(bad).invalid.has_value());
        CHECK(make_rules(bad).invalid->field == row.field);
        CHECK_FALSE(make_rules(good).invalid.has_value());
    }
}

TEST_CASE("what is out of range is told in the reader's language, with its numbers as that writes them") {
    Settings bad = Scene{}.settings;
    bad.exit.take_profit_pct = "1000.5"_d;
    bad.pairs = {"ETH/USDT:USDT"};
    const auto errors = check(bad);
    REQUIRE(errors.size() == 2);
    CHECK(sentence(errors[0], Language::en) == "'ETH/USDT:USDT' is no pair of this market: write BTC/USDT on spot, BTC/USDT:USDT on futures");
    CHECK(sentence(errors[0], Language::nl) == "'ETH/USDT:USDT' is geen paar van deze markt: schrijf BTC/USDT voor spot, BTC/USDT:USDT voor futures");
    CHECK(sentence(errors[1], Language::en) == "is 1000.5; it must be above 0 and at most 1000");
    CHECK(sentence(errors[1], Language::nl) == "is 1000,5; het moet boven 0 en hoogstens 1000 zijn");
}

TEST_CASE("any settings make rules, however wild") {
    Settings wild = Scene{}.settings;
    const Decimal huge = "99999999999999999999.999999999999999999"_d;
    wild.margin.group_limit = wild.margin.group_limit_pct = wild.add_on.zone_step_pct = wild.add_on.size_multiplier = wild.futures.leverage = huge;
    wild.add_on.zone_step_multiplier = wild.exit.take_profit_pct = wild.fees.taker_pct = huge;
    wild.add_on.max = wild.entry.max_open_groups = wild.add_on.cooldown_s = wild.entry.max_lag_s = wild.brake.window_h = std::numeric_limits<std::int64_t>::max();
    CHECK(make_rules(wild).invalid.has_value());
    Scene scene;
    scene.settings = wild;
    CHECK(scene.decide().primary == Code::settings_invalid);
}
