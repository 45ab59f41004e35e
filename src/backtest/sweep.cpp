// Running them: threads take the next variant that nobody has, each row goes to its own place.
#include "backtest/sweep.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

namespace bf::backtest {
namespace {

/// Trends of the generator's settings in use now: neighbours in the order of variants share them.
class SharedTrends {
public:
    explicit SharedTrends(const Candles& candles) : candles_{candles} {}
    std::shared_ptr<const TrendSeries> of(const trading::GeneratorSettings& settings) {
        const std::lock_guard lock{mutex_};
        for (const auto& [known, trends] : kept_)
            if (known.interval == settings.interval && known.fast == settings.fast && known.slow == settings.slow && known.quiet_factor == settings.quiet_factor) return trends;
        auto made = std::make_shared<const TrendSeries>(make_trends(candles_, settings));
        if (kept_.size() == kKept) kept_.erase(kept_.begin());
        kept_.emplace_back(settings, made);
        return made;
    }

private:
    static constexpr std::size_t kKept = 8;
    const Candles& candles_;
    std::mutex mutex_;
    std::vector<std::pair<trading::GeneratorSettings, std::shared_ptr<const TrendSeries>>> kept_;
};

SweepRow row_of(std::size_t variant, const Report& report) {
    SweepRow row;
    row.variant = variant;
    row.groups = report.groups;
    row.closed = report.closed;
    row.fills = report.fills;
    row.recovery_groups = report.recovery_groups;
    row.liquidations = report.liquidations;
    row.net_profit = report.net_profit;
    row.open_profit = report.open_profit;
    row.fees = report.fees;
    row.max_drawdown = report.max_drawdown;
    row.max_drawdown_share = report.max_drawdown_share;
    row.max_margin_used = report.max_margin_used;
    row.worst_result = report.worst_result;
    row.longest_group = report.longest_group;
    return row;
}

SweepRow run_variant(const Variants& variants, const SweepGround& ground, std::size_t variant, SharedTrends& shared, std::span<const std::size_t> edges) {
    const auto settings = variants.settings(variant);
    if (!settings) return {.variant = variant, .valid = false};
    Plan plan = make_plan(*settings, ground.plan.instrument, ground.recorded, ground.plan.pair);
    plan.equity = ground.plan.equity;
    plan.assumptions = ground.plan.assumptions;
    const auto trends = shared.of(settings->generator);
    std::vector<RecordedSignal> generated;
    if (plan.entries == Entries::generator) generated = generator_signals(*trends, plan);
    const std::span<const RecordedSignal> signals = plan.entries == Entries::generator ? std::span<const RecordedSignal>{generated} : ground.signals;
    const Market whole{ground.candles, signals, trends.get(), ground.first, ground.last};
    auto row = row_of(variant, Run{plan, whole, Detail::totals}.fast(ground.index));
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const Market piece{ground.candles, signals, trends.get(), edges[i], edges[i + 1]};
        row.pieces.push_back(Run{plan, piece, Detail::totals}.fast(ground.index).net_profit);
    }
    return row;
}

}  // namespace

std::vector<std::size_t> piece_edges(const SweepGround& ground, std::size_t pieces) {
    std::vector<std::size_t> edges;
    if (pieces == 0) return edges;
    for (std::size_t i = 0; i <= pieces; ++i) edges.push_back(ground.first + (ground.last - ground.first) * i / pieces);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return edges;
}

void run_variants(const Variants& variants, const SweepGround& ground, unsigned threads, const std::vector<bool>& done, const std::function<bool(SweepRow&&)>& on_row) {
    const auto edges = piece_edges(ground, variants.spec().pieces);
    SharedTrends shared{ground.candles};
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t variant = next++; variant < variants.size() && !stop; variant = next++) {
            if (variant < done.size() && done[variant]) continue;
            auto row = run_variant(variants, ground, variant, shared, edges);
            const std::lock_guard lock{mutex};
            if (!on_row(std::move(row))) stop = true;
        }
    };
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < threads; ++i) workers.emplace_back(work);
    work();
}

std::vector<SweepRow> run_sweep(const Variants& variants, const SweepGround& ground, unsigned threads, std::vector<SweepRow> done,
                                const std::function<bool(const SweepRow&)>& on_row) {
    std::vector<bool> known(variants.size());
    for (const auto& row : done)
        if (row.variant < known.size()) known[row.variant] = true;
    run_variants(variants, ground, threads, known, [&](SweepRow&& row) {
        done.push_back(std::move(row));
        return !on_row || on_row(done.back());
    });
    rank(done);
    return done;
}

void rank(std::vector<SweepRow>& rows) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        if (a.valid != b.valid) return a.valid;
        return a.net_profit != b.net_profit ? a.net_profit > b.net_profit : a.variant < b.variant;
    });
    // From the best profit down, one is in front if nothing before it fell less.
    std::optional<Decimal> least;
    for (std::size_t i = 0; i < rows.size() && rows[i].valid;) {
        std::size_t end = i;
        Decimal best = rows[i].max_drawdown;
        for (; end < rows.size() && rows[end].valid && rows[end].net_profit == rows[i].net_profit; ++end) best = std::min(best, rows[end].max_drawdown);
        for (std::size_t k = i; k < end; ++k) rows[k].front = rows[k].max_drawdown == best && (!least || best < *least);
        if (!least || best < *least) least = best;
        i = end;
    }
}

std::vector<WalkStep> walk_forward(const std::vector<SweepRow>& rows, const SweepGround& ground, std::size_t pieces) {
    const auto edges = piece_edges(ground, pieces);
    std::vector<WalkStep> steps;
    for (std::size_t i = 0; i + 2 < edges.size(); ++i) {
        const SweepRow* best = nullptr;
        for (const auto& row : rows) {
            if (!row.valid || row.pieces.size() + 1 != edges.size()) continue;
            if (best == nullptr || row.pieces[i] > best->pieces[i] || (row.pieces[i] == best->pieces[i] && row.variant < best->variant)) best = &row;
        }
        if (best == nullptr) return steps;
        WalkStep step{edges[i], edges[i + 1], edges[i + 2], best->variant, best->pieces[i], best->pieces[i + 1], 1};
        for (const auto& row : rows)
            if (row.valid && row.pieces.size() + 1 == edges.size() && row.pieces[i + 1] > step.test_profit) ++step.test_rank;
        steps.push_back(step);
    }
    return steps;
}

namespace {

void write_values(wire::JsonWriter& out, const Variants& variants, std::size_t variant) {
    out.key("settings").begin_object();
    const auto values = variants.values(variant);
    for (std::size_t i = 0; i < values.size(); ++i) out.key(variants.spec().ranges[i].path).raw(values[i]);
    out.end_object();
}

}  // namespace

void write_walk(wire::JsonWriter& out, const Variants& variants, const Candles& candles, const std::vector<WalkStep>& steps) {
    // The end of a piece is that of its last candle, whatever comes after it.
    const auto end_of = [&](std::size_t candle) { return candles.time[candle - 1] + candles.interval.count(); };
    out.begin_array();
    for (const auto& step : steps) {
        out.begin_object().member("fit_from", candles.time[step.fit_from]).member("fit_to", end_of(step.fit_to)).member("test_to", end_of(step.test_to)).member("best_variant", step.best);
        write_values(out, variants, step.best);
        out.member("fit_profit", step.fit_profit).member("test_profit", step.test_profit).member("test_rank", step.test_rank).end_object();
    }
    out.end_array();
}

void write_row(wire::JsonWriter& out, const Variants& variants, const SweepRow& row) {
    out.begin_object().member("variant", row.variant);
    write_values(out, variants, row.variant);
    out.member("valid", row.valid);
    if (row.valid) {
        out.member("net_profit", row.net_profit).member("open_profit", row.open_profit).member("max_drawdown", row.max_drawdown).member("max_drawdown_share", row.max_drawdown_share);
        out.member("fees", row.fees).member("groups", row.groups).member("closed_groups", row.closed).member("fills", row.fills).member("max_margin_used", row.max_margin_used);
        out.member("worst_group_profit", row.worst_result).member("longest_group_ms", row.longest_group.count()).member("recovery_groups", row.recovery_groups);
        out.member("liquidations", row.liquidations);
        if (!row.pieces.empty()) {
            out.key("pieces").begin_array();
            for (const auto& profit : row.pieces) out.amount(profit);
            out.end_array();
        }
    }
    if (row.front) out.member("front", true);
    out.end_object();
}

std::optional<SweepRow> read_row(wire::JsonValue json, const Variants& variants) {
    const auto variant = json["variant"].integer();
    const auto valid = json["valid"].boolean();
    if (!variant || *variant < 0 || static_cast<std::size_t>(*variant) >= variants.size() || !valid) return std::nullopt;
    SweepRow row;
    row.variant = static_cast<std::size_t>(*variant);
    row.valid = *valid;
    if (!row.valid) return row;
    bool whole = true;
    const auto count = [&](const char* name, int& to) {
        const auto value = json[name].integer();
        whole = whole && value;
        to = static_cast<int>(value.value_or(0));
    };
    const auto amount = [&](const char* name, Decimal& to) {
        const auto value = json[name].decimal();
        whole = whole && value;
        to = value.value_or(Decimal{});
    };
    count("groups", row.groups);
    count("closed_groups", row.closed);
    count("fills", row.fills);
    count("recovery_groups", row.recovery_groups);
    count("liquidations", row.liquidations);
    amount("net_profit", row.net_profit);
    amount("open_profit", row.open_profit);
    amount("max_drawdown", row.max_drawdown);
    amount("max_drawdown_share", row.max_drawdown_share);
    amount("fees", row.fees);
    amount("max_margin_used", row.max_margin_used);
    amount("worst_group_profit", row.worst_result);
    const auto longest = json["longest_group_ms"].integer();
    row.longest_group = milliseconds{longest.value_or(0)};
    const auto pieces = json["pieces"];
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto profit = pieces.at(i).decimal();
        whole = whole && profit;
        row.pieces.push_back(profit.value_or(Decimal{}));
    }
    if (!whole || !longest) return std::nullopt;
    return row;
}

}  // namespace bf::backtest
