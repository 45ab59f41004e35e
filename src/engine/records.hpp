// What the orders write into the journal, and read back at the next start. Strict: a record that these functions did not write is
// refused with a sentence, and a start with one is refused, since what the engine owes the exchange would be unknown.
//
// An intent is durable before its request is sent; the others need not be waited for: what of them a crash loses, the exchange is asked
// for again. They stand in order, so a `finished` in the journal has all its fills before it.
#pragma once
#include "base/error.hpp"
#include "engine/intent.hpp"
#include "engine/order.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bf::engine {

/// Kinds of journal entries. 1 to 15 are the orders'; the engine's own begin at 16.
enum class RecordKind : std::uint16_t { intent = 1, accepted = 2, fill = 3, finished = 4 };

struct AcceptedRecord {
    OrderNumber order{0};
    std::string exchange_id;
    friend bool operator==(const AcceptedRecord&, const AcceptedRecord&) = default;
};
struct FillRecord {
    OrderNumber order{0};
    BookedFill fill;
    friend bool operator==(const FillRecord&, const FillRecord&) = default;
};
struct FinishedRecord {
    OrderNumber order{0};
    End end{End::filled};
    Decimal filled{};
    friend bool operator==(const FinishedRecord&, const FinishedRecord&) = default;
};
using Record = std::variant<Intent, AcceptedRecord, FillRecord, FinishedRecord>;

RecordKind kind_of(const Record& record);
/// Replaces the content of `out`.
void write_record(std::string& out, const Record& record);
/// When the intent in a record was made and the digest of its call, without reading the rest; nothing for other kinds and older forms.
std::optional<std::pair<Instant, exchange::CallDigest>> digest_in(RecordKind kind, std::string_view bytes);
/// `damaged` with a sentence for anything else than write_record wrote under that kind.
Result<Record> read_record(RecordKind kind, std::string_view bytes);
/// The same into `record`, whatever it held: for a whole journal of them, one object for all.
Status read_into(Intent& record, std::string_view bytes);
Status read_into(AcceptedRecord& record, std::string_view bytes);
Status read_into(FillRecord& record, std::string_view bytes);
Status read_into(FinishedRecord& record, std::string_view bytes);

/// Where names stand in the record from which `intent` was read.
struct IntentPlaces {
    std::size_t connection, client_id;
};
IntentPlaces places_in(const Intent& intent, std::string_view bytes);

}  // namespace bf::engine
