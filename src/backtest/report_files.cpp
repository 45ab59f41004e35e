#include "backtest/report_files.hpp"

#include "backtest/report_json.hpp"

#include <algorithm>
#include <chrono>

namespace bf::backtest {
namespace {

std::string two(unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string utc(Instant at) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds{at.ms()}};
    const auto days = floor<std::chrono::days>(time);
    const year_month_day date{days};
    const hh_mm_ss clock{floor<seconds>(time - days)};
    return std::to_string(static_cast<int>(date.year())) + '-' + two(static_cast<unsigned>(date.month())) + '-' + two(static_cast<unsigned>(date.day())) + ' ' +
           two(static_cast<unsigned>(clock.hours().count())) + ':' + two(static_cast<unsigned>(clock.minutes().count()));
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '&') out += "&amp;";
        else if (c == '"') out += "&quot;";
        else out += c;
    }
    return out;
}

struct Point {
    std::int64_t at;
    double value;  ///< Where a line is drawn; decides nothing.
};

/// What a chart has besides its line.
struct Besides {
    std::vector<std::pair<std::int64_t, std::int64_t>> shaded{};
    std::vector<Point> bought{}, sold{};
};

/// A line chart as SVG; `steps`: a value holds until the next.
std::string chart(const char* title, const std::vector<Point>& points, std::int64_t from, std::int64_t to, bool steps, const char* colour, const Besides& besides = {}) {
    constexpr double kWidth = 1000, kHeight = 220, kLeft = 70, kTop = 14, kBottom = 22;
    if (points.empty() || to <= from) return {};
    auto low = points.front().value, high = low;
    for (const auto* list : {&points, &besides.bought, &besides.sold})
        for (const auto& point : *list) {
            low = std::min(low, point.value);
            high = std::max(high, point.value);
        }
    if (high - low < 1e-9) high = low + 1;
    const auto x = [&](std::int64_t at) { return kLeft + static_cast<double>(at - from) / static_cast<double>(to - from) * (kWidth - kLeft); };
    const auto y = [&](double value) { return kTop + (high - value) / (high - low) * (kHeight - kTop - kBottom); };
    const auto text = [](double value) {
        auto out = std::to_string(value);
        return out.substr(0, out.find('.') + 3);
    };
    std::string path;
    for (const auto& point : points) {
        if (steps && !path.empty()) path += " H" + text(x(point.at));
        path += (path.empty() ? "M" : " L") + text(x(point.at)) + ' ' + text(y(point.value));
    }
    if (steps) path += " H" + text(kWidth);
    std::string out = "<figure><figcaption>" + escaped(title) + "</figcaption><svg viewBox=\"0 0 1000 220\" role=\"img\" aria-label=\"" + escaped(title) + "\">";
    for (const auto& [since, until] : besides.shaded)
        out += "<rect class=\"shade\" x=\"" + text(x(since)) + "\" y=\"14\" width=\"" + text(std::max(1.0, x(until) - x(since))) + "\" height=\"184\"/>";
    for (const double value : {high, (high + low) / 2, low})
        out += "<line class=\"grid\" x1=\"70\" x2=\"1000\" y1=\"" + text(y(value)) + "\" y2=\"" + text(y(value)) + "\"/><text x=\"64\" y=\"" + text(y(value) + 4) + "\" text-anchor=\"end\">" + text(value) + "</text>";
    out += "<text x=\"70\" y=\"216\">" + utc(Instant::from_ms(from)) + "</text><text x=\"1000\" y=\"216\" text-anchor=\"end\">" + utc(Instant::from_ms(to)) + "</text>";
    out += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\"/>";
    // A triangle below what was bought at, above what was sold at.
    const auto triangles = [&](const std::vector<Point>& at, const char* kind, const char* shape) {
        if (at.empty()) return;
        out += std::string{"<path class=\""} + kind + "\" d=\"";
        for (const auto& point : at) out += 'M' + text(x(point.at)) + ' ' + text(y(point.value)) + shape;
        out += "\"/>";
    };
    triangles(besides.bought, "bought", "l-4 7h8z");
    triangles(besides.sold, "sold", "l-4-7h8z");
    return out + "</svg></figure>";
}

void row(std::string& out, const char* name, const std::string& value) { out += std::string{"<tr><th>"} + name + "</th><td>" + escaped(value) + "</td></tr>"; }

double drawn(const Decimal& value) { return std::strtod(value.to_string().c_str(), nullptr); }

}  // namespace

std::string to_html(const Plan& plan, const Report& report, const Candles& candles) {
    std::string out = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Back-test of " + escaped(plan.rules.name) +
                      "</title><style>body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}"
                      "th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #dde3ea;font-variant-numeric:tabular-nums}td.n{text-align:right}svg{width:100%;height:auto}text{font:11px system-ui;fill:#5b6675}"
                      ".grid{stroke:#e4e9ef}.shade{fill:#fbefd5}.bought{fill:#0b7285}.sold{fill:#9a3b00}figure{margin:1.2rem 0}figcaption{font-weight:600}.over{overflow-x:auto}li{margin:.2rem 0}</style>";
    out += "<h1>Back-test of " + escaped(plan.rules.name) + "</h1><p>" + escaped(plan.pair) + ", " + utc(report.from) + " to " + utc(report.to) + " UTC, " + std::to_string(report.candles) + " candles, fill model " +
           std::string{to_string(plan.assumptions.fill)} + ".</p><table>";
    row(out, "Net profit", shown(report.net_profit));
    row(out, "Equity", shown(report.start_equity) + " to " + shown(report.final_equity));
    row(out, "Deepest fall of the equity", shown(report.max_drawdown) + " (" + shown_percent(report.max_drawdown_share) + ")");
    row(out, "Groups", std::to_string(report.groups) + ", " + std::to_string(report.closed) + " closed, " + std::to_string(report.recovery_groups) + " in Recovery Mode");
    row(out, "Time in Recovery Mode", span_text(report.in_recovery));
    row(out, "Longest group", span_text(report.longest_group));
    row(out, "Fills", std::to_string(report.fills));
    row(out, "Fees and funding", shown(report.fees) + " and " + shown(report.funding));
    row(out, "Most margin used", shown(report.max_margin_used));
    if (report.worst_group > 0) row(out, "Worst group", "No. " + std::to_string(report.worst_group) + ": " + shown(report.worst_result));
    out += "</table><h2>What a back-test can't know</h2><ul>";
    for (const auto& note : notes_of(plan, report)) out += "<li>" + escaped(note.text) + "</li>";
    for (const auto& note : limits_of(plan)) out += "<li>" + escaped(note.text) + "</li>";
    out += "</ul>";

    std::vector<Point> equity, fall, margin, price;
    double peak = 0;
    for (const auto& point : report.equity) {
        const auto value = drawn(point.equity);
        peak = std::max(peak, value);
        equity.push_back({point.at.ms(), value});
        fall.push_back({point.at.ms(), value - peak});
    }
    margin.push_back({report.from.ms(), 0});
    Besides recovery, fills;
    for (const auto& group : report.groups_detail) {
        if (group.recovery_since) recovery.shaded.emplace_back(group.recovery_since->ms(), group.closed_at.value_or(report.to).ms());
        for (const auto& fill : group.fills) {
            margin.push_back({fill.at.ms(), drawn(fill.margin_used)});
            (fill.side == market::Side::buy ? fills.bought : fills.sold).push_back({fill.at.ms(), drawn(fill.price)});
        }
    }
    const auto stride = std::max<std::size_t>(1, candles.size() / 1500);
    const auto tick = drawn(candles.tick);
    for (std::size_t i = 0; i < candles.size(); i += stride)
        if (candles.time[i] >= report.from.ms() && candles.time[i] <= report.to.ms()) price.push_back({candles.time[i], candles.close[i] * tick});
    const auto from = report.from.ms(), to = report.to.ms();
    out += chart("Equity", equity, from, to, false, "#1766d6") + chart("Below the highest equity before", fall, from, to, false, "#b3261e");
    out += chart("Margin used; shaded: Recovery Mode", margin, from, to, true, "#9a6700", recovery);
    out += chart("Price at the close, and what was bought and sold", price, from, to, false, "#8b96a3", fills);

    out += "<h2>Groups</h2><div class=\"over\"><table><tr><th>No.</th><th>Opened</th><th>Closed</th><th>Why</th><th>Add-ons</th><th>Most margin</th><th>Profit</th></tr>";
    for (const auto& group : report.groups_detail)
        out += "<tr><td>" + std::to_string(group.number) + "</td><td>" + utc(group.opened_at) + "</td><td>" + (group.closed_at ? utc(*group.closed_at) : "open") + "</td><td>" + escaped(group.reason) + "</td><td class=\"n\">" +
               std::to_string(group.add_ons + group.recovery_add_ons) + "</td><td class=\"n\">" + shown(group.margin_max) + "</td><td class=\"n\">" + shown(group.profit) + "</td></tr>";
    out += "</table></div><h2>Entries and add-ons that were blocked</h2><table>";
    for (const auto& [code, count] : report.blocked) row(out, std::string{code}.c_str(), std::to_string(count));
    return out + "</table></html>\n";
}

std::string to_csv(const Report& report) {
    std::string out = "number,direction,state,reason,at,kind,side,price,quantity,fee,zone,average,exit_price,margin_used,group_profit\n";
    for (const auto& group : report.groups_detail)
        for (const auto& fill : group.fills) {
            const std::string cells[] = {
                std::to_string(group.number), std::string{market::to_string(group.direction)}, std::string{trading::to_string(group.state)}, std::string{group.reason},
                std::to_string(fill.at.ms()), std::string{to_string(fill.kind)}, std::string{market::to_string(fill.side)}, fill.price.to_string(),
                fill.quantity.to_string(), fill.fee.to_string(), std::to_string(fill.zone), fill.average.known() ? fill.average.value().to_string() : "",
                fill.exit_price ? fill.exit_price->to_string() : "", fill.margin_used.to_string(), group.profit.to_string()};
            for (const auto& cell : cells) out += (&cell == cells ? "" : ",") + cell;
            out += '\n';
        }
    return out;
}

}  // namespace bf::backtest
