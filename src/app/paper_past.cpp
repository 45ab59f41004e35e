#include "app/paper_past.hpp"

#include "exchange/catalogue/replies/public_facts_of.hpp"

#include <algorithm>

namespace bf::app {
namespace {

using backtest::FundingDownload;

constexpr milliseconds kNoRoom{1'000}, kHour{std::chrono::hours{1}};
constexpr int kHoursAsked = 200;

}  // namespace

PaperPast::~PaperPast() {
    for (const auto& [key, job] : jobs_)
        if (job.timer) setup_.world.timers.cancel(*job.timer);
}

milliseconds PaperPast::pause(int failures) { return std::min<milliseconds>(seconds{1} * (1 << std::min(failures, 6)), seconds{60}); }

void PaperPast::again(const Key& key, void (PaperPast::*step)(const Key&), milliseconds delay) {
    auto& timer = jobs_.at(key).timer;
    if (timer) setup_.world.timers.cancel(*timer);
    timer = setup_.world.timers.after(delay, [this, key, step] {
        jobs_.at(key).timer.reset();
        (this->*step)(key);
    });
}

void PaperPast::ask(const paper::Venue& venue, const market::Symbol& symbol, Instant from) {
    const Key key{venue, symbol};
    const auto* facts = exchange::public_facts_of(venue.exchange);
    const auto now = setup_.world.clock.wall();
    if (facts == nullptr || jobs_.contains(key)) return;
    const auto lists = facts->lists_funding_by_page() ? FundingDownload::Lists::by_page : FundingDownload::Lists::by_time;
    jobs_.emplace(key, Job{FundingDownload{lists, from, {}}, {from, now, {}, {}}});
    again(key, &PaperPast::rates, milliseconds{0});
}

void PaperPast::rates(const Key& key) {
    auto& job = jobs_.at(key);
    const auto next = job.rates.next(job.past.to);
    if (!next) return prices(key);
    const auto target = [ask = *next](const exchange::PublicFacts& facts, const market::Instrument& contract) {
        return facts.settled_target(contract, {ask.from, ask.to, ask.page});
    };
    auto take = [this, key, ask = *next, alive = std::weak_ptr<bool>{alive_}](const wire::Response* response, const exchange::Asked& asked, const market::Instrument& contract) {
        if (!alive.expired() && jobs_.contains(key)) took_rates(key, ask, response, asked, contract);
    };
    if (!setup_.market.ask(key.first, key.second, target, std::move(take))) again(key, &PaperPast::rates, kNoRoom);
}

void PaperPast::took_rates(const Key& key, const FundingDownload::Ask& ask, const wire::Response* response, const exchange::Asked& asked, const market::Instrument& contract) {
    auto& job = jobs_.at(key);
    if (response == nullptr) {
        if (++job.unanswered > kUnanswered) return give_up(key);
        return again(key, &PaperPast::rates, pause(job.unanswered));
    }
    const auto answer = exchange::public_facts_of(key.first.exchange)->settled_rates(*response, asked, contract);
    std::vector<backtest::FundingRate> rates;
    if (answer)
        for (const auto& one : answer->rates) rates.push_back({one.due, one.rate});
    if (!answer || !job.rates.take(ask, rates, answer->more)) {
        if (++job.failures >= kTries) return give_up(key);
        return again(key, &PaperPast::rates, answer ? pause(job.failures) : std::max(pause(job.failures), milliseconds{seconds{answer.error().retry_after_s.value_or(0)}}));
    }
    job.failures = job.unanswered = 0;
    again(key, &PaperPast::rates, milliseconds{0});
}

/// What the exchange did not tell, and what lies between two settlements that are too far apart.
void PaperPast::find_holes(Job& job) {
    auto& past = job.past;
    auto last = past.from;
    if (job.gave_up) {
        last = job.rates.at().value_or(past.to);
        past.holes.push_back({past.from, job.rates.at() ? last - milliseconds{1} : last});
    }
    const auto silent = [&](Instant until) {
        if (until - last > kSettledWithin) past.holes.push_back({last, until - milliseconds{1}});
        last = std::max(last, until);
    };
    for (const auto& one : past.settled) silent(one.at);
    silent(past.to);
}

void PaperPast::give_up(const Key& key) {
    jobs_.at(key).gave_up = true;
    prices(key);
}

void PaperPast::prices(const Key& key) {
    auto& job = jobs_.at(key);
    auto& past = job.past;
    if (past.settled.empty()) {
        job.unanswered = 0;
        for (const auto& one : job.rates.rates())
            if (one.at > past.from && one.at <= past.to) past.settled.push_back({one.at, one.rate, std::nullopt});
        job.hours_from = past.settled.empty() ? past.to : past.settled.front().at;
    }
    for (auto& one : past.settled)
        if (const auto price = job.prices.find(one.at); price != job.prices.end()) one.price = price->second;
    const auto unpriced = [&](bool minute) {
        return std::find_if(past.settled.begin(), past.settled.end(), [&](const auto& one) {
            return !one.price && (minute ? !job.minutes_asked.contains(one.at) : one.at >= job.hours_from && one.at + kHour <= past.to);
        });
    };
    if (job.unanswered > kUnanswered) return finish(key);
    if (const auto one = unpriced(false); one != past.settled.end()) return ask_prices(key, market::Interval::h1, one->at, kHoursAsked);
    if (const auto one = unpriced(true); one != past.settled.end()) return ask_prices(key, market::Interval::m1, one->at, 1);
    finish(key);
}

void PaperPast::ask_prices(const Key& key, market::Interval interval, Instant since, int limit) {
    auto take = [this, key, interval, since, limit, alive = std::weak_ptr<bool>{alive_}](const Result<std::vector<market::Candle>>& list) {
        if (alive.expired() || !jobs_.contains(key)) return;
        auto& job = jobs_.at(key);
        if (!list) return again(key, &PaperPast::prices, pause(++job.unanswered));
        job.unanswered = 0;
        for (const auto& candle : *list) job.prices.emplace(candle.open_time, candle.open);
        if (interval == market::Interval::h1) job.hours_from = since + kHour * limit;
        else job.minutes_asked.insert(since);
        again(key, &PaperPast::prices, milliseconds{0});
    };
    setup_.candles(key.first, key.second, interval, since, limit, std::move(take));
}

void PaperPast::finish(const Key& key) {
    auto job = jobs_.extract(key);
    find_holes(job.mapped());
    setup_.told(job.key().first, job.key().second, job.mapped().past);
}

}  // namespace bf::app
