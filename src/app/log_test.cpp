#include "app/log.hpp"

#include "wire/json.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <unistd.h>

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

TEST_CASE("a line for people is one line of printable characters") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    Log{"engine", Log::Form::people}.say(Log::Level::warning, "test_ended", "Zürich said: \"no\r\nAll is well\x1b[2J\"");
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    ::close(ends[1]);
    char line[200];
    const auto size = ::read(ends[0], line, sizeof line);
    ::close(ends[0]);
    CHECK(std::string_view{line, static_cast<std::size_t>(std::max<ssize_t>(0, size))} == "Zürich said: \"no  All is well [2J\"\n");
}
