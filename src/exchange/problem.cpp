#include "exchange/problem.hpp"

#include "exchange/remark.hpp"

#include <algorithm>
#include <array>

namespace bf::exchange {
namespace {

constexpr std::array<std::string_view, 33> kCodes{
    "malformed_credentials", "invalid_key", "invalid_secret", "invalid_passphrase", "key_expired",
    "no_read_permission", "no_trade_permission", "no_futures_permission",
    "withdraw_enabled", "transfer_enabled", "withdrawal_unknown",
    "ip_not_allowed", "exchange_unavailable", "maintenance", "rate_limited", "clock_skew",
    "region_restricted", "identity_check_required", "account_restricted", "ipv4_unreachable", "ipv6_unreachable",
    "invalid_symbol", "symbol_not_tradable", "insufficient_balance", "below_min_size", "price_or_size_step", "order_not_found",
    "duplicate_client_order_id", "post_only_would_cross", "reduce_only_rejected", "margin_mode_mismatch", "position_mode_mismatch", "other"};
static_assert(kCodes.size() == static_cast<std::size_t>(ProblemCode::other) + 1);

}  // namespace

std::string_view to_string(ProblemCode code) { return kCodes[static_cast<std::size_t>(code)]; }

std::optional<ProblemCode> parse_problem(std::string_view text) {
    const auto at = std::find(kCodes.begin(), kCodes.end(), text);
    if (at == kCodes.end()) return std::nullopt;
    return static_cast<ProblemCode>(at - kCodes.begin());
}

Problem unreadable(const std::string& what) {
    return Problem{.code = ProblemCode::exchange_unavailable, .exchange_message = say(Remark::unreadable, {what}), .fate = Fate::unknown};
}

}  // namespace bf::exchange
