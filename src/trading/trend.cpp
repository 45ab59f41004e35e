#include "trading/trend.hpp"

#include "trading/number.hpp"

#include <algorithm>

namespace bf::trading {

milliseconds length_of(market::Interval interval) {
    using namespace std::chrono;
    switch (interval) {
        case market::Interval::m1: return minutes{1};
        case market::Interval::m5: return minutes{5};
        case market::Interval::m15: return minutes{15};
        case market::Interval::h1: return hours{1};
        case market::Interval::h4: return hours{4};
        case market::Interval::d1: return hours{24};
    }
    return minutes{1};
}

std::size_t candles_of_30_days(market::Interval interval) { return static_cast<std::size_t>(milliseconds{std::chrono::hours{24 * 30}} / length_of(interval)); }

bool is_against(const market::Candle& candle, Direction direction) {
    return direction == Direction::long_side ? candle.close < candle.open : candle.close > candle.open;
}

Trend::Trend(GeneratorSettings settings) : settings_{settings} {
    settings_.fast = std::clamp(settings_.fast, 1, 1000);
    settings_.slow = std::clamp(settings_.slow, settings_.fast + 1, 2000);
    // One more than the slow average needs, so that the one that leaves it is still there.
    closes_.resize(static_cast<std::size_t>(settings_.slow) + 1);
    const std::size_t month = candles_of_30_days(settings_.interval);
    samples_.resize(std::min(month, kSamplesMax));
    stride_ = month / samples_.size();
    sorted_.reserve(samples_.size());
}

Number Trend::sum_of_last(int count) const {
    Number sum;
    for (std::size_t back = 1; back <= static_cast<std::size_t>(count); ++back) sum += closes_[(closes_seen_ - back) % closes_.size()];
    return sum;
}

void Trend::follow(Number& sum, int count) const {
    // Once it is known there was one close more, and the ring still has it.
    if (sum.known())
        sum += Number{closes_[(closes_seen_ - 1) % closes_.size()]} - closes_[(closes_seen_ - static_cast<std::size_t>(count) - 1) % closes_.size()];
    else
        sum = sum_of_last(count);
}

void Trend::note_volatility(const market::Candle& candle) {
    const Number range = divide_down(Number{candle.high} - candle.low, candle.close);
    if (!range.known()) return;
    ranges_[ranges_seen_++ % ranges_.size()] = range.value();
    if (ranges_seen_ < ranges_.size()) return;
    Number sum;
    for (const auto& each : ranges_) sum += each;
    if (!sum.known()) return;
    volatility_ = sum.value();
    if ((ranges_seen_ - ranges_.size()) % stride_ != 0) return;
    Decimal& slot = samples_[samples_seen_ % samples_.size()];
    if (samples_seen_ >= samples_.size()) sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), slot));
    slot = volatility_;
    ++samples_seen_;
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), slot), slot);
}

bool Trend::is_wild(const Decimal& factor) const {
    return !sorted_.empty() && Number{volatility_} > Number{sorted_[(sorted_.size() - 1) / 2]} * factor;
}

std::optional<Direction> Trend::close(const market::Candle& candle) {
    if ((last_ && candle.open_time <= last_->open_time) || !candle.close.is_positive()) return std::nullopt;
    last_ = candle;
    note_volatility(candle);
    closes_[closes_seen_++ % closes_.size()] = candle.close;
    if (closes_seen_ < static_cast<std::size_t>(settings_.slow)) return std::nullopt;
    follow(fast_sum_, settings_.fast);
    follow(slow_sum_, settings_.slow);
    // fast average > slow average, undivided: sum(fast) * slow > sum(slow) * fast.
    const Number fast = fast_sum_ * settings_.slow, slow = slow_sum_ * settings_.fast;
    const Side before = side_;
    if (fast > slow) side_ = Side::up;
    if (fast < slow) side_ = Side::down;
    if (side_ == before || before == Side::unknown || is_wild(settings_.quiet_factor)) return std::nullopt;
    return side_ == Side::up ? Direction::long_side : Direction::short_side;
}

std::optional<bool> Trend::uncertain_for(Direction direction) const {
    if (side_ == Side::unknown) return std::nullopt;
    const Side against = direction == Direction::long_side ? Side::down : Side::up;
    return side_ == against || is_wild(Decimal{2});
}

}  // namespace bf::trading
