// The account-wide brake: new entries pause while equity is further below its peak of the last hours than the user allows.
//
// The peak is kept in 64 time buckets, so memory is fixed and a peak lives at most 1/64 of the window too long. Money the user moves in or
// out is no profit and no loss: `moved` shifts the peaks.
#pragma once
#include "base/time.hpp"
#include "money/decimal.hpp"
#include "trading/number.hpp"

#include <array>

namespace bf::trading {

class DrawdownBrake {
public:
    /// `limit` is a factor: 0.1 brakes when more than 10 % below the peak.
    DrawdownBrake(Decimal limit, seconds window) : limit_{limit}, window_{window} {}

    /// Equity at a time, not before the last one.
    void note(const Decimal& equity, Instant at);
    void moved(const Decimal& amount);
    [[nodiscard]] bool active() const;
    /// (peak - equity) / peak of the window, 0 without samples.
    [[nodiscard]] Number drawdown() const;

    // The same for who knows the peak: whether it is too far away, and since when a peak counts at a time.
    static bool is_beyond(const Decimal& peak, const Decimal& equity, const Decimal& limit) { return fall(peak, equity) > limit; }
    static Instant counts_since(Instant at, seconds window);

private:
    static constexpr std::size_t kBuckets = 64;
    static std::int64_t width_of(seconds window);
    static Number fall(const Decimal& peak, const Decimal& equity);
    struct Bucket {
        std::int64_t slot{-1};
        Decimal peak{};
    };
    Decimal limit_;
    seconds window_;
    Decimal equity_{};
    std::int64_t slot_{-1};
    std::array<Bucket, kBuckets + 1> buckets_{};
};

}  // namespace bf::trading
