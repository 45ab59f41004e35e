// What changed in trading, told to every listening page: each message once, in each page's language.
#pragma once
#include "engine/market_feed.hpp"
#include "engine/trader.hpp"
#include "exchange/problem.hpp"
#include "ports/clock.hpp"
#include "wire/json_writer.hpp"

#include <functional>

namespace bf::app {

class TradingNews {
public:
    /// Once for each language.
    using Tell = std::function<void(const std::function<void(wire::JsonWriter&, exchange::Language)>&)>;
    /// The clock and the trader outlive it.
    TradingNews(Tell tell, const ports::Clock& clock, const engine::Trader& trader) : tell_{std::move(tell)}, clock_{clock}, trader_{trader} {}

    void strategy(const engine::Strategy& strategy) const;
    void strategy_removed(const std::string& id) const;
    void group(const engine::LiveGroup& group) const;
    void decision(const ports::StoredDecision& decision) const;
    void alarm(const ports::StoredAlarm& alarm) const;
    void history_stored() const;
    void alarms_stored(const ports::StoredAlarm& last) const;
    void account(const std::string& connection) const;
    void modes() const;
    void price(const std::string& connection, const market::Symbol& symbol, const engine::Quote& quote) const;
    void candle(const std::string& connection, const market::Symbol& symbol, const market::Candle& candle) const;

private:
    Tell tell_;
    const ports::Clock& clock_;
    const engine::Trader& trader_;
};

}  // namespace bf::app
