#include "backtest/candle_csv.hpp"

#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/candle_words.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

const std::string kHeader = "open_time_ms,open,high,low,close,volume\n";
const std::string kGood = "1704067200000,100,101,99,100.5,3\n1704067260000,100.5,102,100,101.25,4.5\n";

std::string csv_of(const Candles& candles) {
    std::string text;
    CHECK(write_candle_csv(candles, [&text](const std::string& piece) -> Status {
        text += piece;
        return {};
    }));
    return text;
}

Result<ReadCandles> read(const std::string& text, std::optional<milliseconds> interval = {}) {
    const Text padded{text};
    return read_candle_csv(padded.view(), "a.csv", interval);
}

}  // namespace

TEST_CASE("candles are read as they stand there, in the finest step that is met") {
    const auto got = read(kHeader + kGood).value();
    CHECK(got.format == CandleFormat::own_csv);
    CHECK(describe(got) == "candles as CSV, times in milliseconds");
    const auto candles = got.columns.view();
    CHECK(candles.interval == milliseconds{60'000});
    CHECK(candles.tick == "0.01"_d);
    CHECK(candles.lot == "0.1"_d);
    REQUIRE(candles.size() == 2);
    CHECK(candles.time[1] == 1'704'067'260'000);
    CHECK(candles.open[0] == 10'000);
    CHECK(candles.high[0] == 10'100);
    CHECK(candles.low[0] == 9'900);
    CHECK(candles.close[0] == 10'050);
    CHECK(candles.close[1] == 10'125);
    CHECK(candles.volume[0] == 30);
    CHECK(candles.volume[1] == 45);
}

TEST_CASE("the same candles read the same however they are written") {
    const auto expected = read(kHeader + kGood).value();
    struct Row { const char* why; std::string text; const char* told; };
    const Row rows[] = {
        {"no header", kGood, "CSV without a header, times in milliseconds"},
        {"Windows' line ends", "open_time_ms,open,high,low,close,volume\r\n1704067200000,100,101,99,100.5,3\r\n1704067260000,100.5,102,100,101.25,4.5\r\n", "candles as CSV, times in milliseconds"},
        {"no end behind the last line", kHeader + kGood.substr(0, kGood.size() - 1), "candles as CSV, times in milliseconds"},
        {"a mark of UTF-8", "\xef\xbb\xbf" + kHeader + kGood, "candles as CSV, times in milliseconds"},
        {"blank lines", "\n" + kHeader + "\n" + kGood + "\n\n", "candles as CSV, times in milliseconds"},
        {"quotes and blanks", "\"time\", \"Open\",high,low,close,volume\n\"1704067200000\", \"100\",101,99,100.50,3\n1704067260000,100.5,102.0000,100,101.25,4.5\n", "CSV with a header, times in milliseconds"},
        {"seconds", "timestamp,open,high,low,close,volume\n1704067200,100,101,99,100.5,3\n1704067260,100.5,102,100,101.25,4.5\n", "CSV with a header, times in seconds"},
        {"microseconds", "1704067200000000,100,101,99,100.5,3\n1704067260000000,100.5,102,100,101.25,4.5\n", "CSV without a header, times in microseconds"},
        {"zeros at the end, as Binance writes", "1704067200000,100.00000000,101.00000000,99.00000000,100.50000000,3.00000000\n1704067260000,100.50000000,102.00000000,100.00000000,101.25000000,4.50000000\n",
         "CSV without a header, times in milliseconds"},
        {"exponents, as Python writes", "1704067200000,1e2,1.01e+2,99,1005e-1,3\n1704067260000,100.5,102,100,101.25,4.5\n", "CSV without a header, times in milliseconds"},
        {"Binance's twelve columns",
         "1704067200000,100,101,99,100.5,3,1704067259999,300.1,17,1.5,150.2,0\n1704067260000,100.5,102,100,101.25,4.5,1704067319999,455.3,18,2,202.1,0\n", "Binance klines, CSV without a header, times in milliseconds"},
        {"Binance's with their header",
         "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
         "1704067200000,100,101,99,100.5,3,1704067259999,300.1,17,1.5,150.2,0\n1704067260000,100.5,102,100,101.25,4.5,1704067319999,455.3,18,2,202.1,0\n",
         "Binance klines, CSV with a header, times in milliseconds"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto got = read(row.text);
        if (!got) FAIL(got.error().detail);
        CHECK(equal(got->columns.view(), expected.columns.view()));
        CHECK(describe(*got) == row.told);
    }
}

TEST_CASE("what is wrong is said with file and line") {
    struct Row { const char* why; std::string text; const char* sentence; };
    const std::string line1 = "1704067200000,100,101,99,100.5,3\n";
    const Row rows[] = {
        {"nothing", "", "a.csv is empty."},
        {"blanks", "\n\n", "a.csv is empty."},
        {"only a header", kHeader, "a.csv holds a header and no candles."},
        {"a wrong header", "time,close,high,low,open,volume\n" + kGood, "a.csv, line 1: column 2 is called \"close\" where \"open\" belongs; the columns are open_time_ms,open,high,low,close,volume."},
        {"a short header", "time,open\n" + kGood, "a.csv, line 1: the header has 2 columns; open_time_ms,open,high,low,close,volume are six."},
        {"too few fields", "1704067200000,100,101\n", "a.csv, line 1: it has 3 fields; a candle has open_time_ms,open,high,low,close,volume."},
        {"semicolons", "1704067200000;100;101;99;100.5;3\n", "a.csv, line 1: its fields stand between semicolons; candles stand between commas."},
        {"tabs", "1704067200000\t100\t101\t99\t100.5\t3\n", "a.csv, line 1: its fields stand between tabs; candles stand between commas."},
        {"a date", "2024-01-01 00:00,100,101,99,100.5,3\n", "a.csv, line 1: the time \"2024-01-01 00:00\" is no whole number: times are Unix milliseconds (seconds and microseconds are understood, too)."},
        {"a spreadsheet's time", line1 + "1.70407E+12,100,101,99,100.5,3\n" + "1704067320000,100,101,99,100,3\n", "a.csv, line 2: the time \"1.70407E+12\" was rounded by a spreadsheet: take the file as it was downloaded."},
        {"time going backwards", kHeader + kGood + line1, "a.csv, line 4: time goes backwards: 2024-01-01 00:00 comes after 2024-01-01 00:01; candles stand oldest first."},
        {"newest first", "1704067260000,100,101,99,100,3\n" + line1, "a.csv, line 1: time goes backwards: the newest candle stands first; candles stand oldest first."},
        {"the same twice", kGood + "1704067260000,100,101,99,100,3\n", "a.csv, line 3: its time 2024-01-01 00:01 is there twice: the candle before it has the same."},
        {"mixed units", kGood + "1704067320000000,100,101,99,100,3\n", "a.csv, line 3: the units are mixed: its time is in microseconds, those before it are in milliseconds."},
        {"a time of no unit", kGood + "17040,100,101,99,100,3\n", "a.csv, line 3: its time 17040 is no Unix time in seconds, milliseconds or microseconds."},
        {"between the minutes", kGood + "1704067321000,100,101,99,100,3\n", "a.csv, line 3: it opens at 2024-01-01 00:02:01, which is no whole 1m."},
        {"a price of zero", kGood + "1704067320000,100,101,0,100,3\n", "a.csv, line 3: the low is 0; a price is above zero."},
        {"an open of zero", kGood + "1704067320000,0.00,101,99,100,3\n", "a.csv, line 3: the open is 0; a price is above zero."},
        {"a negative price", kGood + "1704067320000,100,101,-1,100,3\n", "a.csv, line 3: the low is negative: -1."},
        {"a negative volume", kGood + "1704067320000,100,101,99,100,-3\n", "a.csv, line 3: the volume is negative: -3."},
        {"high below low", kGood + "1704067320000,100,98,99,100,3\n", "a.csv, line 3: the high 98 is below the low 99."},
        {"high below close", kGood + "1704067320000,100,101,99,101.5,3\n", "a.csv, line 3: the high 101 is below the close 101.5."},
        {"low above open", kGood + "1704067320000,98.5,101,99,100,3\n", "a.csv, line 3: the low 99 is above the open 98.5."},
        {"an empty field", kGood + "1704067320000,100,101,,100,3\n", "a.csv, line 3: the low is empty."},
        {"no number", kGood + "1704067320000,100,101,NaN,100,3\n", "a.csv, line 3: the low is \"NaN\", which is no number."},
        {"a lone point", kGood + "1704067320000,100,101,99.,100,3\n", "a.csv, line 3: the low is \"99.\", which is no number."},
        {"a terminal's escape", kGood + "1704067320000,100,101,\x1b[31m,100,3\n", "a.csv, line 3: the low is \"?[31m\", which is no number."},
        {"a decimal comma", kGood + "1704067320000,100,101,99,100,5,3\n", "a.csv, line 3: it has 7 fields where the lines before it have 6 (a decimal comma makes two of one)."},
        {"cut in the middle", kGood + "1704067320000,100,10", "a.csv, line 3: it ends after 3 of 6 fields; the file seems to be cut off."},
        {"cut in a time", kGood + "17040673", "a.csv, line 3: it ends after 1 of 6 fields; the file seems to be cut off."},
        {"cut in the twelve",
         "1704067200000,100,101,99,100.5,3,1704067259999,300.1,17,1.5,150.2,0\n1704067260000,100.5,102,100,101.25,4.5,1704067319999,455.3,18,2",
         "a.csv, line 2: it ends after 10 of 12 fields; the file seems to be cut off."},
        {"prices finer than 32 bits", kGood + "1704067320000,40000.12345678,41000,39000,40000,3\n",
         "a.csv, line 3: the open 40000.12345678 does not fit 32 bits in steps of 0.00000001, the finest step of these prices."},
        {"binary noise", kGood + "1704067320000,100.30000000000001,101,99,100,3\n",
         "a.csv, line 3: the open 100.30000000000001 does not fit 32 bits in steps of 0.00000000000001, the finest step of these prices; so many decimals are mostly the rounding of a program "
         "that computed with binary numbers: take the prices as the exchange gives them."},
        {"a finer step than earlier prices bear", "1704067200000,30000000,30000000,30000000,30000000,3\n1704067260000,1,30000000,0.005,1,4\n",
         "a.csv, line 2: the low 0.005 does not fit 32 bits in steps of 0.001, the finest step of these prices."},
        {"a strange step", "1704067200000,100,101,99,100.5,3\n1704067267000,100,101,99,100.5,3\n", "a.csv, line 1: its candles are 67000 ms apart; sets are kept of 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d."},
        {"one candle", line1, "a.csv holds one candle only, which doesn't say how long it is: say so with --interval."},
        {"a line without end", std::string(5000, '7'), "a.csv, line 1: it is longer than any line of candles."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto got = read(row.text);
        REQUIRE(!got);
        CHECK(got.error().kind == ErrorKind::bad_input);
        CHECK(got.error().detail == row.sentence);
    }
}

TEST_CASE("a gap is no error, and a length that is named holds") {
    const auto gap = read(kGood + "1704067800000,100,101,99,100,3\n").value();
    CHECK(gap.columns.size() == 3);
    CHECK(read("1704067200000,100,101,99,100.5,3\n", milliseconds{60'000}).value().columns.size() == 1);
    const auto wrong = read(kGood, milliseconds{3'600'000});
    REQUIRE(!wrong);
    CHECK(wrong.error().detail == "a.csv, line 2: it opens at 2024-01-01 00:01, which is no whole 1h.");
}

TEST_CASE("volumes with a program's noise are cut and counted") {
    const auto got = read(kGood + "1704067320000,100,101,99,100,12.340000000000002\n1704067380000,100,101,99,100,1234567.1234567890123\n1704067440000,100,101,99,100,0.12345678901234567890123\n").value();
    CHECK(got.volumes_cut == 3);
    const auto candles = got.columns.view();
    CHECK(candles.lot == "0.00000001"_d);
    CHECK(candles.volume[2] == 1'234'000'000);
    CHECK(candles.volume[3] == 123'456'712'345'678);
    CHECK(candles.volume[4] == 12'345'678);
}

TEST_CASE("what is exported is imported as it was, with any step and any gaps") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 dice{seed};
        const int price_digits = static_cast<int>(dice() % 9), volume_digits = static_cast<int>(dice() % 9);
        auto columns = random_candles(seed, 2 + dice() % 3000, static_cast<int>(dice() % 100), price_digits, volume_digits);
        // Each step is met at least once, so that it is the finest.
        columns.low[1] = columns.low[1] / 10 * 10 + 1;
        if (columns.low[1] > std::min(columns.open[1], columns.close[1])) columns.low[1] -= 10;
        columns.volume[1] = columns.volume[1] / 10 * 10 + 1;
        const auto got = read(csv_of(columns.view()), columns.interval);
        if (!got) FAIL(got.error().detail);
        CHECK(equal(got->columns.view(), columns.view()));
    }
}

TEST_CASE("the short way through a line and the long one come to the same") {
    // A blank behind the first number sends a line the long way.
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 dice{seed};
        const auto columns = random_candles(seed, 2 + dice() % 30, 50, static_cast<int>(dice() % 9), static_cast<int>(dice() % 9));
        auto plain = csv_of(columns.view());
        // And something is broken in most.
        if (dice() % 4 != 0) {
            const std::string letters = "0123456789.,-\n\r \"e";
            const auto header = plain.find('\n') + 1;
            for (auto n = dice() % 3 + 1; n > 0; --n) plain[header + dice() % (plain.size() - header)] = letters[dice() % letters.size()];
        }
        std::string longer;
        std::size_t line = 0;
        for (std::size_t from = 0; from < plain.size(); ++line) {
            const auto end = std::min(plain.find('\n', from), plain.size());
            auto text = plain.substr(from, end - from);
            const auto comma = text.find(',');
            if (line > 0 && comma != std::string::npos) text.insert(comma, " ");
            longer += text + (end < plain.size() ? "\n" : "");
            from = end + 1;
        }
        const auto a = read(plain, columns.interval), b = read(longer, columns.interval);
        REQUIRE(a.has_value() == b.has_value());
        if (a)
            CHECK(equal(a->columns.view(), b->columns.view()));
        else
            CHECK(a.error().detail == b.error().detail);
    }
}

TEST_CASE("moments are read as people write them") {
    struct Row { const char* text; std::int64_t ms; };  // -1: refused
    const Row rows[] = {
        {"1704067200000", kStart}, {"2024-01-01", kStart}, {"2024-01-01T00:00Z", kStart}, {"2024-01-01 00:00:01", kStart + 1000}, {"2024-02-30", -1}, {"2024-1-1", -1},
        {"2024-01-01T25:00", -1},  {"yesterday", -1},      {"", -1},                      {"2024-01-01T00:00:00+02:00", -1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(parse_moment(row.text).value_or(-1) == row.ms);
    }
    CHECK(moment_text(kStart) == "2024-01-01 00:00");
    CHECK(moment_text(kStart + 61'001) == "2024-01-01 00:01:01.001");
}
