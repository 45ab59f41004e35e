#include "exchange/call_json.hpp"

namespace bf::exchange {
namespace {

using wire::JsonValue;

Unexpected<CallError> bad(std::string_view name, std::string detail) {
    return Unexpected{CallError{CallError::Kind::bad_argument, std::string{name}, std::move(detail)}};
}

/// Amounts come as text or as JSON numbers, both exact; scientific form is nobody's way to write an order.
bool set(std::optional<Decimal>& to, const JsonValue& value) {
    const auto text = value.text_or_number();
    if (!text) return false;
    const auto amount = Decimal::parse(*text);
    if (amount) to = *amount;
    return amount.has_value();
}
bool set(std::optional<std::string>& to, const JsonValue& value) {
    const auto text = value.text_or_number();
    if (text) to = std::string{*text};
    return text.has_value();
}
bool set(std::optional<bool>& to, const JsonValue& value) {
    to = value.boolean();
    return to.has_value();
}
bool set(std::optional<std::int64_t>& to, const JsonValue& value) {
    to = value.integer();
    return to.has_value();
}
bool set(std::optional<Instant>& to, const JsonValue& value) {
    const auto ms = value.integer();
    if (ms) to = Instant::from_ms(*ms);
    return ms.has_value();
}
bool set(std::optional<market::Symbol>& to, const JsonValue& value) {
    const auto text = value.text();
    if (text) to = market::Symbol::parse(*text);
    return to.has_value();
}
template <class Enum>
    requires std::is_enum_v<Enum>
bool set(std::optional<Enum>& to, const JsonValue& value) {
    const auto text = value.text();
    if (text) to = market::parse<Enum>(*text);
    return to.has_value();
}

/// Whether `name` is an argument; `fits` tells whether its value could be read.
bool set_by_name(Call& call, std::string_view name, const JsonValue& value, bool& fits) {
    if (name == "symbol") return fits = set(call.symbol, value), true;
    if (name == "side") return fits = set(call.side, value), true;
    if (name == "type") return fits = set(call.type, value), true;
    if (name == "quantity") return fits = set(call.quantity, value), true;
    if (name == "quote_quantity") return fits = set(call.quote_quantity, value), true;
    if (name == "price") return fits = set(call.price, value), true;
    if (name == "stop_price") return fits = set(call.stop_price, value), true;
    if (name == "time_in_force") return fits = set(call.time_in_force, value), true;
    if (name == "post_only") return fits = set(call.post_only, value), true;
    if (name == "reduce_only") return fits = set(call.reduce_only, value), true;
    if (name == "client_order_id") return fits = set(call.client_order_id, value), true;
    if (name == "id") return fits = set(call.order_id, value), true;
    if (name == "margin_mode") return fits = set(call.margin_mode, value), true;
    if (name == "leverage") return fits = set(call.leverage, value), true;
    if (name == "position_mode") return fits = set(call.position_mode, value), true;
    if (name == "interval") return fits = set(call.interval, value), true;
    if (name == "since_ms") return fits = set(call.since, value), true;
    if (name == "until_ms") return fits = set(call.until, value), true;
    if (name == "limit") return fits = set(call.limit, value), true;
    if (name == "page") return fits = set(call.page, value), true;
    if (name == "contract_size") return fits = set(call.contract_size, value), true;
    if (name == "quantity_step") return fits = set(call.quantity_step, value), true;
    return false;
}

}  // namespace

Result<void, CallError> read_arguments(const JsonValue& arguments, Call& call) {
    if (!arguments.is_object()) return bad("args", "the arguments must be a JSON object");
    if (arguments.has_duplicate_names()) return bad("args", "an argument stands twice");
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto name = arguments.name_at(i);
        const auto value = arguments.at(i);
        if (value.is_null()) continue;
        bool fits = false;
        if (!set_by_name(call, name, value, fits)) return bad(name, "there is no argument " + std::string{name});
        if (!fits) return bad(name, "the value of " + std::string{name} + " can't be read");
    }
    return {};
}

}  // namespace bf::exchange
