// What a claim about a key rests on: kept as its English sentence in the connection's record, told in the reader's language. The words of both
// stand in one table, evidence.cpp.
#pragma once
#include "exchange/problem.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace bf::exchange {

enum class Evidence : std::uint8_t {
    // About: the call that was answered, and what its answer named.
    answered, answered_status, lists, lists_not, lists_unexplained, lists_no_withdrawal, permission, no_permission, unified_only, no_permissions, address_list, no_address_list,
    empty_list_with_days, empty_list_no_expiry,
    // About: the exchange's code, an address, a symbol.
    inspection_allowed, inspection_refused, outsider_refused, outsider_accepted, outsider_accepted_by_word, balance_answered, orders_answered, positions_answered, balance_read,
    signed_read, test_order_accepted, test_order_small, test_order_answered, key_dead, untold,
};
inline constexpr std::size_t kEvidenceCount = static_cast<std::size_t>(Evidence::untold) + 1;

/// The English sentence, as it is kept.
std::string evidence(Evidence what, std::initializer_list<std::string_view> about = {});
/// In the reader's language; what is none of these as it is.
std::string tell_evidence(std::string_view kept, Language language);

}  // namespace bf::exchange
