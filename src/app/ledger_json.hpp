// The ledger as JSON and as lines for people: the same on the command line and in the REST interface.
#pragma once
#include "signer/ledger_check.hpp"
#include "signer/protocol.hpp"
#include "wire/json_writer.hpp"

#include <functional>

namespace bf::app {

/// The name of a connection, or nothing.
using ConnectionName = std::function<std::optional<std::string>(const std::string& id)>;

void write_ledger_entry(wire::JsonWriter& out, const signer::LedgerEntry& entry, const ConnectionName& name_of = {},
                        exchange::Language language = exchange::Language::en);
/// What an entry or a breach tells, in the reader's language.
std::string ledger_words(const std::string& kept, exchange::Language language);
void write_ledger_head(wire::JsonWriter& out, const signer::LedgerHead& head);
void write_ledger_report(wire::JsonWriter& out, const signer::LedgerReport& report);

/// Minutes of the form utc_text writes, a day alone, or Unix milliseconds.
std::optional<Instant> read_time(std::string_view text);
/// One line of the ledger, without its end.
std::string ledger_line(const signer::LedgerEntry& entry);
extern const char* const kLedgerCsvHeader;
std::string ledger_csv(const signer::LedgerEntry& entry);

}  // namespace bf::app
