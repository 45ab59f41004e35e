// A sum over the last so and so long, moving with time, in a fixed number of buckets. It never counts less than the true sum: the oldest
// bucket counts whole while any moment of it is within the window. Time is PolicyClock's; were it to go back, nothing would be forgotten: what comes
// then counts as if it came at the latest time seen.
#pragma once
#include "base/time.hpp"

#include <array>
#include <cstdint>

namespace bf::signer {

/// Covers at least kBuckets * kWidthMs, at most one bucket more.
template <class T, int kBuckets, std::int64_t kWidthMs>
class Window {
public:
    [[nodiscard]] T total(Instant now) {
        advance(now);
        return total_;
    }
    void add(Instant now, const T& value) {
        advance(now);
        auto& bucket = bucket_of(newest_);
        bucket = bucket + value;
        total_ = total_ + value;
    }

    // For the store: each bucket that holds something, by its number, and back.
    template <class Visit>
    void each(Visit&& visit) const {
        for (std::int64_t number = newest_ - kBuckets; number <= newest_; ++number)
            if (const auto& value = buckets_[slot_of(number)]; value != T{}) visit(number, value);
    }
    /// When the latest bucket began.
    [[nodiscard]] Instant newest() const { return Instant::from_ms(newest_ * kWidthMs); }
    /// The same, earlier by so much; what does not fit whole buckets counts longer.
    void date_back(milliseconds by) {
        const auto fewer = by.count() / kWidthMs;
        const auto before = buckets_;
        for (std::int64_t number = newest_ - kBuckets; number <= newest_; ++number) buckets_[slot_of(number - fewer)] = before[slot_of(number)];
        newest_ -= fewer;
    }
    void restore(std::int64_t number, const T& value) { add(Instant::from_ms(number * kWidthMs), value); }

private:
    static std::size_t slot_of(std::int64_t number) { return static_cast<std::size_t>(((number % kSlots) + kSlots) % kSlots); }
    T& bucket_of(std::int64_t number) { return buckets_[slot_of(number)]; }
    void advance(Instant now) {
        const auto number = now.ms() / kWidthMs;
        if (number <= newest_) return;
        if (number - newest_ >= kSlots) {
            buckets_ = {};
            total_ = T{};
        } else {
            for (auto gone = newest_ + 1; gone <= number; ++gone) {
                auto& bucket = bucket_of(gone);
                total_ = total_ - bucket;
                bucket = T{};
            }
        }
        newest_ = number;
    }

    static constexpr std::int64_t kSlots = kBuckets + 1;
    std::array<T, static_cast<std::size_t>(kSlots)> buckets_{};
    T total_{};
    std::int64_t newest_{0};
};

}  // namespace bf::signer
