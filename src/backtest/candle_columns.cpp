#include "backtest/candle_columns.hpp"

#include "backtest/candle_words.hpp"

#include <limits>

namespace bf::backtest {
namespace {

std::int64_t power_of_ten(int exponent) {
    std::int64_t power = 1;
    for (; exponent > 0; --exponent) power *= 10;
    return power;
}

template <class T>
bool refine(Column<T>& column, int by) {
    const std::int64_t limit = std::numeric_limits<T>::max() / power_of_ten(by);
    for (std::size_t i = 0; i < column.size(); ++i)
        if (column[i] > limit) return false;
    return true;
}
template <class T>
void multiply(Column<T>& column, int by) {
    const auto factor = static_cast<T>(power_of_ten(by));
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = static_cast<T>(column[i] * factor);
}

/// The candle as its line in a CSV, for a sentence.
std::string told(const Candles& candles, std::size_t i) {
    const int digits = digits_of(candles.tick);
    return price_text(candles.open[i], digits) + "," + price_text(candles.high[i], digits) + "," + price_text(candles.low[i], digits) + "," +
           price_text(candles.close[i], digits) + "," + price_text(candles.volume[i], digits_of(candles.lot));
}

CandleColumns copy_of(const Candles& candles) {
    CandleColumns columns;
    columns.interval = candles.interval;
    columns.price_digits = digits_of(candles.tick);
    columns.volume_digits = digits_of(candles.lot);
    columns.append(candles, 0, candles.size());
    return columns;
}

bool same(const Candles& a, std::size_t i, const Candles& b, std::size_t j) {
    return a.open[i] == b.open[j] && a.high[i] == b.high[j] && a.low[i] == b.low[j] && a.close[i] == b.close[j] && a.volume[i] == b.volume[j];
}

}  // namespace

void CandleColumns::reserve(std::size_t count) {
    time.reserve(count);
    for (auto* column : {&open, &high, &low, &close}) column->reserve(count);
    volume.reserve(count);
}

void CandleColumns::resize(std::size_t count) {
    time.resize(count);
    for (auto* column : {&open, &high, &low, &close}) column->resize(count);
    volume.resize(count);
}

void CandleColumns::append(const Candles& candles, std::size_t first, std::size_t last) {
    time.append(candles.time.data() + first, last - first);
    open.append(candles.open.data() + first, last - first);
    high.append(candles.high.data() + first, last - first);
    low.append(candles.low.data() + first, last - first);
    close.append(candles.close.data() + first, last - first);
    volume.append(candles.volume.data() + first, last - first);
}

Candles CandleColumns::view() const {
    return {.interval = interval, .tick = Decimal::from_parts(1, price_digits), .lot = Decimal::from_parts(1, volume_digits), .time = time.view(),
            .open = open.view(), .high = high.view(), .low = low.view(), .close = close.view(), .volume = volume.view()};
}

bool CandleColumns::refine_prices(int digits) {
    const int by = digits - price_digits;
    if (by <= 0) return true;
    if (digits > kPriceDigitsMax) return false;
    if (size() > 0) {
        if (by > 9) return false;
        // High is never below the others.
        if (!refine(high, by)) return false;
        for (auto* column : {&open, &high, &low, &close}) multiply(*column, by);
    }
    price_digits = digits;
    return true;
}

bool CandleColumns::refine_volumes(int digits) {
    const int by = digits - volume_digits;
    if (by <= 0) return true;
    if (digits > kVolumeDigitsMax || !refine(volume, by)) return false;
    multiply(volume, by);
    volume_digits = digits;
    return true;
}

int digits_of(const Decimal& step) {
    BF_ASSERT(step.mantissa() == 1);
    return step.scale();
}

std::string price_text(std::int64_t value, int digits) { return Decimal::from_parts(value, digits).to_string(); }

Result<CandleColumns> merge(const Candles& a, const Candles& b, OnConflict on_conflict, const std::string& name_a, const std::string& name_b) {
    BF_ASSERT(a.interval == b.interval);
    const int price_digits = std::max(digits_of(a.tick), digits_of(b.tick)), volume_digits = std::max(digits_of(a.lot), digits_of(b.lot));
    const auto refined = [&](const Candles& candles, const std::string& name, CandleColumns& kept) -> Result<Candles> {
        if (digits_of(candles.tick) == price_digits && digits_of(candles.lot) == volume_digits) return candles;
        kept = copy_of(candles);
        if (!kept.refine_prices(price_digits))
            return bad_input("The prices of " + name + " don't fit 32 bits in steps of " + Decimal::from_parts(1, price_digits).to_string() + ", which the other candles need.");
        if (!kept.refine_volumes(volume_digits))
            return bad_input("The volumes of " + name + " don't fit 64 bits in steps of " + Decimal::from_parts(1, volume_digits).to_string() + ", which the other candles need.");
        return kept.view();
    };
    CandleColumns kept_a, kept_b;
    BF_TRY(const Candles first, refined(a, name_a, kept_a));
    BF_TRY(const Candles second, refined(b, name_b, kept_b));

    CandleColumns all;
    all.interval = a.interval;
    all.price_digits = price_digits;
    all.volume_digits = volume_digits;
    all.reserve(first.size() + second.size());
    const auto end_of_run = [](std::span<const std::int64_t> times, std::size_t from, std::int64_t before) {
        return static_cast<std::size_t>(std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(from), times.end(), before) - times.begin());
    };
    std::size_t i = 0, j = 0;
    while (i < first.size() && j < second.size()) {
        // Runs are copied whole: mostly one of the two goes on where the other ends.
        if (first.time[i] < second.time[j]) {
            const auto end = end_of_run(first.time, i, second.time[j]);
            all.append(first, i, end);
            i = end;
        } else if (second.time[j] < first.time[i]) {
            const auto end = end_of_run(second.time, j, first.time[i]);
            all.append(second, j, end);
            j = end;
        } else {
            if (on_conflict == OnConflict::refuse && !same(first, i, second, j))
                return Unexpected{Error{ErrorKind::conflict, "The candle of " + moment_text(first.time[i]) + " is " + told(first, i) + " in " + name_a + " and " + told(second, j) +
                                                                 " in " + name_b + ". Where the new ones are the right ones, say --replace.",
                                        Fate::not_sent, "candles_differ"}};
            all.append(second, j, j + 1);
            ++i, ++j;
        }
    }
    all.append(first, i, first.size());
    all.append(second, j, second.size());
    return all;
}

}  // namespace bf::backtest
