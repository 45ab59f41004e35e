// What is run: one strategy on one pair with so much money, and what must be assumed because candles don't tell it.
//
// A plan is the same for the plain and the fast way, and for every candle file of the pair. Rates are factors.
#pragma once
#include "backtest/candles.hpp"
#include "backtest/note.hpp"
#include "trading/sentence.hpp"
#include "trading/signal.hpp"

#include <span>
#include <string>
#include <vector>

namespace bf::backtest {

/// When a resting order fills, and what of a candle counts for it.
///   conservative: only when the price went through it. After an add-on inside the candle the exit it moved fills in it only if the close is
///                 through: that the favourable extreme came after the adverse one isn't known.
///   touch:        when the price touched it, on the way open, adverse extreme, favourable extreme, close.
enum class FillModel : std::uint8_t { conservative, touch };
std::string_view to_string(FillModel model);

/// Where entries come from.
enum class Entries : std::uint8_t {
    signals,    ///< A recorded file.
    generator,  ///< The built-in one, by the strategy's own numbers.
    immediate,  ///< Nobody sends any: a group is opened at the close of each candle in which none is open.
};
std::string_view to_string(Entries entries);

/// A funding settlement: positive rates are paid by longs to shorts.
struct FundingRate {
    Instant at;
    Decimal rate;
};

struct Assumptions {
    FillModel fill{FillModel::conservative};
    Decimal spread{};    ///< Ask minus bid, of the price; half on each side of the candle's.
    Decimal slippage{};  ///< What an order that takes pays beyond the best price.
    /// Recorded settlements, in time order; where there are none, `funding_rate` at every `funding_every` of the clock.
    std::span<const FundingRate> funding{};
    std::optional<Note> funding_told{};  ///< Where recorded settlements come from, or why they were not counted. Nothing: somebody gave what there is.
    Decimal funding_rate{};
    /// So many of the period's missing candles are known to hide nothing: nobody traded, or the exchange was down.
    std::uint64_t empty_candles{0};
    std::string seconds_set{};  ///< Of the same pair and period, for who wants the order of prices inside these candles known; empty: none.
    milliseconds funding_every{std::chrono::hours{8}};
};

/// A signal with what is known of it before any run.
struct RecordedSignal {
    trading::Signal signal;
    bool seen_before{false};  ///< The same was recorded within the memory for duplicates.
    std::size_t candle{0};    ///< The first candle that closes after its time; the number of candles if none does.
};

struct Plan {
    trading::Rules rules;
    trading::GeneratorSettings generator{};
    trading::InstrumentFacts instrument;
    std::string pair;
    Decimal equity{10'000};
    Entries entries{Entries::immediate};
    Assumptions assumptions{};
    trading::Language language{trading::Language::en};  ///< In which decisions are explained.
};

/// Where nobody knows the pair's steps: prices in the candles' own, 0.01 at most, quantities in 0.00000001, no minima.
trading::InstrumentFacts default_instrument(const Candles& candles);

/// The plan for a strategy's settings: its first pair if `pair` is empty. Without signals and generator the price alone stands in for the
/// signals that add-ons wait for.
Plan make_plan(const trading::Settings& settings, const trading::InstrumentFacts& instrument, bool has_signals, std::string pair = {});

/// The first candle at or after `from` that closes after `at`.
std::size_t candle_of(const Candles& candles, Instant at, std::size_t from = 0);

}  // namespace bf::backtest
