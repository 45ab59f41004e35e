// Sweeps: which variants there are, that threads change nothing, that a later start goes on, and what is refused before it begins.
#include "backtest/random_fixture.hpp"
#include "backtest/sweep.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace bf;
using namespace bf::backtest;
using namespace bf::backtest::test;

namespace {

const char* const kSettings = R"({"name":"test","connection":"Main","market":"spot","pairs":["BTC/USDT"],"directions":["long"],"margin":{"group_limit_pct":"50","connection_limit_pct":"100"},
    "entry":{"base_order":"100"},"add_on":{"trigger":"zone_only","max":3},"exit":{"take_profit_pct":"1"}})";

Result<SweepSpec, SweepError> spec_of(const std::string& json) { return read_sweep(wire::Json::parse(json)->root()); }

std::string refusal(const std::string& json) {
    auto spec = spec_of(json);
    if (!spec) return spec.error().field + ": " + spec.error().sentence;
    const auto variants = Variants::make(trading::test::settings_of(kSettings), std::move(*spec));
    return variants ? "" : variants.error().field + ": " + variants.error().sentence;
}

struct Ground {
    explicit Ground(std::size_t candles = 3'000) {
        Dice dice{42};
        table = random_market(dice, candles);
        table.interval = milliseconds{60'000};
        for (std::size_t i = 0; i < table.time.size(); ++i) table.time[i] = kFirst + static_cast<std::int64_t>(i) * 60'000;
        view = table.view();
        index.emplace(view);
        plan = make_plan(trading::test::settings_of(kSettings), {.price_step = table.tick, .quantity_step = "0.00000001"_d}, false);
    }
    [[nodiscard]] SweepGround ground() const { return {view, *index, 0, view.size(), plan, {}, false}; }
    CandleTable table;
    Candles view;
    std::optional<CandleIndex> index;
    Plan plan;
};

Variants variants_of(const std::string& json) { return Variants::make(trading::test::settings_of(kSettings), spec_of(json).value()).value(); }

}  // namespace

TEST_CASE("a grid has every combination once, with the values put where their names lead") {
    const auto variants = variants_of(R"({"exit.take_profit_pct":{"from":"0.5","to":"1.5","step":"0.5"},"add_on.max":[2,3],"recovery.enabled":[true,false]})");
    REQUIRE(variants.size() == 12);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const auto settings = variants.settings(i);
        REQUIRE(settings);
        seen.insert(settings->exit.take_profit_pct.to_string() + '/' + std::to_string(*settings->add_on.max) + '/' + std::to_string(settings->recovery.enabled));
        CHECK(settings->pairs == std::vector<std::string>{"BTC/USDT"});
    }
    CHECK(seen.size() == 12);
    CHECK(seen.contains("1.5/2/0"));
}

TEST_CASE("what is empty, never ends, explodes or is no setting is refused before anything runs") {
    CHECK(refusal(R"({"exit.take_profit_pct":[]})") == "exit.take_profit_pct: is empty: it names no value");
    CHECK(refusal(R"({"exit.take_profit_pct":{"from":"2","to":"1","step":"0.1"}})") == "exit.take_profit_pct: is empty: it goes from 2 to 1");
    CHECK(refusal(R"({"exit.take_profit_pct":{"from":"1","to":"2","step":"0"}})") == "exit.take_profit_pct.step: is 0; it must be above 0, or the range never ends");
    CHECK(refusal(R"({"ranges":{}})") == "ranges: is empty: there is nothing to vary");
    CHECK(refusal(R"({"exit.profit":["1"]})") == "exit.profit: is no setting of a strategy that takes one value");
    CHECK(refusal(R"({"market":["spot"]})") == "market: can't be swept: with another one it is another strategy");
    CHECK(refusal(R"({"add_on.max":["many"]})") == "add_on.max: must be a whole number");
    const std::string range = R"({"from":"0.01","to":"10","step":"0.01"})";
    CHECK(refusal(R"({"exit.take_profit_pct":)" + range + R"(,"add_on.zone_step_pct":)" + range + "}") ==
          "ranges: would be 1,000,000 variants; at most 200,000 are run: take wider steps, or \"search\":\"random\"");
    CHECK(refusal(R"({"ranges":{"exit.take_profit_pct":["1"]},"walk_forward":{"pieces":1}})").starts_with("walk_forward.pieces: must be 2 to 50"));
}

TEST_CASE("random search takes different variants of the grid, the same ones for the same seed") {
    const std::string ranges = R"({"ranges":{"exit.take_profit_pct":{"from":"0.01","to":"10","step":"0.01"},"add_on.zone_step_pct":{"from":"0.01","to":"10","step":"0.01"}},"search":"random","variants":300,"seed":)";
    const auto all = [](const Variants& variants) {
        std::set<std::pair<std::string, std::string>> out;
        for (std::size_t i = 0; i < variants.size(); ++i) out.emplace(variants.values(i)[0], variants.values(i)[1]);
        return out;
    };
    const auto one = variants_of(ranges + "7}"), again = variants_of(ranges + "7}"), other = variants_of(ranges + "8}");
    REQUIRE(one.size() == 300);
    CHECK(all(one).size() == 300);
    CHECK(all(one) == all(again));
    CHECK(all(one) != all(other));
}

TEST_CASE("rows are the same with one thread and with many, and each is what its run says") {
    const Ground market;
    const auto ground = market.ground();
    const auto variants = variants_of(R"({"ranges":{"exit.take_profit_pct":{"from":"0.4","to":"2","step":"0.4"},"add_on.zone_step_pct":["1","2","3"],"generator.fast":[3,5]},"walk_forward":{"pieces":3}})");
    const auto one = run_sweep(variants, ground, 1), many = run_sweep(variants, ground, 7);
    REQUIRE(one.size() == 30);
    CHECK(one == many);
    for (const std::size_t at : {std::size_t{0}, std::size_t{11}, std::size_t{29}}) {
        const auto settings = variants.settings(one[at].variant).value();
        const auto trends = make_trends(market.view, settings.generator);
        const auto plan = make_plan(settings, market.plan.instrument, false);
        const auto report = Run{plan, {market.view, {}, &trends, 0, market.view.size()}, Detail::trades}.plain();
        CHECK(report.net_profit == one[at].net_profit);
        CHECK(report.max_drawdown == one[at].max_drawdown);
        CHECK(report.fills == one[at].fills);
    }
    for (std::size_t i = 1; i < one.size(); ++i) CHECK(one[i - 1].net_profit >= one[i].net_profit);
}

TEST_CASE("the front holds exactly those that no other beats at both") {
    const Ground market;
    const auto rows = run_sweep(variants_of(R"({"exit.take_profit_pct":{"from":"0.2","to":"4","step":"0.2"},"add_on.zone_step_pct":["0.5","1","2","4"]})"), market.ground(), 2);
    int in_front = 0;
    for (const auto& row : rows) {
        const bool beaten = std::any_of(rows.begin(), rows.end(), [&](const auto& other) {
            const bool no_worse = other.net_profit >= row.net_profit && other.max_drawdown <= row.max_drawdown;
            return no_worse && (other.net_profit > row.net_profit || other.max_drawdown < row.max_drawdown);
        });
        CHECK(row.front == !beaten);
        in_front += row.front ? 1 : 0;
    }
    CHECK(in_front > 0);
}

TEST_CASE("a sweep that was stopped goes on from its rows, and comes to the same") {
    const Ground market;
    const auto ground = market.ground();
    const auto variants = variants_of(R"({"ranges":{"exit.take_profit_pct":{"from":"0.4","to":"4","step":"0.4"},"add_on.zone_step_pct":["1","2"]},"walk_forward":{"pieces":4}})");
    std::vector<std::string> lines;
    run_sweep(variants, ground, 2, {}, [&](const SweepRow& row) {
        std::string line;
        wire::JsonWriter out{line};
        write_row(out, variants, row);
        lines.push_back(line);
        return lines.size() < 9;
    });
    std::vector<SweepRow> done;
    for (const auto& line : lines) done.push_back(read_row(wire::Json::parse(line)->root(), variants).value());
    int ran = 0;
    const auto rest = run_sweep(variants, ground, 2, done, [&](const SweepRow&) { return ++ran > 0; });
    CHECK(ran == static_cast<int>(variants.size() - done.size()));
    CHECK(rest == run_sweep(variants, ground, 1));
    // Half a line is no row.
    CHECK(!read_row(wire::Json::parse(R"({"variant":3,"valid":true,"net_profit":"1"})")->root(), variants));
}

TEST_CASE("walk-forward tells what the best of one piece did on the next") {
    const Ground market;
    const auto ground = market.ground();
    const auto variants = variants_of(R"({"ranges":{"exit.take_profit_pct":{"from":"0.2","to":"2","step":"0.2"}},"walk_forward":{"pieces":4}})");
    const auto rows = run_sweep(variants, ground, 2);
    const auto steps = walk_forward(rows, ground, 4);
    REQUIRE(steps.size() == 3);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        CHECK(steps[i].fit_to == (i + 1 < steps.size() ? steps[i + 1].fit_from : steps[i].fit_to));
        for (const auto& row : rows) CHECK(row.pieces[i] <= steps[i].fit_profit);
        CHECK(steps[i].test_rank >= 1);
        CHECK(steps[i].test_rank <= rows.size());
    }
    CHECK(steps[0].fit_from == 0);
    CHECK(steps.back().test_to == market.view.size());
}

TEST_CASE("variants that are out of range together are told, not run") {
    const Ground market{200};
    const auto rows = run_sweep(variants_of(R"({"add_on.zone_step_pct":["5","40"],"add_on.zone_step_multiplier":["1","3"]})"), market.ground(), 1);
    REQUIRE(rows.size() == 4);
    CHECK(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return !row.valid; }) == 3);
}
