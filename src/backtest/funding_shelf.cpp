#include "backtest/funding_shelf.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_words.hpp"
#include "backtest/funding_file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <limits>

namespace bf::backtest {
namespace {

constexpr std::string_view kHeader = "time,rate\n", kSuffix = ".funding";
constexpr Instant kEver = Instant::from_ms(std::numeric_limits<std::int64_t>::max());

/// The time a line begins with.
std::optional<std::int64_t> time_of(std::string_view line) { return parse_int(line.substr(0, line.find(','))); }

std::string day(Instant at) { return moment_text(at.ms()).substr(0, 10); }

}  // namespace

bool has_funding(const CandleKey& key) { return key.market == "futures"; }

std::string funding_path(const std::string& folder, const CandleKey& key) { return funding_path(folder, key.id()); }

std::string funding_path(const std::string& folder, std::string_view id) {
    // A set's name without its candles' length.
    return folder + "/" + std::string{id.substr(0, id.rfind('-'))} + std::string{kSuffix};
}

std::string funding_text(std::span<const FundingRate> rates) {
    std::string text{kHeader};
    for (const auto& one : rates) text += std::to_string(one.at.ms()) + ',' + one.rate.to_string() + '\n';
    return text;
}

Status keep_funding(const std::string& path, std::span<const FundingRate> rates) {
    const auto text = funding_text(rates);
    const std::string_view pieces[] = {text};
    return write_whole(path, pieces);
}

Result<std::vector<FundingRate>> read_kept_funding(const std::string& path) {
    const auto file = MappedFile::open(path);
    if (!file) {
        if (file.error().kind == ErrorKind::not_found) return std::vector<FundingRate>{};
        return Unexpected{file.error()};
    }
    auto rates = read_funding((*file)->bytes(), Instant{}, kEver);
    if (!rates) return Unexpected{Error{ErrorKind::damaged, path + ", line " + std::to_string(rates.error().line) + ": " + rates.error().sentence + ".", Fate::not_sent, "funding_damaged"}};
    return std::move(*rates);
}

std::optional<KeptFunding> look_at_kept_funding(const std::string& path) {
    const auto file = MappedFile::open(path);
    if (!file) return std::nullopt;
    auto text = (*file)->bytes();
    if (!text.starts_with(kHeader) || !text.ends_with('\n')) return std::nullopt;
    text.remove_prefix(kHeader.size());
    if (text.empty()) return std::nullopt;
    const auto before_last = text.substr(0, text.size() - 1).rfind('\n');
    const auto first = time_of(text), last = time_of(text.substr(before_last == std::string_view::npos ? 0 : before_last + 1));
    if (!first || !last) return std::nullopt;
    return KeptFunding{static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')), *first, *last};
}

FetchedFunding fetched_funding(const std::string& path, const std::string& exchange, Instant from, Instant to) {
    const auto none = [](Note why) {
        why.text += " Download the candles again to fetch what is missing.";
        return FetchedFunding{{}, std::move(why)};
    };
    const auto rates = read_kept_funding(path);
    if (!rates) return none(make_note(NoteCode::funding_unreadable, {{"exchange", exchange}}));
    if (rates->empty())
        return none(make_note(NoteCode::funding_not_fetched, {{"exchange", exchange}}));
    if (!covers(*rates, from, to))
        return none(make_note(NoteCode::funding_too_short,
                              {{"exchange", exchange}, {"from", day(rates->front().at)}, {"to", day(rates->back().at)}}));
    const auto begin = std::find_if(rates->begin(), rates->end(), [&](const auto& one) { return one.at >= from; });
    const auto end = std::find_if(begin, rates->end(), [&](const auto& one) { return one.at > to; });
    FetchedFunding out{{begin, end}, {}};
    out.told = make_note(NoteCode::funding_fetched, {{"exchange", exchange}, {"count", std::to_string(out.rates.size())}});
    return out;
}

bool covers(std::span<const FundingRate> rates, Instant from, Instant to) {
    // A settlement a day at least, from one end to the other.
    auto at = std::lower_bound(rates.begin(), rates.end(), from, [](const FundingRate& one, Instant begin) { return one.at < begin; });
    Instant reached = from;
    for (; at != rates.end() && at->at < to; ++at) {
        if (at->at - reached > kFarApart) return false;
        reached = at->at;
    }
    return to - reached <= kFarApart;
}

}  // namespace bf::backtest
