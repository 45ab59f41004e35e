#include "wire/json_walk.hpp"

#include <doctest/doctest.h>

using namespace bf;
using wire::JsonWalk;

namespace {

/// Whether the text is an object to its end; what is told of each member is added to `seen`.
bool members(const std::string& text, std::string* seen = nullptr) {
    simdjson::ondemand::parser parser;
    return JsonWalk::through(text, parser, [&](JsonWalk& walk) {
        return walk.each_member([&](std::string_view name, const JsonWalk& value) {
            if (seen != nullptr) seen->append(name).append("=").append(value.raw()).append(";");
            return true;
        });
    });
}

}  // namespace

TEST_CASE("members in the order they stand, each value as its characters, and gone past whole") {
    std::string seen;
    CHECK(members(R"({"a":1.50,"b":"x,}]\"{","c":{"d":[1,{"e":2}]},"f":[],"g":null ,"h" : "z" })", &seen));
    CHECK(seen == R"("a"=1.50;"b"="x,}]\"{";"c"={;"f"=[;"g"=null ;"h" ="z" ;)");
}

TEST_CASE("a frame ends where it is said to end, whatever lies behind it") {
    const auto sound = [](std::string frame, std::string behind) {
        const auto size = frame.size();
        frame.append(1, '\0').append(behind).append(64, '\0');
        simdjson::ondemand::parser parser;
        const auto all = [](JsonWalk& walk) { return walk.each_member([](std::string_view, const JsonWalk&) { return true; }); };
        return JsonWalk::through_padded(std::string_view{frame}.substr(0, size), parser, all);
    };
    CHECK(sound(R"({"a":1})", R"(,"b":2})"));
    CHECK_FALSE(sound(R"({"a":1)", "}"));
    CHECK_FALSE(sound(R"({"a":)", "1}"));
    CHECK_FALSE(sound(R"({"a":[1,{"b":2})", "]}"));
    CHECK_FALSE(sound("", "{}"));
}

TEST_CASE("a list within a member is gone through, and the walk goes on behind it") {
    simdjson::ondemand::parser parser;
    std::string seen;
    const bool good = JsonWalk::through(R"({"list":["x",{"y":1},[2]],"after":3})", parser, [&seen](JsonWalk& walk) {
        return walk.each_member([&seen](std::string_view name, JsonWalk& value) {
            seen.append(name);
            if (value.front() != '[') return true;
            return value.each_element([&seen](JsonWalk& element) {
                seen.append(element.raw());
                return true;
            });
        });
    });
    CHECK(good);
    CHECK(seen == R"("list""x"{["after")");
}

TEST_CASE("wanted members are found by their whole names, wherever they stand") {
    constexpr auto kNames = wire::json_names<int>({{"a", 1}, {"symbol", 2}, {"baseCurrency", 3}, {"baseIncrement", 4}, {"callauctionIsEnabled", 5}, {"riskIncrMmr", 6}, {"riskIncrImr", 7}});
    const auto found = [&](const std::string& text) {
        simdjson::ondemand::parser parser;
        std::string seen;
        const bool good = JsonWalk::through(text, parser, [&](JsonWalk& walk) {
            return walk.each_wanted(kNames, [&](int wanted, const JsonWalk& value) {
                seen.append(std::to_string(wanted)).append("=").append(value.raw()).append(";");
                return true;
            });
        });
        return good ? seen : "refused";
    };
    CHECK(found(R"({"riskIncrImr":1,"symbol":2,"callauctionIsEnabled":3,"baseIncrement":4,"a":5,"riskIncrMmr":6,"baseCurrency":7})") == "7=1;2=2;5=3;4=4;1=5;6=6;3=7;");
    // White space, and members that are passed over whole.
    CHECK(found(R"({ "x" : {"symbol":1} , "symbol" : 2 , "y":["symbol"], "baseCurrency"
        : 3, "symbol":4})") == "2=2 ;3=3;2=4;");
    // Of the same length, end or beginning.
    for (const char* other : {"", "b", "aa", "A", "symbo", "symbols", "Symbol", "xymbol", "caseCurrency", "baseCurrencY", "feeCurrency", "xbaseCurrency", "CallauctionIsEnabled",
                              "callauctioXIsEnabled", "riskIncrXmr", "rislIncrMmr", "symbol\\u0000"}) {
        CAPTURE(other);
        CHECK(found(std::string{"{\""} + other + "\":1}") == "");
    }
    for (const char* bad : {"{\"symbol\" 1}", "{\"symbol\":1", "{\"symbol\":}", "{\"x\":}", "{\"x\":[}", "{\"x\":1,}", "{\"x\":1 2}", "{symbol:1}", "[]"}) {
        CAPTURE(bad);
        CHECK(found(bad) == "refused");
    }
}

TEST_CASE("a text that ends anywhere, or goes on, is no object") {
    const std::string whole = R"({"a":[1,{"b":"c"}],"d":{"e":null},"f":true})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(members(whole.substr(0, size)));
        // Behind it may be anything: here what would make it whole.
        std::string cut = whole;
        cut.reserve(whole.size() + simdjson::SIMDJSON_PADDING);
        cut.resize(size);
        CHECK_FALSE(members(cut));
    }
    CHECK(members(whole));
    for (const char* more : {"}", "]", ",", "x", "{}", "\"\""}) CHECK_FALSE(members(whole + more));
    CHECK_FALSE(members(whole + std::string(1, '\0')));
}

TEST_CASE("what has not the form of JSON is refused") {
    for (const char* bad : {"", " ", "[]", "1", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":,}", "{\"a\":1,}", "{\"a\" 1}", "{1:2}", "{\"a\":1 2}", "{\"a\":\"b\"c}", "{\"a\"::1}",
                            "{\"a\":[}", "{\"a\":\"}", "{\"a\":1,\"a\":}", "{{}}", "{\"a\":\"\xff\"}"}) {
        CAPTURE(bad);
        CHECK_FALSE(members(bad));
    }
}
