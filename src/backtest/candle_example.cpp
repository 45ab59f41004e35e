#include "backtest/candle_example.hpp"

namespace bf::backtest {
namespace {

/// Steele, Lea, Flood: SplitMix. The standard library's distributions differ from one library to the next; this does not.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_{seed} {}
    std::uint64_t roll() {
        state_ += 0x9e3779b97f4a7c15;
        auto z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
        return z ^ (z >> 31U);
    }
    std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(roll() % static_cast<std::uint64_t>(bound)); }
    /// About normal, with a deviation of `deviation`: four even ones added up.
    std::int64_t bell(std::int64_t deviation) {
        std::int64_t sum = 0;
        const auto bits = roll();
        for (unsigned i = 0; i < 4; ++i) sum += static_cast<std::int64_t>(bits >> (16 * i) & 0xffff) - 32'768;
        return sum * deviation / 37'837;  // The sum's own deviation.
    }

private:
    std::uint64_t state_;
};

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kMinutesADay = 1'440;
constexpr int kStepsAMinute = 4;
/// Parts of a million a step; a regime lasts days.
constexpr std::array<std::int64_t, 6> kDeviations{150, 250, 300, 450, 450, 900};

std::int64_t moved(std::int64_t price, std::int64_t millionths) { return price + price / 1'000'000 * millionths + price % 1'000'000 * millionths / 1'000'000; }

}  // namespace

CandleKey example_key() { return {"example", "spot", "ETH/USDT", milliseconds{kMinute}}; }

std::string example_source(std::uint64_t seed) { return "made from the seed " + std::to_string(seed) + "; no real market"; }

CandleColumns example_candles(std::uint64_t seed, std::int64_t from, std::size_t minutes) {
    Dice dice{seed};
    CandleColumns columns;
    columns.interval = milliseconds{kMinute};
    columns.price_digits = 2;
    columns.volume_digits = 4;
    columns.resize(minutes);
    // In hundred-millionths of a quote unit, so that small moves are not lost in rounding; a tick is a million of them.
    constexpr std::int64_t kTick = 1'000'000;
    std::int64_t price = 3'000'00 * kTick, middle = price, deviation = kDeviations[0];
    std::size_t kept = 0;
    std::int64_t gap_left = 0;
    for (std::size_t minute = 0; minute < minutes; ++minute) {
        if (minute % kMinutesADay == 0) {
            if (dice.below(4) == 0) deviation = kDeviations[static_cast<std::size_t>(dice.below(kDeviations.size()))];
            // What the market drifts about wanders by itself, between 1,000 and 6,000.
            middle = std::clamp<std::int64_t>(moved(middle, dice.bell(35'000)), 1'000'00 * kTick, 6'000'00 * kTick);
            if (dice.below(150) == 0) gap_left = 30 + dice.below(120);
        }
        const auto open = price;
        auto high = price, low = price;
        // A hundred-thousandth of the way back to the middle each step.
        const auto pull = std::clamp<std::int64_t>((middle - price) / (price / 10), -20, 20);
        for (int step = 0; step < kStepsAMinute; ++step) {
            price = std::clamp<std::int64_t>(moved(price, dice.bell(deviation) + pull), 100'00 * kTick, 100'000'00 * kTick);
            high = std::max(high, price);
            low = std::min(low, price);
        }
        const auto volume = 1'000 + dice.below(40'000) + std::abs(price - open) / (open / 1'000'000) * dice.below(200);
        if (gap_left > 0) {
            --gap_left;
            continue;
        }
        columns.time[kept] = from + static_cast<std::int64_t>(minute) * kMinute;
        columns.open[kept] = static_cast<std::int32_t>(open / kTick);
        columns.high[kept] = static_cast<std::int32_t>(high / kTick);
        columns.low[kept] = static_cast<std::int32_t>(low / kTick);
        columns.close[kept] = static_cast<std::int32_t>(price / kTick);
        columns.volume[kept] = volume;
        ++kept;
    }
    columns.resize(kept);
    return columns;
}

}  // namespace bf::backtest
