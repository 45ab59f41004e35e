// Every form of public dump that github.com/binance/binance-public-data documents, by the lines of its README (read 2026-11-29) and, where that gives no
// headers, by those its issues quote (246, 278, 283, 339).
#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

/// What an import says of it, and its candles; or the sentence that refuses.
std::string told(const std::string& bytes, std::optional<milliseconds> interval = {}) {
    const Text padded{bytes};
    const auto read = read_candle_file(padded.view(), "a.csv", interval);
    if (!read) return read.error().detail;
    std::string lines = read->note.format;
    for (std::size_t i = 0; i < read->columns.size(); ++i) {
        lines += "\n";
        append_candle_line(lines, read->columns.view(), i);
        lines.pop_back();
    }
    return lines;
}

constexpr milliseconds kMinute{60'000}, kHour{3'600'000}, kDay{86'400'000};

}  // namespace

TEST_CASE("every documented form of Binance's public klines is read") {
    CHECK(told("1601510340000,4.15070000,4.15870000,4.15060000,4.15540000,539.23000000,1601510399999,2240.39860900,13,401.82000000,1669.98121300,0\n", kMinute) ==
          "Binance klines, CSV without a header, times in milliseconds\n1601510340000,4.1507,4.1587,4.1506,4.1554,539.23");
    CHECK(told("1735689600000000,4.15070000,4.15870000,4.15060000,4.15540000,539.23000000,1735693199999999,2240.39860900,13,401.82000000,1669.98121300,0\n", kHour) ==
          "Binance klines, CSV without a header, times in microseconds\n1735689600000,4.1507,4.1587,4.1506,4.1554,539.23");
    CHECK(told("1499040000000,0.01634790,0.80000000,0.01575800,0.01577100,148976.11427815,1499644799999,2434.19055334,308,1756.87402397,28.46694368,17928899.62484339\n", kDay) ==
          "Binance klines, CSV without a header, times in milliseconds\n1499040000000,0.0163479,0.8,0.015758,0.015771,148976.11427815");
    // COIN-M counts contracts, with a header since 2022.
    CHECK(told("1591258320000,9640.7,9642.4,9640.6,9642.0,206,1591258379999,2.13660389,48,119,1.23424865,0\n", kMinute) ==
          "Binance klines, CSV without a header, times in milliseconds\n1591258320000,9640.7,9642.4,9640.6,9642,206");
    CHECK(told("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
               "1698364800000,34161.6,34182.5,33977.4,34024.2,409953,1698368399999,1202.97118037,15095,192220,564.12041453,0\n"
               "1698368400000,34024.2,34060.1,33776.4,33848.4,740960,1698371999999,2183.75671155,23938,368266,1085.17080793,0\n") ==
          "Binance klines, CSV with a header, times in milliseconds\n1698364800000,34161.6,34182.5,33977.4,34024.2,409953\n1698368400000,34024.2,34060.1,33776.4,33848.4,740960");
    // Lengths that begin on no multiple of themselves, and tables of something else, are named.
    CHECK(told("1735689600000,1,1,1,1,1,1735948799999,1,1,1,1,0\n1735948800000,1,1,1,1,1,1736207999999,1,1,1,1,0\n") ==
          "a.csv, line 1: its candles are 259200000 ms apart; sets are kept of 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d.");
    CHECK(told("calc_time,funding_interval_hours,last_funding_rate\n1698364800000,8,0.0001\n") ==
          "a.csv, line 1: column 1 is called \"calc_time\" where \"open_time_ms\" belongs; the columns are open_time_ms,open,high,low,close,volume.");
}

TEST_CASE("every documented form of Binance's public trades is read, and counts coin wherever the file has it") {
    const auto trades = [](const std::string& what) { return what + ", 1 trades folded to candles of 1s\n"; };
    CHECK(told("0,0.20000000,50.00000000,0,0,1608872400000,False,True\n") == trades("Binance aggregate trades, CSV without a header, times in milliseconds") + "1608872400000,0.2,0.2,0.2,0.2,50");
    CHECK(told("0,0.20000000,50.00000000,0,0,1735689600010866,False,True\n") == trades("Binance aggregate trades, CSV without a header, times in microseconds") + "1735689600000,0.2,0.2,0.2,0.2,50");
    CHECK(told("51175358,17.80180000,5.69000000,101.29224200,1583709433583,True,True\n") == trades("Binance trades, CSV without a header, times in milliseconds") + "1583709433000,17.8018,17.8018,17.8018,17.8018,5.69");
    CHECK(told("26129,0.01633102,4.70443515,27781,27781,1498793709153,true\n") ==
          trades("Binance aggregate trades, CSV without a header, times in milliseconds") + "1498793709000,0.01633102,0.01633102,0.01633102,0.01633102,4.70443515");
    CHECK(told("agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n1715206948,29223.0,0.639,3643221425,3643221428,1682899200101,false\n") ==
          trades("Binance aggregate trades, CSV with a header, times in milliseconds") + "1682899200000,29223,29223,29223,29223,0.639");
    CHECK(told("28457,4.00000100,12.00000000,48.00,1499865549590,true\n") == trades("Binance trades, CSV without a header, times in milliseconds") + "1499865549000,4.000001,4.000001,4.000001,4.000001,12");
    CHECK(told("id,price,qty,quote_qty,time,is_buyer_maker\n51254697,9.96,18.8,187.248,1617840001352,false\n") == trades("Binance trades, CSV with a header, times in milliseconds") + "1617840001000,9.96,9.96,9.96,9.96,18.8");
    // COIN-M: contracts, and beside them the coin that they were worth. Without a header it is the numbers that tell.
    CHECK(told("28457,9635.0,1,0.01037883,1591250192508,true\n") == trades("Binance trades, CSV without a header, times in milliseconds") + "1591250192000,9635,9635,9635,9635,0.01037883");
    CHECK(told("1,242.15,7,0.28907701,1591250192508,true\n") == trades("Binance trades, CSV without a header, times in milliseconds") + "1591250192000,242.15,242.15,242.15,242.15,0.28907701");
    CHECK(told("id,price,qty,base_qty,time,is_buyer_maker\n28457,9635.0,1,0.01037883,1691250192508,true\n") == trades("Binance trades, CSV with a header, times in milliseconds") + "1691250192000,9635,9635,9635,9635,0.01037883");
    // USD-M at the price where both readings would fit.
    CHECK(told("1,3.16227766,2,6.32455532,1591250192508,true\n") == trades("Binance trades, CSV without a header, times in milliseconds") + "1591250192000,3.16227766,3.16227766,3.16227766,3.16227766,2");
}
