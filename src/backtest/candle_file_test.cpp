#include "backtest/candle_file.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_fixture.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <csignal>
#include <sys/resource.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

const CandleKey kKey{"binance", "spot", "BTC/USDT", milliseconds{60'000}};

/// The file of these candles, where a Head may lie.
struct Image {
    std::shared_ptr<std::vector<std::uint64_t>> words = std::make_shared<std::vector<std::uint64_t>>();
    std::size_t size{0};

    explicit Image(const Candles& candles, const std::vector<Span>& asked = {}) {
        const CandleImage image{kKey, "a test", candles, asked};
        std::string bytes;
        for (const auto piece : image.pieces()) bytes += piece;
        set(bytes);
    }
    void set(const std::string& bytes) {
        size = bytes.size();
        words->assign(size / 8 + 9, 0);
        std::memcpy(words->data(), bytes.data(), size);
    }
    [[nodiscard]] char* data() const { return reinterpret_cast<char*>(words->data()); }
    [[nodiscard]] std::string bytes() const { return {data(), size}; }
    [[nodiscard]] Result<CandleSet> open() const { return CandleSet::open({data(), size}, words, "set.candles"); }
};

}  // namespace

TEST_CASE("what is written is read, gaps and all") {
    const auto columns = random_candles(1, 30'000, 20);
    const Image image{columns.view(), {{kStart, kStart + 120'000}}};
    const auto set = image.open();
    REQUIRE(set);
    CHECK(set->info().key == kKey);
    CHECK(set->info().source == "a test");
    CHECK(set->info().count == 30'000);
    CHECK(set->info().first == columns.time[0]);
    CHECK(set->info().last == columns.time[29'999]);
    CHECK(equal(set->candles().value(), columns.view()));
    CHECK(set->verify());
    CHECK(set->asked().value() == std::vector<Span>{{kStart, kStart + 120'000}});

    const auto gaps = set->gaps().value();
    CHECK(gaps.size() == set->info().gaps);
    std::int64_t missing = 0;
    for (const auto& gap : gaps) missing += gap.missing;
    CHECK(missing == (columns.time[29'999] - columns.time[0]) / 60'000 + 1 - 30'000);
    CHECK(static_cast<std::uint64_t>(missing) == set->info().missing);
    REQUIRE(!gaps.empty());
    for (std::size_t i = 1, gap = 0; i < columns.size(); ++i) {
        if (columns.time[i] - columns.time[i - 1] == 60'000) continue;
        CHECK(gaps[gap].from == columns.time[i - 1] + 60'000);
        CHECK(gaps[gap++].to == columns.time[i]);
    }
}

TEST_CASE("a part of a set is the candles that open in it") {
    const auto columns = random_candles(2, 100'000);
    const Image image{columns.view()};
    const auto set = image.open().value();
    const auto at = [](std::int64_t minutes) { return kStart + minutes * 60'000; };
    struct Row { const char* why; std::optional<std::int64_t> from, to; std::size_t count; };
    const Row rows[] = {
        {"all of it", {}, {}, 100'000},
        {"from the tenth", at(9), {}, 99'991},
        {"before the tenth", {}, at(9), 9},
        {"one", at(50'000), at(50'001), 1},
        {"between two opens", at(5) + 1, at(6), 0},
        {"before the first", {}, kStart, 0},
        {"after the last", at(100'000), {}, 0},
        {"the wrong way round", at(10), at(5), 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto part = set.candles(row.from, row.to).value();
        CHECK(part.size() == row.count);
        CHECK(part.open.size() == row.count);
        CHECK(part.volume.size() == row.count);
        if (row.count > 0 && row.from) CHECK(part.time.front() == *row.from);
    }
}

TEST_CASE("a gap that the exchange was asked for is told apart from one that nobody knows about") {
    auto columns = random_candles(3, 10);
    for (std::size_t i = 3; i < 10; ++i) columns.time[i] += 5 * 60'000;
    for (std::size_t i = 7; i < 10; ++i) columns.time[i] += 2 * 60'000;
    const auto minute = [](std::int64_t m) { return kStart + m * 60'000; };
    struct Row { const char* why; std::vector<Span> asked; bool first, second; };
    const Row rows[] = {
        {"never asked", {}, false, false},
        {"all of it", {{minute(0), minute(100)}}, true, true},
        {"the first", {{minute(2), minute(9)}}, true, false},
        {"half of the first", {{minute(2), minute(5)}}, false, false},
        {"exactly the second", {{minute(12), minute(14)}}, false, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Image image{columns.view(), row.asked};
        const auto gaps = image.open().value().gaps().value();
        REQUIRE(gaps.size() == 2);
        CHECK(gaps[0] == Gap{minute(3), minute(8), 5, row.first});
        CHECK(gaps[1] == Gap{minute(12), minute(14), 2, row.second});
    }
}

TEST_CASE("a set that was cut or changed is refused with a sentence") {
    const auto columns = random_candles(4, 50'000);
    const Image whole{columns.view()};
    const auto bytes = whole.bytes();
    Image image{columns.view()};

    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{100}, std::size_t{4096}, bytes.size() / 2, bytes.size() - 1}) {
        CAPTURE(size);
        image.set(bytes.substr(0, size));
        const auto set = image.open();
        REQUIRE(!set);
        CHECK(set.error().kind == ErrorKind::damaged);
        CHECK(set.error().detail.starts_with("set.candles "));
    }
    image.set(bytes.substr(0, bytes.size() - 1));
    CHECK(image.open().error().detail.find("is cut short: " + std::to_string(bytes.size() - 1) + " bytes of " + std::to_string(bytes.size())) != std::string::npos);
    image.set(bytes + "x");
    CHECK(image.open().error().detail.find("has 1 bytes behind its end") != std::string::npos);
    image.set("open_time_ms,open,high,low,close,volume\n");
    CHECK(image.open().error().detail.find("is no set of candles") != std::string::npos);

    // Any bit of the head.
    for (std::size_t at = 0; at < 424; at += 3) {
        CAPTURE(at);
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        image.set(changed);
        CHECK(!image.open());
    }
    // Any byte of the columns: opening does not look at it, whoever asks for it hears.
    std::mt19937_64 dice{5};
    for (int i = 0; i < 100; ++i) {
        auto changed = bytes;
        const auto at = 4096 + dice() % (bytes.size() - 4096);
        CAPTURE(at);
        changed[at] = static_cast<char>(changed[at] + 1);
        image.set(changed);
        const auto set = image.open();
        REQUIRE(set);
        CHECK(!set->verify());
        const auto all = set->candles();
        // What fills up to the next column belongs to no candle, but to a block of some.
        REQUIRE(!all);
        CHECK(all.error().kind == ErrorKind::damaged);
        CHECK(all.error().detail.find("are not those that were written") != std::string::npos);
    }
}

TEST_CASE("damage is found by who reads it and by nobody else") {
    const auto columns = random_candles(6, 400'000);
    Image image{columns.view()};
    auto bytes = image.bytes();
    // A close far from both ends of its column: where one ends and the next begins they share a block.
    const auto at = bytes.find(std::string_view{reinterpret_cast<const char*>(&columns.close.data()[300'000]), 40});
    REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] + 1);
    image.set(bytes);
    const auto set = image.open().value();
    CHECK(set.candles({}, columns.time[100'000]));
    CHECK(!set.candles(columns.time[299'000], columns.time[301'000]));
    CHECK(!set.verify());
    CHECK(set.candles({}, columns.time[100'000]));
}

TEST_CASE("verify finds candles that are none though their checksums are right") {
    const auto sound = random_candles(7, 1000);
    struct Row { const char* why; void (*spoil)(CandleColumns&); };
    const Row rows[] = {
        {"a price of zero", [](CandleColumns& c) { c.low[500] = 0; }},
        {"a high below", [](CandleColumns& c) { c.high[500] = c.low[500] - 1; }},
        {"a time between", [](CandleColumns& c) { c.time[500] += 1; }},
        {"a time twice", [](CandleColumns& c) { c.time[500] = c.time[499]; }},
        {"a negative volume", [](CandleColumns& c) { c.volume[500] = -1; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CandleColumns columns;
        columns.interval = sound.interval;
        columns.price_digits = sound.price_digits;
        columns.volume_digits = sound.volume_digits;
        columns.append(sound.view(), 0, sound.size());
        row.spoil(columns);
        const auto checked = Image{columns.view()}.open().value().verify();
        REQUIRE(!checked);
        CHECK(checked.error().detail.find("holds what is no candle") != std::string::npos);
    }
}

TEST_CASE("a set that was there stays whole when the disk is full while the new one is written") {
    const bf::test::Scratch folder;
    const auto path = (folder.path() / "set.candles").string();
    const auto columns = random_candles(8, 100'000);
    const CandleImage image{kKey, "first", columns.view(), {}};
    REQUIRE(write_whole(path, image.pieces()));
    const auto before = bf::test::file_bytes(path);

    // The system's own limit on the size of a file stands for the full disk.
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    const rlimit small{200'000, old.rlim_max};
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    const CandleImage other{kKey, "second", columns.view(), {}};
    const auto written = write_whole(path, other.pieces());
    ::setrlimit(RLIMIT_FSIZE, &old);
    ::signal(SIGXFSZ, handler);
    REQUIRE(!written);
    CHECK(written.error().code == "disk_full");
    CHECK(bf::test::file_bytes(path) == before);
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a set that is open stays as it was while it is replaced") {
    const bf::test::Scratch folder;
    const auto path = (folder.path() / "set.candles").string();
    const auto first = random_candles(9, 5000), second = random_candles(10, 200);
    REQUIRE(write_whole(path, CandleImage{kKey, "first", first.view(), {}}.pieces()));
    const auto file = MappedFile::open(path).value();
    const auto set = CandleSet::open(file->bytes(), file, path).value();
    REQUIRE(write_whole(path, CandleImage{kKey, "second", second.view(), {}}.pieces()));
    CHECK(equal(set.candles().value(), first.view()));
    const auto again = MappedFile::open(path).value();
    CHECK(equal(CandleSet::open(again->bytes(), again, path).value().candles().value(), second.view()));
}

TEST_CASE("a key says what it is not") {
    const milliseconds minute{60'000};
    struct Row { CandleKey key; const char *field, *sentence; };  // null: sound
    const Row rows[] = {
        {{"binance", "spot", "BTC/USDT", minute}, nullptr, nullptr},
        {{"kucoin", "futures", "BTC/USDT:USDT", minute}, nullptr, nullptr},
        {{"Binance", "spot", "BTC/USDT", minute}, "exchange", "names no exchange"},
        {{"../etc", "spot", "BTC/USDT", minute}, "exchange", "names no exchange"},
        {{"binance", "margin", "BTC/USDT", minute}, "market", "spot or futures"},
        {{"binance", "spot", "BTCUSDT", minute}, "pair", "is no pair"},
        {{"binance", "spot", "btc/usdt", minute}, "pair", "is no pair"},
        {{"binance", "spot", "BTC/USDT:USDT", minute}, "pair", "is a perpetual"},
        {{"binance", "futures", "BTC/USDT", minute}, "pair", "BTC/USDT:USDT"},
        {{"binance", "spot", "BTC/USDT", milliseconds{61'000}}, "interval", "are not kept"},
    };
    for (const Row& row : rows) {
        const auto problem = row.key.problem();
        REQUIRE(problem.has_value() == (row.sentence != nullptr));
        if (!problem) continue;
        CHECK(problem->field == row.field);
        CHECK(problem->sentence.find(row.sentence) != std::string::npos);
    }
    CHECK(rows[1].key.id() == "kucoin-futures-BTC-USDT-USDT-1m");
}
