// KuCoin's field values in our words: times of any unit, sides, types, symbols, contracts. What is not documented gives nothing.
#pragma once
#include "exchange/replies.hpp"
#include "wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bf::exchange::kucoin {

/// KuCoin mixes seconds, milliseconds and nanoseconds within one interface, and one field even differs between its sources; between
/// 1973 and 2286 the number's size tells which it is.
std::optional<Instant> time_of(std::int64_t number);
std::optional<Instant> time_of(wire::JsonValue value);

/// Text or number, not empty.
std::optional<std::string> text_of(wire::JsonValue value);

// In either case: the unified interface writes them in capitals.
std::optional<market::Side> side_of(std::string_view text);
std::optional<market::OrderType> order_type_of(std::string_view text);
std::optional<market::TimeInForce> time_in_force_of(std::string_view text);  ///< GTT, which ends by itself, is none of ours.
std::optional<market::MarginMode> margin_mode_of(std::string_view text);
/// `posMargin` is posInit (leverage margin) + posCross (added by hand) + posComm (the fees of being closed) - posLoss (funding paid from it), as the golden
/// examples add up; their bankruptPrice is where it is used up but for posComm. The unified interface tells no such sum: nothing then.
std::optional<Decimal> margin_without_fees(const std::optional<market::MarginMode>& mode, const std::optional<Decimal>& whole, const std::optional<Decimal>& kept_for_fees);
std::optional<market::Liquidity> liquidity_of(std::string_view text);
/// The futures' tradeType. What a "settlement" does to a perpetual contract's position no source says, and the unified interface's fillType has no
/// documented word but NORMAL.
std::optional<market::Forced> forced_of(std::string_view trade_type);

/// The state that `active` and `cancelExist` imply: KuCoin's order queries name none.
market::OrderStatus derived_status(bool active, bool cancel_exists, const std::optional<Decimal>& filled);
/// The unified interface's status integers.
market::OrderStatus unified_status(std::int64_t status);

/// `BTC-USDT`; `XBTUSDTM` by its ending. Dated contracts (`XBTMZ25`) have no unified symbol.
std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market, const Instruments* instruments);

std::string native_of(const market::Symbol& symbol);

/// The contract size of a native symbol, where the instruments are known; null otherwise.
const Decimal* contract_size_of(const Instruments* instruments, std::string_view native);

/// A size that is counted in contracts on futures: base units where they can be told, else the exchange's own text beside.
struct Size {
    std::optional<Decimal> quantity;
    std::optional<std::string> native;
};
Size size_of(wire::JsonValue value, market::Market market, const Decimal* contract_size);

}  // namespace bf::exchange::kucoin
