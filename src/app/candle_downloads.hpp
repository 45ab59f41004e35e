// Downloads of candles from the connections' exchanges: paced by the market feeds that trading uses and last in their line; a contract's funding rates
// come after its candles. What has come stands in a part (candle_parts.hpp) until the download ends or is stopped.
#pragma once
#include "app/candle_parts.hpp"
#include "app/funding_fetch.hpp"
#include "connection/book.hpp"
#include "engine/market_feed.hpp"
#include "server/candle_api.hpp"

#include <map>

namespace bf::app {

class CandleDownloads {
public:
    using Download = server::CandleDesk::Download;
    using State = Download::State;

    struct Setup {
        net::Loop& loop;
        connection::Book& book;
        backtest::CandleShelf& shelf;
        CandleParts& parts;
        std::function<engine::MarketFeed&(const connection::Record&)> feed_of;
        /// Tells every listening page.
        std::function<void(const std::function<void(wire::JsonWriter&, exchange::Language)>&)> tell;
        FundingFetch::Setup funding;
    };
    explicit CandleDownloads(Setup setup);
    ~CandleDownloads();
    CandleDownloads(const CandleDownloads&) = delete;
    CandleDownloads& operator=(const CandleDownloads&) = delete;

    Result<std::string> begin(server::CandleDesk::DownloadWish wish);
    Status stop(const std::string& id);
    [[nodiscard]] std::vector<const Download*> all() const;

private:
    struct Job;

    void start(Job& job);
    void step(const std::string& id);
    void again(Job& job, milliseconds delay);
    void take(Job& job, const backtest::CandleDownload::Ask& ask, const std::vector<market::Candle>* list, Instant asked_at);
    void fetch_funding(Job& job);
    void show_funding(Job& job);
    void finish(Job& job, State state);
    void end(Job& job, State state);
    void tell(Job& job, bool at_once);

    Setup setup_;
    std::uint64_t last_id_{0};
    std::map<std::string, std::unique_ptr<Job>> jobs_;
    std::vector<std::string> order_;  ///< Oldest first.
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
