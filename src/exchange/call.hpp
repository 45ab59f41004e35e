// A typed call: what we want of an exchange, before any exchange's spelling. The engine writes it, the signer checks it, an exchange's
// calls half turns it into requests. There is deliberately no operation for withdrawals, transfers, sub-accounts, borrowing or keys.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"
#include "market/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::exchange {

enum class ExchangeId : std::uint8_t { mexc, kucoin, binance, okx, bitget, gate, htx, bingx, coinbase, bybit };
std::string_view to_string(ExchangeId id);     ///< "mexc"
std::optional<ExchangeId> parse_exchange(std::string_view text);

/// Some exchanges run separate sites whose keys work only there.
enum class Site : std::uint8_t { global, eu };
/// KuCoin: classic accounts and unified ones take different calls. Elsewhere always classic.
enum class AccountMode : std::uint8_t { classic, unified };

enum class Operation : std::uint8_t {
    // The sixteen of the `wire` command.
    server_time, key_info, balances, instruments, ticker, candles, open_orders, order, fills, positions,
    place_order, test_order, place_stop, cancel_order, set_leverage, set_margin_mode,
    // What the connection test and the streams need besides; all of them only read, but for opening and renewing a listen key.
    service_status,    ///< Open, closed for maintenance, cancel only.
    account_mode,      ///< Classic or unified.
    account_id,
    identity_level,    ///< Level of the account's identity check.
    tradable_symbols,  ///< The pairs this key may trade.
    egress_address,    ///< Our address as the exchange sees it.
    position_mode, margin_mode,
    mark_price,        ///< Futures, where the ticker does not tell it (KuCoin). Answered as a ticker.
    public_stream,     ///< Address and token of a public WebSocket.
    private_stream,    ///< Address and token, or listen key, of the private WebSocket.
    renew_stream,      ///< Keeps a listen key alive.
    stream_login,      ///< Not a request: the text frame that signs a WebSocket in, handed back in Request::body.
    leverage,          ///< What a symbol is set to, where the exchange keeps it.
    risk_tiers,        ///< Of a futures symbol, where the list of instruments does not tell them.
    funding_payments,  ///< What the account paid and received for its positions in a futures symbol.
    open_stops,        ///< Trigger orders that still wait, where they are listed apart from the open orders. Answered as open_orders.
    fee_rates,         ///< What the account pays for its fills in a symbol.
};
std::string_view to_string(Operation operation);
std::optional<Operation> parse_operation(std::string_view text);
/// Whether it can change anything at the exchange: such a call whose fate is unknown is looked up, not repeated.
bool changes_something(Operation operation);

/// Arguments. Which ones an operation takes stands in call_rules.cpp; any other set one is refused.
struct Call {
    Operation operation{Operation::server_time};
    market::Market market{market::Market::spot};
    AccountMode account_mode{AccountMode::classic};
    Site site{Site::global};

    std::optional<market::Symbol> symbol;
    std::optional<market::Side> side;
    std::optional<market::OrderType> type;
    std::optional<Decimal> quantity;        ///< Base units, on futures too.
    std::optional<Decimal> quote_quantity;  ///< Market buys on spot.
    std::optional<Decimal> price;
    std::optional<Decimal> stop_price;      ///< place_stop: the trigger, on the mark price where the market has one.
    std::optional<market::TimeInForce> time_in_force;
    std::optional<bool> post_only;
    std::optional<bool> reduce_only;
    std::optional<std::string> client_order_id;
    std::optional<std::string> order_id;
    std::optional<market::MarginMode> margin_mode;
    std::optional<std::int64_t> leverage;
    std::optional<market::PositionMode> position_mode;
    std::optional<market::Interval> interval;
    std::optional<Instant> since;
    std::optional<Instant> until;  ///< fills, funding_payments: none later, so that a list that begins with the newest can be read back.
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> page;  ///< open_orders, open_stops where the list is cut into numbered pages: from 1 on.
    std::optional<std::string> listen_key;  ///< renew_stream.

    std::optional<int> key_version;  ///< KuCoin's header KC-API-KEY-VERSION, 1 to 3; its newest when absent.

    // Facts of the instrument that a request is counted in. From `instruments`, never guessed.
    std::optional<Decimal> contract_size;  ///< Base units a contract.
    std::optional<Decimal> quantity_step;  ///< Base units.
};

/// Why a call can't be turned into a request.
struct CallError {
    enum class Kind : std::uint8_t { missing_argument, bad_argument, not_supported } kind;
    std::string argument;  ///< Its name as in the contract: "price", "contract_size".
    std::string detail;    ///< A sentence.
};
std::string_view to_string(CallError::Kind kind);  ///< "missing_argument"
/// An exchange without that call, in that market and account mode.
CallError not_offered(std::string_view exchange, Operation operation);

/// Checks presence, value characters and ranges against the operation's list: no argument it does not take, ids of
/// [A-Za-z0-9_-] (1 to 64), positive amounts, known intervals. The signer runs it on everything that reaches it.
Result<void, CallError> check_arguments(const Call& call);

}  // namespace bf::exchange
