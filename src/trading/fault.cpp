#include "trading/fault.hpp"

#include "exchange/spoken.hpp"

#include <algorithm>
#include <iterator>

namespace bf::trading {
namespace {

/// {0} is said as it is, {0:number} as the language writes numbers, {words} lists all of them.
struct Row {
    Fault fault;
    std::string_view name;
    std::string_view en;
    std::string_view nl;
};

constexpr Row kRows[] = {
    {Fault::object, "object", "must be an object", "moet een object zijn"},
    {Fault::twice, "twice", "stands twice", "staat er twee keer"},
    {Fault::missing, "missing", "is missing", "ontbreekt"},
    {Fault::text, "text", "must be text", "moet tekst zijn"},
    {Fault::plain_decimal, "plain_decimal", "must be a plain decimal number like \"12.5\", with at most 20 digits before and 18 behind the point",
     "moet een gewoon getal zijn zoals \"12.5\", met hoogstens 20 cijfers voor en 18 achter de punt"},
    {Fault::decimal, "decimal", "must be a decimal number, as text like \"12.5\"", "moet een getal zijn, als tekst zoals \"12.5\""},
    {Fault::boolean, "boolean", "must be true or false", "moet true of false zijn"},
    {Fault::whole, "whole", "must be a whole number", "moet een geheel getal zijn"},
    {Fault::whole_from_zero, "whole_from_zero", "must be a whole number from 0 up", "moet een geheel getal vanaf 0 zijn"},
    {Fault::time_ms, "time_ms", "must be a time in Unix milliseconds", "moet een tijd in Unix-milliseconden zijn"},
    {Fault::word, "word", "must be {words}", "moet zijn: {words}"},
    {Fault::list, "list", "must be a list", "moet een lijst zijn"},
    {Fault::above_zero, "above_zero", "must be above 0", "moet boven 0 zijn"},
    {Fault::not_negative, "not_negative", "must not be negative", "mag niet negatief zijn"},

    {Fault::above_to, "above_to", "is {0:number}; it must be above {1:number} and at most {2:number}", "is {0:number}; het moet boven {1:number} en hoogstens {2:number} zijn"},
    {Fault::from_to, "from_to", "is {0:number}; it must be from {1:number} to {2:number}", "is {0:number}; het moet van {1:number} tot en met {2:number} zijn"},
    {Fault::from_below, "from_below", "is {0:number}; it must be from {1:number} to below {2:number}", "is {0:number}; het moet vanaf {1:number} en onder {2:number} zijn"},
    {Fault::above, "above", "is {0:number}; it must be above {1:number}", "is {0:number}; het moet boven {1:number} zijn"},
    {Fault::above_below, "above_below", "is {0:number}; it must be above {1:number} and below {2:number}", "is {0:number}; het moet boven {1:number} en onder {2:number} zijn"},

    {Fault::no_settings, "no_settings", "the settings must be a JSON object", "de instellingen moeten een JSON-object zijn"},
    {Fault::pair_list, "pair_list", "must be a list of pairs like [\"BTC/USDT\"]", "moet een lijst van paren zijn zoals [\"BTC/USDT\"]"},
    {Fault::direction_list, "direction_list", "must be a list of long and short", "moet een lijst van long en short zijn"},
    {Fault::name_length, "name_length", "must be 1 to 100 characters", "moet 1 tot 100 tekens lang zijn"},
    {Fault::no_connection, "no_connection", "is missing: the name of the connection it trades on", "ontbreekt: de naam van de verbinding waarop zij handelt"},
    {Fault::no_pair, "no_pair", "names no pair", "noemt geen paar"},
    {Fault::other_market, "other_market", "'{0}' is no pair of this market: write BTC/USDT on spot, BTC/USDT:USDT on futures",
     "'{0}' is geen paar van deze markt: schrijf BTC/USDT voor spot, BTC/USDT:USDT voor futures"},
    {Fault::pair_twice, "pair_twice", "names {0} twice", "noemt {0} twee keer"},
    {Fault::no_direction, "no_direction", "names neither long nor short", "noemt long noch short"},
    {Fault::hedge, "hedge", "is hedge, which needs hedge position mode; BackFuture trades in one-way mode: use block or close_if_profit",
     "is hedge, en dat vraagt de positiemodus hedge; BackFuture handelt in one-way: gebruik block of close_if_profit"},
    {Fault::zones_too_far, "zones_too_far", "puts the end of the last zone {0:number} % away; it must end short of 100 %",
     "legt het einde van de laatste zone op {0:number} %; zij moet voor de 100 % eindigen"},
    {Fault::pro_is_main, "pro_is_main", "is the strategy's own connection; PRO needs another exchange account",
     "is de eigen verbinding van de strategie; PRO vraagt een andere rekening bij een exchange"},
    {Fault::cross, "cross", "is cross, with which one group's loss can take another's margin; BackFuture trades isolated",
     "is cross, en daarmee kan het verlies van de ene groep de margin van een andere opmaken; BackFuture handelt isolated"},

    {Fault::body_too_long, "body_too_long", "the body is larger than 8192 bytes", "de tekst is groter dan 8192 bytes"},
    {Fault::body_without_object, "body_without_object", "the body holds no JSON object", "in de tekst staat geen JSON-object"},
    {Fault::body_unreadable, "body_unreadable", "the body's JSON object can't be read", "het JSON-object in de tekst is niet te lezen"},
    {Fault::no_json, "no_json", "is no JSON object", "is geen JSON-object"},
    {Fault::no_signal, "no_signal", "the signal must be a JSON object", "het signaal moet een JSON-object zijn"},
    {Fault::id_length, "id_length", "must be text of 1 to 200 characters", "moet tekst van 1 tot 200 tekens zijn"},
    {Fault::time, "time", "must be a time: Unix milliseconds, or UTC like 2025-01-15T09:30:00Z", "moet een tijd zijn: Unix-milliseconden, of UTC zoals 2025-01-15T09:30:00Z"},
    {Fault::lag, "lag", "must be at least 1 second", "moet minstens 1 seconde zijn"},
    {Fault::pair, "pair", "must be a pair like BTC/USDT, or BTC/USDT:USDT on futures", "moet een paar zijn zoals BTC/USDT, of BTC/USDT:USDT voor futures"},
    {Fault::stored_unreadable, "stored_unreadable", "the stored signal can't be read", "het bewaarde signaal is niet te lezen"},

    {Fault::no_instrument, "no_instrument", "the instrument must be a JSON object", "het instrument moet een JSON-object zijn"},
    {Fault::maintenance_rate, "maintenance_rate", "must be a factor from 0 to below 1, like 0.005", "moet een factor vanaf 0 en onder 1 zijn, zoals 0.005"},
    {Fault::tier_order, "tier_order", "must be above the tier before it", "moet boven de trede ervoor liggen"},
    {Fault::no_case, "no_case", "the case is not a JSON object", "het geval is geen JSON-object"},
    {Fault::candle_list, "candle_list", "must be a list of [open time, open, high, low, close, volume]", "moet een lijst zijn van [openingstijd, open, hoog, laag, slot, volume]"},
    {Fault::candle, "candle", "must be [open time, open, high, low, close, volume]", "moet [openingstijd, open, hoog, laag, slot, volume] zijn"},
    {Fault::crossed, "crossed", "must not be above the ask", "mag niet boven de laatprijs liggen"},
    {Fault::zone_list, "zone_list", "must be a list of zone numbers", "moet een lijst van zonenummers zijn"},
    {Fault::zone, "zone", "must be a zone number from 1 to 10", "moet een zonenummer van 1 tot 10 zijn"},
    {Fault::too_many_digits, "too_many_digits", "has more digits than an amount can have", "heeft meer cijfers dan een bedrag kan hebben"},
    {Fault::fill_list, "fill_list", "must be a list of at least one fill", "moet een lijst van minstens één uitvoering zijn"},
    {Fault::unbookable, "unbookable", "can't be booked: {0}", "is niet te boeken: {0}"},
    {Fault::fee_value, "fee_value", "is missing: what the fee in {0} was worth in {1} at fill time", "ontbreekt: wat de kosten in {0} bij de uitvoering waard waren in {1}"},
    {Fault::equity_digits, "equity_digits", "the equity has more digits than an amount can have", "het vermogen heeft meer cijfers dan een bedrag kan hebben"},
};

constexpr bool rows_are_in_order() {
    std::size_t at = 0;
    for (const auto& row : kRows)
        if (static_cast<std::size_t>(row.fault) != at++) return false;
    return at == kFaultCount;
}
static_assert(rows_are_in_order(), "one row for each fault, in their order");

const Row& row(Fault fault) { return kRows[static_cast<std::size_t>(fault)]; }

std::string listed(const std::vector<std::string>& words, Language language) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) list += (i == 0 ? "" : i + 1 < words.size() ? ", " : language == Language::nl ? " of " : " or ") + words[i];
    return list;
}

std::string filled(std::string_view name, const std::vector<std::string>& about, Language language) {
    if (name == "words") return listed(about, language);
    const auto at = static_cast<std::size_t>(name.front() - '0');
    if (at >= about.size()) return {};
    return name.ends_with(":number") ? exchange::spoken(about[at], language) : about[at];
}

}  // namespace

std::string_view to_string(Fault fault) { return row(fault).name; }

std::optional<Fault> parse_fault(std::string_view text) {
    const auto* const found = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) { return one.name == text; });
    return found == std::end(kRows) ? std::nullopt : std::optional{found->fault};
}

std::string sentence(const FieldError& error, Language language) {
    auto words = language == Language::nl ? row(error.fault).nl : row(error.fault).en;
    std::string out;
    for (auto open = words.find('{'); open != std::string_view::npos; open = words.find('{')) {
        const auto close = words.find('}', open);
        out += words.substr(0, open);
        out += filled(words.substr(open + 1, close - open - 1), error.about, language);
        words.remove_prefix(close + 1);
    }
    return out += words;
}

std::string sentence_with_field(const FieldError& error, Language language) {
    return error.field.empty() ? sentence(error, language) : error.field + ' ' + sentence(error, language);
}

}  // namespace bf::trading
