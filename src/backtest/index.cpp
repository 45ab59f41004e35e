#include "backtest/index.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

using Span = std::span<const std::int32_t>;

/// The first place in [from, to) where one of the two holds, else `to`. Sixteen at a time, which the compiler turns into wide comparisons.
std::size_t scan(Span lows, Span highs, std::size_t from, std::size_t to, std::int32_t low, std::int32_t high) {
    constexpr std::size_t kAtOnce = 16;
    const std::int32_t* l = lows.data();
    const std::int32_t* h = highs.data();
    while (from + kAtOnce <= to) {
        int any = 0;
        for (std::size_t k = 0; k < kAtOnce; ++k) any |= static_cast<int>(l[from + k] <= low) | static_cast<int>(h[from + k] >= high);
        if (any != 0) break;
        from += kAtOnce;
    }
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

}  // namespace

CandleIndex::Level CandleIndex::fold(Span low, Span high, Span close_low, Span close_high) {
    Level out;
    for (std::size_t from = 0; from < low.size(); from += kBlock) {
        const std::size_t to = std::min(from + kBlock, low.size());
        Range all, close;
        widen(all, low, high, from, to);
        widen(close, close_low, close_high, from, to);
        out.low.push_back(all.low);
        out.high.push_back(all.high);
        out.close_low.push_back(close.low);
        out.close_high.push_back(close.high);
    }
    return out;
}

CandleIndex::CandleIndex(const Candles& candles)
    : candles_{candles}, blocks_{fold(candles.low, candles.high, candles.close, candles.close)}, heaps_{fold(blocks_.low, blocks_.high, blocks_.close_low, blocks_.close_high)} {}

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
