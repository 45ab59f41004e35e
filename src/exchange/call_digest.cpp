#include "exchange/call_digest.hpp"

#include "base/text.hpp"

#include <charconv>
#include <sodium.h>

namespace bf::exchange {
namespace {

void put(std::string& out, const Decimal& value) {
    char text[64];
    out.append(text, value.write(text));
}
void put(std::string& out, const market::Symbol& symbol) {
    out.append(symbol.base).append("/").append(symbol.quote);
    if (symbol.is_futures()) out.append(":").append(symbol.settle);
}
void put(std::string& out, const std::string& text) { out.append(text); }
void put(std::string& out, bool value) { out.append(value ? "true" : "false"); }
void put(std::string& out, std::int64_t value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, static_cast<std::size_t>(end - text));
}
void put(std::string& out, Instant value) { put(out, value.ms()); }
template <class Enum>
    requires std::is_enum_v<Enum>
void put(std::string& out, Enum value) {
    out.append(market::to_string(value));
}

template <class T>
void line(std::string& out, std::string_view name, const std::optional<T>& value) {
    if (!value) return;
    out.append(name);
    put(out, *value);
    out.push_back('\n');
}

}  // namespace

void write_digest_text(std::string& out, std::string_view connection, const Call& call) {
    out.assign("connection=").append(connection);
    out.append("\noperation=").append(to_string(call.operation));
    out.append("\nmarket=").append(market::to_string(call.market));
    out.append("\naccount_mode=").append(call.account_mode == AccountMode::unified ? "unified" : "classic");
    out.append("\nsite=").append(call.site == Site::eu ? "eu\n" : "global\n");
    line(out, "symbol=", call.symbol);
    line(out, "side=", call.side);
    line(out, "type=", call.type);
    line(out, "quantity=", call.quantity);
    line(out, "quote_quantity=", call.quote_quantity);
    line(out, "price=", call.price);
    line(out, "stop_price=", call.stop_price);
    line(out, "time_in_force=", call.time_in_force);
    line(out, "post_only=", call.post_only);
    line(out, "reduce_only=", call.reduce_only);
    line(out, "client_order_id=", call.client_order_id);
    line(out, "order_id=", call.order_id);
    line(out, "margin_mode=", call.margin_mode);
    line(out, "leverage=", call.leverage);
    line(out, "position_mode=", call.position_mode);
    line(out, "interval=", call.interval);
    line(out, "since=", call.since);
    line(out, "until=", call.until);
    line(out, "limit=", call.limit);
    line(out, "page=", call.page);
    line(out, "listen_key=", call.listen_key);
    line(out, "contract_size=", call.contract_size);
    line(out, "quantity_step=", call.quantity_step);
}

CallDigest digest_of(std::string_view connection, const Call& call) {
    thread_local std::string text;
    write_digest_text(text, connection, call);
    CallDigest digest;
    const auto bytes = as_bytes(text);
    crypto_generichash(digest.data(), digest.size(), bytes.data(), bytes.size(), nullptr, 0);
    return digest;
}

}  // namespace bf::exchange
