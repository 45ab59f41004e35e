// Hot JSON of MEXC's by simdjson's on-demand interface: lists of instruments and stream frames. Numbers and texts are taken as the
// characters they are.
//
// Rule for all of it: an error of simdjson's ends the document. After a fatal one the iterator points anywhere, so nothing here goes on
// reading once an error was seen; what is optional is found out by looking at values, never by failing.
#pragma once
#include "exchange/mexc/replies/amount.hpp"

#include <optional>
#include <simdjson.h>
#include <string_view>

namespace bf::exchange::mexc {

namespace on_demand = simdjson::ondemand;

/// The characters of a scalar: inside the quotes of a text without escapes, or those of a number or literal. A text with escapes gives
/// nothing (symbols, ids and amounts have none).
inline std::optional<std::string_view> scalar_text(std::string_view token) {
    if (token.empty()) return std::nullopt;
    if (token.front() == '"') {
        const auto end = token.find_first_of("\"\\", 1);
        if (end == std::string_view::npos || token[end] == '\\') return std::nullopt;
        return token.substr(1, end - 1);
    }
    std::size_t size = token.size();
    while (size > 0 && (token[size - 1] == ' ' || token[size - 1] == '\n' || token[size - 1] == '\r' || token[size - 1] == '\t')) --size;
    return token.substr(0, size);
}
inline std::optional<std::string_view> scalar_text(on_demand::value& value) { return scalar_text(value.raw_json_token()); }

/// An exact amount, sent as text or number; nothing for null, "" and what is no number.
inline std::optional<Decimal> scalar_amount(on_demand::value& value) {
    const auto token = value.raw_json_token();
    const auto text = scalar_text(token);
    if (!text) return std::nullopt;
    // Only JSON numbers may be in scientific form.
    if (token.front() == '"') return parse_amount(*text);
    const auto amount = Decimal::parse_scientific(*text);
    return amount ? std::optional{*amount} : parse_amount(*text);
}

inline std::optional<std::int64_t> scalar_integer(on_demand::value& value) {
    const auto text = scalar_text(value);
    if (!text || text->empty() || text->size() > 18) return std::nullopt;
    const bool negative = text->front() == '-';
    std::int64_t number = 0;
    for (const char c : text->substr(negative ? 1 : 0)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return negative ? -number : number;
}

inline bool is_true(on_demand::value& value) { return value.raw_json_token().starts_with("true"); }

/// Calls `use(name, value)` for each member until an error or until `use` returns one.
template <class Use>
simdjson::error_code for_each_member(on_demand::object& object, Use&& use) {
    for (auto member : object) {
        on_demand::field field;
        if (const auto error = std::move(member).get(field)) return error;
        // Names of MEXC's members are short and have no escapes; one that is or has is not ours and matches nothing. The quote that
        // ends it is there: a document with an open string does not get this far.
        const char* const raw = field.key().raw();
        const char* const end = std::char_traits<char>::find(raw, 64, '"');
        const std::string_view name{raw, end == nullptr ? 0 : static_cast<std::size_t>(end - raw)};
        if (const auto error = use(name, field.value())) return error;
    }
    return simdjson::SUCCESS;
}

}  // namespace bf::exchange::mexc
