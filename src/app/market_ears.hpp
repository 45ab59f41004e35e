// One market's feed, with its trends, and what of its news trading needs: prices that can be decided on, closed candles, instruments.
#pragma once
#include "app/market_road.hpp"
#include "engine/market_feed.hpp"
#include "engine/trend_feed.hpp"
#include "engine/venue.hpp"
#include "net/loop.hpp"
#include "trading/facts.hpp"

namespace bf::app {

/// A market of an exchange's site.
struct MarketKey {
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{};
    [[nodiscard]] engine::Venue venue() const { return {exchange, site}; }
    friend auto operator<=>(const MarketKey&, const MarketKey&) = default;
};

class MarketEars final : public engine::MarketListener {
public:
    struct Setup {
        net::Loop& loop;
        const connection::World& world;  ///< All of it but the transport's family, which the market chooses.
        connection::Book& book;
        connection::Adapter adapter;
        bool repointed{false};
    };
    struct Heard {
        /// On futures only with a mark; `confirmed` is the older of the two's.
        std::function<void(const market::Symbol&, const trading::Quote&, const engine::Quote& whole, std::chrono::microseconds confirmed)> quote;
        std::function<void(const market::Symbol&, const market::Candle&)> candle;
        std::function<void(const market::Instrument&)> instrument;
        std::function<void(const engine::TrendNews&)> trend;
    };
    MarketEars(MarketKey key, const Setup& setup, Heard heard);

    void on_quote(engine::SymbolIndex index, const engine::Quote& quote) override;
    void on_candle(engine::SymbolIndex index, const market::Candle& candle, engine::CandleNews news) override;
    void on_instrument(const market::Instrument& instrument, const market::Instrument* before) override;

private:
    MarketKey key_;
    Heard heard_;
    MarketRoad road_;  ///< Before the feed, which uses it.

public:
    std::unique_ptr<engine::MarketFeed> feed;
    std::unique_ptr<engine::TrendFeed> trends;
    std::map<market::Symbol, engine::SymbolIndex> followed;
};

}  // namespace bf::app
