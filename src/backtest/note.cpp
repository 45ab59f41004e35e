#include "backtest/note.hpp"

namespace bf::backtest {
namespace {

struct Row {
    NoteCode code;
    std::string_view name;
    std::string_view words;
};

/// docs/reference/backtest-notes.json says the same to scripts, and to the page's own test; note_test holds them together.
constexpr Row kRows[] = {
    {NoteCode::immediate, "immediate",
     "No signals were given and the built-in generator is off: a group is opened at the close of each candle in which none is open, "
     "and add-ons are bought when the price reaches their zone."},
    {NoteCode::not_switched_on, "not_switched_on", "This strategy could not be switched on at these prices: {why}"},
    {NoteCode::seconds, "seconds",
     "The candles are one second long: the order of prices is what happened, to the second. Only within a second is the adverse extreme taken to come first."},
    {NoteCode::seconds_stored, "seconds_stored",
     "One-second candles of this pair and period are stored, too ({set}): a run on them knows the order of prices inside these candles."},
    {NoteCode::missing, "missing", "Candles that are missing: {count}. What the price did then isn't known; what waited then was looked at when the next candle came."},
    {NoteCode::empty, "empty", "Candles that are empty: {count}. Nobody traded then, or the exchange was down; the price stands still until the next one."},
    {NoteCode::still_open, "still_open", "A group is still open at the end. The net profit counts it as if it were closed at the last price, with fees."},
    {NoteCode::no_tiers, "no_tiers", "The instrument has no risk tiers: liquidation could not be told and never happened here. At the exchange it can."},
    {NoteCode::no_funding, "no_funding", "Funding was not counted: candles don't tell it, and no rate was given."},
    {NoteCode::no_pro, "no_pro", "The PRO connection is not part of a back-test: signals that would go there are judged on the main one."},
    {NoteCode::order_inside, "order_inside", "The order of prices inside a candle: the way assumed is open, adverse extreme, other extreme, close."},
    {NoteCode::fill_through, "fill_through", "Whether a resting exit would have been served when the price only touched it: it is taken as filled when the price went through it."},
    {NoteCode::fill_touch, "fill_touch", "Whether a resting exit would have been served when the price only touched it: here it is taken as filled, which is the kinder guess."},
    {NoteCode::depth, "depth", "How much could really be traded at a price: every order is taken as filled whole, and it moves no price."},
    {NoteCode::no_spread, "no_spread", "Spread and slippage: none were assumed here. Give your own, among the assumptions of the page or with --spread-bps and --slippage-bps."},
    {NoteCode::spread, "spread", "Spread and slippage: {spread} and {slippage} basis points were assumed throughout; what they would have been isn't known."},
    {NoteCode::outages, "outages", "Outages, refused orders, delays and changed fees of the exchange."},
    {NoteCode::future, "future", "The future: what a strategy did with these prices says nothing certain about others."},
    {NoteCode::funding_missing, "funding_missing", "The recorded funding reaches from {from} to {to}: outside that none was counted."},
    {NoteCode::funding_unreadable, "funding_unreadable", "Funding was not counted: what was fetched from {exchange} can't be read."},
    {NoteCode::funding_not_fetched, "funding_not_fetched", "Funding was not counted: candles don't tell it, none was fetched from {exchange} and no rate was given."},
    {NoteCode::funding_too_short, "funding_too_short", "Funding was not counted: what was fetched from {exchange}, {from} to {to}, does not reach over all of this period."},
    {NoteCode::funding_fetched, "funding_fetched", "Funding is what {exchange} settled: {count} rates, fetched from it."},
};

constexpr bool rows_are_in_order() {
    std::size_t at = 0;
    for (const auto& row : kRows)
        if (static_cast<std::size_t>(row.code) != at++) return false;
    return at == kNoteCount;
}
static_assert(rows_are_in_order(), "one row for each code, in their order");

}  // namespace

std::string_view to_string(NoteCode code) { return kRows[static_cast<std::size_t>(code)].name; }
std::string_view words_of(NoteCode code) { return kRows[static_cast<std::size_t>(code)].words; }

Note make_note(NoteCode code, std::vector<Note::Value> values) {
    const auto words = words_of(code);
    std::string text;
    for (std::size_t at = 0; at < words.size();) {
        const auto open = words.find('{', at), close = words.find('}', open);
        text += words.substr(at, open - at);
        if (close == std::string_view::npos) break;
        for (const auto& value : values)
            if (value.name == words.substr(open + 1, close - open - 1)) text += value.text;
        at = close + 1;
    }
    return {to_string(code), std::move(values), std::move(text)};
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
