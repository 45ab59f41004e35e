// Takes candles one by one as they stand in a file, holds them against the rules and keeps them as integers in the finest decimal step
// that was met. The short way is inline, because an import lives in it; what it can't take goes the long way, which may say no.
#pragma once
#include "backtest/candle_columns.hpp"

#include <array>
#include <bit>
#include <limits>
#include <optional>

namespace bf::backtest {

/// A number as it was written: mantissa / 10^fraction, with zeros at its end where they were written. At most 18 digits.
struct WrittenNumber {
    std::uint64_t mantissa{0};
    int fraction{0};
};

struct WrittenCandle {
    std::int64_t time{0};  ///< Milliseconds.
    WrittenNumber open, high, low, close, volume;
};

class CandleBuilder {
public:
    explicit CandleBuilder(milliseconds interval) { columns_.interval = interval; }

    /// Why it is refused, as the rest of a sentence ("the low 3 is above the open 2"); nothing when it was taken.
    std::optional<std::string> add(const WrittenCandle& candle) {
        if (add_shortly(candle)) return std::nullopt;
        return add_at_length(candle);
    }
    void reserve(std::size_t count) { columns_.reserve(count); }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Volumes that were cut behind the digits a set keeps.
    [[nodiscard]] std::uint64_t volumes_cut() const { return volumes_cut_; }
    CandleColumns finish() && {
        columns_.resize(size_);
        return std::move(columns_);
    }

    static constexpr std::array<std::uint64_t, 20> kPowers = [] {
        std::array<std::uint64_t, 20> powers{1};
        for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
        return powers;
    }();

private:
    /// Odd numbers have an inverse modulo 2^64: a multiple of 10^k, multiplied by that of 5^k and turned right by k bits, is divided exactly;
    /// any other number becomes larger than the largest quotient there is (Warren, Hacker's Delight, 10-17).
    static constexpr std::array<std::uint64_t, 20> kInversesOfFives = [] {
        std::array<std::uint64_t, 20> inverses{1};
        std::uint64_t five = 5;  // Its inverse by Newton's method: each step doubles the bits that are right.
        std::uint64_t inverse = five;
        for (int i = 0; i < 6; ++i) inverse *= 2 - five * inverse;
        for (std::size_t i = 1; i < inverses.size(); ++i) inverses[i] = inverses[i - 1] * inverse;
        return inverses;
    }();
    static bool divide_exactly(std::uint64_t value, int digits, std::uint64_t& quotient) {
        const auto k = static_cast<std::size_t>(digits);
        quotient = std::rotr(value * kInversesOfFives[k], digits);
        return quotient <= std::numeric_limits<std::uint64_t>::max() / kPowers[k];
    }

    template <class T>
    static bool scale(const WrittenNumber& number, int digits, T& to) {
        constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        std::uint64_t value = 0;
        if (number.fraction <= digits) {
            const auto power = kPowers[static_cast<std::size_t>(digits - number.fraction)];
            if (static_cast<unsigned __int128>(number.mantissa) * power > kMax) return false;
            value = number.mantissa * power;
        } else if (!divide_exactly(number.mantissa, number.fraction - digits, value) || value > kMax) {
            return false;
        }
        to = static_cast<T>(value);
        return true;
    }

    bool add_shortly(const WrittenCandle& candle) {
        if (size_ == columns_.size()) grow();
        std::int32_t open = 0, high = 0, low = 0, close = 0;
        std::int64_t volume = 0;
        const int digits = columns_.price_digits;
        const bool exact = scale(candle.open, digits, open) && scale(candle.high, digits, high) && scale(candle.low, digits, low) &&
                           scale(candle.close, digits, close) && scale(candle.volume, columns_.volume_digits, volume);
        const bool sound = low > 0 && low <= std::min(open, close) && high >= std::max(open, close);
        if (!exact || !sound) return false;
        const auto since_last = candle.time - last_;
        if (since_last != columns_.interval.count() && (size_ == 0 || since_last <= 0 || since_last % columns_.interval.count() != 0)) return false;
        keep(candle.time, open, high, low, close, volume);
        return true;
    }
    void keep(std::int64_t time, std::int32_t open, std::int32_t high, std::int32_t low, std::int32_t close, std::int64_t volume) {
        columns_.time[size_] = time;
        columns_.open[size_] = open;
        columns_.high[size_] = high;
        columns_.low[size_] = low;
        columns_.close[size_] = close;
        columns_.volume[size_] = volume;
        last_ = time;
        ++size_;
    }
    void grow();
    std::optional<std::string> add_at_length(const WrittenCandle& candle);
    std::optional<std::string> refine_for(const char* name, const WrittenNumber& price);

    CandleColumns columns_;
    std::size_t size_{0};  ///< Kept; the columns have room behind it.
    std::int64_t last_{std::numeric_limits<std::int64_t>::min() / 2};
    std::uint64_t volumes_cut_{0};
};

}  // namespace bf::backtest
