#include "backtest/note.hpp"

#include "money/decimal.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

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
    const auto note = make_note(NoteCode::spread, {{"spread", "2"}, {"slippage", "0.5"}});
    CHECK(note.text == "Spread and slippage: 2 and 0.5 basis points were assumed throughout; what they would have been isn't known.");
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object();
    write_notes(out, "notes", {note, make_note(NoteCode::outages)});
    out.key("told");
    write(out, std::nullopt);
    out.end_object();
    CHECK(json == R"({"notes":[{"code":"spread","values":{"spread":"2","slippage":"0.5"},"text":")" + note.text +
                      R"("},{"code":"outages","values":{},"text":"Outages, refused orders, delays and changed fees of the exchange."}],"told":null})");
}

TEST_CASE("the reference lists every note with its words") {
    std::ifstream file{BF_SOURCE_DIR "/docs/reference/backtest-notes.json"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto listed = wire::Json::parse(text);
    REQUIRE_MESSAGE(listed.has_value(), "docs/reference/backtest-notes.json can't be read");
    CHECK(listed->root().size() == kNoteCount);
    for (std::size_t i = 0; i < kNoteCount; ++i) {
        const auto code = static_cast<NoteCode>(i);
        CAPTURE(to_string(code));
        CHECK((*listed)[to_string(code)].text() == words_of(code));
    }
}
