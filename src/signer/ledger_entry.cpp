#include "signer/ledger_entry.hpp"

#include "money/decimal_bytes.hpp"

#include <array>

namespace bf::signer {
namespace {

constexpr std::array<std::string_view, 10> kClasses{"read", "order", "cancel", "setting", "key", "policy", "account", "refusal", "outcome", "ledger"};
static_assert(kClasses.size() == static_cast<std::size_t>(kLastUseClass) + 1);

constexpr std::uint8_t kCall = 1, kPurpose = 2, kCounted = 4, kPlace = 8, kAbout = 16, kParts = 31;
constexpr auto kLastOperation = exchange::Operation::fee_rates;

void put_short(ByteWriter& out, std::string_view text) {
    const auto cut = text.substr(0, LedgerEntry::kTextMax);
    out.integer(static_cast<std::uint8_t>(cut.size()));
    out.raw(cut);
}
void put_detail(ByteWriter& out, std::string_view text) {
    const auto cut = text.substr(0, LedgerEntry::kDetailMax);
    out.integer(static_cast<std::uint16_t>(cut.size()));
    out.raw(cut);
}
std::string_view take_short(ByteReader& in) { return in.raw(in.integer<std::uint8_t>()); }
std::string_view take_detail(ByteReader& in) {
    const auto size = in.integer<std::uint16_t>();
    if (size > LedgerEntry::kDetailMax) in.fail();
    return in.raw(size);
}

void put(ByteWriter& out, const std::optional<Decimal>& value) {
    out.flag(value.has_value());
    if (value) write_decimal(out, *value);
}
void take(ByteReader& in, std::optional<Decimal>& value) {
    if (in.flag()) read_decimal(in, value.emplace());
}
template <class Enum>
void put_enum(ByteWriter& out, const std::optional<Enum>& value) {
    out.integer(static_cast<std::uint8_t>(value ? static_cast<std::uint8_t>(*value) + 1 : 0));
}
template <class Enum>
std::optional<Enum> take_enum(ByteReader& in, Enum last) {
    const auto value = in.integer<std::uint8_t>();
    if (value == 0) return std::nullopt;
    if (value - 1 > static_cast<std::uint8_t>(last)) in.fail();
    return static_cast<Enum>(value - 1);
}

void put(ByteWriter& out, const LedgerEntry::Call& call) {
    out.integer(call.slot);
    out.enumeration(call.market);
    put_enum(out, call.method);
    put_short(out, call.path);
    put_short(out, call.symbol);
    put_enum(out, call.side);
    put(out, call.quantity);
    put(out, call.price);
    put(out, call.value);
    put_short(out, call.client_order_id);
    put_short(out, call.order_id);
    out.raw({reinterpret_cast<const char*>(call.digest.data()), call.digest.size()});
}
void take(ByteReader& in, LedgerEntry::Call& call) {
    call.slot = in.integer<std::uint8_t>();
    if (call.slot > 2) in.fail();
    call.market = in.enumeration(market::Market::futures);
    call.method = take_enum(in, wire::Method::del);
    call.path = take_short(in);
    call.symbol = take_short(in);
    call.side = take_enum(in, market::Side::sell);
    take(in, call.quantity);
    take(in, call.price);
    take(in, call.value);
    call.client_order_id = take_short(in);
    call.order_id = take_short(in);
    const auto digest = in.raw(call.digest.size());
    if (in.ok()) std::memcpy(call.digest.data(), digest.data(), digest.size());
}

void put(ByteWriter& out, const LedgerEntry::Counted& counted) {
    out.signed64(counted.since.ms());
    out.integer(counted.count);
    out.integer(static_cast<std::uint8_t>(counted.operations.size()));
    for (const auto& [operation, count] : counted.operations) {
        out.enumeration(operation);
        out.integer(count);
    }
}
void take(ByteReader& in, LedgerEntry::Counted& counted) {
    counted.since = Instant::from_ms(in.signed64());
    counted.count = in.integer<std::uint64_t>();
    const auto operations = in.integer<std::uint8_t>();
    if (operations > static_cast<std::uint8_t>(kLastOperation) + 1) return in.fail();
    for (std::uint8_t i = 0; i < operations && in.ok(); ++i) {
        const auto operation = in.enumeration(kLastOperation);
        counted.operations.emplace_back(operation, in.integer<std::uint32_t>());
    }
}

}  // namespace

std::string_view to_string(UseClass value) { return kClasses[static_cast<std::size_t>(value)]; }

std::optional<UseClass> parse_use_class(std::string_view word) {
    for (std::size_t i = 0; i < kClasses.size(); ++i)
        if (kClasses[i] == word) return static_cast<UseClass>(i);
    return std::nullopt;
}

UseClass class_of(exchange::Operation operation) {
    switch (operation) {
        case exchange::Operation::place_order:
        case exchange::Operation::place_stop: return UseClass::order;
        case exchange::Operation::cancel_order: return UseClass::cancel;
        case exchange::Operation::set_leverage:
        case exchange::Operation::set_margin_mode: return UseClass::setting;
        default: return UseClass::read;
    }
}

void write_entry(ByteWriter& out, const LedgerEntry& entry) {
    out.integer(entry.sequence);
    out.signed64(entry.at.ms());
    out.enumeration(entry.use);
    put_short(out, entry.connection);
    put_short(out, entry.what);
    put_short(out, entry.result);
    put_detail(out, entry.detail);
    const auto bit = [](bool there, std::uint8_t mark) { return there ? mark : std::uint8_t{0}; };
    out.integer(static_cast<std::uint8_t>(bit(entry.call.has_value(), kCall) | bit(entry.purpose.has_value(), kPurpose) | bit(entry.counted.has_value(), kCounted) |
                                          bit(entry.place.has_value(), kPlace) | bit(entry.about != 0, kAbout)));
    if (entry.call) put(out, *entry.call);
    if (entry.purpose) {
        put_short(out, entry.purpose->word);
        out.integer(entry.purpose->group);
        put_short(out, entry.purpose->strategy);
    }
    if (entry.counted) put(out, *entry.counted);
    if (entry.place) {
        out.integer(entry.place->segment);
        out.integer(entry.place->offset);
    }
    if (entry.about != 0) out.integer(entry.about);
}

Result<LedgerEntry> read_entry(std::string_view body) {
    ByteReader in{body};
    LedgerEntry entry;
    entry.sequence = in.integer<std::uint64_t>();
    entry.at = Instant::from_ms(in.signed64());
    entry.use = in.enumeration(kLastUseClass);
    entry.connection = take_short(in);
    entry.what = take_short(in);
    entry.result = take_short(in);
    entry.detail = take_detail(in);
    const auto parts = in.integer<std::uint8_t>();
    if (parts > kParts) in.fail();
    if ((parts & kCall) != 0) take(in, entry.call.emplace());
    if ((parts & kPurpose) != 0) {
        auto& purpose = entry.purpose.emplace();
        purpose.word = take_short(in);
        purpose.group = in.integer<std::uint64_t>();
        purpose.strategy = take_short(in);
    }
    if ((parts & kCounted) != 0) take(in, entry.counted.emplace());
    if ((parts & kPlace) != 0) {
        auto& place = entry.place.emplace();
        place.segment = in.integer<std::uint64_t>();
        place.offset = in.integer<std::uint64_t>();
    }
    if ((parts & kAbout) != 0) {
        entry.about = in.integer<std::uint64_t>();
        if (entry.about == 0) in.fail();
    }
    if (!in.at_end()) return Unexpected{Error{ErrorKind::damaged, "an entry of the ledger has not the form this version writes"}};
    return entry;
}

}  // namespace bf::signer
