#include "backtest/candle_file.hpp"

#include "backtest/candle_words.hpp"
#include "base/text.hpp"
#include "market/types.hpp"

#include <array>
#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bf::backtest {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr std::string_view kMagic = "BFCANDL\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAlign = 64;
constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kAskedMax = 1'000'000;

/// The first bytes of the file; the blocks' checksums follow, then zeros up to a page.
struct Head {
    char magic[8];
    std::uint32_t version;
    std::uint32_t price_digits;
    std::uint32_t volume_digits;
    std::uint32_t nothing;
    std::uint64_t file_bytes;
    std::uint64_t count, gaps, asked;
    std::int64_t interval_ms, first, last;
    std::uint64_t missing;
    char exchange[32], market[16], pair[64], source[208];
    std::uint64_t checksum;  ///< Of all before it and of the blocks' checksums.
};
static_assert(sizeof(Head) == 416 && std::is_trivially_copyable_v<Head>);

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

/// Offsets in the body, which follow from the counts.
struct CandleSet::Layout {
    std::uint64_t time, open, high, low, close, volume, gaps, asked, bytes, blocks, head_bytes;

    Layout(std::uint64_t count, std::uint64_t gap_count, std::uint64_t asked_count) {
        std::uint64_t at = 0;
        const auto take = [&at](std::uint64_t size) {
            const auto begin = at;
            at = round_up(at + size, kAlign);
            return begin;
        };
        time = take(count * 8);
        open = take(count * 4);
        high = take(count * 4);
        low = take(count * 4);
        close = take(count * 4);
        volume = take(count * 8);
        gaps = take(gap_count * sizeof(Span));
        asked = take(asked_count * sizeof(Span));
        bytes = at;
        blocks = (bytes + kBlock - 1) / kBlock;
        head_bytes = round_up(sizeof(Head) + blocks * 8, kPage);
    }
};

namespace {

template <std::size_t N>
void put_text(char (&to)[N], std::string_view text) {
    std::memset(to, 0, N);
    std::memcpy(to, text.data(), std::min(text.size(), N - 1));
}
template <std::size_t N>
std::string get_text(const char (&from)[N]) {
    return {from, ::strnlen(from, N)};
}

std::uint64_t head_checksum(std::string_view head, std::uint64_t blocks) {
    auto* const state = XXH3_createState();
    BF_ASSERT(state != nullptr);
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, head.data(), offsetof(Head, checksum));
    XXH3_64bits_update(state, head.data() + sizeof(Head), blocks * 8);
    const auto sum = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return sum;
}

std::vector<Span> gaps_of(const Candles& candles, std::uint64_t& missing) {
    std::vector<Span> gaps;
    missing = 0;
    const auto interval = candles.interval.count();
    for (std::size_t i = 1; i < candles.size(); ++i) {
        const auto due = candles.time[i - 1] + interval;
        if (candles.time[i] == due) continue;
        gaps.push_back({due, candles.time[i]});
        missing += static_cast<std::uint64_t>((candles.time[i] - due) / interval);
    }
    return gaps;
}

template <class T>
std::string_view bytes_of(std::span<const T> column) {
    return {reinterpret_cast<const char*>(column.data()), column.size_bytes()};
}

}  // namespace

std::string CandleKey::id() const {
    std::string text = exchange + "-" + market + "-" + pair + "-" + interval_text(interval);
    for (char& c : text)
        if (c == '/' || c == ':') c = '-';
    return text;
}

std::optional<CandleKey::Problem> CandleKey::problem() const {
    const auto word = [](std::string_view text) {
        return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    };
    if (!word(exchange)) return Problem{"exchange", "\"" + exchange.substr(0, 40) + "\" names no exchange: small letters and digits, for instance binance."};
    if (market != "spot" && market != "futures") return Problem{"market", "The market must be spot or futures."};
    const auto symbol = market::Symbol::parse(pair);
    if (!symbol || symbol->to_string() != pair) return Problem{"pair", "\"" + pair.substr(0, 40) + "\" is no pair: write BTC/USDT on spot and BTC/USDT:USDT for the perpetual."};
    if (symbol->is_futures() != (market == "futures"))
        return Problem{"pair", market == "spot" ? "\"" + pair + "\" is a perpetual: on spot it is " + symbol->base + "/" + symbol->quote + "."
                                                : "\"" + pair + "\" is a pair of spot: the perpetual is " + pair + ":" + symbol->quote + "."};
    if (!is_known_interval(interval))
        return Problem{"interval", "Candles of " + interval_text(interval) + " are not kept: 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d are."};
    return std::nullopt;
}

std::vector<Span> united(std::vector<Span> spans) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    std::vector<Span> all;
    for (const auto& span : spans) {
        if (span.from >= span.to) continue;
        if (!all.empty() && span.from <= all.back().to)
            all.back().to = std::max(all.back().to, span.to);
        else
            all.push_back(span);
    }
    return all;
}

// --- writing

CandleImage::CandleImage(const CandleKey& key, std::string source, const Candles& candles, const std::vector<Span>& asked) {
    BF_ASSERT(candles.size() > 0 && candles.size() <= kCandlesMax && !key.problem() && asked.size() <= kAskedMax);
    std::uint64_t missing = 0;
    const auto gaps = gaps_of(candles, missing);
    gaps_.assign(bytes_of(std::span{gaps}));
    asked_.assign(bytes_of(std::span{asked}));
    const CandleSet::Layout layout{candles.size(), gaps.size(), asked.size()};
    static constexpr std::array<char, kAlign> kZeros{};
    const std::array<std::string_view, 8> sections{bytes_of(candles.time),  bytes_of(candles.open),   bytes_of(candles.high), bytes_of(candles.low),
                                                   bytes_of(candles.close), bytes_of(candles.volume), gaps_,                  asked_};
    pieces_.emplace_back();  // The head, which knows the others' checksums.
    for (const auto section : sections) {
        pieces_.push_back(section);
        pieces_.emplace_back(kZeros.data(), round_up(section.size(), kAlign) - section.size());
    }

    Head head{};
    std::memcpy(head.magic, kMagic.data(), sizeof head.magic);
    head.version = kVersion;
    head.price_digits = static_cast<std::uint32_t>(digits_of(candles.tick));
    head.volume_digits = static_cast<std::uint32_t>(digits_of(candles.lot));
    head.file_bytes = layout.head_bytes + layout.bytes;
    head.count = candles.size();
    head.gaps = gaps.size();
    head.asked = asked.size();
    head.interval_ms = candles.interval.count();
    head.first = candles.time.front();
    head.last = candles.time.back();
    head.missing = missing;
    put_text(head.exchange, key.exchange);
    put_text(head.market, key.market);
    put_text(head.pair, key.pair);
    put_text(head.source, source);
    head_.assign(layout.head_bytes, '\0');
    std::memcpy(head_.data(), &head, sizeof head);

    auto* const state = XXH3_createState();
    BF_ASSERT(state != nullptr);
    XXH3_64bits_reset(state);
    std::size_t block = 0, filled = 0;
    const auto end_block = [&] {
        const std::uint64_t sum = XXH3_64bits_digest(state);
        std::memcpy(head_.data() + sizeof(Head) + 8 * block++, &sum, sizeof sum);
        XXH3_64bits_reset(state);
        filled = 0;
    };
    for (auto piece : pieces_)
        while (!piece.empty()) {
            const auto part = piece.substr(0, CandleSet::kBlock - filled);
            XXH3_64bits_update(state, part.data(), part.size());
            filled += part.size();
            piece.remove_prefix(part.size());
            if (filled == CandleSet::kBlock) end_block();
        }
    if (filled > 0) end_block();
    XXH3_freeState(state);
    BF_ASSERT(block == layout.blocks);
    const auto sum = head_checksum(head_, layout.blocks);
    std::memcpy(head_.data() + offsetof(Head, checksum), &sum, sizeof sum);
    pieces_.front() = head_;
}

// --- reading

Result<CandleSet> CandleSet::open(std::string_view bytes, std::shared_ptr<const void> keeper, std::string name) {
    const auto damaged = [&name](const std::string& what) {
        return Unexpected{Error{ErrorKind::damaged, name + " " + what + ". Import or download these candles again.", Fate::not_sent, "candles_damaged"}};
    };
    if (bytes.size() < kMagic.size() || !bytes.starts_with(kMagic)) return damaged("is no set of candles");
    if (bytes.size() < sizeof(Head)) return damaged("is cut short");
    Head head;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.version != kVersion)
        return Unexpected{Error{ErrorKind::damaged, name + " was written by another version of BackFuture (format " + std::to_string(head.version) + ", this one reads " + std::to_string(kVersion) + ").",
                                Fate::not_sent, "candles_version"}};
    if (head.count == 0 || head.count > kCandlesMax || head.gaps >= head.count || head.asked > kAskedMax) return damaged("has a damaged head");
    const Layout layout{head.count, head.gaps, head.asked};
    if (head.file_bytes != layout.head_bytes + layout.bytes) return damaged("has a damaged head");
    if (bytes.size() < head.file_bytes) return damaged("is cut short: " + std::to_string(bytes.size()) + " bytes of " + std::to_string(head.file_bytes) + " are there");
    if (bytes.size() > head.file_bytes) return damaged("has " + std::to_string(bytes.size() - head.file_bytes) + " bytes behind its end");
    if (head.checksum != head_checksum(bytes, layout.blocks)) return damaged("has a damaged head");

    CandleSet set;
    set.info_.key = {get_text(head.exchange), get_text(head.market), get_text(head.pair), milliseconds{head.interval_ms}};
    set.info_.source = get_text(head.source);
    set.info_.count = head.count;
    set.info_.gaps = head.gaps;
    set.info_.missing = head.missing;
    set.info_.first = head.first;
    set.info_.last = head.last;
    set.info_.price_digits = static_cast<int>(head.price_digits);
    set.info_.volume_digits = static_cast<int>(head.volume_digits);
    set.info_.bytes = head.file_bytes;
    if (head.price_digits > CandleColumns::kPriceDigitsMax || head.volume_digits > CandleColumns::kPriceDigitsMax || set.info_.key.problem()) return damaged("has a head that makes no sense");
    set.asked_count_ = head.asked;
    set.name_ = std::move(name);
    set.keeper_ = std::move(keeper);
    set.head_ = bytes.substr(0, layout.head_bytes);
    set.body_ = bytes.substr(layout.head_bytes);
    set.checked_ = std::make_unique<std::atomic<bool>[]>(layout.blocks);
    return set;
}

Status CandleSet::check(std::uint64_t offset, std::uint64_t size) const {
    if (size == 0) return {};
    for (auto block = offset / kBlock; block <= (offset + size - 1) / kBlock; ++block) {
        // Two threads may check the same one: both come to the same end.
        if (checked_[block].load(std::memory_order_relaxed)) continue;
        const auto part = body_.substr(block * kBlock, kBlock);
        std::uint64_t sum = 0;
        std::memcpy(&sum, head_.data() + sizeof(Head) + 8 * block, sizeof sum);
        if (XXH3_64bits(part.data(), part.size()) != sum)
            return Unexpected{Error{ErrorKind::damaged, name_ + " is damaged: the bytes from " + std::to_string(head_.size() + block * kBlock) + " on are not those that were written. Import or download these candles again.",
                                    Fate::not_sent, "candles_damaged"}};
        checked_[block].store(true, std::memory_order_relaxed);
    }
    return {};
}

template <class T>
Result<std::span<const T>> CandleSet::column(std::uint64_t offset, std::size_t first, std::size_t last) const {
    BF_TRY_VOID(check(offset + first * sizeof(T), (last - first) * sizeof(T)));
    return std::span<const T>{reinterpret_cast<const T*>(body_.data() + offset) + first, last - first};
}

Result<Candles> CandleSet::candles(std::optional<std::int64_t> from, std::optional<std::int64_t> to) const {
    const Layout layout{info_.count, info_.gaps, asked_count_};
    BF_TRY(const auto times, column<std::int64_t>(layout.time, 0, info_.count));
    const auto index_of = [&times](std::int64_t at) { return static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), at) - times.begin()); };
    const std::size_t first = from ? index_of(*from) : 0;
    const std::size_t last = std::max(first, to ? index_of(*to) : times.size());
    Candles view;
    view.interval = info_.key.interval;
    view.tick = Decimal::from_parts(1, info_.price_digits);
    view.lot = Decimal::from_parts(1, info_.volume_digits);
    view.time = times.subspan(first, last - first);
    BF_TRY(view.open, column<std::int32_t>(layout.open, first, last));
    BF_TRY(view.high, column<std::int32_t>(layout.high, first, last));
    BF_TRY(view.low, column<std::int32_t>(layout.low, first, last));
    BF_TRY(view.close, column<std::int32_t>(layout.close, first, last));
    BF_TRY(view.volume, column<std::int64_t>(layout.volume, first, last));
    return view;
}

Result<std::vector<Span>> CandleSet::asked() const {
    const Layout layout{info_.count, info_.gaps, asked_count_};
    BF_TRY(const auto spans, column<Span>(layout.asked, 0, asked_count_));
    return std::vector<Span>{spans.begin(), spans.end()};
}

template <class Take>
Status CandleSet::each_gap(const Take& take) const {
    const Layout layout{info_.count, info_.gaps, asked_count_};
    BF_TRY(const auto spans, column<Span>(layout.gaps, 0, info_.gaps));
    BF_TRY(const auto were_asked, asked());
    std::size_t at = 0;
    for (const auto& span : spans) {
        // An asked span that ends within the gap leaves a rest that was not asked for: the gap counts as not known.
        while (at < were_asked.size() && were_asked[at].to < span.to) ++at;
        const bool empty = at < were_asked.size() && were_asked[at].from <= span.from;
        take(Gap{span.from, span.to, (span.to - span.from) / info_.key.interval.count(), empty});
    }
    return {};
}

Result<std::vector<Gap>> CandleSet::gaps() const {
    std::vector<Gap> gaps;
    gaps.reserve(info_.gaps);
    BF_TRY_VOID(each_gap([&](const Gap& gap) { gaps.push_back(gap); }));
    return gaps;
}

Result<std::uint64_t> CandleSet::empty_at_exchange(std::int64_t from, std::int64_t to) const {
    // A set of seconds in which few trade has more gaps than a list of them should take memory.
    std::uint64_t empty = 0;
    BF_TRY_VOID(each_gap([&](const Gap& gap) { empty += gap.empty_at_exchange && gap.from >= from && gap.to <= to ? static_cast<std::uint64_t>(gap.missing) : 0; }));
    return empty;
}

Status CandleSet::verify() const {
    BF_TRY_VOID(check(0, body_.size()));
    BF_TRY(const auto all, candles());
    const auto wrong = [this](const std::string& what) {
        return Unexpected{Error{ErrorKind::damaged, name_ + " holds what is no candle: " + what + ". Import or download these candles again.", Fate::not_sent, "candles_damaged"}};
    };
    const auto interval = info_.key.interval.count();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all.time[i] % interval != 0) return wrong("candle " + std::to_string(i + 1) + " opens at no whole " + interval_text(info_.key.interval));
        if (i > 0 && all.time[i] <= all.time[i - 1]) return wrong("candle " + std::to_string(i + 1) + " is not after the one before it");
        if (all.low[i] <= 0 || all.low[i] > std::min(all.open[i], all.close[i]) || all.high[i] < std::max(all.open[i], all.close[i]) || all.volume[i] < 0)
            return wrong("the prices of " + moment_text(all.time[i]) + " contradict each other");
    }
    if (all.time.front() != info_.first || all.time.back() != info_.last) return wrong("its first or last candle is not what the head says");
    std::uint64_t missing = 0;
    const auto expected = gaps_of(all, missing);
    BF_TRY(const auto listed, gaps());
    const bool same = expected.size() == listed.size() && missing == info_.missing &&
                      std::equal(expected.begin(), expected.end(), listed.begin(), [](const Span& a, const Gap& b) { return a.from == b.from && a.to == b.to; });
    if (!same) return wrong("its list of gaps is not that of its candles");
    return {};
}

}  // namespace bf::backtest
