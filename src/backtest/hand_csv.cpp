#include "backtest/hand_csv.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace bf::backtest {
namespace {

constexpr std::array<std::string_view, 4> kPrices{"open", "high", "low", "close"};
constexpr std::int64_t kTimeMax = 1'000'000'000'000'000;

Unexpected<FileError> wrong(std::size_t line, std::string sentence) { return Unexpected{FileError{line, std::move(sentence)}}; }

/// A column before all its digits are known: each number with its own scale.
struct Digits {
    std::vector<std::int64_t> mantissa;
    std::vector<std::uint8_t> scale;

    bool add(std::string_view text) {
        const auto value = Decimal::read_plain(text);
        if (!value || value->mantissa() > std::numeric_limits<std::int64_t>::max() || value->is_negative()) return false;
        mantissa.push_back(static_cast<std::int64_t>(value->mantissa()));
        scale.push_back(static_cast<std::uint8_t>(value->scale()));
        return true;
    }
    [[nodiscard]] int finest() const { return scale.empty() ? 0 : *std::max_element(scale.begin(), scale.end()); }
    /// All at one scale; false when one does not fit.
    [[nodiscard]] bool bring_to(int digits) {
        for (std::size_t i = 0; i < mantissa.size(); ++i)
            for (int have = scale[i]; have < digits; ++have)
                if (__builtin_mul_overflow(mantissa[i], std::int64_t{10}, &mantissa[i])) return false;
        return true;
    }
};

/// The fields of a line; false when their number is another.
bool cut(std::string_view line, std::array<std::string_view, 6>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto comma = line.find(',');
        if ((comma == std::string_view::npos) != (i + 1 == fields.size())) return false;
        fields[i] = line.substr(0, comma);
        line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
    }
    return true;
}

class Reader {
public:
    Result<CandleColumns, FileError> read(std::string_view text);

private:
    Result<void, FileError> row(std::string_view line, std::size_t number);
    Result<void, FileError> order(std::size_t number);
    Result<CandleColumns, FileError> table();

    std::vector<std::int64_t> time_;
    std::vector<std::size_t> lines_;
    std::array<Digits, 4> prices_;
    Digits volume_;
};

Result<void, FileError> Reader::row(std::string_view line, std::size_t number) {
    std::array<std::string_view, 6> fields;
    if (!cut(line, fields)) return wrong(number, "has not the six fields " + std::string{kHandHeader});
    const auto time = parse_int(fields[0]);
    if (!time || *time < 0 || *time > kTimeMax) return wrong(number, "'" + std::string{fields[0].substr(0, 40)} + "' is no time in Unix milliseconds");
    if (!time_.empty() && *time == time_.back()) return wrong(number, "repeats the time of the candle before");
    if (!time_.empty() && *time < time_.back()) return wrong(number, "is earlier than the candle before: candles must stand oldest first");
    std::array<Decimal, 4> price;
    for (std::size_t i = 0; i < prices_.size(); ++i) {
        if (!prices_[i].add(fields[i + 1])) return wrong(number, std::string{kPrices[i]} + " '" + std::string{fields[i + 1].substr(0, 40)} + "' is no plain decimal number");
        if (prices_[i].mantissa.back() == 0) return wrong(number, std::string{kPrices[i]} + " is zero: no price is");
        price[i] = Decimal::from_parts(prices_[i].mantissa.back(), prices_[i].scale.back());
    }
    const auto& [open, high, low, close] = price;
    if (high < low) return wrong(number, "its high is below its low");
    if (open < low || open > high) return wrong(number, "its open lies outside its low and high");
    if (close < low || close > high) return wrong(number, "its close lies outside its low and high");
    if (!volume_.add(fields[5])) return wrong(number, "volume '" + std::string{fields[5].substr(0, 40)} + "' is no plain decimal number");
    time_.push_back(*time);
    lines_.push_back(number);
    return {};
}

Result<CandleColumns, FileError> Reader::read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++number;
        if (number == 1) {
            if (line != kHandHeader) return wrong(1, "must be the header " + std::string{kHandHeader});
            continue;
        }
        if (line.empty() && text.empty()) break;
        BF_TRY_VOID(row(line, number));
    }
    if (number == 0) return wrong(0, "the file is empty");
    if (time_.empty()) return wrong(1, "stands alone: there is no candle below the header");
    return table();
}

Result<void, FileError> Reader::order(std::size_t number) {
    std::int64_t interval = number > 0 ? time_[1] - time_[0] : 60'000;
    for (std::size_t i = 1; i < time_.size(); ++i) interval = std::min(interval, time_[i] - time_[i - 1]);
    for (std::size_t i = 1; i < time_.size(); ++i)
        if ((time_[i] - time_[0]) % interval != 0)
            return wrong(lines_[i], "stands at a time that is no whole number of intervals (" + std::to_string(interval) + " ms) after the first candle");
    return {};
}

Result<CandleColumns, FileError> Reader::table() {
    CandleColumns out;
    BF_TRY_VOID(order(time_.size() - 1));
    out.interval = milliseconds{60'000};
    if (time_.size() > 1) out.interval = milliseconds{time_[1] - time_[0]};
    for (std::size_t i = 1; i < time_.size(); ++i) out.interval = std::min(out.interval, milliseconds{time_[i] - time_[i - 1]});
    for (const auto& column : prices_) out.price_digits = std::max(out.price_digits, column.finest());
    for (auto& column : prices_)
        if (!column.bring_to(out.price_digits)) return wrong(0, "its prices have more digits than can be kept");
    const auto largest = *std::max_element(prices_[1].mantissa.begin(), prices_[1].mantissa.end());
    if (largest > std::numeric_limits<std::int32_t>::max()) return wrong(0, "its prices have more digits than can be kept: at most 2,147,483,647 steps of the finest one");
    out.volume_digits = volume_.finest();
    if (!volume_.bring_to(out.volume_digits)) return wrong(0, "its volumes have more digits than can be kept");
    out.resize(time_.size());
    const std::array<Column<std::int32_t>*, 4> to{&out.open, &out.high, &out.low, &out.close};
    for (std::size_t i = 0; i < time_.size(); ++i) {
        for (std::size_t k = 0; k < to.size(); ++k) (*to[k])[i] = static_cast<std::int32_t>(prices_[k].mantissa[i]);
        out.volume[i] = volume_.mantissa[i];
        out.time[i] = time_[i];
    }
    return out;
}

}  // namespace

Result<CandleColumns, FileError> read_hand_csv(std::string_view text) { return Reader{}.read(text); }

}  // namespace bf::backtest
