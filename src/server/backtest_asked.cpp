#include "server/backtest_asked.hpp"

#include "backtest/candle_words.hpp"
#include "backtest/funding_file.hpp"
#include "backtest/signal_file.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"

#include <algorithm>

namespace bf::server {
namespace {

using exchange::Language;
using Read = Result<void, ApiReply>;

std::string in(Language language, std::string english, std::string dutch) { return language == Language::nl ? std::move(dutch) : std::move(english); }

Unexpected<ApiReply> refused_setting(const trading::FieldError& error, Language language) {
    return Unexpected{refused_field(error.field.empty() ? "settings" : error.field, trading::sentence(error, language))};
}

Read read_amount(wire::JsonValue value, std::string_view name, Decimal& into, const Decimal& least, const Decimal& most) {
    if (!value.exists()) return {};
    const auto number = value.is_text() ? value.decimal() : std::nullopt;
    if (!number || *number < least || *number > most)
        return Unexpected{refused_field(name, std::string{name} + " must be a plain decimal number from " + least.to_string() + " to " + most.to_string() + ".")};
    into = *number;
    return {};
}

Read read_time(wire::JsonValue value, std::string_view name, std::optional<Instant>& into) {
    if (!value.exists()) return {};
    const auto at = value.integer();
    if (!at || *at < 0) return Unexpected{refused_field(name, std::string{name} + " must be a time in Unix milliseconds.")};
    into = Instant::from_ms(*at);
    return {};
}

Read read_assumptions(wire::JsonValue json, BacktestAsked& out) {
    BF_TRY_VOID(read_amount(json["equity"], "equity", out.equity, Decimal::from_parts(1, 8), 1'000'000'000'000));
    BF_TRY_VOID(read_amount(json["spread_bps"], "spread_bps", out.spread_bps, 0, 5'000));
    BF_TRY_VOID(read_amount(json["slippage_bps"], "slippage_bps", out.slippage_bps, 0, 5'000));
    BF_TRY_VOID(read_amount(json["funding_rate_pct"], "funding_rate_pct", out.funding_rate_pct, -10, 10));
    BF_TRY_VOID(read_time(json["from"], "from", out.from));
    BF_TRY_VOID(read_time(json["to"], "to", out.to));
    for (const auto* name : {"strategy", "candles", "pair", "fill", "funding", "signals"})
        if (const auto value = json[name]; value.exists() && !value.is_text()) return Unexpected{refused_field(name, std::string{name} + " must be text.")};
    out.pair = json["pair"].text().value_or("");
    out.funding = json["funding"].text().value_or("");
    out.signals = json["signals"].text().value_or("");
    if (const auto fetched = json["fetched_funding"]; fetched.exists()) {
        if (!fetched.boolean()) return Unexpected{refused_field("fetched_funding", "fetched_funding must be true or false.")};
        out.fetched_funding = *fetched.boolean();
    }
    if (!out.funding.empty() && !out.funding_rate_pct.is_zero())
        return Unexpected{refused_field("funding", "funding can't be given with funding_rate_pct: recorded rates or one rate for all.")};
    const auto fill = json["fill"].text().value_or("conservative");
    if (fill == "touch") out.fill = backtest::FillModel::touch;
    else if (fill != "conservative") return Unexpected{refused_field("fill", "fill must be conservative or touch.")};
    return {};
}

Result<trading::Settings, ApiReply> read_strategy(wire::JsonValue json, const BacktestPlaces& places, Language language) {
    if (const auto name = json["strategy"].text()) {
        auto saved = places.strategy(*name);
        if (!saved) return Unexpected{refused_field("strategy", in(language, "There is no strategy of that name.", "Er is geen strategie met die naam."))};
        return std::move(*saved);
    }
    auto settings = trading::read_settings(json["settings"]);
    if (!settings) return refused_setting(settings.error(), language);
    return std::move(*settings);
}

/// What the exchange settled, fetched beside the candles: where it reaches over the whole period it counts, and either way it is told.
void lay_fetched_funding(const BacktestAsked& asked, BacktestGround& out) {
    if (!asked.fetched_funding || !asked.funding.empty() || !asked.funding_rate_pct.is_zero() || asked.funding_path.empty()) return;
    const auto& time = out.candles.time;
    const auto from = Instant::from_ms(time[out.first]), to = Instant::from_ms(time[out.last - 1]) + out.candles.interval;
    auto fetched = backtest::fetched_funding(asked.funding_path, asked.set->info().key.exchange, from, to);
    out.funding = std::move(fetched.rates);
    out.plan.assumptions.funding = out.funding;
    out.plan.assumptions.funding_told = std::move(fetched.told);
}

Read lay_signals(const BacktestAsked& asked, BacktestGround& out) {
    if (asked.signals.empty()) return {};
    auto signals = backtest::read_signals(asked.signals, out.candles);
    if (!signals) {
        const auto line = std::to_string(signals.error().line), why = trading::sentence_with_field(signals.error().what, asked.language);
        return Unexpected{refused_field("signals", in(asked.language, "The recorded signals, line " + line + ": " + why + ".", "De opgenomen signalen, regel " + line + ": " + why + "."))};
    }
    // Those for the strategy's other pairs are no concern of these candles.
    std::erase_if(*signals, [&](const auto& one) {
        const auto& pairs = asked.settings.pairs;
        return one.signal.pair != out.plan.pair && std::find(pairs.begin(), pairs.end(), one.signal.pair) != pairs.end();
    });
    if (signals->empty()) return Unexpected{refused_field("signals", in(asked.language, "There are no signals for " + out.plan.pair + " in them.", "Er zijn geen signalen voor " + out.plan.pair + " bij."))};
    out.signals = std::move(*signals);
    return {};
}

}  // namespace

ApiReply refused_field(std::string_view field, std::string sentence) { return problem_reply(422, "not_accepted", "Not accepted", sentence, field); }

Result<BacktestAsked, ApiReply> read_asked(wire::JsonValue json, const BacktestPlaces& places, Language language) {
    BacktestAsked out;
    out.language = language;
    BF_TRY_VOID(read_assumptions(json, out));
    BF_TRY(out.settings, read_strategy(json, places, language));
    if (const auto errors = trading::check(out.settings); !errors.empty()) return refused_setting(errors.front(), language);
    auto set = backtest::CandleShelf{places.folder}.open(std::string{json["candles"].text().value_or("")});
    if (!set) return Unexpected{refused_field("candles", set.error().detail)};
    const auto& key = set->info().key;
    const auto& pairs = out.settings.pairs;
    // The candles' own pair if the strategy trades it; any other is the user's express wish.
    if (out.pair.empty()) out.pair = std::find(pairs.begin(), pairs.end(), key.pair) != pairs.end() ? key.pair : std::string{};
    if (out.pair.empty())
        return Unexpected{refused_field("pair", in(language, "These are candles of " + key.pair + ", which is not among the strategy's pairs. Choose one of its pairs to run it on them nevertheless.",
                                                    "Dit zijn candles van " + key.pair + ", en dat staat niet bij de paren van de strategie. Kies een van haar paren om haar er toch op te laten lopen."))};
    if (std::find(pairs.begin(), pairs.end(), out.pair) == pairs.end()) return Unexpected{refused_field("pair", in(language, "'" + out.pair + "' is not among the strategy's pairs.", "'" + out.pair + "' staat niet bij de paren van de strategie."))};
    out.instrument = places.instrument(key);
    if (out.settings.market == market::Market::futures && backtest::has_funding(key)) out.funding_path = backtest::funding_path(places.folder, key);
    out.folder = places.folder;
    out.set_name = key.id();
    out.set = std::move(*set);
    return out;
}

void write_asked(wire::JsonWriter& out, const BacktestAsked& asked, const trading::Settings& settings) {
    out.key("settings");
    trading::write_json(out, settings);
    out.member("candles", asked.set_name).member("pair", asked.pair);
    if (asked.from) out.member("from", asked.from->ms());
    if (asked.to) out.member("to", asked.to->ms());
    out.member("equity", asked.equity).member("fill", backtest::to_string(asked.fill)).member("spread_bps", asked.spread_bps);
    out.member("slippage_bps", asked.slippage_bps).member("funding_rate_pct", asked.funding_rate_pct);
    if (!asked.funding.empty()) out.member("funding", asked.funding);
    if (!asked.signals.empty()) out.member("signals", asked.signals);
    if (!asked.fetched_funding) out.member("fetched_funding", false);
}

backtest::Plan plan_of(const BacktestAsked& asked, const backtest::Candles& candles) {
    const auto facts = asked.instrument.value_or(backtest::default_instrument(candles));
    const Decimal basis_point = Decimal::from_parts(1, 4), percent = Decimal::from_parts(1, 2);
    auto plan = backtest::make_plan(asked.settings, facts, !asked.signals.empty(), asked.pair);
    plan.equity = asked.equity;
    plan.assumptions.fill = asked.fill;
    plan.assumptions.spread = asked.spread_bps * basis_point;
    plan.assumptions.slippage = asked.slippage_bps * basis_point;
    plan.assumptions.funding_rate = asked.funding_rate_pct * percent;
    return plan;
}

Result<BacktestGround, ApiReply> lay_ground(const BacktestAsked& asked) {
    auto candles = asked.set->candles();
    if (!candles) return Unexpected{refused_field("candles", candles.error().detail)};
    BacktestGround out{.candles = *candles, .plan = plan_of(asked, *candles)};
    const auto& time = out.candles.time;
    const auto place = [&](Instant at) { return static_cast<std::size_t>(std::lower_bound(time.begin(), time.end(), at.ms()) - time.begin()); };
    out.first = asked.from ? place(*asked.from) : 0;
    out.last = asked.to ? place(*asked.to) : time.size();
    const std::pair reach{backtest::moment_text(time.front()), backtest::moment_text(time.back())};
    if (out.first >= out.last)
        return Unexpected{refused_field("from", in(asked.language, "There are no candles in this period: they reach from " + reach.first + " to " + reach.second + ".",
                                                    "Er zijn geen candles in deze periode: ze lopen van " + reach.first + " tot " + reach.second + "."))};
    auto empty = asked.set->empty_at_exchange(time[out.first], time[out.last - 1]);
    if (!empty) return Unexpected{refused_field("candles", empty.error().detail)};
    out.plan.assumptions.empty_candles = *empty;
    const auto until = time[out.last - 1] + out.candles.interval.count();
    out.plan.assumptions.seconds_set = backtest::CandleShelf{asked.folder}.seconds_beside(asked.set->info().key, time[out.first], until).value_or("");
    BF_TRY_VOID(lay_signals(asked, out));
    lay_fetched_funding(asked, out);
    if (!asked.funding.empty()) {
        if (out.plan.rules.market != market::Market::futures) return Unexpected{refused_field("funding", in(asked.language, "Funding is paid on futures only, and this strategy trades spot.", "Funding wordt alleen op futures betaald, en deze strategie handelt spot."))};
        auto read = backtest::read_funding(asked.funding, Instant::from_ms(time[out.first]), Instant::from_ms(time[out.last - 1]) + out.candles.interval);
        if (!read) {
            const auto line = read.error().line == 0 ? std::string{} : ", line " + std::to_string(read.error().line);
            return Unexpected{refused_field("funding", "The recorded funding" + line + ": " + read.error().sentence + ".")};
        }
        out.funding = std::move(*read);
        out.plan.assumptions.funding = out.funding;
    }
    if (out.plan.entries == backtest::Entries::generator && !backtest::can_follow(out.candles, asked.settings.generator))
        return Unexpected{refused_field("generator.interval", in(asked.language, "The generator's interval is shorter than these candles, or no whole number of them: it can't follow them.",
                                                                   "Het interval van de generator is korter dan deze candles, of geen geheel aantal ervan: zo kan hij ze niet volgen."))};
    return out;
}

}  // namespace bf::server
