#include "backtest/funding_file.hpp"
#include "backtest/report_json.hpp"
#include "backtest/worked_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

constexpr std::int64_t kHour = 3'600'000;
const Instant kFrom = Instant::from_ms(kFirst), kTo = Instant::from_ms(kFirst + 48 * kHour);

std::string at(std::int64_t hours) { return std::to_string(kFirst + hours * kHour); }

}  // namespace

TEST_CASE("a funding file is read, or the line is named that is wrong and why") {
    struct Row {
        const char* why;
        std::string text;
        std::size_t count;        ///< 0: refused.
        std::size_t line;
        const char* says;
    };
    const std::string ours = "time,rate\n", binance = "calc_time,funding_interval_hours,last_funding_rate\n";
    const Row rows[] = {
        {"ours", ours + at(8) + ",0.0001\n" + at(16) + ",-0.0002\n", 2, 0, ""},
        {"without a last newline, with an empty line, UTC", ours + "2025-01-01T08:00:00Z,0.0001\n\n2025-01-01T16:00:00Z,0.0001", 2, 0, ""},
        {"Binance's, with carriage returns", "calc_time,funding_interval_hours,last_funding_rate\r\n" + at(8) + ",8,0.00010000\r\n", 1, 0, ""},
        {"begins before the candles", ours + at(-8) + ",0.0001\n" + at(0) + ",0.0001\n", 2, 0, ""},
        {"nothing", "", 0, 0, "empty"},
        {"a header only", ours, 0, 0, "no settlements"},
        {"no header", at(8) + ",0.0001\n", 0, 1, "header must be"},
        {"candles", "open_time_ms,open,high,low,close,volume\n", 0, 1, "header must be"},
        {"a field too few", binance + at(8) + ",0.0001\n", 0, 2, "has 2 fields where the header has 3"},
        {"a word for a time", ours + "yesterday,0.0001\n", 0, 2, "is no time"},
        {"time stands still", ours + at(8) + ",0.0001\n" + at(8) + ",0.0001\n", 0, 3, "not after"},
        {"time goes back", ours + at(16) + ",0.0001\n" + at(8) + ",0.0001\n", 0, 3, "not after"},
        {"an exponent", ours + at(8) + ",1e-4\n", 0, 2, "is no rate"},
        {"a decimal comma", ours + at(8) + ",0,0001\n", 0, 2, "has 3 fields"},
        {"no rate", ours + at(8) + ",\n", 0, 2, "is no rate"},
        {"percent where factors belong", ours + at(8) + ",0.0001\n" + at(16) + ",1\n", 0, 3, "beyond 10 %"},
        {"seconds", ours + std::to_string(kFirst / 1000) + ",0.0001\n", 0, 0, "outside the period of the candles, 2025-01-01 to 2025-01-03"},
        {"another year's", ours + "2024-01-01T08:00:00Z,0.0001\n", 0, 0, "2024-01-01 to 2024-01-01, lie outside"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto got = read_funding(row.text, kFrom, kTo);
        REQUIRE(got.has_value() == (row.count > 0));
        if (got) {
            CHECK(got->size() == row.count);
            continue;
        }
        CHECK(got.error().line == row.line);
        CHECK(got.error().sentence.find(row.says) != std::string::npos);
    }
}

TEST_CASE("recorded settlements are paid one by one by who holds then; a constant rate is not added to them") {
    Series series{milliseconds{kHour}};
    series.flat("3000", 30);
    Example futures{.base_order = "60", .pair = "ETH/USDT:USDT", .market = "futures", .directions = R"("long","short")", .trigger = "off", .futures = R"("leverage":5,"min_liq_distance_pct":"0")", .fee = "0.06"};
    const std::string text = "time,rate\n" + at(0) + ",0.01\n" + at(8) + ",0.0001\n" + std::to_string(kFirst + 16 * kHour + 2) + ",-0.0003\n" + at(24) + ",0.0002\n" + at(40) + ",0.05\n";
    const auto funding = read_funding(text, kFrom, Instant::from_ms(series.now())).value();
    for (const char* direction : {"long", "short"}) {
        CAPTURE(direction);
        auto plan = plan_of(futures, "0.1");
        plan.assumptions.funding = funding;
        plan.assumptions.funding_rate = "0.01"_d;
        const auto report = run_both(plan, series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0, direction}}));
        REQUIRE(report.groups_detail.size() == 1);
        // 0.1 at 3,000: -0.03, +0.09, -0.06. Not the one at the very opening, nor the one after the end.
        CHECK(report.funding.to_string() == "0");
        plan.assumptions.funding = std::span{funding}.first(3);
        const auto two = run_both(plan, series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0, direction}}));
        CHECK(two.funding.to_string() == (std::string_view{direction} == "long" ? "0.06" : "-0.06"));
    }
}

TEST_CASE("a report says where its recorded funding ends") {
    Series series{milliseconds{kHour}};
    series.flat("3000", 24 * 5);
    Example futures{.base_order = "60", .pair = "ETH/USDT:USDT", .market = "futures", .trigger = "off", .futures = R"("leverage":5)"};
    auto plan = plan_of(futures, "0.1");
    const auto notes = [&](std::span<const FundingRate> funding) {
        plan.assumptions.funding = funding;
        std::string all;
        for (const auto& note : notes_of(plan, run_both(plan, series.table.view(), signals_at(series, "ETH/USDT:USDT", {{0}})))) all += note.text + "\n";
        return all;
    };
    CHECK(notes({}).find("Funding was not counted") != std::string::npos);
    const auto first_day = read_funding("time,rate\n" + at(8) + ",0.0001\n" + at(16) + ",0.0001\n", kFrom, kTo).value();
    CHECK(notes(first_day).find("reaches from 2025-01-01 to 2025-01-01: outside that none was counted") != std::string::npos);
    const auto whole = read_funding("time,rate\n" + at(8) + ",0.0001\n" + at(112) + ",0.0001\n", kFrom, kTo).value();
    CHECK(notes(whole).find("unding") == std::string::npos);
}
