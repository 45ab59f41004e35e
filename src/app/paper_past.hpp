// Finds out what a contract's real exchange settled as funding while nothing ran, and what the contract cost at each settlement: its settled
// rates, and the opening prices of its hours (of a minute, where an hour is not over yet). One question at a time for each contract, behind
// what trading asks. An exchange that gives no answer is asked for hours, since nothing trades then anyway; one that answers and does not
// tell its rates is believed after kTries. What is not told stays a hole. Nothing is made up.
#pragma once
#include "app/paper_market.hpp"
#include "backtest/funding_download.hpp"

namespace bf::app {

class PaperPast {
public:
    static constexpr int kTries = 6;
    static constexpr int kUnanswered = 200;  ///< A minute apart at last: some three hours.
    /// Exchanges settle at least once in that long: a longer silence is a hole in what they tell.
    static constexpr milliseconds kSettledWithin{std::chrono::hours{24}};
    using CandlesDone = std::function<void(Result<std::vector<market::Candle>>)>;
    struct Setup {
        connection::World world;  ///< The real one.
        PaperMarket& market;
        std::function<void(const paper::Venue&, const market::Symbol&, const paper::PastFunding&)> told;
        std::function<void(const paper::Venue&, const market::Symbol&, market::Interval, Instant since, int limit, CandlesDone)> candles;
    };
    explicit PaperPast(Setup setup) : setup_{std::move(setup)} {}
    ~PaperPast();
    PaperPast(const PaperPast&) = delete;
    PaperPast& operator=(const PaperPast&) = delete;

    /// Told at last. A contract that is being looked at is not looked at twice.
    void ask(const paper::Venue& venue, const market::Symbol& symbol, Instant from);

private:
    using Key = std::pair<paper::Venue, market::Symbol>;
    struct Job {
        backtest::FundingDownload rates;
        paper::PastFunding past;
        std::map<Instant, Decimal> prices{};
        Instant hours_from{};          ///< Hours before it were listed.
        std::set<Instant> minutes_asked{};
        int failures{0};    ///< Answers in a row that tell no rates.
        int unanswered{0};  ///< Questions in a row.
        bool gave_up{false};           ///< Rates older than those that came are not told.
        std::optional<ports::Timers::Id> timer{};
    };
    void rates(const Key& key);
    void took_rates(const Key& key, const backtest::FundingDownload::Ask& ask, const wire::Response* response, const exchange::Asked& asked, const market::Instrument& contract);
    void prices(const Key& key);
    void ask_prices(const Key& key, market::Interval interval, Instant since, int limit);
    void finish(const Key& key);
    void again(const Key& key, void (PaperPast::*step)(const Key&), milliseconds delay);
    /// After what failed: so much later, the more often the longer.
    [[nodiscard]] static milliseconds pause(int failures);
    void give_up(const Key& key);
    static void find_holes(Job& job);

    Setup setup_;
    std::map<Key, Job> jobs_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
