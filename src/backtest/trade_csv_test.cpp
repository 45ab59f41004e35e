#include "backtest/trade_csv.hpp"

#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <map>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr milliseconds kSecond{1'000}, kMinute{60'000};

/// A candle as our CSV has it, the time from kStart on in seconds.
std::string line_of(const Candles& candles, std::size_t i) {
    std::string line;
    append_candle_line(line, candles, i);
    return std::to_string((candles.time[i] - kStart) / 1000) + line.substr(line.find(','), line.size() - line.find(',') - 1);
}
std::string lines_of(const std::string& text, milliseconds interval = kSecond) {
    const auto read = read_trade_csv(one_piece(text), "a.csv", interval);
    if (!read) return read.error().detail;
    std::string lines;
    for (std::size_t i = 0; i < read->columns.size(); ++i) lines += (i == 0 ? "" : " ") + line_of(read->columns.view(), i);
    return lines;
}

struct Trade {
    std::int64_t id, time;
    Decimal price, quantity;
};

std::vector<Trade> random_trades(std::mt19937_64& dice, std::size_t count) {
    std::vector<Trade> trades;
    std::int64_t time = kStart, price = 4'200'000;
    for (std::size_t i = 0; i < count; ++i) {
        time += static_cast<std::int64_t>(dice() % 10 == 0 ? dice() % 9'000 : dice() % 300);
        price += static_cast<std::int64_t>(dice() % 201) - 100;
        // Not all have the same decimals, as where a program wrote numbers.
        const int fraction = dice() % 7 == 0 ? 4 : 2;
        trades.push_back({static_cast<std::int64_t>(i) + 77, time, Decimal::from_parts(fraction == 4 ? price * 100 + static_cast<std::int64_t>(dice() % 100) : price, fraction),
                          Decimal::from_parts(static_cast<std::int64_t>(dice() % 1'000'000'000), static_cast<int>(2 + dice() % 7))});
    }
    return trades;
}

std::string csv_of(const std::vector<Trade>& trades) {
    std::string text = "id,time_ms,price,quantity\n";
    for (const auto& one : trades) text += std::to_string(one.id) + ',' + std::to_string(one.time) + ',' + one.price.to_string() + ',' + one.quantity.to_string() + '\n';
    return text;
}

/// By the definition, in decimals.
std::vector<std::string> by_definition(const std::vector<Trade>& trades, milliseconds interval) {
    struct Candle { Decimal open, high, low, close, volume; };
    std::map<std::int64_t, Candle> candles;
    for (const auto& one : trades) {
        const auto [at, fresh] = candles.try_emplace(one.time / interval.count() * interval.count(), Candle{one.price, one.price, one.price, one.price, {}});
        auto& candle = at->second;
        candle.high = std::max(candle.high, one.price);
        candle.low = std::min(candle.low, one.price);
        candle.close = one.price;
        candle.volume = candle.volume + one.quantity;
    }
    std::vector<std::string> lines;
    for (const auto& [time, candle] : candles) {
        std::string line = std::to_string((time - kStart) / 1000);
        for (const auto* one : {&candle.open, &candle.high, &candle.low, &candle.close, &candle.volume}) line += ',' + one->to_string();
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

TEST_CASE("every kind of public trade file is told from its bytes and folded the same") {
    // 2024-01-01 00:00:00.100 on: two trades in the first second, one in the third.
    struct Row { const char* why; std::string text; const char* format; };
    const std::string folded = " trades folded to candles of 1s";
    const Row rows[] = {
        {"spot, aggregate", "5,100.5,2,7,8,1704067200100,False,True\n6,99.25,1.5,9,9,1704067200900,True,True\n7,101,4,10,12,1704067202000,False,True\n",
         "Binance aggregate trades, CSV without a header, times in milliseconds, 3"},
        {"spot, aggregate, microseconds", "5,100.5,2,7,8,1704067200100001,False,True\n6,99.25,1.5,9,9,1704067200900999,True,True\n7,101,4,10,12,1704067202000000,False,True\n",
         "Binance aggregate trades, CSV without a header, times in microseconds, 3"},
        {"spot, each trade", "5,100.50000000,2.00000000,201.0,1704067200100,True,True\n6,99.25000000,1.50000000,148.875,1704067200900,True,True\n7,101.00000000,4.00000000,404,1704067202000,False,True\n",
         "Binance trades, CSV without a header, times in milliseconds, 3"},
        {"futures, aggregate, with a header",
         "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n5,100.5,2,7,8,1704067200100,false\n6,99.25,1.5,9,9,1704067200900,true\n7,101,4,10,12,1704067202000,false\n",
         "Binance aggregate trades, CSV with a header, times in milliseconds, 3"},
        {"futures, aggregate, without one", "5,100.5,2,7,8,1704067200100,false\n6,99.25,1.5,9,9,1704067200900,true\n7,101,4,10,12,1704067202000,false\n",
         "Binance aggregate trades, CSV without a header, times in milliseconds, 3"},
        {"futures, each trade", "id,price,qty,quote_qty,time,is_buyer_maker\n5,100.5,2,201,1704067200100,true\n6,99.25,1.5,148.875,1704067200900,true\n7,101,4,404,1704067202000,false\n",
         "Binance trades, CSV with a header, times in milliseconds, 3"},
        {"contracts counted in coin", "id,price,qty,base_qty,time,is_buyer_maker\n5,100.5,9,2,1704067200100,true\n6,99.25,9,1.5,1704067200900,true\n7,101,9,4,1704067202000,false\n",
         "Binance trades, CSV with a header, times in milliseconds, 3"},
        {"ours", "time_ms,price,quantity\n1704067200100,100.5,2\n1704067200900,99.25,1.5\n1704067202000,101,4\n", "trades, CSV with a header, times in milliseconds, 3"},
        {"ccxt's, quoted", "timestamp,symbol,id,side,price,amount\r\n1704067200100,BTC/USDT,x1,buy,\"100.5\",2\r\n1704067200900,BTC/USDT,x2,sell,99.25,1.5\r\n\r\n1704067202000,BTC/USDT,x3,buy,101,4",
         "trades, CSV with a header, times in milliseconds, 3"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(looks_like_trades(row.text));
        CHECK(lines_of(row.text) == "0,100.5,100.5,99.25,99.25,3.5 2,101,101,101,101,4");
        const auto read = read_trade_csv(one_piece(row.text), "a.csv", kSecond);
        REQUIRE(read);
        CHECK(read->format == row.format + folded);
        CHECK(read->trades == 3);
    }
    for (const auto* other : {"open_time_ms,open,high,low,close,volume\n1704067200000,1,1,1,1,1\n", "1704067200000,1,2,1,1,1\n",
                              "1704067200000,100,101,99,100,5,1704067259999,500,10,2,200,0\n", "[[1704067200000,1,1,1,1,1]]", "", "\n\n", "a,b\n"})
        CHECK_MESSAGE(!looks_like_trades(other), other);
}

TEST_CASE("the fold is what the definition says, of seconds and of minutes") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 dice{seed};
        const auto trades = random_trades(dice, 1 + dice() % 400);
        const auto text = csv_of(trades);
        for (const auto interval : {kSecond, kMinute}) {
            const auto read = read_trade_csv(one_piece(text), "a.csv", interval);
            REQUIRE_MESSAGE(read, read.error().detail);
            const auto expected = by_definition(trades, interval);
            REQUIRE(read->columns.size() == expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i) CHECK(line_of(read->columns.view(), i) == expected[i]);
        }
    }
}

TEST_CASE("what is wrong with a file of trades is said with its line, and nothing is kept") {
    const std::string head = "time_ms,price,quantity\n1704067200100,100.5,2\n", dump = "5,100.5,2,7,8,1704067200100,False,True\n";
    struct Row { const char* why; std::string text; const char* sentence; };
    const Row rows[] = {
        {"time goes backwards", head + "1704067200099,100,1\n", "a.csv, line 3: time goes backwards: this trade is older than the one before it; trades stand oldest first."},
        {"a price of zero", head + "1704067200200,0,1\n", "a.csv, line 3: the price is 0; a price is above zero."},
        {"a negative price", head + "1704067200200,-4,1\n", "a.csv, line 3: the price is negative: -4."},
        {"no number", head + "1704067200200,100,much\n", "a.csv, line 3: the quantity is \"much\", which is no number."},
        {"an empty field", head + "1704067200200,,1\n", "a.csv, line 3: the price is empty."},
        {"mixed units", head + "1704067200200000,100,1\n", "a.csv, line 3: the units are mixed: its time is in microseconds, those before it are in milliseconds."},
        {"no time", head + "12,100,1\n", "a.csv, line 3: its time 12 is no Unix time in seconds, milliseconds or microseconds."},
        {"cut off", dump + "6,99.25,1.5,9,9,17040", "a.csv, line 2: it ends after 6 of 8 fields; the file seems to be cut off."},
        {"a decimal comma", head + "1704067200200,100,5,1\n", "a.csv, line 3: it has more fields than the 3 of the lines before it (a decimal comma makes two of one)."},
        {"the same trade twice", dump + dump, "a.csv, line 2: the trade 5 is there twice: the one before it has the same number."},
        {"a header alone", "time_ms,price,quantity\n", "a.csv holds no trades."},
        {"a price beyond 32 bits", head + "1704067201200,99999999999.5,1\n1704067203000,1,1\n",
         "a.csv, line 3: the open 99999999999.5 does not fit 32 bits in steps of 0.1, the finest step of these prices."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(lines_of(row.text) == row.sentence);
    }
}

TEST_CASE("where trades are numbered without a hole a missing second is an empty one") {
    const auto trade = [](std::int64_t id, std::int64_t second, int ms = 0, int price = 100) {
        return std::to_string(id) + "," + std::to_string(price) + ",1," + std::to_string(id) + "," + std::to_string(id) + "," + std::to_string(kStart + second * 1000 + ms) + ",False,True\n";
    };
    const auto second = [](std::int64_t at) { return kStart + at * 1000; };
    const auto whole = [](const std::string& text) { return read_trade_csv(one_piece(text), "a", kSecond).value().whole; };
    CHECK(whole(trade(1, 0) + trade(2, 5) + trade(3, 9)) == std::vector<Span>{{second(0), second(10)}});
    CHECK(whole(trade(1, 0) + trade(2, 5) + trade(4, 9) + trade(5, 20)) == std::vector<Span>{{second(0), second(6)}, {second(9), second(21)}});
    CHECK(whole("time_ms,price,quantity\n1704067200100,1,1\n1704067205100,1,1\n").empty());

    // From one file to the next, in whatever order they are named.
    const bf::test::Scratch scratch;
    const auto file = [&](const std::string& name, const std::string& text) {
        const auto path = (scratch.path() / name).string();
        std::ofstream{path} << text;
        return path;
    };
    const auto later = file("later.csv", trade(3, 60) + trade(4, 61)), first = file("first.csv", trade(1, 0) + trade(2, 5)), far = file("far.csv", trade(9, 90) + trade(10, 95));
    const auto imported = import_candle_files({later, far, first});
    REQUIRE_MESSAGE(imported, imported.error().detail);
    CHECK(imported->columns.interval == kSecond);
    CHECK(imported->source == "later.csv and 2 more, folded from trades");
    CHECK(imported->whole == std::vector<Span>{{second(0), second(62)}, {second(90), second(96)}});
    const CandleImage image{{"binance", "spot", "BTC/USDT", kSecond}, imported->source, imported->columns.view(), imported->whole};
    auto bytes = std::make_shared<std::string>();
    for (const auto piece : image.pieces()) *bytes += piece;
    const auto set = CandleSet::open(*bytes, bytes, "set").value();
    CHECK(set.info().missing == 90);
    CHECK(set.empty_at_exchange(second(0), second(95)).value() == 4 + 54 + 4);
    CHECK(set.empty_at_exchange(second(5), second(61)).value() == 54);
    // A second that is cut in two by the files' border is whole in neither, and no other candle is made of the two.
    const auto torn = import_candle_files({file("a.csv", trade(1, 0) + trade(2, 5)), file("b.csv", trade(3, 5, 400, 101) + trade(4, 8))});
    REQUIRE(!torn);
    CHECK(torn.error().detail.find("00:00:05") != std::string::npos);
}

TEST_CASE("trades are folded to another length on demand, and files of one length become one set") {
    const std::string text = "time_ms,price,quantity\n1704067200100,100.5,2\n1704067259900,99.25,1.5\n1704067260000,101,4\n";
    const auto read = read_candle_file(text, "a.csv", kMinute);
    REQUIRE(read);
    CHECK(read->columns.interval == kMinute);
    CHECK(line_of(read->columns.view(), 0) == "0,100.5,100.5,99.25,99.25,3.5");
    CHECK(line_of(read->columns.view(), 1) == "60,101,101,101,101,4");
    CHECK(read->note.format == "trades, CSV with a header, times in milliseconds, 3 trades folded to candles of 1m");
}

TEST_CASE("whatever is done to a file of trades, it is refused by a sentence or gives sound candles") {
    std::mt19937_64 dice{20'240'101};
    int taken = 0, refused = 0;
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        auto text = csv_of(random_trades(dice, 20));
        for (auto changes = dice() % 4; changes > 0; --changes) {
            const auto at = dice() % text.size();
            static constexpr std::string_view kSigns = "0123456789.,-eE\n\r\"x ";
            if (dice() % 3 == 0)
                text.erase(at, 1 + dice() % 12);
            else
                text[at] = kSigns[dice() % kSigns.size()];
        }
        const auto read = read_trade_csv(one_piece(text), "a.csv", kSecond);
        if (!read) {
            ++refused;
            CHECK(read.error().kind == ErrorKind::bad_input);
            CHECK(read.error().detail.starts_with("a.csv"));
            continue;
        }
        ++taken;
        const CandleImage image{{"binance", "spot", "BTC/USDT", kSecond}, "a.csv", read->columns.view(), read->whole};
        auto bytes = std::make_shared<std::string>();
        for (const auto piece : image.pieces()) *bytes += piece;
        CHECK(CandleSet::open(*bytes, bytes, "set").value().verify());
    }
    CHECK(taken > 500);
    CHECK(refused > 500);
}
