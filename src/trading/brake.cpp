#include "trading/brake.hpp"

#include <algorithm>

namespace bf::trading {

void DrawdownBrake::note(const Decimal& equity, Instant at) {
    slot_ = std::max(slot_, at.ms() / width_of(window_));
    equity_ = equity;
    Bucket& bucket = buckets_[static_cast<std::size_t>(slot_) % buckets_.size()];
    if (bucket.slot != slot_) bucket = {slot_, equity};
    bucket.peak = std::max(bucket.peak, equity);
}

void DrawdownBrake::moved(const Decimal& amount) {
    const auto shift = [&amount](Decimal& value) {
        const Number moved = Number{value} + amount;
        if (moved.known()) value = moved.value();
    };
    shift(equity_);
    for (auto& bucket : buckets_)
        if (bucket.slot >= 0) shift(bucket.peak);
}

Number DrawdownBrake::drawdown() const {
    Decimal peak = equity_;
    for (const auto& bucket : buckets_)
        if (bucket.slot >= 0 && bucket.slot >= slot_ - static_cast<std::int64_t>(kBuckets)) peak = std::max(peak, bucket.peak);
    return fall(peak, equity_);
}

Number DrawdownBrake::fall(const Decimal& peak, const Decimal& equity) { return peak.is_positive() ? divide_down(Number{peak} - equity, peak) : Number{}; }

std::int64_t DrawdownBrake::width_of(seconds window) { return std::max<std::int64_t>(1, milliseconds{window}.count() / static_cast<std::int64_t>(kBuckets)); }

Instant DrawdownBrake::counts_since(Instant at, seconds window) {
    const auto width = width_of(window);
    return Instant::from_ms((at.ms() / width - static_cast<std::int64_t>(kBuckets)) * width);
}

bool DrawdownBrake::active() const { return drawdown() > limit_; }

}  // namespace bf::trading
