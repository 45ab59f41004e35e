#include "backtest/note.hpp"

namespace bf::backtest {

Note make_note(std::string_view code, std::string_view words, std::vector<Note::Value> values) {
    std::string text;
    for (std::size_t at = 0; at < words.size();) {
        const auto open = words.find('{', at), close = words.find('}', open);
        text += words.substr(at, open - at);
        if (close == std::string_view::npos) break;
        for (const auto& value : values)
            if (value.name == words.substr(open + 1, close - open - 1)) text += value.text;
        at = close + 1;
    }
    return {code, std::move(values), std::move(text)};
}

void write(wire::JsonWriter& out, const std::optional<Note>& note) {
    if (!note) return static_cast<void>(out.null());
    out.begin_object().member("code", note->code).key("values").begin_object();
    for (const auto& value : note->values) out.member(value.name, value.text);
    out.end_object().member("text", note->text).end_object();
}

void write_notes(wire::JsonWriter& out, std::string_view name, const std::vector<Note>& notes) {
    out.key(name).begin_array();
    for (const auto& note : notes) write(out, note);
    out.end_array();
}

std::string shown(const Decimal& amount) {
    const auto half = Decimal::from_parts(amount.is_negative() ? -5 : 5, 3);
    return (amount + half).to_fixed(2, Rounding::towards_zero);
}

std::string shown_percent(const Decimal& factor) { return shown(factor * Decimal{100}) + " %"; }

}  // namespace bf::backtest
