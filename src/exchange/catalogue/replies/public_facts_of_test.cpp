#include "exchange/catalogue/replies/public_facts_of.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

using namespace bf;
using namespace bf::exchange;

namespace {

wire::Response golden(const std::string& name) {
    std::ifstream file{std::string{BF_SOURCE_DIR} + "/golden/" + name};
    REQUIRE_MESSAGE(file.good(), name);
    std::ostringstream text;
    text << file.rdbuf();
    wire::Response response;
    response.status = 200;
    response.body = text.str();
    return response;
}
wire::Response answer(std::string body) {
    wire::Response response;
    response.status = 200;
    response.body = std::move(body);
    return response;
}
market::Instrument instrument(const char* native, const char* contract_size = nullptr) {
    market::Instrument one;
    one.native_symbol = native;
    one.market = contract_size == nullptr ? market::Market::spot : market::Market::futures;
    if (contract_size != nullptr) one.contract_size = Decimal::parse(contract_size).value();
    return one;
}
Call call_of(const market::Instrument& one) {
    Call call;
    call.operation = Operation::ticker;
    call.market = one.market;
    return call;
}


}  // namespace

TEST_CASE("books are read in base units, best first") {
    struct Row {
        ExchangeId exchange;
        const char* file;
        market::Instrument one;
        const char *bid, *size;
        const char* target;
    };
    const Row rows[] = {
        {ExchangeId::kucoin, "kucoin/get-v1-market-orderbook-level2-20.json", instrument("BTC-USDT"), "66976.4", "0.69109872", "/api/v1/market/orderbook/level2_20?symbol=BTC-USDT"},
        {ExchangeId::mexc, "mexc/futures-get-v1-contract-depth.json", instrument("BTC_USDT", "0.0001"), "108779.1", "0.324", "/api/v1/contract/depth/BTC_USDT?limit=20"},
        {ExchangeId::mexc, "mexc/get-v3-depth.json", instrument("BTCUSDT"), "15", "49999", "/api/v3/depth?symbol=BTCUSDT&limit=20"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.file);
        const auto* facts = public_facts_of(row.exchange);
        const auto call = call_of(row.one);
        CHECK(facts->depth_target(row.one) == row.target);
        const auto depth = facts->depth(golden(row.file), {call, Instant{}}, row.one);
        REQUIRE(depth.has_value());
        CHECK(depth->bids.front().price == Decimal::parse(row.bid).value());
        CHECK(depth->bids.front().quantity == Decimal::parse(row.size).value());
        CHECK(!depth->asks.empty());
    }
    const auto contract = instrument("XBTUSDTM", "0.001");
    CHECK(public_facts_of(ExchangeId::kucoin)->depth_target(contract) == "/api/v1/level2/depth20?symbol=XBTUSDTM");
}

TEST_CASE("a book that can't be one is none") {
    const auto spot = instrument("BTC-USDT");
    const auto call = call_of(spot);
    const auto* facts = public_facts_of(ExchangeId::kucoin);
    const auto read = [&](const char* bids, const char* asks, const market::Instrument& one) {
        return facts->depth(answer(std::string{R"({"code":"200000","data":{"bids":)"} + bids + R"(,"asks":)" + asks + "}}"), {call, Instant{}}, one).has_value();
    };
    CHECK(read(R"([["10","1"],["9","1"]])", R"([["11","1"]])", spot));
    CHECK(read("[]", "[]", spot));
    CHECK_FALSE(read(R"([["9","1"],["10","1"]])", "[]", spot));   // Not best first.
    CHECK_FALSE(read("[]", R"([["11","1"],["11","1"]])", spot));
    CHECK_FALSE(read(R"([["10","-1"]])", "[]", spot));
    CHECK_FALSE(read(R"([["0","1"]])", "[]", spot));
    CHECK_FALSE(read(R"([["10"]])", "[]", spot));
    CHECK_FALSE(read("null", "[]", spot));
    CHECK_FALSE(read(R"([["1000000000001","1"]])", "[]", spot));
    CHECK_FALSE(read(R"([["10","1000000000000000001"]])", "[]", spot));
    CHECK_FALSE(read(R"([["10","99999999999999999999"]])", "[]", instrument("XBTUSDTM", "1000")));  // Beyond what can be counted: it ends nothing.
    market::Instrument unknown = instrument("XBTUSDTM", "0.001");
    unknown.contract_size.reset();
    CHECK_FALSE(read(R"([["10","1"]])", "[]", unknown));  // Contracts of no known size.
    CHECK_FALSE(facts->depth(answer(R"({"code":"429000","msg":"Too many requests"})"), {call, Instant{}}, spot).has_value());
}

TEST_CASE("the rate of the next funding and when it is due") {
    const auto contract = instrument("XBTUSDTM", "0.001");
    const auto call = call_of(contract);
    const auto* kucoin = public_facts_of(ExchangeId::kucoin);
    CHECK(kucoin->funding_target(contract) == "/api/v1/funding-rate/XBTUSDTM/current");
    const auto rate = kucoin->funding_rate(golden("kucoin/futures-get-v1-funding-rate-current.json"), {call, Instant{}});
    REQUIRE(rate.has_value());
    CHECK(rate->rate == "0.000061"_d);
    CHECK(rate->due.ms() == 1748491200000);
    const auto* mexc = public_facts_of(ExchangeId::mexc);
    CHECK(mexc->funding_target(instrument("BTC_USDT", "0.0001")) == "/api/v1/contract/funding_rate/BTC_USDT");
    const auto other = mexc->funding_rate(golden("mexc/futures-get-v1-contract-funding-rate.json"), {call, Instant{}});
    REQUIRE(other.has_value());
    CHECK(other->rate == "-0.000489"_d);
    CHECK(other->due.ms() == 1609833600000);
    CHECK_FALSE(mexc->funding_rate(answer(R"({"success":true,"code":0,"data":{"symbol":"X_USDT","fundingRate":0.1}})"), {call, Instant{}}).has_value());
    CHECK_FALSE(kucoin->funding_rate(answer(R"({"code":"200000","data":{"value":0.1}})"), {call, Instant{}}).has_value());
    // More than all that is held, each time.
    CHECK_FALSE(mexc->funding_rate(answer(R"({"success":true,"code":0,"data":{"symbol":"X_USDT","fundingRate":1.1,"nextSettleTime":1609833600000}})"), {call, Instant{}}).has_value());
    CHECK_FALSE(kucoin->funding_rate(answer(R"({"code":"200000","data":{"value":-9E18,"fundingTime":1748491200000}})"), {call, Instant{}}).has_value());
    CHECK(public_facts_of(ExchangeId::okx) == nullptr);
}

TEST_CASE("settled funding rates: by time or by page") {
    const auto xbt = instrument("XBTUSDTM", "0.001"), btc = instrument("BTC_USDT", "0.0001");
    const auto call = call_of(xbt);
    const FundingAsk ask{Instant::from_ms(1'700'310'700'000), Instant::from_ms(1'702'310'700'000), 3};
    const auto* kucoin = public_facts_of(ExchangeId::kucoin);
    CHECK_FALSE(kucoin->lists_funding_by_page());
    CHECK(kucoin->settled_target(xbt, ask) == "/api/v1/contract/funding-rates?symbol=XBTUSDTM&from=1700310700000&to=1702310699999");
    const auto rates = kucoin->settled_rates(golden("kucoin/futures-get-v1-contract-funding-rates.json"), {call, Instant{}}, xbt);
    REQUIRE(rates.has_value());
    REQUIRE(rates->rates.size() == 69);
    CHECK(rates->rates.front().rate == "0.00021"_d);
    CHECK(rates->rates.front().due.ms() == 1'702'296'000'000);
    CHECK(rates->rates[20].rate == "-0.000082"_d);
    CHECK_FALSE(rates->more);
    const auto* mexc = public_facts_of(ExchangeId::mexc);
    CHECK(mexc->lists_funding_by_page());
    CHECK(mexc->settled_target(btc, ask) == "/api/v1/contract/funding_rate/history?symbol=BTC_USDT&page_num=3&page_size=100");
    const auto page = mexc->settled_rates(golden("mexc/futures-get-v1-contract-funding-rate-history.json"), {call, Instant{}}, btc);
    REQUIRE(page.has_value());
    REQUIRE(page->rates.size() == 2);
    CHECK(page->rates[1].rate == "0.00029"_d);
    CHECK(page->rates[1].due.ms() == 1'609'776'000'000);
    CHECK(page->more);
}

TEST_CASE("settled funding rates that are none are refused, of another contract too") {
    const auto xbt = instrument("XBTUSDTM", "0.001"), btc = instrument("BTC_USDT", "0.0001");
    const auto call = call_of(xbt);
    const auto kucoin = [&](const char* data) {
        return public_facts_of(ExchangeId::kucoin)->settled_rates(answer(std::string{R"({"code":"200000","data":)"} + data + "}"), {call, Instant{}}, xbt).has_value();
    };
    CHECK(kucoin("[]"));
    CHECK(kucoin(R"([{"symbol":"XBTUSDTM","fundingRate":1.0E-5,"timepoint":1702296000000}])"));
    CHECK_FALSE(kucoin("null"));
    CHECK_FALSE(kucoin(R"([{"symbol":"ETHUSDTM","fundingRate":1.0E-5,"timepoint":1702296000000}])"));
    CHECK_FALSE(kucoin(R"([{"symbol":"XBTUSDTM","fundingRate":null,"timepoint":1702296000000}])"));
    CHECK_FALSE(kucoin(R"([{"symbol":"XBTUSDTM","fundingRate":1.0E-5}])"));
    CHECK_FALSE(kucoin(R"([{"symbol":"XBTUSDTM","fundingRate":-1.5,"timepoint":1702296000000}])"));
    const auto mexc = [&](const char* data) {
        return public_facts_of(ExchangeId::mexc)->settled_rates(answer(std::string{R"({"success":true,"code":0,"data":)"} + data + "}"), {call, Instant{}}, btc).has_value();
    };
    CHECK(mexc(R"({"currentPage":1,"totalPage":0,"resultList":[]})"));
    CHECK_FALSE(mexc(R"({"resultList":[]})"));
    CHECK_FALSE(mexc(R"({"currentPage":1,"totalPage":1,"resultList":[{"symbol":"BTC_USDT","fundingRate":2,"settleTime":1609804800000}]})"));
    CHECK_FALSE(mexc(R"({"currentPage":1,"totalPage":1,"resultList":null})"));
    CHECK_FALSE(mexc(R"({"currentPage":1,"totalPage":1,"resultList":[{"symbol":"BTC_USDT","fundingRate":0.0001}]})"));
    CHECK_FALSE(mexc(R"({"currentPage":1,"totalPage":1,"resultList":[{"symbol":"ETH_USDT","fundingRate":0.0001,"settleTime":1609804800000}]})"));
}
