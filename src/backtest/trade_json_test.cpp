#include "backtest/trade_json.hpp"

#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/pieces_fixture.hpp"
#include "backtest/trade_csv.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr milliseconds kSecond{1'000};

/// As our CSV has them, or the sentence that refuses.
std::string told(const Result<ReadTrades>& read) {
    if (!read) return read.error().detail;
    std::string lines;
    const auto candles = read->columns.view();
    for (std::size_t i = 0; i < candles.size(); ++i) append_candle_line(lines, candles, i);
    return lines;
}
std::string told(const std::string& text) { return told(read_trade_json(one_piece(text), "a.json", kSecond)); }

}  // namespace

TEST_CASE("trade lists of ccxt, of freqtrade and of exchanges' own answers are told from their bytes and folded the same") {
    struct Row { const char* why; std::string text; const char* form; };
    const std::string ccxt = "trades, JSON objects as ccxt has them, times in milliseconds", freqtrade = "freqtrade's trades, JSON lists, times in milliseconds";
    const Row rows[] = {
        {"ccxt, with what the exchange said",
         R"([{"info":{"a":5,"p":"1","q":"9","note":"]}\"","T":[1,{"m":2}]},"timestamp":1704067200100,"datetime":"2024-01-01T00:00:00.100Z","symbol":"BTC/USDT","id":"5","order":null,"type":null,"side":"buy","takerOrMaker":null,"price":100.5,"amount":2,"cost":201.0,"fee":{"cost":null},"fees":[]},
             {"timestamp":1704067200900,"id":"6","side":"sell","price":99.25,"amount":1.5},
             {"timestamp":1704067202000,"id":"7","side":"buy","price":101.0,"amount":4}])",
         ccxt.c_str()},
        {"texts", "\xef\xbb\xbf [ {\"timestamp\":\"1704067200100\",\"price\":\"100.50\",\"amount\":\"2\"},{\"timestamp\":1704067200900,\"price\":\"99.25\",\"amount\":\"15e-1\"} , {\"timestamp\":1704067202000,\"price\":\"1.01e2\",\"amount\":4.0}]\n",
         ccxt.c_str()},
        {"Binance's own answer",
         R"([{"id":5,"price":"100.5","qty":"2","quoteQty":"201","time":1704067200100,"isBuyerMaker":true,"isBestMatch":true},{"id":6,"price":"99.25","qty":"1.5","time":1704067200900},{"id":7,"price":"101","qty":"4","time":1704067202000}])",
         ccxt.c_str()},
        {"of contracts, counted in coin",
         R"([{"id":5,"price":"100.5","qty":"99","baseQty":"2","time":1704067200100},{"id":6,"price":"99.25","baseQty":"1.5","qty":"99","time":1704067200900},{"id":7,"price":"101","qty":"99","baseQty":"4","time":1704067202000}])",
         ccxt.c_str()},
        {"freqtrade", R"([[1704067200100,"5",null,"buy",100.5,2.0,201.0],[1704067200900,"6","","sell",99.25,1.5,148.875],[1704067202000,"7",null,"buy",101.0,4.0,404.0]])", freqtrade.c_str()},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(looks_like_json_trades(row.text));
        const auto read = read_trade_json(one_piece(row.text), "a.json", kSecond);
        REQUIRE_MESSAGE(read, read.error().detail);
        CHECK(read->format == std::string{row.form} + ", 3 trades folded to candles of 1s");
        const auto csv = read_trade_csv(one_piece("time_ms,price,quantity\n1704067200100,100.5,2\n1704067200900,99.25,1.5\n1704067202000,101,4\n"), "a.csv", kSecond);
        REQUIRE(csv);
        CHECK(equal(read->columns.view(), csv->columns.view()));
        // In a zip or not, this is what an import takes.
        const Text padded{row.text};
        const auto file = read_candle_file(padded.view(), "a.json");
        REQUIRE_MESSAGE(file, file.error().detail);
        CHECK(file->note.trades == 3);
        CHECK(file->note.candles == 2);
    }
    // Numbered without a hole, so the second in between is an empty one.
    const auto numbered = read_trade_json(one_piece(rows[4].text), "a.json", kSecond);
    CHECK(numbered->whole == std::vector<Span>{{kStart, kStart + 3'000}});
    for (const auto* other : {"[[1704067200000,100,101,99,100.5,3]]", R"([[1704067200000,"100","101","99","100.5","3",1704067259999,"300"]])", "[]", "[", "", "{}", R"([{"t":1}])", "[5]", "5,100.5"})
        CHECK_MESSAGE(!looks_like_json_trades(other), other);
}

TEST_CASE("numbers of a trade list keep the digits that stand there") {
    // Neither is a binary number; both would come out otherwise through a double.
    const auto read = read_trade_json(one_piece(R"([{"timestamp":1704067200100,"price":0.1234567,"amount":9007199254.740993},{"timestamp":1704067200200,"price":0.1234568,"amount":0.00000001}])"), "a.json", kSecond);
    REQUIRE(read);
    CHECK(told(read) == "1704067200000,0.1234567,0.1234568,0.1234567,0.1234568,9007199254.74099301\n");
}

TEST_CASE("what is wrong with a trade list is said with the trade, and nothing is kept") {
    const std::string one = R"({"timestamp":1704067200100,"id":"5","price":100.5,"amount":2})", list = R"([1704067200100,"5",null,"buy",100.5,2.0,201.0])";
    struct Row { const char* why; std::string text; const char* sentence; };
    const Row rows[] = {
        {"cut in a trade", "[" + one + "," + one.substr(0, 30), "a.json, trade 2: the file ends in the middle of it; it seems to be cut off."},
        {"cut in a text", "[" + one + ",{\"id\":\"5", "a.json, trade 2: the file ends in the middle of it; it seems to be cut off."},
        {"cut behind a comma", "[" + one + ",", "a.json, trade 2: the file ends in the middle of it; it seems to be cut off."},
        {"not closed", "[" + one, "a.json, trade 2: the file ends in the middle of it; it seems to be cut off."},
        {"something behind", "[" + one + "]]", "a.json, trade 1: something stands behind the end of the list."},
        {"no comma", "[" + one + one + "]", "a.json, trade 1: between trades there is a comma, not \"{\"."},
        {"a number among them", "[" + one + ",7]", "a.json, trade 2: a trade is an object or a list, not \"7\"."},
        {"brackets of two kinds", "[" + one + ",{\"a\":[}}]", "a.json, trade 2: it is no JSON."},
        {"no JSON", "[" + one + ",{\"timestamp\":1704067200200,price:1}]", "a.json, trade 2: it is no JSON."},
        {"NaN", "[" + list + ",[1704067200200,\"6\",null,\"buy\",NaN,2.0,NaN]]", "a.json, trade 2: it is no JSON."},
        {"too short", "[" + list + ",[1704067200200,\"6\",null,\"buy\"]]", "a.json, trade 2: it has 4 fields; a trade as freqtrade keeps it has timestamp, id, type, side, price, amount and cost."},
        {"no price", "[" + one + ",{\"timestamp\":1704067200200,\"amount\":1}]", "a.json, trade 2: it has no price."},
        {"no time known", "[" + one + ",{\"timestamp\":null,\"price\":1,\"amount\":1}]", "a.json, trade 2: its time is null: nothing is known of it."},
        {"a quantity that is a list", "[" + one + ",{\"timestamp\":1704067200200,\"price\":1,\"amount\":[1]}]", "a.json, trade 2: its quantity is neither a number nor a text."},
        {"backwards", "[" + one + ",{\"timestamp\":1704067200000,\"price\":1,\"amount\":1}]", "a.json, trade 2: time goes backwards: this trade is older than the one before it; trades stand oldest first."},
        {"twice", "[" + one + "," + one + "]", "a.json, trade 2: the trade 5 is there twice: the one before it has the same number."},
        {"negative", "[" + one + ",{\"timestamp\":1704067200200,\"price\":-1,\"amount\":1}]", "a.json, trade 2: the price is negative: -1."},
        {"units", "[" + one + ",{\"timestamp\":1704067201,\"price\":1,\"amount\":1}]", "a.json, trade 2: the units are mixed: its time is in seconds, those before it are in milliseconds."},
        {"huge", "[" + one + ",{\"info\":\"" + std::string(70'000, 'x') + "\"}]", "a.json, trade 2: it is larger than any trade."},
        {"deep", "[" + one + ",{\"info\":" + std::string(1'000, '[') + std::string(1'000, ']') + "}]", "a.json, trade 2: it is no JSON."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(told(row.text) == row.sentence);
    }
}

TEST_CASE("wherever a file of trades is cut into pieces, it is read the same") {
    std::mt19937_64 dice{7};
    std::string list = "\xef\xbb\xbf[", objects = "[ ", csv = "\xef\xbb\xbfid,time_ms,price,quantity\r\n";
    for (int i = 0; i < 200; ++i) {
        const auto time = std::to_string(kStart + i * 137), price = "100." + std::to_string(10 + dice() % 90), quantity = "1." + std::to_string(dice() % 1'000'000);
        list += (i > 0 ? "," : "") + ("[" + time) + ",\"" + std::to_string(i) + "\",null,\"buy\"," + price + "," + quantity + ",1]";
        objects += (i > 0 ? " ,\n" : "") + ("{\"info\":{\"s\":\"\\\\\\\"]}[{\"},\"id\":" + std::to_string(i)) + ",\"timestamp\":" + time + ",\"price\":\"" + price + "\",\"amount\":" + quantity + "}";
        csv += std::to_string(i) + "," + time + "," + price + "," + quantity + "\r\n";
    }
    list += "]";
    objects += "\n]\n";
    const auto whole = told(list);
    CHECK(whole.size() > 500);
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        CHECK(told(read_trade_json(in_pieces(list, dice), "a.json", kSecond)) == whole);
        CHECK(told(read_trade_json(in_pieces(objects, dice), "a.json", kSecond)) == whole);
        CHECK(told(read_trade_csv(in_pieces(csv, dice), "a.csv", kSecond)) == whole);
    }
    // A piece that can't be had ends it with its own sentence.
    const auto broken = [](const std::string& text) {
        return [text, first = true]() mutable -> Result<std::string_view> {
            if (std::exchange(first, false)) return std::string_view{text};
            return bad_input("a.zip is a damaged zip.");
        };
    };
    CHECK(told(read_trade_json(broken(list.substr(0, 700)), "a.json", kSecond)) == "a.zip is a damaged zip.");
    CHECK(told(read_trade_csv(broken(csv.substr(0, 700)), "a.csv", kSecond)) == "a.zip is a damaged zip.");
}

TEST_CASE("whatever is done to a trade list, it is refused by a sentence or gives sound candles") {
    std::mt19937_64 dice{20'241'129};
    int taken = 0, refused = 0;
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        std::string text = "[";
        for (int i = 0; i < 12; ++i)
            text += (i > 0 ? "," : "") + ("{\"timestamp\":" + std::to_string(kStart + i * 400)) + ",\"id\":\"" + std::to_string(i) + "\",\"price\":" + std::to_string(100 + dice() % 9) + ".5,\"amount\":1.25}";
        text += "]";
        for (auto changes = dice() % 3; changes > 0; --changes) {
            const auto at = dice() % text.size();
            static constexpr std::string_view kSigns = "0123456789.,-e\"[]{}:\\ x";
            if (dice() % 3 == 0)
                text.erase(at, 1 + dice() % 12);
            else
                text[at] = kSigns[dice() % kSigns.size()];
        }
        const auto read = read_trade_json(in_pieces(text, dice), "a.json", kSecond);
        if (!read) {
            ++refused;
            CHECK(read.error().kind == ErrorKind::bad_input);
            CHECK(read.error().detail.starts_with("a.json"));
            continue;
        }
        ++taken;
        const CandleImage image{{"binance", "spot", "BTC/USDT", kSecond}, "a.json", read->columns.view(), read->whole};
        auto bytes = std::make_shared<std::string>();
        for (const auto piece : image.pieces()) *bytes += piece;
        CHECK(CandleSet::open(*bytes, bytes, "set").value().verify());
    }
    CHECK(taken > 500);
    CHECK(refused > 500);
}
