// Strategies and signals of the product's worked examples, for tests.
#pragma once
#include "backtest/backtest_fixture.hpp"
#include "backtest/signal_file.hpp"

#include <algorithm>

namespace bf::backtest::test {

/// What the examples leave the same: take-profit 5 %, so that the ladder plays out, zones of 5 %, limits that leave room.
struct Example {
    const char* base_order{"1000"};
    const char* pair{"BTC/USDT"};
    const char* market{"spot"};
    const char* directions{R"("long")"};
    const char* take_profit{"5"};
    const char* trigger{"zone_only"};
    int max{3};
    const char* connection_limit{"100"};
    const char* recovery{R"("enabled":false)"};
    const char* futures{R"("leverage":2)"};
    const char* fee{"0.1"};
};

inline std::string settings_of(const Example& it) {
    return R"({"name":"example","connection":"Main","market":")" + std::string{it.market} + R"(","pairs":[")" + it.pair + R"("],"directions":[)" + it.directions + R"(],"risk_level":"low",
        "margin":{"group_limit_pct":"100","connection_limit_pct":")" + it.connection_limit + R"("},"entry":{"base_order":")" + it.base_order + R"("},
        "add_on":{"trigger":")" + it.trigger + R"(","max":)" + std::to_string(it.max) + R"(,"cooldown_s":0},"exit":{"take_profit_pct":")" + it.take_profit + R"("},
        "recovery":{)" + it.recovery + R"(},"futures":{)" + it.futures + R"(},"fees":{"maker_pct":")" + it.fee + R"(","taker_pct":")" + it.fee + "\"}}";
}

inline Plan plan_of(const Example& it, const char* lot = "0.00000001", const char* equity = "100000") {
    auto instrument = fine_instrument();
    instrument.quantity_step = Decimal::parse(lot).value();
    if (std::string_view{it.market} == "futures") instrument.risk_tiers = {{1'000'000, "0.005"_d}};
    auto plan = plan_of(settings_of(it), instrument, true);
    plan.equity = Decimal::parse(equity).value();
    return plan;
}

/// A signal that comes with a candle's open, or so long before it.
struct Said {
    std::size_t candle;
    const char* direction{"long"};
    const char* id{""};
    milliseconds before{0};
};

inline std::vector<RecordedSignal> signals_at(const Series& series, const char* pair, const std::vector<Said>& said) {
    std::string lines;
    for (const auto& one : said) {
        const std::string id = *one.id == '\0' ? "" : R"("id":")" + std::string{one.id} + R"(",)";
        lines += "{" + id + R"("strategy":"example","pair":")" + pair + R"(","direction":")" + one.direction + R"(","kind":"entry","time":)" +
                 std::to_string(series.table.time[one.candle] - one.before.count()) + "}\n";
    }
    return read_signals(lines, series.table.view()).value();
}

/// Every decision of a run in the order of time, as summary() writes them, with "; " between.
inline std::string told(const Report& report) {
    std::vector<const DecisionRecord*> all;
    for (const auto& decision : report.decisions_outside) all.push_back(&decision);
    for (const auto& group : report.groups_detail)
        for (const auto& decision : group.decisions) all.push_back(&decision);
    std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->at < b->at; });
    std::string out;
    for (const auto* decision : all) out += (out.empty() ? "" : "; ") + summary(*decision);
    return out;
}

}  // namespace bf::backtest::test
