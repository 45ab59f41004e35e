// Form of every record: one byte of the form's number, then the fields in the order below. Intents have form 2 since they carry the digest
// of their call; one of form 1 is read as having none.
#include "engine/records.hpp"

#include "money/decimal_bytes.hpp"

namespace bf::engine {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr std::uint8_t kIntentForm = 2;
constexpr std::size_t kNameMax = 200;  // Connections, exchange's ids.
constexpr std::size_t kAssetMax = 64;

// Each field has one writer and one reader under one name, and `fields` visits them in order, so that both can't drift apart.
struct Writer {
    ByteWriter& out;
    void operator()(const std::string& text, std::size_t) { out.text(text); }
    void operator()(const Decimal& value) { write_decimal(out, value); }
    void operator()(const std::uint64_t& value) { out.integer(value); }
    void operator()(const std::uint32_t& value) { out.integer(value); }
    void operator()(const std::int64_t& value) { out.signed64(value); }
    void operator()(const bool& value) { out.flag(value); }
    void operator()(const exchange::CallDigest& value) { out.raw({reinterpret_cast<const char*>(value.data()), value.size()}); }
    void operator()(const Instant& value) { out.signed64(value.ms()); }
    void operator()(const milliseconds& value) { out.signed64(value.count()); }
    template <class Enum>
    void operator()(const Enum& value, Enum) { out.enumeration(value); }
    template <class T, class Visit>
    void optional(const std::optional<T>& value, Visit visit) {
        out.flag(value.has_value());
        if (value) visit(*value);
    }
};

struct Reader {
    ByteReader& in;
    void operator()(std::string& text, std::size_t length_max) { text = in.text(length_max); }
    void operator()(Decimal& value) { read_decimal(in, value); }
    void operator()(std::uint64_t& value) { value = in.integer<std::uint64_t>(); }
    void operator()(std::uint32_t& value) { value = in.integer<std::uint32_t>(); }
    void operator()(std::int64_t& value) { value = in.signed64(); }
    void operator()(bool& value) { value = in.flag(); }
    void operator()(exchange::CallDigest& value) {
        const auto bytes = in.raw(value.size());
        if (in.ok()) std::memcpy(value.data(), bytes.data(), bytes.size());
    }
    void operator()(Instant& value) { value = Instant::from_ms(in.signed64()); }
    void operator()(milliseconds& value) { value = milliseconds{in.signed64()}; }
    template <class Enum>
    void operator()(Enum& value, Enum last) { value = in.enumeration(last); }
    template <class T, class Visit>
    void optional(std::optional<T>& value, Visit visit) {
        if (!in.flag()) return value.reset();
        visit(value.emplace());
    }
};

template <class Field, class Plan>
void plan_fields(Field& field, Plan& plan) {
    field(plan.connection, kNameMax);
    field(plan.symbol.base, kAssetMax);
    field(plan.symbol.quote, kAssetMax);
    field(plan.symbol.settle, kAssetMax);
    field(plan.side, market::Side::sell);
    field(plan.type, market::OrderType::market);
    field(plan.quantity);
    field.optional(plan.price, [&](auto& value) { field(value); });
    field.optional(plan.stop_price, [&](auto& value) { field(value); });
    field(plan.time_in_force, market::TimeInForce::fok);
    field(plan.reduce_only);
    field.optional(plan.margin_mode, [&](auto& value) { field(value, market::MarginMode::cross); });
    field.optional(plan.position_mode, [&](auto& value) { field(value, market::PositionMode::hedge); });
    field.optional(plan.leverage, [&](auto& value) { field(value); });
    field(plan.purpose, Purpose::close);
    field(plan.group);
    field(plan.leg);
    field(plan.limits.price_step);
    field(plan.limits.quantity_step);
    field(plan.limits.min_quantity);
    field(plan.limits.min_notional);
    field(plan.limits.contract_size);
    field(plan.send_within);
}

template <class Field, class T>
void fields(Field& field, T& record, std::uint8_t form) {
    using R = std::remove_const_t<T>;
    if constexpr (std::is_same_v<R, Intent>) {
        plan_fields(field, record.plan);
        field(record.number);
        field(record.attempt);
        field(record.client_id, kNameMax);
        field(record.at);
        if (form >= kIntentForm) field(record.digest);
        else if constexpr (!std::is_const_v<T>) record.digest = {};
    } else if constexpr (std::is_same_v<R, AcceptedRecord>) {
        field(record.order);
        field(record.exchange_id, kNameMax);
    } else if constexpr (std::is_same_v<R, FillRecord>) {
        field(record.order);
        field(record.fill.trade_id, kNameMax);
        field(record.fill.price);
        field(record.fill.quantity);
        field.optional(record.fill.fee, [&](auto& fee) {
            field(fee.asset, kAssetMax);
            field(fee.amount);
        });
        field.optional(record.fill.liquidity, [&](auto& value) { field(value, market::Liquidity::taker); });
        field(record.fill.at);
    } else {
        field(record.order);
        field(record.end, End::absent);
        field(record.filled);
    }
}

/// What a reader's bytes can't say but an order of ours never is.
const char* unsound(const Intent& intent) {
    const auto& plan = intent.plan;
    if (intent.number == 0 || intent.client_id.empty() || plan.connection.empty()) return "an intent without number, id or connection";
    if (!plan.symbol.is_sound()) return "an intent for a symbol that can't be";
    if (!plan.quantity.is_positive()) return "an intent for no quantity";
    if ((plan.price && !plan.price->is_positive()) || (plan.stop_price && !plan.stop_price->is_positive())) return "an intent at a price that can't be";
    return nullptr;
}
const char* unsound(const AcceptedRecord& record) { return record.order == 0 || record.exchange_id.empty() ? "an acceptance without its order" : nullptr; }
const char* unsound(const FillRecord& record) {
    if (record.order == 0 || record.fill.trade_id.empty()) return "a fill without order or trade";
    return record.fill.quantity.is_positive() && !record.fill.price.is_negative() ? nullptr : "a fill of nothing";
}
const char* unsound(const FinishedRecord& record) { return record.order == 0 || record.filled.is_negative() ? "an end without its order" : nullptr; }

template <class T>
Status read_as(T& record, std::string_view bytes) {
    ByteReader in{bytes};
    const auto form = in.integer<std::uint8_t>();
    if (form != kForm && !(std::is_same_v<T, Intent> && form == kIntentForm)) in.fail();
    Reader reader{in};
    fields(reader, record, form);
    if (!in.at_end()) return Unexpected{Error{ErrorKind::damaged, "a journal record of an order has not the form this version writes"}};
    if (const char* what = unsound(record)) return Unexpected{Error{ErrorKind::damaged, std::string{"the journal holds "} + what}};
    return {};
}

template <class T>
Result<Record> read_one(std::string_view bytes) {
    T record;
    BF_TRY_VOID(read_as(record, bytes));
    return Record{std::move(record)};
}

}  // namespace

RecordKind kind_of(const Record& record) { return static_cast<RecordKind>(record.index() + 1); }

void write_record(std::string& out, const Record& record) {
    out.clear();
    ByteWriter bytes{out};
    const auto form = std::holds_alternative<Intent>(record) ? kIntentForm : kForm;
    bytes.integer(form);
    Writer writer{bytes};
    std::visit([&writer, form](const auto& one) { fields(writer, one, form); }, record);
}

std::optional<std::pair<Instant, exchange::CallDigest>> digest_in(RecordKind kind, std::string_view bytes) {
    exchange::CallDigest digest;
    if (kind != RecordKind::intent || bytes.size() < 1 + 8 + digest.size() || static_cast<std::uint8_t>(bytes[0]) != kIntentForm) return std::nullopt;
    ByteReader in{bytes.substr(bytes.size() - 8 - digest.size())};
    const auto at = Instant::from_ms(in.signed64());
    Reader{in}(digest);
    return std::pair{at, digest};
}

Status read_into(Intent& record, std::string_view bytes) { return read_as(record, bytes); }
Status read_into(AcceptedRecord& record, std::string_view bytes) { return read_as(record, bytes); }
Status read_into(FillRecord& record, std::string_view bytes) { return read_as(record, bytes); }
Status read_into(FinishedRecord& record, std::string_view bytes) { return read_as(record, bytes); }

IntentPlaces places_in(const Intent& intent, std::string_view bytes) {
    const std::size_t behind = static_cast<std::uint8_t>(bytes[0]) >= kIntentForm ? 8 + intent.digest.size() : 8;
    return {.connection = 1 + sizeof(std::uint32_t), .client_id = bytes.size() - behind - intent.client_id.size()};
}

Result<Record> read_record(RecordKind kind, std::string_view bytes) {
    switch (kind) {
        case RecordKind::intent: return read_one<Intent>(bytes);
        case RecordKind::accepted: return read_one<AcceptedRecord>(bytes);
        case RecordKind::fill: return read_one<FillRecord>(bytes);
        case RecordKind::finished: return read_one<FinishedRecord>(bytes);
    }
    return Unexpected{Error{ErrorKind::damaged, "a journal record of a kind that orders don't write"}};
}

}  // namespace bf::engine
