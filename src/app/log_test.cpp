#include "app/log.hpp"

#include "wire/json.hpp"

#include <doctest/doctest.h>

using namespace bf;
using app::Log;

TEST_CASE("a line of --json-log is one JSON object, whatever stands in it") {
    const std::string nasty = "a \"quote\", a \\, a\nline, a\ttab, \x01 and ü";
    const auto line = app::json_line(1'790'000'000'000, Log::Level::warning, "engine", "test_ended", nasty, {{"connection", nasty}, {"ms", std::int64_t{12}}});
    CHECK(line.find('\n') == std::string::npos);
    const auto json = wire::Json::parse(line);
    REQUIRE(json);
    CHECK((*json)["time"].integer() == 1'790'000'000'000);
    CHECK((*json)["level"].text() == "warning");
    CHECK((*json)["process"].text() == "engine");
    CHECK((*json)["event"].text() == "test_ended");
    CHECK((*json)["message"].text() == nasty);
    CHECK((*json)["connection"].text() == nasty);
    CHECK((*json)["ms"].integer() == 12);
}
