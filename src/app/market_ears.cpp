#include "app/market_ears.hpp"

#include "exchange/catalogue/replies/limits_of.hpp"

#include <algorithm>

namespace bf::app {

MarketEars::MarketEars(MarketKey key, const Setup& setup, Heard heard)
    : key_{key}, heard_{std::move(heard)}, road_{setup.world.transport, setup.book, key.exchange} {
    const engine::MarketFeed::Setup wanted{key.exchange, key.market, key.site, setup.repointed, setup.book.pace_of(key.exchange),
                                           exchange::stream_limits_of(key.exchange, key.market)};
    const connection::World world{setup.world.clock, setup.world.timers, road_, setup.world.signer};
    feed = std::make_unique<engine::MarketFeed>(world, setup.adapter, wanted, setup.loop, *this);
    trends = std::make_unique<engine::TrendFeed>(*feed, world, [this](const engine::TrendNews& news) { heard_.trend(news); });
}

void MarketEars::on_quote(engine::SymbolIndex index, const engine::Quote& quote) {
    if (!quote.bid || !quote.ask) return;
    // On futures nothing is decided on another price than the mark.
    if (key_.market == market::Market::futures && !quote.mark) return;
    const auto confirmed = key_.market == market::Market::futures ? std::min(quote.confirmed, quote.mark_confirmed) : quote.confirmed;
    const trading::Quote told{*quote.bid, *quote.ask, quote.mark.value_or(*quote.bid), feed->wall_of(confirmed), std::nullopt};
    heard_.quote(feed->symbol_of(index), told, quote, confirmed);
}

void MarketEars::on_candle(engine::SymbolIndex index, const market::Candle& candle, engine::CandleNews) { heard_.candle(feed->symbol_of(index), candle); }

void MarketEars::on_instrument(const market::Instrument& instrument, const market::Instrument*) { heard_.instrument(instrument); }

}  // namespace bf::app
