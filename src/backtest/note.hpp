// What is said beside a result: a code with its values, for who says it in another language, and the English sentence.
#pragma once
#include "money/decimal.hpp"
#include "wire/json_writer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

/// All there are, by the name that scripts and pages know them by.
enum class NoteCode : std::uint8_t {
    immediate, not_switched_on, seconds, seconds_stored, missing, empty, still_open, no_tiers, no_funding, no_pro, order_inside, fill_through, fill_touch,
    depth, no_spread, spread, outages, future, funding_missing, funding_unreadable, funding_not_fetched, funding_too_short, funding_fetched,
};
inline constexpr std::size_t kNoteCount = static_cast<std::size_t>(NoteCode::funding_fetched) + 1;
std::string_view to_string(NoteCode code);
/// The English sentence, with {name} where a value of that name stands.
std::string_view words_of(NoteCode code);

struct Note {
    struct Value {
        std::string_view name;
        std::string text;  ///< A plain number, a day as "2026-01-31", a name, or a sentence.
    };
    std::string_view code;
    std::vector<Value> values{};
    std::string text;  ///< The whole sentence in English.
};

/// The text is the code's words with each {name} replaced by the value of that name.
Note make_note(NoteCode code, std::vector<Note::Value> values = {});

/// {"code","values":{...},"text"}, or null.
void write(wire::JsonWriter& out, const std::optional<Note>& note);
void write_notes(wire::JsonWriter& out, std::string_view name, const std::vector<Note>& notes);

/// For people: two digits, to the nearest, half away from zero. What is not rounded stands in the JSON report.
std::string shown(const Decimal& amount);
/// "12.35 %", of a factor.
std::string shown_percent(const Decimal& factor);

}  // namespace bf::backtest
