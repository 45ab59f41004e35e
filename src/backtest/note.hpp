// What is said beside a result: a code with its values, for who says it in another language, and the English sentence.
#pragma once
#include "money/decimal.hpp"
#include "wire/json_writer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

struct Note {
    struct Value {
        std::string_view name;
        std::string text;  ///< A plain number, a day as "2026-01-31", a name, or a sentence.
    };
    std::string_view code;
    std::vector<Value> values{};
    std::string text;  ///< The whole sentence in English.
};

/// The text is `words` with each {name} replaced by the value of that name.
Note make_note(std::string_view code, std::string_view words, std::vector<Note::Value> values = {});

/// {"code","values":{...},"text"}, or null.
void write(wire::JsonWriter& out, const std::optional<Note>& note);
void write_notes(wire::JsonWriter& out, std::string_view name, const std::vector<Note>& notes);

/// For people: two digits, to the nearest, half away from zero. What is not rounded stands in the JSON report.
std::string shown(const Decimal& amount);
/// "12.35 %", of a factor.
std::string shown_percent(const Decimal& factor);

}  // namespace bf::backtest
