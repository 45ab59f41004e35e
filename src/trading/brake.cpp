#include "trading/brake.hpp"

#include <algorithm>

namespace bf::trading {

void DrawdownBrake::note(const Decimal& equity, Instant at) {
    const std::int64_t width = std::max<std::int64_t>(1, milliseconds{window_}.count() / static_cast<std::int64_t>(kBuckets));
    slot_ = std::max(slot_, at.ms() / width);
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
    if (!peak.is_positive()) return {};
    return divide_down(Number{peak} - equity_, peak);
}

bool DrawdownBrake::active() const { return drawdown() > limit_; }

}  // namespace bf::trading
