#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;
using namespace bf::trading::test;

TEST_CASE("zones of the page's examples: edges belong to the deeper zone") {
    struct Row { const char* why; const char* price; int zone; };
    const Row eth[] = {
        {"the first entry itself", "3000", Zone::kNone}, {"one tick above zone 1", "2850.01", Zone::kNone}, {"exactly at -5 %", "2850", 1},
        {"deep in zone 1", "2700.01", 1},               {"exactly at -10 %", "2700", 2},                   {"exactly at -15 %", "2550", 3},
        {"the last tick of zone 3", "2400.01", 3},      {"exactly at the far edge", "2400", Zone::kPast},  {"far below", "1", Zone::kPast},
        {"recovering", "2900", Zone::kNone},            {"above the entry", "4000", Zone::kNone},
    };
    const Shape shape = make_rules(Scene{}.settings).shape;
    for (const Row& row : eth) {
        CAPTURE(row.why);
        CHECK(zone_of(shape, Direction::long_side, 3000, Decimal::parse(row.price).value()).number == row.zone);
    }
    CHECK(zone_of(shape, Direction::long_side, 100'000, 97'000).number == Zone::kNone);
    const Row mirrored[] = {{"below", "3149.99", Zone::kNone}, {"exactly at +5 %", "3150", 1}, {"exactly at +10 %", "3300", 2}, {"zone 3", "3599.99", 3}, {"far edge", "3600", Zone::kPast}};
    for (const Row& row : mirrored) {
        CAPTURE(row.why);
        CHECK(zone_of(shape, Direction::short_side, 3000, Decimal::parse(row.price).value()).number == row.zone);
    }
}

TEST_CASE("steps grow by their multiplier; without add-ons there is no zone") {
    Settings settings = Scene{}.settings;
    settings.add_on.zone_step_multiplier = 2;
    const Shape shape = make_rules(settings).shape;
    CHECK(shape.deviation[1] == "0.05"_d);
    CHECK(shape.deviation[2] == "0.15"_d);
    CHECK(shape.deviation[3] == "0.35"_d);
    CHECK(shape.deviation[4] == "0.75"_d);
    CHECK(zone_of(shape, Direction::long_side, 1000, 850).number == 2);
    settings.add_on.max = 0;
    const Shape bare = make_rules(settings).shape;
    CHECK(zone_of(bare, Direction::long_side, 1000, 960).number == Zone::kNone);
    CHECK(zone_of(bare, Direction::long_side, 1000, 940).number == Zone::kPast);
}

TEST_CASE("a moving anchor lays the unused zones out anew") {
    Scene scene;
    scene.settings.add_on.anchor = Anchor::last_fill;
    scene.holding({"3000", "2850"});
    // From 2,850: zone 2 begins 5 % below it.
    CHECK(zone_of(*scene.group, "2707.5"_d).number == 2);
    CHECK(zone_of(*scene.group, "2707.51"_d).number == Zone::kNone);
    CHECK(zone_of(*scene.group, "2565"_d).number == 3);
    CHECK(zone_of(*scene.group, "2422.5"_d).past());
    scene.settings.add_on.anchor = Anchor::average;
    scene.holding({"3000", "2850"});
    CHECK(zone_of(*scene.group, "2778.75"_d).number == 2);  // average 2,925
}

TEST_CASE("price alone asks for an add-on only with the trigger zone_only, in a zone not used yet") {
    Scene scene;
    scene.settings.add_on.trigger = AddOnTrigger::zone_only;
    scene.holding({"3000", "2850"});
    Protection protection = make_rules(scene.settings).protection;
    scene.price("2850");
    CHECK_FALSE(zone_to_ask(*scene.group, protection, scene.quote, 0).has_value());
    scene.price("2700");
    CHECK(zone_to_ask(*scene.group, protection, scene.quote, 0).has_value());
    scene.group->state = GroupState::recovery;
    CHECK_FALSE(zone_to_ask(*scene.group, protection, scene.quote, 0).has_value());
    scene.group->state = GroupState::active;
    protection.trigger = AddOnTrigger::signal_and_zone;
    CHECK_FALSE(zone_to_ask(*scene.group, protection, scene.quote, 0).has_value());
}
