#include "backtest/report.hpp"

namespace bf::backtest {
namespace {

bool same(const trading::Number& a, const trading::Number& b) { return a.known() == b.known() && (!a.known() || a.value() == b.value()); }

bool same(const FillRecord& a, const FillRecord& b) {
    return a.at == b.at && a.kind == b.kind && a.side == b.side && a.liquidity == b.liquidity && a.price == b.price && a.quantity == b.quantity &&
           a.fee == b.fee && a.zone == b.zone &&
           same(a.average, b.average) && same(a.break_even, b.break_even) && same(a.take_profit, b.take_profit) && a.exit_price == b.exit_price &&
           a.liquidation_price == b.liquidation_price && a.margin_used == b.margin_used;
}

bool same(const DecisionRecord& a, const DecisionRecord& b) {
    return a.at == b.at && a.kind == b.kind && a.source == b.source && a.outcome == b.outcome && a.primary == b.primary &&
           a.failed == b.failed && a.price == b.price && a.json == b.json;
}

bool same(const EquityPoint& a, const EquityPoint& b) { return a.at == b.at && a.equity == b.equity; }

template <class T>
bool all_same(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!same(a[i], b[i])) return false;
    return true;
}

std::string difference(const GroupRecord& a, const GroupRecord& b) {
    const auto name = [&](const char* what) { return "group " + std::to_string(a.number) + ": " + what; };
    if (a.number != b.number || a.direction != b.direction || a.opened_at != b.opened_at) return name("opening");
    if (!all_same(a.fills, b.fills)) return name("fills");
    if (!all_same(a.decisions, b.decisions)) return name("decisions");
    if (a.state != b.state || a.closed_at != b.closed_at || a.reason != b.reason) return name("end");
    if (a.add_ons != b.add_ons || a.recovery_add_ons != b.recovery_add_ons) return name("add-ons");
    if (a.recovery_since != b.recovery_since || a.in_recovery != b.in_recovery || a.recovery_trigger != b.recovery_trigger) return name("recovery");
    if (a.profit != b.profit || a.fees != b.fees || a.funding != b.funding || a.margin_max != b.margin_max) return name("figures");
    return {};
}

}  // namespace

std::string difference(const Report& a, const Report& b) {
    for (std::size_t i = 0; i < std::min(a.groups_detail.size(), b.groups_detail.size()); ++i)
        if (auto found = difference(a.groups_detail[i], b.groups_detail[i]); !found.empty()) return found;
    if (a.groups != b.groups || a.closed != b.closed || a.groups_detail.size() != b.groups_detail.size()) return "groups";
    if (a.fills != b.fills) return "fills";
    if (!all_same(a.decisions_outside, b.decisions_outside)) return "decisions outside groups";
    if (a.blocked != b.blocked || a.decisions != b.decisions) return "counts of decisions";
    if (a.candles != b.candles || a.gaps != b.gaps || a.from != b.from || a.to != b.to || a.start_equity != b.start_equity) return "period";
    if (a.net_profit != b.net_profit || a.realised != b.realised || a.open_profit != b.open_profit || a.final_equity != b.final_equity) return "profit";
    if (a.fees != b.fees || a.funding != b.funding || a.max_margin_used != b.max_margin_used) return "fees, funding or margin";
    if (a.max_drawdown != b.max_drawdown || a.max_drawdown_share != b.max_drawdown_share) return "drawdown";
    if (a.longest_group != b.longest_group || a.in_recovery != b.in_recovery || a.recovery_groups != b.recovery_groups || a.liquidations != b.liquidations) return "lengths";
    if (a.worst_group != b.worst_group || a.worst_result != b.worst_result) return "worst group";
    if (!all_same(a.equity, b.equity)) return "equity curve";
    return {};
}

}  // namespace bf::backtest
