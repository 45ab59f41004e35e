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
    const auto note = [&notes](std::string_view code, std::string_view words, std::vector<Note::Value> values = {}) { notes.push_back(make_note(code, words, std::move(values))); };
    if (plan.entries == Entries::immediate)
        note("immediate", "No signals were given and the built-in generator is off: a group is opened at the close of each candle in which none is open, and add-ons are bought when the price reaches their zone.");
    const auto direction = plan.rules.protection.allow_long ? trading::Direction::long_side : trading::Direction::short_side;
    const auto ladder = trading::make_ladder({plan.rules, plan.instrument, plan.rules.fees, direction, report.first_price, plan.equity});
    for (const auto& problem : ladder.problems) note("not_switched_on", "This strategy could not be switched on at these prices: {why}", {{"why", trading::sentence(problem, plan.language)}});
    if (report.interval == seconds{1})
        note("seconds", "The candles are one second long: the order of prices is what happened, to the second. Only within a second is the adverse extreme taken to come first.");
    if (!plan.assumptions.seconds_set.empty())
        note("seconds_stored", "One-second candles of this pair and period are stored, too ({set}): a run on them knows the order of prices inside these candles.", {{"set", plan.assumptions.seconds_set}});
    const auto empty = std::min<std::uint64_t>(report.gaps, plan.assumptions.empty_candles), unknown = report.gaps - empty;
    if (unknown > 0)
        note("missing", "Candles that are missing: {count}. What the price did then isn't known; what waited then was looked at when the next candle came.", {{"count", std::to_string(unknown)}});
    if (empty > 0)
        note("empty", "Candles that are empty: {count}. Nobody traded then, or the exchange was down; the price stands still until the next one.", {{"count", std::to_string(empty)}});
    if (report.closed < report.groups) note("still_open", "A group is still open at the end. The net profit counts it as if it were closed at the last price, with fees.");
    if (plan.rules.market == market::Market::futures) {
        if (plan.instrument.risk_tiers.empty()) note("no_tiers", "The instrument has no risk tiers: liquidation could not be told and never happened here. At the exchange it can.");
        if (plan.assumptions.funding_told)
            notes.push_back(*plan.assumptions.funding_told);
        else if (plan.assumptions.funding.empty() && plan.assumptions.funding_rate.is_zero())
            note("no_funding", "Funding was not counted: candles don't tell it, and no rate was given.");
        if (auto missing = funding_missing(plan.assumptions.funding, report.from, report.to)) notes.push_back(std::move(*missing));
    }
    if (plan.rules.has_pro) note("no_pro", "The PRO connection is not part of a back-test: signals that would go there are judged on the main one.");
    return notes;
}

std::vector<Note> limits_of(const Plan& plan) {
    const auto &spread = plan.assumptions.spread, &slippage = plan.assumptions.slippage;
    const auto points = [](const Decimal& factor) { return (factor * Decimal{10'000}).to_string(); };
    return {
        make_note("order_inside", "The order of prices inside a candle: the way assumed is open, adverse extreme, other extreme, close."),
        plan.assumptions.fill == FillModel::conservative
            ? make_note("fill_through", "Whether a resting exit would have been served when the price only touched it: it is taken as filled when the price went through it.")
            : make_note("fill_touch", "Whether a resting exit would have been served when the price only touched it: here it is taken as filled, which is the kinder guess."),
        make_note("depth", "How much could really be traded at a price: every order is taken as filled whole, and it moves no price."),
        spread.is_zero() && slippage.is_zero()
            ? make_note("no_spread", "Spread and slippage: none were assumed here. Give your own, among the assumptions of the page or with --spread-bps and --slippage-bps.")
            : make_note("spread", "Spread and slippage: {spread} and {slippage} basis points were assumed throughout; what they would have been isn't known.",
                        {{"spread", points(spread)}, {"slippage", points(slippage)}}),
        make_note("outages", "Outages, refused orders, delays and changed fees of the exchange."),
        make_note("future", "The future: what a strategy did with these prices says nothing certain about others."),
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
