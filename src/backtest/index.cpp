#include "backtest/index.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace bf::backtest {
namespace {

using Span = std::span<const std::int32_t>;

// Eight prices that are compared at once. Written out: g++ 12 unrolls a loop of sixteen comparisons instead.
using Eight [[gnu::vector_size(32)]] = std::int32_t;

Eight eight(const std::int32_t* at) {
    Eight prices;
    std::memcpy(&prices, at, sizeof prices);
    return prices;
}

bool any(const Eight& hits) {
    std::array<std::uint64_t, 4> parts;
    std::memcpy(parts.data(), &hits, sizeof parts);
    return (parts[0] | parts[1] | parts[2] | parts[3]) != 0;
}

/// The first place in [from, to) where one of the two holds, else `to`.
std::size_t scan(Span lows, Span highs, std::size_t from, std::size_t to, std::int32_t low, std::int32_t high) {
    const std::int32_t* l = lows.data();
    const std::int32_t* h = highs.data();
    const auto hits = [&](std::size_t at) { return (eight(l + at) <= low) | (eight(h + at) >= high); };
    while (from + 16 <= to && !any(hits(from) | hits(from + 8))) from += 16;
    if (from + 8 <= to && !any(hits(from))) from += 8;
    while (from < to && l[from] > low && h[from] < high) ++from;
    return from;
}

void widen(CandleIndex::Range& range, Span lows, Span highs, std::size_t from, std::size_t to) {
    std::int32_t low = range.low, high = range.high;
    for (std::size_t i = from; i < to; ++i) low = std::min(low, lows[i]);
    for (std::size_t i = from; i < to; ++i) high = std::max(high, highs[i]);
    range = {low, high};
}

std::size_t up_to_block(std::size_t from) { return (from + CandleIndex::kBlock - 1) / CandleIndex::kBlock * CandleIndex::kBlock; }

/// Closes, and stretches of closes, one after the other. Prices of a short are turned over, so that its rises are falls.
class FallWatch {
public:
    void close(std::int32_t close) {
        peak_ = std::max(peak_, close);
        note(std::int64_t{peak_} - close, peak_);
    }
    void stretch(std::int32_t low, std::int32_t high, const CandleIndex::Fall& inside) {
        note(std::int64_t{peak_} - low, peak_);
        note(inside.depth, inside.from);
        peak_ = std::max(peak_, high);
    }
    [[nodiscard]] const CandleIndex::Fall& deepest() const { return deepest_; }

private:
    void note(std::int64_t depth, std::int32_t from) {
        if (depth > deepest_.depth) deepest_ = {depth, from};
    }
    std::int32_t peak_{std::numeric_limits<std::int32_t>::min()};
    CandleIndex::Fall deepest_{};
};

}  // namespace

CandleIndex::Level CandleIndex::of_candles(const Candles& candles) {
    Level out;
    for (std::size_t from = 0; from < candles.size(); from += kBlock) {
        const std::size_t to = std::min(from + kBlock, candles.size());
        Range all, close;
        widen(all, candles.low, candles.high, from, to);
        widen(close, candles.close, candles.close, from, to);
        out.low.push_back(all.low);
        out.high.push_back(all.high);
        out.close_low.push_back(close.low);
        out.close_high.push_back(close.high);
        FallWatch falls, rises;
        for (std::size_t i = from; i < to; ++i) falls.close(candles.close[i]);
        for (std::size_t i = from; i < to; ++i) rises.close(-candles.close[i]);
        out.fall.push_back(falls.deepest());
        out.rise.push_back(rises.deepest());
    }
    return out;
}

CandleIndex::Level CandleIndex::of_blocks(const Level& blocks) {
    Level out;
    for (std::size_t from = 0; from < blocks.low.size(); from += kBlock) {
        const std::size_t to = std::min(from + kBlock, blocks.low.size());
        Range all, close;
        widen(all, blocks.low, blocks.high, from, to);
        widen(close, blocks.close_low, blocks.close_high, from, to);
        out.low.push_back(all.low);
        out.high.push_back(all.high);
        out.close_low.push_back(close.low);
        out.close_high.push_back(close.high);
        FallWatch falls, rises;
        for (std::size_t i = from; i < to; ++i) falls.stretch(blocks.close_low[i], blocks.close_high[i], blocks.fall[i]);
        for (std::size_t i = from; i < to; ++i) rises.stretch(-blocks.close_high[i], -blocks.close_low[i], blocks.rise[i]);
        out.fall.push_back(falls.deepest());
        out.rise.push_back(rises.deepest());
    }
    return out;
}

CandleIndex::CandleIndex(const Candles& candles) : candles_{candles}, blocks_{of_candles(candles)}, heaps_{of_blocks(blocks_)} {}

CandleIndex::Fall CandleIndex::deepest(std::size_t from, std::size_t to, bool rises) const {
    FallWatch watch;
    const auto candles = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) watch.close(rises ? -candles_.close[i] : candles_.close[i]);
    };
    const auto stretches = [&](const Level& level, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            if (rises)
                watch.stretch(-level.close_high[i], -level.close_low[i], level.rise[i]);
            else
                watch.stretch(level.close_low[i], level.close_high[i], level.fall[i]);
    };
    const std::size_t first = std::min(up_to_block(from), to), last = std::max(to / kBlock * kBlock, first);
    const std::size_t block = first / kBlock, end = last / kBlock;
    const std::size_t heap_first = std::min(up_to_block(block), end), heap_last = std::max(end / kBlock * kBlock, heap_first);
    candles(from, first);
    if (first < last) {
        stretches(blocks_, block, heap_first);
        stretches(heaps_, heap_first / kBlock, heap_last / kBlock);
        stretches(blocks_, heap_last, end);
    }
    candles(last, to);
    auto deepest = watch.deepest();
    if (rises) deepest.from = -deepest.from;
    return deepest;
}

std::size_t CandleIndex::next(std::size_t from, std::size_t to, std::int32_t low, std::int32_t high) const {
    if (from >= to) return to;
    const std::size_t edge = std::min(up_to_block(from), to);
    const std::size_t near = scan(candles_.low, candles_.high, from, edge, low, high);
    if (near < edge || edge == to) return near;
    const std::size_t last = (to + kBlock - 1) / kBlock;
    std::size_t block = edge / kBlock;
    const std::size_t heap_edge = std::min(up_to_block(block), last);
    std::size_t found = scan(blocks_.low, blocks_.high, block, heap_edge, low, high);
    if (found == heap_edge && found < last) {
        const std::size_t heaps = (last + kBlock - 1) / kBlock;
        const std::size_t heap = scan(heaps_.low, heaps_.high, found / kBlock, heaps, low, high);
        if (heap == heaps) return to;
        found = scan(blocks_.low, blocks_.high, heap * kBlock, std::min((heap + 1) * kBlock, last), low, high);
    }
    if (found >= last) return to;
    // All of the block at once, not a line when the one before it has been looked at.
    for (std::size_t at = found * kBlock; at < std::min((found + 1) * kBlock, to); at += 64 / sizeof(std::int32_t)) {
        __builtin_prefetch(&candles_.low[at]);
        __builtin_prefetch(&candles_.high[at]);
    }
    return scan(candles_.low, candles_.high, found * kBlock, std::min((found + 1) * kBlock, to), low, high);
}

CandleIndex::Range CandleIndex::closes(std::size_t from, std::size_t to) const {
    Range range;
    const std::size_t first = std::min(up_to_block(from), to), last = std::max(to / kBlock * kBlock, first);
    widen(range, candles_.close, candles_.close, from, first);
    widen(range, candles_.close, candles_.close, last, to);
    std::size_t block = first / kBlock;
    const std::size_t end = last / kBlock;
    const std::size_t heap_first = std::min(up_to_block(block), end), heap_last = std::max(end / kBlock * kBlock, heap_first);
    if (first >= last) return range;
    widen(range, blocks_.close_low, blocks_.close_high, block, heap_first);
    widen(range, blocks_.close_low, blocks_.close_high, heap_last, end);
    widen(range, heaps_.close_low, heaps_.close_high, heap_first / kBlock, heap_last / kBlock);
    return range;
}

}  // namespace bf::backtest
