// One public socket of a market feed. Included by the feed's own sources only.
#pragma once
#include "engine/market_feed.hpp"

namespace bf::engine {

class MarketFeed::Socket final : public exchange::StreamSink {
public:
    enum class State : std::uint8_t { waiting, opening, live };
    Socket(MarketFeed& feed, std::uint64_t number) : id{number}, feed_{feed} {}

    void on_ticker(const exchange::TickerEvent& event) override { feed_.on_ticker(event); }
    void on_candle(const exchange::CandleEvent& event) override { feed_.on_candle(event); }

    [[nodiscard]] std::chrono::microseconds heard() const { return link && state == State::live ? link->last_heard() : std::chrono::microseconds{0}; }

    std::uint64_t id;
    State state{State::waiting};
    std::vector<SymbolIndex> members{};
    bool suspected{false};  ///< Half of one that was refused: stays apart until it was live.
    int losses{0};          ///< In a row, without having lived for a while.
    std::chrono::microseconds open_after{0};
    std::chrono::microseconds came_up{0};
    std::chrono::microseconds live_since{0};  ///< Or since the last frame that could not be read: it vouches for nothing older.
    std::chrono::microseconds pinged{0};  ///< By the feed, for a price's sake.
    std::unique_ptr<connection::StreamLink> link{};

private:
    MarketFeed& feed_;
};

}  // namespace bf::engine
