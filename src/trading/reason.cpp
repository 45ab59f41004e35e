// The one table of reason codes: text, usual stage, what a failure does.
#include "trading/reason.hpp"

#include <array>

namespace bf::trading {
namespace {

struct Row {
    Code code;
    std::string_view text;
    int stage;
    Stop stop;
};

constexpr Stop kWait = Stop::wait, kBlock = Stop::block, kNone = Stop::none;

constexpr Row kRows[] = {
    {Code::signal_unauthentic, "SIGNAL_UNAUTHENTIC", 1, kBlock},
    {Code::signal_malformed, "SIGNAL_MALFORMED", 1, kBlock},
    {Code::signal_duplicate, "SIGNAL_DUPLICATE", 1, kBlock},
    {Code::signal_expired, "SIGNAL_EXPIRED", 1, kBlock},
    {Code::strategy_unknown, "STRATEGY_UNKNOWN", 1, kBlock},
    {Code::pair_not_enabled, "PAIR_NOT_ENABLED", 1, kBlock},
    {Code::no_open_group, "NO_OPEN_GROUP", 1, kBlock},
    {Code::trading_held, "TRADING_HELD", 2, kWait},
    {Code::strategy_disabled, "STRATEGY_DISABLED", 2, kBlock},
    {Code::mode_no_entries, "MODE_NO_ENTRIES", 2, kBlock},
    {Code::disk_low, "DISK_LOW", 2, kBlock},
    {Code::connection_not_ready, "CONNECTION_NOT_READY", 2, kBlock},
    {Code::connection_frozen, "CONNECTION_FROZEN", 2, kBlock},
    {Code::exchange_unavailable, "EXCHANGE_UNAVAILABLE", 2, kWait},
    {Code::connection_proof_stale, "CONNECTION_PROOF_STALE", 2, kWait},
    {Code::invalid_key, "INVALID_KEY", 2, kBlock},
    {Code::no_trade_permission, "NO_TRADE_PERMISSION", 2, kBlock},
    {Code::futures_not_permitted, "FUTURES_NOT_PERMITTED", 2, kBlock},
    {Code::withdraw_enabled, "WITHDRAW_ENABLED", 2, kBlock},
    {Code::withdraw_unconfirmed, "WITHDRAW_UNCONFIRMED", 2, kBlock},
    {Code::transfer_enabled, "TRANSFER_ENABLED", 2, kBlock},
    {Code::ip_not_allowed, "IP_NOT_ALLOWED", 2, kBlock},
    {Code::egress_changed, "EGRESS_CHANGED", 2, kBlock},
    {Code::key_expires_soon, "KEY_EXPIRES_SOON", 2, kBlock},
    {Code::settings_invalid, "SETTINGS_INVALID", 2, kBlock},
    {Code::instrument_halted, "INSTRUMENT_HALTED", 3, kWait},
    {Code::price_stale, "PRICE_STALE", 3, kWait},
    {Code::spread_too_wide, "SPREAD_TOO_WIDE", 3, kWait},
    {Code::group_of_other_strategy, "GROUP_OF_OTHER_STRATEGY", 3, kBlock},
    {Code::opposite_group_open, "OPPOSITE_GROUP_OPEN", 3, kBlock},
    {Code::order_in_flight, "ORDER_IN_FLIGHT", 3, kWait},
    {Code::group_desync, "GROUP_DESYNC", 3, kWait},
    {Code::addon_off, "ADDON_OFF", 3, kBlock},
    {Code::addon_out_of_zone, "ADDON_OUT_OF_ZONE", 3, kBlock},
    {Code::addon_zone_used, "ADDON_ZONE_USED", 3, kBlock},
    {Code::group_already_open, "GROUP_ALREADY_OPEN", 3, kBlock},
    {Code::market_falling, "MARKET_FALLING", 3, kWait},
    {Code::group_in_recovery, "GROUP_IN_RECOVERY", 3, kBlock},
    {Code::recovery_addon_off, "RECOVERY_ADDON_OFF", 3, kBlock},
    {Code::recovery_addon_limit, "RECOVERY_ADDON_LIMIT", 3, kBlock},
    {Code::recovery_out_of_zone, "RECOVERY_OUT_OF_ZONE", 3, kBlock},
    {Code::direction_not_allowed, "DIRECTION_NOT_ALLOWED", 4, kBlock},
    {Code::short_not_supported, "SHORT_NOT_SUPPORTED", 4, kBlock},
    {Code::brake_active, "BRAKE_ACTIVE", 4, kBlock},
    {Code::addon_limit_reached, "ADDON_LIMIT_REACHED", 4, kBlock},
    {Code::addon_cooldown, "ADDON_COOLDOWN", 4, kWait},
    {Code::addon_worsens_average, "ADDON_WORSENS_AVERAGE", 4, kBlock},
    {Code::addon_improvement_too_small, "ADDON_IMPROVEMENT_TOO_SMALL", 4, kBlock},
    {Code::too_many_groups, "TOO_MANY_GROUPS", 4, kBlock},
    {Code::pair_cooldown, "PAIR_COOLDOWN", 4, kWait},
    {Code::order_below_minimum, "ORDER_BELOW_MINIMUM", 4, kBlock},
    {Code::order_above_maximum, "ORDER_ABOVE_MAXIMUM", 4, kBlock},
    {Code::margin_group_exceeded, "MARGIN_GROUP_EXCEEDED", 4, kBlock},
    {Code::margin_strategy_exceeded, "MARGIN_STRATEGY_EXCEEDED", 4, kBlock},
    {Code::margin_total_exceeded, "MARGIN_TOTAL_EXCEEDED", 4, kBlock},
    {Code::capital_reserved, "CAPITAL_RESERVED", 4, kBlock},
    {Code::balance_insufficient, "BALANCE_INSUFFICIENT", 4, kBlock},
    {Code::leverage_mismatch, "LEVERAGE_MISMATCH", 4, kBlock},
    {Code::liquidation_too_close, "LIQUIDATION_TOO_CLOSE", 4, kBlock},
    {Code::policy_denied, "POLICY_DENIED", 4, kBlock},
    {Code::exit_at_loss, "EXIT_AT_LOSS", 4, kBlock},
    {Code::hard_stop, "HARD_STOP", 0, kNone},
    {Code::liquidation_guard, "LIQUIDATION_GUARD", 0, kNone},
    {Code::ladder_liquidates_early, "LADDER_LIQUIDATES_EARLY", 0, kBlock},
    {Code::ladder_exceeds_limit, "LADDER_EXCEEDS_LIMIT", 0, kBlock},
    {Code::ladder_below_minimum, "LADDER_BELOW_MINIMUM", 0, kBlock},
    {Code::pro_same_account, "PRO_SAME_ACCOUNT", 0, kBlock},
    {Code::order_unknown, "ORDER_UNKNOWN", 0, kWait},
    {Code::order_rejected, "ORDER_REJECTED", 0, kBlock},
};
static_assert(std::size(kRows) == static_cast<std::size_t>(kCodeCount));

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kRows); ++i)
        if (static_cast<std::size_t>(kRows[i].code) != i) return false;
    return true;
}
static_assert(in_order());

constexpr const Row& row(Code code) { return kRows[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view to_string(Code code) { return row(code).text; }

std::optional<Code> parse_code(std::string_view text) {
    for (const Row& each : kRows)
        if (each.text == text) return each.code;
    return std::nullopt;
}

int stage_of(Code code) { return row(code).stage; }
Stop stop_of(Code code) { return row(code).stop; }

}  // namespace bf::trading
