// Things worth a user's attention about a connection that works: never a reason to stop it.
#pragma once
#include "connection/record.hpp"

namespace bf::connection {

struct Warning {
    std::string code;  ///< "key_expires_soon", "key_ages_unused", "same_key", "same_account", "more_rights_than_needed", "not_bound", "unused", "withdrawal_unproven", "transfer_accepted"; trading's: "groups_left"
    std::string text;
};

struct Expiry {
    std::optional<Instant> at;
    std::string basis;  ///< "exchange" or "inferred"; empty without a date.
};

/// When the key dies: as told by the exchange, else inferred from its rule (KuCoin: a trading key without IP list after 30 idle days,
/// counted from its last use).
Expiry expiry_of(const Record& record);

std::vector<Warning> warnings_of(const Record& record, const std::vector<const Record*>& all, Instant now, exchange::Language language);

}  // namespace bf::connection
