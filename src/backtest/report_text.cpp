// The report in words, and the sentences that belong beside every result.
#include "backtest/funding_file.hpp"
#include "backtest/report_json.hpp"
#include "trading/ladder.hpp"
#include "trading/sentence.hpp"

namespace bf::backtest {
namespace {

std::string day(Instant at) {
    using namespace std::chrono;
    const auto days = floor<std::chrono::days>(sys_time<milliseconds>{milliseconds{at.ms()}});
    const year_month_day date{days};
    const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    return std::to_string(static_cast<int>(date.year())) + '-' + two(static_cast<unsigned>(date.month())) + '-' + two(static_cast<unsigned>(date.day()));
}

void line(std::string& out, const char* label, const std::string& value) {
    std::string text{label};
    text.resize(28, ' ');
    out += text + value + '\n';
}

}  // namespace

std::vector<Note> notes_of(const Plan& plan, const Report& report) {
    std::vector<Note> notes;
    const auto note = [&notes](NoteCode code, std::vector<Note::Value> values = {}) { notes.push_back(make_note(code, std::move(values))); };
    if (plan.entries == Entries::immediate)
        note(NoteCode::immediate);
    const auto direction = plan.rules.protection.allow_long ? trading::Direction::long_side : trading::Direction::short_side;
    const auto ladder = trading::make_ladder({plan.rules, plan.instrument, plan.rules.fees, direction, report.first_price, plan.equity});
    for (const auto& problem : ladder.problems) note(NoteCode::not_switched_on, {{"why", trading::sentence(problem, plan.language)}});
    if (report.interval == seconds{1})
        note(NoteCode::seconds);
    if (!plan.assumptions.seconds_set.empty())
        note(NoteCode::seconds_stored, {{"set", plan.assumptions.seconds_set}});
    const auto empty = std::min<std::uint64_t>(report.gaps, plan.assumptions.empty_candles), unknown = report.gaps - empty;
    if (unknown > 0)
        note(NoteCode::missing, {{"count", std::to_string(unknown)}});
    if (empty > 0)
        note(NoteCode::empty, {{"count", std::to_string(empty)}});
    if (report.closed < report.groups) note(NoteCode::still_open);
    if (plan.rules.market == market::Market::futures) {
        if (plan.instrument.risk_tiers.empty()) note(NoteCode::no_tiers);
        if (plan.assumptions.funding_told)
            notes.push_back(*plan.assumptions.funding_told);
        else if (plan.assumptions.funding.empty() && plan.assumptions.funding_rate.is_zero())
            note(NoteCode::no_funding);
        if (auto missing = funding_missing(plan.assumptions.funding, report.from, report.to)) notes.push_back(std::move(*missing));
    }
    if (plan.rules.has_pro) note(NoteCode::no_pro);
    return notes;
}

std::vector<Note> limits_of(const Plan& plan) {
    const auto &spread = plan.assumptions.spread, &slippage = plan.assumptions.slippage;
    const auto points = [](const Decimal& factor) { return (factor * Decimal{10'000}).to_string(); };
    return {
        make_note(NoteCode::order_inside),
        plan.assumptions.fill == FillModel::conservative
            ? make_note(NoteCode::fill_through)
            : make_note(NoteCode::fill_touch),
        make_note(NoteCode::depth),
        spread.is_zero() && slippage.is_zero()
            ? make_note(NoteCode::no_spread)
            : make_note(NoteCode::spread,
                        {{"spread", points(spread)}, {"slippage", points(slippage)}}),
        make_note(NoteCode::outages),
        make_note(NoteCode::future),
    };
}

std::string span_text(milliseconds length) {
    if (length < seconds{120}) return std::to_string(length.count() / 1'000) + " seconds";
    const auto minutes = length.count() / 60'000;
    if (minutes < 120) return std::to_string(minutes) + " minutes";
    if (minutes < 2 * 1440) return std::to_string(minutes / 60) + " hours";
    return std::to_string(minutes / 1440) + " days";
}

std::string to_text(const Plan& plan, const Report& report) {
    std::string out = plan.rules.name + " on " + plan.pair + ", " + day(report.from) + " to " + day(report.to) + ", " + std::to_string(report.candles) + " candles\n\n";
    line(out, "Net profit", shown(report.net_profit) + " (" + shown_percent(trading::divide_down(report.net_profit, report.start_equity).value()) + " of " + shown(report.start_equity) + ")");
    if (report.closed < report.groups) line(out, "  of it still open", shown(report.open_profit));
    line(out, "Fees paid", shown(report.fees));
    if (plan.rules.market == market::Market::futures) line(out, "Funding", shown(report.funding));
    line(out, "Deepest fall of equity", shown(report.max_drawdown) + " (" + shown_percent(report.max_drawdown_share) + ")");
    line(out, "Most margin used", shown(report.max_margin_used));
    line(out, "Groups, fills", std::to_string(report.groups) + ", " + std::to_string(report.fills));
    line(out, "Longest group", span_text(report.longest_group));
    line(out, "Groups in Recovery Mode", std::to_string(report.recovery_groups) + ", " + span_text(report.in_recovery) + " in all");
    if (report.liquidations > 0) line(out, "Liquidated", std::to_string(report.liquidations));
    if (report.worst_group > 0) line(out, "Worst group", "number " + std::to_string(report.worst_group) + ": " + shown(report.worst_result));
    if (!report.blocked.empty()) {
        out += "\nBlocked\n";
        for (const auto& [code, count] : report.blocked) line(out, ("  " + std::string{code}).c_str(), std::to_string(count));
    }
    const auto list = [&out](const char* title, const std::vector<Note>& notes) {
        if (notes.empty()) return;
        out += std::string{"\n"} + title + "\n";
        for (const auto& note : notes) out += "- " + note.text + "\n";
    };
    list("About this run", notes_of(plan, report));
    list("What a back-test can't know", limits_of(plan));
    return out;
}

}  // namespace bf::backtest
