// What is wrong with a document that somebody wrote (settings, a signal, an instrument, a case), and where: a code with its values. The readers say it
// by the code; the words, in every language of the product, stand in one table, fault.cpp.
#pragma once
#include "exchange/problem.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::trading {

using exchange::Language;

enum class Fault : std::uint8_t {
    // Of any member.
    object, twice, missing, text, plain_decimal, decimal, boolean, whole, whole_from_zero, time_ms, word, list, above_zero, not_negative,
    // A setting's range. About: the value, then the bounds.
    above_to, from_to, from_below, above, above_below,
    // Settings.
    no_settings, pair_list, direction_list, name_length, no_connection, no_pair, other_market, pair_twice, no_direction, hedge, zones_too_far, pro_is_main, cross,
    // A signal.
    body_too_long, body_without_object, body_unreadable, no_json, no_signal, id_length, time, lag, pair, stored_unreadable,
    // An instrument and a case.
    no_instrument, maintenance_rate, tier_order, no_case, candle_list, candle, crossed, zone_list, zone, too_many_digits, fill_list, unbookable, fee_value, equity_digits,
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::equity_digits) + 1;
std::string_view to_string(Fault fault);
std::optional<Fault> parse_fault(std::string_view text);

struct FieldError {
    std::string field;  ///< "add_on.max"; empty: the document as a whole.
    Fault fault{};
    std::vector<std::string> about{};  ///< In the order of the table's {0}, {1}; plain decimals, names, or the words there are.
    friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// "must be above 0": to stand behind the field's name.
std::string sentence(const FieldError& error, Language language);
/// The same with the field's name before it, where there is one.
std::string sentence_with_field(const FieldError& error, Language language);

}  // namespace bf::trading
