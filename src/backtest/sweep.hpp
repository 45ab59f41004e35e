// Many variants of one strategy over the same candles: which there are, and what became of each.
//
// A file names settings and the values they take. Grid search tries every combination, random search so many of them, chosen by a seed. What
// comes out does not depend on how many threads ran it. Memory is bounded: a row is a few numbers, and there are at most kVariantsMax.
//
// With walk-forward the period is cut into pieces: the best variant of each piece is told with what it did on the next one, which it was not
// chosen for. That is what shows a strategy that was fitted to its past.
#pragma once
#include "backtest/report.hpp"
#include "backtest/run.hpp"

#include <functional>

namespace bf::backtest {

inline constexpr std::size_t kVariantsMax = 200'000;
inline constexpr std::size_t kPiecesMax = 50;

/// A setting and what it takes, as JSON: "exit.take_profit_pct".
struct SweepRange {
    std::string path;
    std::vector<std::string> values;
};

struct SweepSpec {
    std::vector<SweepRange> ranges;
    std::optional<std::size_t> random{};  ///< So many, by chance; absent: all.
    std::uint64_t seed{1};
    std::size_t pieces{0};  ///< Walk-forward; 0: none.
};

/// What is wrong with a sweep, and where.
struct SweepError {
    std::string field;
    std::string sentence;
    std::optional<trading::FieldError> setting{};  ///< Where a value is none that the setting takes: `sentence` is its.
};

/// {"ranges":{"add_on.zone_step_pct":{"from":"1","to":"5","step":"0.5"},"exit.take_profit_pct":["1","2"]},"search":"grid|random",
/// "variants":500,"seed":1,"walk_forward":{"pieces":5}}; an object of ranges alone will do. Fails for ranges that are empty or never end.
Result<SweepSpec, SweepError> read_sweep(wire::JsonValue json);

/// How many a grid of these ranges has; capped at 2^62.
std::uint64_t grid_size(const SweepSpec& spec);
/// "1,250 variants", for people.
std::string with_commas(std::uint64_t count);

class Variants {
public:
    /// Fails for a name no setting has, a value it can't take, and more variants than are run.
    static Result<Variants, SweepError> make(const trading::Settings& settings, SweepSpec spec);

    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] const SweepSpec& spec() const { return spec_; }
    /// The values of one, in the order of the ranges.
    [[nodiscard]] std::vector<std::string_view> values(std::size_t variant) const;
    /// Which of a range's values one has, from 0.
    [[nodiscard]] std::size_t position(std::size_t variant, std::size_t range) const;
    /// Its settings; nothing when together they are out of range ("the last zone ends beyond 100 %").
    [[nodiscard]] std::optional<trading::Settings> settings(std::size_t variant) const;

private:
    [[nodiscard]] std::string document(std::span<const std::string_view> values) const;
    [[nodiscard]] std::uint64_t place(std::size_t variant) const;

    SweepSpec spec_;
    std::string document_;  ///< The settings the values are put into.
    std::size_t count_{0};
    std::vector<std::uint64_t> chosen_{};  ///< Places in the grid, of a random search.
};

struct SweepRow {
    std::size_t variant{0};
    bool valid{true};  ///< Or its settings are out of range.
    int groups{0}, closed{0}, fills{0}, recovery_groups{0}, liquidations{0};
    Decimal net_profit, open_profit, fees, max_drawdown, max_drawdown_share, max_margin_used, worst_result;
    milliseconds longest_group{0};
    std::vector<Decimal> pieces{};  ///< Net profit on each piece alone.
    bool front{false};              ///< Nothing has both more profit and less drawdown.
    friend bool operator==(const SweepRow&, const SweepRow&) = default;
};

/// What all variants share.
struct SweepGround {
    const Candles& candles;
    const CandleIndex& index;
    std::size_t first{0}, last{0};
    Plan plan;                                      ///< Its rules are each variant's own.
    std::span<const RecordedSignal> signals{};      ///< Recorded ones; the generator's are made for each of its settings.
    bool recorded{false};
};

/// Runs all that `done` does not have (by number; an empty one has none), on so many threads, and hands each row over as it is ready, one at a
/// time, in no order; false stops. Keeps nothing.
void run_variants(const Variants& variants, const SweepGround& ground, unsigned threads, const std::vector<bool>& done, const std::function<bool(SweepRow&&)>& on_row);

/// Runs all that `done` does not have, on so many threads. `on_row` hears each as it is ready, one at a time, in no order; false stops.
std::vector<SweepRow> run_sweep(const Variants& variants, const SweepGround& ground, unsigned threads, std::vector<SweepRow> done = {},
                                const std::function<bool(const SweepRow&)>& on_row = {});

/// Best profit first; equal ones by number. Marks the front.
void rank(std::vector<SweepRow>& rows);

struct WalkStep {
    std::size_t fit_from, fit_to, test_to;  ///< Candles: fitted on [fit_from, fit_to), tested on [fit_to, test_to).
    std::size_t best{0};                    ///< Variant.
    Decimal fit_profit, test_profit;
    std::size_t test_rank{0};               ///< Where it came on the piece it was not chosen for; 1 is best.
};
std::vector<std::size_t> piece_edges(const SweepGround& ground, std::size_t pieces);
std::vector<WalkStep> walk_forward(const std::vector<SweepRow>& rows, const SweepGround& ground, std::size_t pieces);
/// As a list, with times for candles and the settings of the best ones.
void write_walk(wire::JsonWriter& out, const Variants& variants, const Candles& candles, const std::vector<WalkStep>& steps);

/// One line of the results: as printed and as kept for a later start.
void write_row(wire::JsonWriter& out, const Variants& variants, const SweepRow& row);
std::optional<SweepRow> read_row(wire::JsonValue json, const Variants& variants);

}  // namespace bf::backtest
