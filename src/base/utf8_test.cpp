#include "base/utf8.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("a character of UTF-8 is taken whole, and what is none is not taken") {
    struct Row { const char* why; std::string_view text; std::size_t size; std::uint32_t point; };
    const Row rows[] = {
        {"nothing", "", 0, 0},
        {"zero", std::string_view{"\0", 1}, 1, 0},
        {"ASCII", "az", 1, 'a'},
        {"two bytes", "\xc3\xa9x", 2, 0xe9},
        {"three bytes", "\xe2\x82\xacx", 3, 0x20ac},
        {"four bytes", "\xf0\x9f\x98\x80x", 4, 0x1f600},
        {"the last one", "\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"beyond the last one", "\xf4\x90\x80\x80", 0, 0},
        {"no first byte", "\x80", 0, 0},
        {"never a byte of any", "\xff", 0, 0},
        {"cut", "\xe2\x82", 0, 0},
        {"broken off", "\xe2\x82(", 0, 0},
        {"two bytes for one", "\xc0\xaf", 0, 0},
        {"three bytes for one", "\xe0\x80\x8a", 0, 0},
        {"four bytes for three", "\xf0\x82\x82\xac", 0, 0},
        {"half of a surrogate pair", "\xed\xa0\x80", 0, 0},
        {"next to the surrogates", "\xed\x9f\xbf", 3, 0xd7ff},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto found = utf8_at(row.text);
        CHECK(found.size == row.size);
        CHECK(found.point == row.point);
    }
}

TEST_CASE("a text is cut between characters") {
    CHECK(utf8_beginning("abc", 3) == "abc");
    CHECK(utf8_beginning("abc", 2) == "ab");
    CHECK(utf8_beginning("a\xe2\x82\xac", 4) == "a\xe2\x82\xac");
    CHECK(utf8_beginning("a\xe2\x82\xac", 3) == "a");
    CHECK(utf8_beginning("\xe2\x82\xac", 2).empty());
    CHECK(utf8_beginning("", 0).empty());
}
