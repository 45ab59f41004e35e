#include "backtest/candle_download.hpp"

#include "backtest/candle_words.hpp"

namespace bf::backtest {
namespace {

constexpr int kEmptyUntilSearch = 2;

Unexpected<Error> no_candles(const std::string& what) { return Unexpected{Error{ErrorKind::protocol, "The exchange sent what are no candles: " + what + ".", Fate::not_sent, "bad_candles"}}; }

}  // namespace

Result<CandleDownload::Known> CandleDownload::known_of(const CandleSet& set) {
    BF_TRY(auto spans, set.asked());
    BF_TRY(const auto gaps, set.gaps());
    const auto& info = set.info();
    auto from = info.first;
    for (const auto& gap : gaps) {
        spans.push_back({from, gap.from});
        from = gap.to;
    }
    spans.push_back({from, info.last + info.key.interval.count()});
    return Known{united(std::move(spans)), info.first};
}

CandleDownload::CandleDownload(Wish wish, Known known) : wish_{std::move(wish)}, known_{std::move(known)} {
    const auto interval = wish_.interval.count();
    BF_ASSERT(interval > 0 && wish_.from >= 0);
    wish_.from = (wish_.from + interval - 1) / interval * interval;
    cursor_ = wish_.from;
}

std::int64_t CandleDownload::closed_by(Instant at) const {
    const auto settled = std::max<std::int64_t>(0, at.ms() - kAfterClose.count());
    return settled - settled % wish_.interval.count();
}

std::int64_t CandleDownload::horizon(Instant exchange_now) const {
    const auto closed = closed_by(exchange_now);
    return wish_.to ? std::min(*wish_.to, closed) : closed;
}

std::int64_t CandleDownload::next_missing(std::int64_t at) const {
    const auto after = std::upper_bound(known_.spans.begin(), known_.spans.end(), at, [](std::int64_t value, const Span& span) { return value < span.from; });
    if (after == known_.spans.begin()) return at;
    return std::max(at, std::prev(after)->to);
}

std::int64_t CandleDownload::missing_between(std::int64_t from, std::int64_t to) const {
    std::int64_t known = 0;
    for (const auto& span : known_.spans) known += std::max<std::int64_t>(0, std::min(span.to, to) - std::max(span.from, from));
    return std::max<std::int64_t>(0, to - from - known) / wish_.interval.count();
}

std::optional<CandleDownload::Ask> CandleDownload::next(Instant exchange_now) const {
    const auto interval = wish_.interval.count();
    if (search_) {
        const auto middle = search_->from + (search_->to - search_->from) / 2;
        return Ask{Instant::from_ms(middle - middle % interval)};
    }
    auto since = next_missing(cursor_);
    // Spans that were asked for end anywhere; a candle opens at a whole interval.
    since = (since + interval - 1) / interval * interval;
    if (since >= horizon(exchange_now)) return std::nullopt;
    return Ask{Instant::from_ms(since)};
}

Status CandleDownload::check(const std::vector<market::Candle>& list) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& candle = list[i];
        const auto at = candle.open_time.ms();
        if (at <= 0 || at % wish_.interval.count() != 0) return no_candles("one opens at " + moment_text(at) + ", no whole " + interval_text(wish_.interval));
        if (i > 0 && candle.open_time <= list[i - 1].open_time) return no_candles("they are not in order at " + moment_text(at));
        if (!candle.low.is_positive() || candle.low > candle.open || candle.low > candle.close || candle.high < candle.open || candle.high < candle.close)
            return no_candles("the prices of " + moment_text(at) + " contradict each other");
        if (!candle.volume || candle.volume->is_negative()) return no_candles("the volume of " + moment_text(at) + " is not known in base units");
    }
    return {};
}

Result<std::vector<market::Candle>> CandleDownload::take(const Ask& asked, const std::vector<market::Candle>& list, Instant asked_at) {
    BF_TRY_VOID(check(list));
    const auto interval = wish_.interval.count();
    const auto since = asked.since.ms(), end = since + window();
    const auto closed = closed_by(asked_at);
    const auto in_window = [&](const market::Candle& candle) { return candle.open_time.ms() >= since && candle.open_time.ms() < end; };
    const bool any = std::any_of(list.begin(), list.end(), in_window);
    if (search_) {
        if (any)
            search_->to = since;
        else
            search_->from = std::min(end, search_->to);
        if (search_->to - search_->from > window()) return std::vector<market::Candle>{};
        cursor_ = search_->from;
        search_.reset();
        return std::vector<market::Candle>{};
    }

    std::vector<market::Candle> fresh;
    auto settled = closed - interval;  // The newest closed candle may be late in the list.
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto at = list[i].open_time.ms();
        if (!in_window(list[i]) || (wish_.to && at >= *wish_.to)) continue;
        // One with another behind it is over, whatever the clocks say.
        if (i + 1 == list.size() && at + interval > closed) continue;
        settled = std::max(settled, at + interval);
        if (!is_known(at)) fresh.push_back(list[i]);
    }
    received_ += static_cast<std::int64_t>(fresh.size());
    asked_.push_back({since, std::min({end, settled, wish_.to.value_or(end)})});
    cursor_ = std::min(end, std::max(closed, since + interval));

    const bool older_known = received_ > 0 || (known_.first && *known_.first < since);
    empty_in_row_ = any || older_known ? 0 : empty_in_row_ + 1;
    const auto last = horizon(asked_at);
    if (empty_in_row_ >= kEmptyUntilSearch && last - cursor_ > 4 * window()) {
        empty_in_row_ = 0;
        // Not beyond what is there already: that is where it begins at the latest.
        search_ = Span{cursor_, known_.first && *known_.first > cursor_ ? std::min(*known_.first, last) : last};
        if (search_->to - search_->from <= window()) search_.reset();
    }
    return fresh;
}

CandleDownload::Progress CandleDownload::progress(Instant exchange_now) const {
    const auto end = std::max(wish_.from, horizon(exchange_now));
    const auto at = std::clamp(search_ ? search_->from : cursor_, wish_.from, end);
    return {missing_between(wish_.from, end), missing_between(wish_.from, at), received_, at, search_.has_value()};
}

void append_candle_line(std::string& to, const market::Candle& candle) {
    to += std::to_string(candle.open_time.ms());
    for (const auto* number : {&candle.open, &candle.high, &candle.low, &candle.close, &*candle.volume}) {
        std::array<char, 64> text;
        to += ',';
        to.append(text.data(), number->write(text.data()));
    }
    to += '\n';
}

}  // namespace bf::backtest
