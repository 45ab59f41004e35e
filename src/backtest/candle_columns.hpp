// Candles that own their memory: what an import reads into, what a merge makes, what a file is written from.
#pragma once
#include "backtest/candles.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace bf::backtest {

/// So many candles one set may hold: five years of seconds.
inline constexpr std::size_t kCandlesMax = 160'000'000;

/// An array that grows without clearing what is about to be written: a vector would touch five years of memory twice.
template <class T>
    requires std::is_trivially_copyable_v<T>
class Column {
public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] T* data() { return data_.get(); }
    [[nodiscard]] const T* data() const { return data_.get(); }
    T& operator[](std::size_t index) { return data_[index]; }
    const T& operator[](std::size_t index) const { return data_[index]; }
    [[nodiscard]] std::span<const T> view() const { return {data_.get(), size_}; }

    void reserve(std::size_t count) {
        if (count <= capacity_) return;
        auto grown = std::make_unique_for_overwrite<T[]>(count);
        if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_ * sizeof(T));
        data_ = std::move(grown);
        capacity_ = count;
    }
    /// What is new holds anything.
    void resize(std::size_t count) {
        if (count > capacity_) reserve(std::max(count, capacity_ + capacity_ / 2));
        size_ = count;
    }
    void append(const T* from, std::size_t count) {
        const auto before = size_;
        resize(before + count);
        if (count > 0) std::memcpy(data_.get() + before, from, count * sizeof(T));
    }

private:
    std::unique_ptr<T[]> data_;
    std::size_t size_{0}, capacity_{0};
};

struct CandleColumns {
    static constexpr int kPriceDigitsMax = 18;
    /// Volumes decide nothing to the last digit; what programs write behind it is the noise of binary numbers.
    static constexpr int kVolumeDigitsMax = 8;

    milliseconds interval{};
    int price_digits{0};   ///< A price's 1 is 10^-price_digits.
    int volume_digits{0};  ///< Likewise.
    Column<std::int64_t> time;
    Column<std::int32_t> open, high, low, close;
    Column<std::int64_t> volume;

    [[nodiscard]] std::size_t size() const { return time.size(); }
    void reserve(std::size_t count);
    void resize(std::size_t count);
    /// A copy of those of `candles` from `first` to `last`, whose digits are the same.
    void append(const Candles& candles, std::size_t first, std::size_t last);
    [[nodiscard]] Candles view() const;

    /// Counts in finer steps from now on. False, and nothing is changed, when a price would not fit 32 bits (a volume 64).
    bool refine_prices(int digits);
    bool refine_volumes(int digits);
};

/// Of the tick or lot of a set: 2 for "0.01". Sets count in powers of ten.
[[nodiscard]] int digits_of(const Decimal& step);
/// A price of `digits` decimals as text: "0.05".
std::string price_text(std::int64_t value, int digits);

enum class OnConflict : std::uint8_t {
    refuse,      ///< Two candles of the same time must be the same.
    take_newer,  ///< The second argument's stand.
};
/// Both, in order of time, each time once. The lengths of candles are the same. The names are for the sentence that refuses.
Result<CandleColumns> merge(const Candles& a, const Candles& b, OnConflict on_conflict, const std::string& name_a, const std::string& name_b);

}  // namespace bf::backtest
