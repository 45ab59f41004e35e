#include "backtest/report_json.hpp"

#include <algorithm>
#include <array>

namespace bf::backtest {
namespace {

using trading::Number;

constexpr std::array<std::string_view, 4> kKinds{"entry", "add_on", "recovery_add_on", "exit"};

void member(wire::JsonWriter& out, std::string_view name, const Number& value) {
    out.key(name);
    if (value.known())
        out.amount(value.value());
    else
        out.null();
}

void member(wire::JsonWriter& out, std::string_view name, const std::optional<Instant>& at) {
    out.key(name);
    if (at)
        out.number(at->ms());
    else
        out.null();
}

void write(wire::JsonWriter& out, const FillRecord& fill) {
    out.begin_object().member("at", fill.at.ms()).member("kind", to_string(fill.kind)).member("side", market::to_string(fill.side));
    out.member("price", fill.price).member("quantity", fill.quantity).member("fee", fill.fee).member("liquidity", market::to_string(fill.liquidity));
    if (fill.zone > 0) out.member("zone", fill.zone);
    member(out, "average", fill.average);
    member(out, "break_even", fill.break_even);
    member(out, "take_profit", fill.take_profit);
    out.member("exit_price", fill.exit_price);
    if (fill.liquidation_price) out.member("liquidation_price", *fill.liquidation_price);
    out.member("margin_used", fill.margin_used).end_object();
}

void write(wire::JsonWriter& out, const DecisionRecord& decision) {
    out.begin_object().member("at", decision.at.ms()).member("kind", trading::to_string(decision.kind)).member("source", decision.source);
    out.member("price", decision.price);
    if (!decision.json.empty())
        return static_cast<void>(out.raw_members(std::string_view{decision.json}.substr(1, decision.json.size() - 2)).end_object());
    out.member("outcome", trading::to_string(decision.outcome)).key("primary");
    if (decision.primary)
        out.text(trading::to_string(*decision.primary));
    else
        out.null();
    out.key("failed").begin_array();
    for (const auto code : decision.failed) out.text(trading::to_string(code));
    out.end_array().end_object();
}

}  // namespace

void write_group(wire::JsonWriter& out, const GroupRecord& group, bool decisions) {
    out.begin_object().member("number", group.number).member("direction", market::to_string(group.direction)).member("state", trading::to_string(group.state));
    out.member("opened_at", group.opened_at.ms());
    member(out, "closed_at", group.closed_at);
    out.key("reason");
    if (group.reason.empty())
        out.null();
    else
        out.text(group.reason);
    out.member("add_ons", group.add_ons).member("recovery_add_ons", group.recovery_add_ons);
    member(out, "recovery_since", group.recovery_since);
    if (group.recovery_since) out.member("recovery_trigger", group.recovery_trigger);
    out.member("recovery_ms", group.in_recovery.count()).member("profit", group.profit).member("fees", group.fees).member("funding", group.funding);
    out.member("max_margin_used", group.margin_max).key("fills").begin_array();
    for (const auto& fill : group.fills) write(out, fill);
    out.end_array();
    if (decisions) {
        out.key("zones").begin_array();
        for (std::size_t k = 0; k + 1 < group.zone_edges.size(); ++k) {
            out.begin_object().member("number", static_cast<std::int64_t>(k + 1));
            member(out, "from", group.zone_edges[k]);
            member(out, "to", group.zone_edges[k + 1]);
            out.member("used", static_cast<int>(k + 1) <= group.deepest_zone).end_object();
        }
        out.end_array().key("decisions").begin_array();
        for (const auto& decision : group.decisions) write(out, decision);
        out.end_array();
    }
    out.end_object();
}

namespace {

void write_counts(wire::JsonWriter& out, std::string_view name, const std::map<std::string_view, int>& counts) {
    out.key(name).begin_object();
    for (const auto& [word, count] : counts) out.member(word, count);
    out.end_object();
}

}  // namespace

std::string_view to_string(FillKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

void write_totals(wire::JsonWriter& out, const Report& report) {
    out.member("groups", report.groups).member("closed_groups", report.closed).member("fills", report.fills);
    out.member("net_profit", report.net_profit).member("realised_profit", report.realised).member("open_profit", report.open_profit);
    out.member("fees", report.fees).member("funding", report.funding).member("start_equity", report.start_equity).member("final_equity", report.final_equity);
    out.member("max_drawdown", report.max_drawdown).member("max_drawdown_share", report.max_drawdown_share).member("max_margin_used", report.max_margin_used);
    out.member("longest_group_ms", report.longest_group.count()).member("recovery_groups", report.recovery_groups).member("recovery_ms", report.in_recovery.count());
    out.member("liquidations", report.liquidations).key("worst_group");
    if (report.worst_group == 0)
        out.null();
    else
        out.begin_object().member("number", report.worst_group).member("profit", report.worst_result).end_object();
    write_counts(out, "blocked", report.blocked);
    write_counts(out, "decisions", report.decisions);
}

void write_json(wire::JsonWriter& out, const Plan& plan, const Report& report) {
    out.begin_object().member("strategy", plan.rules.name).member("pair", plan.pair).member("from", report.from.ms()).member("to", report.to.ms());
    out.member("candles", report.candles).member("missing_candles", report.gaps).member("entries", to_string(plan.entries)).member("fill", to_string(plan.assumptions.fill));
    write_totals(out, report);
    write_notes(out, "notes", notes_of(plan, report));
    write_notes(out, "not_known", limits_of(plan));
    out.key("equity").begin_array();
    for (const auto& point : report.equity) out.begin_array().number(point.at.ms()).amount(point.equity).end_array();
    out.end_array().key("groups_detail").begin_array();
    for (const auto& group : report.groups_detail) write_group(out, group, true);
    out.end_array().key("decisions_outside").begin_array();
    for (const auto& decision : report.decisions_outside) write(out, decision);
    out.end_array().end_object();
}

void write_overview(wire::JsonWriter& out, const Plan& plan, const Report& report) {
    out.member("candle_count", report.candles).member("missing_candles", report.gaps);
    write_totals(out, report);
    write_notes(out, "notes", notes_of(plan, report));
    write_notes(out, "not_known", limits_of(plan));
    out.key("equity").begin_array();
    for (const auto& point : report.equity) out.begin_array().number(point.at.ms()).amount(point.equity).end_array();
    out.end_array().key("groups_detail").begin_array();
    for (const auto& group : report.groups_detail) write_group(out, group, false);
    out.end_array();
}

void write_bars(wire::JsonWriter& out, const Candles& candles, std::int64_t from, std::int64_t to, std::size_t most) {
    const auto place = [&](std::int64_t at) { return static_cast<std::size_t>(std::lower_bound(candles.time.begin(), candles.time.end(), at) - candles.time.begin()); };
    const auto first = place(from), last = place(to);
    // The smallest usual interval that gives few enough.
    constexpr std::array<std::int64_t, 10> kMinutes{1, 5, 15, 30, 60, 240, 720, 1440, 4320, 10080};
    auto length = candles.interval.count();
    const auto span = first < last ? candles.time[last - 1] - candles.time[first] : 0;
    for (const auto minutes : kMinutes)
        if (minutes * 60'000 > length && minutes * 60'000 % candles.interval.count() == 0 && static_cast<std::size_t>(span / length) + 2 > most) length = minutes * 60'000;
    out.member("interval_ms", length).key("bars").begin_array();
    std::size_t written = 0;
    for (std::size_t i = first; i < last && written < most; ++written) {
        const auto opens = candles.time[i] / length * length;
        const auto open = candles.open[i];
        auto low = candles.low[i], high = candles.high[i], close = candles.close[i];
        for (; i < last && candles.time[i] < opens + length; ++i) {
            low = std::min(low, candles.low[i]);
            high = std::max(high, candles.high[i]);
            close = candles.close[i];
        }
        out.begin_array().number(opens);
        for (const auto ticks : {open, high, low, close}) out.amount((Number{ticks} * candles.tick).value());
        out.end_array();
    }
    out.end_array();
}

}  // namespace bf::backtest
