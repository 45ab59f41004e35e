#include "wire/json_places.hpp"

#include <doctest/doctest.h>

using bf::wire::JsonPlaces;

TEST_CASE("a member's line is found, by its own name or by that of what it would stand in") {
    const JsonPlaces places{"{\n  \"name\": \"a \\\" } b\",\n  \"exit\": {\"take_profit_pct\": \"1\",\n    \"hard_stop_pct\": null},\n  \"ranges\": {\n    \"add_on.max\": [\n1, 2]}\n}\n"};
    CHECK(places.fault() == 0);
    struct Row { const char* path; std::size_t line; };
    for (const Row& row : {Row{"name", 2}, {"exit.take_profit_pct", 3}, {"exit.hard_stop_pct", 4}, {"add_on.max", 6}, {"add_on.max[1]", 6}, {"add_on.max.step", 6}, {"exit.unknown", 3}, {"pct", 0}, {"", 0}, {"far.away", 0}}) {
        CAPTURE(row.path);
        CHECK(places.line_of(row.path) == row.line);
    }
}

TEST_CASE("the line at which a text stops being JSON") {
    struct Row { const char* text; std::size_t line; };
    const Row rows[] = {{"", 1}, {"{}", 0}, {"[1,\n2.5e-3,\ntrue, null, \"x\"]\n", 0}, {"{\"a\":1,\n}", 2}, {"{\"a\":\n\"1\" \"2\"}", 2}, {"{\n\"a\" 1}", 2}, {"[1,2", 1}, {"{}\n\n{}", 3},
                        {"{\"a\":\n\n'x'}", 3}, {"{\"a\":\n\"open\n}", 2}, {"[\nnul]", 2}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(JsonPlaces{row.text}.fault() == row.line);
    }
    CHECK(JsonPlaces{std::string(100'000, '[')}.fault() == 1);
}
