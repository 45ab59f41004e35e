// The hub's bookkeeping, and what everyone may hear: tickers, trades, books, candles, marks.
#include "simulator/kucoin/positions.hpp"
#include "simulator/kucoin/publish.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr std::int64_t kNano = 1'000'000;

struct Interval {
    std::string_view name;
    int minutes;
};
constexpr Interval kIntervals[] = {{"1min", 1},    {"3min", 3},    {"5min", 5},    {"15min", 15},  {"30min", 30},   {"1hour", 60},   {"2hour", 120},
                                   {"4hour", 240}, {"6hour", 360}, {"8hour", 480}, {"12hour", 720}, {"1day", 1440}, {"1week", 10080}};

void write_levels(JsonWriter& out, std::string_view name, const std::vector<Level>& levels, const Instrument& instrument) {
    out.key(name).begin_array();
    for (const auto& level : levels) {
        out.begin_array().amount(level.price);
        if (instrument.is_futures()) out.number(instrument.contracts(level.quantity));
        else out.amount(level.quantity);
        out.end_array();
    }
    out.end_array();
}

}  // namespace

void Hub::join(const std::string& topic, Session& session) { topics_[topic].push_back(&session); }

void Hub::leave(const std::string& topic, Session& session) {
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    std::erase(at->second, &session);
    if (at->second.empty()) topics_.erase(at);
}

void Hub::send(const std::string& topic, const std::string& message) {
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    const auto listeners = at->second;
    for (auto* session : listeners) session->push(message);
}

bool Hub::wants_book(const Instrument& instrument) const {
    return !topics_.empty() && heard((instrument.is_futures() ? "/contractMarket/level2:" : "/market/level2:") + instrument.native);
}

void Hub::on_event(const Event& event) {
    if (const auto* tick = std::get_if<TickEvent>(&event); tick != nullptr && tick->instrument->index == 0) {
        const auto sessions = sessions_;
        for (auto* session : sessions) session->watch(exchange_.true_now());
    }
    if (topics_.empty()) return;  // A simulated month without listeners costs nothing here.
    std::visit([this](const auto& one) { on(one); }, event);
}

void Hub::on(const TradeEvent& event) {
    const Instrument& instrument = *event.instrument;
    const PublicTrade& trade = *event.trade;
    const auto number_text = std::to_string(trade.number);
    if (!instrument.is_futures()) {
        publish("/market/match:" + instrument.native, "trade.l3match", [&](JsonWriter& out) {
            out.member("makerOrderId", "000000000000000000000000").member("price", trade.price).member("sequence", number_text);
            out.member("side", market::to_string(trade.side)).member("size", trade.quantity).member("symbol", instrument.native);
            out.member("takerOrderId", "000000000000000000000000").member("time", std::to_string(trade.at.ms() * kNano));
            out.member("tradeId", number_text).member("type", "match");
        });
        return;
    }
    const auto& market = exchange_.market(instrument);
    publish("/contractMarket/execution:" + instrument.native, "match", [&](JsonWriter& out) {
        out.member("symbol", instrument.native).member("sequence", trade.number).member("side", market::to_string(trade.side));
        number(out, "size", instrument.contracts(trade.quantity));
        out.member("price", trade.price).member("takerOrderId", "0").member("makerOrderId", "0").member("tradeId", number_text);
        out.member("ts", trade.at.ms() * kNano);
    });
    publish("/contractMarket/ticker:" + instrument.native, "ticker", [&](JsonWriter& out) {
        out.member("symbol", instrument.native).member("sequence", trade.number).member("side", market::to_string(trade.side));
        number(out, "size", instrument.contracts(trade.quantity));
        out.member("price", trade.price).member("bestBidPrice", market.best_bid());
        number(out, "bestBidSize", instrument.contracts(market.level_quantity(Side::buy, 0)));
        out.member("bestAskPrice", market.best_ask()).member("tradeId", number_text);
        number(out, "bestAskSize", instrument.contracts(market.level_quantity(Side::sell, 0)));
        out.member("ts", trade.at.ms() * kNano);
    });
}

void Hub::on(const TickEvent& event) {
    if (event.instrument->is_futures()) tick_futures(*event.instrument);
    else tick_spot(*event.instrument);
}

void Hub::tick_spot(const Instrument& instrument) {
    const auto& market = exchange_.market(instrument);
    const auto ticker = [&](JsonWriter& out) {
        out.member("sequence", std::to_string(market.trades().empty() ? 0 : market.trades().back().number)).member("price", market.last());
        out.member("size", market.trades().empty() ? Decimal{} : market.trades().back().quantity).member("bestAsk", market.best_ask());
        out.member("bestAskSize", market.level_quantity(Side::sell, 0)).member("bestBid", market.best_bid());
        out.member("bestBidSize", market.level_quantity(Side::buy, 0)).member("time", exchange_.now().ms());
    };
    publish("/market/ticker:" + instrument.native, "trade.ticker", ticker);
    publish("/market/ticker:all", instrument.native, ticker);
    publish("/spotMarket/level1:" + instrument.native, "level1", [&](JsonWriter& out) {
        out.key("asks").begin_array().amount(market.best_ask()).amount(market.level_quantity(Side::sell, 0)).end_array();
        out.key("bids").begin_array().amount(market.best_bid()).amount(market.level_quantity(Side::buy, 0)).end_array();
        out.member("timestamp", exchange_.now().ms());
    });
    publish("/market/snapshot:" + instrument.native, "trade.snapshot", [&](JsonWriter& out) {
        const auto day = market.day(exchange_.true_now());
        out.member("sequence", std::to_string(exchange_.now().ms())).key("data").begin_object().member("trading", true);
        out.member("symbol", instrument.native).member("symbolCode", instrument.native).member("baseCurrency", instrument.symbol.base);
        out.member("quoteCurrency", instrument.symbol.quote).member("market", "USDS").member("datetime", exchange_.now().ms());
        number(out, "buy", market.best_bid());
        number(out, "sell", market.best_ask());
        number(out, "high", day.high);
        number(out, "low", day.low);
        number(out, "vol", day.volume);
        number(out, "volValue", day.turnover);
        number(out, "open", day.open);
        number(out, "changePrice", market.last() - day.open);
        number(out, "changeRate", Decimal::divide(market.last() - day.open, day.open, 4, Rounding::down).value());
        number(out, "lastTradedPrice", market.last());
        out.member("board", 0).member("mark", 0).end_object();
    });
    depth(instrument, "/spotMarket/level2Depth");
    candles(instrument, "/market/candles:", "trade.candles.update");
}

void Hub::tick_futures(const Instrument& instrument) {
    const auto& market = exchange_.market(instrument);
    const std::int64_t now = exchange_.now().ms();
    publish("/contractMarket/tickerV2:" + instrument.native, "tickerV2", [&](JsonWriter& out) {
        out.member("symbol", instrument.native).member("sequence", now);
        number(out, "bestBidSize", instrument.contracts(market.level_quantity(Side::buy, 0)));
        out.member("bestBidPrice", market.best_bid()).member("bestAskPrice", market.best_ask());
        number(out, "bestAskSize", instrument.contracts(market.level_quantity(Side::sell, 0)));
        out.member("ts", now * kNano);
    });
    publish("/contract/instrument:" + instrument.native, "mark.index.price", [&](JsonWriter& out) {
        number(out, "markPrice", market.price());
        number(out, "indexPrice", market.price());
        out.member("granularity", 1000).member("timestamp", now);
    });
    constexpr std::int64_t kMinute = 60'000;
    if (now % kMinute < 1000) {
        publish("/contract/instrument:" + instrument.native, "funding.rate", [&](JsonWriter& out) {
            write_rate(out, "fundingRate", exchange_.funding_rate(instrument));
            out.member("granularity", static_cast<std::int64_t>(kMinute)).member("timestamp", now);
        });
    }
    publish("/contractMarket/snapshot:" + instrument.native, "snapshot.24h", [&](JsonWriter& out) {
        const auto day = market.day(exchange_.true_now());
        number(out, "volume", day.volume);
        number(out, "turnover", day.turnover);
        number(out, "lastPrice", market.last());
        number(out, "priceChgPct", Decimal::divide(market.last() - day.open, day.open, 4, Rounding::down).value());
        out.member("symbol", instrument.native).member("ts", now * kNano);
    });
    depth(instrument, "/contractMarket/level2Depth");
    candles(instrument, "/contractMarket/limitCandle:", "candle.stick");
}

void Hub::depth(const Instrument& instrument, std::string_view prefix) {
    for (const std::size_t levels : {std::size_t{5}, std::size_t{50}}) {
        const std::string topic = std::string{prefix} + std::to_string(levels) + ':' + instrument.native;
        if (!heard(topic)) continue;
        const auto book = exchange_.book(instrument, levels);
        publish(topic, "level2", [&](JsonWriter& out) {
            write_levels(out, "asks", book.asks, instrument);
            write_levels(out, "bids", book.bids, instrument);
            if (instrument.is_futures()) out.member("sequence", book.sequence).member("ts", exchange_.now().ms());
            out.member("timestamp", exchange_.now().ms());
        });
    }
}

void Hub::candles(const Instrument& instrument, std::string_view prefix, std::string_view subject) {
    for (const auto& interval : kIntervals) {
        const std::string topic = std::string{prefix} + instrument.native + '_' + std::string{interval.name};
        if (!heard(topic)) continue;
        const std::int64_t width = interval.minutes * std::int64_t{60'000};
        const Instant now = exchange_.true_now();
        const Instant open = Instant::from_ms(now.ms() - now.ms() % width);
        const auto rows = exchange_.market(instrument).candles(interval.minutes, open, now);
        if (rows.empty()) continue;
        const Candle& row = rows.back();
        publish(topic, subject, [&](JsonWriter& out) {
            const Decimal volume = instrument.is_futures() ? instrument.contracts(row.volume) : row.volume;
            out.member("symbol", instrument.native).key("candles").begin_array().text(std::to_string(row.open_time.ms() / 1000)).amount(row.open);
            out.amount(row.close).amount(row.high).amount(row.low).amount(volume);
            // On futures the sixth is wrong at the exchange, says its reference; readers take the seventh.
            out.amount(instrument.is_futures() ? volume : row.turnover).end_array();
            out.member("time", instrument.is_futures() ? exchange_.now().ms() : exchange_.now().ms() * kNano);
        });
    }
}

void Hub::on(const BookEvent& event) {
    const Instrument& instrument = *event.instrument;
    if (instrument.is_futures()) {
        std::uint64_t sequence = event.first_sequence;
        for (const auto& change : event.changes) {
            publish("/contractMarket/level2:" + instrument.native, "level2", [&](JsonWriter& out) {
                const std::string text = change.price.to_string() + ',' + std::string{market::to_string(change.side)} + ',' +
                                         instrument.contracts(change.quantity).to_string();
                out.member("sequence", sequence).member("change", text).member("timestamp", exchange_.now().ms());
            });
            ++sequence;
        }
        return;
    }
    publish("/market/level2:" + instrument.native, "trade.l2update", [&](JsonWriter& out) {
        out.key("changes").begin_object();
        for (const auto& [name, side] : {std::pair{"asks", Side::sell}, std::pair{"bids", Side::buy}}) {
            out.key(name).begin_array();
            std::uint64_t sequence = event.first_sequence;
            for (const auto& change : event.changes) {
                if (change.side == side) out.begin_array().amount(change.price).amount(change.quantity).text(std::to_string(sequence)).end_array();
                ++sequence;
            }
            out.end_array();
        }
        out.end_object().member("sequenceEnd", event.first_sequence + event.changes.size() - 1).member("sequenceStart", event.first_sequence);
        out.member("symbol", instrument.native).member("time", exchange_.now().ms());
    });
}

}  // namespace bf::simulator::kucoin
