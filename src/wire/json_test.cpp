#include "wire/http.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <doctest/doctest.h>

using namespace bf;
using wire::Json;

TEST_CASE("numbers keep every digit, whether sent as number or as text") {
    const auto json = Json::parse(R"({"a":0.123456789012345678,"b":"0.123456789012345678","c":2.0E-4,"id":9007199254740993})").value();
    CHECK(json["a"].decimal() == "0.123456789012345678"_d);
    CHECK(json["b"].decimal() == "0.123456789012345678"_d);
    CHECK(json["c"].decimal() == "0.0002"_d);
    CHECK(json["id"].integer() == 9007199254740993);
    CHECK(json["id"].text_or_number() == "9007199254740993");
}

TEST_CASE("what is not there or of another type is absent, never a crash") {
    const auto json = Json::parse(R"({"list":[1,{"x":null}],"t":true,"s":"a\"bé\n"})").value();
    CHECK_FALSE(json["none"]["deeper"].at(3)["x"].text().has_value());
    CHECK(json["list"].at(1)["x"].is_null());
    CHECK(json["list"].size() == 2);
    CHECK_FALSE(json["list"].at(2).exists());
    CHECK(json["t"].boolean() == true);
    CHECK_FALSE(json["t"].integer().has_value());
    CHECK(json["s"].text() == "a\"b\xc3\xa9\n");
}

TEST_CASE("what is not a JSON document is refused") {
    for (const char* bad : {"", " ", "<html>", "{", "{}x", "[1,]", "{\"a\":01}", "{\"a\":1.}", "{\"a\":truth}", "{\"a\":nul}", "5", "\"x\"", "{\"a\" 1}", "{\"a\":-}"}) {
        CAPTURE(bad);
        CHECK_FALSE(Json::parse(bad).has_value());
    }
    CHECK_FALSE(Json::parse(std::string(100, '[') + std::string(100, ']')).has_value());
}

TEST_CASE("what is no UTF-8 is written as the sign for that, so that whoever gets it can read the rest") {
    const auto written = [](std::string_view text) {
        std::string out;
        wire::append_json_text(out, text);
        return out;
    };
    for (const char* sound : {"\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) CHECK(written(sound) == std::string{'"'} + sound + '"');
    for (const char* one : {"\xff", "\x80", "\xc3"}) CHECK(written(one) == R"("\ufffd")");
    CHECK(written("a\xe2\x82") == R"("a\ufffd\ufffd")");            // cut in the middle
    CHECK(written("\xc0\xafz") == R"("\ufffd\ufffdz")");            // longer than need be
    CHECK(written("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");   // half of a pair
    CHECK(written("\xf5\x80\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) CHECK(Json::parse("[" + written(std::string{static_cast<char>(first), static_cast<char>(second)}) + "]").has_value());
}

TEST_CASE("JsonWriter puts commas and escapes") {
    std::string out;
    wire::JsonWriter w{out};
    w.begin_object().member("a", "x\"\\\n\x01").key("n").number("0.5"_d).member("m", "0.5"_d).member("i", 7).member("b", true).member("z", nullptr);
    w.key("l").begin_array().number(1).begin_object().end_object().text("q").end_array().end_object();
    CHECK(out == R"({"a":"x\"\\\n\u0001","n":0.5,"m":"0.5","i":7,"b":true,"z":null,"l":[1,{},"q"]})");
    CHECK(Json::parse(out).has_value());
}

TEST_CASE("Url::parse takes what we would dial and nothing else") {
    const auto url = wire::Url::parse("wss://Ws-Api.kucoin.com:8443/endpoint?token=x").value();
    CHECK(url.host == "ws-api.kucoin.com");
    CHECK(url.port == 8443);
    CHECK(url.target == "/endpoint?token=x");
    CHECK(wire::Url::parse("http://[::1]:80")->host == "::1");
    for (const char* bad : {"ftp://x", "https://", "https://u@h/", "https://h:0/", "https://h:99999", "https://h/a b", "//h", "https://h#f"})
        CHECK_FALSE(wire::Url::parse(bad).has_value());
}
