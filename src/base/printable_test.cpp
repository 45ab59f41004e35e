#include "base/printable.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("what is printed of a foreign text is one line of printable characters") {
    struct Row { const char* why; std::string_view text; const char* printed; };
    const Row rows[] = {
        {"plain", "IP 203.0.113.7 is not on the list", "IP 203.0.113.7 is not on the list"},
        {"other alphabets", "sleutel is ongeldig \u2014 \u5bc6\u94a5\u65e0\u6548 \U0001F511", "sleutel is ongeldig \u2014 \u5bc6\u94a5\u65e0\u6548 \U0001F511"},
        {"a terminal's commands", "no \x1b[2J\x1b]0;owned\x07 key", "no  [2J ]0;owned  key"},
        {"a line of its own", "no\r\nAll is well", "no  All is well"},
        {"a terminal's commands in one character", "a\u009b31mb\x7f", "a 31mb "},
        {"lines and paragraphs of Unicode", "a\u2028b\u2029c", "a b c"},
        {"turned around", "a\u202eb\u2066c\u200fd\u061ce", "a b c d e"},
        {"no UTF-8", "a\xff\xc3(\xe2\x82", "a  (  "},
        {"half of a pair, a longer form, beyond the last", "a\xed\xa0\x80|\xf0\x80\x80\xaf|\xf4\x90\x80\x80", "a   |    |    "},
        {"zeros", std::string_view{"a\0b", 3}, "a b"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(printable(row.text) == row.printed);
    }
}
