#include "server/backtest_api.hpp"

#include "backtest/funding_file.hpp"
#include "backtest/report_files.hpp"
#include "backtest/report_json.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "trading/fields.hpp"
#include "wire/json.hpp"

#include <algorithm>

namespace bf::server {
namespace {

using backtest::Detail;
using wire::Method;

constexpr std::size_t kCandlesMost = 1500;

/// What a run needs besides its strategy and candles, as they came.
struct Wishes {
    std::string pair;
    std::string funding;  ///< A file's text.
    std::optional<Instant> from, to;
    Decimal equity{10'000}, spread, slippage, funding_rate;
    backtest::FillModel fill{backtest::FillModel::conservative};
};

Result<Wishes, trading::FieldError> read_wishes(wire::JsonValue json) {
    Wishes out;
    const auto amount = [&](std::string_view name, Decimal& into, const Decimal& least, const Decimal& most) -> Result<void, trading::FieldError> {
        const auto value = json[name];
        if (!value.exists()) return {};
        const auto number = value.is_text() ? value.decimal() : std::nullopt;
        if (!number || *number < least || *number > most)
            return Unexpected{trading::FieldError{std::string{name}, "must be a plain decimal number from " + least.to_string() + " to " + most.to_string() + "."}};
        into = *number;
        return {};
    };
    const auto time = [&](std::string_view name, std::optional<Instant>& into) -> Result<void, trading::FieldError> {
        const auto value = json[name];
        if (!value.exists()) return {};
        const auto at = value.integer();
        if (!at || *at < 0) return Unexpected{trading::FieldError{std::string{name}, "must be a time in Unix milliseconds."}};
        into = Instant::from_ms(*at);
        return {};
    };
    const Decimal basis_point = Decimal::from_parts(1, 4), percent = Decimal::from_parts(1, 2);
    BF_TRY_VOID(amount("equity", out.equity, Decimal::from_parts(1, 8), 1'000'000'000'000));
    BF_TRY_VOID(amount("spread_bps", out.spread, 0, 5'000));
    BF_TRY_VOID(amount("slippage_bps", out.slippage, 0, 5'000));
    BF_TRY_VOID(amount("funding_rate_pct", out.funding_rate, -10, 10));
    BF_TRY_VOID(time("from", out.from));
    BF_TRY_VOID(time("to", out.to));
    out.spread = out.spread * basis_point;
    out.slippage = out.slippage * basis_point;
    out.funding_rate = out.funding_rate * percent;
    for (const auto* name : {"strategy", "candles", "pair", "fill", "funding"})
        if (const auto value = json[name]; value.exists() && !value.is_text()) return Unexpected{trading::FieldError{name, "must be text."}};
    out.pair = json["pair"].text().value_or("");
    out.funding = json["funding"].text().value_or("");
    if (!out.funding.empty() && !out.funding_rate.is_zero()) return Unexpected{trading::FieldError{"funding", "can't be given with funding_rate_pct: recorded rates or one rate for all."}};
    const auto fill = json["fill"].text().value_or("conservative");
    if (fill == "touch") out.fill = backtest::FillModel::touch;
    else if (fill != "conservative") return Unexpected{trading::FieldError{"fill", "must be conservative or touch."}};
    return out;
}

ApiReply refused(std::string_view field, std::string sentence) { return problem_reply(422, "not_accepted", "Not accepted", sentence, field); }

}  // namespace

/// One run: what goes in, what came out. Between the two only the other thread touches it.
struct BacktestApi::Job {
    std::string id, set_name;
    Instant at;
    trading::Settings settings;
    std::optional<trading::InstrumentFacts> instrument;
    Wishes wishes;
    std::optional<backtest::CandleSet> set;
    std::optional<ApiReply> failure;

    backtest::Candles candles;
    backtest::TrendSeries trends;
    std::vector<backtest::RecordedSignal> signals;
    std::vector<backtest::FundingRate> funding;
    backtest::Plan plan;
    std::unique_ptr<backtest::CandleIndex> index;
    std::size_t first{0}, last{0};
    backtest::Report report;
    std::optional<backtest::Report> explained;  ///< Made when a group is looked at.

    [[nodiscard]] backtest::Market market() const { return {candles, signals, &trends, first, last}; }
    [[nodiscard]] backtest::Report run(Detail detail) const { return backtest::Run{plan, market(), detail}.fast(*index); }

    void write_head(wire::JsonWriter& out) const {
        out.member("id", id).member("at", at.ms()).member("strategy", plan.rules.name).member("pair", plan.pair).member("market", market::to_string(plan.rules.market));
        out.member("candles", set_name).member("interval_ms", candles.interval.count()).member("from", report.from.ms()).member("to", report.to.ms());
        out.member("fill", backtest::to_string(plan.assumptions.fill)).member("entries", backtest::to_string(plan.entries));
        out.member("listed_instrument", instrument.has_value());
    }
};

void BacktestApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    if (parts.size() == 1) {
        if (request.method == Method::post) return run(request, std::move(done));
        return done(request.method == Method::get ? list() : wrong_method());
    }
    const auto job = find(parts[1]);
    if (job == nullptr) return done(problem_reply(404, "not_found", "Not found", "There is no such back-test any more: the newest twelve are kept until the program is started again. Run it anew."));
    one(job, parts, request, std::move(done));
}

BacktestApi::Shared BacktestApi::find(std::string_view id) const {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Shared& job) { return job->id == id; });
    return found == kept_.end() ? nullptr : *found;
}

ApiReply BacktestApi::list() const {
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("backtests").begin_array();
    for (const auto& job : kept_) {
        out.begin_object();
        job->write_head(out);
        out.member("net_profit", job->report.net_profit).member("groups", job->report.groups).member("max_drawdown", job->report.max_drawdown).end_object();
    }
    out.end_array().end_object();
    return {200, std::move(body)};
}

void BacktestApi::run(const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    auto job = std::make_shared<Job>();
    auto wishes = read_wishes(json->root());
    if (!wishes) return done(refused(wishes.error().field, wishes.error().field + " " + wishes.error().sentence));
    job->wishes = std::move(*wishes);
    if (const auto name = (*json)["strategy"].text()) {
        auto saved = setup_.strategy(*name);
        if (!saved) return done(refused("strategy", "There is no strategy of that name."));
        job->settings = std::move(*saved);
    } else {
        auto settings = trading::read_settings((*json)["settings"]);
        if (!settings) return done(refused(settings.error().field.empty() ? "settings" : settings.error().field, settings.error().sentence));
        job->settings = std::move(*settings);
    }
    if (const auto errors = trading::check(job->settings); !errors.empty()) return done(refused(errors.front().field, errors.front().sentence));
    auto set = shelf_.open(std::string{(*json)["candles"].text().value_or("")});
    if (!set) return done(refused("candles", set.error().detail));
    const auto& key = set->info().key;
    auto& pair = job->wishes.pair;
    const auto& pairs = job->settings.pairs;
    // The candles' own pair if the strategy trades it; any other is the user's express wish.
    if (pair.empty()) pair = std::find(pairs.begin(), pairs.end(), key.pair) != pairs.end() ? key.pair : std::string{};
    if (pair.empty()) return done(refused("pair", "These are candles of " + key.pair + ", which is not among the strategy's pairs. Choose one of its pairs to run it on them nevertheless."));
    if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) return done(refused("pair", "'" + pair + "' is not among the strategy's pairs."));
    job->instrument = setup_.instrument(key);
    job->set_name = key.id();
    job->set = std::move(*set);
    job->id = "b" + std::to_string(++last_);
    job->at = setup_.clock->wall();
    setup_.aside([job] { work(*job); },
                 [this, job, done = std::move(done)] {
                     if (job->failure) return done(std::move(*job->failure));
                     kept_.push_front(job);
                     if (kept_.size() > kKept) kept_.pop_back();
                     std::string body;
                     wire::JsonWriter out{body};
                     out.begin_object().member("id", job->id).end_object();
                     done({201, std::move(body)});
                 });
}

void BacktestApi::work(Job& job) {
    auto candles = job.set->candles();
    if (!candles) return static_cast<void>(job.failure = refused("candles", candles.error().detail));
    job.candles = *candles;
    auto facts = job.instrument.value_or(trading::InstrumentFacts{});
    if (!job.instrument) {
        facts.price_step = job.candles.tick;
        facts.quantity_step = Decimal::from_parts(1, 8);
    }
    job.plan = backtest::make_plan(job.settings, facts, false, job.wishes.pair);
    job.plan.equity = job.wishes.equity;
    job.plan.assumptions.fill = job.wishes.fill;
    job.plan.assumptions.spread = job.wishes.spread;
    job.plan.assumptions.slippage = job.wishes.slippage;
    job.plan.assumptions.funding_rate = job.wishes.funding_rate;
    const auto& time = job.candles.time;
    const auto place = [&](Instant at) { return static_cast<std::size_t>(std::lower_bound(time.begin(), time.end(), at.ms()) - time.begin()); };
    job.first = job.wishes.from ? place(*job.wishes.from) : 0;
    job.last = job.wishes.to ? place(*job.wishes.to) : time.size();
    if (job.first >= job.last) return static_cast<void>(job.failure = refused("from", "There are no candles in this period."));
    if (!job.wishes.funding.empty()) {
        if (job.plan.rules.market != market::Market::futures) return static_cast<void>(job.failure = refused("funding", "Funding is paid on futures only, and this strategy trades spot."));
        auto read = backtest::read_funding(job.wishes.funding, Instant::from_ms(time[job.first]), Instant::from_ms(time[job.last - 1]) + job.candles.interval);
        if (!read) {
            const auto line = read.error().line == 0 ? std::string{} : ", line " + std::to_string(read.error().line);
            return static_cast<void>(job.failure = refused("funding", "The recorded funding" + line + ": " + read.error().sentence + "."));
        }
        job.funding = std::move(*read);
        job.plan.assumptions.funding = job.funding;
    }
    if (job.plan.entries == backtest::Entries::generator && !backtest::can_follow(job.candles, job.settings.generator))
        return static_cast<void>(job.failure = refused("generator.interval", "The generator's interval is shorter than these candles, or no whole number of them: it can't follow them."));
    job.trends = backtest::make_trends(job.candles, job.settings.generator);
    if (job.plan.entries == backtest::Entries::generator) job.signals = backtest::generator_signals(job.trends, job.plan);
    job.index = std::make_unique<backtest::CandleIndex>(job.candles);
    job.report = job.run(Detail::trades);
}

void BacktestApi::one(const Shared& job, const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    const auto what = parts.size() > 2 ? parts[2] : std::string_view{};
    if (parts.size() == 2 && request.method == Method::del) {
        std::erase(kept_, job);
        return done({204, {}});
    }
    const bool known = parts.size() == 2 || (parts.size() == 3 && (what == "candles" || what == "files")) || (parts.size() == 4 && what == "groups");
    if (!known) return done(not_found());
    if (request.method != Method::get) return done(wrong_method());
    // All of it may be long: written on the other thread.
    const auto reply = std::make_shared<ApiReply>();
    const auto finish = [reply, done = std::move(done)] { done(std::move(*reply)); };
    if (parts.size() == 2)
        return setup_.aside([job, reply] {
            wire::JsonWriter out{reply->body};
            out.begin_object();
            job->write_head(out);
            backtest::write_overview(out, job->plan, job->report);
            out.end_object();
        }, finish);
    if (what == "files")
        return setup_.aside([job, reply] {
            if (!job->explained) job->explained = job->run(Detail::explained);
            wire::JsonWriter out{reply->body};
            out.begin_object().member("html", backtest::to_html(job->plan, job->report, job->candles)).member("csv", backtest::to_csv(job->report)).key("json");
            backtest::write_json(out, job->plan, *job->explained);
            out.end_object();
        }, finish);
    if (what == "groups") {
        const auto number = parse_int(parts[3]).value_or(0);
        return setup_.aside([job, reply, number] {
            if (!job->explained) job->explained = job->run(Detail::explained);
            const auto& groups = job->explained->groups_detail;
            const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.number == number; });
            if (found == groups.end()) return static_cast<void>(*reply = not_found());
            wire::JsonWriter out{reply->body};
            backtest::write_group(out, *found, true);
        }, finish);
    }
    const auto since = parse_int(query_value(request.query, "from").value_or("0")), until = parse_int(query_value(request.query, "to").value_or("9007199254740991"));
    if (!since || !until || *since < 0 || *until <= *since) {
        *reply = bad_field("from", "from and to are times in Unix milliseconds, from before to.");
        return finish();
    }
    setup_.aside([job, reply, since = *since, until = *until] {
        wire::JsonWriter out{reply->body};
        out.begin_object();
        backtest::write_bars(out, job->candles, since, until, kCandlesMost);
        out.end_object();
    }, finish);
}

}  // namespace bf::server
