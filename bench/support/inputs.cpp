#include "support/inputs.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mexc_push.pb.h>

namespace bf::bench {
namespace {

namespace push = exchange::mexc::push;

/// A recorded payload as it came over the wire: without the white space it is kept with.
std::string golden(const std::string& name) {
    const auto text = test::file_bytes(std::string{BF_SOURCE_DIR "/golden/"} + name);
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && (i == 0 || text[i - 1] != '\\')) inside = !inside;
        if (inside || (c != ' ' && c != '\n')) out += c;
    }
    if (out.empty()) {
        std::fprintf(stderr, "golden/%s is missing\n", name.c_str());
        std::exit(1);
    }
    return out;
}

/// Where the value of the first member called `name` begins.
std::size_t value_of(const std::string& json, std::string_view name) {
    const auto member = '"' + std::string{name} + "\":";
    const auto begin = json.find(member);
    if (begin == std::string::npos) {
        std::fprintf(stderr, "the recorded payload has no %s\n", member.c_str());
        std::exit(1);
    }
    return begin + member.size();
}

/// Replaces the value of the first member called `name`, no list or object, keeping whether it is a text.
void set(std::string& json, std::string_view name, const std::string& value) {
    const auto begin = value_of(json, name);
    if (json[begin] == '"') {
        json.replace(begin + 1, json.find('"', begin + 1) - begin - 1, value);
    } else {
        json.replace(begin, json.find_first_of(",}", begin) - begin, value);
    }
}

/// The same of a list of scalars, given as JSON.
void set_list(std::string& json, std::string_view name, const std::string& value) {
    const auto begin = value_of(json, name);
    json.replace(begin, json.find(']', begin) + 1 - begin, value);
}

class Dice {
public:
    std::uint64_t roll(std::uint64_t sides) { return ((state_ = state_ * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }
    /// A price near 67,500 to a tenth; a quantity with up to eight digits behind the point.
    std::string price() { return std::to_string(67000 + roll(1000)) + '.' + std::to_string(roll(10)); }
    std::string quantity() { return "0." + std::to_string(1 + roll(99'999'999)); }
    /// One of them, each as likely: what is more frequent stands there more often.
    std::string one_of(std::initializer_list<const char*> choices) { return choices.begin()[roll(choices.size())]; }
    /// One with `least` to `most` digits behind the point: "0.001".
    std::string step(std::uint64_t least, std::uint64_t most) {
        const auto digits = least + roll(most - least + 1);
        return digits == 0 ? "1" : "0." + std::string(digits - 1, '0') + '1';
    }
    /// Below `whole`, and behind the point 1 to `fraction`.
    std::string number(std::uint64_t whole, std::uint64_t fraction) { return std::to_string(roll(whole)) + '.' + std::to_string(1 + roll(fraction)); }
    std::string id(std::size_t digits) {
        std::string text;
        while (text.size() < digits) text += "0123456789abcdef"[roll(16)];
        return text;
    }

private:
    std::uint64_t state_{20260914};
};

std::string base_of(int number) { return number == 0 ? "BTC" : "COIN" + std::to_string(number); }

/// The first element of the list `member` of a recorded answer, or the object itself.
std::string element_of(const std::string& answer, std::string_view member) {
    auto begin = answer.find('"' + std::string{member} + "\":");
    begin = answer.find('{', begin);
    int depth = 0;
    for (auto at = begin; at < answer.size(); ++at) {
        if (answer[at] == '{') ++depth;
        if (answer[at] == '}' && --depth == 0) return answer.substr(begin, at + 1 - begin);
    }
    std::exit(1);
}

template <class Change>
std::string list_of(const std::string& head, const std::string& element, Change&& change) {
    std::string list = head + '[';
    for (int i = 0; i < kSymbols; ++i) {
        auto one = element;
        change(one, i);
        if (i > 0) list += ',';
        list += one;
    }
    list += "]}";
    list.reserve(list.size() + 64);
    return list;
}

std::string bytes_of(const google::protobuf::MessageLite& message) {
    auto bytes = message.SerializeAsString();
    bytes.reserve(bytes.size() + 64);
    return bytes;
}

/// The recorded push of that name.
push::Push recorded(const std::string& name) {
    const auto all = golden("mexc/ws-spot-protobuf-wire.json");
    const auto begin = all.find("\"hex\":\"", all.find('"' + name + "\":")) + 7;
    std::string bytes;
    for (auto at = begin; all[at] != '"'; at += 2) bytes += static_cast<char>(std::stoi(all.substr(at, 2), nullptr, 16));
    push::Push message;
    if (!message.ParseFromString(bytes)) std::exit(1);
    return message;
}

void add_kucoin(Frames& frames, Dice& dice) {
    const auto ticker = golden("kucoin/ws-spot-ticker.json"), trade = golden("kucoin/ws-spot-match.json"), order = golden("kucoin/ws-spot-order-v2-match.json");
    const auto add = [](std::vector<std::string>& list, std::string frame) {
        frame.reserve(frame.size() + 64);
        list.push_back(std::move(frame));
    };
    for (int i = 0; i < 1000; ++i) {
        auto frame = ticker;
        for (const auto* name : {"price", "bestAsk", "bestBid"}) set(frame, name, dice.price());
        for (const auto* name : {"size", "bestAskSize", "bestBidSize"}) set(frame, name, dice.quantity());
        set(frame, "sequence", std::to_string(14'610'502'970 + i));
        set(frame, "Time", std::to_string(1'729'843'222'921 + i));
        add(frames.kucoin_ticker, std::move(frame));

        frame = trade;
        set(frame, "price", dice.price());
        set(frame, "size", dice.quantity());
        set(frame, "side", dice.roll(2) == 0 ? "buy" : "sell");
        set(frame, "tradeId", std::to_string(11'067'996'711'960'577 + i));
        set(frame, "time", std::to_string(1'729'843'222'921'000'000 + i));
        set(frame, "makerOrderId", dice.id(24));
        set(frame, "takerOrderId", dice.id(24));
        add(frames.kucoin_trade, std::move(frame));
    }
    for (int i = 0; i < 2000; ++i) {
        auto frame = order;
        set(frame, "symbol", "BTC-USDT");
        for (const auto* name : {"price", "matchPrice"}) set(frame, name, dice.price());
        for (const auto* name : {"size", "matchSize", "filledSize", "originSize"}) set(frame, name, dice.quantity());
        for (const auto* name : {"orderId", "tradeId"}) set(frame, name, dice.id(24));
        set(frame, "clientOid", "bf-" + dice.id(16));
        add(frames.kucoin_order, std::move(frame));
    }
}

void add_mexc(Frames& frames, Dice& dice) {
    auto ticker = recorded("aggreBookTicker"), trade = recorded("aggreDeals"), order = recorded("privateOrders");
    order.set_symbol("BTCUSDT");
    for (int i = 0; i < 1000; ++i) {
        auto& best = *ticker.mutable_aggregated_book_ticker();
        best.set_bid_price(dice.price());
        best.set_ask_price(dice.price());
        best.set_bid_quantity(dice.quantity());
        best.set_ask_quantity(dice.quantity());
        frames.mexc_ticker.push_back(bytes_of(ticker));

        auto& deal = *trade.mutable_aggregated_deals()->mutable_deals(0);
        deal.set_price(dice.price());
        deal.set_quantity(dice.quantity());
        frames.mexc_trade.push_back(bytes_of(trade));
    }
    for (int i = 0; i < 2000; ++i) {
        auto& body = *order.mutable_private_order();
        body.set_id("C02__" + std::to_string(505'979'017'439'002'624 + i) + "115");
        body.set_client_id("bf-" + dice.id(16));
        body.set_price(dice.price());
        body.set_quantity(dice.quantity());
        frames.mexc_order.push_back(bytes_of(order));
    }
}

// What neighbours in a list differ in, member by member, as the recorded answers of different symbols do among themselves: a list of one symbol
// under other names would be read in less time than a real one, by whoever remembers what stood there before (a processor's branch predictor does).

void vary_kucoin_spot(std::string& one, const std::string& quote, Dice& dice) {
    for (const auto* name : {"quoteCurrency", "feeCurrency"}) set(one, name, quote);
    set(one, "market", quote == "BTC" ? "BTC" : "USDS");
    set(one, "baseMinSize", dice.one_of({"0.00001", "0.001", "0.01", "0.1", "1", "10", "100"}));
    set(one, "baseIncrement", dice.one_of({"0.00000001", "0.0001", "0.0001", "0.01"}));
    set(one, "priceIncrement", dice.step(1, 9));
    set(one, "quoteIncrement", dice.one_of({"0.000001", "0.00001", "0.00000001"}));
    set(one, "priceLimitRate", dice.one_of({"0.1", "0.1", "0.05"}));
    set(one, "isMarginEnabled", dice.one_of({"true", "false", "false"}));
    set(one, "feeCategory", dice.one_of({"1", "1", "2", "3"}));
    if (dice.roll(10) == 0) set(one, "tradingStartTime", std::to_string(1'729'843'200'000 + dice.roll(100'000) * 3'600'000));
}

void vary_kucoin_futures(std::string& one, const std::string& base, Dice& dice) {
    set(one, "firstOpenDate", std::to_string(1'585'555'200'000 + dice.roll(50'000) * 3'600'000));
    for (const auto* name : {"tickSize", "indexPriceTickSize"}) set(one, name, dice.step(1, 7));
    set(one, "maxPrice", dice.one_of({"1000000.0", "1000000.0", "100000.0"}));
    set(one, "multiplier", dice.one_of({"0.01", "0.1", "1.0", "10.0", "100.0"}));
    const auto leverage = dice.one_of({"20", "50", "75", "100"});
    for (const auto* name : {"maxLeverage", "mmrLevConstant"}) set(one, name, leverage);
    set(one, "initialMargin", dice.one_of({"0.05", "0.02", "0.014", "0.01"}));
    set(one, "maintainMargin", dice.one_of({"0.025", "0.01", "0.007", "0.005"}));
    const auto risk_limit = dice.one_of({"10000", "25000", "50000"});
    for (const auto* name : {"maxRiskLimit", "minRiskLimit"}) set(one, name, risk_limit);
    set(one, "riskStep", dice.one_of({"5000", "12500", "25000"}));
    set(one, "isQuanto", dice.one_of({"true", "false"}));
    set(one, "fundingBaseSymbol", '.' + base + "INT8H");
    set(one, "fundingBaseSymbol1M", '.' + base + "INT");
    set(one, "fundingRateSymbol", '.' + base + "USDTMFPI8H");
    set(one, "indexSymbol", ".K" + base + "USDT");
    set(one, "premiumsSymbol1M", '.' + base + "USDTMPI");
    set(one, "premiumsSymbol8H", '.' + base + "USDTMPI8H");
    for (const auto* name : {"fundingFeeRate", "predictedFundingFeeRate"}) set(one, name, dice.one_of({"1.0E-4", "5.0E-5", "-2.31E-4"}));
    set(one, "openInterest", std::to_string(dice.roll(10'000'000)));
    set(one, "turnoverOf24h", dice.number(10'000'000, 99'999'999));
    set(one, "volumeOf24h", dice.number(1'000'000, 9));
    for (const auto* name : {"markPrice", "indexPrice", "lastTradePrice", "lowPrice", "highPrice", "buyLimit", "sellLimit"}) set(one, name, dice.number(100, 9999));
    for (const auto* name : {"priceChgPct", "priceChg"}) set(one, name, (dice.roll(2) == 0 ? "-0." : "0.") + std::to_string(1 + dice.roll(999)));
    set(one, "nextFundingRateTime", std::to_string(dice.roll(28'800'000)));
    set(one, "k", dice.one_of({"490.0", "280.0", "70.0"}));
    set(one, "m", dice.one_of({"300.0", "180.0", "40.0"}));
    set_list(one, "sourceExchanges", dice.one_of({R"(["okex","binance","kucoin","gateio","bybit","bitget"])", R"(["gateio","bitmart","kucoin"])",
                                                  R"(["huobi","Okex","Binance","Kucoin","Poloniex","Hitbtc"])"}));
}

void vary_mexc_spot(std::string& one, const std::string& quote, Dice& dice) {
    set(one, "status", dice.one_of({"1", "1", "1", "1", "1", "1", "1", "1", "1", "2"}));
    const auto quantity_digits = std::to_string(dice.roll(9)), price_digits = std::to_string(2 + dice.roll(10));
    for (const auto* name : {"baseAssetPrecision", "baseCommissionPrecision"}) set(one, name, quantity_digits);
    for (const auto* name : {"quotePrecision", "quoteAssetPrecision", "quoteCommissionPrecision"}) set(one, name, price_digits);
    set(one, "quoteAsset", quote);
    set(one, "isSpotTradingAllowed", dice.one_of({"true", "true", "true", "true", "true", "true", "true", "false"}));
    set(one, "baseSizePrecision", dice.one_of({"0", "0", "0.01", "0.0001", "0.1", "1", "10"}));
    set(one, "quoteAmountPrecision", dice.one_of({"1", "1", "1", "1", "1", "5"}));
    set(one, "maxQuoteAmount", dice.one_of({"2000000", "2000000", "2000000", "5000000"}));
    set(one, "makerCommission", dice.one_of({"0.0005", "0.0005", "0.0005", "0", "0.002"}));
    set(one, "takerCommission", dice.one_of({"0.0005", "0.0005", "0.0005", "0.002"}));
    if (dice.roll(8) == 0) set_list(one, "orderTypes", R"(["LIMIT","LIMIT_MAKER"])");
    set(one, "fullName", dice.one_of({"Bit", "Meta", "Moon ", "Super "}) + dice.one_of({"rock", "coin", "Protocol", "Inu", "Network Token"}));
}

void vary_mexc_futures(std::string& one, const std::string& base, Dice& dice) {
    for (const auto* name : {"displayName", "displayNameEn"}) set(one, name, base + "_USDT");
    set(one, "positionOpenType", dice.one_of({"1", "3", "3"}));
    set(one, "contractSize", dice.one_of({"0.0001", "0.01", "0.1", "1", "10", "100"}));
    set(one, "maxLeverage", dice.one_of({"20", "50", "75", "100", "200"}));
    const auto digits = 1 + dice.roll(8);
    set(one, "priceScale", std::to_string(digits));
    set(one, "priceUnit", dice.step(digits, digits));
    set(one, "amountScale", dice.one_of({"2", "4", "4"}));
    set(one, "maxVol", dice.one_of({"9000", "80000", "250000", "1000000", "5000000"}));
    const auto price_limit = dice.one_of({"0.1", "0.2", "0.03"});
    for (const auto* name : {"bidLimitPriceRate", "askLimitPriceRate"}) set(one, name, price_limit);
    set(one, "takerFeeRate", dice.one_of({"0.0006", "0.0002", "0.0004"}));
    set(one, "makerFeeRate", dice.one_of({"0.0002", "0", "0.0001"}));
    const auto rate = dice.one_of({"0.004", "0.005", "0.01"});
    for (const auto* name : {"maintenanceMarginRate", "riskIncrMmr", "riskIncrImr"}) set(one, name, rate);
    set(one, "initialMarginRate", dice.one_of({"0.005", "0.01", "0.02", "0.05"}));
    const auto volume = dice.one_of({"9000", "15000", "150000", "3000", "400000"});
    for (const auto* name : {"riskBaseVol", "riskIncrVol"}) set(one, name, volume);
    set(one, "riskLevelLimit", dice.one_of({"1", "5", "10", "100"}));
    set(one, "priceCoefficientVariation", dice.one_of({"0.1", "0.4", "0.05"}));
    set_list(one, "indexOrigin", dice.one_of({R"(["BITGET","BYBIT","BINANCE","MEXC"])", R"(["MEXC_FUTURE","MEXC","KUCOIN"])", R"(["Binance","Huobi"])"}));
    for (const auto* name : {"isNew", "isHot"}) set(one, name, dice.one_of({"false", "false", "false", "true"}));
}

void write(const test::Scratch& folder, const char* name, const std::string& text) { std::ofstream{folder.path() / name, std::ios::binary} << text; }

std::string lines(const std::vector<std::string>& frames) {
    std::string text;
    for (const auto& frame : frames) text.append(frame).append(1, '\n');
    return text;
}

std::string hex_lines(const std::vector<std::string>& frames) {
    std::string text;
    for (const auto& frame : frames) {
        for (const char c : frame) {
            char pair[3];
            std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            text += pair;
        }
        text += '\n';
    }
    return text;
}

}  // namespace

Lists make_lists() {
    Lists lists;
    Dice dice;
    lists.kucoin_spot = list_of(R"({"code":"200000","data":)", element_of(golden("kucoin/get-v2-symbols.json"), "data"), [&](std::string& one, int i) {
        const std::string base = base_of(i), quote = i == 0 ? "USDT" : dice.one_of({"USDT", "USDT", "USDT", "USDT", "USDC", "BTC"});
        for (const auto* name : {"symbol", "name"}) set(one, name, base + '-' + quote);
        set(one, "baseCurrency", base);
        if (i > 0) vary_kucoin_spot(one, quote, dice);
    });
    lists.kucoin_futures = list_of(R"({"code":"200000","data":)", element_of(golden("kucoin/futures-get-v1-contracts-symbol.json"), "data"), [&](std::string& one, int i) {
        const auto base = i == 0 ? "XBT" : base_of(i);
        set(one, "symbol", base + "USDTM");
        set(one, "baseCurrency", base);
        if (i > 0) vary_kucoin_futures(one, base, dice);
    });
    lists.mexc_spot = list_of(R"({"timezone":"CST","serverTime":1737623435453,"rateLimits":[],"exchangeFilters":[],"symbols":)",
                              element_of(golden("mexc/get-v3-exchangeInfo.json"), "symbols"), [&](std::string& one, int i) {
                                  const std::string base = base_of(i), quote = i == 0 ? "USDT" : dice.one_of({"USDT", "USDT", "USDT", "USDT", "USDT", "USDC"});
                                  set(one, "symbol", base + quote);
                                  set(one, "baseAsset", base);
                                  // A step of eight digits: the order of the comparison must not be rounded away.
                                  set(one, "baseAssetPrecision", "8");
                                  if (i > 0) vary_mexc_spot(one, quote, dice);
                              });
    lists.mexc_futures = list_of(R"({"success":true,"code":0,"data":)", element_of(golden("mexc/futures-get-v1-contract-detail-old.json"), "data"), [&](std::string& one, int i) {
        set(one, "symbol", base_of(i) + "_USDT");
        set(one, "baseCoin", base_of(i));
        if (i > 0) vary_mexc_futures(one, base_of(i), dice);
    });
    return lists;
}

Frames make_frames() {
    Frames frames;
    Dice dice;
    add_kucoin(frames, dice);
    add_mexc(frames, dice);
    return frames;
}

void write_inputs(const test::Scratch& folder, const Lists& lists, const Frames& frames) {
    write(folder, "kucoin-spot.json", lists.kucoin_spot);
    write(folder, "kucoin-futures.json", lists.kucoin_futures);
    write(folder, "mexc-spot.json", lists.mexc_spot);
    write(folder, "mexc-futures.json", lists.mexc_futures);
    write(folder, "kucoin-ticker.txt", lines(frames.kucoin_ticker));
    write(folder, "kucoin-trade.txt", lines(frames.kucoin_trade));
    write(folder, "kucoin-order.txt", lines(frames.kucoin_order));
    write(folder, "mexc-ticker.txt", hex_lines(frames.mexc_ticker));
    write(folder, "mexc-trade.txt", hex_lines(frames.mexc_trade));
    write(folder, "mexc-order.txt", hex_lines(frames.mexc_order));
}

}  // namespace bf::bench
