#include "backtest/funding_file.hpp"

#include "base/text.hpp"
#include "trading/signal.hpp"

#include <chrono>

namespace bf::backtest {
namespace {

constexpr std::string_view kOurs = "time,rate", kBinance = "calc_time,funding_interval_hours,last_funding_rate";

Unexpected<FileError> wrong(std::size_t line, std::string sentence) { return Unexpected{FileError{line, std::move(sentence)}}; }

std::string day(Instant at) {
    using namespace std::chrono;
    const year_month_day date{floor<days>(sys_time<milliseconds>{milliseconds{at.ms()}})};
    const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    return std::to_string(static_cast<int>(date.year())) + '-' + two(static_cast<unsigned>(date.month())) + '-' + two(static_cast<unsigned>(date.day()));
}

}  // namespace

Result<std::vector<FundingRate>, FileError> read_funding(std::string_view text, Instant from, Instant to) {
    const Decimal most = Decimal::from_parts(1, 1);
    std::vector<FundingRate> out;
    std::size_t columns = 0;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (columns == 0) {
            if (line != kOurs && line != kBinance) return wrong(number, "the header must be '" + std::string{kOurs} + "', or that of Binance's files, '" + std::string{kBinance} + "'");
            columns = line == kOurs ? 2 : 3;
            continue;
        }
        if (line.empty()) continue;
        const auto fields = split(line, ',');
        if (fields.size() != columns) return wrong(number, "has " + std::to_string(fields.size()) + " fields where the header has " + std::to_string(columns));
        const auto at = trading::read_time(fields.front());
        if (!at) return wrong(number, "'" + std::string{fields.front().substr(0, 40)} + "' is no time: Unix milliseconds, or UTC like 2025-01-15T08:00:00Z");
        if (!out.empty() && *at <= out.back().at) return wrong(number, "its time is not after the line's before it");
        const auto rate = Decimal::parse(fields.back());
        if (!rate) return wrong(number, "'" + std::string{fields.back().substr(0, 40)} + "' is no rate: a plain decimal number like 0.0001, which is 0.01 %");
        if (*rate > most || *rate < -most) return wrong(number, "a rate of " + rate->to_string() + " is beyond 10 %: rates are factors, 0.0001 is 0.01 %");
        if (out.size() == kFundingMax) return wrong(number, "there are more than 500,000 settlements");
        out.push_back({*at, *rate});
    }
    if (columns == 0) return wrong(0, "the file is empty");
    if (out.empty()) return wrong(0, "there are no settlements in it");
    if (out.back().at < from || out.front().at >= to)
        return wrong(0, "its settlements, " + day(out.front().at) + " to " + day(out.back().at) + ", lie outside the period of the candles, " + day(from) + " to " + day(to));
    return out;
}

std::optional<Note> funding_missing(std::span<const FundingRate> funding, Instant from, Instant to) {
    if (funding.empty()) return std::nullopt;
    const bool late = funding.front().at - from > kFarApart, early = to - funding.back().at > kFarApart;
    if (!late && !early) return std::nullopt;
    return make_note(NoteCode::funding_missing, {{"from", day(funding.front().at)}, {"to", day(funding.back().at)}});
}

}  // namespace bf::backtest
