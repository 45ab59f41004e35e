#include "app/backtest_inputs.hpp"

#include "app/candles_command.hpp"
#include "app/exit_code.hpp"
#include "app/unknown_settings.hpp"
#include "app/utf8_mark.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/candle_shelf.hpp"
#include "backtest/candle_words.hpp"
#include "backtest/funding_file.hpp"
#include "backtest/signal_file.hpp"
#include "trading/instrument.hpp"
#include "wire/json_places.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

namespace bf::app {
namespace {

Unexpected<Refusal> at_line(const std::string& file, const backtest::FileError& error) {
    return Unexpected{Refusal{error.sentence, error.line == 0 ? file : file + ":" + std::to_string(error.line)}};
}

Unexpected<Refusal> at_member(const std::string& file, const std::string& text, const trading::FieldError& error) {
    return app::at_member(file, text, error.field, trading::sentence(error, trading::Language::en));
}

Result<Decimal, Refusal> amount(const std::string& option, const std::string& text, const Decimal& least, const Decimal& most) {
    const auto value = Decimal::parse(text);
    if (!value || *value < least || *value > most) return Unexpected{Refusal{"must be a plain decimal number from " + least.to_string() + " to " + most.to_string(), option}};
    return *value;
}

Result<trading::Settings, Refusal> read_settings(const std::string& file) {
    BF_TRY(const auto text, read_file(file));
    const auto json = wire::Json::parse(text);
    if (!json) return no_json(file, text);
    std::vector<std::string> unknown;
    auto settings = trading::read_settings(json->root(), &unknown);
    if (!settings) return at_member(file, text, settings.error());
    if (const auto errors = trading::check(*settings); !errors.empty()) return at_member(file, text, errors.front());
    tell_unknown_settings(unknown);
    return std::move(*settings);
}

Result<trading::InstrumentFacts, Refusal> read_instrument(const std::string& file, const backtest::Candles& candles) {
    if (file.empty()) return backtest::default_instrument(candles);
    BF_TRY(const auto text, read_file(file));
    const auto json = wire::Json::parse(text);
    if (!json) return no_json(file, text);
    auto facts = trading::read_instrument(json->root());
    if (!facts) return at_member(file, text, facts.error());
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

/// The names of the sets there are, as a sentence goes on.
std::string names_of(const backtest::CandleShelf& shelf) {
    static constexpr std::size_t kNamed = 20;
    const auto sets = shelf.list();
    if (!sets || sets->empty()) return "there are none in " + shelf.folder() + ": `backfuture candles import`, `download` and `sample` bring some";
    std::string text = "there are ";
    for (std::size_t i = 0; i < std::min(sets->size(), kNamed); ++i) text += (i == 0 ? "" : i + 1 == sets->size() ? " and " : ", ") + (*sets)[i].id;
    return sets->size() > kNamed ? text + " and " + std::to_string(sets->size() - kNamed) + " more" : text;
}

Result<void, Refusal> read_set(const BacktestOptions& options, Inputs& in) {
    const backtest::CandleShelf shelf{candles_folder(options.data)};
    auto set = shelf.open(options.candle_set);
    if (!set && set.error().kind == ErrorKind::not_found) return Unexpected{Refusal{"there are no candles called \"" + options.candle_set + "\"; " + names_of(shelf), "--set"}};
    if (!set) return Unexpected{Refusal{set.error().detail, "--set"}};
    const auto candles = set->candles();
    if (!candles) return Unexpected{Refusal{candles.error().detail, "--set"}};
    in.view = *candles;
    in.set = std::move(*set);
    return {};
}

/// Which of the strategy's pairs is run: that of a stored set if it is one, any other by express wish only.
Result<std::string, Refusal> pair_of(const BacktestOptions& options, const Inputs& in) {
    const auto& pairs = in.settings.pairs;
    const auto trades = [&](const std::string& pair) { return std::find(pairs.begin(), pairs.end(), pair) != pairs.end(); };
    if (!options.pair.empty() && !trades(options.pair)) return Unexpected{Refusal{"'" + options.pair + "' is not among the strategy's pairs", "--pair"}};
    if (!in.set || !options.pair.empty()) return options.pair;
    const auto& pair = in.set->info().key.pair;
    if (!trades(pair)) return Unexpected{Refusal{"these are candles of " + pair + ", which is not among the strategy's pairs; say with --pair which of them to run on these candles nevertheless", "--set"}};
    return pair;
}

Result<void, Refusal> read_period(const BacktestOptions& options, Inputs& in) {
    const auto at = [](const std::string& option, const std::string& text) -> Result<std::optional<Instant>, Refusal> {
        if (text.empty()) return std::optional<Instant>{};
        if (const auto time = trading::read_time(text)) return time;
        const auto day = backtest::parse_moment(text);
        if (!day) return Unexpected{Refusal{"must be a time: 2025-01-15, 2025-01-15T00:05Z or Unix milliseconds", option}};
        return std::optional{Instant::from_ms(*day)};
    };
    const auto& time = in.view.time;
    in.last = time.size();
    const auto place = [&](Instant when) { return static_cast<std::size_t>(std::lower_bound(time.begin(), time.end(), when.ms()) - time.begin()); };
    BF_TRY(const auto from, at("--from", options.from));
    BF_TRY(const auto to, at("--to", options.to));
    if (from && to && *to <= *from) return Unexpected{Refusal{"the period ends before it begins", "--from, --to"}};
    if (from) in.first = place(*from);
    if (to) in.last = place(*to);
    if (in.first >= in.last)
        return Unexpected{Refusal{"there are no candles in this period: they reach from " + backtest::moment_text(time.front()) + " to " + backtest::moment_text(time.back()), "--from, --to"}};
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
    BF_TRY(const auto rate, amount("--funding-rate-pct", options.funding_rate_pct.empty() ? "0" : options.funding_rate_pct, -10, 10));
    BF_TRY(plan.equity, amount("--equity", options.equity, Decimal::from_parts(1, 8), 1'000'000'000'000));
    out.spread = spread * basis_point;
    out.slippage = slippage * basis_point;
    out.funding_rate = rate * percent;
    return {};
}

/// What lies beside a stored set: what the exchange settled, unless somebody gave other funding, and which gaps hide nothing.
Result<void, Refusal> read_beside(const BacktestOptions& options, Inputs& in) {
    const auto& key = in.set->info().key;
    const auto from = in.view.time[in.first], last = in.view.time[in.last - 1];
    const auto empty = in.set->empty_at_exchange(from, last);
    if (!empty) return Unexpected{Refusal{empty.error().detail, "--set"}};
    in.plan.assumptions.empty_candles = *empty;
    in.plan.assumptions.seconds_set = backtest::CandleShelf{candles_folder(options.data)}.seconds_beside(key, from, last + in.view.interval.count()).value_or("");
    if (in.plan.rules.market != market::Market::futures || !backtest::has_funding(key) || !options.funding_file.empty() || !options.funding_rate_pct.empty()) return {};
    const auto path = backtest::funding_path(candles_folder(options.data), key);
    auto fetched = backtest::fetched_funding(path, key.exchange, Instant::from_ms(from), Instant::from_ms(last) + in.view.interval);
    in.funding = std::move(fetched.rates);
    in.plan.assumptions.funding = in.funding;
    in.plan.assumptions.funding_told = std::move(fetched.told);
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
    // A folder opens, too, and says that it is as large as can be.
    if (std::error_code none; std::filesystem::is_directory(file, none)) return Unexpected{Refusal{"this is a folder, not a file", file}};
    std::ifstream in{file, std::ios::binary | std::ios::ate};
    if (!in) return Unexpected{Refusal{"the file can't be read", file}};
    const auto size = static_cast<std::streamoff>(in.tellg());
    if (size <= 0) return Unexpected{Refusal{"the file is empty", file}};
    std::string text(static_cast<std::size_t>(size), '\0');
    in.seekg(0);
    in.read(text.data(), size);
    if (!in) return Unexpected{Refusal{"the file can't be read", file}};
    return without_utf8_mark(std::move(text));
}

Unexpected<Refusal> at_member(const std::string& file, const std::string& text, const std::string& field, std::string sentence) {
    const auto line = wire::JsonPlaces{text}.line_of(field);
    return Unexpected{Refusal{std::move(sentence), file + (line > 0 ? ":" + std::to_string(line) : "") + (field.empty() ? "" : ": " + field)}};
}

Unexpected<Refusal> no_json(const std::string& file, const std::string& text) {
    const auto line = wire::JsonPlaces{text}.fault();
    return Unexpected{Refusal{"is no JSON from here on", file + (line > 0 ? ":" + std::to_string(line) : "")}};
}

Result<void, Refusal> read_inputs(const BacktestOptions& options, Inputs& in) {
    if (options.candles_file.empty() == options.candle_set.empty())
        return Unexpected{Refusal{"whose candles: a file's with --candles, or a stored set's with --set; one of the two", "--candles, --set"}};
    BF_TRY(in.settings, read_settings(options.settings_file));
    if (options.candle_set.empty()) {
        BF_TRY(in.candles, read_candles(options.candles_file));
        in.view = in.candles.view();
    } else {
        BF_TRY_VOID(read_set(options, in));
    }
    BF_TRY(const auto instrument, read_instrument(options.instrument_file, in.view));
    BF_TRY(auto pair, pair_of(options, in));
    in.plan = backtest::make_plan(in.settings, instrument, !options.signals_file.empty(), std::move(pair));
    BF_TRY_VOID(read_assumptions(options, in.plan));
    BF_TRY_VOID(read_period(options, in));
    if (in.set) BF_TRY_VOID(read_beside(options, in));
    BF_TRY_VOID(read_funding(options, in));
    const bool follows = backtest::can_follow(in.view, in.settings.generator);
    if (in.plan.entries == backtest::Entries::generator && !follows)
        return Unexpected{Refusal{"is shorter than the candles, or no whole number of them: the generator can't follow them", options.settings_file + ": generator.interval"}};
    if (options.sweep_file.empty()) in.trends = backtest::make_trends(in.view, in.settings.generator);
    if (in.plan.entries == backtest::Entries::generator && options.sweep_file.empty()) in.signals = backtest::generator_signals(in.trends, in.plan);
    if (options.signals_file.empty()) return {};
    BF_TRY(const auto text, read_file(options.signals_file));
    auto signals = backtest::read_signals(text, in.view);
    if (!signals) return at_line(options.signals_file, {signals.error().line, trading::sentence_with_field(signals.error().what, trading::Language::en)});
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
    // What is wrong with candles begins with their file's name: the path takes its place.
    const auto name = refusal.where.substr(refusal.where.rfind('/') + 1);
    const bool named = !name.empty() && (refusal.error.starts_with(name + ' ') || refusal.error.starts_with(name + ':') || refusal.error.starts_with(name + ','));
    const auto said = named ? refusal.error.substr(name.size()) : ": " + refusal.error;
    std::fprintf(stderr, "%s%s%s\n", refusal.where.c_str(), said.c_str(), ends ? "" : ".");
    return kUsage;
}

}  // namespace bf::app
