#include "simulator/core/market.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr int kHistorySteps = 6;  ///< Walks that make one candle of history.

Instant minute_of(Instant at) { return Instant::from_ms(at.ms() - at.ms() % kMinute); }

constexpr std::int64_t kMillion = 1'000'000;

/// What about a hundred quote units buy at the start price, on the grid and at least the smallest order.
Decimal unit_of(const Instrument& instrument) {
    const Decimal steps = Decimal::divide(100, instrument.start_price * instrument.quantity_step, 0, Rounding::down).value();
    return std::max(steps * instrument.quantity_step, std::max(instrument.quantity_step, instrument.min_quantity));
}

std::int64_t steps_of(const Decimal& price, const Decimal& step) { return static_cast<std::int64_t>(Decimal::divide(price, step, 0, Rounding::down).value().mantissa()); }

}  // namespace

InstrumentMarket::InstrumentMarket(const Instrument& instrument, std::uint64_t seed, Instant now)
    : instrument_{instrument}, seed_{seed}, random_{seed} {
    lay_steps();
    steps_ = start_steps_;
    price_ = last_ = grid_ = instrument.price_step * Decimal{steps_};
    Instant minute = minute_of(now) - milliseconds{kMinute * static_cast<std::int64_t>(kHistory)};
    for (std::size_t i = 0; i < kHistory; ++i, minute = minute + milliseconds{kMinute}) {
        candles_.push_back({minute, last_, last_, last_, last_, {}, {}});
        for (int step = 0; step < kHistorySteps; ++step) {
            const Decimal before = price_;
            walk();
            last_ = price_;
            const Decimal quantity = unit_ * Decimal{random_.between(5, 400)};
            touch(last_, quantity);
            // So that the list of trades is not empty before the first tick.
            trades_.push_back({++trade_number_, last_ < before ? Side::sell : Side::buy, last_, quantity, minute + milliseconds{step * (kMinute / kHistorySteps)}});
            if (trades_.size() > kTradesMax) trades_.pop_front();
        }
    }
    candles_.push_back({minute, last_, last_, last_, last_, {}, {}});
}

InstrumentMarket::InstrumentMarket(const Instrument& instrument, Instant now)
    : instrument_{instrument}, seed_{0}, random_{0}, price_{instrument.start_price}, last_{instrument.start_price}, follows_{true} {
    candles_.push_back({minute_of(now), last_, last_, last_, last_, {}, {}});
}

void InstrumentMarket::lay_steps() {
    unit_ = unit_of(instrument_);
    start_steps_ = steps_of(instrument_.start_price, instrument_.price_step);
    // About half a basis point between levels, at least one step.
    spacing_ = instrument_.price_step * Decimal{std::max<std::int64_t>(start_steps_ / 20'000, 1)};
}

void InstrumentMarket::relisted() {
    if (follows_) return;
    lay_steps();
    steps_ = steps_of(price_, instrument_.price_step);
    grid_ = round_to_step(price_, instrument_.price_step, Rounding::up);
    eaten_.clear();
}

void InstrumentMarket::set_quote(const std::optional<BestPrices>& best, const Decimal& mark) {
    best_ = best;
    price_ = last_ = mark;
    drop_better();
}

void InstrumentMarket::set_book(std::vector<Level> bids, std::vector<Level> asks) {
    bids_ = std::move(bids);
    asks_ = std::move(asks);
    drop_better();
}

void InstrumentMarket::drop_better() {
    if (!best_) {
        bids_.clear();
        asks_.clear();
        return;
    }
    std::erase_if(bids_, [this](const Level& level) { return level.price > best_->bid; });
    std::erase_if(asks_, [this](const Level& level) { return level.price < best_->ask; });
}

/// At most 0.03 % a step, drawn gently back to where it began so that a long run stays near it. In whole steps of the price: a simulated
/// month walks some millions of them.
void InstrumentMarket::walk() {
    const std::int64_t millionths = steps_ * random_.between(-300, 300) + (start_steps_ - steps_) * 50;
    const std::int64_t rounded = millionths + random_.between(0, kMillion - 1);  // Rounded by the dice, so that small moves don't vanish.
    const std::int64_t moved = rounded >= 0 ? rounded / kMillion : (rounded - kMillion + 1) / kMillion;
    steps_ = std::max<std::int64_t>(steps_ + moved, 100);
    price_ = grid_ = instrument_.price_step * Decimal{steps_};
}

void InstrumentMarket::step(Instant now) {
    ++round_;
    eaten_.clear();
    if (!fixed_) walk();
    const Side side = (random_.next() & 1U) != 0 ? Side::buy : Side::sell;
    const Decimal at = fixed_ ? price_ : level_price(side == Side::buy ? Side::sell : Side::buy, 0);
    print(side, at, unit_ * Decimal{random_.between(1, 60)}, now);
}

void InstrumentMarket::set_price(const Decimal& price, Instant now) {
    fixed_ = true;
    price_ = last_ = price;
    grid_ = round_to_step(price, instrument_.price_step, Rounding::up);  // It may be set between two steps; the levels never are.
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
    if (follows_) {
        const auto& levels = side == Side::sell ? asks_ : bids_;
        return static_cast<std::size_t>(level) < levels.size() ? levels[static_cast<std::size_t>(level)].price : Decimal{};
    }
    // Who buys at a price that was set pays that price: a zone or a target that is reckoned from it is hit by the price that names it.
    const Decimal away = spacing_ * Decimal{level};
    return side == Side::sell ? grid_ + away : grid_ - instrument_.price_step - away;
}

Decimal InstrumentMarket::level_quantity(Side side, int level) const {
    if (!level_price(side, level).is_positive()) return {};
    if (follows_) return (side == Side::sell ? asks_ : bids_)[static_cast<std::size_t>(level)].quantity;
    const auto place = static_cast<std::uint64_t>(level) * 2 + (side == Side::buy ? 0 : 1);
    const std::uint64_t drawn = Random::mix(seed_ ^ Random::mix(round_ * 128 + place));
    const Decimal whole = unit_ * Decimal{400 + static_cast<std::int64_t>(drawn % 800)};
    const auto eaten = eaten_.find({side, level});
    return eaten == eaten_.end() ? whole : whole - eaten->second;
}

void InstrumentMarket::take(Side side, int level, const Decimal& quantity) {
    if (follows_)
        (side == Side::sell ? asks_ : bids_)[static_cast<std::size_t>(level)].quantity -= quantity;
    else
        eaten_[{side, level}] += quantity;
}

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
    const Candle& open = candles_.back();
    if (!closed_day_ || closed_day_of_ != open.open_time) {
        const Instant from = now - milliseconds{24 * 60 * kMinute};
        closed_day_.reset();
        for (const auto& candle : candles_) {
            if (candle.open_time < from || &candle == &open) continue;
            if (!closed_day_) closed_day_ = Day{candle.open, candle.high, candle.low, {}, {}};
            closed_day_->high = std::max(closed_day_->high, candle.high);
            closed_day_->low = std::min(closed_day_->low, candle.low);
            closed_day_->volume += candle.volume;
            closed_day_->turnover += candle.turnover;
        }
        if (!closed_day_) closed_day_ = Day{open.open, open.high, open.low, {}, {}};
        closed_day_of_ = open.open_time;
    }
    Day day = *closed_day_;
    day.high = std::max({day.high, last_, open.high});
    day.low = std::min({day.low, last_, open.low});
    day.volume += open.volume;
    day.turnover += open.turnover;
    return day;
}

}  // namespace bf::simulator
