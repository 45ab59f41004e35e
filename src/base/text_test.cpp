#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("base64 matches the vectors of RFC 4648 both ways") {
    struct Row { const char* plain; const char* coded; };
    const Row rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (const Row& row : rows) {
        CAPTURE(row.plain);
        CHECK(to_base64(as_bytes(row.plain)) == row.coded);
        const auto back = from_base64(row.coded);
        REQUIRE(back.has_value());
        CHECK(std::string(back->begin(), back->end()) == row.plain);
    }
    // Every byte in every place, at every length around that of a signature.
    std::string text;
    for (std::size_t size = 0; size < 600; text += static_cast<char>(size++ * 167 % 256)) {
        CAPTURE(size);
        const auto there = from_base64(to_base64(as_bytes(text)));
        REQUIRE(there.has_value());
        REQUIRE(std::string{there->begin(), there->end()} == text);
    }
    for (const char* broken : {"Zg=", "Z===", "Zg==Zg==", "Z g=", "Zm9*", "Zh==", "ZR==", "Zm9="}) CHECK_FALSE(from_base64(broken).has_value());
}

TEST_CASE("percent-encoding keeps the unreserved characters and upper-cases its hex") {
    CHECK(url_encode("a-b_c.d~e") == "a-b_c.d~e");
    CHECK(url_encode("2,3 [x]") == "2%2C3%20%5Bx%5D");
    CHECK(url_decode("2%2C3%20%5bx%5D") == "2,3 [x]");
    CHECK_FALSE(url_decode("%2").has_value());
    CHECK_FALSE(url_decode("%zz").has_value());
}

TEST_CASE("parse_int takes whole integers only") {
    CHECK(parse_int("-42") == -42);
    for (const char* bad : {"", "4.2", "42 ", "+1", "0x1", "99999999999999999999"}) CHECK_FALSE(parse_int(bad).has_value());
}

TEST_CASE("comma lists lose their blanks and empty items") {
    CHECK(split_list(" General, Spot ,,Futures") == std::vector<std::string>{"General", "Spot", "Futures"});
    CHECK(split_list("").empty());
}
