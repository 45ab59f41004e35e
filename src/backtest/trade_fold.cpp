#include "backtest/trade_fold.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

constexpr auto kPowers = CandleBuilder::kPowers;

/// To the same number with more decimals.
bool raise(std::uint64_t& mantissa, int by) { return !__builtin_mul_overflow(mantissa, kPowers[static_cast<std::size_t>(by)], &mantissa); }
bool raise(unsigned __int128& mantissa, int by) {
    return !__builtin_mul_overflow(mantissa, static_cast<unsigned __int128>(kPowers[static_cast<std::size_t>(by)]), &mantissa);
}

/// Without decimals behind the last that says something in any of them.
template <class... T>
void trim(int& fraction, T&... mantissas) {
    while (fraction > 0 && ((mantissas % 10 == 0) && ...)) {
        ((mantissas /= 10), ...);
        --fraction;
    }
}

}  // namespace

std::optional<std::string> TradeFold::join(Open& into, Open other) {
    // Files write all prices with the same decimals; where one does not, a finer price makes the others finer.
    if (into.digits != other.digits) {
        trim(other.digits, other.open, other.high, other.low, other.close);
        auto& coarse = into.digits < other.digits ? into : other;
        const int digits = std::max(into.digits, other.digits);
        for (auto* one : {&coarse.open, &coarse.high, &coarse.low, &coarse.close})
            if (!raise(*one, digits - coarse.digits)) return "the price and those before it are too far apart in their decimals to be counted in the same steps";
        coarse.digits = digits;
    }
    into.high = std::max(into.high, other.high);
    into.low = std::min(into.low, other.low);
    if (other.first < into.first) {
        into.first = other.first;
        into.open = other.open;
    }
    if (other.last >= into.last) {
        into.last = other.last;
        into.close = other.close;
    }
    bool fits = true;
    if (into.volume_digits != other.volume_digits) {
        auto& coarse = into.volume_digits < other.volume_digits ? into : other;
        const int digits = std::max(into.volume_digits, other.volume_digits);
        fits = raise(coarse.volume, digits - coarse.volume_digits);
        coarse.volume_digits = digits;
    }
    if (!fits || __builtin_add_overflow(into.volume, other.volume, &into.volume)) return "the quantities of its candle add up to more than can be kept";
    into.place = std::max(into.place, other.place);
    return std::nullopt;
}

std::optional<TradeRefusal> TradeFold::add(const WrittenTrade& trade) {
    const auto& [order, price, quantity, place] = trade;
    if (price.mantissa == 0) return TradeRefusal{"the price is 0; a price is above zero", place};
    if (add_shortly(trade)) return std::nullopt;
    const auto ms = order.at_us / 1'000, open_time = ms - ms % interval_;
    if (head_stays_open_ && open_.empty() && head_.empty()) head_until_ = order.at_us + kReachUs;
    if (order.at_us > newest_us_ || open_.empty()) {
        newest_us_ = order.at_us;
        if (!open_.empty() && open_time > open_.back().open_time)
            if (auto refused = close_before(newest_us_ - kReachUs)) return refused;
    }
    const Open one{open_time,       order,          order, price.fraction, price.mantissa, price.mantissa, price.mantissa, price.mantissa, quantity.fraction,
                   quantity.mantissa, place};
    return put(one);
}

bool TradeFold::add_shortly(const WrittenTrade& trade) {
    const auto& [order, price, quantity, place] = trade;
    if (open_.empty()) return false;
    auto& newest = open_.back();
    if (order < newest.last || order.at_us >= (newest.open_time + interval_) * 1'000) return false;
    unsigned __int128 volume = 0;
    if (price.fraction != newest.digits || quantity.fraction != newest.volume_digits || __builtin_add_overflow(newest.volume, quantity.mantissa, &volume)) return false;
    newest.high = std::max(newest.high, price.mantissa);
    newest.low = std::min(newest.low, price.mantissa);
    newest.close = price.mantissa;
    newest.last = order;
    newest.volume = volume;
    newest.place = place;
    newest_us_ = order.at_us;
    return true;
}

std::optional<TradeRefusal> TradeFold::put(const Open& candle) {
    auto at = open_.end();
    while (at != open_.begin() && std::prev(at)->open_time >= candle.open_time) --at;
    if (at == open_.end() || at->open_time != candle.open_time) {
        open_.insert(at, candle);
        return std::nullopt;
    }
    if (auto refused = join(*at, candle)) return TradeRefusal{std::move(*refused), candle.place};
    return std::nullopt;
}

std::optional<TradeRefusal> TradeFold::append(TradeFold&& later) {
    auto shared = std::move(later.head_);
    // What has ended within its head has nothing between the two.
    const auto between = std::move(later.builder_).finish();
    if (between.size() == 0) shared.insert(shared.end(), later.open_.begin(), later.open_.end());
    for (const auto& candle : shared)
        if (auto refused = put(candle)) return refused;
    newest_us_ = std::max(newest_us_, later.newest_us_);
    volumes_cut_ += later.volumes_cut();
    if (between.size() == 0) return std::nullopt;
    const auto place = later.open_.back().place;
    if (auto refused = finish()) return refused;
    const auto number = [&between](std::int32_t price) { return WrittenNumber{static_cast<std::uint64_t>(price), between.price_digits}; };
    for (std::size_t i = 0; i < between.size(); ++i) {
        const WrittenNumber volume{static_cast<std::uint64_t>(between.volume[i]), between.volume_digits};
        const WrittenCandle candle{between.time[i], number(between.open[i]), number(between.high[i]), number(between.low[i]), number(between.close[i]), volume};
        if (auto refused = builder_.add(candle)) return TradeRefusal{std::move(*refused), place};
    }
    open_ = std::move(later.open_);
    return std::nullopt;
}

std::optional<TradeRefusal> TradeFold::close_before(std::int64_t us) {
    std::size_t closed = 0;
    for (; closed < open_.size() && (open_[closed].open_time + interval_) * 1'000 <= us; ++closed) {
        const auto& candle = open_[closed];
        if (head_stays_open_ && candle.open_time * 1'000 <= head_until_)
            head_.push_back(candle);
        else if (auto refused = close(candle))
            return refused;
    }
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(closed));
    return std::nullopt;
}

std::optional<TradeRefusal> TradeFold::close(const Open& candle) {
    auto volume = candle.volume;
    auto digits = candle.volume_digits;
    trim(digits, volume);
    // The builder takes 18 digits and cuts behind the eighth decimal itself.
    bool cut = false;
    for (; volume >= kPowers[18] && digits > CandleColumns::kVolumeDigitsMax; --digits) {
        cut = cut || volume % 10 != 0;
        volume /= 10;
    }
    if (cut && digits == CandleColumns::kVolumeDigitsMax) ++volumes_cut_;
    if (volume >= kPowers[18]) return TradeRefusal{"the quantities of its candle add up to more than can be kept", candle.place};
    const auto number = [&candle](std::uint64_t mantissa) { return WrittenNumber{mantissa, candle.digits}; };
    const WrittenCandle whole{candle.open_time, number(candle.open), number(candle.high), number(candle.low), number(candle.close), {static_cast<std::uint64_t>(volume), digits}};
    if (auto refused = builder_.add(whole)) return TradeRefusal{std::move(*refused), candle.place};
    return std::nullopt;
}

}  // namespace bf::backtest
