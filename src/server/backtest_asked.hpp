// What a back-test or a sweep is asked to run, read and looked up: whose strategy, which candles, which period, and what must be assumed.
// Reading needs the engine's thread, because strategies and exchanges' lists are there; laying the ground does not, and takes longer.
#pragma once
#include "backtest/candle_shelf.hpp"
#include "backtest/plan.hpp"
#include "backtest/run.hpp"
#include "server/api.hpp"
#include "trading/settings.hpp"
#include "wire/json.hpp"

namespace bf::server {

/// Where the pieces of a run are looked up.
struct BacktestPlaces {
    /// A saved strategy, by id or name.
    std::function<std::optional<trading::Settings>(std::string_view)> strategy;
    /// What an exchange lists of the pair, while a connection of ours knows it.
    std::function<std::optional<trading::InstrumentFacts>(const backtest::CandleKey&)> instrument;
    std::string folder;  ///< Of the candle sets.
};

struct BacktestAsked {
    exchange::Language language{exchange::Language::en};  ///< Of whoever asks: what is wrong with it is said so.
    trading::Settings settings;
    std::string pair, set_name;
    std::string funding;  ///< The text of a file of recorded rates (backtest/funding_file.hpp); empty: none.
    std::string signals;  ///< The text of a file of recorded signals (backtest/signal_file.hpp); empty: none.
    /// Without other funding: whether the rates fetched beside the candles count, and where they are. Empty: there can be none.
    bool fetched_funding{true};
    std::string funding_path;
    std::string folder;  ///< Of the set.
    std::optional<Instant> from, to;
    Decimal equity{10'000}, spread_bps, slippage_bps, funding_rate_pct;
    backtest::FillModel fill{backtest::FillModel::conservative};
    std::optional<backtest::CandleSet> set;
    std::optional<trading::InstrumentFacts> instrument;
};

/// Fails with the reply that says what is wrong with which field.
Result<BacktestAsked, ApiReply> read_asked(wire::JsonValue json, const BacktestPlaces& places, exchange::Language language);
/// The members of it, as read_asked takes them, with these settings.
void write_asked(wire::JsonWriter& out, const BacktestAsked& asked, const trading::Settings& settings);
/// The plan; the candles decide only what no instrument says.
backtest::Plan plan_of(const BacktestAsked& asked, const backtest::Candles& candles);

/// The candles of the whole set, and which of them are traded.
struct BacktestGround {
    backtest::Candles candles;
    backtest::Plan plan;
    std::vector<backtest::FundingRate> funding{};  ///< That the plan looks at.
    std::vector<backtest::RecordedSignal> signals{};  ///< Recorded ones.
    std::size_t first{0}, last{0};
};
Result<BacktestGround, ApiReply> lay_ground(const BacktestAsked& asked);

/// 422 for that field.
ApiReply refused_field(std::string_view field, std::string sentence);

}  // namespace bf::server
