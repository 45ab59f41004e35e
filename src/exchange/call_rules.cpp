// Which arguments each operation takes, and what their values may look like. The one place that decides what a typed call can carry:
// whatever is not listed here can't reach an exchange's templates.
#include "exchange/call.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>

namespace bf::exchange {
namespace {

enum Argument : std::uint32_t {
    kSymbol = 1U << 0, kSide = 1U << 1, kType = 1U << 2, kQuantity = 1U << 3, kQuoteQuantity = 1U << 4, kPrice = 1U << 5,
    kStopPrice = 1U << 6, kTimeInForce = 1U << 7, kPostOnly = 1U << 8, kReduceOnly = 1U << 9, kClientOrderId = 1U << 10,
    kOrderId = 1U << 11, kMarginMode = 1U << 12, kLeverage = 1U << 13, kPositionMode = 1U << 14, kInterval = 1U << 15,
    kSince = 1U << 16, kLimit = 1U << 17, kListenKey = 1U << 18, kContractSize = 1U << 19, kQuantityStep = 1U << 20,
    kUntil = 1U << 21, kPage = 1U << 22,
};

constexpr std::uint32_t kOrderArguments = kSymbol | kSide | kType | kQuantity | kQuoteQuantity | kPrice | kTimeInForce | kPostOnly |
                                          kReduceOnly | kClientOrderId | kMarginMode | kLeverage | kPositionMode | kContractSize |
                                          kQuantityStep;

struct Rule {
    std::uint32_t allowed;
    std::uint32_t required;
};

Rule rule_of(Operation operation) {
    switch (operation) {
        case Operation::instruments: return {kSymbol, 0};
        case Operation::ticker:
        case Operation::mark_price: return {kSymbol, kSymbol};
        case Operation::candles: return {kSymbol | kInterval | kSince | kLimit, kSymbol | kInterval};
        case Operation::open_orders:
        case Operation::open_stops: return {kSymbol | kLimit | kPage, 0};
        case Operation::order:
        case Operation::cancel_order: return {kSymbol | kOrderId | kClientOrderId, 0};
        case Operation::fills: return {kSymbol | kOrderId | kSince | kUntil | kLimit, 0};
        case Operation::positions: return {kSymbol, 0};
        case Operation::place_order:
        case Operation::test_order: return {kOrderArguments, kSymbol | kSide | kType};
        case Operation::place_stop: return {kOrderArguments | kStopPrice, kSymbol | kSide | kStopPrice};
        case Operation::set_leverage: return {kSymbol | kLeverage | kMarginMode | kPositionMode, kSymbol | kLeverage};
        case Operation::set_margin_mode: return {kSymbol | kMarginMode | kLeverage | kPositionMode, kSymbol | kMarginMode};
        case Operation::margin_mode: return {kSymbol, kSymbol};
        case Operation::leverage: return {kSymbol | kMarginMode, kSymbol};
        case Operation::position_mode: return {kSymbol, 0};
        case Operation::risk_tiers:
        case Operation::fee_rates: return {kSymbol, kSymbol};
        case Operation::funding_payments: return {kSymbol | kSince | kUntil | kLimit, kSymbol};
        case Operation::renew_stream: return {kListenKey, kListenKey};
        default: return {0, 0};
    }
}

struct Named {
    Argument argument;
    const char* name;
};
constexpr Named kNames[] = {
    {kSymbol, "symbol"}, {kSide, "side"}, {kType, "type"}, {kQuantity, "quantity"}, {kQuoteQuantity, "quote_quantity"}, {kPrice, "price"},
    {kStopPrice, "stop_price"}, {kTimeInForce, "time_in_force"}, {kPostOnly, "post_only"}, {kReduceOnly, "reduce_only"},
    {kClientOrderId, "client_order_id"}, {kOrderId, "id"}, {kMarginMode, "margin_mode"}, {kLeverage, "leverage"}, {kPositionMode, "position_mode"},
    {kInterval, "interval"}, {kSince, "since_ms"}, {kUntil, "until_ms"}, {kLimit, "limit"}, {kPage, "page"}, {kListenKey, "listen_key"}, {kContractSize, "contract_size"},
    {kQuantityStep, "quantity_step"}};

/// The arguments that are set.
std::uint32_t given(const Call& call) {
    const auto bit = [](const auto& field, Argument argument) { return field.has_value() ? std::uint32_t{argument} : 0U; };
    return bit(call.symbol, kSymbol) | bit(call.side, kSide) | bit(call.type, kType) | bit(call.quantity, kQuantity) | bit(call.quote_quantity, kQuoteQuantity) |
           bit(call.price, kPrice) | bit(call.stop_price, kStopPrice) | bit(call.time_in_force, kTimeInForce) | bit(call.post_only, kPostOnly) |
           bit(call.reduce_only, kReduceOnly) | bit(call.client_order_id, kClientOrderId) | bit(call.order_id, kOrderId) | bit(call.margin_mode, kMarginMode) |
           bit(call.leverage, kLeverage) | bit(call.position_mode, kPositionMode) | bit(call.interval, kInterval) | bit(call.since, kSince) |
           bit(call.until, kUntil) | bit(call.limit, kLimit) | bit(call.page, kPage) |
           bit(call.listen_key, kListenKey) | bit(call.contract_size, kContractSize) | bit(call.quantity_step, kQuantityStep);
}

constexpr auto kIdCharacters = [] {
    std::array<bool, 256> is{};
    for (const char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"}) is[static_cast<unsigned char>(c)] = true;
    return is;
}();

bool is_id(std::string_view text, std::size_t length_max) {
    return !text.empty() && text.size() <= length_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return kIdCharacters[static_cast<unsigned char>(c)]; });
}

Unexpected<CallError> bad(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::bad_argument, argument, std::move(detail)}};
}

Result<void, CallError> check_values(const Call& call) {
    struct Amount {
        const char* name;
        const std::optional<Decimal>& value;
    };
    for (const Amount& amount : std::initializer_list<Amount>{{"quantity", call.quantity}, {"quote_quantity", call.quote_quantity},
                                                              {"price", call.price}, {"stop_price", call.stop_price},
                                                              {"contract_size", call.contract_size}, {"quantity_step", call.quantity_step}})
        if (amount.value && !amount.value->is_positive()) return bad(amount.name, std::string{amount.name} + " must be above zero");
    if (call.symbol && !call.symbol->is_sound()) return bad("symbol", "symbol must look like BTC/USDT or BTC/USDT:USDT");
    if (call.symbol && call.symbol->is_futures() != (call.market == market::Market::futures))
        return bad("symbol", "symbol and market don't belong together: BTC/USDT is spot, BTC/USDT:USDT futures");
    if (call.client_order_id && !is_id(*call.client_order_id, 64)) return bad("client_order_id", "client_order_id may hold letters, digits, _ and - (1 to 64)");
    if (call.order_id && !is_id(*call.order_id, 64)) return bad("id", "id may hold letters, digits, _ and - (1 to 64)");
    if (call.listen_key && !is_id(*call.listen_key, 128)) return bad("listen_key", "listen_key may hold letters, digits, _ and - (1 to 128)");
    if (call.leverage && (*call.leverage < 1 || *call.leverage > 500)) return bad("leverage", "leverage must be 1 to 500");
    if (call.limit && (*call.limit < 1 || *call.limit > 5000)) return bad("limit", "limit must be 1 to 5000");
    if (call.page && (*call.page < 1 || *call.page > 1000)) return bad("page", "page must be 1 to 1000");
    if (call.key_version && (*call.key_version < 1 || *call.key_version > 3)) return bad("key_version", "key_version must be 1 to 3");
    if (call.until && call.until->ms() < 0) return bad("until_ms", "until_ms must not be negative");
    if (call.since && call.since->ms() < 0) return bad("since_ms", "since_ms must not be negative");
    if (call.quantity && call.quote_quantity) return bad("quote_quantity", "quantity and quote_quantity exclude each other");
    return {};
}

}  // namespace

Result<void, CallError> check_arguments(const Call& call) {
    const Rule rule = rule_of(call.operation);
    const auto set = given(call);
    // Every order passes here: whether all is well is a matter of bits, names are looked up for a complaint only.
    if (const auto wrong = (set & ~rule.allowed) | (rule.required & ~set); wrong != 0) {
        const auto& first = *std::find_if(std::begin(kNames), std::end(kNames), [&](const Named& named) { return (wrong & named.argument) != 0; });
        const std::string name = first.name, operation{to_string(call.operation)};
        if ((set & first.argument) != 0) return bad(first.name, operation + " takes no " + name);
        return Unexpected{CallError{CallError::Kind::missing_argument, name, operation + " needs " + name}};
    }
    const bool by_id = call.operation == Operation::order || call.operation == Operation::cancel_order;
    if (by_id && !call.order_id && !call.client_order_id)
        return Unexpected{CallError{CallError::Kind::missing_argument, "id", "an order is named by id or client_order_id"}};
    const bool places = call.operation == Operation::place_order || call.operation == Operation::test_order || call.operation == Operation::place_stop;
    if (places && !call.quantity && !call.quote_quantity)
        return Unexpected{CallError{CallError::Kind::missing_argument, "quantity", "an order needs a quantity"}};
    if (places && call.type == market::OrderType::limit && !call.price)
        return Unexpected{CallError{CallError::Kind::missing_argument, "price", "a limit order needs a price"}};
    return check_values(call);
}

}  // namespace bf::exchange
