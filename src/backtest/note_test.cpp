#include "backtest/note.hpp"

#include "money/decimal.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;

TEST_CASE("an amount is shown to the nearest cent, as the page shows it") {
    struct Row { Decimal amount; const char* text; };
    const Row rows[] = {{"12.344"_d, "12.34"}, {"12.345"_d, "12.35"}, {"-12.344"_d, "-12.34"}, {"-12.345"_d, "-12.35"}, {"0.999"_d, "1.00"}, {"-0.004"_d, "0.00"}, {"7"_d, "7.00"}};
    for (const Row& row : rows) CHECK(shown(row.amount) == row.text);
    CHECK(shown_percent("0.12346"_d) == "12.35 %");
    CHECK(shown_percent("-0.00004"_d) == "0.00 %");
}

TEST_CASE("a note is its code, its values and the sentence that they make") {
    const auto note = make_note("spread", "Spread {spread}, slippage {slippage}.", {{"spread", "2"}, {"slippage", "0.5"}});
    CHECK(note.text == "Spread 2, slippage 0.5.");
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object();
    write_notes(out, "notes", {note, make_note("future", "The future.")});
    out.key("told");
    write(out, std::nullopt);
    out.end_object();
    CHECK(json == R"({"notes":[{"code":"spread","values":{"spread":"2","slippage":"0.5"},"text":"Spread 2, slippage 0.5."},{"code":"future","values":{},"text":"The future."}],"told":null})");
}
