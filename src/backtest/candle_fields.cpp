#include "backtest/candle_fields.hpp"

#include "backtest/candle_words.hpp"
#include "base/text.hpp"

#include <map>

namespace bf::backtest {

std::string_view unquoted(std::string_view field) {
    field = trim(field);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') field = trim(field.substr(1, field.size() - 2));
    return field;
}

std::string shown(std::string_view field) {
    std::string text = "\"";
    for (const char c : field.substr(0, 40)) text += c >= ' ' && c < 127 ? c : '?';
    return text + (field.size() > 40 ? "...\"" : "\"");
}

Result<WrittenNumber, std::string> read_number(std::string_view field, std::string_view name) {
    const auto wrong = [&](const std::string& what) { return Unexpected{std::string{"the "} + std::string{name} + " " + what}; };
    if (field.empty()) return wrong("is empty");
    // Volumes are mostly sums that a program made with binary numbers: digits that nobody traded stand behind the 18th decimal, and are cut.
    const bool rough = name == kCandleFields.back();
    const auto point = field.find('.');
    const bool long_fraction = point != std::string_view::npos && field.size() - point > 19 && field.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
    if (rough && long_fraction) field = field.substr(0, point + 19);
    const auto number = Decimal::parse_scientific(field);
    if (!number) return wrong("is " + shown(field) + ", which is no number");
    if (number->is_negative()) return wrong("is negative: " + number->to_string());
    auto mantissa = number->mantissa();
    int fraction = number->scale();
    const auto limit = static_cast<__int128>(CandleBuilder::kPowers[18]);
    for (; rough && mantissa >= limit && fraction > CandleColumns::kVolumeDigitsMax; --fraction) mantissa /= 10;
    if (mantissa >= limit) return wrong("has more digits than can be kept: " + number->to_string());
    return WrittenNumber{static_cast<std::uint64_t>(mantissa), fraction};
}

Result<std::int64_t, std::string> read_time(std::string_view field) {
    const auto time = parse_int(field);
    if (time) return *time;
    if (field.empty()) return Unexpected{std::string{"the time is empty"}};
    if (field.find_first_of("eE") != std::string_view::npos && Decimal::parse_scientific(field))
        return Unexpected{"the time " + shown(field) + " was rounded by a spreadsheet: take the file as it was downloaded"};
    if (const auto with_point = Decimal::parse_scientific(field); with_point && with_point->is_whole() && abs(*with_point) < Decimal{1'000'000'000'000'000'000})
        return static_cast<std::int64_t>(with_point->mantissa());
    return Unexpected{"the time " + shown(field) + " is no whole number: times are Unix milliseconds (seconds and microseconds are understood, too)"};
}

std::string_view to_string(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::seconds: return "seconds";
        case TimeUnit::milliseconds: return "milliseconds";
        case TimeUnit::microseconds: return "microseconds";
    }
    return "milliseconds";
}

std::optional<TimeUnit> unit_of(std::int64_t time) {
    if (time >= 100'000'000 && time < 100'000'000'000) return TimeUnit::seconds;
    if (time >= 100'000'000'000 && time < 100'000'000'000'000) return TimeUnit::milliseconds;
    if (time >= 100'000'000'000'000 && time < 100'000'000'000'000'000) return TimeUnit::microseconds;
    return std::nullopt;
}

std::optional<std::int64_t> to_ms(std::int64_t time, TimeUnit unit) {
    switch (unit) {
        case TimeUnit::seconds: {
            std::int64_t ms = 0;
            return __builtin_mul_overflow(time, std::int64_t{1000}, &ms) ? std::nullopt : std::optional{ms};
        }
        case TimeUnit::milliseconds: return time;
        case TimeUnit::microseconds: return time % 1000 == 0 ? std::optional{time / 1000} : std::nullopt;
    }
    return std::nullopt;
}

std::optional<milliseconds> usual_step(std::span<const std::int64_t> times_ms) {
    std::map<std::int64_t, std::size_t> counts;
    for (std::size_t i = 1; i < times_ms.size(); ++i) ++counts[times_ms[i] - times_ms[i - 1]];
    // A file of two lines may hold any accident: where there is a length that sets have, it is that.
    const std::pair<const std::int64_t, std::size_t>* usual = nullptr;
    const auto rank = [](const auto& step) { return std::pair{is_known_interval(milliseconds{step.first}), step.second}; };
    for (const auto& step : counts)
        if (usual == nullptr || rank(step) > rank(*usual)) usual = &step;
    if (usual == nullptr) return std::nullopt;
    return milliseconds{usual->first};
}

Result<std::int64_t, std::string> read_time_as(std::string_view field, TimeUnit expected) {
    BF_TRY(const auto time, read_time(field));
    const auto unit = unit_of(time);
    if (!unit) return Unexpected{"its time " + std::to_string(time) + " is no Unix time in seconds, milliseconds or microseconds"};
    if (*unit != expected) return Unexpected{"the units are mixed: its time is in " + std::string{to_string(*unit)} + ", those before it are in " + std::string{to_string(expected)}};
    const auto ms = to_ms(time, *unit);
    if (!ms) return Unexpected{"its time " + std::to_string(time) + " is no whole millisecond"};
    return *ms;
}

}  // namespace bf::backtest
