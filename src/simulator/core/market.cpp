#include "simulator/core/market.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr int kHistorySteps = 6;  ///< Walks that make one candle of history.

Instant minute_of(Instant at) { return Instant::from_ms(at.ms() - at.ms() % kMinute); }

/// So many quote units' worth, on the grid and at least one step.
Decimal worth(const Instrument& instrument, std::int64_t quote, const Decimal& price) {
    const Decimal steps = Decimal::divide(quote, price * instrument.quantity_step, 0, Rounding::down).value();
    return std::max(steps * instrument.quantity_step, std::max(instrument.quantity_step, instrument.min_quantity));
}

}  // namespace

InstrumentMarket::InstrumentMarket(const Instrument& instrument, std::uint64_t seed, Instant now)
    : instrument_{instrument}, seed_{seed}, random_{seed}, price_{instrument.start_price}, last_{price_} {
    Instant minute = minute_of(now) - milliseconds{kMinute * static_cast<std::int64_t>(kHistory)};
    for (std::size_t i = 0; i < kHistory; ++i, minute = minute + milliseconds{kMinute}) {
        candles_.push_back({minute, last_, last_, last_, last_, {}, {}});
        for (int step = 0; step < kHistorySteps; ++step) {
            walk();
            last_ = price_;
            touch(last_, worth(instrument_, random_.between(500, 40'000), last_));
        }
    }
    candles_.push_back({minute, last_, last_, last_, last_, {}, {}});
}

/// At most 0.03 % a step, drawn gently back to where it began so that a long run stays near it.
void InstrumentMarket::walk() {
    const Decimal drift = price_ * Decimal::from_parts(random_.between(-300, 300), 6);
    const Decimal pull = (instrument_.start_price - price_) * Decimal::from_parts(5, 5);
    const Decimal moved = round_to_step(price_ + drift + pull, instrument_.price_step, Rounding::down);
    price_ = std::max(moved, instrument_.price_step * Decimal{100});
}

void InstrumentMarket::step(Instant now) {
    ++round_;
    eaten_.clear();
    if (!fixed_) walk();
    const Side side = (random_.next() & 1U) != 0 ? Side::buy : Side::sell;
    const Decimal at = fixed_ ? price_ : level_price(side == Side::buy ? Side::sell : Side::buy, 0);
    print(side, at, worth(instrument_, random_.between(20, 6'000), price_), now);
}

void InstrumentMarket::set_price(const Decimal& price, Instant now) {
    fixed_ = true;
    price_ = price;
    last_ = price;
    ++round_;
    eaten_.clear();
    roll(now);
    touch(price, {});
}

const PublicTrade& InstrumentMarket::print(Side taker, const Decimal& price, const Decimal& quantity, Instant now) {
    roll(now);
    last_ = price;
    touch(price, quantity);
    trades_.push_back({++trade_number_, taker, price, quantity, now});
    if (trades_.size() > kTradesMax) trades_.pop_front();
    return trades_.back();
}

Decimal InstrumentMarket::level_price(Side side, int level) const {
    const Decimal& step = instrument_.price_step;
    // About half a basis point between levels, at least one step.
    const Decimal spacing = std::max(step, round_to_step(price_ * Decimal::from_parts(5, 5), step, Rounding::down));
    const Decimal away = step + spacing * Decimal{level};
    if (side == Side::sell) return round_to_step(price_, step, Rounding::down) + away;
    return round_to_step(price_, step, Rounding::up) - away;
}

Decimal InstrumentMarket::level_quantity(Side side, int level) const {
    const Decimal price = level_price(side, level);
    if (!price.is_positive()) return {};
    const auto place = static_cast<std::uint64_t>(level) * 2 + (side == Side::buy ? 0 : 1);
    const std::uint64_t drawn = Random::mix(seed_ ^ Random::mix(round_ * 128 + place));
    const Decimal whole = worth(instrument_, 40'000 + static_cast<std::int64_t>(drawn % 80'000), price);
    const auto eaten = eaten_.find({side, level});
    return eaten == eaten_.end() ? whole : whole - eaten->second;
}

void InstrumentMarket::take(Side side, int level, const Decimal& quantity) { eaten_[{side, level}] += quantity; }

void InstrumentMarket::roll(Instant now) {
    while (now >= candles_.back().open_time + milliseconds{kMinute}) {
        candles_.push_back({candles_.back().open_time + milliseconds{kMinute}, last_, last_, last_, last_, {}, {}});
        if (candles_.size() > kCandlesMax) candles_.pop_front();
    }
}

void InstrumentMarket::touch(const Decimal& price, const Decimal& quantity) {
    Candle& candle = candles_.back();
    candle.high = std::max(candle.high, price);
    candle.low = std::min(candle.low, price);
    candle.close = price;
    candle.volume += quantity;
    candle.turnover += price * quantity;
}

std::vector<Candle> InstrumentMarket::candles(int minutes, Instant from, Instant to) const {
    const std::int64_t width = kMinute * minutes;
    std::vector<Candle> folded;
    for (const auto& candle : candles_) {
        const Instant open = Instant::from_ms(candle.open_time.ms() - candle.open_time.ms() % width);
        if (open < from || open > to) continue;
        if (folded.empty() || folded.back().open_time != open) {
            folded.push_back(candle);
            folded.back().open_time = open;
            continue;
        }
        Candle& sum = folded.back();
        sum.high = std::max(sum.high, candle.high);
        sum.low = std::min(sum.low, candle.low);
        sum.close = candle.close;
        sum.volume += candle.volume;
        sum.turnover += candle.turnover;
    }
    return folded;
}

InstrumentMarket::Day InstrumentMarket::day(Instant now) const {
    const Instant from = now - milliseconds{24 * 60 * kMinute};
    Day day{last_, last_, last_, {}, {}};
    bool first = true;
    for (const auto& candle : candles_) {
        if (candle.open_time < from) continue;
        if (first) day.open = candle.open;
        first = false;
        day.high = std::max(day.high, candle.high);
        day.low = std::min(day.low, candle.low);
        day.volume += candle.volume;
        day.turnover += candle.turnover;
    }
    return day;
}

}  // namespace bf::simulator
