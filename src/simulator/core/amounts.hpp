// Amounts in what a client sends: in text they are plain decimals, as the exchanges take them. "1e3" is refused there, since a client that
// writes it would be refused by the real ones and learn it only then. A JSON number is read in any form JSON has.
#pragma once
#include "wire/json.hpp"

namespace bf::simulator {

inline std::optional<Decimal> read_amount(wire::JsonValue sent) {
    const auto text = sent.text();
    if (!text) return sent.decimal();
    const auto plain = Decimal::parse(*text);
    return plain ? std::optional{*plain} : std::nullopt;
}

}  // namespace bf::simulator
