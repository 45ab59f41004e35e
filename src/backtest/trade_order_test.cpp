// Trades that do not stand in order of time: the candles are those of the sorted trades, or the file is refused.
#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/pieces_fixture.hpp"
#include "backtest/trade_csv.hpp"
#include "backtest/trade_numbers.hpp"

#include <doctest/doctest.h>
#include <numeric>
#include <set>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr milliseconds kSecond{1'000}, kMinute{60'000};

struct Trade {
    std::int64_t id, at_us;
    std::int64_t price{100}, quantity{1};  ///< In hundredths.
};

std::string line_of(const Trade& one) {
    const auto number = [](std::int64_t hundredths) { return Decimal::from_parts(hundredths, 2).to_string(); };
    return std::to_string(one.id) + ',' + number(one.price) + ',' + number(one.quantity) + ",1," + std::to_string(one.at_us) + ",true\n";
}
std::string dump_of(const std::vector<Trade>& trades) {
    std::string text{"id,price,qty,quote_qty,time,is_buyer_maker\n"};
    for (const auto& one : trades) text += line_of(one);
    return text;
}

/// All candles as our CSV has them, or the sentence that refuses.
std::string told(const Result<ReadTrades>& read) {
    if (!read) return read.error().detail;
    std::string text;
    for (std::size_t i = 0; i < read->columns.size(); ++i) append_candle_line(text, read->columns.view(), i);
    return text;
}
Result<ReadTrades> read(const std::vector<Trade>& trades, milliseconds interval = kSecond) { return read_trade_csv(one_piece(dump_of(trades)), "a.csv", interval); }

std::vector<Trade> sorted(std::vector<Trade> trades) {
    std::sort(trades.begin(), trades.end(), [](const Trade& a, const Trade& b) { return std::pair{a.at_us, a.id} < std::pair{b.at_us, b.id}; });
    return trades;
}

/// In order of their numbers, whose times step back by less than `back_us` here and there.
std::vector<Trade> random_trades(std::mt19937_64& dice, std::size_t count, std::int64_t back_us) {
    std::vector<Trade> trades;
    std::int64_t at = kStart * 1'000 + 5'000'000, price = 42'000;
    for (std::size_t i = 0; i < count; ++i) {
        // Many at the same moment; a second without one now and then.
        at += static_cast<std::int64_t>(dice() % 4 == 0 ? dice() % (dice() % 20 == 0 ? 4'000'000 : 400'000) : 0);
        price += static_cast<std::int64_t>(dice() % 21) - 10;
        const auto back = back_us > 0 && dice() % 3 == 0 ? static_cast<std::int64_t>(dice()) & 0xffffff : 0;
        trades.push_back({static_cast<std::int64_t>(i) + 500, at - back % std::max<std::int64_t>(back_us, 1), price, static_cast<std::int64_t>(1 + dice() % 900)});
    }
    return trades;
}

constexpr std::int64_t kBase = kStart * 1'000;

}  // namespace

TEST_CASE("trades whose times step back by some seconds give the candles of the sorted trades") {
    std::mt19937_64 dice{20'230'801};
    int disordered = 0;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        const auto trades = random_trades(dice, 1 + dice() % 400, static_cast<std::int64_t>(dice() % 2 == 0 ? 900'000 : 10'000'000));
        const auto in_order = sorted(trades);
        for (const auto interval : {kSecond, kMinute}) {
            const auto got = read(trades, interval);
            REQUIRE_MESSAGE(got, got.error().detail);
            CHECK(told(got) == told(read(in_order, interval)));
            CHECK(got->trades == trades.size());
            disordered += got->format.find("out of order by up to ") != std::string::npos ? 1 : 0;
        }
    }
    CHECK(disordered > 300);
}

TEST_CASE("rows in any order within ten seconds give the candles of the sorted trades, wherever the file is cut into pieces") {
    std::mt19937_64 dice{7};
    for (int round = 0; round < 200; ++round) {
        CAPTURE(round);
        const auto trades = sorted(random_trades(dice, 2 + dice() % 300, 0));
        // Each row a little later than its time: what stands before it is older by less than the bound.
        std::vector<std::pair<std::int64_t, std::size_t>> places;
        for (std::size_t i = 0; i < trades.size(); ++i) places.emplace_back(trades[i].at_us + static_cast<std::int64_t>(dice() % 9'999'999), i);
        std::sort(places.begin(), places.end());
        std::vector<Trade> mixed;
        for (const auto& [place, i] : places) mixed.push_back(trades[i]);
        const auto text = dump_of(mixed);
        CHECK(told(read_trade_csv(in_pieces(text, dice), "a.csv", kSecond)) == told(read(trades)));
    }
}

TEST_CASE("of one moment's trades the numbers say which was first and last") {
    const auto got = read({{3, kBase + 500, 103}, {1, kBase + 500, 101}, {2, kBase + 500, 102}});
    CHECK(told(got) == std::to_string(kStart) + ",1.01,1.03,1.01,1.03,0.03\n");
    const auto later = read({{5, kBase + 900'000, 105}, {6, kBase + 100'000, 106}, {7, kBase + 1'200'000, 107}, {8, kBase + 950'000, 108}});
    CHECK(told(later) == std::to_string(kStart) + ",1.06,1.08,1.05,1.08,0.03\n" + std::to_string(kStart + 1'000) + ",1.07,1.07,1.07,1.07,0.01\n");
    REQUIRE(later);
    CHECK(later->format == "Binance trades, CSV with a header, times in microseconds, 4 trades folded to candles of 1s, out of order by up to 0.8 s");
}

TEST_CASE("a candle into which trades come late keeps every digit") {
    // The late ones are finer, and coarser, than those before them.
    const std::string head = "id,time_ms,price,quantity\n";
    const auto at = [](int ms) { return std::to_string(kStart + ms); };
    const auto text = head + "1," + at(100) + ",100.5,1\n2," + at(1'100) + ",100,1\n3," + at(200) + ",100.1234,0.00000001\n4," + at(900) + ",99,2\n";
    CHECK(told(read_trade_csv(one_piece(text), "a.csv", kSecond)) == at(0) + ",100.5,100.5,99,99,3.00000001\n" + at(1'000) + ",100,100,100,100,1\n");
}

TEST_CASE("parts whose rows take turns from the beginning are put together") {
    std::mt19937_64 dice{12};
    int shared = 0;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        const auto trades = random_trades(dice, 40 + dice() % 400, dice() % 2 == 0 ? 0 : 900'000);
        // Two or three parts of one history; the first ends where the second begins, mostly in the middle of a second.
        const auto count = 2 + dice() % 2;
        std::vector<std::size_t> begins{0};
        for (std::size_t i = 1; i < count; ++i) begins.push_back(trades.size() * i / count + dice() % 5);
        begins.push_back(trades.size());
        const auto newest = [&](std::size_t from, std::size_t to) {
            std::int64_t most = 0;
            for (auto i = from; i < to; ++i) most = std::max(most, trades[i].at_us);
            return most;
        };
        std::vector<Trade> mixed;
        for (std::size_t row = 0; row < trades.size(); ++row)
            for (std::size_t i = 0; i < count; ++i)
                if (begins[i] + row < begins[i + 1]) mixed.push_back(trades[begins[i] + row]);
        // Their first rows are further apart than what is out of order within a part.
        bool apart = true;
        for (std::size_t i = 1; i < count; ++i) apart = apart && trades[begins[i]].at_us > newest(begins[i - 1], begins[i - 1] + 2) + 11'000'000;
        if (!apart) continue;
        const auto got = read(mixed);
        REQUIRE_MESSAGE(got, got.error().detail);
        CHECK(told(got) == told(read(sorted(trades))));
        CHECK(got->format.find(", put together from parts whose rows take turns") != std::string::npos);
        CHECK(got->first_id == trades.front().id);
        CHECK(got->last_id == trades.back().id);
        const auto second = [&](std::size_t i) { return trades[i].at_us / 1'000'000; };
        for (std::size_t i = 1; i < count; ++i) shared += second(begins[i] - 1) == second(begins[i]) ? 1 : 0;
    }
    CHECK(shared > 20);
}

TEST_CASE("the rows of a monthly dump as Binance's users have shown them") {
    // github.com/binance/binance-public-data/issues/288, aggregate trades of BTCUSDT, October 2023.
    const std::string rows = "1862715434,26951.0,0.003,4130731517,4130731517,1696118404732,false\n1896999302,33944.3,0.001,4231745127,4231745127,1698418067575,false\n"
                             "1862715435,26950.9,0.005,4130731518,4130731518,1696118404758,true\n1896999303,33944.4,0.006,4231745128,4231745132,1698418067575,false\n"
                             "1862715436,26951.0,0.001,4130731519,4130731519,1696118404760,false\n1896999304,33944.5,0.01,4231745133,4231745133,1698418067575,false\n";
    CHECK(told(read_trade_csv(one_piece(rows), "a.csv", kSecond)) == "1696118404000,26951,26951,26950.9,26951,0.009\n1698418067000,33944.3,33944.5,33944.3,33944.5,0.017\n");
    // github.com/ccxt/ccxt/issues/8329: aggregate trades of spot, 2017.
    const std::string late = "1195414,11498.75,0.004901,1291817,1291817,1512378391578,False,True\n1195415,11498.56,0.081704,1291818,1291818,1512378392510,False,True\n"
                             "1195416,11498.75,0.004901,1291817,1291817,1512378391578,False,True\n";
    CHECK(told(read_trade_csv(one_piece(late), "a.csv", kSecond)) == "1512378391000,11498.75,11498.75,11498.75,11498.75,0.009802\n1512378392000,11498.56,11498.56,11498.56,11498.56,0.081704\n");
}

TEST_CASE("what goes further back, or comes twice, is refused with its line") {
    const auto at = [](std::int64_t ms) { return kBase + ms * 1'000; };
    const std::string too_old = "time goes backwards: this trade is older than one before it by more than the 10 s that numbered trades may stand out of order; trades stand oldest first.";
    struct Row { const char* why; std::vector<Trade> trades; std::string sentence; };
    const Row rows[] = {
        {"ten seconds and a little", {{1, at(0)}, {2, at(20'000)}, {3, at(10'000) - 1}}, "a.csv, line 4: " + too_old},
        {"newest first", {{9, at(60'000)}, {8, at(40'000)}, {7, at(20'000)}}, "a.csv, line 3: " + too_old},
        {"a stray row in the middle of another part", {{1, at(0)}, {2, at(100)}, {50, at(60'000)}, {51, at(70'000)}, {90, at(30'000)}}, "a.csv, line 6: " + too_old},
        {"the next one's number", {{1, at(0)}, {1, at(0)}}, "a.csv, line 3: the trade 1 is there twice: the one before it has the same number."},
        {"one that came earlier", {{1, at(0)}, {2, at(900)}, {3, at(1'500)}, {2, at(900)}}, "a.csv, line 5: the trade 2 is there twice."},
        {"a page that overlaps the one before it", {{11, at(0)}, {12, at(900)}, {13, at(1'500)}, {12, at(900)}, {13, at(1'500)}, {14, at(1'600)}}, "a.csv, line 5: the trade 12 is there twice."},
        {"one that came before others", {{4, at(10)}, {9, at(20)}, {5, at(30)}, {6, at(40)}, {7, at(50)}, {8, at(60)}, {9, at(20)}}, "a.csv, line 8: the trade 9 is there twice."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(told(read(row.trades)) == row.sentence);
    }
    CHECK(read({{1, at(0)}, {2, at(20'000)}, {3, at(10'000)}}));

    // Without numbers nobody knows which of one moment's trades was first: in order, or not at all. So when the numbers end.
    const std::string plain = "time_ms,price,quantity\n" + std::to_string(kStart + 2) + ",1,1\n" + std::to_string(kStart + 1) + ",1,1\n";
    CHECK(told(read_trade_csv(one_piece(plain), "a.csv", kSecond)) == "a.csv, line 3: time goes backwards: this trade is older than the one before it; trades stand oldest first.");
    const std::string partly = "id,time_ms,price,quantity\n5," + std::to_string(kStart + 2) + ",1,1\n," + std::to_string(kStart + 1) + ",1,1\n";
    CHECK(told(read_trade_csv(one_piece(partly), "a.csv", kSecond)) == "a.csv, line 3: time goes backwards: this trade is older than the one before it; trades stand oldest first.");
}

TEST_CASE("what a candle is refused for is said with its own line, though others have been read since") {
    const std::string text = "id,time_ms,price,quantity\n1," + std::to_string(kStart) + ",99999999999.5,1\n2," + std::to_string(kStart + 5'000) + ",1,1\n3," + std::to_string(kStart + 60'000) + ",1,1\n";
    CHECK(told(read_trade_csv(one_piece(text), "a.csv", kSecond)) == "a.csv, line 2: the open 99999999999.5 does not fit 32 bits in steps of 0.1, the finest step of these prices.");
}

TEST_CASE("where times step back a second is known to be empty only away from what is missing") {
    const auto at = [](std::int64_t seconds, std::int64_t ms = 0) { return kBase + seconds * 1'000'000 + ms * 1'000; };
    const auto span = [](std::int64_t from, std::int64_t to) { return Span{kStart + from * 1'000, kStart + to * 1'000}; };
    // Up to 1.5 s back: 4 is missing, and might be of second 6 or 7, of 8 or of those behind.
    const auto got = read({{1, at(0)}, {2, at(5)}, {3, at(9)}, {5, at(10)}, {6, at(8, 500)}, {7, at(20)}});
    REQUIRE_MESSAGE(got, got.error().detail);
    CHECK(got->whole == std::vector<Span>{span(2, 8), span(12, 19)});
    CHECK(read({{1, at(0)}, {2, at(5)}, {3, at(9)}})->whole == std::vector<Span>{span(0, 10)});
    // Parts that take turns and follow each other by their numbers have no hole between them.
    const auto turns = read({{1, at(0)}, {4, at(60)}, {2, at(20)}, {5, at(80)}, {3, at(40)}});
    REQUIRE_MESSAGE(turns, turns.error().detail);
    CHECK(turns->whole == std::vector<Span>{span(0, 81)});
}

TEST_CASE("numbers are remembered for their window, however they come, and no longer") {
    constexpr std::int64_t kWindow = 1'000;
    std::mt19937_64 dice{3};
    for (int round = 0; round < 200; ++round) {
        CAPTURE(round);
        TradeNumbers numbers{kWindow};
        std::set<std::int64_t> seen;
        for (int i = 0; i < 300; ++i) {
            const auto number = static_cast<std::int64_t>(dice() % 400);
            CHECK(numbers.add(number, 50) == seen.insert(number).second);
        }
    }
    TradeNumbers numbers{kWindow};
    for (std::int64_t number = 0; number < 5'000; ++number) CHECK(numbers.add(number, number));
    CHECK(!numbers.add(4'900, 4'999));
    CHECK(numbers.add(17, 5'000));  // As of an exchange that counts anew.
}
