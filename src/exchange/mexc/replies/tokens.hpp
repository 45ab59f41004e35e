// MEXC's amounts in hot JSON (lists of instruments and stream frames), read by exchange/fast_json.hpp and under its rule.
#pragma once
#include "exchange/fast_json.hpp"
#include "exchange/mexc/replies/amount.hpp"

namespace bf::exchange::mexc {

namespace on_demand = simdjson::ondemand;
using fast::Name;
using fast::Token;
using fast::token_of;

inline Token token_of(on_demand::value& value) { return Token{value.raw_json_token()}; }

/// An exact amount, sent as text or number, made where it is wanted (Token::read says why); nothing for null, "" and what is no number.
inline void read_amount(const Token& token, std::optional<Decimal>& out) {
    out.reset();
    // Only JSON numbers may be in scientific form.
    if (!token.is_quoted()) token.read(out);
    if (!out) token.read_plain(out);
    if (!out) out = parse_amount(token.text());
}
inline std::optional<Decimal> amount_of(const Token& token) {
    std::optional<Decimal> amount;
    read_amount(token, amount);
    return amount;
}

}  // namespace bf::exchange::mexc
