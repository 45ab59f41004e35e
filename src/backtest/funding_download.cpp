#include "backtest/funding_download.hpp"

#include "backtest/candle_words.hpp"

#include <algorithm>

namespace bf::backtest {
namespace {

Unexpected<Error> no_rates(const std::string& what) { return Unexpected{Error{ErrorKind::protocol, "The exchange sent what are no funding rates: " + what + ".", Fate::not_sent, "bad_funding"}}; }

}  // namespace

FundingDownload::FundingDownload(Lists lists, Instant from, std::vector<FundingRate> known) : lists_{lists}, from_{from}, rates_{std::move(known)} {
    // Between the two there must be no hole, though nobody asked for what lies there.
    if (!rates_.empty()) from_ = std::min(from_, rates_.back().at);
}

std::optional<FundingDownload::Ask> FundingDownload::next(Instant exchange_now) const {
    if (ends_ || (at_ && *at_ <= from_)) return std::nullopt;
    const Instant to = at_.value_or(exchange_now + milliseconds{1});
    const Instant least = !rates_.empty() && to > rates_.back().at ? std::max(from_, rates_.back().at) : from_;
    return Ask{std::max(to - kWindow, least), to, page_};
}

Status FundingDownload::take(const Ask& asked, const std::vector<FundingRate>& list, bool more) {
    const Decimal most = Decimal::from_parts(1, 1);
    std::vector<FundingRate> came;
    for (const auto& one : list) {
        if (one.at.ms() <= 0) return no_rates("one has no time");
        if (one.rate > most || one.rate < -most) return no_rates("a rate of " + one.rate.to_string() + " at " + moment_text(one.at.ms()));
        // By time, an answer speaks for its own window.
        if (lists_ == Lists::by_time && (one.at < asked.from || one.at >= asked.to)) continue;
        if (!at_ || one.at < *at_) came.push_back(one);
    }
    std::sort(came.begin(), came.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
    came.erase(std::unique(came.begin(), came.end(), [](const auto& a, const auto& b) { return a.at == b.at; }), came.end());
    if (!at_) seen_ = asked.to;
    if (!came.empty()) seen_ = came.back().at;
    received_ += came.size();
    newer_.insert(newer_.end(), came.begin(), came.end());
    if (lists_ == Lists::by_page) {
        // A page of what was seen already: new settlements have pushed the list on.
        at_ = seen_;
        ends_ = !more || list.empty();
        ++page_;
    } else {
        at_ = came.empty() ? asked.from : seen_;
        ends_ = came.empty() && seen_ - *at_ >= kNone;
    }
    join();
    return {};
}

void FundingDownload::join() {
    if (!rates_.empty() && *at_ > rates_.back().at && !ends_) return;
    std::reverse(newer_.begin(), newer_.end());
    // Below what is known, as a rule; at its end when it has just been reached.
    const bool below = rates_.empty() || newer_.empty() || newer_.back().at < rates_.front().at;
    rates_.insert(below ? rates_.begin() : rates_.end(), newer_.begin(), newer_.end());
    newer_.clear();
    if (!below) {
        std::stable_sort(rates_.begin(), rates_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        rates_.erase(std::unique(rates_.begin(), rates_.end(), [](const auto& a, const auto& b) { return a.at == b.at; }), rates_.end());
    }
    if (rates_.empty() || rates_.front().at >= *at_) return;
    // On below it: by page, so many rows are newer than the next one.
    at_ = seen_ = rates_.front().at;
    page_ = std::max(page_, static_cast<int>(rates_.size() / kPage) + 1);
}

}  // namespace bf::backtest
