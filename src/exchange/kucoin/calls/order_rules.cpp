#include "exchange/kucoin/calls/products.hpp"

#include <limits>

namespace bf::exchange::kucoin {
namespace {

constexpr std::size_t kClientOrderIdLengthMax = 40;

Unexpected<CallError> not_whole() {
    return bad("quantity", "the quantity is not a whole number of contracts of this contract size");
}

/// Everything a 64-bit number holds, by exact division; nothing if it is no whole number.
Result<std::int64_t, CallError> divide_whole(const Decimal& quantity, const Decimal& size) {
    // quantity / size = (mq * 10^ss) / (ms * 10^sq): only the difference of the scales has to be multiplied in.
    __int128 numerator = quantity.mantissa(), denominator = size.mantissa();
    __int128& shorter = quantity.scale() < size.scale() ? numerator : denominator;
    for (int i = quantity.scale() < size.scale() ? size.scale() - quantity.scale() : quantity.scale() - size.scale(); i > 0; --i)
        if (__builtin_mul_overflow(shorter, __int128{10}, &shorter)) return not_whole();
    constexpr __int128 kSmall = std::numeric_limits<std::int64_t>::max();
    if (numerator <= kSmall && denominator <= kSmall) {
        const auto a = static_cast<std::int64_t>(numerator), b = static_cast<std::int64_t>(denominator);
        if (a % b != 0) return not_whole();
        return a / b;
    }
    if (numerator % denominator != 0 || numerator / denominator > kSmall) return not_whole();
    return static_cast<std::int64_t>(numerator / denominator);
}

}  // namespace

Written check_order(const Call& call) {
    // Optional for the exchange, required by us: an order without our id can't be looked up when its answer is lost.
    if (!call.client_order_id) return missing("client_order_id", "every KuCoin order of ours needs a client_order_id");
    if (call.client_order_id->size() > kClientOrderIdLengthMax) return bad("client_order_id", "KuCoin takes a client_order_id of at most 40 characters");
    if (!call.type && call.price) return missing("type", "a stop with a price needs its type: limit");
    if (!is_limit(call)) {
        if (call.price) return bad("price", "a market order takes no price");
        if (call.post_only.value_or(false)) return bad("post_only", "a market order can't be post_only");
        if (call.time_in_force == market::TimeInForce::fok) return not_supported("time_in_force", "KuCoin has no fill-or-kill market orders");
        return {};
    }
    if (!call.price) return missing("price", "a limit order needs a price");
    if (call.quote_quantity) return bad("quote_quantity", "only a market order can be counted in quote units");
    if (call.post_only.value_or(false) && call.time_in_force && call.time_in_force != market::TimeInForce::gtc)
        return bad("post_only", "KuCoin takes post_only with gtc only");
    return {};
}

Result<std::int64_t, CallError> contracts_of(const Call& call) {
    if (call.quote_quantity) return not_supported("quote_quantity", "futures orders are counted in base units, not in quote units");
    if (!call.quantity) return missing("quantity", "an order needs a quantity");
    if (!call.contract_size) return missing("contract_size", "KuCoin counts futures in contracts: contract_size (base units a contract) is needed");
    BF_TRY(const auto contracts, divide_whole(*call.quantity, *call.contract_size));
    if (contracts == 0) return not_whole();
    return contracts;
}

}  // namespace bf::exchange::kucoin
