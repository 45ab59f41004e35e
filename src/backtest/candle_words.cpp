#include "backtest/candle_words.hpp"

#include "base/text.hpp"

#include <array>
#include <cstdio>

namespace bf::backtest {
namespace {

struct Word {
    std::string_view text;
    std::int64_t ms;
};
constexpr std::array kWords{Word{"1s", 1'000},       Word{"1m", 60'000},      Word{"3m", 180'000},     Word{"5m", 300'000},     Word{"15m", 900'000},
                            Word{"30m", 1'800'000},  Word{"1h", 3'600'000},   Word{"2h", 7'200'000},   Word{"4h", 14'400'000},  Word{"6h", 21'600'000},
                            Word{"8h", 28'800'000},  Word{"12h", 43'200'000}, Word{"1d", 86'400'000}};
constexpr std::int64_t kDay = 86'400'000;

/// Two digits at `at`, or -1.
int two(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') return -1;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

}  // namespace

std::optional<milliseconds> parse_interval(std::string_view text) {
    for (const auto& word : kWords)
        if (word.text == text) return milliseconds{word.ms};
    return std::nullopt;
}

bool is_known_interval(milliseconds interval) {
    for (const auto& word : kWords)
        if (word.ms == interval.count()) return true;
    return false;
}

std::string interval_text(milliseconds interval) {
    for (const auto& word : kWords)
        if (word.ms == interval.count()) return std::string{word.text};
    return std::to_string(interval.count()) + " ms";
}

std::string moment_text(std::int64_t ms) {
    const auto days = ms >= 0 ? ms / kDay : -((-ms + kDay - 1) / kDay);
    const auto rest = ms - days * kDay;
    // Beyond the calendar's years it is no moment anybody means: the number itself says more.
    if (days < -10'000'000 || days > 10'000'000) return std::to_string(ms) + " ms";
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    std::array<char, 64> text{};
    const auto seconds = rest / 1000 % 60, thousandths = rest % 1000;
    int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                             static_cast<unsigned>(date.day()), static_cast<int>(rest / 3'600'000), static_cast<int>(rest / 60'000 % 60));
    if (seconds != 0 || thousandths != 0) size += std::snprintf(text.data() + size, text.size() - static_cast<std::size_t>(size), ":%02d", static_cast<int>(seconds));
    if (thousandths != 0) size += std::snprintf(text.data() + size, text.size() - static_cast<std::size_t>(size), ".%03d", static_cast<int>(thousandths));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> parse_moment(std::string_view text) {
    if (text.size() < 10 || text.find('-') == std::string_view::npos) return parse_int(text);
    const auto year = parse_int(text.substr(0, 4));
    const int month = two(text, 5), day = two(text, 8);
    if (!year || *year < 1970 || text[4] != '-' || text[7] != '-' || month < 1 || day < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    auto ms = std::chrono::sys_days{date}.time_since_epoch().count() * kDay;
    auto rest = text.substr(10);
    if (rest.ends_with('Z')) rest.remove_suffix(1);
    if (rest.empty()) return ms;
    if ((rest[0] != 'T' && rest[0] != ' ') || (rest.size() != 6 && rest.size() != 9)) return std::nullopt;
    const int hour = two(rest, 1), minute = two(rest, 4), second = rest.size() == 9 ? two(rest, 7) : 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || rest[3] != ':' || (rest.size() == 9 && rest[6] != ':')) return std::nullopt;
    return ms + (hour * 3'600LL + minute * 60 + second) * 1'000;
}

std::string unpacks_to_more_than(std::uint64_t bytes) {
    const bool many = bytes >= 10'000'000'000;
    const std::uint64_t unit = many ? 1'000'000'000 : 1'000'000;
    return "unpacks to more than " + std::to_string((bytes + unit - 1) / unit) + (many ? " GB" : " MB") + ", which is too much at once: take several smaller files, days instead of months for instance";
}

}  // namespace bf::backtest
