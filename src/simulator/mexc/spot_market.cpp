// Spot market data. Source: spot v3 reference, "Market Data Endpoints".
#include "simulator/mexc/routes.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <limits>

namespace bf::simulator::mexc {
namespace {

wire::Response bad_symbol() { return spot_error(-1121, "Invalid symbol."); }

/// Those named by `symbol` or `symbols`, or all; nothing for a name that is none.
std::optional<std::vector<const Instrument*>> chosen(const Ask& ask) {
    std::vector<const Instrument*> list;
    const auto names = ask.parameter("symbols").empty() ? split_list(ask.parameter("symbol")) : split_list(ask.parameter("symbols"));
    for (const auto& name : names) {
        const Instrument* instrument = spot_instrument(ask.exchange, name);
        if (instrument == nullptr) return std::nullopt;
        list.push_back(instrument);
    }
    if (names.empty())
        for (const auto& instrument : ask.exchange.instruments())
            if (!instrument.is_futures()) list.push_back(&instrument);
    return list;
}

wire::Response ping(Ask&) {
    return spot_ok([](JsonWriter& out) { out.begin_object().end_object(); });
}

wire::Response time(Ask& ask) {
    return spot_ok([&](JsonWriter& out) { out.begin_object().member("serverTime", ask.exchange.now().ms()).end_object(); });
}

void write_symbol(JsonWriter& out, const Instrument& instrument) {
    out.begin_object().member("symbol", instrument.native).member("status", "1");
    out.member("baseAsset", instrument.symbol.base).member("baseAssetPrecision", digits_of(instrument.quantity_step));
    out.member("quoteAsset", instrument.symbol.quote).member("quotePrecision", digits_of(instrument.price_step));
    out.member("quoteAssetPrecision", digits_of(instrument.price_step)).member("baseCommissionPrecision", digits_of(instrument.quantity_step));
    out.member("quoteCommissionPrecision", digits_of(instrument.price_step)).key("orderTypes").begin_array().text("LIMIT");
    if (takes_market_orders(instrument)) out.text("MARKET");
    out.text("LIMIT_MAKER").text("IMMEDIATE_OR_CANCEL").text("FILL_OR_KILL").end_array();
    out.member("isSpotTradingAllowed", instrument.api_tradable).member("isMarginTradingAllowed", false);
    // Minimums, despite their names.
    out.member("quoteAmountPrecision", instrument.min_notional).member("baseSizePrecision", instrument.min_quantity);
    out.key("permissions").begin_array().text("SPOT").end_array().key("filters").begin_array().end_array();
    out.member("maxQuoteAmount", instrument.max_notional).member("makerCommission", instrument.maker_fee).member("takerCommission", instrument.taker_fee);
    out.member("quoteAmountPrecisionMarket", instrument.min_notional).member("maxQuoteAmountMarket", "100000");
    out.member("fullName", instrument.symbol.base).member("tradeSideType", 1).end_object();
}

wire::Response exchange_info(Ask& ask) {
    const auto list = chosen(ask);
    if (!list) return bad_symbol();
    return spot_ok([&](JsonWriter& out) {
        out.begin_object().member("timezone", "CST").member("serverTime", ask.exchange.now().ms()).key("rateLimits").begin_array().end_array();
        out.key("exchangeFilters").begin_array().end_array().key("symbols").begin_array();
        for (const auto* instrument : *list) write_symbol(out, *instrument);
        out.end_array().end_object();
    });
}

void write_symbol_names(JsonWriter& out, const Exchange& exchange) {
    out.begin_object().member("code", 200).key("data").begin_array();
    for (const auto& instrument : exchange.instruments())
        if (!instrument.is_futures() && instrument.api_tradable) out.text(instrument.native);
    out.end_array().member("msg", nullptr).end_object();
}

wire::Response symbol_names(Ask& ask) {
    return spot_ok([&](JsonWriter& out) { write_symbol_names(out, ask.exchange); });
}

wire::Response offline(Ask&) {
    return spot_ok([](JsonWriter& out) { out.begin_object().key("data").begin_array().end_array().end_object(); });
}

wire::Response depth(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return bad_symbol();
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(100), 1, 5000));
    const auto book = ask.exchange.book(*instrument, limit);
    return spot_ok([&](JsonWriter& out) {
        out.begin_object().member("lastUpdateId", book.sequence);
        for (const auto& [name, levels] : {std::pair{"bids", &book.bids}, {"asks", &book.asks}}) {
            out.key(name).begin_array();
            for (const auto& level : *levels) out.begin_array().amount(level.price).amount(level.quantity).end_array();
            out.end_array();
        }
        out.member("timestamp", ask.exchange.now().ms()).end_object();
    });
}

wire::Response trades(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return bad_symbol();
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(500), 1, 1000));
    const auto& list = ask.exchange.market(*instrument).trades();
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        std::size_t count = 0;
        for (auto at = list.rbegin(); at != list.rend() && count < limit; ++at, ++count) {
            out.begin_object().member("id", nullptr).member("price", at->price).member("qty", at->quantity).member("quoteQty", at->price * at->quantity);
            out.member("time", at->at.ms()).member("isBuyerMaker", at->side == Side::sell).member("isBestMatch", true);
            out.member("tradeType", at->side == Side::sell ? "ASK" : "BID").end_object();
        }
        out.end_array();
    });
}

wire::Response aggregated_trades(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return bad_symbol();
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(500), 1, 1000));
    const auto start = parse_int(ask.parameter("startTime")).value_or(0);
    const auto end = parse_int(ask.parameter("endTime")).value_or(std::numeric_limits<std::int64_t>::max());
    const auto& list = ask.exchange.market(*instrument).trades();
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        std::size_t count = 0;
        for (auto at = list.rbegin(); at != list.rend() && count < limit; ++at) {
            if (at->at.ms() < start || at->at.ms() > end) continue;
            ++count;
            out.begin_object().member("a", nullptr).member("f", nullptr).member("l", nullptr).member("p", at->price).member("q", at->quantity);
            out.member("T", at->at.ms()).member("m", at->side == Side::sell).member("M", true).end_object();
        }
        out.end_array();
    });
}

wire::Response klines(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return bad_symbol();
    const auto known = intervals();
    const auto interval = std::find_if(known.begin(), known.end(), [&](const SpotInterval& one) { return one.name == ask.parameter("interval"); });
    if (interval == known.end()) return spot_error(-1121, "Invalid interval.");
    const auto limit = std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(500), 1, 1000);
    const milliseconds span{interval->minutes * 60'000LL};
    const auto start = parse_int(ask.parameter("startTime")), end = parse_int(ask.parameter("endTime"));
    const Instant to = end ? Instant::from_ms(*end) : start ? Instant::from_ms(*start) + span * (limit - 1) : ask.exchange.true_now();
    const Instant from = start ? Instant::from_ms(*start) : to - span * limit;
    auto candles = ask.exchange.market(*instrument).candles(interval->minutes, from, to);
    const auto most = static_cast<std::size_t>(limit);
    if (candles.size() > most && start) candles.resize(most);
    if (candles.size() > most) candles.erase(candles.begin(), candles.end() - static_cast<std::ptrdiff_t>(most));
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& candle : candles) {
            out.begin_array().number(candle.open_time.ms()).amount(candle.open).amount(candle.high).amount(candle.low).amount(candle.close);
            out.amount(candle.volume).number((candle.open_time + span).ms()).amount(candle.turnover).end_array();
        }
        out.end_array();
    });
}

template <class Write>
wire::Response one_or_all(Ask& ask, Write&& write) {
    const auto list = chosen(ask);
    if (!list) return bad_symbol();
    return spot_ok([&](JsonWriter& out) {
        const bool one = !ask.parameter("symbol").empty();
        if (!one) out.begin_array();
        for (const auto* instrument : *list) {
            out.begin_object().member("symbol", instrument->native);
            write(out, *instrument);
            out.end_object();
        }
        if (!one) out.end_array();
    });
}

wire::Response ticker_day(Ask& ask) {
    return one_or_all(ask, [&](JsonWriter& out, const Instrument& instrument) {
        const auto& market = ask.exchange.market(instrument);
        const auto day = market.day(ask.exchange.true_now());
        const Decimal change = market.last() - day.open;
        out.member("priceChange", change).member("priceChangePercent", Decimal::divide(change, day.open, 8, Rounding::towards_zero).value());
        out.member("prevClosePrice", day.open).member("lastPrice", market.last()).member("bidPrice", market.best_bid());
        out.member("bidQty", market.level_quantity(Side::buy, 0)).member("askPrice", market.best_ask()).member("askQty", market.level_quantity(Side::sell, 0));
        out.member("openPrice", day.open).member("highPrice", day.high).member("lowPrice", day.low).member("volume", day.volume);
        out.member("quoteVolume", day.turnover).member("openTime", ask.exchange.now().ms() - 86'400'000).member("closeTime", ask.exchange.now().ms());
        out.member("count", nullptr);
    });
}

wire::Response ticker_price(Ask& ask) {
    return one_or_all(ask, [&](JsonWriter& out, const Instrument& instrument) { out.member("price", ask.exchange.market(instrument).last()); });
}

wire::Response ticker_book(Ask& ask) {
    return one_or_all(ask, [&](JsonWriter& out, const Instrument& instrument) {
        const auto& market = ask.exchange.market(instrument);
        out.member("bidPrice", market.best_bid()).member("bidQty", market.level_quantity(Side::buy, 0));
        out.member("askPrice", market.best_ask()).member("askQty", market.level_quantity(Side::sell, 0));
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v3/ping", Access::open, Quota::address, 1, ping},
    {Method::get, "/api/v3/time", Access::open, Quota::address, 1, time},
    {Method::get, "/api/v3/exchangeInfo", Access::open, Quota::symbol_list, 1, exchange_info},
    {Method::get, "/api/v3/defaultSymbols", Access::open, Quota::address, 1, symbol_names},
    {Method::get, "/api/v3/selfSymbols", Access::spot_account_read, Quota::account, 1, symbol_names},
    {Method::get, "/api/v3/symbol/offline", Access::open, Quota::address, 1, offline},
    {Method::get, "/api/v3/depth", Access::open, Quota::address, 3, depth},
    {Method::get, "/api/v3/trades", Access::open, Quota::address, 5, trades},
    {Method::get, "/api/v3/aggTrades", Access::open, Quota::address, 1, aggregated_trades},
    {Method::get, "/api/v3/klines", Access::open, Quota::address, 1, klines},
    {Method::get, "/api/v3/ticker/24hr", Access::open, Quota::address, 1, ticker_day},
    {Method::get, "/api/v3/ticker/price", Access::open, Quota::address, 1, ticker_price},
    {Method::get, "/api/v3/ticker/bookTicker", Access::open, Quota::address, 1, ticker_book},
};

constexpr SpotInterval kIntervals[] = {{"1m", "Min1", 1},    {"5m", "Min5", 5},     {"15m", "Min15", 15},   {"30m", "Min30", 30},
                                       {"60m", "Min60", 60}, {"4h", "Hour4", 240},  {"8h", "Hour8", 480},   {"1d", "Day1", 1440},
                                       {"1W", "Week1", 10080}};

}  // namespace

std::span<const Route> spot_market_routes() { return kRoutes; }
std::span<const SpotInterval> intervals() { return kIntervals; }

}  // namespace bf::simulator::mexc
