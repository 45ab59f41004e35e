// Futures: contracts, tickers, books, trades, candles, funding rates. Most amounts are JSON numbers here, quantities are lots.
#include "base/text.hpp"
#include "simulator/kucoin/routes.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

const Instrument* contract(const Exchange& exchange, std::string_view native) {
    const Instrument* instrument = exchange.find_native(native);
    return instrument == nullptr || !instrument->is_futures() ? nullptr : instrument;
}

wire::Response unknown_contract() { return refuse("100003", "Contract parameter invalid."); }

void write_contract_rules(JsonWriter& out, const Instrument& instrument) {
    out.member("symbol", instrument.native).member("rootSymbol", "USDT").member("type", "FFWCSX").member("firstOpenDate", 1'585'555'200'000);
    out.member("expireDate", nullptr).member("settleDate", nullptr).member("baseCurrency", currency(instrument.symbol.base));
    out.member("quoteCurrency", "USDT").member("settleCurrency", "USDT").key("maxOrderQty").number(instrument.contracts(instrument.max_quantity)).key("maxPrice").raw("1000000.0");
    out.member("lotSize", 1);
    number(out, "tickSize", instrument.price_step);
    out.key("indexPriceTickSize").raw("0.01");
    number(out, "multiplier", instrument.contract_size);
    number(out, "initialMargin", Decimal::divide(1, instrument.max_leverage, 3, Rounding::up).value());
    number(out, "maintainMargin", instrument.maintenance_rate);
    out.member("maxRiskLimit", 100'000).member("minRiskLimit", 100'000).member("riskStep", 50'000);
    write_rate(out, "makerFeeRate", instrument.maker_fee);
    write_rate(out, "takerFeeRate", instrument.taker_fee);
    out.key("takerFixFee").raw("0.0").key("makerFixFee").raw("0.0").member("settlementFee", nullptr).member("isDeleverage", true);
    out.member("isQuanto", false).member("isInverse", false).member("markMethod", "FairPrice").member("fairMethod", "FundingRate");
    out.member("fundingBaseSymbol", "." + currency(instrument.symbol.base) + "INT8H").member("fundingQuoteSymbol", ".USDTINT8H");
    out.member("fundingRateSymbol", "." + instrument.native + "FPI8H").member("indexSymbol", ".K" + currency(instrument.symbol.base) + "USDT");
    out.member("settlementSymbol", "").member("status", instrument.api_tradable ? "Open" : "Paused");
    out.member("maxLeverage", instrument.max_leverage).member("supportCross", true);
}

void write_contract(JsonWriter& out, const Exchange& exchange, const Instrument& instrument) {
    const auto& market = exchange.market(instrument);
    const auto day = market.day(exchange.true_now());
    const Decimal band = market.price() * instrument.price_band;
    out.begin_object();
    write_contract_rules(out, instrument);
    write_rate(out, "fundingFeeRate", exchange.funding_rate(instrument));
    write_rate(out, "predictedFundingFeeRate", exchange.funding_rate(instrument));
    out.member("fundingRateGranularity", exchange.profile().funding_interval.count()).member("openInterest", "6748176");
    number(out, "turnoverOf24h", day.turnover);
    number(out, "volumeOf24h", day.volume);
    number(out, "markPrice", market.price());
    number(out, "indexPrice", market.price());
    number(out, "lastTradePrice", market.last());
    out.member("nextFundingRateTime", (exchange.next_funding() - exchange.true_now()).count());
    out.key("sourceExchanges").begin_array().text("kucoin").end_array();
    number(out, "lowPrice", day.low);
    number(out, "highPrice", day.high);
    number(out, "priceChgPct", Decimal::divide(market.last() - day.open, day.open, 4, Rounding::down).value());
    number(out, "priceChg", market.last() - day.open);
    number(out, "buyLimit", market.price() + band);
    number(out, "sellLimit", market.price() - band);
    out.end_object();
}

wire::Response contracts(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (instrument.is_futures()) write_contract(out, ask.exchange, instrument);
        out.end_array();
    });
}

wire::Response one_contract(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) { write_contract(out, ask.exchange, *instrument); });
}

void write_ticker(JsonWriter& out, const Exchange& exchange, const Instrument& instrument) {
    const auto& market = exchange.market(instrument);
    const PublicTrade last = market.trades().empty() ? PublicTrade{0, Side::buy, market.last(), instrument.quantity_step, exchange.true_now()}
                                                     : market.trades().back();
    out.begin_object().member("sequence", last.number).member("symbol", instrument.native).member("side", market::to_string(last.side));
    number(out, "size", instrument.contracts(last.quantity));
    out.member("tradeId", std::to_string(last.number)).member("price", last.price).member("bestBidPrice", market.best_bid());
    number(out, "bestBidSize", instrument.contracts(market.level_quantity(Side::buy, 0)));
    out.member("bestAskPrice", market.best_ask());
    number(out, "bestAskSize", instrument.contracts(market.level_quantity(Side::sell, 0)));
    out.member("ts", last.at.ms() * 1'000'000).end_object();
}

wire::Response ticker(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) { write_ticker(out, ask.exchange, *instrument); });
}

wire::Response all_tickers(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (instrument.is_futures()) write_ticker(out, ask.exchange, instrument);
        out.end_array();
    });
}

wire::Response depth(Ask& ask, std::size_t levels) {
    const Instrument* instrument = contract(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    const auto book = ask.exchange.book(*instrument, levels);
    return ok([&](JsonWriter& out) {
        out.begin_object().member("sequence", book.sequence).member("symbol", instrument->native);
        for (const auto& [name, side] : {std::pair{"bids", &book.bids}, std::pair{"asks", &book.asks}}) {
            out.key(name).begin_array();
            for (const auto& level : *side) out.begin_array().number(level.price).number(instrument->contracts(level.quantity)).end_array();
            out.end_array();
        }
        out.member("ts", ask.exchange.now().ms() * 1'000'000).end_object();
    });
}
wire::Response depth20(Ask& ask) { return depth(ask, 20); }
wire::Response depth100(Ask& ask) { return depth(ask, 100); }
wire::Response snapshot(Ask& ask) { return depth(ask, 1000); }

wire::Response trades(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    constexpr std::size_t kTrades = 100;
    const auto& all = ask.exchange.market(*instrument).trades();
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (std::size_t i = 0; i < std::min(all.size(), kTrades); ++i) {
            const auto& trade = all[all.size() - 1 - i];
            out.begin_object().member("sequence", trade.number).member("contractId", 1).member("tradeId", std::to_string(trade.number));
            out.member("makerOrderId", "0").member("takerOrderId", "0").member("ts", trade.at.ms() * 1'000'000);
            number(out, "size", instrument->contracts(trade.quantity));
            out.member("price", trade.price).member("side", market::to_string(trade.side)).end_object();
        }
        out.end_array();
    });
}

/// Oldest first, times in milliseconds, high before low before close: [time, open, high, low, close, lots, turnover].
wire::Response klines(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    constexpr std::int64_t kMinutes[] = {1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 10080};
    const auto minutes = parse_int(ask.call.parameter("granularity")).value_or(0);
    if (std::find(std::begin(kMinutes), std::end(kMinutes), minutes) == std::end(kMinutes)) return refuse("100001", "granularity parameter invalid.");
    constexpr std::size_t kRowsMax = 500;
    const Instant from = read_ms(ask.call, "from").value_or(Instant{});
    const Instant to = read_ms(ask.call, "to").value_or(ask.exchange.now());
    auto rows = ask.exchange.market(*instrument).candles(static_cast<int>(minutes), from, to);
    if (from == Instant{} && rows.size() > kRowsMax) rows.erase(rows.begin(), rows.end() - kRowsMax);
    if (rows.size() > kRowsMax) rows.resize(kRowsMax);
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& row : rows) {
            out.begin_array().number(row.open_time.ms()).number(row.open).number(row.high).number(row.low).number(row.close);
            out.number(instrument->contracts(row.volume)).number(row.turnover).end_array();
        }
        out.end_array();
    });
}

wire::Response mark_price(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return unknown_contract();
    const Decimal& price = ask.exchange.market(*instrument).price();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native).member("granularity", 1000).member("timePoint", ask.exchange.now().ms());
        number(out, "value", price);
        number(out, "indexPrice", price);
        out.end_object();
    });
}

wire::Response funding_rate(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return unknown_contract();
    const auto interval = ask.exchange.profile().funding_interval;
    return ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", "." + instrument->native + "FPI8H").member("granularity", interval.count());
        out.member("timePoint", (ask.exchange.next_funding() - interval).ms());
        write_rate(out, "value", ask.exchange.funding_rate(*instrument));
        write_rate(out, "predictedValue", ask.exchange.funding_rate(*instrument));
        out.key("fundingRateCap").raw("0.003").key("fundingRateFloor").raw("-0.003").member("period", 0);
        out.member("fundingTime", ask.exchange.next_funding().ms()).end_object();
    });
}

/// No maximum is documented. This is less than a client may hope for: one that relies on a whole answer loses settlements here.
constexpr std::size_t kSettledMax = 100;

wire::Response settled_rates(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    const auto from = read_ms(ask.call, "from"), to = read_ms(ask.call, "to");
    if (!from || !to) return refuse("400100", "The from and to parameters are required.");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& one : ask.exchange.settled_funding(*instrument, *from, *to, kSettledMax)) {
            out.begin_object().member("symbol", instrument->native);
            write_rate(out, "fundingRate", one.rate);
            out.member("timepoint", one.at.ms()).end_object();
        }
        out.end_array();
    });
}

/// Access is signed and asks for no permission by the SDK's own table; the handed-in key must exist.
wire::Response risk_limits(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) {
        out.begin_array();
        Decimal from;
        std::int64_t level = 0;
        for (const auto& tier : instrument->risk_tiers) {
            out.begin_object().member("symbol", instrument->native).member("level", ++level);
            number(out, "maxRiskLimit", tier.up_to);
            number(out, "minRiskLimit", from);
            number(out, "maxLeverage", *tier.max_leverage);
            number(out, "initialMargin", Decimal::divide(1, *tier.max_leverage, 3, Rounding::up).value());
            number(out, "maintainMargin", tier.maintenance_rate);
            out.end_object();
            from = tier.up_to;
        }
        out.end_array();
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v1/contracts/risk-limit/*", Host::futures, Access::general, Quota::open, 5, risk_limits},
    {Method::get, "/api/v1/contracts/active", Host::futures, Access::open, Quota::open, 3, contracts},
    {Method::get, "/api/v1/contracts/*", Host::futures, Access::open, Quota::open, 3, one_contract},
    {Method::get, "/api/v1/ticker", Host::futures, Access::open, Quota::open, 2, ticker},
    {Method::get, "/api/v1/allTickers", Host::futures, Access::open, Quota::open, 5, all_tickers},
    {Method::get, "/api/v1/level2/snapshot", Host::futures, Access::open, Quota::open, 3, snapshot},
    {Method::get, "/api/v1/level2/depth20", Host::futures, Access::open, Quota::open, 5, depth20},
    {Method::get, "/api/v1/level2/depth100", Host::futures, Access::open, Quota::open, 5, depth100},
    {Method::get, "/api/v1/trade/history", Host::futures, Access::open, Quota::open, 5, trades},
    {Method::get, "/api/v1/kline/query", Host::futures, Access::open, Quota::open, 3, klines},
    {Method::get, "/api/v1/mark-price/*/current", Host::futures, Access::open, Quota::open, 3, mark_price},
    {Method::get, "/api/v1/funding-rate/*/current", Host::futures, Access::open, Quota::open, 2, funding_rate},
    {Method::get, "/api/v1/contract/funding-rates", Host::futures, Access::open, Quota::open, 5, settled_rates},
};

}  // namespace

std::span<const Route> futures_market_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin
