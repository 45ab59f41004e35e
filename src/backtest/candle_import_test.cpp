#include "backtest/candle_import.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_fixture.hpp"
#include "backtest/candle_shelf.hpp"
#include "backtest/candle_gzip.hpp"
#include "backtest/candle_zip.hpp"
#include "backtest/pieces.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <thread>
#include <zip.h>
#include <zlib.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

const CandleKey kKey{"binance", "spot", "BTC/USDT", milliseconds{60'000}};
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

/// A zip of these files.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files, bool locked = false) {
    const bf::test::Scratch folder;
    const auto path = (folder.path() / "a.zip").string();
    int error = 0;
    zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE, &error);
    REQUIRE(archive != nullptr);
    for (const auto& [name, bytes] : files) {
        const auto index = zip_file_add(archive, name.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
        REQUIRE(index >= 0);
        if (locked) REQUIRE(zip_file_set_encryption(archive, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256, "secret") == 0);
    }
    REQUIRE(zip_close(archive) == 0);
    return bf::test::file_bytes(path);
}

std::string gzip_of(const std::string& bytes) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
    auto copy = bytes;
    stream.next_in = reinterpret_cast<unsigned char*>(copy.data());
    stream.avail_in = static_cast<unsigned>(copy.size());
    stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
    stream.avail_out = static_cast<unsigned>(packed.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(packed.size() - stream.avail_out);
    deflateEnd(&stream);
    return packed;
}

std::uint32_t crc32_of(const std::string& bytes) {
    std::uint32_t crc = ~0U;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

/// A file in a zip as whoever writes to a pipe makes it: what it holds is known behind it only, and all sizes have 64 bits (APPNOTE 6.3.10, 4.3 and 4.5.3).
std::string zip64_of(const std::string& name, const std::string& bytes) {
    std::string zip;
    const auto put = [&zip](std::uint64_t value, std::size_t size) {
        for (; size > 0; --size, value >>= 8) zip += static_cast<char>(value & 0xff);
    };
    constexpr std::uint32_t kIn64 = 0xffffffff;
    const auto common = [&] {
        put(45, 2), put(8, 2), put(0, 2);    // version, sizes behind, stored
        put(0, 2), put(0x5821, 2);           // time, date
    };
    put(0x04034b50, 4), common(), put(0, 4), put(kIn64, 4), put(kIn64, 4), put(name.size(), 2), put(20, 2);
    zip += name;
    put(1, 2), put(16, 2), put(0, 8), put(0, 8);
    zip += bytes;
    const auto crc = crc32_of(bytes);
    put(0x08074b50, 4), put(crc, 4), put(bytes.size(), 8), put(bytes.size(), 8);
    const auto directory = zip.size();
    put(0x02014b50, 4), put(45, 2), common(), put(crc, 4), put(kIn64, 4), put(kIn64, 4), put(name.size(), 2), put(28, 2);
    put(0, 2), put(0, 2), put(0, 2), put(0, 4), put(kIn64, 4);
    zip += name;
    put(1, 2), put(24, 2), put(bytes.size(), 8), put(bytes.size(), 8), put(0, 8);
    const auto end = zip.size();
    put(0x06064b50, 4), put(44, 8), put(45, 2), put(45, 2), put(0, 4), put(0, 4), put(1, 8), put(1, 8), put(end - directory, 8), put(directory, 8);
    put(0x07064b50, 4), put(0, 4), put(end, 8), put(1, 4);
    put(0x06054b50, 4), put(0xffff, 2), put(0xffff, 2), put(0xffff, 2), put(0xffff, 2), put(kIn64, 4), put(kIn64, 4), put(0, 2);
    return zip;
}

Result<ReadFile> read(const std::string& bytes, const std::string& name = "a", const ImportLimits& limits = {}) {
    const Text padded{bytes};
    return read_candle_file(padded.view(), name, {}, limits);
}

std::string refusal(const std::string& bytes, const std::string& name = "a", const ImportLimits& limits = {}) {
    const auto got = read(bytes, name, limits);
    if (got) return "accepted";
    CHECK(got.error().kind == ErrorKind::bad_input);
    return got.error().detail;
}

struct Folder {
    bf::test::Scratch scratch;
    std::string put(const std::string& name, const std::string& bytes) {
        const auto path = (scratch.path() / name).string();
        std::ofstream{path, std::ios::binary} << bytes;
        return path;
    }
};

}  // namespace

TEST_CASE("a file is what its bytes say, whatever it is called") {
    const auto expected = read(kHeader + kGood).value();
    struct Row { const char* why; std::string bytes; const char* format; };
    const Row rows[] = {
        {"CSV", kHeader + kGood, "candles as CSV, times in milliseconds"},
        {"a zip of CSV", zip_of({{"BTCUSDT-1m-2024-01.csv", kGood}}), "CSV without a header, times in milliseconds, in a zip"},
        {"freqtrade's JSON", "[[1704067200000,100.0,101.0,99.0,100.5,3.0],[1704067260000,100.5,102.0,100.0,101.25,4.5]]", "JSON arrays as ccxt and freqtrade keep them, times in milliseconds"},
        {"JSON with blanks", " [\n [ 1704067200000 , 1e2, 101, 99, 100.5, 3 ],\n[1704067260000,100.5,102,100,101.25,4.5] ]\n", "JSON arrays as ccxt and freqtrade keep them, times in milliseconds"},
        {"JSON with texts and more fields", R"([[1704067200000,"100.00","101","99","100.5","3",1704067259999,"300"],[1704067260000,"100.5","102","100","101.25","4.5",1704067319999,"400"]])",
         "JSON arrays as ccxt and freqtrade keep them, times in milliseconds"},
        {"CSV with gzip", gzip_of(kGood), "CSV without a header, times in milliseconds, with gzip"},
        {"CSV in two gzips, one behind the other, and filled up", gzip_of(kHeader) + gzip_of(kGood) + std::string(512, '\0'), "candles as CSV, times in milliseconds, with gzip"},
        {"a zip of JSON", zip_of({{"a.json", "[[1704067200,100,101,99,100.5,3],[1704067260,100.5,102,100,101.25,4.5]]"}}), "JSON arrays as ccxt and freqtrade keep them, times in seconds, in a zip"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto got = read(row.bytes);
        if (!got) FAIL(got.error().detail);
        CHECK(equal(got->columns.view(), expected.columns.view()));
        CHECK(got->note.format == row.format);
        CHECK(got->note.candles == 2);
        CHECK(got->note.first == kStart);
        CHECK(got->note.last == kStart + 60'000);
    }
}

TEST_CASE("files that hold no candles are told apart") {
    CHECK(refusal("ARROW1....") == "a is a feather file: freqtrade writes it as JSON with `freqtrade convert-data --format-from feather --format-to json`.");
    CHECK(refusal("PAR1...") == "a is a parquet file: write it as CSV with open_time_ms,open,high,low,close,volume first.");
    CHECK(refusal("<!DOCTYPE html><html>") == "a is a web page, not a file of candles; the download answered with an error.");
    CHECK(refusal("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>") == "a is a web page, not a file of candles; the download answered with an error.");
    CHECK(refusal("{\"data\":[]}") == "a is a JSON object; candles are a JSON list of lists and trades a list of objects or lists, as ccxt gives and freqtrade keeps them.");
    CHECK(refusal("\xff\xfet\0i\0") == "a is text in UTF-16: save it as plain text (UTF-8).");
    CHECK(refusal("0123abcd  BTCUSDT-1m-2024-01.zip\n", "a.CHECKSUM").starts_with("a.CHECKSUM, line 1: "));
}

TEST_CASE("JSON that is wrong says which candle") {
    const std::string one = "[1704067200000,100,101,99,100.5,3]", two = "[1704067260000,100,101,99,100.5,3]";
    struct Row { const char* why; std::string bytes; const char* sentence; };
    const Row rows[] = {
        {"an empty list", "[]", "a holds no candles."},
        {"cut off", "[" + one + "," + two.substr(0, 20), "a, candle 2: the file ends in the middle of it; it seems to be cut off."},
        {"cut between", "[" + one + ",", "a, candle 2: the file ends in the middle of it; it seems to be cut off."},
        {"not closed", "[" + one, "a, candle 1: the file ends in the middle of it; it seems to be cut off."},
        {"something behind", "[" + one + "," + two + "]]", "a, candle 2: something stands behind the end of the list."},
        {"an object", "[{\"t\":1}]", "a, candle 1: a candle is a list: [time, open, high, low, close, volume], not \"{\"."},
        {"too short", "[" + one + ",[1704067260000,1,1,1,1]]", "a, candle 2: it has 5 fields; a candle has time, open, high, low, close and volume."},
        {"nothing known", "[" + one + ",[1704067260000,1,1,1,1,null]]", "a, candle 2: one of its fields is null: nothing is known of it."},
        {"a list in it", "[" + one + ",[1704067260000,[1],1,1,1,1]]", "a, candle 2: a field is a number, not \"[\"."},
        {"no number", "[" + one + ",[1704067260000,NaN,1,1,1,1]]", "a, candle 2: the open is \"NaN\", which is no number."},
        {"backwards", "[" + two + "," + one + "," + two + "]", "a, candle 2: time goes backwards: 2024-01-01 00:00 comes after 2024-01-01 00:01; candles stand oldest first."},
        {"newest first", "[" + two + "," + one + "]", "a: time goes backwards; candles stand oldest first."},
        {"high below low", "[" + one + ",[1704067260000,1,1,2,1,1]]", "a, candle 2: the high 1 is below the low 2."},
        {"mixed units", "[[1704067200,1,1,1,1,1],[1704067260,1,1,1,1,1],[170406726000406700,1,1,1,1,1]]", "a, candle 3: its time 170406726000406700 is no Unix time in seconds, milliseconds or microseconds."},
        {"one only", "[" + one + "]", "a holds one candle only, which doesn't say how long it is: say so with --interval."},
        {"a long field", "[[" + std::string(200, '1') + ",1,1,1,1,1]]", nullptr},
        {"deep", std::string(100'000, '['), "a, candle 1: a field is a number, not \"[\"."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto sentence = refusal(row.bytes);
        if (row.sentence != nullptr)
            CHECK(sentence == row.sentence);
        else
            CHECK(sentence.find("is longer than any number") != std::string::npos);
    }
}

TEST_CASE("what gzip packed is read a piece at a time, and refused when it is cut, spoiled or a bomb") {
    const auto columns = random_candles(2, 60'000);
    const auto csv = csv_of(columns.view());
    REQUIRE(csv.size() > 2 * kPiece);
    const auto packed = gzip_of(csv);
    CHECK(equal(read(packed)->columns.view(), columns.view()));
    for (const std::size_t size : {packed.size() - 1, packed.size() - 8, packed.size() / 2, std::size_t{12}, std::size_t{4}}) {
        CAPTURE(size);
        CHECK(refusal(packed.substr(0, size), "a.csv.gz") == "a.csv.gz is cut off: its gzip ends too early.");
    }
    for (const std::size_t at : {packed.size() / 2, packed.size() - 6, packed.size() - 2}) {
        CAPTURE(at);
        auto spoiled = packed;
        spoiled[at] = static_cast<char>(spoiled[at] ^ 0x55);
        CHECK(refusal(spoiled, "a.csv.gz") == "a.csv.gz is damaged: its gzip can't be unpacked.");
    }
    CHECK(refusal(packed + "more", "a.csv.gz") == "a.csv.gz is damaged: its gzip can't be unpacked.");
    CHECK(refusal(gzip_of(packed), "a.gz") == "a.gz holds another packed file: unpack that first.");
    CHECK(refusal(gzip_of("PAR1..."), "a.gz").starts_with("a.gz is a parquet file"));
    CHECK(refusal(gzip_of(std::string(20'000'000, '0')), "a.gz", {.file_bytes_max = 2'000'000}) == "a.gz unpacks to more than 2 MB, which is too much at once: take several smaller files, days instead of months for instance.");
    const auto trades = read(gzip_of(R"([[1704067200100,"5",null,"buy",100.5,2,201],[1704067200900,"6",null,"sell",99.25,1.5,148.875]])"), "ETH_USDT-trades.json.gz");
    REQUIRE_MESSAGE(trades, trades.error().detail);
    CHECK(trades->columns.size() == 1);
    CHECK(trades->note.format.ends_with("2 trades folded to candles of 1s, with gzip"));
}

TEST_CASE("zips that are cut, spoiled, locked or bombs are refused") {
    const auto columns = random_candles(1, 5000);
    const auto zip = zip_of({{"a.csv", csv_of(columns.view())}});
    CHECK(equal(read(zip)->columns.view(), columns.view()));
    for (const std::size_t size : {zip.size() - 1, zip.size() - 30, zip.size() / 2, std::size_t{40}, std::size_t{4}}) {
        CAPTURE(size);
        CHECK(refusal(zip.substr(0, size), "a.zip") == "a.zip is a damaged zip: its end is missing or contradicts its files, as when a download was cut off.");
    }
    auto spoiled = zip;
    spoiled[zip.size() / 2] = static_cast<char>(spoiled[zip.size() / 2] ^ 0x55);
    CHECK(refusal(spoiled, "a.zip") == "a.zip is a damaged zip: a.csv in it can't be unpacked.");
    const auto trades = read(zip_of({{"BTCUSDT-trades-2024-01-01.csv", "5,100.5,2,201,1704067200100,True,True\n6,99.25,1.5,148.875,1704067200900,True,True\n"}}), "a.zip");
    REQUIRE(trades);
    CHECK(trades->columns.size() == 1);
    CHECK(trades->note.format == "Binance trades, CSV without a header, times in milliseconds, 2 trades folded to candles of 1s, in a zip");
    CHECK(refusal(zip_of({{"a.csv", kGood}}, true), "a.zip") == "a.zip is locked with a password: unpack it first.");
    CHECK(refusal(zip_of({{"a.csv", kGood}, {"b.csv", kGood}}), "a.zip") == "a.zip holds 2 files; a zip of candles holds one.");
    CHECK(refusal(zip_of({{"b.zip", zip}}), "a.zip") == "a.zip holds another packed file: unpack that first.");
    CHECK(refusal(zip_of({{"a\x1b[31m.csv", "x"}}), "a.zip").find('\x1b') == std::string::npos);

    const auto bomb = zip_of({{"bomb.csv", std::string(20'000'000, '0')}});
    CHECK(bomb.size() < 50'000);
    CHECK(refusal(bomb, "a.zip", {.file_bytes_max = 2'000'000}) == "a.zip unpacks to more than 2 MB, which is too much at once: take several smaller files, days instead of months for instance.");
    // One that says it is small: its own word is not believed.
    auto liar = bomb;
    const std::uint32_t real = 20'000'000, said = 1'000;
    const std::string_view pattern{reinterpret_cast<const char*>(&real), sizeof real};
    for (auto at = liar.find(pattern); at != std::string::npos; at = liar.find(pattern)) std::memcpy(liar.data() + at, &said, sizeof said);
    CHECK(refusal(liar, "a.zip", {.file_bytes_max = 2'000'000}).starts_with("a.zip"));
}

TEST_CASE("a zip of trades is read a piece at a time, in the form for large files, too, and of unknown size until its end") {
    const auto trade = [](int i) { return std::to_string(i) + ",100.5,2,201," + std::to_string(kStart + i * 40) + ",True,True\n"; };
    std::string csv;
    for (int i = 0; i < 60'000; ++i) csv += trade(i);
    REQUIRE(csv.size() > 2 * kPiece);
    const auto plain = read(csv);
    REQUIRE_MESSAGE(plain, plain.error().detail);
    for (const auto& zip : {zip_of({{"a.csv", csv}}), zip64_of("a.csv", csv)}) {
        const auto got = read(zip, "a.zip");
        REQUIRE_MESSAGE(got, got.error().detail);
        CHECK(equal(got->columns.view(), plain->columns.view()));
        CHECK(got->note.trades == 60'000);
        CHECK(got->whole == plain->whole);
        // A place that is wrong far behind the first piece is named as in the file itself, and so is one that ends too early.
        CHECK(refusal(zip.substr(0, zip.size() - 9), "a.zip").starts_with("a.zip is a damaged zip"));
    }
    CHECK(refusal(zip64_of("a.csv", csv + "60000,0,2,201,1714067200000,True,True\n"), "a.zip") == "a.zip, a.csv, line 60001: the price is 0; a price is above zero.");
    auto spoiled = zip64_of("a.csv", csv);
    spoiled[csv.size() / 2] = static_cast<char>(spoiled[csv.size() / 2] ^ 1);
    CHECK(refusal(spoiled, "a.zip").starts_with("a.zip"));

    // Candles of that size would have to be in memory at once; trades need not, and are bounded by what a computer reads in an hour.
    const ImportLimits limits{.file_bytes_max = 1'000'000, .trade_bytes_max = 3'000'000};
    CHECK(csv.size() < limits.trade_bytes_max);
    CHECK(read(zip64_of("a.csv", csv), "a.zip", limits));
    CHECK(read(csv, "a.csv", limits));
    CHECK(refusal(zip64_of("a.csv", csv + csv), "a.zip", limits) == "a.zip unpacks to more than 3 MB, which is too much at once: take several smaller files, days instead of months for instance.");
    CHECK(refusal(csv + csv, "a.csv", limits) == "a.csv is larger than 3 MB.");
    std::string list = "[";
    for (int i = 0; i < 60'000; ++i) list += (i > 0 ? "," : "") + ("{\"timestamp\":" + std::to_string(kStart + i * 40)) + ",\"price\":\"100.5\",\"amount\":2,\"id\":" + std::to_string(i) + "}";
    const auto from_list = read(zip64_of("a.json", list + "]"), "a.zip");
    REQUIRE_MESSAGE(from_list, from_list.error().detail);
    CHECK(equal(from_list->columns.view(), plain->columns.view()));
    CHECK(from_list->note.format == "trades, JSON objects as ccxt has them, times in milliseconds, 60000 trades folded to candles of 1s, in a zip");
}

TEST_CASE("a checksum beside a file, or given with it, must be the file's") {
    Folder folder;
    const std::string text = kHeader + kGood, digest = to_hex(crypto::sha256(as_bytes(text)));
    const auto file = folder.put("BTC.csv", text);
    const auto told = [](const std::vector<std::string>& paths) {
        const auto got = import_candle_files(paths);
        return got ? got->notes.front().format : got.error().detail;
    };
    CHECK(told({file}) == "candles as CSV, times in milliseconds");
    for (const auto& line : {digest + "  BTC.csv\n", digest + " *BTC.csv", "  " + digest + "\tBTC.csv\r\n"}) {
        folder.put("BTC.csv.CHECKSUM", line);
        CHECK_MESSAGE(told({file}) == "candles as CSV, times in milliseconds, its checksum is right", line);
    }
    auto other = digest;
    other[0] = other[0] == '0' ? '1' : '0';
    const auto beside = folder.put("BTC.csv.CHECKSUM", other + "  BTC.csv\n");
    const std::string wrong = "BTC.csv is not the file that BTC.csv.CHECKSUM was made of: it was cut off or changed on its way, or one of the two was published anew since. Download both again.";
    CHECK(told({file}) == wrong);
    CHECK(told({file, beside}) == wrong);
    for (const auto& line : {std::string{}, digest, digest.substr(1) + "  BTC.csv", digest + "  BTC.csv\n" + digest + "  b.csv\n", std::string{"<html>"}}) {
        folder.put("BTC.csv.CHECKSUM", line);
        CHECK_MESSAGE(told({file}) == "BTC.csv.CHECKSUM is no checksum as sha256sum writes it: 64 hexadecimal digits and the file's name, in one line.", line);
    }
    folder.put("BTC.csv.CHECKSUM", digest + "  ETH.csv\n");
    CHECK(told({file}) == "BTC.csv.CHECKSUM is the checksum of \"ETH.csv\", not of BTC.csv.");

    // As uploads come: each in a folder of its own.
    std::filesystem::remove(beside);
    std::filesystem::create_directory(folder.scratch.path() / "u2");
    const auto given = folder.put("u2/BTC.csv.CHECKSUM", digest + "  BTC.csv\n");
    CHECK(told({file, given}) == "candles as CSV, times in milliseconds, its checksum is right");
    CHECK(told({given, file}) == "candles as CSV, times in milliseconds, its checksum is right");
    CHECK(told({given}) == "Checksums alone hold no candles: name the files they are of, too.");
    CHECK(told({folder.put("other.csv", text), given}) == "BTC.csv.CHECKSUM is the checksum of \"BTC.csv\", which is not among the files.");
    folder.put("u2/BTC.csv.CHECKSUM", other + "  BTC.csv\n");
    CHECK(told({file, given}) == wrong);
    CHECK(told({}) == "No file is named.");
}

TEST_CASE("several files become one set, in whatever order they come") {
    Folder folder;
    const auto columns = random_candles(2, 9000, 5);
    const auto all = columns.view();
    const auto part = [&all](std::size_t from, std::size_t to) {
        CandleColumns some;
        some.interval = all.interval;
        some.price_digits = 2;
        some.volume_digits = 5;
        some.append(all, from, to);
        return csv_of(some.view());
    };
    // The middle is there twice, the same both times.
    const std::vector<std::string> paths{folder.put("c.csv", part(6000, 9000)), folder.put("a.zip", zip_of({{"a.csv", part(0, 4000)}})), folder.put("b.csv", part(3000, 6000))};
    const auto imported = import_candle_files(paths).value();
    CHECK(equal(imported.columns.view(), all));
    CHECK(imported.source == "c.csv and 2 more");
    REQUIRE(imported.notes.size() == 3);
    CHECK(imported.notes[1].file == "a.zip");
    CHECK(imported.notes[1].candles == 4000);

    const auto other = folder.put("d.csv", "1704067200000,1,1,1,1,1\n1704067260000,1,1,1,1,1\n");
    const auto differs = import_candle_files({paths[1], other});
    REQUIRE(!differs);
    CHECK(differs.error().code == "candles_differ");
    CHECK(differs.error().detail.find("The candle of 2024-01-01 00:00 is ") == 0);
    CHECK(differs.error().detail.find("1,1,1,1,1") != std::string::npos);
    const auto hours = folder.put("e.csv", "1704067200000,1,1,1,1,1\n1704070800000,1,1,1,1,1\n");
    CHECK(import_candle_files({paths[1], hours}).error().detail == "e.csv holds candles of 1h, a.zip those of 1m: a set has one length.");
    CHECK(import_candle_files({"/nowhere/f.csv"}).error().detail == "Opening /nowhere/f.csv failed: No such file or directory.");
    CHECK(!import_candle_files({folder.scratch.path().string()}));
}

TEST_CASE("the shelf keeps sets, adds to them and gives them back") {
    const bf::test::Scratch scratch;
    CandleShelf shelf{(scratch.path() / "candles").string()};
    CHECK(shelf.list().value().empty());
    CHECK(shelf.open(kKey).error().kind == ErrorKind::not_found);
    const auto first = random_candles(3, 1000);
    auto later = random_candles(4, 500, 0, 3, 2);
    for (std::size_t i = 0; i < later.size(); ++i) later.time[i] += 1005 * 60'000;
    const auto kept = shelf.put({kKey, "a.csv", {{kStart, kStart + 60'000'000}}}, first.view()).value();
    CHECK(kept.added == 1000);
    const auto more = shelf.put({kKey, "b.csv"}, later.view()).value();
    CHECK(more.added == 500);
    CHECK(more.info.count == 1500);
    CHECK(more.info.gaps == 1);
    CHECK(more.info.missing == 5);
    CHECK(more.info.source == "b.csv");
    const auto set = shelf.open(kKey).value();
    CHECK(set.verify());
    CHECK(set.asked().value() == std::vector<Span>{{kStart, kStart + 60'000'000}});
    const auto candles = set.candles().value();
    CHECK(candles.tick == "0.001"_d);
    CHECK(candles.open[5] == first.open[5] * 10);
    CHECK(candles.volume[1005] == later.volume[5] * 1000);

    // Added again: nothing new. Another price for the same minute: only when it is said.
    CHECK(shelf.put({kKey, "a.csv"}, first.view()).value().added == 0);
    auto other = random_candles(3, 1000);
    other.close[7] = other.high[7];
    const auto refused = shelf.put({kKey, "c.csv"}, other.view());
    REQUIRE(!refused);
    CHECK(refused.error().code == "candles_differ");
    CHECK(shelf.open(kKey).value().candles().value().close[7] == first.close[7] * 10);
    CHECK(shelf.put({kKey, "c.csv", {}, OnConflict::take_newer}, other.view()).value().added == 0);
    CHECK(shelf.open(kKey).value().candles().value().close[7] == other.close[7] * 10);

    // What an exchange was asked for is kept without candles, too.
    CHECK(shelf.put({kKey, "mexc", {{kStart + 1000 * 60'000, kStart + 1005 * 60'000}}}, Candles{}).value().added == 0);
    CHECK(shelf.open(kKey).value().gaps().value().at(0).empty_at_exchange);

    const auto list = shelf.list().value();
    REQUIRE(list.size() == 1);
    CHECK(list[0].id == "binance-spot-BTC-USDT-1m");
    CHECK(shelf.remove(list[0].id));
    CHECK(shelf.remove(list[0].id).error().kind == ErrorKind::not_found);
    for (const char* id : {"../candles", "", "a/b", ".lock", "-x"}) CHECK(shelf.open(std::string{id}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a damaged set is listed with its reason and not added to") {
    const bf::test::Scratch scratch;
    CandleShelf shelf{scratch.path().string()};
    const auto columns = random_candles(5, 100);
    REQUIRE(shelf.put({kKey, "a.csv"}, columns.view()));
    const auto path = shelf.path_of(kKey.id());
    const auto bytes = bf::test::file_bytes(path);
    std::ofstream{path, std::ios::binary} << bytes.substr(0, 5000);
    std::ofstream{(scratch.path() / "notes.txt").string()} << "mine";
    const auto list = shelf.list().value();
    REQUIRE(list.size() == 1);
    CHECK(!list[0].info);
    CHECK(list[0].problem.find("is cut short") != std::string::npos);
    CHECK(shelf.put({kKey, "a.csv"}, columns.view()).error().kind == ErrorKind::damaged);
    CHECK(shelf.remove(kKey.id()));
    CHECK(shelf.put({kKey, "a.csv"}, columns.view()));
    // Given another's name it is not that other.
    std::filesystem::rename(path, shelf.path_of("kucoin-spot-ETH-USDT-1m"));
    CHECK(shelf.open("kucoin-spot-ETH-USDT-1m").error().detail.find("holds the candles of binance-spot-BTC-USDT-1m") != std::string::npos);
}

TEST_CASE("writers of one set wait for each other, and what a killed one left is swept") {
    const bf::test::Scratch scratch;
    CandleShelf shelf{scratch.path().string()};
    std::ofstream{(scratch.path() / ".unfinished-1-x.candles").string()} << "half";
    const auto columns = random_candles(6, 4000);
    std::vector<std::thread> writers;
    for (std::size_t i = 0; i < 4; ++i)
        writers.emplace_back([&, i] {
            for (std::size_t part = 0; part < 10; ++part) {
                CandleColumns some;
                some.interval = columns.interval;
                some.price_digits = 2;
                some.volume_digits = 5;
                const auto from = i * 1000 + part * 100;
                some.append(columns.view(), from, from + 100);
                if (!shelf.put({kKey, "part"}, some.view())) std::abort();
            }
        });
    for (auto& writer : writers) writer.join();
    CHECK(equal(shelf.open(kKey).value().candles().value(), columns.view()));
    for (const auto& entry : std::filesystem::directory_iterator{scratch.path()}) CHECK(!entry.path().filename().string().starts_with(".unfinished"));
}
