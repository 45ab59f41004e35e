#include "backtest/trade_fold.hpp"

namespace bf::backtest {
namespace {

constexpr auto kPowers = CandleBuilder::kPowers;

/// To the same number with more decimals.
bool raise(std::uint64_t& mantissa, int by) { return !__builtin_mul_overflow(mantissa, kPowers[static_cast<std::size_t>(by)], &mantissa); }

/// Without decimals behind the last that says something.
template <class T>
void trim(T& mantissa, int& fraction) {
    while (fraction > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        --fraction;
    }
}

}  // namespace

std::optional<std::string> TradeFold::add(std::int64_t time_ms, WrittenNumber price, WrittenNumber quantity) {
    if (price.mantissa == 0) return "the price is 0; a price is above zero";
    const auto open_time = time_ms - time_ms % interval_;
    if (open_time != open_time_) {
        if (auto refused = finish()) return refused;
        open_time_ = open_time;
        digits_ = price.fraction;
        open_ = high_ = low_ = close_ = price.mantissa;
        volume_digits_ = quantity.fraction;
        volume_ = quantity.mantissa;
        return std::nullopt;
    }
    // A finer price makes those before it finer; files write all with the same decimals.
    if (price.fraction != digits_) {
        static constexpr auto kTooFar = "the price and those before it are too far apart in their decimals to be counted in the same steps";
        trim(price.mantissa, price.fraction);
        if (price.fraction < digits_) {
            if (!raise(price.mantissa, digits_ - price.fraction)) return kTooFar;
        } else {
            for (auto* one : {&open_, &high_, &low_, &close_})
                if (!raise(*one, price.fraction - digits_)) return kTooFar;
            digits_ = price.fraction;
        }
    }
    high_ = std::max(high_, price.mantissa);
    low_ = std::min(low_, price.mantissa);
    close_ = price.mantissa;
    unsigned __int128 more = quantity.mantissa;
    if (quantity.fraction < volume_digits_) more *= kPowers[static_cast<std::size_t>(volume_digits_ - quantity.fraction)];
    bool fits = true;
    if (quantity.fraction > volume_digits_) {
        fits = !__builtin_mul_overflow(volume_, static_cast<unsigned __int128>(kPowers[static_cast<std::size_t>(quantity.fraction - volume_digits_)]), &volume_);
        volume_digits_ = quantity.fraction;
    }
    if (!fits || __builtin_add_overflow(volume_, more, &volume_)) return "the quantities of its candle add up to more than can be kept";
    return std::nullopt;
}

std::optional<std::string> TradeFold::finish() {
    if (!open_time_) return std::nullopt;
    trim(volume_, volume_digits_);
    // The builder takes 18 digits and cuts behind the eighth decimal itself.
    bool cut = false;
    for (; volume_ >= kPowers[18] && volume_digits_ > CandleColumns::kVolumeDigitsMax; --volume_digits_) {
        cut = cut || volume_ % 10 != 0;
        volume_ /= 10;
    }
    if (cut && volume_digits_ == CandleColumns::kVolumeDigitsMax) ++volumes_cut_;
    if (volume_ >= kPowers[18]) return "the quantities of the candle before it add up to more than can be kept";
    const auto number = [this](std::uint64_t mantissa) { return WrittenNumber{mantissa, digits_}; };
    const WrittenCandle candle{*open_time_, number(open_), number(high_), number(low_), number(close_), {static_cast<std::uint64_t>(volume_), volume_digits_}};
    open_time_.reset();
    return builder_.add(candle);
}

}  // namespace bf::backtest
