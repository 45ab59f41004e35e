// One entry of the ledger: what a key, or the signer itself, was used for. Never a secret, never a signature, never a query string.
//
// Every order, cancel, setting, change of a key or of a limit, and refusal has an entry of its own; reads, of which a running server makes
// thousands an hour, are counted (ledger_uses.hpp). What came of an order is told later, in an entry of its own.
#pragma once
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "exchange/call.hpp"
#include "exchange/call_digest.hpp"
#include "wire/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::signer {

enum class UseClass : std::uint8_t {
    read,     ///< Counted.
    order,    ///< Signed: it may open, add or close.
    cancel,
    setting,  ///< Leverage, margin mode.
    key,      ///< A key or what seals it was added, tested, promoted, removed; a vault opened.
    policy,   ///< A limit was set, a connection frozen.
    account,  ///< A person's second factor.
    refusal,  ///< Not signed, and why.
    outcome,  ///< What came of an order, as the engine reports it.
    ledger,   ///< The ledger's own: started, broken, accepted, a gap.
};
inline constexpr UseClass kLastUseClass = UseClass::ledger;
std::string_view to_string(UseClass value);
std::optional<UseClass> parse_use_class(std::string_view word);
UseClass class_of(exchange::Operation operation);

/// The call that was signed or refused, as it went to the exchange but for its parameters.
struct LedgerCall {
    std::uint8_t slot{0};  ///< Slot: which of the connection's keys.
    market::Market market{market::Market::spot};
    std::optional<wire::Method> method{};  ///< Nothing where no request was written.
    std::string path{};                    ///< Without its query.
    std::string symbol{};
    std::optional<market::Side> side{};
    std::optional<Decimal> quantity{};  ///< Base units.
    std::optional<Decimal> price{};
    std::optional<Decimal> value{};  ///< Quote units: price times quantity, or what a market order spends.
    std::string client_order_id{};
    std::string order_id{};
    exchange::CallDigest digest{};
    friend bool operator==(const LedgerCall&, const LedgerCall&) = default;
};
/// What it was for, as the engine says.
struct LedgerPurpose {
    std::string word{};  ///< "entry", "exit", "connection_test", "poll".
    std::uint64_t group{0};
    std::string strategy{};
    friend bool operator==(const LedgerPurpose&, const LedgerPurpose&) = default;
};
/// Uses that were counted instead of entered one by one.
struct LedgerCounted {
    Instant since{};
    std::uint64_t count{0};
    std::vector<std::pair<exchange::Operation, std::uint32_t>> operations{};
    friend bool operator==(const LedgerCounted&, const LedgerCounted&) = default;
};
/// A place in the ledger's own files.
struct LedgerPlace {
    std::uint64_t segment{0};
    std::uint64_t offset{0};
    friend auto operator<=>(const LedgerPlace&, const LedgerPlace&) = default;
};

struct LedgerEntry {
    using Call = LedgerCall;
    using Purpose = LedgerPurpose;
    using Counted = LedgerCounted;
    using Place = LedgerPlace;

    std::uint64_t sequence{0};  ///< 1, 2, 3, …; given by the ledger.
    Instant at{};
    UseClass use{UseClass::read};
    std::string connection{};  ///< Empty: none.
    std::string what{};        ///< The operation or act: "place_order", "key_staged", "started".
    std::string result{};      ///< "signed", a Refusal's word, "done", an outcome.
    std::string detail{};      ///< A sentence or the exchange's id of an order; at most kDetailMax.
    std::optional<Call> call{};
    std::optional<Purpose> purpose{};
    std::optional<Counted> counted{};
    std::optional<Place> place{};
    std::uint64_t about{0};  ///< An earlier entry's sequence; 0: none.
    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;

    static constexpr std::size_t kTextMax = 255;
    static constexpr std::size_t kDetailMax = 400;
    static constexpr std::size_t kBodyMax = 4096;
};

/// Appends its bytes. Texts beyond their bounds are cut.
void write_entry(ByteWriter& out, const LedgerEntry& entry);
/// `damaged` for anything that write_entry does not write.
Result<LedgerEntry> read_entry(std::string_view body);

}  // namespace bf::signer
