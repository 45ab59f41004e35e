// Every sentence the connection test and a connection's history say, by name: kept with what it is about, told in the reader's language.
// The words stand in one table, saying.cpp.
#pragma once
#include "exchange/problem.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::connection {

enum class Saying : std::uint8_t {
    // What was pasted. About: the field.
    field_empty, field_missing, field_white_space, field_swapped, field_unusual, field_not_used, field_not_simulated, fields_usual, nothing_sent,
    // Reach and clock.
    status_unread, exchange_closed, exchange_open, only_cancellations, address_seen, time_untold, answered_in,
    clock_agrees, clock_behind, clock_ahead, clock_too_far, jitter, switch_on_time_sync,
    // The key.
    key_not_inspected, key_not_judged, key_refused, key_dead, key_good, key_ends_soon, rights_untold, rights, no_rights, rights_not_needed,
    withdraws, transfers, withdrawal_untold, withdrawal_confirmed_off, cannot_withdraw, transfer_accepted,
    bound_to_none, bound_untold, bind_to_server, bind_to_address, bound_to, bound_somewhere, address_listed, signed_calls_accepted,
    // The account.
    balance_unread, one_asset, assets, pair_unknown, no_open_pair, orders_not_asked, orders_unread, orders_open,
    positions_unread, one_position, positions, position_mode, margin_mode, one_way_needed,
    identity_insufficient, test_price_unread, steps_untold, rights_include_trading, rights_lack_trading, no_pair_to_try, no_test_order,
    test_order_accepted, may_trade, test_order_refused_for_itself, test_order_refused,
    stream_live, stream_not_given, stream_elsewhere, stream_down, stream_open,
    // Any step.
    exchange_said, exchange_said_code, not_reached, no_answer_in_time,
    // History.
    saved_with_key, saved_with_eu_key, accepted_internal_transfer, accepted_unknown_withdrawal, renamed, disabled, enabled, removed, test_passed, test_failed,
    status_draft, status_testing, status_connected, status_degraded, status_error, status_refused, status_disabled,
    site_global, site_eu, goes_over_v4, goes_over_v6,
    key_replaced, new_key_failed, new_key_other_account, new_key_account_unknown, new_key_disabled, new_key_malformed, new_key_not_kept,
    old_key_kept, old_key_dead, old_key_works, old_key_wiped, old_key_confirmed_deleted, rolled_back,
    // Guards.
    rights_changed, allow_list_changed, address_changed, key_life_warned,
    outsider_accepted, outsider_refused, outsider_is_listed, outsider_is_server, outsider_not_told_apart, outsider_proves_nothing,
    // What its key may be used for. About: who did it, what changed, from when on.
    frozen_entries, frozen_everything, unfrozen, found_frozen_entries, found_frozen_everything, found_unfrozen,
    limits_changed, limits_raise_asked, limits_raise_dropped, limits_refused,
};
inline constexpr std::size_t kSayingCount = static_cast<std::size_t>(Saying::limits_refused) + 1;
std::string_view to_string(Saying saying);

/// A sentence and what it is about: numbers, names and codes as text, in the order of the table's {0}, {1}.
struct Fact {
    Saying saying;
    std::vector<std::string> about{};
    friend bool operator==(const Fact&, const Fact&) = default;
};
using Facts = std::vector<Fact>;

/// Who did it, where nobody signed in: the command line on the server's own machine. No account can be called so.
inline constexpr std::string_view kAtTheConsole = "(console)";

/// Told in order, one after the other.
std::string tell(const Facts& facts, exchange::Language language);

/// `[["answered_in","12"],…]`.
void write_json(wire::JsonWriter& out, const Facts& facts);
/// What write_json wrote; a saying that is not known here is left out.
Facts read_facts(const wire::JsonValue& list);

}  // namespace bf::connection
