#include "server/backtest_api.hpp"

#include "backtest/example_strategy.hpp"
#include "backtest/report_files.hpp"
#include "backtest/report_json.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using backtest::Detail;
using wire::Method;

constexpr std::size_t kCandlesMost = 1500;

}  // namespace

/// One run: what goes in, what came out. Between the two only the other thread touches it.
struct BacktestApi::Job {
    std::string id;
    Instant at;
    BacktestAsked asked;
    std::optional<ApiReply> failure;

    backtest::Candles candles;
    backtest::TrendSeries trends;
    std::vector<backtest::RecordedSignal> signals;
    std::vector<backtest::FundingRate> funding;
    backtest::Plan plan;
    std::unique_ptr<backtest::CandleIndex> index;
    std::size_t first{0}, last{0};
    backtest::Report report;
    std::array<std::optional<backtest::Report>, 2> explained;  ///< By language; made when a group is looked at.

    [[nodiscard]] backtest::Market market() const { return {candles, signals, &trends, first, last}; }
    [[nodiscard]] backtest::Report run(const backtest::Plan& one, Detail detail) const { return backtest::Run{one, market(), detail}.fast(*index); }
    [[nodiscard]] backtest::Plan plan_in(exchange::Language language) const {
        auto one = plan;
        one.language = language;
        return one;
    }
    const backtest::Report& explain(exchange::Language language) {
        auto& made = explained[static_cast<std::size_t>(language)];
        if (!made) made = run(plan_in(language), Detail::explained);
        return *made;
    }

    void write_head(wire::JsonWriter& out) const {
        out.member("id", id).member("at", at.ms()).member("strategy", plan.rules.name).member("pair", plan.pair).member("market", market::to_string(plan.rules.market));
        out.member("candles", asked.set_name).member("interval_ms", candles.interval.count()).member("from", report.from.ms()).member("to", report.to.ms());
        out.member("fill", backtest::to_string(plan.assumptions.fill)).member("entries", backtest::to_string(plan.entries));
        out.member("listed_instrument", asked.instrument.has_value());
    }
};

void BacktestApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    if (parts.size() == 1) {
        if (request.method == Method::post) return run(request, std::move(done));
        return done(request.method == Method::get ? list() : wrong_method());
    }
    if (parts.size() == 2 && parts[1] == "example") return done(request.method == Method::get ? example() : wrong_method());
    const auto job = find(parts[1]);
    if (job == nullptr) return done(problem_reply(404, "not_found", "Not found", "There is no such back-test any more: the newest twelve are kept until the program is started again. Run it anew."));
    one(job, parts, request, std::move(done));
}

ApiReply BacktestApi::example() { return {200, std::string{R"({"settings":)"}.append(backtest::example_strategy()).append("}")}; }

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
    auto asked = read_asked(json->root(), setup_.places, request.language);
    if (!asked) return done(std::move(asked).error());
    job->asked = std::move(*asked);
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
    auto ground = lay_ground(job.asked);
    if (!ground) return static_cast<void>(job.failure = std::move(ground).error());
    job.candles = ground->candles;
    job.funding = std::move(ground->funding);
    job.plan = std::move(ground->plan);
    job.first = ground->first;
    job.last = ground->last;
    const auto& generator = job.asked.settings.generator;
    job.trends = backtest::make_trends(job.candles, generator);
    job.signals = std::move(ground->signals);
    if (job.plan.entries == backtest::Entries::generator) job.signals = backtest::generator_signals(job.trends, job.plan);
    job.index = std::make_unique<backtest::CandleIndex>(job.candles);
    job.report = job.run(job.plan, Detail::trades);
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
    const auto language = request.language;
    if (parts.size() == 2)
        return setup_.aside([job, reply, language] {
            wire::JsonWriter out{reply->body};
            out.begin_object();
            job->write_head(out);
            backtest::write_overview(out, job->plan_in(language), job->report);
            out.end_object();
        }, finish);
    if (what == "files")
        return setup_.aside([job, reply] {
            wire::JsonWriter out{reply->body};
            out.begin_object().member("html", backtest::to_html(job->plan, job->report, job->candles)).member("csv", backtest::to_csv(job->report)).key("json");
            backtest::write_json(out, job->plan, job->explain(exchange::Language::en));
            out.end_object();
        }, finish);
    if (what == "groups") {
        const auto number = parse_int(parts[3]).value_or(0);
        return setup_.aside([job, reply, number, language] {
            const auto& groups = job->explain(language).groups_detail;
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
