#include "backtest/funding_download.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace bf;
using namespace bf::backtest;
using Lists = FundingDownload::Lists;

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kBegin = 1'600'000'000'000 / kHour * kHour;

/// An exchange: what it has settled, newest first.
struct Exchange {
    std::int64_t every;
    std::int64_t begins;
    std::size_t rows_max;

    [[nodiscard]] static Decimal rate_of(std::int64_t at) { return Decimal::from_parts(at / kHour % 97 - 40, 6); }
    [[nodiscard]] std::vector<FundingRate> all(Instant now) const {
        std::vector<FundingRate> out;
        for (auto at = now.ms() / every * every; at >= begins; at -= every) out.push_back({Instant::from_ms(at), rate_of(at)});
        return out;
    }
    /// What it answers; whether there is more.
    [[nodiscard]] std::pair<std::vector<FundingRate>, bool> answer(Lists lists, const FundingDownload::Ask& ask, Instant now) const {
        const auto list = all(now);
        std::vector<FundingRate> out;
        if (lists == Lists::by_page) {
            const auto first = static_cast<std::size_t>(ask.page - 1) * FundingDownload::kPage;
            for (std::size_t i = first; i < std::min(first + FundingDownload::kPage, list.size()); ++i) out.push_back(list[i]);
            return {out, first + FundingDownload::kPage < list.size()};
        }
        for (const auto& one : list)
            if (one.at >= ask.from && one.at < ask.to && out.size() < rows_max) out.push_back(one);
        return {out, false};
    }
};

}  // namespace

TEST_CASE("a download of funding has everything at its end and no hole whenever it is stopped") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(dice() % bound); };
    for (int run = 0; run < 300; ++run) {
        CAPTURE(run);
        const Lists lists = run % 2 == 0 ? Lists::by_time : Lists::by_page;
        const std::int64_t hours[] = {1, 4, 8};
        const Exchange exchange{hours[below(3)] * kHour, kBegin + below(24 * 300) * kHour, static_cast<std::size_t>(20 + below(200))};
        Instant now = Instant::from_ms(kBegin + below(24 * 400) * kHour + below(kHour));
        std::vector<FundingRate> kept;
        Instant from{};
        for (int start = 0; start < 4; ++start) {
            from = Instant::from_ms(std::max<std::int64_t>(kBegin, now.ms() - below(24 * 300) * kHour));
            FundingDownload download{lists, from, kept};
            const auto stops_after = start == 3 ? 100'000 : below(12);
            for (int asked = 0; asked < stops_after; ++asked) {
                const auto ask = download.next(now);
                if (!ask) break;
                REQUIRE(asked < 1'000);
                const auto [list, more] = exchange.answer(lists, *ask, now);
                REQUIRE(download.take(*ask, list, more).has_value());
                if (below(20) == 0) now = now + milliseconds{exchange.every};
            }
            kept = download.rates();
            for (std::size_t i = 1; i < kept.size(); ++i) REQUIRE(kept[i].at - kept[i - 1].at == milliseconds{exchange.every});
            for (const auto& one : kept) REQUIRE(one.rate == Exchange::rate_of(one.at.ms()));
            if (start < 3) now = now + milliseconds{below(24 * 40) * kHour};
        }
        // All that was settled when the last one began is there.
        std::size_t wanted = 0, there = 0;
        for (const auto& one : exchange.all(now - milliseconds{24 * 30 * kHour})) {
            if (one.at < from) continue;
            ++wanted;
            there += std::binary_search(kept.begin(), kept.end(), one, [](const auto& a, const auto& b) { return a.at < b.at; }) ? 1U : 0U;
        }
        CHECK(there == wanted);
    }
}

TEST_CASE("what was known is not asked for again") {
    const Exchange exchange{8 * kHour, kBegin, 1'000};
    const Instant then = Instant::from_ms(kBegin + 24 * 300 * kHour), now = then + milliseconds{24 * 5 * kHour};
    for (const auto lists : {Lists::by_time, Lists::by_page}) {
        const auto run = [&](FundingDownload& download, Instant at) {
            int asked = 0;
            while (const auto ask = download.next(at)) {
                const auto [list, more] = exchange.answer(lists, *ask, at);
                REQUIRE(download.take(*ask, list, more).has_value());
                ++asked;
            }
            return asked;
        };
        FundingDownload first{lists, Instant::from_ms(kBegin + 24 * 100 * kHour), {}};
        CHECK(run(first, then) > 5);
        FundingDownload again{lists, Instant::from_ms(kBegin + 24 * 100 * kHour), first.rates()};
        CHECK(run(again, now) <= 2);
        CHECK(again.rates().size() == first.rates().size() + 15);
        // Further back: only what is older.
        FundingDownload older{lists, Instant::from_ms(kBegin + 24 * 90 * kHour), again.rates()};
        CHECK(run(older, now) <= 4);
        CHECK(older.rates().front().at <= Instant::from_ms(kBegin + 24 * 90 * kHour + 8 * kHour));
    }
}

TEST_CASE("rates that can be none end a download") {
    FundingDownload download{Lists::by_time, Instant::from_ms(kBegin), {}};
    const Instant now = Instant::from_ms(kBegin + 24 * kHour);
    const auto ask = download.next(now).value();
    CHECK_FALSE(download.take(ask, {{Instant::from_ms(kBegin), "0.5"_d}}, false).has_value());
    CHECK_FALSE(download.take(ask, {{Instant{}, "0.0001"_d}}, false).has_value());
    CHECK(download.take(ask, {{Instant::from_ms(kBegin), "0.0001"_d}}, false).has_value());
    CHECK(download.rates().size() == 1);
}
