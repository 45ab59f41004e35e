// A position, a wallet and a funding payment in KuCoin's words: the REST lists and the private topics print the same members.
#pragma once
#include "simulator/kucoin/routes.hpp"

namespace bf::simulator::kucoin {

/// How amounts are printed: the first versions of the calls use numbers, the second ones text.
enum class Print : std::uint8_t { numbers, texts };

/// All members of a position, of an object that is open. `position` may have closed (quantity zero).
void write_position(JsonWriter& out, const Exchange& exchange, const Account& account, const Position& position, Print print);
/// The members of the wallet topic, as text.
void write_wallet(JsonWriter& out, const Exchange& exchange, const Account& account, const std::string& asset);
std::string_view margin_text(MarginMode mode);
std::string_view slot_text(PositionSlot slot);
std::string position_id(const Position& position);

}  // namespace bf::simulator::kucoin
