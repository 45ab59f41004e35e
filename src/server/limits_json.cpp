#include "server/limits_json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using ports::UseLimits;
using ports::ValueCaps;

struct NamedOperation {
    std::string_view name;
    bool UseLimits::Operations::*can;
};
constexpr std::array<NamedOperation, 4> kOperations{{{"place_order", &UseLimits::Operations::place_order},
                                                     {"place_stop", &UseLimits::Operations::place_stop},
                                                     {"set_leverage", &UseLimits::Operations::set_leverage},
                                                     {"set_margin_mode", &UseLimits::Operations::set_margin_mode}}};
struct NamedCap {
    std::string_view name;
    Decimal ValueCaps::*cap;
};
constexpr std::array<NamedCap, 5> kCaps{
    {{"order", &ValueCaps::order}, {"market_order", &ValueCaps::market_order}, {"hour", &ValueCaps::hour}, {"day", &ValueCaps::day}, {"exposure", &ValueCaps::exposure}}};

Unexpected<Error> bad(std::string_view field, std::string sentence) { return Unexpected{Error{ErrorKind::bad_input, std::move(sentence), Fate::not_sent, std::string{field}}}; }

Result<Decimal> share(const wire::JsonValue& json, std::string_view field) {
    const auto percent = json[field].decimal();
    if (!percent) return bad(field, std::string{field} + " is a number of percent, as text.");
    const auto factor = Decimal::product(*percent, "0.01"_d, Rounding::down);
    if (!factor || *factor * Decimal{100} != *percent) return bad(field, std::string{field} + " has more digits than count.");
    return *factor;
}

}  // namespace

void write_limits(wire::JsonWriter& out, const UseLimits& limits) {
    out.begin_object().key("operations").begin_array();
    for (const auto& operation : kOperations)
        if (limits.operations.*operation.can) out.text(operation.name);
    out.end_array();
    out.member("market", limits.market ? std::optional<std::string>{to_string(*limits.market)} : std::nullopt);
    if (limits.symbols) {
        out.key("symbols").begin_array();
        for (const auto& symbol : *limits.symbols) out.text(symbol.to_string());
        out.end_array();
    } else {
        out.member("symbols", nullptr);
    }
    out.key("values").begin_object();
    for (const auto& [asset, caps] : limits.values) {
        out.key(asset).begin_object();
        for (const auto& cap : kCaps) out.member(cap.name, caps.*cap.cap);
        out.end_object();
    }
    out.end_object();
    out.member("price_band", limits.price_band * Decimal{100}).member("exit_band", limits.exit_band * Decimal{100}).member("leverage", limits.leverage);
    out.member("orders_a_minute", limits.orders_a_minute).member("exits_a_minute", limits.exits_a_minute);
    out.member("raise_delay_s", limits.raise_delay.count()).end_object();
}

void write_limit_state(wire::JsonWriter& out, const ports::LimitState& state) {
    out.begin_object().key("limits");
    write_limits(out, state.limits);
    out.member("freeze", to_string(state.freeze)).key("raise");
    if (state.raise) {
        out.begin_object().key("limits");
        write_limits(out, state.raise->limits);
        out.member("due", state.raise->due.ms()).end_object();
    } else {
        out.null();
    }
    out.key("used").begin_array();
    for (const auto& used : state.used)
        out.begin_object().member("asset", used.asset).member("hour", used.hour).member("day", used.day).member("exposure", used.exposure).end_object();
    out.end_array().key("findings").begin_array();
    for (const auto finding : state.findings) out.text(to_string(finding));
    out.end_array().end_object();
}

Status fit_to(market::Market market, UseLimits& limits) {
    if (limits.market && limits.market != market) return bad("market", "The connection is of the other market.");
    limits.market = market;
    return ports::check_limits(limits);
}

Result<UseLimits> read_limits(const wire::JsonValue& json) {
    if (!json.is_object()) return bad("limits", "limits must be an object: GET shows one.");
    UseLimits limits;
    const auto operations = json["operations"];
    if (!operations.is_array()) return bad("operations", "operations is a list of place_order, place_stop, set_leverage and set_margin_mode.");
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const auto found = std::find_if(kOperations.begin(), kOperations.end(), [&](const auto& one) { return operations.at(i).text() == one.name; });
        if (found == kOperations.end()) return bad("operations", "operations is a list of place_order, place_stop, set_leverage and set_margin_mode.");
        limits.operations.*found->can = true;
    }
    if (!json["market"].is_null()) {
        limits.market = market::parse<market::Market>(json["market"].text().value_or(""));
        if (!limits.market) return bad("market", "market is spot, futures or null.");
    }
    const auto symbols = json["symbols"];
    if (!symbols.is_null()) {
        if (!symbols.is_array()) return bad("symbols", "symbols is a list like [\"BTC/USDT\"], or null for all.");
        auto& list = limits.symbols.emplace();
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            auto symbol = market::Symbol::parse(symbols.at(i).text().value_or(""));
            if (!symbol) return bad("symbols", "A symbol looks like BTC/USDT or BTC/USDT:USDT.");
            list.push_back(std::move(*symbol));
        }
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    }
    const auto values = json["values"];
    if (!values.is_object()) return bad("values", "values is an object of amounts by quote asset.");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto one = values.at(i);
        ValueCaps caps;
        for (const auto& cap : kCaps) {
            const auto amount = one[cap.name].decimal();
            if (!amount) return bad("values", "Each asset has the amounts order, market_order, hour, day and exposure, as text.");
            caps.*cap.cap = *amount;
        }
        limits.values.emplace(values.name_at(i), caps);
    }
    BF_TRY(limits.price_band, share(json, "price_band"));
    BF_TRY(limits.exit_band, share(json, "exit_band"));
    const auto number = [&](std::string_view field) -> Result<std::int64_t> {
        const auto value = json[field].integer();
        if (!value) return bad(field, std::string{field} + " is a whole number.");
        return *value;
    };
    BF_TRY(limits.leverage, number("leverage"));
    BF_TRY(limits.orders_a_minute, number("orders_a_minute"));
    BF_TRY(limits.exits_a_minute, number("exits_a_minute"));
    BF_TRY(const auto delay, number("raise_delay_s"));
    if (delay < 0 || delay > 100'000'000) return bad("raise_delay_s", "A raise waits for 60 seconds to 30 days.");
    limits.raise_delay = seconds{delay};
    BF_TRY_VOID(ports::check_limits(limits));
    return limits;
}

}  // namespace bf::server
