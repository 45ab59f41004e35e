// Anything as a file of candles: taken or refused with a sentence, never more. What is taken is sound, stored and read the same; what is
// exported of it is read as the same candles. The first byte chooses: a file (plain, zip or gzip), of which length, or a stored set.
#include "backtest/candle_file.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/candle_json.hpp"
#include "input.hpp"

#include <memory>
#include <vector>

using namespace bf;
using namespace bf::backtest;

namespace {

const CandleKey kKey{"binance", "spot", "BTC/USDT", milliseconds{60'000}};

/// Bytes where a stored set's numbers may lie, with zeros behind.
struct Aligned {
    std::shared_ptr<std::vector<std::uint64_t>> words;
    std::size_t size;
    explicit Aligned(std::string_view bytes) : words{std::make_shared<std::vector<std::uint64_t>>(bytes.size() / 8 + 16)}, size{bytes.size()} {
        if (size > 0) std::memcpy(words->data(), bytes.data(), size);
    }
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(words->data()), size}; }
};

bool equal(const Candles& a, const Candles& b) {
    const auto same = [](const auto& x, const auto& y) { return std::equal(x.begin(), x.end(), y.begin(), y.end()); };
    return same(a.time, b.time) && same(a.open, b.open) && same(a.high, b.high) && same(a.low, b.low) && same(a.close, b.close) && same(a.volume, b.volume) && a.tick == b.tick && a.lot == b.lot;
}

void stored_and_exported(const CandleColumns& columns) {
    auto key = kKey;
    key.interval = columns.interval;
    const CandleImage image{key, "fuzz", columns.view(), {}};
    std::string bytes;
    for (const auto piece : image.pieces()) bytes += piece;
    const Aligned file{bytes};
    const auto set = CandleSet::open(file.view(), file.words, "set");
    fuzz::must(set.has_value(), "what is written can be opened");
    fuzz::must(set->verify().has_value(), "what was taken is candles");
    fuzz::must(equal(set->candles().value(), columns.view()), "what is read is what was written");
    std::string csv;
    fuzz::must(write_candle_csv(columns.view(), [&csv](const std::string& piece) -> Status { return csv += piece, Status{}; }).has_value(), "it can be exported");
    const Aligned text{csv};
    const auto again = read_candle_file(text.view(), "export", columns.interval);
    fuzz::must(again.has_value(), "what is exported can be imported");
    fuzz::must(std::equal(again->columns.time.view().begin(), again->columns.time.view().end(), columns.time.view().begin(), columns.time.view().end()), "and has the same times");
    const auto worth = [](const CandleColumns& c, std::size_t i) { return Decimal::from_parts(c.close[i], c.price_digits); };
    for (std::size_t i = 0; i < columns.size(); ++i) fuzz::must(worth(columns, i) == worth(again->columns, i), "and the same prices");
}

void as_a_set(std::string_view bytes) {
    const Aligned file{bytes};
    const auto set = CandleSet::open(file.view(), file.words, "set");
    if (!set) return fuzz::must(!set.error().detail.empty(), "a refusal has a sentence");
    (void)set->candles();
    (void)set->gaps();
    (void)set->asked();
    (void)set->verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto kind = input.below(4);
    if (kind == 3) return as_a_set(input.rest()), 0;
    const Aligned file{input.rest()};
    const auto interval = kind == 0 ? std::nullopt : std::optional{milliseconds{kind == 1 ? 60'000 : 1'000}};
    const auto read = read_candle_file(file.view(), "file", interval, {.file_bytes_max = 1U << 20, .trade_bytes_max = 1U << 20});
    if (!read) {
        fuzz::must(read.error().detail.starts_with("file"), "a refusal begins with the file's name");
        fuzz::must(read.error().detail.find('\x1b') == std::string::npos, "a refusal holds nothing that a terminal acts on");
        return 0;
    }
    stored_and_exported(read->columns);
    return 0;
}
