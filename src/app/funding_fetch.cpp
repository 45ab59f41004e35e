#include "app/funding_fetch.hpp"

#include "backtest/funding_shelf.hpp"
#include "exchange/catalogue/replies/public_facts_of.hpp"

namespace bf::app {
namespace {

using backtest::FundingDownload;

constexpr milliseconds kTimeout{10'000}, kKeepEvery{2'000}, kNoTime{500};
constexpr int kFailuresMax = 12, kWithoutTimeMax = 120;

}  // namespace

FundingFetch::FundingFetch(const Setup& setup, Wish wish, engine::MarketFeed& feed, std::function<void()> told, std::function<void()> ended)
    : setup_{setup}, wish_{std::move(wish)}, feed_{feed}, told_{std::move(told)}, ended_{std::move(ended)}, facts_{exchange::public_facts_of(wish_.exchange)} {}

FundingFetch::~FundingFetch() {
    *alive_ = false;
    if (timer_) setup_.loop.cancel(*timer_);
}

void FundingFetch::start() {
    if (facts_ == nullptr) return end("How this exchange tells its funding rates is not known here.");
    auto known = std::make_shared<Result<std::vector<backtest::FundingRate>>>(std::vector<backtest::FundingRate>{});
    setup_.aside([known, path = wish_.path] { *known = backtest::read_kept_funding(path); },
                 [this, known, alive = std::weak_ptr{alive_}] {
                     if (alive.expired()) return;
                     // One that can't be read is fetched anew.
                     auto rates = *known ? std::move(**known) : std::vector<backtest::FundingRate>{};
                     kept_ = rates.size();
                     machine_.emplace(facts_->lists_funding_by_page() ? FundingDownload::Lists::by_page : FundingDownload::Lists::by_time, wish_.from, std::move(rates));
                     show();
                     step();
                 });
}

void FundingFetch::again(milliseconds delay) {
    if (timer_) setup_.loop.cancel(*timer_);
    timer_ = setup_.loop.after(delay, [this] {
        timer_.reset();
        step();
    });
}

void FundingFetch::step() {
    if (ends_) return;
    const auto now = feed_.exchange_now();
    if (!now || feed_.instruments().empty()) {
        if (++failures_ > kWithoutTimeMax) return end("The exchange does not answer: its time or its list of contracts could not be had.");
        return again(kNoTime);
    }
    if (feed_.instrument(wish_.pair) == nullptr) return end("The exchange lists no such contract.");
    const auto next = machine_->next(*now);
    if (!next) return end({});
    ask(*next);
}

void FundingFetch::ask(const FundingDownload::Ask& ask) {
    constexpr auto kMarket = market::Market::futures;
    const auto adapter = setup_.adapter_of(wish_.exchange);
    const auto* instrument = feed_.instrument(wish_.pair);
    const auto now = setup_.world.clock.steady();
    if (auto* pace = setup_.pace_of(wish_.exchange)) {
        if (const auto wait = pace->wait(now, facts_->weighs_as(kMarket), kMarket, connection::Pace::Share::scheduled); wait.count() > 0) return again(wait);
        pace->spend(now, facts_->weighs_as(kMarket), kMarket);
    }
    // Its ticker says which host to ask.
    exchange::Call call;
    call.operation = exchange::Operation::ticker;
    call.market = kMarket;
    call.site = wish_.site;
    call.symbol = wish_.pair;
    exchange::RequestList list;
    if (!adapter || !adapter->calls.write(call, nullptr, setup_.world.clock.wall(), list) || list.size() == 0) return end("The question could not be written.");
    auto request = list[0];
    request.target = facts_->settled_target(*instrument, {ask.from, ask.to, ask.page});
    setup_.world.transport.send(std::move(request), kTimeout, [this, alive = std::weak_ptr{alive_}, call, ask](const Result<wire::Response>& response) {
        if (alive.expired() || ends_) return;
        const auto* contract = feed_.instrument(wish_.pair);
        if (!response || contract == nullptr) return failed("The exchange did not answer");
        take(ask, facts_->settled_rates(*response, {call, setup_.world.clock.wall(), &feed_.instruments()}, *contract));
    });
}

void FundingFetch::failed(std::string sentence, std::optional<seconds> wait) {
    if (++failures_ >= kFailuresMax) return end(std::move(sentence) + ", " + std::to_string(kFailuresMax) + " times in a row. What came until then is kept; start the download again to go on.");
    again(wait ? milliseconds{*wait} : milliseconds{seconds{2}} * (1 << std::min(failures_ - 1, 5)));
}

void FundingFetch::take(const FundingDownload::Ask& ask, const exchange::Answer<exchange::SettledRates>& answer) {
    if (!answer) {
        const auto wait = answer.error().retry_after_s;
        return failed("The exchange refused to tell its funding rates", wait ? std::optional{seconds{std::min<std::int64_t>(*wait, 600)}} : std::nullopt);
    }
    failures_ = 0;
    std::vector<backtest::FundingRate> rates;
    rates.reserve(answer->rates.size());
    for (const auto& one : answer->rates) rates.push_back({one.due, one.rate});
    if (const auto taken = machine_->take(ask, rates, answer->more); !taken) return end(taken.error().detail);
    show();
    told_();
    keep(false);
    // From the loop: an answer may come within the asking.
    again(milliseconds{0});
}

void FundingFetch::show() {
    const auto& rates = machine_->rates();
    shown_.settlements = rates.size();
    shown_.received = machine_->received();
    if (rates.empty()) return;
    shown_.first = rates.front().at;
    shown_.last = rates.back().at;
}

/// The writing is done aside: a disk that is slow holds up nothing here.
void FundingFetch::keep(bool at_the_end) {
    const auto now = setup_.loop.steady();
    if (!machine_ || keeping_ || machine_->rates().size() == kept_ || (!at_the_end && now - kept_at_ < kKeepEvery)) return;
    keeping_ = true;
    kept_at_ = now;
    auto rates = std::make_shared<const std::vector<backtest::FundingRate>>(machine_->rates());
    auto kept = std::make_shared<Status>();
    setup_.aside([rates, kept, path = wish_.path] { *kept = backtest::keep_funding(path, *rates); },
                 [this, rates, kept, alive = std::weak_ptr{alive_}] {
                     if (alive.expired()) return;
                     keeping_ = false;
                     if (*kept)
                         kept_ = rates->size();
                     else if (shown_.problem.empty())
                         shown_.problem = kept->error().detail;
                     if (!ends_) {
                         if (!*kept) end(kept->error().detail);
                         return;
                     }
                     // What came while it was being written.
                     if (*kept) keep(true);
                     if (!keeping_) ended_();
                 });
}

void FundingFetch::end(std::string problem) {
    if (ends_) return;
    ends_ = true;
    shown_.problem = std::move(problem);
    if (timer_) setup_.loop.cancel(*timer_);
    timer_.reset();
    keep(true);
    // Not within start() or a caller's hand.
    if (!keeping_)
        timer_ = setup_.loop.after(milliseconds{0}, [this] {
            timer_.reset();
            ended_();
        });
}

void FundingFetch::stop() { end({}); }

}  // namespace bf::app
