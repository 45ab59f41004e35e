// What a page is shown of a sweep: its head, its front and its spread, a table's page, a map of two settings.
#include "backtest/report_json.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "server/refusal_words.hpp"
#include "server/sweep_job.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace bf::server {
namespace {

using backtest::SweepRow;
using wire::JsonWriter;

constexpr std::size_t kFrontMost = 200;
constexpr std::size_t kCloudMost = 1'000;
constexpr std::size_t kMapMost = 60;
constexpr std::int64_t kRowsMost = 1'000;
constexpr std::array<std::string_view, 5> kStates{"waiting", "running", "stopped", "done", "failed"};

struct Column {
    std::string_view name;
    Decimal (*of)(const SweepRow&);
};
constexpr Column kColumns[] = {
    {"variant", [](const SweepRow& row) { return Decimal{static_cast<std::int64_t>(row.variant)}; }},
    {"net_profit", [](const SweepRow& row) { return row.net_profit; }},
    {"open_profit", [](const SweepRow& row) { return row.open_profit; }},
    {"max_drawdown", [](const SweepRow& row) { return row.max_drawdown; }},
    {"max_drawdown_share", [](const SweepRow& row) { return row.max_drawdown_share; }},
    {"fees", [](const SweepRow& row) { return row.fees; }},
    {"groups", [](const SweepRow& row) { return Decimal{row.groups}; }},
    {"closed_groups", [](const SweepRow& row) { return Decimal{row.closed}; }},
    {"fills", [](const SweepRow& row) { return Decimal{row.fills}; }},
    {"max_margin_used", [](const SweepRow& row) { return row.max_margin_used; }},
    {"worst_group_profit", [](const SweepRow& row) { return row.worst_result; }},
    {"longest_group_ms", [](const SweepRow& row) { return Decimal{row.longest_group.count()}; }},
    {"recovery_groups", [](const SweepRow& row) { return Decimal{row.recovery_groups}; }},
    {"liquidations", [](const SweepRow& row) { return Decimal{row.liquidations}; }},
};

Decimal middle_of(std::vector<Decimal>& values) {
    // Of an even number the lower one: a figure that a variant has.
    const auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

}  // namespace

void SweepJob::write_members(JsonWriter& out, exchange::Language language) const {
    const auto state = state_ == State::running && stop ? "stopping" : kStates[static_cast<std::size_t>(state_)];
    out.member("id", id).member("at", at.ms()).raw_members(told_once_).member("state", state);
    out.member("problem", problem_.empty() ? std::nullopt : std::optional{retell_refusal(problem_, {}, language)});
    out.member("tried", tried_).member("out_of_range", out_of_range_).member("best", best_);
}

void SweepJob::write_head(JsonWriter& out, exchange::Language language) {
    const Lock lock{mutex_};
    out.begin_object();
    write_members(out, language);
    out.end_object();
}

ApiReply SweepJob::head(int status, exchange::Language language) {
    std::string body;
    JsonWriter out{body};
    write_head(out, language);
    return {status, std::move(body)};
}

void SweepJob::rank() {
    if (!ranked_) backtest::rank(rows_);
    ranked_ = true;
}

void SweepJob::write_walk(JsonWriter& out) const {
    if (!ground_) return static_cast<void>(out.begin_array().end_array());
    // Cutting the period into pieces looks at no candle.
    const backtest::Candles none;
    const backtest::CandleIndex index{none};
    const auto ground = sweep_ground(index);
    backtest::write_walk(out, *variants_, ground_->candles, backtest::walk_forward(rows_, ground, variants_->spec().pieces));
}

/// How the profits of all lie: the rows are ranked, so each figure is one of a row.
void SweepJob::write_spread(JsonWriter& out) const {
    const std::size_t valid = tried_ - out_of_range_;
    if (valid == 0) return static_cast<void>(out.null());
    const auto losing = std::count_if(rows_.begin(), rows_.end(), [](const auto& row) { return row.valid && row.net_profit.is_negative(); });
    const auto profit = [&](std::size_t quarter) { return rows_[(valid - 1) * quarter / 4].net_profit; };
    out.begin_object().member("best", profit(0)).member("high", profit(1)).member("middle", profit(2)).member("low", profit(3)).member("worst", profit(4)).member("losing", losing).end_object();
}

ApiReply SweepJob::whole(exchange::Language language) {
    const Lock lock{mutex_};
    load();
    rank();
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    write_members(out, language);
    out.key("ranges").begin_array();
    if (variants_)
        for (const auto& range : variants_->spec().ranges) {
            out.begin_object().member("path", range.path).key("values").begin_array();
            for (const auto& value : range.values) out.raw(value);
            out.end_array().end_object();
        }
    out.end_array().key("front").begin_array();
    std::size_t shown = 0;
    for (const auto& row : rows_)
        if (row.front && shown++ < kFrontMost) backtest::write_row(out, *variants_, row);
    out.end_array().key("cloud").begin_array();
    // Evenly from the best to the worst; what lies behind the front is there to be seen, not to be read.
    const std::size_t valid = tried_ - out_of_range_, every = std::max<std::size_t>(1, (valid + kCloudMost - 1) / kCloudMost);
    for (std::size_t i = 0; i < valid && i < rows_.size(); i += every)
        out.begin_array().number(static_cast<std::int64_t>(rows_[i].variant)).amount(rows_[i].net_profit).amount(rows_[i].max_drawdown).end_array();
    out.end_array().key("spread");
    write_spread(out);
    out.key("walk_forward");
    if (variants_) write_walk(out);
    else out.begin_array().end_array();
    backtest::write_notes(out, "not_known", ground_ ? backtest::limits_of(ground_->plan) : std::vector<backtest::Note>{});
    out.end_object();
    return {200, std::move(body)};
}

std::optional<std::size_t> SweepJob::range_of(std::string_view path) const {
    const auto& ranges = variants_->spec().ranges;
    const auto found = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) { return range.path == path; });
    return found == ranges.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - ranges.begin())};
}

ApiReply SweepJob::rows(const std::string& query) {
    const auto sort = query_value(query, "sort").value_or("net_profit"), order = query_value(query, "order").value_or("down");
    const auto offset = parse_int(query_value(query, "offset").value_or("0")), limit = parse_int(query_value(query, "limit").value_or("50"));
    if (order != "down" && order != "up") return bad_field("order", "order is up or down.");
    if (!offset || *offset < 0) return bad_field("offset", "offset is how many rows to pass over.");
    if (!limit || *limit < 1 || *limit > kRowsMost) return bad_field("limit", "limit must be 1 to 1000.");
    const Lock lock{mutex_};
    load();
    rank();
    const auto column = std::find_if(std::begin(kColumns), std::end(kColumns), [&](const auto& one) { return one.name == sort; });
    const auto range = variants_ ? range_of(sort) : std::nullopt;
    if (column == std::end(kColumns) && !range) return bad_field("sort", "sort is a column of the rows, or one of the settings that vary.");
    std::vector<Decimal> keys(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) keys[i] = range ? Decimal{static_cast<std::int64_t>(variants_->position(rows_[i].variant, *range))} : column->of(rows_[i]);
    std::vector<std::size_t> places(rows_.size());
    std::iota(places.begin(), places.end(), 0U);
    const auto first = std::min(static_cast<std::size_t>(*offset), places.size()), last = std::min(first + static_cast<std::size_t>(*limit), places.size());
    std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(last), places.end(), [&](std::size_t a, std::size_t b) {
        if (rows_[a].valid != rows_[b].valid) return rows_[a].valid;
        if (keys[a] != keys[b]) return order == "up" ? keys[a] < keys[b] : keys[a] > keys[b];
        return rows_[a].variant < rows_[b].variant;
    });
    std::string body;
    JsonWriter out{body};
    out.begin_object().member("total", rows_.size()).key("rows").begin_array();
    for (std::size_t i = first; i < last; ++i) backtest::write_row(out, *variants_, rows_[places[i]]);
    out.end_array().end_object();
    return {200, std::move(body)};
}

ApiReply SweepJob::map(const std::string& query) {
    const auto x = query_value(query, "x").value_or(""), y = query_value(query, "y").value_or(""), of = query_value(query, "of").value_or("net_profit");
    if (of != "net_profit" && of != "max_drawdown") return bad_field("of", "of is net_profit or max_drawdown.");
    const Lock lock{mutex_};
    load();
    if (!variants_) return not_found();
    const auto across = range_of(x), down = y.empty() ? std::nullopt : range_of(y);
    if (!across) return bad_field("x", "x is one of the settings that vary.");
    if (!y.empty() && (!down || down == across)) return bad_field("y", "y is another one of the settings that vary.");
    const auto& ranges = variants_->spec().ranges;
    const auto& columns = ranges[*across].values;
    const std::vector<std::string> none{"null"};
    const auto& lines = down ? ranges[*down].values : none;
    if (columns.size() > kMapMost || lines.size() > kMapMost) return bad_field(columns.size() > kMapMost ? "x" : "y", "A map has at most 60 values each way.");
    std::vector<std::vector<Decimal>> cells(columns.size() * lines.size());
    for (const auto& row : rows_) {
        if (!row.valid) continue;
        const auto column = variants_->position(row.variant, *across), line = down ? variants_->position(row.variant, *down) : 0;
        cells[line * columns.size() + column].push_back(of == "net_profit" ? row.net_profit : row.max_drawdown);
    }
    std::string body;
    JsonWriter out{body};
    const auto write_values = [&](const char* name, const std::vector<std::string>& values) {
        out.key(name).begin_array();
        for (const auto& value : values) out.raw(value);
        out.end_array();
    };
    out.begin_object();
    write_values("x", columns);
    write_values("y", lines);
    out.key("cells").begin_array();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto& values = cells[i];
        if (values.empty()) continue;
        const auto best = of == "net_profit" ? *std::max_element(values.begin(), values.end()) : *std::min_element(values.begin(), values.end());
        out.begin_object().member("x", i % columns.size()).member("y", i / columns.size()).member("best", best).member("middle", middle_of(values)).member("variants", values.size()).end_object();
    }
    out.end_array().end_object();
    return {200, std::move(body)};
}

ApiReply SweepJob::variant(std::size_t number) {
    const Lock lock{mutex_};
    load();
    if (!variants_ || number >= variants_->size()) return not_found();
    const auto settings = variants_->settings(number);
    if (!settings) return problem_reply(409, "out_of_range", "Conflict", "The settings of this variant don't fit together, so it was not run.");
    if (!ground_) return problem_reply(409, "no_candles", "Conflict", "Its candles can't be read: the set is gone or damaged.");
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    write_asked(out, asked_, *settings);
    out.end_object();
    return {200, std::move(body)};
}

}  // namespace bf::server
