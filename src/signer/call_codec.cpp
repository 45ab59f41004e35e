#include "signer/call_codec.hpp"

#include "money/decimal_bytes.hpp"

namespace bf::signer {
namespace {

// Bounds of the decoder, no tighter than check_arguments: which values are allowed is its business, which fit in memory ours.
constexpr std::size_t kAssetMax = 20;
constexpr std::size_t kIdMax = 64;
constexpr std::size_t kListenKeyMax = 128;
constexpr std::size_t kWordMax = 64;
constexpr std::size_t kSentenceMax = 400;

void write(ByteWriter& out, const Decimal& value) { write_decimal(out, value); }
void write(ByteWriter& out, const market::Symbol& symbol) {
    out.text(symbol.base);
    out.text(symbol.quote);
    out.text(symbol.settle);
}
void write(ByteWriter& out, const std::string& text) { out.text(text); }
void write(ByteWriter& out, bool value) { out.flag(value); }
void write(ByteWriter& out, std::int64_t value) { out.signed64(value); }
void write(ByteWriter& out, Instant value) { out.signed64(value.ms()); }
template <class Enum>
    requires std::is_enum_v<Enum>
void write(ByteWriter& out, Enum value) {
    out.enumeration(value);
}

void read(ByteReader& in, Decimal& value) { read_decimal(in, value); }
void read(ByteReader& in, market::Symbol& symbol) {
    symbol.base = in.text(kAssetMax);
    symbol.quote = in.text(kAssetMax);
    symbol.settle = in.text(kAssetMax);
}
void read(ByteReader& in, bool& value) { value = in.flag(); }
void read(ByteReader& in, std::int64_t& value) { value = in.signed64(); }
void read(ByteReader& in, Instant& value) { value = Instant::from_ms(in.signed64()); }
void read(ByteReader& in, market::Side& value) { value = in.enumeration(market::Side::sell); }
void read(ByteReader& in, market::OrderType& value) { value = in.enumeration(market::OrderType::market); }
void read(ByteReader& in, market::TimeInForce& value) { value = in.enumeration(market::TimeInForce::fok); }
void read(ByteReader& in, market::MarginMode& value) { value = in.enumeration(market::MarginMode::cross); }
void read(ByteReader& in, market::PositionMode& value) { value = in.enumeration(market::PositionMode::hedge); }
void read(ByteReader& in, market::Interval& value) { value = in.enumeration(market::Interval::d1); }

struct Text {
    std::string& into;
    std::size_t length_max;
};
void read(ByteReader& in, Text text) { text.into = in.text(text.length_max); }

/// Visits every argument in the order of the bytes; the one list that writing, reading and the mask share.
template <class CallType, class Visit>
void each_argument(CallType& call, Visit&& visit) {
    visit(call.symbol, 0);
    visit(call.side, 0);
    visit(call.type, 0);
    visit(call.quantity, 0);
    visit(call.quote_quantity, 0);
    visit(call.price, 0);
    visit(call.stop_price, 0);
    visit(call.time_in_force, 0);
    visit(call.post_only, 0);
    visit(call.reduce_only, 0);
    visit(call.client_order_id, kIdMax);
    visit(call.order_id, kIdMax);
    visit(call.margin_mode, 0);
    visit(call.leverage, 0);
    visit(call.position_mode, 0);
    visit(call.interval, 0);
    visit(call.since, 0);
    visit(call.limit, 0);
    visit(call.listen_key, kListenKeyMax);
    visit(call.contract_size, 0);
    visit(call.quantity_step, 0);
    visit(call.until, 0);
    visit(call.page, 0);
}
constexpr std::uint32_t kArguments = 23;

}  // namespace

void write_call(ByteWriter& out, const exchange::Call& call) {
    out.enumeration(call.operation);
    out.enumeration(call.market);
    out.enumeration(call.account_mode);
    out.enumeration(call.site);
    std::uint32_t mask = 0;
    std::uint32_t bit = 1;
    each_argument(call, [&](const auto& argument, std::size_t) {
        if (argument) mask |= bit;
        bit <<= 1;
    });
    out.integer(mask);
    each_argument(call, [&](const auto& argument, std::size_t) {
        if (argument) write(out, *argument);
    });
}

void read_call(ByteReader& in, exchange::Call& call) {
    call.operation = in.enumeration(exchange::Operation::fee_rates);
    call.market = in.enumeration(market::Market::futures);
    call.account_mode = in.enumeration(exchange::AccountMode::unified);
    call.site = in.enumeration(exchange::Site::eu);
    const auto mask = in.integer<std::uint32_t>();
    if (mask >> kArguments != 0) in.fail();
    std::uint32_t bit = 1;
    each_argument(call, [&]<class T>(std::optional<T>& argument, std::size_t length_max) {
        const bool present = (mask & bit) != 0;
        bit <<= 1;
        if (!present) return argument.reset();
        if (!argument) argument.emplace();
        if constexpr (std::is_same_v<T, std::string>)
            read(in, Text{*argument, length_max});
        else
            read(in, *argument);
    });
}

void write_call_error(ByteWriter& out, const exchange::CallError& error) {
    out.enumeration(error.kind);
    out.text(std::string_view{error.argument}.substr(0, kWordMax));
    out.text(std::string_view{error.detail}.substr(0, kSentenceMax));
}

exchange::CallError read_call_error(ByteReader& in) {
    exchange::CallError error;
    error.kind = in.enumeration(exchange::CallError::Kind::not_supported);
    error.argument = in.text(kWordMax);
    error.detail = in.text(kSentenceMax);
    return error;
}

}  // namespace bf::signer
