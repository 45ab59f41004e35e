// Futures market data. Source: futures reference, "Market endpoints". Quantities in contracts, numbers as JSON numbers.
#include "simulator/mexc/routes.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

wire::Response no_contract() { return futures_error(1001, "Contract doesn't exist!"); }

wire::Response ping(Ask& ask) {
    return futures_ok([&](JsonWriter& out) { out.number(ask.exchange.now().ms()); });
}

void write_risk_limits(JsonWriter& out, const Instrument& instrument) {
    const auto& tiers = instrument.risk_tiers;
    const bool custom = static_cast<std::int64_t>(tiers.size()) != kLevels;
    number(out, "riskBaseVol", instrument.contracts(custom ? tiers.back().up_to : tiers.front().up_to));
    out.member("riskIncrVol", custom ? 0 : kLevelVolume).member("riskLongShortSwitch", 0);
    number(out, "riskIncrMmr", custom ? Decimal{} : kRateStep);
    number(out, "riskIncrImr", custom ? Decimal{} : kRateStep);
    out.member("riskLevelLimit", custom ? 1 : kLevels).member("riskLimitMode", custom ? "CUSTOM" : "INCREASE").key("riskLimitCustom").begin_array();
    for (std::size_t level = 0; custom && level < tiers.size(); ++level) {
        out.begin_object().member("level", level + 1);
        number(out, "maxVol", instrument.contracts(tiers[level].up_to));
        number(out, "mmr", tiers[level].maintenance_rate);
        number(out, "imr", Decimal::divide(1, *tiers[level].max_leverage, 6, Rounding::up).value());
        number(out, "maxLeverage", *tiers[level].max_leverage);
        out.end_object();
    }
    out.end_array();
}

void write_contract(JsonWriter& out, const Instrument& instrument) {
    out.begin_object().member("symbol", instrument.native).member("displayName", instrument.native + " PERPETUAL").member("displayNameEn", instrument.native + " PERPETUAL");
    out.member("positionOpenType", 3).member("baseCoin", instrument.symbol.base).member("quoteCoin", instrument.symbol.quote);
    out.member("settleCoin", instrument.symbol.settle);
    number(out, "contractSize", instrument.contract_size);
    out.member("minLeverage", 1).member("maxLeverage", instrument.max_leverage).member("priceScale", digits_of(instrument.price_step));
    out.member("volScale", 0).member("amountScale", 4);
    number(out, "priceUnit", instrument.price_step);
    out.member("volUnit", 1).member("minVol", 1).key("maxVol").number(instrument.contracts(instrument.max_quantity)).key("limitMaxVol").number(instrument.contracts(instrument.max_quantity));
    number(out, "bidLimitPriceRate", instrument.price_band);
    number(out, "askLimitPriceRate", instrument.price_band);
    number(out, "takerFeeRate", instrument.taker_fee);
    number(out, "makerFeeRate", instrument.maker_fee);
    number(out, "maintenanceMarginRate", instrument.maintenance_rate);
    number(out, "initialMarginRate", Decimal::divide(1, instrument.max_leverage, 6, Rounding::up).value());
    write_risk_limits(out, instrument);
    out.member("riskLimitType", "BY_VOLUME").key("maxNumOrders").begin_array().number(std::int64_t{200}).number(std::int64_t{50}).end_array();
    out.member("state", 0).member("isNew", false).member("isHot", true).member("isHidden", false).member("apiAllowed", instrument.api_tradable).end_object();
}

wire::Response detail(Ask& ask) {
    const auto name = ask.parameter("symbol");
    if (!name.empty()) {
        const Instrument* instrument = contract(ask.exchange, name);
        if (instrument == nullptr) return no_contract();
        return futures_ok([&](JsonWriter& out) { write_contract(out, *instrument); });
    }
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (instrument.is_futures()) write_contract(out, instrument);
        out.end_array();
    });
}

wire::Response ticker(Ask& ask) {
    const auto name = ask.parameter("symbol");
    if (!name.empty()) {
        const Instrument* instrument = contract(ask.exchange, name);
        if (instrument == nullptr) return no_contract();
        return futures_ok([&](JsonWriter& out) { write_ticker(out, ask.exchange, *instrument); });
    }
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& instrument : ask.exchange.instruments())
            if (instrument.is_futures()) write_ticker(out, ask.exchange, instrument);
        out.end_array();
    });
}

wire::Response kline(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return no_contract();
    const auto known = intervals();
    const auto wanted = ask.parameter("interval").empty() ? std::string_view{"Min1"} : ask.parameter("interval");
    const auto interval = std::find_if(known.begin(), known.end(), [&](const SpotInterval& one) { return one.stream_name == wanted; });
    if (interval == known.end()) return futures_error(600, "Param error!");
    constexpr std::int64_t kRows = 2000;
    const milliseconds span{interval->minutes * 60'000LL};
    // Seconds here.
    const auto start = parse_int(ask.parameter("start")), end = parse_int(ask.parameter("end"));
    const Instant to = end ? Instant::from_ms(*end * 1000) : ask.exchange.true_now();
    const Instant from = start ? Instant::from_ms(*start * 1000) : to - span * kRows;
    auto candles = ask.exchange.market(*instrument).candles(interval->minutes, from, to);
    if (candles.size() > kRows) candles.erase(candles.begin(), candles.end() - kRows);
    const auto column = [&](JsonWriter& out, std::string_view name, auto&& value) {
        out.key(name).begin_array();
        for (const auto& candle : candles) out.number(value(candle));
        out.end_array();
    };
    return futures_ok([&](JsonWriter& out) {
        out.begin_object();
        column(out, "time", [](const Candle& candle) { return candle.open_time.ms() / 1000; });
        column(out, "open", [](const Candle& candle) { return candle.open; });
        column(out, "close", [](const Candle& candle) { return candle.close; });
        column(out, "high", [](const Candle& candle) { return candle.high; });
        column(out, "low", [](const Candle& candle) { return candle.low; });
        column(out, "vol", [&](const Candle& candle) { return instrument->contracts(candle.volume); });
        column(out, "amount", [](const Candle& candle) { return candle.turnover; });
        out.end_object();
    });
}

wire::Response depth(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return no_contract();
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(100), 1, 1000));
    const auto book = ask.exchange.book(*instrument, limit);
    return futures_ok([&](JsonWriter& out) {
        out.begin_object();
        write_contract_levels(out, "asks", book.asks, *instrument);
        write_contract_levels(out, "bids", book.bids, *instrument);
        out.member("version", book.sequence).member("timestamp", ask.exchange.now().ms()).end_object();
    });
}

wire::Response deals(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return no_contract();
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("limit")).value_or(100), 1, 100));
    const auto& list = ask.exchange.market(*instrument).trades();
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        std::size_t count = 0;
        for (auto at = list.rbegin(); at != list.rend() && count < limit; ++at, ++count) write_deal(out, *at, *instrument);
        out.end_array();
    });
}

wire::Response funding_rate(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return no_contract();
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native);
        number(out, "fundingRate", ask.exchange.funding_rate(*instrument));
        number(out, "maxFundingRate", "0.003"_d);
        number(out, "minFundingRate", "-0.003"_d);
        out.member("collectCycle", 8).member("nextSettleTime", ask.exchange.next_funding().ms()).member("timestamp", ask.exchange.now().ms()).end_object();
    });
}

wire::Response settled_rates(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return no_contract();
    const auto page = static_cast<std::size_t>(std::max<std::int64_t>(parse_int(ask.parameter("page_num")).value_or(1), 1));
    const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("page_size")).value_or(20), 1, 100));
    const auto all = ask.exchange.settled_funding(*instrument, Instant{}, ask.exchange.true_now(), std::numeric_limits<std::size_t>::max());
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("pageSize", size).member("totalCount", all.size()).member("totalPage", (all.size() + size - 1) / size).member("currentPage", page);
        out.key("resultList").begin_array();
        for (std::size_t i = (page - 1) * size; i < std::min(page * size, all.size()); ++i) {
            out.begin_object().member("symbol", instrument->native);
            number(out, "fundingRate", all[i].rate);
            out.member("settleTime", all[i].at.ms()).end_object();
        }
        out.end_array().end_object();
    });
}

wire::Response price_of(Ask& ask, std::string_view name) {
    const Instrument* instrument = contract(ask.exchange, ask.tail);
    if (instrument == nullptr) return no_contract();
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native);
        number(out, name, ask.exchange.market(*instrument).price());
        out.member("timestamp", ask.exchange.now().ms()).end_object();
    });
}
wire::Response fair_price(Ask& ask) { return price_of(ask, "fairPrice"); }
wire::Response index_price(Ask& ask) { return price_of(ask, "indexPrice"); }

constexpr Route kRoutes[] = {
    {Method::get, "/api/v1/contract/ping", Access::open, Quota::contract, 1, ping},
    {Method::get, "/api/v1/contract/detail", Access::open, Quota::contract_list, 1, detail},
    {Method::get, "/api/v1/contract/ticker", Access::open, Quota::contract, 1, ticker},
    {Method::get, "/api/v1/contract/kline/*", Access::open, Quota::contract, 1, kline},
    {Method::get, "/api/v1/contract/depth/*", Access::open, Quota::contract, 1, depth},
    {Method::get, "/api/v1/contract/deals/*", Access::open, Quota::contract, 1, deals},
    {Method::get, "/api/v1/contract/funding_rate/history", Access::open, Quota::contract, 1, settled_rates},
    {Method::get, "/api/v1/contract/funding_rate/*", Access::open, Quota::contract, 1, funding_rate},
    {Method::get, "/api/v1/contract/fair_price/*", Access::open, Quota::contract, 1, fair_price},
    {Method::get, "/api/v1/contract/index_price/*", Access::open, Quota::contract, 1, index_price},
};

}  // namespace

std::span<const Route> futures_market_routes() { return kRoutes; }

void write_ticker(JsonWriter& out, const Exchange& exchange, const Instrument& instrument) {
    const auto& market = exchange.market(instrument);
    const auto day = market.day(exchange.true_now());
    out.begin_object().member("symbol", instrument.native);
    number(out, "lastPrice", market.last());
    number(out, "bid1", market.best_bid());
    number(out, "ask1", market.best_ask());
    number(out, "volume24", instrument.contracts(day.volume));
    number(out, "amount24", day.turnover);
    out.member("holdVol", 1'000'000);
    number(out, "lower24Price", day.low);
    number(out, "high24Price", day.high);
    number(out, "riseFallRate", Decimal::divide(market.last() - day.open, day.open, 4, Rounding::towards_zero).value());
    number(out, "riseFallValue", market.last() - day.open);
    number(out, "indexPrice", market.price());
    number(out, "fairPrice", market.price());
    number(out, "fundingRate", exchange.funding_rate(instrument));
    number(out, "maxBidPrice", market.price() * (Decimal{1} + instrument.price_band));
    number(out, "minAskPrice", market.price() * (Decimal{1} - instrument.price_band));
    out.member("timestamp", exchange.now().ms()).end_object();
}

void write_deal(JsonWriter& out, const PublicTrade& trade, const Instrument& instrument) {
    out.begin_object();
    number(out, "p", trade.price);
    number(out, "v", instrument.contracts(trade.quantity));
    out.member("T", trade.side == Side::buy ? 1 : 2).member("O", 3).member("M", 2).member("t", trade.at.ms()).member("i", trade.number).end_object();
}

void write_contract_levels(JsonWriter& out, std::string_view name, const std::vector<Level>& levels, const Instrument& instrument) {
    out.key(name).begin_array();
    for (const auto& level : levels)
        out.begin_array().number(level.price).number(instrument.contracts(level.quantity)).number(std::int64_t{1}).end_array();
    out.end_array();
}

}  // namespace bf::simulator::mexc
