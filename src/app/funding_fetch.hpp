// Fetches one contract's settled funding rates from its exchange and keeps them beside the candles: public questions, one at a time, within half
// of what the exchange lets an address ask, so that trading comes first. What came is on the disk every few seconds and at the end.
#pragma once
#include "backtest/candle_file.hpp"
#include "backtest/funding_download.hpp"
#include "connection/pace.hpp"
#include "connection/world.hpp"
#include "engine/market_feed.hpp"
#include "exchange/public_facts.hpp"
#include "net/loop.hpp"

namespace bf::app {

class FundingFetch {
public:
    struct Setup {
        net::Loop& loop;
        connection::World world;
        std::function<std::optional<connection::Adapter>(exchange::ExchangeId)> adapter_of;
        std::function<connection::Pace*(exchange::ExchangeId)> pace_of;  ///< Null without limits.
        /// Work that takes a while, beside everything else, and what follows it, here.
        std::function<void(std::function<void()> work, std::function<void()> then)> aside;
    };
    struct Told {
        std::size_t settlements{0}, received{0};
        std::optional<Instant> first, last;  ///< What there is.
        std::string problem{};               ///< Why it did not come to its end.
    };
    struct Wish {
        exchange::ExchangeId exchange;
        exchange::Site site;
        market::Symbol pair;
        Instant from;
        std::string path;
    };
    /// `feed`: of the contract's market. `told` hears how it goes on; `ended` once, after which it may be destroyed.
    FundingFetch(const Setup& setup, Wish wish, engine::MarketFeed& feed, std::function<void()> told, std::function<void()> ended);
    ~FundingFetch();
    FundingFetch(const FundingFetch&) = delete;
    FundingFetch& operator=(const FundingFetch&) = delete;

    void start();
    /// What came is kept.
    void stop();
    [[nodiscard]] const Told& shown() const { return shown_; }

private:
    void step();
    void ask(const backtest::FundingDownload::Ask& ask);
    void take(const backtest::FundingDownload::Ask& ask, const exchange::Answer<exchange::SettledRates>& answer);
    void again(milliseconds delay);
    void failed(std::string sentence, std::optional<seconds> wait = {});
    void keep(bool at_the_end);
    void end(std::string problem);
    void show();

    const Setup& setup_;
    Wish wish_;
    engine::MarketFeed& feed_;
    std::function<void()> told_, ended_;
    const exchange::PublicFacts* facts_;
    std::optional<backtest::FundingDownload> machine_;
    Told shown_;
    int failures_{0};
    bool keeping_{false}, ends_{false};
    std::size_t kept_{0};  ///< So many rates are on the disk.
    std::chrono::microseconds kept_at_{0};
    std::optional<ports::Timers::Id> timer_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
