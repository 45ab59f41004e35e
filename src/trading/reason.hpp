// Why a signal was not executed, or what an operator must hear: every reason code of the product, in one table.
//
// The texts are part of the stable interface (scripts match them): adding is fine, renaming is not. What a person reads about a code is
// in sentence.hpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace bf::trading {

enum class Code : std::uint8_t {
    // The signal.
    signal_unauthentic, signal_malformed, signal_duplicate, signal_expired, strategy_unknown, pair_not_enabled, no_open_group,
    // User and connection.
    trading_held, strategy_disabled, mode_no_entries, disk_low, connection_not_ready, connection_frozen, exchange_unavailable, connection_proof_stale, invalid_key,
    no_trade_permission, futures_not_permitted, withdraw_enabled, withdraw_unconfirmed, transfer_enabled, ip_not_allowed, egress_changed,
    key_expires_soon, settings_invalid,
    // Market.
    instrument_halted, price_stale, spread_too_wide, group_of_other_strategy, opposite_group_open, order_in_flight, group_desync, addon_off,
    addon_out_of_zone, addon_zone_used, group_already_open, market_falling,
    // Recovery's gate.
    group_in_recovery, recovery_addon_off, recovery_addon_limit, recovery_out_of_zone,
    // Risk and margin.
    direction_not_allowed, short_not_supported, brake_active, addon_limit_reached, addon_cooldown, addon_worsens_average,
    addon_improvement_too_small, too_many_groups, pair_cooldown, order_below_minimum, order_above_maximum, margin_group_exceeded,
    margin_strategy_exceeded, margin_total_exceeded, capital_reserved, balance_insufficient, leverage_mismatch, liquidation_too_close,
    policy_denied,
    // Exit.
    exit_at_loss, hard_stop, liquidation_guard,
    // Set-up.
    ladder_liquidates_early, ladder_exceeds_limit, ladder_below_minimum, pro_same_account,
    // Execution.
    order_unknown, order_rejected,
};
inline constexpr int kCodeCount = static_cast<int>(Code::order_rejected) + 1;

/// What a failed check of this code does to the decision.
enum class Stop : std::uint8_t {
    none,   ///< Nothing: told, not decided on.
    wait,   ///< An input is missing, stale or busy: looked at again until the signal is too old.
    block,  ///< A rule forbids it: final for this signal.
};

/// "ADDON_OUT_OF_ZONE".
std::string_view to_string(Code code);
std::optional<Code> parse_code(std::string_view text);
/// 1 signal, 2 user and connection, 3 market context, 4 risk and margin; 0 for codes that no check of a signal gives (set-up, execution,
/// alarms). A check may stand in another stage than its code's usual one: a verdict carries its own.
int stage_of(Code code);
Stop stop_of(Code code);

}  // namespace bf::trading
