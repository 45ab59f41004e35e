// Spot: currencies, symbols, tickers, books, trades, candles. Amounts are text here.
#include "base/text.hpp"
#include "simulator/kucoin/routes.hpp"

#include <algorithm>
#include <array>

namespace bf::simulator::kucoin {
namespace {

struct Interval {
    std::string_view name;
    int minutes;
};
constexpr Interval kIntervals[] = {{"1min", 1},     {"3min", 3},     {"5min", 5},     {"15min", 15},    {"30min", 30},     {"1hour", 60},    {"2hour", 120},
                                   {"4hour", 240},  {"6hour", 360},  {"8hour", 480},  {"12hour", 720},  {"1day", 1440},    {"1week", 10080}, {"1month", 43200}};

const Instrument* spot(const Exchange& exchange, std::string_view native) {
    const Instrument* instrument = exchange.find_native(native);
    return instrument == nullptr || instrument->is_futures() ? nullptr : instrument;
}

wire::Response unknown_symbol() { return refuse("400100", "Unsupported trading pair."); }

void write_currency(JsonWriter& out, std::string_view name, std::string_view full, int precision) {
    out.begin_object().member("currency", name).member("name", name).member("fullName", full).member("precision", precision);
    out.member("confirms", nullptr).member("contractAddress", nullptr).member("isMarginEnabled", true).member("isDebitEnabled", true);
    out.key("chains").begin_array().begin_object().member("chainName", name).member("chainId", to_lower(name));
    out.member("withdrawalMinSize", "0.001").member("depositMinSize", "0.0002").member("withdrawFeeRate", "0").member("withdrawalMinFee", "0.0005");
    out.member("isWithdrawEnabled", true).member("isDepositEnabled", true).member("confirms", 3).member("preConfirms", 1);
    out.member("contractAddress", "").member("withdrawPrecision", 8).member("maxWithdraw", nullptr).member("maxDeposit", nullptr);
    out.member("needTag", false).end_object().end_array().end_object();
}

wire::Response currencies(Ask& ask) {
    struct Row {
        const char* name;
        const char* full;
        int precision;
    };
    constexpr Row kRows[] = {{"USDT", "Tether", 8}, {"BTC", "Bitcoin", 8}, {"ETH", "Ethereum", 8}, {"SOL", "Solana", 8}, {"XRP", "XRP", 8}};
    return ok([&](JsonWriter& out) {
        if (ask.tail.empty()) out.begin_array();
        for (const auto& row : kRows)
            if (ask.tail.empty() || ask.tail == row.name) write_currency(out, row.name, row.full, row.precision);
        if (ask.tail.empty()) out.end_array();
    });
}

void write_symbol(JsonWriter& out, const Instrument& instrument) {
    out.begin_object().member("symbol", instrument.native).member("name", instrument.native).member("baseCurrency", instrument.symbol.base);
    out.member("quoteCurrency", instrument.symbol.quote).member("feeCurrency", instrument.symbol.quote).member("market", "USDS");
    out.member("baseMinSize", instrument.min_quantity).member("quoteMinSize", "0.1").member("baseMaxSize", instrument.max_quantity);
    out.member("quoteMaxSize", "99999999").member("baseIncrement", instrument.quantity_step).member("quoteIncrement", "0.000001");
    out.member("priceIncrement", instrument.price_step).member("priceLimitRate", instrument.price_band).member("minFunds", instrument.min_notional);
    out.member("isMarginEnabled", true).member("enableTrading", instrument.api_tradable).member("feeCategory", 1);
    out.member("makerFeeCoefficient", "1.00").member("takerFeeCoefficient", "1.00").member("st", false).member("callauctionIsEnabled", false);
    for (const auto* name : {"callauctionPriceFloor", "callauctionPriceCeiling", "callauctionFirstStageStartTime", "callauctionSecondStageStartTime",
                             "callauctionThirdStageStartTime", "tradingStartTime"})
        out.member(name, nullptr);
    out.end_object();
}

wire::Response symbols(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (!instrument.is_futures()) write_symbol(out, instrument);
        out.end_array();
    });
}

wire::Response symbol(Ask& ask) {
    const Instrument* instrument = spot(ask.exchange, ask.tail);
    if (instrument == nullptr) return refuse("900001", "symbol not exists");
    return ok([&](JsonWriter& out) { write_symbol(out, *instrument); });
}

Decimal change_rate(const InstrumentMarket::Day& day, const Decimal& last) {
    return Decimal::divide(last - day.open, day.open, 4, Rounding::down).value();
}

/// The members that allTickers and stats share.
void write_day(JsonWriter& out, const Exchange& exchange, const Instrument& instrument) {
    const auto& market = exchange.market(instrument);
    const auto day = market.day(exchange.true_now());
    out.member("symbol", instrument.native).member("buy", market.best_bid()).member("sell", market.best_ask());
    out.member("changeRate", change_rate(day, market.last())).member("changePrice", market.last() - day.open);
    out.member("high", day.high).member("low", day.low).member("vol", day.volume).member("volValue", day.turnover);
    out.member("last", market.last()).member("averagePrice", market.last()).member("takerFeeRate", instrument.taker_fee);
    out.member("makerFeeRate", instrument.maker_fee).member("takerCoefficient", "1").member("makerCoefficient", "1");
}

wire::Response all_tickers(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().member("time", ask.exchange.now().ms()).key("ticker").begin_array();
        for (const auto& instrument : ask.exchange.instruments()) {
            if (instrument.is_futures()) continue;
            const auto& market = ask.exchange.market(instrument);
            out.begin_object().member("symbolName", instrument.native).member("bestBidSize", market.level_quantity(Side::buy, 0));
            out.member("bestAskSize", market.level_quantity(Side::sell, 0));
            write_day(out, ask.exchange, instrument);
            out.end_object();
        }
        out.end_array().end_object();
    });
}

wire::Response stats(Ask& ask) {
    const Instrument* instrument = spot(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_symbol();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("time", ask.exchange.now().ms());
        write_day(out, ask.exchange, *instrument);
        out.end_object();
    });
}

wire::Response level1(Ask& ask) {
    const Instrument* instrument = spot(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return ok([](JsonWriter& out) { out.null(); });  // So the exchange answers for one it doesn't know.
    const auto book = ask.exchange.book(*instrument, 1);
    const auto& market = ask.exchange.market(*instrument);
    return ok([&](JsonWriter& out) {
        out.begin_object().member("time", ask.exchange.now().ms()).member("sequence", std::to_string(book.sequence));
        out.member("price", market.last()).member("size", market.trades().empty() ? Decimal{} : market.trades().back().quantity);
        // A price of one step leaves nobody below it.
        const auto best = [&out](std::string_view price, std::string_view size, const std::vector<Level>& side) {
            if (side.empty())
                out.key(price).null().key(size).null();
            else
                out.member(price, side.front().price).member(size, side.front().quantity);
        };
        best("bestBid", "bestBidSize", book.bids);
        best("bestAsk", "bestAskSize", book.asks);
        out.end_object();
    });
}

wire::Response level2(Ask& ask, std::size_t levels) {
    const Instrument* instrument = spot(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_symbol();
    const auto book = ask.exchange.book(*instrument, levels);
    return ok([&](JsonWriter& out) {
        out.begin_object().member("time", ask.exchange.now().ms()).member("sequence", std::to_string(book.sequence));
        for (const auto& [name, side] : {std::pair{"bids", &book.bids}, std::pair{"asks", &book.asks}}) {
            out.key(name).begin_array();
            for (const auto& level : *side) out.begin_array().amount(level.price).amount(level.quantity).end_array();
            out.end_array();
        }
        out.end_object();
    });
}
wire::Response level2_20(Ask& ask) { return level2(ask, 20); }
wire::Response level2_100(Ask& ask) { return level2(ask, 100); }
wire::Response level2_full(Ask& ask) { return level2(ask, 1000); }

wire::Response histories(Ask& ask) {
    const Instrument* instrument = spot(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_symbol();
    constexpr std::size_t kTrades = 100;
    const auto& trades = ask.exchange.market(*instrument).trades();
    return ok([&](JsonWriter& out) {
        out.begin_array();
        const std::size_t count = std::min(trades.size(), kTrades);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& trade = trades[trades.size() - 1 - i];
            out.begin_object().member("sequence", std::to_string(trade.number)).member("price", trade.price).member("size", trade.quantity);
            out.member("side", market::to_string(trade.side)).member("time", trade.at.ms() * 1'000'000).end_object();
        }
        out.end_array();
    });
}

/// Newest first, times in seconds, close before high: [time, open, close, high, low, volume, turnover].
wire::Response candles(Ask& ask) {
    const Instrument* instrument = spot(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_symbol();
    const auto interval = std::find_if(std::begin(kIntervals), std::end(kIntervals), [&](const Interval& i) { return i.name == ask.call.parameter("type"); });
    if (interval == std::end(kIntervals)) return refuse("400100", "Incorrect candlestick type");
    constexpr std::size_t kRowsMax = 1500;
    const auto from = parse_int(ask.call.parameter("startAt")).value_or(0);
    const auto to = parse_int(ask.call.parameter("endAt")).value_or(ask.exchange.now().ms() / 1000);
    const auto end = to == 0 ? ask.exchange.now().ms() / 1000 : to;
    const auto rows = ask.exchange.market(*instrument).candles(interval->minutes, Instant::from_ms(from * 1000), Instant::from_ms(end * 1000));
    return ok([&](JsonWriter& out) {
        out.begin_array();
        const std::size_t count = std::min(rows.size(), kRowsMax);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& row = rows[rows.size() - 1 - i];
            out.begin_array().text(std::to_string(row.open_time.ms() / 1000)).amount(row.open).amount(row.close).amount(row.high);
            out.amount(row.low).amount(row.volume).amount(row.turnover).end_array();
        }
        out.end_array();
    });
}

wire::Response markets(Ask&) {
    return ok([](JsonWriter& out) { out.begin_array().text("USDS").end_array(); });
}

wire::Response prices(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().member("USDT", "1");
        for (const auto& instrument : ask.exchange.instruments())
            if (!instrument.is_futures()) out.member(instrument.symbol.base, ask.exchange.market(instrument).last());
        out.end_object();
    });
}

wire::Response no_margin_symbols(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().member("timestamp", ask.exchange.now().ms()).key("items").begin_array().end_array().end_object();
    });
}

wire::Response no_isolated_symbols(Ask&) {
    return ok([](JsonWriter& out) { out.begin_array().end_array(); });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v3/currencies", Host::spot, Access::open, Quota::open, 3, currencies},
    {Method::get, "/api/v3/currencies/*", Host::spot, Access::open, Quota::open, 3, currencies},
    {Method::get, "/api/v2/symbols", Host::spot, Access::open, Quota::open, 4, symbols},
    {Method::get, "/api/v2/symbols/*", Host::spot, Access::open, Quota::open, 4, symbol},
    {Method::get, "/api/v1/markets", Host::spot, Access::open, Quota::open, 3, markets},
    {Method::get, "/api/v1/prices", Host::spot, Access::open, Quota::open, 3, prices},
    {Method::get, "/api/v1/market/allTickers", Host::spot, Access::open, Quota::open, 15, all_tickers},
    {Method::get, "/api/v1/market/stats", Host::spot, Access::open, Quota::open, 15, stats},
    {Method::get, "/api/v1/market/orderbook/level1", Host::spot, Access::open, Quota::open, 2, level1},
    {Method::get, "/api/v1/market/orderbook/level2_20", Host::spot, Access::open, Quota::open, 2, level2_20},
    {Method::get, "/api/v1/market/orderbook/level2_100", Host::spot, Access::open, Quota::open, 4, level2_100},
    {Method::get, "/api/v3/market/orderbook/level2", Host::spot, Access::general, Quota::spot, 3, level2_full},
    {Method::get, "/api/v1/market/histories", Host::spot, Access::open, Quota::open, 3, histories},
    {Method::get, "/api/v1/market/candles", Host::spot, Access::open, Quota::open, 3, candles},
    {Method::get, "/api/v3/margin/symbols", Host::spot, Access::open, Quota::open, 3, no_margin_symbols},
    {Method::get, "/api/v1/isolated/symbols", Host::spot, Access::general, Quota::spot, 3, no_isolated_symbols},
};

}  // namespace

std::span<const Route> spot_market_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin
