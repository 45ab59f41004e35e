#include "backtest/candle_builder.hpp"

#include "backtest/candle_words.hpp"

namespace bf::backtest {
namespace {

/// Without the zeros at its end.
WrittenNumber trimmed(WrittenNumber number) {
    while (number.fraction > 0 && number.mantissa % 10 == 0) {
        number.mantissa /= 10;
        --number.fraction;
    }
    return number;
}

std::string text_of(const WrittenNumber& number) { return Decimal::from_parts(static_cast<__int128>(number.mantissa), number.fraction).to_string(); }

bool is_below(const WrittenNumber& a, const WrittenNumber& b) {
    return Decimal::from_parts(static_cast<__int128>(a.mantissa), a.fraction) < Decimal::from_parts(static_cast<__int128>(b.mantissa), b.fraction);
}

}  // namespace

void CandleBuilder::grow() {
    columns_.resize(std::max<std::size_t>({columns_.size() + columns_.size() / 2, columns_.time.capacity(), 1024}));
}

std::optional<std::string> CandleBuilder::refine_for(const char* name, const WrittenNumber& price) {
    const auto number = trimmed(price);
    const auto too_fine = [&](int digits) {
        const bool noise = digits > 10 && number.fraction > 10;
        return "the " + std::string{name} + " " + text_of(number) + " does not fit 32 bits in steps of " + Decimal::from_parts(1, digits).to_string() + ", the finest step of these prices" +
               (noise ? "; so many decimals are mostly the rounding of a program that computed with binary numbers: take the prices as the exchange gives them" : "");
    };
    const auto digits = std::max(number.fraction, columns_.price_digits);
    // Only what is kept counts: the rest of the columns is room.
    const auto room = columns_.size();
    columns_.resize(size_);
    const bool refined = columns_.refine_prices(digits);
    columns_.resize(room);
    std::int32_t fits = 0;
    if (!refined || !scale(number, digits, fits)) return too_fine(digits);
    return std::nullopt;
}

std::optional<std::string> CandleBuilder::add_at_length(const WrittenCandle& candle) {
    const auto interval = columns_.interval;
    if (size_ >= kCandlesMax) return "a set holds at most " + std::to_string(kCandlesMax) + " candles";
    if (candle.time <= 0) return "its time " + std::to_string(candle.time) + " is no time since 1970";
    if (candle.time % interval.count() != 0) return "it opens at " + moment_text(candle.time) + ", which is no whole " + interval_text(interval);
    if (size_ > 0 && candle.time == last_) return "its time " + moment_text(candle.time) + " is there twice: the candle before it has the same";
    if (size_ > 0 && candle.time < last_) return "time goes backwards: " + moment_text(candle.time) + " comes after " + moment_text(last_) + "; candles stand oldest first";
    const std::pair<const char*, const WrittenNumber*> prices[] = {{"open", &candle.open}, {"high", &candle.high}, {"low", &candle.low}, {"close", &candle.close}};
    for (const auto& [name, price] : prices)
        if (price->mantissa == 0) return "the " + std::string{name} + " is 0; a price is above zero";
    if (is_below(candle.high, candle.low)) return "the high " + text_of(candle.high) + " is below the low " + text_of(candle.low);
    for (const auto& [name, price] : {prices[0], prices[3]}) {
        if (is_below(candle.high, *price)) return "the high " + text_of(candle.high) + " is below the " + name + " " + text_of(*price);
        if (is_below(*price, candle.low)) return "the low " + text_of(candle.low) + " is above the " + name + " " + text_of(*price);
    }
    for (const auto& [name, price] : prices)
        if (auto refused = refine_for(name, *price)) return refused;

    auto volume = trimmed(candle.volume);
    const int excess = volume.fraction - CandleColumns::kVolumeDigitsMax;
    if (excess > 0) {
        volume = trimmed({volume.mantissa / kPowers[static_cast<std::size_t>(excess)], CandleColumns::kVolumeDigitsMax});
        ++volumes_cut_;
    }
    const auto room = columns_.size();
    columns_.resize(size_);
    const bool refined = columns_.refine_volumes(volume.fraction);
    columns_.resize(room);
    std::int64_t scaled = 0;
    if (!refined || !scale(volume, columns_.volume_digits, scaled)) return "the volume " + text_of(candle.volume) + " is too large to be kept with the decimals of these volumes";

    const int digits = columns_.price_digits;
    std::int32_t open = 0, high = 0, low = 0, close = 0;
    // A later one of the four may have refined what an earlier one fitted into.
    if (!scale(candle.open, digits, open) || !scale(candle.high, digits, high) || !scale(candle.low, digits, low) || !scale(candle.close, digits, close))
        return "the high " + text_of(candle.high) + " does not fit 32 bits in steps of " + Decimal::from_parts(1, digits).to_string() + ", the finest step of these prices";
    if (size_ == columns_.size()) grow();
    keep(candle.time, open, high, low, close, scaled);
    return std::nullopt;
}

}  // namespace bf::backtest
