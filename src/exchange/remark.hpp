// What BackFuture itself says about a call that was not made, an order that was not taken, or an answer that could not be used: a code with values.
//
// A remark is kept and sent as its English sentence (in the journal, in the signer's ledger, between processes), beside what an exchange said,
// and its code is found again by that sentence when a person reads it: both sentences stand in one table, remark.cpp. What is none of these
// was said by somebody else, an exchange or the operating system, and is told as a quotation.
#pragma once
#include "exchange/problem.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace bf::exchange {

enum class Remark : std::uint8_t {
    // The signer: a connection's limits.
    frozen_wholly, frozen_entries, frozen_settings, in_doubt, in_doubt_settings, no_limits, operation_not_allowed, entries_not_allowed, other_market, symbol_not_listed,
    no_amounts, leverage_over, order_over, market_order_over, hour_over, day_over, exposure_over, orders_often, exits_often, price_unknown, exit_price_unknown,
    price_off, exit_price_off, figures_out_of_range, cover_not_written, cover_not_written_because,
    // The signer: what else it does not sign.
    too_late, clock_off, vault_closed, no_vault, awaits_backup, vault_sealed, vault_sealed_still, no_key, no_key_in_slot, old_key, key_damaged, exchange_unknown,
    ledger_broken, ledger_unwritable, ledger_unwritable_unchanged,
    // What the check of its ledger finds.
    segment_missing, segment_short, header_altered, header_foreign, segment_misplaced, entries_missing, header_astray, no_entry, bytes_behind, entry_altered,
    mark_altered, rewritten, head_foreign, end_cut_off, entry_gone, no_head, broken_before, vault_older, ledger_begun, write_cut, uses_missed, with_keys, without_keys,
    // Calls an exchange does not have.
    no_such_call,
    // Our own judgement of an order, before it is sent.
    no_connection, wrong_market, no_stop, no_quantity, off_quantity_step, off_price_step, below_minimum,
    withdrawn, connection_removed_first, connection_removed, started_again, no_room,
    // What an order's look-up found.
    another_order, fills_too_many, fills_missing, puzzling, too_old, absent,
    // Preparing a symbol on futures.
    hedge_mode, margin_mode_stays, leverage_stays, position_margin_mode, position_leverage,
    // Answers.
    unreadable, no_data, no_answer, other_account, account_untold,
    // The network.
    not_reached, no_address, other_family, no_answer_in_time, closed_early, too_large, not_http, connection_failed, no_stream_in_time, no_stream, stream_ended,
    too_many_waiting,
};
inline constexpr std::size_t kRemarkCount = static_cast<std::size_t>(Remark::too_many_waiting) + 1;

/// The English sentence, as it is kept.
std::string say(Remark remark, std::initializer_list<std::string_view> about = {});
bool is_remark(std::string_view kept);
/// A remark in the reader's language, in English as it is kept; anything else in quotation marks.
std::string retell(std::string_view kept, Language language);
/// The same as a part of a sentence of ours: English that others said needs no marks inside English.
std::string retell_inside(std::string_view kept, Language language);
/// As retell, to go on behind: without a full stop.
std::string clause(std::string_view kept, Language language);

}  // namespace bf::exchange
