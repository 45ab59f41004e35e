#include "exchange/call.hpp"

#include "exchange/claims.hpp"
#include "exchange/remark.hpp"

#include <algorithm>
#include <array>

namespace bf::exchange {
namespace {

constexpr std::array<std::string_view, 10> kExchanges{"mexc", "kucoin", "binance", "okx", "bitget", "gate", "htx", "bingx", "coinbase", "bybit"};

constexpr std::array<std::string_view, 34> kOperations{
    "server_time", "key_info", "balances", "instruments", "ticker", "candles", "open_orders", "order", "fills", "positions",
    "place_order", "test_order", "place_stop", "cancel_order", "set_leverage", "set_margin_mode",
    "service_status", "account_mode", "account_id", "identity_level", "tradable_symbols", "egress_address", "position_mode", "margin_mode", "mark_price",
    "public_stream", "private_stream", "renew_stream", "stream_login", "leverage", "risk_tiers", "funding_payments", "open_stops", "fee_rates"};
static_assert(kOperations.size() == static_cast<std::size_t>(Operation::fee_rates) + 1);

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
    const auto at = std::find(names.begin(), names.end(), text);
    if (at == names.end()) return std::nullopt;
    return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view to_string(ExchangeId id) { return kExchanges[static_cast<std::size_t>(id)]; }
std::optional<ExchangeId> parse_exchange(std::string_view text) { return find_name<ExchangeId>(kExchanges, text); }
std::string_view to_string(Operation operation) { return kOperations[static_cast<std::size_t>(operation)]; }
std::optional<Operation> parse_operation(std::string_view text) { return find_name<Operation>(kOperations, text); }

bool changes_something(Operation operation) {
    switch (operation) {
        case Operation::place_order:
        case Operation::place_stop:
        case Operation::cancel_order:
        case Operation::set_leverage:
        case Operation::set_margin_mode: return true;
        default: return false;
    }
}

std::string_view to_string(CallError::Kind kind) {
    switch (kind) {
        case CallError::Kind::missing_argument: return "missing_argument";
        case CallError::Kind::bad_argument: return "bad_argument";
        case CallError::Kind::not_supported: return "not_supported";
    }
    return "bad_argument";
}

CallError not_offered(std::string_view exchange, Operation operation) {
    return {CallError::Kind::not_supported, "operation", say(Remark::no_such_call, {exchange, to_string(operation)})};
}

}  // namespace bf::exchange
