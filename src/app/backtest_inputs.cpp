#include "app/backtest_inputs.hpp"

#include "app/exit_code.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/funding_file.hpp"
#include "backtest/signal_file.hpp"
#include "trading/instrument.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>

namespace bf::app {
namespace {

Unexpected<Refusal> at_line(const std::string& file, const backtest::FileError& error) {
    return Unexpected{Refusal{error.sentence, error.line == 0 ? file : file + ":" + std::to_string(error.line)}};
}

Result<Decimal, Refusal> amount(const std::string& option, const std::string& text, const Decimal& least, const Decimal& most) {
    const auto value = Decimal::parse(text);
    if (!value || *value < least || *value > most) return Unexpected{Refusal{"must be a plain decimal number from " + least.to_string() + " to " + most.to_string(), option}};
    return *value;
}

Result<trading::Settings, Refusal> read_settings(const std::string& file) {
    BF_TRY(const auto text, read_file(file));
    const auto json = wire::Json::parse(text);
    if (!json) return Unexpected{Refusal{"is no JSON document: " + json.error().detail, file}};
    auto settings = trading::read_settings(json->root());
    if (!settings) return at_member(file, settings.error());
    if (const auto errors = trading::check(*settings); !errors.empty()) return at_member(file, {errors.front().field, errors.front().sentence});
    return std::move(*settings);
}

Result<trading::InstrumentFacts, Refusal> read_instrument(const std::string& file, const backtest::Candles& candles) {
    if (file.empty()) {
        trading::InstrumentFacts facts;
        // Prices without decimals say little about the steps of their market.
        facts.price_step = std::min(candles.tick, Decimal::from_parts(1, 2));
        facts.quantity_step = Decimal::from_parts(1, 8);
        return facts;
    }
    BF_TRY(const auto text, read_file(file));
    const auto json = wire::Json::parse(text);
    if (!json) return Unexpected{Refusal{"is no JSON document: " + json.error().detail, file}};
    auto facts = trading::read_instrument(json->root());
    if (!facts) return at_member(file, facts.error());
    return std::move(*facts);
}

/// Any file the store takes, and what somebody wrote by hand.
Result<backtest::CandleColumns, Refusal> read_candles(const std::string& file) {
    auto kept = backtest::import_candle_files({file});
    if (kept) return std::move(kept->columns);
    const auto text = read_file(file);
    if (!text) return Unexpected{text.error()};
    if (!text->starts_with(backtest::kHandHeader)) return Unexpected{Refusal{kept.error().detail, file}};
    auto by_hand = backtest::read_hand_csv(*text);
    if (!by_hand) return at_line(file, by_hand.error());
    return std::move(*by_hand);
}

Result<void, Refusal> read_period(const BacktestOptions& options, Inputs& in) {
    const auto at = [](const std::string& option, const std::string& text) -> Result<Instant, Refusal> {
        const auto time = trading::read_time(text);
        if (!time) return Unexpected{Refusal{"must be a time: Unix milliseconds, or UTC like 2025-01-15T00:00:00Z", option}};
        return *time;
    };
    const auto& time = in.view.time;
    in.last = time.size();
    const auto place = [&](Instant when) { return static_cast<std::size_t>(std::lower_bound(time.begin(), time.end(), when.ms()) - time.begin()); };
    if (!options.from.empty()) {
        BF_TRY(const auto from, at("--from", options.from));
        in.first = place(from);
    }
    if (!options.to.empty()) {
        BF_TRY(const auto to, at("--to", options.to));
        in.last = place(to);
    }
    if (in.first >= in.last) return Unexpected{Refusal{"there are no candles in this period", "--from, --to"}};
    return {};
}

Result<void, Refusal> read_assumptions(const BacktestOptions& options, backtest::Plan& plan) {
    auto& out = plan.assumptions;
    if (options.fill == "touch")
        out.fill = backtest::FillModel::touch;
    else if (options.fill != "conservative")
        return Unexpected{Refusal{"must be conservative or touch", "--fill"}};
    const Decimal basis_point = Decimal::from_parts(1, 4), percent = Decimal::from_parts(1, 2);
    BF_TRY(const auto spread, amount("--spread-bps", options.spread_bps, 0, 5'000));
    BF_TRY(const auto slippage, amount("--slippage-bps", options.slippage_bps, 0, 5'000));
    BF_TRY(const auto rate, amount("--funding-rate-pct", options.funding_rate_pct, -10, 10));
    BF_TRY(plan.equity, amount("--equity", options.equity, Decimal::from_parts(1, 8), 1'000'000'000'000));
    out.spread = spread * basis_point;
    out.slippage = slippage * basis_point;
    out.funding_rate = rate * percent;
    return {};
}

Result<void, Refusal> read_funding(const BacktestOptions& options, Inputs& in) {
    if (options.funding_file.empty()) return {};
    if (in.plan.rules.market != market::Market::futures) return Unexpected{Refusal{"funding is paid on futures only, and this strategy trades spot", "--funding"}};
    if (!in.plan.assumptions.funding_rate.is_zero()) return Unexpected{Refusal{"give recorded rates or one rate for all, not both", "--funding, --funding-rate-pct"}};
    BF_TRY(const auto text, read_file(options.funding_file));
    auto funding = backtest::read_funding(text, Instant::from_ms(in.view.time[in.first]), Instant::from_ms(in.view.time[in.last - 1]) + in.view.interval);
    if (!funding) return at_line(options.funding_file, funding.error());
    in.funding = std::move(*funding);
    in.plan.assumptions.funding = in.funding;
    return {};
}

}  // namespace

Result<std::string, Refusal> read_file(const std::string& file) {
    std::ifstream in{file, std::ios::binary | std::ios::ate};
    if (!in) return Unexpected{Refusal{"the file can't be read", file}};
    const auto size = static_cast<std::streamoff>(in.tellg());
    if (size <= 0) return Unexpected{Refusal{"the file is empty", file}};
    std::string text(static_cast<std::size_t>(size), '\0');
    in.seekg(0);
    in.read(text.data(), size);
    if (!in) return Unexpected{Refusal{"the file can't be read", file}};
    return text;
}

Unexpected<Refusal> at_member(const std::string& file, const trading::FieldError& error) {
    return Unexpected{Refusal{error.sentence, error.field.empty() ? file : file + ": " + error.field}};
}

Result<void, Refusal> read_inputs(const BacktestOptions& options, Inputs& in) {
    BF_TRY(in.settings, read_settings(options.settings_file));
    BF_TRY(in.candles, read_candles(options.candles_file));
    in.view = in.candles.view();
    BF_TRY(const auto instrument, read_instrument(options.instrument_file, in.view));
    if (!options.pair.empty() && std::find(in.settings.pairs.begin(), in.settings.pairs.end(), options.pair) == in.settings.pairs.end())
        return Unexpected{Refusal{"'" + options.pair + "' is not among the strategy's pairs", "--pair"}};
    in.plan = backtest::make_plan(in.settings, instrument, !options.signals_file.empty(), options.pair);
    BF_TRY_VOID(read_assumptions(options, in.plan));
    BF_TRY_VOID(read_period(options, in));
    BF_TRY_VOID(read_funding(options, in));
    const bool follows = backtest::can_follow(in.view, in.settings.generator);
    if (in.plan.entries == backtest::Entries::generator && !follows)
        return Unexpected{Refusal{"is shorter than the candles, or no whole number of them: the generator can't follow them", options.settings_file + ": generator.interval"}};
    if (options.sweep_file.empty()) in.trends = backtest::make_trends(in.view, in.settings.generator);
    if (in.plan.entries == backtest::Entries::generator && options.sweep_file.empty()) in.signals = backtest::generator_signals(in.trends, in.plan);
    if (options.signals_file.empty()) return {};
    BF_TRY(const auto text, read_file(options.signals_file));
    auto signals = backtest::read_signals(text, in.view);
    if (!signals) return at_line(options.signals_file, signals.error());
    // Those for the strategy's other pairs are no concern of these candles.
    std::erase_if(*signals, [&](const auto& one) {
        const auto& pairs = in.settings.pairs;
        return one.signal.pair != in.plan.pair && std::find(pairs.begin(), pairs.end(), one.signal.pair) != pairs.end();
    });
    in.signals = std::move(*signals);
    return {};
}

int refuse(const Refusal& refusal, bool json) {
    if (json) {
        std::string text;
        wire::JsonWriter{text}.begin_object().member("error", refusal.error).member("where", refusal.where).end_object();
        std::puts(text.c_str());
    }
    const bool ends = refusal.error.ends_with('.');
    std::fprintf(stderr, "%s: %s%s\n", refusal.where.c_str(), refusal.error.c_str(), ends ? "" : ".");
    return kUsage;
}

}  // namespace bf::app
