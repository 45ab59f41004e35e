// What settings mean: the risk levels, the ranges, and the form a decision calculates with.
#include "trading/number.hpp"
#include "trading/settings.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

struct Preset {
    int group_limit_pct, connection_limit_pct, add_ons, zone_step_pct;
    Decimal size_multiplier;
    int leverage, adverse_move_pct, open_groups;
};

/// Product rule 4.3.
const Preset& preset(RiskLevel level) {
    static const std::array<Preset, 3> presets{{
        {5, 20, 3, 5, Decimal{1}, 2, 8, 3},
        {10, 40, 4, 4, Decimal::from_parts(12, 1), 4, 10, 4},
        {15, 60, 5, 3, Decimal::from_parts(15, 1), 5, 12, 4},
    }};
    return presets[static_cast<std::size_t>(level)];
}

template <class T, class U>
void fill(std::optional<T>& field, const U& value) {
    if (!field) field = T{value};
}

/// Ranges, each told once per field, in the document's order.
class Checker {
public:
    void fail(const char* field, Fault fault, std::vector<std::string> about = {}) { errors.push_back({field, fault, std::move(about)}); }
    void above_to(const char* field, const Decimal& value, const Decimal& above, const Decimal& most) {
        if (value <= above || value > most) fail(field, Fault::above_to, {value.to_string(), above.to_string(), most.to_string()});
    }
    void within(const char* field, const Decimal& value, const Decimal& least, const Decimal& most) {
        if (value < least || value > most) fail(field, Fault::from_to, {value.to_string(), least.to_string(), most.to_string()});
    }
    void below(const char* field, const Decimal& value, const Decimal& least, const Decimal& below_this) {
        if (value < least || value >= below_this) fail(field, Fault::from_below, {value.to_string(), least.to_string(), below_this.to_string()});
    }
    void positive(const char* field, const std::optional<Decimal>& value) {
        if (value && !value->is_positive()) fail(field, Fault::above, {value->to_string(), "0"});
    }
    std::vector<FieldError> errors{};
};

void check_names(Checker& out, const Settings& settings) {
    if (settings.name.empty() || settings.name.size() > 100) out.fail("name", Fault::name_length);
    if (settings.connection.empty()) out.fail("connection", Fault::no_connection);
    if (settings.pairs.empty()) out.fail("pairs", Fault::no_pair);
    for (auto at = settings.pairs.begin(); at != settings.pairs.end(); ++at) {
        const auto& pair = *at;
        const auto symbol = market::Symbol::parse(pair);
        if (!symbol || symbol->is_futures() != (settings.market == market::Market::futures))
            out.fail("pairs", Fault::other_market, {pair});
        else if (std::find(settings.pairs.begin(), at, pair) != at)
            out.fail("pairs", Fault::pair_twice, {pair});
    }
    if (!settings.allow_long && !settings.allow_short) out.fail("directions", Fault::no_direction);
    if (settings.on_opposite == OnOpposite::hedge) out.fail("on_opposite", Fault::hedge);
}

void check_margin_and_entry(Checker& out, const Settings& settings) {
    out.positive("margin.group_limit", settings.margin.group_limit);
    out.above_to("margin.group_limit_pct", *settings.margin.group_limit_pct, 0, 100);
    out.positive("margin.strategy_limit", settings.margin.strategy_limit);
    out.above_to("margin.connection_limit_pct", *settings.margin.connection_limit_pct, 0, 100);
    out.within("margin.recovery_reserve_pct", settings.margin.recovery_reserve_pct, 0, 90);
    out.positive("entry.base_order", settings.entry.base_order);
    out.within("entry.max_slippage_pct", settings.entry.max_slippage_pct, 0, 10);
    out.within("entry.max_spread_pct", settings.entry.max_spread_pct, 0, 100);
    out.within("entry.pair_cooldown_s", settings.entry.pair_cooldown_s, 0, 2'592'000);
    out.within("entry.max_open_groups", *settings.entry.max_open_groups, 1, 1000);
    out.within("entry.max_lag_s", settings.entry.max_lag_s, 1, 86'400);
}

/// d(K+1), the far edge of the last zone.
Number last_deviation(const Settings& settings) {
    Number gap = percent(*settings.add_on.zone_step_pct), sum;
    for (std::int64_t k = 0; k <= *settings.add_on.max; ++k) {
        sum += gap;
        gap = gap * settings.add_on.zone_step_multiplier;
    }
    return sum;
}

void check_add_on_and_exit(Checker& out, const Settings& settings) {
    const auto before = out.errors.size();
    out.within("add_on.max", *settings.add_on.max, 0, kAddOnsMax);
    out.above_to("add_on.zone_step_pct", *settings.add_on.zone_step_pct, 0, 50);
    out.within("add_on.zone_step_multiplier", settings.add_on.zone_step_multiplier, Decimal::from_parts(5, 1), 3);
    if (out.errors.size() == before && !(last_deviation(settings) < 1))
        out.fail("add_on.zone_step_multiplier", Fault::zones_too_far, {(last_deviation(settings) * 100).value().to_string()});
    out.within("add_on.size_multiplier", *settings.add_on.size_multiplier, 1, 2);
    out.below("add_on.min_improvement_pct", settings.add_on.min_improvement_pct, 0, 100);
    out.within("add_on.cooldown_s", settings.add_on.cooldown_s, 0, 2'592'000);
    // A short can't win more than its whole price.
    out.above_to("exit.take_profit_pct", settings.exit.take_profit_pct, 0, settings.allow_short ? 50 : 1000);
    if (settings.exit.hard_stop_pct && (!settings.exit.hard_stop_pct->is_positive() || *settings.exit.hard_stop_pct >= 100))
        out.fail("exit.hard_stop_pct", Fault::above_below, {settings.exit.hard_stop_pct->to_string(), "0", "100"});
}

void check_recovery_and_rest(Checker& out, const Settings& settings) {
    out.above_to("recovery.adverse_move_pct", *settings.recovery.adverse_move_pct, 0, 100);
    out.within("recovery.add_on_budget", settings.recovery.add_on_budget, 0, kAddOnsMax);
    out.below("recovery.min_improvement_pct", settings.recovery.min_improvement_pct, 0, 100);
    out.within("recovery.cooldown_s", settings.recovery.cooldown_s, 0, 2'592'000);
    out.within("recovery.target_pct", settings.recovery.target_pct, 0, settings.allow_short ? 50 : 1000);
    if (settings.recovery.pro_connection && settings.recovery.pro_connection == settings.connection)
        out.fail("recovery.pro_connection", Fault::pro_is_main);
    out.within("futures.leverage", *settings.futures.leverage, 1, 125);
    if (settings.futures.margin_mode == market::MarginMode::cross)
        out.fail("futures.margin_mode", Fault::cross);
    out.below("futures.min_liq_distance_pct", settings.futures.min_liq_distance_pct, 0, 100);
    out.below("futures.liquidation_guard_pct", settings.futures.liquidation_guard_pct, 0, 100);
    out.above_to("brake.drawdown_pct", settings.brake.drawdown_pct, 0, 100);
    out.within("brake.window_h", settings.brake.window_h, 1, 720);
    out.within("fees.maker_pct", settings.fees.maker_pct, -1, 10);
    out.within("fees.taker_pct", settings.fees.taker_pct, 0, 10);
    out.within("generator.fast", settings.generator.fast, 2, 200);
    out.within("generator.slow", settings.generator.slow, settings.generator.fast + 1, 400);
    out.within("generator.quiet_factor", settings.generator.quiet_factor, 1, 10);
}

Shape make_shape(const Settings& settings) {
    Shape shape;
    shape.add_ons = static_cast<int>(std::clamp<std::int64_t>(*settings.add_on.max, 0, kAddOnsMax));
    shape.step = percent(*settings.add_on.zone_step_pct);
    Number gap = shape.step, distance, size = 1;
    for (std::size_t k = 0; k < shape.deviation.size(); ++k) {
        shape.deviation[k] = distance.known() ? distance.value() : Decimal{};
        distance += gap;
        gap = gap * settings.add_on.zone_step_multiplier;
    }
    for (std::size_t k = 0; k < shape.size.size(); ++k) {
        shape.size[k] = size.known() ? size.value() : Decimal{};
        if (k > 0) size = size * *settings.add_on.size_multiplier;
    }
    Number sizes;
    for (int k = 0; k <= shape.add_ons; ++k) sizes += shape.size[static_cast<std::size_t>(k)];
    shape.sizes = sizes.decimal().value_or(Decimal{});
    shape.anchor = settings.add_on.anchor;
    shape.target = percent(settings.exit.take_profit_pct);
    shape.recovery_target = percent(settings.recovery.target_pct);
    if (settings.market == market::Market::futures && settings.futures.leverage->is_positive()) shape.leverage = *settings.futures.leverage;
    return shape;
}

/// Clamped, because it is counted in milliseconds later; what is out of range is told by `check`.
seconds span_of(std::int64_t value) { return seconds{std::clamp<std::int64_t>(value, 0, 2'592'000)}; }

std::optional<Decimal> percent_of(const std::optional<Decimal>& value) { return value ? std::optional{percent(*value)} : std::nullopt; }

Protection make_protection(const Settings& settings) {
    Protection out;
    out.group_limit = settings.margin.group_limit;
    out.group_limit_share = percent_of(settings.margin.group_limit_pct);
    out.strategy_limit = settings.margin.strategy_limit;
    out.connection_limit_share = percent_of(settings.margin.connection_limit_pct);
    out.recovery_reserve = percent(settings.margin.recovery_reserve_pct);
    out.max_slippage = percent(settings.entry.max_slippage_pct);
    out.max_spread = percent(settings.entry.max_spread_pct);
    out.pair_cooldown = span_of(settings.entry.pair_cooldown_s);
    out.max_lag = span_of(settings.entry.max_lag_s);
    out.cooldown = span_of(settings.add_on.cooldown_s);
    out.max_open_groups = static_cast<int>(std::clamp<std::int64_t>(*settings.entry.max_open_groups, 0, 1000));
    out.add_ons_max = static_cast<int>(std::clamp<std::int64_t>(*settings.add_on.max, 0, kAddOnsMax));
    out.trigger = settings.add_on.trigger;
    out.on_entry_signal = settings.add_on.on_entry_signal;
    out.min_improvement = percent(settings.add_on.min_improvement_pct);
    out.hard_stop = percent_of(settings.exit.hard_stop_pct);
    out.allow_loss_exit = settings.exit.allow_loss_exit;
    out.allow_long = settings.allow_long;
    out.allow_short = settings.allow_short;
    out.allow_shrink = settings.allow_shrink;
    out.on_opposite = settings.on_opposite;
    const auto& recovery = settings.recovery;
    out.recovery = {recovery.enabled, recovery.cautious, recovery.auto_release, percent(*recovery.adverse_move_pct), recovery.add_on_mode,
                    static_cast<int>(std::clamp<std::int64_t>(recovery.add_on_budget, 0, kAddOnsMax)), percent(recovery.min_improvement_pct),
                    span_of(recovery.cooldown_s)};
    out.min_liquidation_distance = percent(settings.futures.min_liq_distance_pct);
    out.liquidation_guard = percent(settings.futures.liquidation_guard_pct);
    out.brake_drawdown = percent(settings.brake.drawdown_pct);
    out.brake_window = std::chrono::hours{std::clamp<std::int64_t>(settings.brake.window_h, 1, 720)};
    return out;
}

}  // namespace

Settings with_level(Settings settings) {
    const Preset& level = preset(settings.risk_level);
    fill(settings.margin.group_limit_pct, level.group_limit_pct);
    fill(settings.margin.connection_limit_pct, level.connection_limit_pct);
    fill(settings.entry.max_open_groups, level.open_groups);
    fill(settings.add_on.max, level.add_ons);
    fill(settings.add_on.zone_step_pct, level.zone_step_pct);
    fill(settings.add_on.size_multiplier, level.size_multiplier);
    fill(settings.recovery.adverse_move_pct, level.adverse_move_pct);
    fill(settings.futures.leverage, level.leverage);
    return settings;
}

std::vector<FieldError> check(const Settings& settings) {
    const Settings filled = with_level(settings);
    Checker out;
    check_names(out, filled);
    check_margin_and_entry(out, filled);
    check_add_on_and_exit(out, filled);
    check_recovery_and_rest(out, filled);
    return std::move(out.errors);
}

Rules make_rules(const Settings& settings) {
    const Settings filled = with_level(settings);
    Rules rules;
    rules.market = filled.market;
    rules.name = filled.name;
    rules.pairs = filled.pairs;
    rules.base_order = filled.entry.base_order;
    rules.fees = {percent(filled.fees.maker_pct), percent(filled.fees.taker_pct)};
    rules.shape = make_shape(filled);
    rules.protection = make_protection(filled);
    rules.has_pro = filled.recovery.pro_connection.has_value();
    if (auto errors = check(settings); !errors.empty()) rules.invalid = std::move(errors.front());
    return rules;
}

}  // namespace bf::trading
