// Reading and writing a strategy's settings. What they mean is in rules.cpp.
#include "trading/settings.hpp"

#include "trading/fields.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kLevels{"low", "medium", "high"};
constexpr std::array<std::string_view, 3> kOpposite{"block", "close_if_profit", "hedge"};
constexpr std::array<std::string_view, 3> kTriggers{"signal_and_zone", "zone_only", "off"};
constexpr std::array<std::string_view, 3> kAnchors{"first_entry", "last_fill", "average"};
constexpr std::array<std::string_view, 3> kRecoveryAddOns{"off", "signal", "manual"};
constexpr std::array<std::string_view, 2> kMarkets{"spot", "futures"};
constexpr std::array<std::string_view, 2> kMarginModes{"isolated", "cross"};
constexpr std::array<std::string_view, 6> kIntervals{"1m", "5m", "15m", "1h", "4h", "1d"};

template <class Enum, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, Enum value) {
    return words[static_cast<std::size_t>(value)];
}

void read_lists(Fields& in, Settings& settings) {
    if (in.has("pairs")) {
        const auto pairs = in.raw("pairs");
        if (!pairs.is_array()) in.fail("pairs", Fault::pair_list);
        for (std::size_t i = 0; i < pairs.size() && pairs.is_array(); ++i) {
            const auto text = pairs.at(i).text();
            if (!text) return in.fail("pairs[" + std::to_string(i) + "]", Fault::text);
            settings.pairs.emplace_back(*text);
        }
    }
    if (in.has("directions")) {
        const auto directions = in.raw("directions");
        if (!directions.is_array()) in.fail("directions", Fault::direction_list);
        for (std::size_t i = 0; i < directions.size() && directions.is_array(); ++i) {
            const auto text = directions.at(i).text();
            if (text == "long")
                settings.allow_long = true;
            else if (text == "short")
                settings.allow_short = true;
            else
                return in.fail("directions[" + std::to_string(i) + "]", Fault::word, {"long", "short"});
        }
    }
}

void read_margin_and_entry(Fields& in, Settings& settings) {
    Fields margin{in.reading(), in.raw("margin"), "margin"};
    margin.read("group_limit", settings.margin.group_limit);
    margin.read("group_limit_pct", settings.margin.group_limit_pct);
    margin.read("strategy_limit", settings.margin.strategy_limit);
    margin.read("connection_limit_pct", settings.margin.connection_limit_pct);
    margin.read("recovery_reserve_pct", settings.margin.recovery_reserve_pct);
    Fields entry{in.reading(), in.raw("entry"), "entry"};
    entry.read("base_order", settings.entry.base_order);
    entry.read("max_slippage_pct", settings.entry.max_slippage_pct);
    entry.read("max_spread_pct", settings.entry.max_spread_pct);
    entry.read("pair_cooldown_s", settings.entry.pair_cooldown_s);
    entry.read("max_open_groups", settings.entry.max_open_groups);
    entry.read("max_lag_s", settings.entry.max_lag_s);
}

void read_add_on_and_exit(Fields& in, Settings& settings) {
    Fields add_on{in.reading(), in.raw("add_on"), "add_on"};
    add_on.read_word("trigger", kTriggers, settings.add_on.trigger);
    add_on.read("on_entry_signal", settings.add_on.on_entry_signal);
    add_on.read("max", settings.add_on.max);
    add_on.read("zone_step_pct", settings.add_on.zone_step_pct);
    add_on.read("zone_step_multiplier", settings.add_on.zone_step_multiplier);
    add_on.read("size_multiplier", settings.add_on.size_multiplier);
    add_on.read("min_improvement_pct", settings.add_on.min_improvement_pct);
    add_on.read("cooldown_s", settings.add_on.cooldown_s);
    add_on.read_word("anchor", kAnchors, settings.add_on.anchor);
    Fields exit{in.reading(), in.raw("exit"), "exit"};
    exit.read("take_profit_pct", settings.exit.take_profit_pct);
    exit.read("hard_stop_pct", settings.exit.hard_stop_pct);
    exit.read("allow_loss_exit", settings.exit.allow_loss_exit);
}

void read_recovery(Fields& in, Settings& settings) {
    Fields recovery{in.reading(), in.raw("recovery"), "recovery"};
    recovery.read("enabled", settings.recovery.enabled);
    recovery.read("cautious", settings.recovery.cautious);
    recovery.read("adverse_move_pct", settings.recovery.adverse_move_pct);
    recovery.read_word("add_on_mode", kRecoveryAddOns, settings.recovery.add_on_mode);
    recovery.read("add_on_budget", settings.recovery.add_on_budget);
    recovery.read("min_improvement_pct", settings.recovery.min_improvement_pct);
    recovery.read("cooldown_s", settings.recovery.cooldown_s);
    recovery.read("target_pct", settings.recovery.target_pct);
    recovery.read("auto_release", settings.recovery.auto_release);
    recovery.read("pro_connection", settings.recovery.pro_connection);
}

void read_rest(Fields& in, Settings& settings) {
    Fields futures{in.reading(), in.raw("futures"), "futures"};
    futures.read("leverage", settings.futures.leverage);
    futures.read_word("margin_mode", kMarginModes, settings.futures.margin_mode);
    futures.read("min_liq_distance_pct", settings.futures.min_liq_distance_pct);
    futures.read("liquidation_guard_pct", settings.futures.liquidation_guard_pct);
    Fields brake{in.reading(), in.raw("brake"), "brake"};
    brake.read("drawdown_pct", settings.brake.drawdown_pct);
    brake.read("window_h", settings.brake.window_h);
    Fields fees{in.reading(), in.raw("fees"), "fees"};
    fees.read("maker_pct", settings.fees.maker_pct);
    fees.read("taker_pct", settings.fees.taker_pct);
    Fields generator{in.reading(), in.raw("generator"), "generator"};
    generator.read("enabled", settings.generator.enabled);
    generator.read_word("interval", kIntervals, settings.generator.interval);
    generator.read("fast", settings.generator.fast);
    generator.read("slow", settings.generator.slow);
    generator.read("quiet_factor", settings.generator.quiet_factor);
}

}  // namespace

Result<Settings, FieldError> read_settings(wire::JsonValue json, std::vector<std::string>* unknown) {
    Reading reading;
    Settings settings;
    if (!json.is_object()) return Unexpected{FieldError{"", Fault::no_settings}};
    {
        Fields in{reading, json, ""};
        in.read("name", settings.name);
        in.read("connection", settings.connection);
        in.read_word("market", kMarkets, settings.market);
        read_lists(in, settings);
        in.read_word("risk_level", kLevels, settings.risk_level);
        in.read_word("on_opposite", kOpposite, settings.on_opposite);
        in.read("allow_shrink", settings.allow_shrink);
        in.read("paper", settings.paper);
        read_margin_and_entry(in, settings);
        read_add_on_and_exit(in, settings);
        read_recovery(in, settings);
        read_rest(in, settings);
    }
    if (reading.error) return Unexpected{std::move(*reading.error)};
    if (unknown != nullptr) *unknown = std::move(reading.unknown);
    return settings;
}

namespace {

void write_margin_and_entry(wire::JsonWriter& out, const Settings& settings) {
    const auto& margin = settings.margin;
    out.key("margin").begin_object().member("group_limit", margin.group_limit).member("group_limit_pct", margin.group_limit_pct);
    out.member("strategy_limit", margin.strategy_limit).member("connection_limit_pct", margin.connection_limit_pct);
    out.member("recovery_reserve_pct", margin.recovery_reserve_pct).end_object();
    const auto& entry = settings.entry;
    out.key("entry").begin_object().member("base_order", entry.base_order).member("max_slippage_pct", entry.max_slippage_pct);
    out.member("max_spread_pct", entry.max_spread_pct).member("pair_cooldown_s", entry.pair_cooldown_s);
    out.member("max_open_groups", entry.max_open_groups).member("max_lag_s", entry.max_lag_s).end_object();
}

void write_add_on_and_exit(wire::JsonWriter& out, const Settings& settings) {
    const auto& add_on = settings.add_on;
    out.key("add_on").begin_object().member("trigger", word(kTriggers, add_on.trigger)).member("on_entry_signal", add_on.on_entry_signal);
    out.member("max", add_on.max).member("zone_step_pct", add_on.zone_step_pct).member("zone_step_multiplier", add_on.zone_step_multiplier);
    out.member("size_multiplier", add_on.size_multiplier).member("min_improvement_pct", add_on.min_improvement_pct);
    out.member("cooldown_s", add_on.cooldown_s).member("anchor", word(kAnchors, add_on.anchor)).end_object();
    const auto& exit = settings.exit;
    out.key("exit").begin_object().member("take_profit_pct", exit.take_profit_pct).member("hard_stop_pct", exit.hard_stop_pct);
    out.member("allow_loss_exit", exit.allow_loss_exit).end_object();
}

void write_recovery(wire::JsonWriter& out, const Settings& settings) {
    const auto& recovery = settings.recovery;
    out.key("recovery").begin_object().member("enabled", recovery.enabled).member("cautious", recovery.cautious);
    out.member("adverse_move_pct", recovery.adverse_move_pct).member("add_on_mode", word(kRecoveryAddOns, recovery.add_on_mode));
    out.member("add_on_budget", recovery.add_on_budget).member("min_improvement_pct", recovery.min_improvement_pct);
    out.member("cooldown_s", recovery.cooldown_s).member("target_pct", recovery.target_pct).member("auto_release", recovery.auto_release);
    out.member("pro_connection", recovery.pro_connection).end_object();
}

}  // namespace

void write_json(wire::JsonWriter& out, const Settings& settings) {
    out.begin_object().member("name", settings.name).member("connection", settings.connection).member("market", word(kMarkets, settings.market));
    out.key("pairs").begin_array();
    for (const auto& pair : settings.pairs) out.text(pair);
    out.end_array().key("directions").begin_array();
    if (settings.allow_long) out.text("long");
    if (settings.allow_short) out.text("short");
    out.end_array().member("risk_level", word(kLevels, settings.risk_level)).member("on_opposite", word(kOpposite, settings.on_opposite));
    out.member("allow_shrink", settings.allow_shrink);
    if (settings.paper) out.member("paper", true);
    write_margin_and_entry(out, settings);
    write_add_on_and_exit(out, settings);
    write_recovery(out, settings);
    const auto& futures = settings.futures;
    out.key("futures").begin_object().key("leverage");
    if (futures.leverage)
        out.number(*futures.leverage);
    else
        out.null();
    out.member("margin_mode", word(kMarginModes, futures.margin_mode));
    out.member("min_liq_distance_pct", futures.min_liq_distance_pct).member("liquidation_guard_pct", futures.liquidation_guard_pct).end_object();
    out.key("brake").begin_object().member("drawdown_pct", settings.brake.drawdown_pct).member("window_h", settings.brake.window_h).end_object();
    out.key("fees").begin_object().member("maker_pct", settings.fees.maker_pct).member("taker_pct", settings.fees.taker_pct).end_object();
    const auto& generator = settings.generator;
    out.key("generator").begin_object().member("enabled", generator.enabled).member("interval", word(kIntervals, generator.interval));
    out.member("fast", generator.fast).member("slow", generator.slow).member("quiet_factor", generator.quiet_factor).end_object().end_object();
}

}  // namespace bf::trading
