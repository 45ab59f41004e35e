#include "backtest/track.hpp"

#include <algorithm>

namespace bf::backtest {

using trading::Number;

namespace {

/// So many points a curve has at most, its end aside.
constexpr std::size_t kPointsMax = 1'000;

}  // namespace

EquityTrack::EquityTrack(const Candles& candles, const Plan& plan, std::size_t first, std::size_t last, bool keep_curve)
    : candles_{candles}, limit_{plan.rules.protection.brake_drawdown}, window_{plan.rules.protection.brake_window}, brake_{limit_, window_},
      stride_{std::max<std::size_t>(1, (last - first + kPointsMax - 1) / kPointsMax)}, next_sample_{keep_curve ? first + stride_ - 1 : last},
      held_base_{plan.equity}, base_{plan.equity}, peak_{plan.equity},
      fell_from_{plan.equity}, last_{plan.equity}, closed_{first}, first_{first} {
    if (keep_curve && first < last) curve_.push_back({Instant::from_ms(candles.time[first]), plan.equity});
}

void EquityTrack::hold(const Decimal& base, const Decimal& quantity) {
    base_ = held_base_ = base;
    held_ = quantity;
    per_tick_ = Number{quantity} * candles_.tick;
}

Decimal EquityTrack::worth_at(const Decimal& price) const { return (Number{held_base_} + Number{held_} * price).value(); }

void EquityTrack::note(const Decimal& equity) {
    if (equity > peak_) peak_ = equity;
    note_fall(peak_ - equity, peak_);
}

/// Of equal falls the first counts.
void EquityTrack::note_fall(const Decimal& fall, const Decimal& from) {
    if (fall <= fall_) return;
    fall_ = fall;
    fell_from_ = from;
}

void EquityTrack::close(std::size_t candle) {
    last_ = worth(candles_.close[candle]).value();
    note(last_);
    brake_.note(last_, Instant::from_ms(candles_.time[candle]) + candles_.interval);
    sample(candle, candle + 1);
    closed_ = candle + 1;
}

void EquityTrack::note_stretch(std::size_t from, std::size_t to, const CandleIndex& index) {
    const auto range = index.closes(from, to);
    const Decimal one = worth(range.low).value(), other = worth(range.high).value();
    const auto& [least, most] = std::minmax(one, other);
    if (most <= peak_) return note(least);
    // A new peak: the deepest fall is from the old one or from one inside, and either way no deeper than from most to least.
    if (most - least > fall_) {
        note_fall(peak_ - least, peak_);
        const auto inside = index.deepest(from, to, held_.is_negative());
        const Number depth = per_tick_ * inside.depth;
        note_fall(depth >= 0 ? depth.value() : (-depth).value(), worth(inside.from).value());
    }
    peak_ = most;
}

void EquityTrack::close(std::size_t from, std::size_t to, const CandleIndex& index) {
    if (from >= to) return;
    index_ = &index;
    last_ = worth(candles_.close[to - 1]).value();
    if (to - from == 1 || held_.is_zero())
        note(last_);
    else
        note_stretch(from, to, index);
    if (!stretches_.empty() && stretches_.back().to == from && stretches_.back().base == held_base_ && stretches_.back().quantity == held_)
        stretches_.back().to = to;
    else
        stretches_.push_back({from, to, held_base_, held_});
    sample(from, to);
    closed_ = to;
}

void EquityTrack::sample(std::size_t from, std::size_t to) {
    for (; next_sample_ < to; next_sample_ += stride_) {
        if (next_sample_ < from) continue;
        curve_.push_back({Instant::from_ms(candles_.time[next_sample_]) + candles_.interval, worth(candles_.close[next_sample_]).value()});
    }
}

Decimal EquityTrack::peak_since(Instant since) const {
    Decimal peak = last_;
    const auto counts = [&](std::size_t candle) { return Instant::from_ms(candles_.time[candle]) + candles_.interval >= since; };
    for (auto at = stretches_.rbegin(); at != stretches_.rend(); ++at) {
        if (!counts(at->to - 1)) break;
        std::size_t from = at->from;
        if (!counts(from)) {
            const auto begin = candles_.time.begin();
            const auto left = begin + static_cast<std::ptrdiff_t>(from), right = begin + static_cast<std::ptrdiff_t>(at->to);
            from = static_cast<std::size_t>(std::lower_bound(left, right, (since - candles_.interval).ms()) - begin);
        }
        const auto range = index_->closes(from, at->to);
        const Number per_tick = Number{at->quantity} * candles_.tick;
        for (const auto close : {range.low, range.high}) peak = std::max(peak, (Number{at->base} + per_tick * std::int64_t{close}).value());
    }
    return peak;
}

bool EquityTrack::brakes(bool plain) const {
    if (plain) return brake_.active();
    // Compared with the highest peak of all first: most of the time not even that is too far away.
    if (closed_ == first_ || !trading::DrawdownBrake::is_beyond(peak_, last_, limit_)) return false;
    const auto at = Instant::from_ms(candles_.time[closed_ - 1]) + candles_.interval;
    return trading::DrawdownBrake::is_beyond(peak_since(trading::DrawdownBrake::counts_since(at, window_)), last_, limit_);
}

void EquityTrack::finish(Instant at, const Decimal& equity) {
    note(equity);
    if (!curve_.empty()) curve_.push_back({at, equity});
}

}  // namespace bf::backtest
